//! `policy.networking.k8s.io/v1alpha2` ClusterNetworkPolicy: one kind with a tier, `Accept` for `Allow`, other ports.

use super::Reading;
use super::admin_network_policy::{
    ClusterPolicy, Dialect, Tier, lone_field, policy, port_range, priority,
};
use super::network_policy::{PolicyPort, PortMatch};
use crate::kernel::document::Node;
use crate::lint::ports::{PortSet, Protocol};

const MAX_ITEMS: usize = 25;

pub(crate) fn cluster_network_policy<'a>(
    mut reading: Reading<'a, '_>,
) -> Option<ClusterPolicy<'a>> {
    let resource = reading.resource.clone();
    let spec = reading.mapping(resource.node, "spec")?;
    let tier = match reading.text(spec, "tier") {
        Some(("Admin", _)) => Tier::Admin,
        Some(("Baseline", _)) => Tier::Baseline,
        Some((_, span)) => {
            reading.problem(span, "`tier` is neither `Admin` nor `Baseline`");
            return None;
        }
        None => {
            reading.problem(resource.name_span, "`spec.tier` is missing");
            return None;
        }
    };
    let priority = priority(&mut reading, spec);
    let dialect = Dialect {
        spec: &["tier", "priority", "subject", "ingress", "egress"],
        ports_key: "protocols",
        allow: "Accept",
        has_pass: true,
        max_items: MAX_ITEMS,
        ports: v1alpha2_ports,
    };
    policy(reading, spec, tier, priority, &dialect)
}

fn v1alpha2_ports<'a>(
    reading: &mut Reading<'a, '_>,
    rule: &'a Node,
) -> Option<Vec<PolicyPort<'a>>> {
    let entries = reading.list(rule, "protocols")?;
    if entries.is_empty() {
        reading.problem(rule.span, "`protocols` is empty");
    }
    let mut listed = Vec::with_capacity(entries.len());
    for entry in entries {
        lone_field(
            reading,
            entry,
            &["tcp", "udp", "sctp", "destinationNamedPort"],
        );
        let ports = match reading.text(entry, "destinationNamedPort") {
            Some((name, _)) => PortMatch::Named(name, None),
            None => protocol_ports(reading, entry),
        };
        listed.push(PolicyPort {
            span: entry.span,
            ports,
            names_protocol: true,
        });
    }
    Some(listed)
}

fn protocol_ports<'a>(reading: &mut Reading<'a, '_>, entry: &'a Node) -> PortMatch<'a> {
    for protocol in Protocol::ALL {
        let Some(node) = entry.get(&protocol.name().to_ascii_lowercase()) else {
            continue;
        };
        reading.only_fields(node, &["destinationPort"]);
        return match node.get("destinationPort").filter(|port| !port.is_null()) {
            None => PortMatch::Numbered(PortSet::whole(protocol)),
            Some(port) => match port.get("range") {
                Some(range) => {
                    reading.only_fields(port, &["range"]);
                    reading.only_fields(range, &["start", "end"]);
                    port_range(reading, range, ("start", "end"), Some(protocol))
                }
                None => {
                    reading.only_fields(port, &["number"]);
                    port_range(reading, port, ("number", "number"), Some(protocol))
                }
            },
        };
    }
    PortMatch::Unknown
}
