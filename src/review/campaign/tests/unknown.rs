//! What no export tells has not passed.

use super::*;

fn tally(prepared: &Prepared, rule: &str) -> (usize, usize, usize) {
    let mut all = prepared.assessment.tallies.iter();
    let tally = all.find(|tally| tally.rule.id == rule).unwrap();
    (tally.fired, tally.passed, tally.not_evaluable)
}

#[test]
fn a_duty_that_no_export_holds_leaves_the_conflict_open() {
    let judged = |other: &str| {
        let mut world = World::new();
        world.person("grc", "");
        world.person("ann", "grc");
        world.account("ann", "ann");
        world.holds("enter-invoice");
        world.person("bob", "grc");
        world.account("bob", "bob");
        world.holds("approve-payment");
        let policy = format!(
            "fallback = \"grc\"\n[[sod]]\nname = \"both\"\nholds = [\"erp/role/enter-*\", \"{other}\"]\n"
        );
        tally(&world.prepare(&policy, None), "separation-of-duties")
    };
    assert_eq!(judged("erp/role/approve-*"), (0, 2, 0));
    // Of `sap` nothing was imported.
    assert_eq!(judged("sap/role/approve-*"), (0, 0, 1));
}

#[test]
fn who_may_be_privileged_and_may_lack_a_factor_has_not_passed() {
    let judged = |mfa: Mfa, privileges_told: bool| {
        let mut world = World::new();
        world.person("grc", "");
        world.person("ann", "grc");
        if !privileges_told {
            world.0.sources[0].knows = Knows::default();
        }
        let account = world.account("ann", "ann");
        account.mfa = mfa;
        if !privileges_told {
            account.knows = Knows::default();
        }
        world.holds("reader");
        tally(
            &world.prepare("fallback = \"grc\"\n", None),
            "privileged-without-mfa",
        )
    };
    assert_eq!(judged(Mfa::Unknown, true), (0, 1, 0));
    assert_eq!(judged(Mfa::Unknown, false), (0, 0, 1));
    assert_eq!(judged(Mfa::None, false), (0, 0, 1));
    assert_eq!(judged(Mfa::Otp, false), (0, 1, 0));
}

#[test]
fn whoever_may_have_left_has_not_passed() {
    let judged = |change: &dyn Fn(&mut World)| {
        let mut world = World::new();
        world.person("grc", "");
        world.person("ann", "grc");
        world.account("ann", "ann");
        world.holds("reader");
        change(&mut world);
        tally(
            &world.prepare("fallback = \"grc\"\n", None),
            "leaver-with-access",
        )
    };
    assert_eq!(judged(&|_| {}), (0, 1, 0));
    let unknown: [&dyn Fn(&mut World); 6] = [
        &|world| world.0.people[1].ended = When::Unreadable,
        &|world| world.0.people[1].status = Employment::Unknown,
        &|world| world.0.people[1].place.source = 9,
        &|world| world.0.accounts[0].employee_id = None,
        &|world| world.0.accounts[0].employee_id = Some("nobody".to_owned()),
        &|world| world.0.accounts[0].conflict = "kind, employee id".to_owned(),
    ];
    for (number, change) in unknown.into_iter().enumerate() {
        assert_eq!(judged(change), (0, 0, 1), "{number}");
    }
    // A roster without states says by its end dates alone who has left.
    let stateless = |world: &mut World| {
        for person in &mut world.0.people {
            person.status = Employment::Unknown;
        }
    };
    assert_eq!(judged(&stateless), (0, 1, 0));
}

#[test]
fn access_of_which_no_export_tells_the_end_has_not_passed() {
    let judged = |knows: Knows| {
        let mut world = World::new();
        world.person("grc", "");
        world.person("ann", "grc");
        world.0.sources[0].knows = knows;
        world.account("ann", "ann").knows = knows;
        world.holds("reader");
        let prepared = world.prepare("fallback = \"grc\"\n", None);
        tally(&prepared, "expired-but-active")
    };
    assert_eq!(judged(Knows(u32::MAX)), (0, 1, 0));
    assert_eq!(judged(Knows::ENABLED), (0, 0, 1));
}
