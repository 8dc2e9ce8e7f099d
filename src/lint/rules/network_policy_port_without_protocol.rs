//! A port without a protocol, which is TCP.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::Model;
use crate::lint::model::network_policy::Direction;

pub(super) static RULE: Rule = Rule {
    id: "network-policy-port-without-protocol",
    title: "a port of a NetworkPolicy names no protocol",
    severity: Severity::Info,
    confidence: Confidence::High,
    page: page!("network_policy_port_without_protocol.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for policy in &model.network_policies {
        let sections = Direction::ALL.into_iter().filter_map(|direction| policy.section(direction));
        let rules = sections.flat_map(|section| &section.rules);
        let port = rules.flat_map(|rule| &rule.listed_ports).find(|port| !port.names_protocol);
        let Some(port) = port else {
            continue;
        };
        let subject = policy.resource.subject();
        let message = format!("a port of {subject} names no protocol: it means TCP alone");
        found.push(
            Finding::new(&RULE, subject, message)
                .at(policy.resource.source(), port.span, "is TCP")
                .help("write `protocol: TCP`, or the protocol that is meant"),
        );
    }
}
