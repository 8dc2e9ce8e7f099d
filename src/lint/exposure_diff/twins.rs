//! Which workload of one state is which of the other: by its name, else by what it looks like to selectors.

use std::collections::{BTreeSet, HashMap};

use crate::lint::model::Model;
use crate::lint::model::kubernetes::Workload;
use crate::lint::reachability::Party;

/// For workloads of one state what they were in the other.
#[derive(Debug)]
pub(super) struct Twins<'m, 'a> {
    by_party: HashMap<Party, &'m Workload<'a>>,
    renamed: BTreeSet<Party>,
}

impl<'m, 'a> Twins<'m, 'a> {
    /// The workloads of `those` that those of `these` are.
    pub(super) fn of(these: &Model<'_>, those: &'m Model<'a>) -> Self {
        let own: HashMap<Party, &Workload<'_>> = those
            .workloads
            .iter()
            .map(|workload| (Party::of(workload), workload))
            .collect();
        let mut twins = Self {
            by_party: HashMap::new(),
            renamed: BTreeSet::new(),
        };
        for workload in &these.workloads {
            let party = Party::of(workload);
            let same = own.get(&party).copied();
            let Some(twin) = same.or_else(|| alike(workload, those)) else {
                continue;
            };
            if same.is_none() {
                twins.renamed.insert(party.clone());
            }
            twins.by_party.insert(party, twin);
        }
        twins
    }

    /// What a workload was.
    pub(super) fn get(&self, workload: &Workload<'_>) -> Option<&'m Workload<'a>> {
        self.by_party.get(&Party::of(workload)).copied()
    }

    /// What one of another name was.
    pub(super) fn renamed(&self, party: &Party) -> Option<Party> {
        let is_renamed = self.renamed.contains(party);
        let twin = is_renamed.then(|| self.by_party.get(party))?;
        twin.map(|workload| Party::of(workload))
    }
}

/// A workload of another name with the same labels is treated as that was, one of its account first; else one of the
/// same name and another kind.
fn alike<'m, 'a>(workload: &Workload<'_>, those: &'m Model<'a>) -> Option<&'m Workload<'a>> {
    let looks = looks(workload);
    let near = || {
        let all = those.workloads.iter();
        all.filter(|other| other.resource.namespace == workload.resource.namespace)
    };
    let labelled = || near().filter(|other| self::looks(other) == looks);
    labelled()
        .find(|other| other.service_account == workload.service_account)
        .or_else(|| labelled().next())
        .or_else(|| near().find(|other| other.resource.name == workload.resource.name))
}

/// What selectors and rules about ports see of a workload.
fn looks(workload: &Workload<'_>) -> String {
    let ports = workload.ports.iter();
    let ports: Vec<_> = ports
        .filter_map(|port| Some((port.name?, port.number)))
        .collect();
    format!(
        "{:?} {ports:?} {}",
        workload.labels,
        workload.host_network.is_some()
    )
}
