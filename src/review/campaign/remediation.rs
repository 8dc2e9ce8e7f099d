//! What became of what was revoked: later exports are searched for it, and what they do not show is gone only where they
//! would show it.

use std::collections::{BTreeSet, HashMap, HashSet};

use icu_normalizer::ComposingNormalizerBorrowed;

use super::desk::Desk;
use super::outcome::Outcome;
use super::remedy::{Remedy, remedies};
use crate::review::model::Truth;
use crate::review::model::facts::EntitlementKind;
use crate::review::model::population::{Grant, Population};
use crate::review::store::{Answer, Item, SourceRow, Traces};

/// What became of a revoked grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// It is gone.
    Gone,
    /// The account is gone with it.
    AccountGone,
    /// The account is there and disabled, and with it the use of what it is for.
    Disabled,
    /// It was gone at an earlier check and is there again.
    Back,
    /// It is still there.
    Still,
    /// It is gone, but the same access comes another way.
    OtherWay,
    /// The new exports do not cover it, or not whole, or are not known to be later than the decision.
    NotEvaluable,
}

impl Fate {
    /// The word in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::AccountGone => "account-gone",
            Self::Disabled => "account-disabled",
            Self::Back => "came-back",
            Self::Still => "still-there",
            Self::OtherWay => "other-way",
            Self::NotEvaluable => "not-evaluable",
        }
    }

    /// Whether it proves the revocation.
    pub fn is_proof(self) -> bool {
        matches!(self, Self::Gone | Self::AccountGone | Self::Disabled)
    }
}

/// What became of one item, and why no more is said.
#[derive(Debug)]
pub struct Judged {
    /// The item.
    pub item: i64,
    /// What became of it.
    pub fate: Fate,
    /// Why, where it is no proof.
    pub why: String,
}

/// What the campaign was opened on.
#[derive(Debug)]
pub struct Before<'b> {
    /// Its exports.
    pub sources: &'b [SourceRow],
    /// What they tell beside names.
    pub traces: &'b Traces,
}

/// The later exports.
#[derive(Debug)]
pub struct After<'b> {
    /// They themselves.
    pub sources: &'b [SourceRow],
    /// What they tell beside names.
    pub traces: &'b Traces,
    /// What they say together, expanded.
    pub population: &'b Population,
}

/// Looks for each revoked item of a campaign in later exports; `gone_before` are items found gone earlier.
pub fn verify_remediation(
    desk: &Desk,
    before: &Before<'_>,
    after: &After<'_>,
    gone_before: &BTreeSet<i64>,
) -> Vec<Judged> {
    let remedies = remedies(desk);
    let revoked = remedies
        .iter()
        .filter(|remedy| remedy.outcome == Outcome::Revoke)
        .map(|remedy| remedy.item);
    let revoked: Vec<i64> = revoked.collect();
    let mut search = Search::new(desk, before, after, &revoked);
    search.decided = decided(desk, &remedies);
    let judged = revoked.iter().filter_map(|id| {
        let item = desk.item(*id)?;
        let (fate, why) = match search.found(item) {
            // Disabled before the decision, or nobody knows when, is not what the decision did.
            Some((Fate::Disabled, told)) => match search.stale(item) {
                Some(why) => (Fate::NotEvaluable, why),
                None => (Fate::Disabled, told),
            },
            Some((Fate::Still, _)) if gone_before.contains(id) => {
                (Fate::Back, "an earlier check did not find it".to_owned())
            }
            Some(found) => found,
            None => match search.blind(item) {
                Some(why) => (Fate::NotEvaluable, why),
                None if search.alike(item).is_empty() => (Fate::AccountGone, String::new()),
                None => (Fate::Gone, String::new()),
            },
        };
        Some(Judged {
            item: *id,
            fate,
            why,
        })
    });
    judged.collect()
}

/// What sort of grants an export holds: of which kind, what for, in the whole system or a part, direct or not.
type Sort = (String, EntitlementKind, bool, bool);

struct Search<'s> {
    desk: &'s Desk,
    before: &'s Before<'s>,
    after: &'s After<'s>,
    /// Later accounts by system and name, and by system and lasting id.
    accounts: HashMap<(&'s str, &'s str), Vec<usize>>,
    /// The same by what is left of their names without case, spaces and composition.
    folded: HashMap<(&'s str, String), Vec<usize>>,
    /// Later accounts by an address or an employee id that they show.
    people: HashMap<(&'s str, &'s str), Vec<usize>>,
    /// Later entitlements by what they are called, or were.
    entitlements: HashMap<(&'s str, EntitlementKind, &'s str), Vec<u32>>,
    /// The accounts that the campaign knew.
    known: HashSet<(&'s str, &'s str)>,
    /// Sorts of grants of a system that the campaign had and did not revoke; and those that are there later.
    sorts: [HashSet<(&'s str, Sort)>; 2],
    decided: HashMap<i64, i64>,
}

impl<'s> Search<'s> {
    fn new(desk: &'s Desk, before: &'s Before<'s>, after: &'s After<'s>, revoked: &[i64]) -> Self {
        let mut search = Self {
            desk,
            before,
            after,
            accounts: HashMap::new(),
            folded: HashMap::new(),
            people: HashMap::new(),
            entitlements: HashMap::new(),
            known: HashSet::new(),
            sorts: [HashSet::new(), HashSet::new()],
            decided: HashMap::new(),
        };
        let population = after.population;
        for (index, account) in population.accounts.iter().enumerate() {
            let system = account.system.as_str();
            let mut add = |name: &'s str| {
                let known = search.accounts.entry((system, name)).or_default();
                known.push(index);
            };
            add(&account.name);
            let id = i64::try_from(index).unwrap_or(i64::MAX).saturating_add(1);
            for lasting in after.traces.account_ids.get(&id).into_iter().flatten() {
                add(lasting);
            }
            for person in after.traces.people.get(&id).into_iter().flatten() {
                let known = search.people.entry((system, person)).or_default();
                known.push(index);
            }
            let folded = search.folded.entry((system, folded(&account.name)));
            folded.or_default().push(index);
        }
        for (index, entitlement) in (0..).zip(&population.entitlements) {
            let system = entitlement.system.as_str();
            let named = (
                system.to_owned(),
                entitlement.kind,
                entitlement.name.clone(),
            );
            let ids = after.traces.entitlement_ids.get(&named);
            let names = ids.into_iter().flatten().map(String::as_str);
            for name in names.chain([entitlement.name.as_str()]) {
                let key = (system, entitlement.kind, name);
                search.entitlements.entry(key).or_default().push(index);
            }
        }
        let kinds: HashMap<i64, &str> = before
            .sources
            .iter()
            .map(|source| (source.id, source.kind.as_str()))
            .collect();
        let revoked: HashSet<i64> = revoked.iter().copied().collect();
        let [had, has] = &mut search.sorts;
        for item in &desk.items {
            search.known.insert((&item.system, &item.account));
            if let Some(kind) = kinds
                .get(&item.place.0)
                .filter(|_| !revoked.contains(&item.id))
            {
                let sort = sort(kind, item.kind, [&item.scope, &item.path]);
                had.insert((&item.system, sort));
            }
        }
        let kinds: HashMap<u32, &str> = population
            .sources
            .iter()
            .map(|source| (source.id, source.kind.as_str()))
            .collect();
        for grant in &population.grants {
            let account = population.accounts.get(grant.account as usize);
            let (Some(account), Some(entitlement), Some(kind)) = (
                account,
                population.entitlement(grant),
                kinds.get(&grant.place.source),
            ) else {
                continue;
            };
            let places = [population.text(grant.scope), population.text(grant.path)];
            has.insert((&account.system, sort(kind, entitlement.kind, places)));
        }
        search
    }

    /// The later accounts that are the item's: of its name, or of an id that it keeps.
    fn alike(&self, item: &'s Item) -> BTreeSet<usize> {
        let ids = self.before.traces.account_ids.get(&item.account_id);
        let names = ids.into_iter().flatten().map(String::as_str);
        let names = names.chain([item.account.as_str()]);
        let found = names.filter_map(|name| self.accounts.get(&(item.system.as_str(), name)));
        found.flatten().copied().collect()
    }

    /// Later accounts of the same person, which the campaign did not know.
    fn of_person(&self, item: &'s Item) -> BTreeSet<usize> {
        let people = self.before.traces.people.get(&item.account_id);
        let people = people.into_iter().flatten();
        let found = people.filter_map(|one| self.people.get(&(item.system.as_str(), one.as_str())));
        let is_new = |index: &usize| {
            let account = self.after.population.accounts.get(*index);
            account.is_some_and(|one| {
                let name = (one.system.as_str(), one.name.as_str());
                !self.known.contains(&name)
            })
        };
        found.flatten().copied().filter(is_new).collect()
    }

    /// The later entitlements that are the item's.
    fn same_entitlements(&self, item: &'s Item) -> HashSet<u32> {
        let named = (item.system.clone(), item.kind, item.entitlement.clone());
        let ids = self.before.traces.entitlement_ids.get(&named);
        let names = ids.into_iter().flatten().map(String::as_str);
        let names = names.chain([item.entitlement.as_str()]);
        let key = |name| (item.system.as_str(), item.kind, name);
        let found = names.filter_map(|name| self.entitlements.get(&key(name)));
        found.flatten().copied().collect()
    }

    /// Where the item, or as much access, is still.
    fn found(&self, item: &'s Item) -> Option<(Fate, String)> {
        let population = self.after.population;
        let entitlements = self.same_entitlements(item);
        let (mut other, mut disabled) = (None, None);
        let own = self.alike(item);
        for account in own.iter().chain(&self.of_person(item)) {
            for grant in population.held(*account) {
                if !entitlements.contains(&grant.entitlement) {
                    continue;
                }
                let (scope, path) = (population.text(grant.scope), population.text(grant.path));
                let is_own = own.contains(account);
                if is_own && item.kind == EntitlementKind::App && self.is_disabled(*account) {
                    disabled.get_or_insert_with(|| (Fate::Disabled, self.told(*account, grant)));
                    continue;
                }
                if scope == item.scope && path == item.path && is_own {
                    return Some((Fate::Still, self.told_of(item, (*account, grant))));
                }
                if covers(scope, &item.scope) {
                    other.get_or_insert_with(|| (Fate::OtherWay, self.told(*account, grant)));
                }
            }
        }
        other.or(disabled)
    }

    /// Whether every export that says so says that a later account cannot be used. One that is not enabled holds its roles
    /// still; an application it cannot open.
    fn is_disabled(&self, account: usize) -> bool {
        let account = self.after.population.accounts.get(account);
        account.is_some_and(|account| account.enabled == Truth::No)
    }

    /// The same, where it is called otherwise than the item.
    fn told_of(&self, item: &Item, (account, grant): (usize, &Grant)) -> String {
        let population = self.after.population;
        let entitlement = population.entitlement(grant);
        let same = population
            .accounts
            .get(account)
            .is_some_and(|one| one.name == item.account)
            && entitlement.is_some_and(|one| one.name == item.entitlement);
        match same {
            true => String::new(),
            false => self.told(account, grant),
        }
    }

    /// A later grant in words.
    fn told(&self, account: usize, grant: &Grant) -> String {
        let population = self.after.population;
        let account = population.accounts.get(account).map(|one| one.label());
        let entitlement = population.entitlement(grant).map(|one| one.label());
        let mut told = format!(
            "{} holds {}",
            account.unwrap_or_default(),
            entitlement.unwrap_or_default()
        );
        for (word, index) in [("in", grant.scope), ("by", grant.path)] {
            let text = population.text(index);
            if !text.is_empty() {
                told.push_str(&format!(" {word} {text}"));
            }
        }
        told
    }

    /// Why the later exports are not whole, not of the item's system, or not later than its revocation.
    fn stale(&self, item: &'s Item) -> Option<String> {
        let mut sources = self.after.sources.iter();
        if let Some(lossy) = sources.find(|source| !source.problems.is_empty()) {
            return Some(format!("`{}` was not read whole", lossy.name));
        }
        let Some(decided) = self.decided.get(&item.id) else {
            return Some("it was not decided".to_owned());
        };
        let mut sources = self.before.sources.iter();
        let Some(source) = sources.find(|source| source.id == item.place.0) else {
            return Some("the export that showed it is not known".to_owned());
        };
        for needed in self.needed(item, source) {
            if let Some(why) = self.missing(item, needed, *decided) {
                return Some(why);
            }
        }
        None
    }

    /// Why the later exports would not show an item that is still there.
    fn blind(&self, item: &'s Item) -> Option<String> {
        let mut sources = self.before.sources.iter();
        let source = sources.find(|source| source.id == item.place.0);
        self.stale(item).or_else(|| {
            let source = source?;
            self.unlisted(item, source)
                .or_else(|| self.misspelt(item))
                .or_else(|| self.elsewhere(item))
                .or_else(|| self.without_witness(item, source))
        })
    }

    /// Whether no account of its system that the campaign knew is there.
    fn elsewhere(&self, item: &Item) -> Option<String> {
        let mut items = self
            .desk
            .items
            .iter()
            .filter(|one| one.system == item.system);
        let overlaps = items.any(|one| !self.alike(one).is_empty());
        (!overlaps).then(|| {
            format!(
                "none of the accounts of {} that the campaign knew is there: it may be another organisation or cluster",
                item.system
            )
        })
    }

    /// The exports of the campaign whose like is needed later: that which showed the item, and where it came by other
    /// things, those of the same family that tell of its system.
    fn needed(&self, item: &Item, source: &'s SourceRow) -> Vec<&'s SourceRow> {
        let family = |kind: &str| kind.split('-').next().unwrap_or_default().to_owned();
        let own = family(&source.kind);
        let sources = self.before.sources.iter();
        let needed = sources.filter(|one| {
            one.id == source.id
                || !item.path.is_empty()
                    && family(&one.kind) == own
                    && tells_of(self.before.traces, one, &item.system)
        });
        needed.collect()
    }

    /// Why no later export is like one that is needed.
    fn missing(&self, item: &Item, needed: &SourceRow, decided: i64) -> Option<String> {
        let of_kind = |one: &&SourceRow| one.kind == needed.kind;
        let of_system = |one: &&SourceRow| tells_of(self.after.traces, one, &item.system);
        let of_query = |one: &&SourceRow| one.query.trim() == needed.query.trim();
        let is_later = |one: &&SourceRow| {
            let time = one.exported.time();
            time.is_some_and(|time| time.unix() >= decided)
        };
        let sources = || self.after.sources.iter().filter(of_kind);
        let kind = &needed.kind;
        if sources().next().is_none() {
            return Some(format!("no later export is of the kind {kind}"));
        }
        if !sources().any(|one| of_system(&one)) {
            return Some(format!("no later {kind} tells of {}", item.system));
        }
        if !sources().any(|one| of_system(&one) && of_query(&one)) {
            return Some(format!(
                "no later {kind} of {} was made by the same filter, {}",
                item.system,
                match needed.query.trim() {
                    "" => "which was none".to_owned(),
                    query => format!("`{query}`"),
                }
            ));
        }
        let mut fit = sources().filter(of_system).filter(of_query);
        if !fit.any(|one| is_later(&one)) {
            return Some(format!(
                "no {kind} of {} is known to have been exported after the decision",
                item.system
            ));
        }
        None
    }

    /// Exports that list one thing a file, and whole accounts: whether the later ones list this.
    fn unlisted(&self, item: &'s Item, source: &SourceRow) -> Option<String> {
        let later = |row: i64| {
            let mut sources = self.after.sources.iter();
            sources.any(|one| one.id == row && one.kind == source.kind)
        };
        if source.kind == "okta-apps" {
            let entitlements = self.same_entitlements(item);
            let told = entitlements.iter().any(|index| {
                let entitlement = self.after.population.entitlements.get(*index as usize);
                entitlement.is_some_and(|one| {
                    let named = (one.system.clone(), one.kind, one.name.clone());
                    let mut told = self.after.traces.told.iter();
                    told.any(|(row, known)| *known == named && later(*row))
                })
            });
            if !told {
                return Some(format!(
                    "no later {} is of {}",
                    source.kind, item.entitlement
                ));
            }
        }
        let account = (source.id, item.account_id);
        let own = self.alike(item);
        if own.is_empty() || !self.before.traces.listed.contains(&account) {
            return None;
        }
        let is_listed = own.iter().any(|index| {
            let id = i64::try_from(*index).unwrap_or(i64::MAX).saturating_add(1);
            let mut sources = self.after.sources.iter();
            sources.any(|one| {
                one.kind == source.kind && self.after.traces.listed.contains(&(one.id, id))
            })
        });
        (!is_listed).then(|| {
            format!(
                "other exports list the account, no later {} does",
                source.kind
            )
        })
    }

    /// Whether it may be there under a name that differs in the case of its letters alone, in spaces or in composition.
    fn misspelt(&self, item: &'s Item) -> Option<String> {
        let population = self.after.population;
        let key = (item.system.as_str(), folded(&item.account));
        let near = self.folded.get(&key).map(Vec::as_slice).unwrap_or_default();
        let own = self.alike(item);
        if own.is_empty() && !near.is_empty() {
            return Some("an account of nearly the same name is there".to_owned());
        }
        let wanted = folded(&item.entitlement);
        let accounts: BTreeSet<usize> = own.iter().chain(near).copied().collect();
        let found = accounts.iter().any(|account| {
            population.held(*account).iter().any(|grant| {
                let entitlement = population.entitlement(grant);
                entitlement.is_some_and(|one| one.kind == item.kind && folded(&one.name) == wanted)
                    && covers(population.text(grant.scope), &item.scope)
            })
        });
        found.then(|| "access of nearly the same name is there".to_owned())
    }

    /// Whether all of its sort are gone, also what was not revoked: then that part was not exported.
    fn without_witness(&self, item: &'s Item, source: &SourceRow) -> Option<String> {
        let sort = sort(&source.kind, item.kind, [&item.scope, &item.path]);
        let key = (item.system.as_str(), sort);
        let [had, has] = &self.sorts;
        (had.contains(&key) && !has.contains(&key)).then(|| {
            format!(
                "the later exports show no {} of this sort at all, though not all were revoked",
                item.kind.name()
            )
        })
    }
}

fn sort(source: &str, kind: EntitlementKind, [scope, path]: [&str; 2]) -> Sort {
    (source.to_owned(), kind, scope.is_empty(), path.is_empty())
}

/// Whether an export tells of a system.
fn tells_of(traces: &Traces, source: &SourceRow, system: &str) -> bool {
    traces.systems.contains(&(source.id, system.to_owned()))
}

/// Whether what holds in the one scope holds in the other.
fn covers(wide: &str, narrow: &str) -> bool {
    let start = wide.trim_end_matches('/');
    let rest = narrow.strip_prefix(start);
    wide == narrow || start.is_empty() || rest.is_some_and(|rest| rest.starts_with('/'))
}

/// A name without what people and systems write differently: case, spaces, composition.
fn folded(name: &str) -> String {
    let composed = ComposingNormalizerBorrowed::new_nfkc().normalize(name);
    let words: Vec<&str> = composed.split_whitespace().collect();
    words.join(" ").to_lowercase()
}

/// From when on each item was to go: the last answer in time that revoked it, or the close where the policy decided.
fn decided(desk: &Desk, remedies: &[Remedy]) -> HashMap<i64, i64> {
    let closed = desk.state.closed.as_ref().map(|closed| closed.0);
    let mut last: HashMap<i64, i64> = HashMap::new();
    let in_time = desk.decisions.iter().filter(|decision| !decision.late);
    for decision in in_time.filter(|decision| decision.answer == Answer::Revoke) {
        let known = last.entry(decision.item).or_insert(decision.at);
        *known = decision.at.max(*known);
    }
    let since = remedies.iter().filter_map(|remedy| {
        let by_person = last.get(&remedy.item).filter(|_| remedy.by_person);
        Some((remedy.item, by_person.copied().or(closed)?))
    });
    since.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wider_scope_holds_a_narrower_one() {
        for (wide, narrow, is) in [
            ("", "", true),
            ("", "a", true),
            ("/", "/administrativeUnits/5", true),
            ("/a", "/a/b", true),
            ("/a/", "/a/b", true),
            ("/a", "/ab", false),
            ("a", "", false),
            ("a", "b", false),
        ] {
            assert_eq!(covers(wide, narrow), is, "{wide} {narrow}");
        }
    }

    #[test]
    fn names_are_alike_without_case_spaces_and_composition() {
        assert_eq!(folded("Admin  User "), folded("ADMIN user"));
        assert_eq!(folded("zoe\u{308}"), folded("zo\u{eb}"));
        assert_ne!(folded("admin"), folded("admin2"));
    }
}
