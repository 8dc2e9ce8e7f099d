//! The argument of a path: the rules and the absences that decide at each end.

use super::path::{Party, Reason};
use super::trace::{Side, Step, Verdict};
use super::{Endpoint, Reachability};
use crate::lint::model::Resource;
use crate::lint::model::network_policy::Direction;
use crate::lint::ports::PortSet;

impl<'m, 'a> Reachability<'m, 'a> {
    /// The argument of one end.
    pub(super) fn argue(
        &self,
        side: &Side<'m, 'a>,
        (subject, peer, name): (usize, usize, &Party),
        wanted: &PortSet,
    ) -> Vec<Reason> {
        let Some(Endpoint::Pods(_)) = self.endpoints().get(subject) else {
            // Who is not in the input is held back by nothing that is.
            return Vec::new();
        };
        let section = side.direction.section();
        if side.is_default {
            let namespace = self.endpoints().get(subject).and_then(Endpoint::namespace);
            let namespace = namespace.unwrap_or_default();
            return vec![Reason::absent(format!(
                "{section}: no policy of namespace `{namespace}` or of the cluster selects {name} for {section}, so \
                 everything is let through"
            ))];
        }
        let speaks = |step: &&Step<'_, '_>| !step.ports.intersection(wanted).is_empty();
        let mut reasons: Vec<Reason> = side
            .steps
            .iter()
            .filter(speaks)
            .map(|step| self.told(step, side.direction, peer))
            .collect();
        let is_open = !side.may.intersection(wanted).is_empty();
        let lets_in = side
            .steps
            .iter()
            .filter(speaks)
            .any(|step| step.verdict == Verdict::Allows);
        if !is_open && !lets_in {
            let lets = match side.direction {
                Direction::Ingress => "the caller in",
                Direction::Egress => "it call",
            };
            for policy in &side.isolated_by {
                reasons.push(Reason::at(
                    format!(
                        "{section}: {} isolates {name}, and none of its rules lets {lets} on {wanted}",
                        policy.subject()
                    ),
                    policy,
                    policy.name_span,
                ));
            }
        } else if is_open && !lets_in {
            reasons.push(Reason::absent(format!(
                "{section}: no NetworkPolicy isolates {name}, so what no rule refuses is let through"
            )));
        }
        reasons
    }

    fn told(&self, step: &Step<'m, 'a>, direction: Direction, peer: usize) -> Reason {
        let verb = match step.verdict {
            Verdict::Allows => "allows",
            Verdict::Denies => "denies",
            Verdict::Passes => "leaves to the next tier",
        };
        let name = step
            .name
            .map_or_else(String::new, |name| format!(" (`{name}`)"));
        let doubt = if step.is_certain {
            ""
        } else {
            self.doubt(step.policy, peer)
        };
        let text = format!(
            "{}: {} rule {}{name} {verb} {}{doubt}",
            direction.section(),
            step.policy.subject(),
            step.number,
            step.ports
        );
        let span = if step.span.start == step.span.end {
            step.policy.name_span
        } else {
            step.span
        };
        Reason::at(text, step.policy, span)
    }

    /// Why a rule only may speak of this peer.
    fn doubt(&self, policy: &Resource<'_>, peer: usize) -> &'static str {
        let is_of_plugin = policy.group == "cilium.io" || policy.group.ends_with("calico.org");
        match self.endpoints().get(peer) {
            Some(Endpoint::Unseen(_)) => ", if that pod has the labels or the address it asks for",
            Some(Endpoint::Addresses(_)) => ", if that is behind the names or nodes it gives",
            Some(endpoint) if endpoint.is_on_host_network() => {
                ", which selectors and blocks do not tell for pods on the host network"
            }
            Some(endpoint) => {
                let namespace = endpoint.namespace().unwrap_or_default();
                let is_shown = self.model().namespaces.contains_key(namespace);
                if is_of_plugin && is_shown {
                    ", if the rest of what it asks for holds: labels that the plugin gives, requests, proofs of identity, \
                     addresses"
                } else if is_shown {
                    ", if the block holds pods, which the cluster's network decides"
                } else {
                    ", if the namespace has the labels it asks for: its manifest is not in the input"
                }
            }
            None => "",
        }
    }
}
