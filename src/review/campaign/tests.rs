//! Rules, reviewers and cases over small populations.

mod since;
mod unknown;

use std::collections::BTreeSet;

use super::check::{self, Previous};
use super::opening::{self, Prepared};
use super::outcome::Outcome;
use super::policy::Policy;
use super::progress;
use crate::kernel::finding::Severity;
use crate::kernel::time::Timestamp;
use crate::review::model::facts::{EntitlementKind, How, Knows};
use crate::review::model::population::{
    Account, Entitlement, Grant, Person, Place, Population, SourceInfo,
};
use crate::review::model::{Employment, Join, Kind, Mfa, Truth, When};
use crate::review::store::{Answer, Assigned, Decided};

fn now() -> Timestamp {
    Timestamp::parse("2026-11-22T09:00:00Z").unwrap()
}

fn day(text: &str) -> When {
    When::Day(Timestamp::parse(&format!("{text}T00:00:00Z")).unwrap())
}

/// A population in the making.
struct World(Population);

impl World {
    fn new() -> Self {
        Self(Population {
            texts: vec![String::new()],
            sources: vec![SourceInfo {
                id: 1,
                kind: "test".to_owned(),
                name: "test".to_owned(),
                knows: Knows(u32::MAX),
                exported: day("2026-11-21"),
                covers_from: day("2020-01-01"),
                losses: 0,
                remarks: String::new(),
            }],
            ..Population::default()
        })
    }

    fn person(&mut self, id: &str, manager: &str) -> &mut Person {
        self.0.people.push(Person {
            employee_id: Some(id.to_owned()),
            name: id.to_owned(),
            email: Some(format!("{id}@a.example")),
            department: "Sales".to_owned(),
            title: "Clerk".to_owned(),
            manager: manager.to_owned(),
            status: Employment::Active,
            started: When::Empty,
            ended: When::Empty,
            place: Place { source: 1, row: 1 },
        });
        self.0.people.last_mut().unwrap()
    }

    fn account(&mut self, name: &str, id: &str) -> &mut Account {
        self.0.accounts.push(Account {
            system: "erp".to_owned(),
            name: name.to_owned(),
            display: String::new(),
            kind: Kind::Human,
            email: None,
            employee_id: (!id.is_empty()).then(|| id.to_owned()),
            owner_text: None,
            enabled: Truth::Yes,
            mfa: Mfa::Fido2,
            created: day("2020-01-01"),
            last_used: day("2026-11-20"),
            expires: When::Empty,
            covered: day("2020-01-01"),
            key_rotated: When::Empty,
            key_used: When::Empty,
            knows: Knows(u32::MAX),
            conflict: String::new(),
            person: Join::NotNamed,
            owner: Join::NotNamed,
            place: Place { source: 1, row: 1 },
        });
        self.0.accounts.last_mut().unwrap()
    }

    /// Gives the last account something.
    fn holds(&mut self, name: &str) -> &mut Grant {
        let known = self
            .0
            .entitlements
            .iter()
            .position(|each| each.name == name);
        let entitlement = known.unwrap_or_else(|| {
            self.0.entitlements.push(Entitlement {
                system: "erp".to_owned(),
                kind: EntitlementKind::Role,
                name: name.to_owned(),
                privileged: Truth::of(Some(name == "admin")),
                owner_text: None,
                place: Place::default(),
            });
            self.0.entitlements.len() - 1
        });
        let given = u32::try_from(self.0.grants.len() + 1).unwrap();
        self.0.grants.push(Grant {
            account: u32::try_from(self.0.accounts.len() - 1).unwrap(),
            entitlement: u32::try_from(entitlement).unwrap(),
            given,
            path: 0,
            scope: 0,
            how: How::Direct,
            granted: day("2026-10-01").code(),
            last_used: day("2026-11-20").code(),
            expires: When::Empty.code(),
            place: Place {
                source: 1,
                row: given,
            },
        });
        self.0.grants.last_mut().unwrap()
    }

    fn prepare(self, policy: &str, previous: Option<&Previous>) -> Prepared {
        let policy = Policy::read(policy).unwrap();
        opening::prepare(self.0, &policy, previous, now()).unwrap()
    }
}

/// Who is asked about each account, in their order.
fn reviewers(prepared: &Prepared) -> Vec<(String, String)> {
    let all = prepared.assignments.all.iter();
    all.map(|asked| {
        let grant = &prepared.population.grants[asked.item as usize];
        let account = &prepared.population.accounts[grant.account as usize];
        (
            account.name.clone(),
            prepared.population.people[asked.reviewer as usize]
                .name
                .clone(),
        )
    })
    .collect()
}

/// The rules that fired, each once.
fn fired(prepared: &Prepared) -> BTreeSet<&'static str> {
    prepared
        .assessment
        .findings
        .iter()
        .map(|finding| finding.rule)
        .collect()
}

const POLICY: &str = "fallback = [\"grc\", \"two\"]\n";

#[test]
fn nobody_is_asked_about_themselves_under_any_account() {
    let mut world = World::new();
    world.person("boss", "");
    // Their own manager, on paper; one whose manager has left; a leaver.
    world.person("own", "own");
    world.person("left", "boss").status = Employment::Left;
    world.person("under-left", "left");
    world.person("grc", "boss");
    world.person("two", "grc");
    for (account, id) in [
        ("1 own", "own"),
        ("2 under-left", "under-left"),
        ("3 boss", "boss"),
        ("4 grc", "grc"),
    ] {
        world.account(account, id);
        world.holds("role");
    }
    // An alias, by address and tag, and a program that one answers for.
    world.account("5 alias", "").email = Some("GRC+admin@a.example".to_owned());
    world.holds("role");
    let robot = world.account("6 robot", "");
    robot.kind = Kind::Service;
    robot.owner_text = Some("grc@a.example".to_owned());
    world.holds("role");
    let prepared = world.prepare(POLICY, None);
    let found = reviewers(&prepared);
    let asked: Vec<(&str, &str)> = found
        .iter()
        .map(|(a, b)| (a.as_str(), b.as_str()))
        .collect();
    assert_eq!(
        asked,
        [
            ("1 own", "grc"),
            // Past the one who left.
            ("2 under-left", "boss"),
            ("3 boss", "grc"),
            // `boss` is decided on by `grc`, so not the other way round.
            ("4 grc", "two"),
            ("5 alias", "two"),
            ("6 robot", "two"),
        ]
    );
    for asked in &prepared.assignments.all {
        let grant = &prepared.population.grants[asked.item as usize];
        let subject = prepared.population.accounts[grant.account as usize].subject();
        assert_ne!(subject, Some(asked.reviewer as usize));
    }
}

#[test]
fn who_cannot_be_asked_is_counted_and_the_fallback_must_exist() {
    let mut world = World::new();
    world.person("grc", "");
    world.account("grc", "grc");
    world.holds("role");
    let alone = world.prepare("fallback = \"grc\"\n", None);
    assert_eq!(
        (alone.assignments.all.len(), alone.assignments.nobody),
        (0, 1)
    );
    for fallback in ["nobody", "gone"] {
        let mut world = World::new();
        world.person("gone", "").ended = day("2026-11-21");
        world.account("a", "gone");
        world.holds("role");
        let policy = Policy::read(&format!("fallback = \"{fallback}\"\n")).unwrap();
        let error = opening::prepare(world.0, &policy, None, now())
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("nobody on the roster who works here"),
            "{error}"
        );
    }
}

#[test]
fn a_clean_account_fires_nothing_and_each_risk_its_rule() {
    type Change = fn(&mut World);
    let table: &[(&str, Change)] = &[
        ("", |_| ()),
        ("orphan-account", |w| {
            w.0.accounts[0].employee_id = Some("9".to_owned())
        }),
        ("leaver-with-access", |w| {
            w.0.people[1].ended = day("2026-11-01")
        }),
        ("dormant-access", |w| {
            w.0.accounts[0].last_used = day("2026-01-01");
            w.0.grants[0].last_used = day("2026-01-01").code();
        }),
        ("never-used-grant", |w| {
            w.0.grants[0].last_used = When::Never.code();
            w.0.grants[0].granted = day("2026-01-01").code();
        }),
        ("privileged-without-mfa", |w| {
            w.0.accounts[0].mfa = Mfa::None;
            w.0.entitlements[0].privileged = Truth::Yes;
        }),
        ("privileged-without-phishing-resistant-mfa", |w| {
            w.0.accounts[0].mfa = Mfa::Push;
            w.0.entitlements[0].privileged = Truth::Yes;
        }),
        ("key-over-90-days", |w| {
            w.0.accounts[0].key_rotated = day("2026-01-01")
        }),
        ("expired-but-active", |w| {
            w.0.grants[0].expires = day("2026-11-20").code()
        }),
        ("service-account-without-owner", |w| {
            // An id or an address with a program is its owner's.
            w.0.accounts[0].kind = Kind::Service;
            w.0.accounts[0].employee_id = None;
        }),
        ("guest-without-sponsor", |w| {
            w.0.accounts[0].kind = Kind::Guest
        }),
        ("stale-source", |w| {
            w.0.sources[0].exported = day("2026-10-01")
        }),
        ("partial-source", |w| w.0.sources[0].losses = 1),
        ("post-snapshot-grant", |w| {
            w.0.grants[0].granted = day("2026-11-22").code()
        }),
        ("group-cycle", |w| {
            w.0.implies.push((0, 0, Place::default()))
        }),
    ];
    for (rule, change) in table {
        let mut world = World::new();
        world.person("grc", "");
        world.person("ann", "grc");
        world.account("ann", "ann");
        world.holds("role");
        change(&mut world);
        let prepared = world.prepare(POLICY.replace("\"two\"", "\"grc\"").as_str(), None);
        let expected: BTreeSet<&str> = std::iter::once(*rule)
            .filter(|rule| !rule.is_empty())
            .collect();
        assert_eq!(
            fired(&prepared),
            expected,
            "{:?}",
            prepared.assessment.findings
        );
    }
}

#[test]
fn what_no_export_tells_is_not_evaluable_and_has_not_passed() {
    let mut world = World::new();
    world.person("grc", "");
    world.person("ann", "grc");
    world.0.sources[0].knows = Knows::default();
    world.0.sources[0].exported = When::Empty;
    let ann = world.account("ann", "ann");
    ann.knows = Knows::default();
    ann.mfa = Mfa::Unknown;
    ann.last_used = When::Empty;
    let grant = world.holds("admin");
    grant.last_used = When::Empty.code();
    grant.granted = When::Empty.code();
    let prepared = world.prepare("fallback = \"grc\"\n", None);
    assert!(
        prepared.assessment.findings.is_empty(),
        "{:?}",
        prepared.assessment.findings
    );
    let gaps: BTreeSet<&str> = prepared
        .assessment
        .gaps
        .iter()
        .map(|gap| gap.rule)
        .collect();
    for rule in [
        "leaver-with-access",
        "mover-keeps-access",
        "dormant-access",
        "never-used-grant",
        "privileged-without-mfa",
        "privileged-without-phishing-resistant-mfa",
        "key-over-90-days",
        "wildcard-grant",
        "privilege-escalation",
        "peer-outlier",
        "outside-approved-path",
        "access-granted-again",
        "stale-source",
    ] {
        assert!(gaps.contains(rule), "{rule}");
        let tally = prepared
            .assessment
            .tallies
            .iter()
            .find(|tally| tally.rule.id == rule)
            .unwrap();
        assert_eq!(tally.passed, 0, "{rule}");
    }
}

#[test]
fn duties_add_up_over_accounts_and_outliers_are_told_by_number() {
    let mut world = World::new();
    world.person("grc", "");
    for n in 0..12 {
        let id = format!("p{n}");
        world.person(&id, "grc");
        world.account(&id, &id);
        world.holds("everyone");
    }
    // One person's second account makes the combination.
    world.holds("enter-invoice");
    world.account("p11-admin", "p11");
    world.holds("approve-payment");
    let policy = "fallback = \"grc\"\n[[sod]]\nname = \"both\"\nholds = [\"erp/role/enter-*\", \"erp/role/approve-*\", \"erp/role/none\"]\nat_least = 2\n";
    let prepared = world.prepare(policy, None);
    let of = |rule: &str| -> Vec<&str> {
        let found = prepared
            .assessment
            .findings
            .iter()
            .filter(|f| f.rule == rule);
        found.map(|finding| finding.text.as_str()).collect()
    };
    assert_eq!(
        of("separation-of-duties").len(),
        2,
        "each of the two grants"
    );
    assert!(of("separation-of-duties")[0].contains("p11 (p11) holds role enter-invoice"));
    // `grc` is a clerk, too: twelve others.
    assert_eq!(of("peer-outlier").len(), 2);
    assert!(
        of("peer-outlier")[0].starts_with("0 of 12 "),
        "{:?}",
        of("peer-outlier")
    );
}

#[test]
fn movers_and_regrants_need_the_campaign_before() {
    let build = || {
        let mut world = World::new();
        world.person("grc", "").title = "Lead".to_owned();
        for n in 0..7 {
            let id = format!("p{n}");
            world.person(&id, "grc");
            world.account(&id, &id);
            world.holds("everyone");
        }
        world.holds("old");
        world
    };
    let first = build().prepare("fallback = \"grc\"\n", None);
    assert!(first.changed.iter().all(|changed| *changed));
    let mut previous = Previous::default();
    for grant in &first.population.grants {
        previous.grants.insert(
            check::identity(&first.population, grant),
            Some(check::state(&first.population, grant)),
        );
    }
    let everyone = first.population.grants.first().unwrap();
    previous
        .revoked
        .insert(check::identity(&first.population, everyone));
    let before = ("Marketing".to_owned(), "Clerk".to_owned());
    previous.people.insert("p6@a.example".to_owned(), before);
    let second = build().prepare("fallback = \"grc\"\n", Some(&previous));
    assert!(second.changed.iter().all(|changed| !changed));
    let of = |rule: &str| {
        second
            .assessment
            .findings
            .iter()
            .filter(|f| f.rule == rule)
            .count()
    };
    assert_eq!(
        (of("mover-keeps-access"), of("access-granted-again")),
        (1, 1)
    );
}

#[test]
fn stages_stop_and_go_on_as_the_policy_says() {
    let policy = Policy::read(
        "fallback = \"grc\"\n[[stage]]\nreviewers = \"manager\"\nstrategy = \"one-accept-accepts\"\nadvance_on = [\"accept\", \"no-response\", \"not-decided\"]\n\
         [[stage]]\nreviewers = \"owner\"\n",
    )
    .unwrap();
    let asked: Vec<Assigned> = [(1, 1), (1, 2), (2, 3)]
        .map(|(stage, reviewer)| Assigned {
            item: 1,
            stage,
            reviewer,
            why: 0,
        })
        .into();
    let case = |answers: &[(i64, i64, Answer, bool)]| {
        let decisions: Vec<Decided> = answers
            .iter()
            .zip(1..)
            .map(|((stage, reviewer, answer, late), id)| Decided {
                id,
                item: 1,
                stage: *stage,
                reviewer: *reviewer,
                answer: *answer,
                justification: String::new(),
                at: id,
                late: *late,
                event: 1,
                replaces: None,
            })
            .collect();
        progress::cases(&policy, &asked, &decisions, 1).remove(0)
    };
    let none = case(&[]);
    assert_eq!((none.open, none.owed_by.as_slice()), (Some(1), &[1, 2][..]));
    // One accepts; the other still owes, and the first stage waits for both.
    let half = case(&[(1, 1, Answer::Accept, false)]);
    assert_eq!((half.open, half.owed_by.as_slice()), (Some(1), &[2][..]));
    let both = case(&[(1, 1, Answer::Accept, false), (1, 2, Answer::Accept, false)]);
    assert_eq!((both.open, both.owed_by.as_slice()), (Some(2), &[3][..]));
    let revoked = case(&[(1, 1, Answer::Revoke, false), (1, 2, Answer::Revoke, false)]);
    assert_eq!((revoked.open, revoked.outcome), (None, Outcome::Revoke));
    let contradiction = case(&[
        (1, 1, Answer::Accept, false),
        (1, 2, Answer::Accept, false),
        (2, 3, Answer::Revoke, false),
    ]);
    assert!(contradiction.conflict);
    assert_eq!(contradiction.outcome, Outcome::Revoke);
    // A late answer is as none.
    assert_eq!(case(&[(1, 1, Answer::Accept, true)]).owed_by, [1, 2]);
    // The later answer of one reviewer counts.
    let changed = case(&[
        (1, 1, Answer::Accept, false),
        (1, 2, Answer::Accept, false),
        (1, 1, Answer::Revoke, false),
    ]);
    assert_eq!(changed.stages, [Outcome::Accept, Outcome::NoResponse]);
}

#[test]
fn a_cadence_holds_for_its_tier_and_counts_from_the_last_answer() {
    let policy = "fallback = \"grc\"\n[cadence]\nhigh = \"30d\"\nnone = \"365d\"\n";
    let build = || {
        let mut world = World::new();
        world.person("grc", "");
        for n in 0..6 {
            let id = format!("p{n}");
            world.person(&id, "grc");
            world.account(&id, &id);
            world.holds("everyone");
        }
        world
    };
    let first = build().prepare(policy, None);
    let overdue = |prepared: &Prepared| {
        let found = prepared.assessment.findings.iter();
        let found = found.filter(|finding| finding.rule == "review-overdue");
        found
            .map(|finding| finding.text.clone())
            .collect::<Vec<_>>()
    };
    let tally = |prepared: &Prepared| {
        let mut tallies = prepared.assessment.tallies.iter();
        let tally = tallies
            .find(|tally| tally.rule.id == "review-overdue")
            .unwrap();
        (tally.fired, tally.passed, tally.not_evaluable)
    };
    assert_eq!(tally(&first), (0, 0, 6));
    let (high, low) = (check::rank(Severity::High), check::rank(Severity::Low));
    let at = |text: &str| Some(Timestamp::parse(text).unwrap());
    let mut previous = Previous::default();
    let known = [
        (at("2026-10-20T09:00:00Z"), high),
        (at("2026-11-01T09:00:00Z"), high),
        (at("2026-01-01T09:00:00Z"), 0),
        (None, 0),
        (None, low),
    ];
    for (grant, known) in first.population.grants.iter().zip(known) {
        let key = check::identity(&first.population, grant);
        previous.reviewed.insert(key, known);
    }
    let second = build().prepare(policy, Some(&previous));
    // Late, in time, in time, never, a tier without a cadence, and new.
    assert_eq!(tally(&second), (2, 4, 0));
    assert_eq!(
        overdue(&second),
        [
            "nobody reviewed it since 2026-10-20; the policy demands every 30d (high)",
            "nobody answered on it in the campaign before; the policy demands every 365d (without a finding)",
        ]
    );
    let without = build().prepare("fallback = \"grc\"\n", Some(&previous));
    assert_eq!(tally(&without), (0, 0, 0));
}

#[test]
fn what_nobody_was_asked_about_is_decided_by_nobody() {
    for (outcome, says) in [("accept", Outcome::Accept), ("revoke", Outcome::Revoke)] {
        let text = format!("fallback = \"grc\"\nno_reviewer = \"{outcome}\"\n");
        let policy = Policy::read(&text).unwrap();
        let cases = progress::cases(&policy, &[], &[], 1);
        assert_eq!(progress::settled(&policy, &cases[0]), (says, false));
        assert_eq!(
            progress::standing(&policy, &cases[0], true),
            (says, "policy")
        );
        assert_eq!(
            progress::standing(&policy, &cases[0], false),
            (says, "nobody yet")
        );
    }
}
