//! Which workloads carry which labels and which Services lead to them, so that no selector is held against every pod.

use std::collections::HashMap;

use super::kubernetes::{Service, Workload};
use super::{Labels, Model};
use crate::lint::selector::{LabelSelector, Requirement};

/// The workloads of each namespace by each of their labels.
#[derive(Debug, Default)]
pub(super) struct Carriers<'a>(HashMap<(&'a str, &'a str, &'a str), Vec<usize>>);

impl<'a> Carriers<'a> {
    pub(super) fn of(workloads: &[Workload<'a>]) -> Self {
        let mut carriers = HashMap::<_, Vec<usize>>::new();
        for (index, workload) in workloads.iter().enumerate() {
            for (key, value) in workload.labels.iter() {
                let label = (workload.resource.namespace, *key, *value);
                carriers.entry(label).or_default().push(index);
            }
        }
        Self(carriers)
    }

    /// Of these labels, which all must be there, the one that the fewest carry: who carries it. None without labels.
    fn fewest<'m>(
        &'m self,
        namespace: &'m str,
        labels: impl Iterator<Item = (&'m str, &'m str)>,
    ) -> Option<&'m [usize]> {
        let by_label: &'m HashMap<(&'m str, &'m str, &'m str), Vec<usize>> = &self.0;
        let carriers = labels.map(|(key, value)| {
            let carriers = by_label.get(&(namespace, key, value));
            carriers.map(Vec::as_slice).unwrap_or_default()
        });
        carriers.min_by_key(|carriers| carriers.len())
    }
}

/// A workload's identity in memory.
fn key(workload: &Workload<'_>) -> usize {
    std::ptr::from_ref(workload.resource.node) as usize
}

impl<'a> Model<'a> {
    /// The workloads of a namespace that a selector is for, with their indexes.
    pub fn selected<'m>(
        &'m self,
        namespace: &'m str,
        selector: &LabelSelector<'m>,
    ) -> impl Iterator<Item = (usize, &'m Workload<'a>)> {
        let labels = selector.requirements.iter().filter_map(|one| match one {
            Requirement::In(key, values) => match values.as_slice() {
                [value] => Some((*key, *value)),
                _ => None,
            },
            _ => None,
        });
        let carriers = self.carriers.fewest(namespace, labels);
        self.among(namespace, carriers)
            .filter(|(_, workload)| selector.matches(&workload.labels))
    }

    /// The workloads of a namespace that carry all of these labels.
    pub fn carrying<'m>(
        &'m self,
        namespace: &'m str,
        labels: &Labels<'m>,
    ) -> impl Iterator<Item = &'m Workload<'a>> {
        let each = labels.iter().map(|(key, value)| (*key, *value));
        let carriers = self.carriers.fewest(namespace, each);
        self.among(namespace, carriers)
            .map(|(_, workload)| workload)
            .filter(|workload| workload.labels.contains_all(labels))
    }

    /// The Services that send their traffic to a workload, in the order of the input.
    pub fn services_before(&self, workload: &Workload<'_>) -> Vec<&Service<'a>> {
        let services = |indexes: &Vec<usize>| {
            let services = indexes.iter().map(|index| self.services.get(*index));
            services.flatten().collect()
        };
        let known = self.fronted.get(&key(workload)).map(services);
        known.unwrap_or_else(|| {
            let all = self.services_in(workload.resource.namespace);
            all.filter(|service| service.selects(workload)).collect()
        })
    }

    /// The indexes of those Services, by workload.
    pub(super) fn fronted(&self) -> HashMap<usize, Vec<usize>> {
        let mut fronted: HashMap<usize, Vec<usize>> = HashMap::new();
        for workload in &self.workloads {
            fronted.entry(key(workload)).or_default();
        }
        for (index, service) in self.services.iter().enumerate() {
            if service.selector.is_empty() {
                continue;
            }
            for workload in self.carrying(service.resource.namespace, &service.selector) {
                fronted.entry(key(workload)).or_default().push(index);
            }
        }
        fronted
    }

    fn among<'m>(
        &'m self,
        namespace: &str,
        carriers: Option<&'m [usize]>,
    ) -> impl Iterator<Item = (usize, &'m Workload<'a>)> {
        let all = || {
            let all = self.by_namespace.workloads.get(namespace);
            all.map(Vec::as_slice).unwrap_or_default()
        };
        let indexes = carriers.unwrap_or_else(all).iter();
        indexes.filter_map(|index| Some((*index, self.workloads.get(*index)?)))
    }
}
