//! Egress to the cloud's metadata service.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::Model;
use crate::lint::cidr::Cidr;
use crate::lint::model::network_policy::{Direction, NetworkPolicy, PolicyRule, Ports};
use crate::lint::ports::Protocol;
use crate::lint::model::network_policy::PortMatch;

pub(super) static RULE: Rule = Rule {
    id: "network-policy-metadata-endpoint",
    title: "a NetworkPolicy lets pods reach the metadata service of the cloud",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("network_policy_metadata_endpoint.md"),
};

const METADATA: &str = "169.254.169.254/32";

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for policy in &model.network_policies {
        let Some(section) = policy.section(Direction::Egress).filter(|_| policy.isolates(Direction::Egress)) else {
            continue;
        };
        if let Some(rule) = section.rules.iter().find(|rule| opens(rule)) {
            found.push(finding(policy, rule));
        }
    }
}

fn finding(policy: &NetworkPolicy<'_>, rule: &PolicyRule<'_>) -> Finding {
    let subject = policy.resource.subject();
    let message = format!("{subject} lets the selected pods reach 169.254.169.254, where clouds hand out credentials");
    Finding::new(&RULE, subject, message)
        .at(policy.resource.source(), rule.span, "holds the metadata service")
        .help("except it:\n  - to:\n    - ipBlock:\n        cidr: 0.0.0.0/0\n        except: [169.254.169.254/32]")
}

/// Rules for everyone have a finding of their own.
fn opens(rule: &PolicyRule<'_>) -> bool {
    let Ok(metadata) = METADATA.parse::<Cidr>() else {
        return false;
    };
    let http = |entry: &crate::lint::model::network_policy::PolicyPort<'_>| match &entry.ports {
        PortMatch::Numbered(ports) => ports.contains(Protocol::Tcp, 80),
        _ => false,
    };
    let has_port = rule.ports == Ports::All || rule.listed_ports.iter().any(http);
    let blocks = rule.peers.iter().filter_map(|peer| peer.addresses.as_ref());
    has_port && blocks.flatten().any(|block| block.holds(metadata))
}
