//! Selectors over the endpoints, three-valued: what the input lacks may match, and is kept apart from what does.

use super::bits::Bits;
use super::endpoint::{Endpoint, Space, Universe};
use super::{Assumptions, Blocks};
use crate::lint::cidr::Cidr;
use crate::lint::selector::{LabelSelector, Requirement};

/// The endpoints that a selector means, and those that it may mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Selected {
    pub(super) yes: Bits,
    pub(super) maybe: Bits,
}

impl Selected {
    pub(super) fn none(bound: usize) -> Self {
        Self {
            yes: Bits::none(bound),
            maybe: Bits::none(bound),
        }
    }

    pub(super) fn all(bound: usize) -> Self {
        Self {
            yes: Bits::all(bound),
            maybe: Bits::none(bound),
        }
    }

    pub(super) fn perhaps_all(bound: usize) -> Self {
        Self {
            yes: Bits::none(bound),
            maybe: Bits::all(bound),
        }
    }

    /// Nothing of it is certain.
    pub(super) fn all_perhaps(self) -> Self {
        let maybe = self.either();
        Self {
            yes: Bits::none_like(&maybe),
            maybe,
        }
    }

    pub(super) fn either(&self) -> Bits {
        self.yes.or(&self.maybe)
    }

    pub(super) fn join(&mut self, other: &Self) {
        self.yes.join(&other.yes);
        self.maybe = self.maybe.or(&other.maybe).without(&self.yes);
    }

    /// Everything that it does not mean; what it may mean stays doubtful.
    pub(super) fn contrary(&self, bound: usize) -> Self {
        Self {
            yes: Bits::all(bound).without(&self.either()),
            maybe: self.maybe.without(&self.yes),
        }
    }

    pub(super) fn and(&self, other: &Self) -> Self {
        let yes = self.yes.and(&other.yes);
        let maybe = self.either().and(&other.either()).without(&yes);
        Self { yes, maybe }
    }

    /// What was certain is no longer, for these.
    fn doubt(mut self, doubtful: &Bits) -> Self {
        let doubted = self.yes.and(doubtful);
        self.yes = self.yes.without(&doubted);
        self.maybe.join(&doubted);
        self
    }

    pub(super) fn drop(mut self, dropped: &Bits) -> Self {
        self.yes = self.yes.without(dropped);
        self.maybe = self.maybe.without(dropped);
        self
    }
}

/// Whether a requirement holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Truth {
    No,
    Maybe,
    Yes,
}

/// The label of a namespace that bears its name.
pub(super) const NAME: &str = "kubernetes.io/metadata.name";

impl<'m, 'a> Universe<'m, 'a> {
    /// The pods of namespaces that a selector means; the policy's own where it names none. Pods on the host network
    /// are not reliably selectable.
    pub(super) fn select(
        &self,
        namespaces: Result<&LabelSelector<'a>, &str>,
        pods: &LabelSelector<'a>,
        assumptions: &Assumptions,
    ) -> Selected {
        let spaces = match namespaces {
            Ok(selector) => self.in_namespaces(selector, assumptions),
            Err(own) => {
                let mut selected = Selected::none(self.bound());
                if let Some(space) = self.spaces.iter().find(|space| space.name == own) {
                    selected.yes = space.members.clone();
                }
                selected
            }
        };
        let pods = spaces.and(&self.with_labels(pods));
        if assumptions.host_network_is_told {
            return pods;
        }
        pods.doubt(&self.host)
    }

    fn in_namespaces(&self, selector: &LabelSelector<'a>, assumptions: &Assumptions) -> Selected {
        let mut selected = Selected::none(self.bound());
        for space in &self.spaces {
            match space.satisfies(selector, assumptions.closed_world) {
                Truth::Yes => selected.yes.join(&space.members),
                Truth::Maybe => selected.maybe.join(&space.members),
                Truth::No => {}
            }
        }
        let truth = self.unseen_namespace(selector);
        for (index, endpoint) in self.endpoints.iter().enumerate() {
            match (endpoint, truth) {
                (Endpoint::Unseen(None), Truth::Yes) => selected.yes.add(index),
                (Endpoint::Unseen(None), Truth::Maybe) => selected.maybe.add(index),
                _ => {}
            }
        }
        selected
    }

    /// Whether a namespace that the input does not speak of may satisfy a selector.
    fn unseen_namespace(&self, selector: &LabelSelector<'a>) -> Truth {
        let of = |requirement: &Requirement<'a>| match requirement {
            Requirement::Exists(NAME) => Truth::Yes,
            Requirement::DoesNotExist(NAME) => Truth::No,
            Requirement::In(NAME, values) => {
                let by_name =
                    |name: &str| self.spaces.binary_search_by(|space| space.name.cmp(name));
                let seen = |value: &&str| by_name(value).is_ok();
                if values.iter().all(seen) {
                    Truth::No
                } else {
                    Truth::Maybe
                }
            }
            _ => Truth::Maybe,
        };
        selector
            .requirements
            .iter()
            .map(of)
            .min()
            .unwrap_or(Truth::Yes)
    }

    fn with_labels(&self, selector: &LabelSelector<'a>) -> Selected {
        let none = Bits::none(self.bound());
        let mut yes = self.pods.or(&self.host);
        let mut perhaps = none.clone();
        for requirement in &selector.requirements {
            let (Requirement::In(key, _)
            | Requirement::NotIn(key, _)
            | Requirement::Exists(key)
            | Requirement::DoesNotExist(key)) = requirement;
            let holding = |bits: &Bits| match requirement {
                Requirement::In(key, values) => bits.and(&self.with_values(key, values)),
                Requirement::NotIn(key, values) => bits.without(&self.with_values(key, values)),
                Requirement::Exists(key) => bits.and(self.with_key.get(key).unwrap_or(&none)),
                Requirement::DoesNotExist(key) => {
                    bits.without(self.with_key.get(key).unwrap_or(&none))
                }
            };
            match self.perhaps_with_key.get(key) {
                None => {
                    yes = holding(&yes);
                    if !perhaps.is_empty() {
                        perhaps = holding(&perhaps);
                    }
                }
                // Whatever is asked of such a label, it may be so.
                Some(given) => {
                    let doubtful = yes.or(&perhaps).and(given);
                    yes = holding(&yes.without(given));
                    perhaps = holding(&perhaps.without(given)).or(&doubtful);
                }
            }
        }
        if selector.is_empty() {
            yes.join(&self.unseen);
            return Selected { yes, maybe: none };
        }
        Selected {
            yes,
            maybe: self.unseen.or(&perhaps),
        }
    }

    fn with_values(&self, key: &str, values: &[&'a str]) -> Bits {
        let mut bits = Bits::none(self.bound());
        for value in values {
            if let Some(found) = self.with_label.get(&(key, *value)) {
                bits.join(found);
            }
        }
        bits
    }

    /// Blocks of addresses. Whether a block holds pods is up to the cluster's network.
    pub(super) fn in_blocks(&self, blocks: &[Cidr], assumptions: &Assumptions) -> Selected {
        let mut selected = Selected::none(self.bound());
        for (index, endpoint) in self.endpoints.iter().enumerate() {
            if let Endpoint::Addresses(range) = endpoint
                && blocks.iter().any(|block| block.holds(*range))
            {
                selected.yes.add(index);
            }
        }
        let may_hold_pods = match &assumptions.blocks {
            Blocks::HoldNoPods => false,
            Blocks::Unknown => !blocks.is_empty(),
            Blocks::PodsIn(cidrs) => cidrs
                .iter()
                .any(|pods| blocks.iter().any(|block| block.touches(*pods))),
        };
        if may_hold_pods {
            selected.maybe.join(&self.pods);
            selected.maybe.join(&self.unseen);
        }
        // A node's address is no pod's: it may be in any block.
        if !blocks.is_empty() && !assumptions.host_network_is_told {
            selected.maybe.join(&self.host);
        }
        selected
    }

    /// Blocks of addresses that hold no pod of the cluster.
    pub(super) fn in_blocks_outside(&self, blocks: &[Cidr]) -> Selected {
        let mut selected = Selected::none(self.bound());
        for (index, endpoint) in self.endpoints.iter().enumerate() {
            if let Endpoint::Addresses(range) = endpoint
                && blocks.iter().any(|block| block.holds(*range))
            {
                selected.yes.add(index);
            }
        }
        selected
    }

    /// What may be behind the nodes or names that a rule gives.
    pub(super) fn somewhere_outside(&self) -> Selected {
        Selected {
            yes: Bits::none(self.bound()),
            maybe: self.addresses.or(&self.host),
        }
    }
}

impl<'a> Space<'_, 'a> {
    pub(super) fn satisfies(&self, selector: &LabelSelector<'a>, closed_world: bool) -> Truth {
        let name_only;
        let labels = match self.labels {
            Some(labels) => labels,
            None => {
                name_only = [(NAME, self.name)].into();
                &name_only
            }
        };
        let of = |requirement: &Requirement<'a>| {
            let (Requirement::In(key, _)
            | Requirement::NotIn(key, _)
            | Requirement::Exists(key)
            | Requirement::DoesNotExist(key)) = requirement;
            if self.labels.is_none() && *key != NAME && !closed_world {
                return Truth::Maybe;
            }
            if requirement.holds(labels) {
                Truth::Yes
            } else {
                Truth::No
            }
        };
        let truths = selector.requirements.iter().map(of);
        truths.min().unwrap_or(Truth::Yes)
    }
}
