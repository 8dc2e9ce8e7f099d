//! An open campaign at a glance: items with their findings, cases, people, as the verbs after the opening need them.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::opening::{OpenError, policy_of};
use super::policy::Policy;
use super::progress::{self, Case};
use crate::kernel::arrange::Arrange as _;
use crate::review::model::population::Person;
use crate::review::store::{AccountKeys, Assigned, Decided, FindingRow, Item, State, Store};

/// All of it.
#[derive(Debug)]
pub struct Desk {
    /// The campaign's id.
    pub id: String,
    /// Where it stands.
    pub state: State,
    /// The policy it was opened with.
    pub policy: Policy,
    /// The people; a person's id is the index plus one.
    pub people: Vec<Person>,
    /// The items, by id.
    pub items: Vec<Item>,
    /// Who is asked.
    pub assignments: Vec<Assigned>,
    /// Who passed which item on in which stage, and is not asked again.
    pub passed: HashSet<(i64, i64, i64)>,
    /// What the exports tell of whose an account is, by its id, where that is not plain.
    pub keys: HashMap<i64, Vec<AccountKeys>>,
    /// What was answered.
    pub decisions: Vec<Decided>,
    /// How each item stands, in the order of the items.
    pub cases: Vec<Case>,
    /// What the rules found.
    pub findings: Vec<FindingRow>,
    by_item: HashMap<i64, Vec<usize>>,
    by_account: HashMap<String, Vec<usize>>,
    latest: HashMap<(i64, i64, i64), usize>,
}

impl Desk {
    /// Loads it.
    ///
    /// # Errors
    /// [`OpenError`]; a campaign that is not open yet has none.
    pub fn load(store: &Store) -> Result<Self, OpenError> {
        let policy = policy_of(store)?;
        let items = store.items(None)?;
        let assignments = store.assignments()?;
        let decisions = store.decisions()?;
        let cases = progress::cases(&policy, &assignments, &decisions, items.len());
        let findings = store.findings()?;
        let mut by_item: HashMap<i64, Vec<usize>> = HashMap::new();
        let mut by_account: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, finding) in findings.iter().enumerate() {
            match (finding.item, finding.account.as_str()) {
                (Some(item), _) => by_item.entry(item).or_default().push(index),
                (None, "") => {}
                (None, account) => by_account
                    .entry(account.to_owned())
                    .or_default()
                    .push(index),
            }
        }
        let latest = decisions
            .iter()
            .enumerate()
            .map(|(index, d)| ((d.item, d.stage, d.reviewer), index))
            .collect();
        Ok(Self {
            id: store.id()?,
            state: store.state()?,
            people: store.people()?,
            passed: store.passed_on()?,
            keys: store.account_keys()?,
            policy,
            items,
            assignments,
            decisions,
            cases,
            findings,
            by_item,
            by_account,
            latest,
        })
    }

    /// A person by id.
    pub fn person(&self, id: i64) -> Option<&Person> {
        self.people.get(usize::try_from(id - 1).ok()?)
    }

    /// A person in words.
    pub fn person_label(&self, id: i64) -> String {
        self.person(id)
            .map_or_else(|| format!("person {id}"), Person::label)
    }

    /// An item by id.
    pub fn item(&self, id: i64) -> Option<&Item> {
        self.items.get(usize::try_from(id - 1).ok()?)
    }

    /// A case by its item's id.
    pub fn case(&self, id: i64) -> Option<&Case> {
        self.cases.get(usize::try_from(id - 1).ok()?)
    }

    /// The findings about an item, and about its account; the worst first.
    pub fn findings_of(&self, item: &Item) -> Vec<&FindingRow> {
        let own = self.by_item.get(&item.id).into_iter().flatten();
        let account = format!("{}/{}", item.system, item.account);
        let of_account = self.by_account.get(&account).into_iter().flatten();
        let mut all: Vec<&FindingRow> = own
            .chain(of_account)
            .filter_map(|index| self.findings.get(*index))
            .collect();
        all.arrange_by(|a, b| (b.severity, &a.rule).cmp(&(a.severity, &b.rule)));
        all
    }

    /// The latest decision of a reviewer on an item in a stage.
    pub fn latest(&self, item: i64, stage: i64, reviewer: i64) -> Option<&Decided> {
        let index = self.latest.get(&(item, stage, reviewer))?;
        self.decisions.get(*index)
    }

    /// What each reviewer owes: items in open stages without an answer.
    pub fn owed(&self) -> BTreeMap<i64, Vec<i64>> {
        let mut owed: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
        for case in &self.cases {
            for reviewer in &case.owed_by {
                owed.entry(*reviewer).or_default().push(case.item);
            }
        }
        owed
    }

    /// How many items each reviewer has been given.
    pub fn given(&self) -> BTreeMap<i64, usize> {
        let mut given: BTreeMap<i64, usize> = BTreeMap::new();
        for assigned in &self.assignments {
            *given.entry(assigned.reviewer).or_default() += 1;
        }
        given
    }
}
