//! Istio's VirtualService: where requests are routed.

use super::super::{Reading, Resource};
use super::{Text, case_slips, text, texts};
use crate::kernel::document::Node;

/// A VirtualService.
#[derive(Debug)]
pub struct VirtualService<'a> {
    /// The object.
    pub resource: Resource<'a>,
    /// The hosts it is for.
    pub hosts: Vec<Text<'a>>,
    /// The gateways it is bound to; empty is the mesh itself.
    pub gateways: Vec<Text<'a>>,
    /// The hosts that requests are sent to.
    pub destinations: Vec<Text<'a>>,
    /// The subsets that requests are sent to.
    pub subsets: Vec<Text<'a>>,
    /// Routes that look at a claim of a token, with the header that stands for it.
    pub claim_matches: Vec<Text<'a>>,
}

pub(crate) fn virtual_service<'a>(mut reading: Reading<'a, '_>) -> Option<VirtualService<'a>> {
    let resource = reading.resource.clone();
    let spec = reading.mapping(resource.node, "spec")?;
    const KNOWN: [&str; 6] = ["hosts", "gateways", "http", "tls", "tcp", "exportTo"];
    case_slips(&mut reading, spec, &KNOWN);
    let mut service = VirtualService {
        hosts: texts(&mut reading, spec, "hosts"),
        gateways: texts(&mut reading, spec, "gateways"),
        destinations: Vec::new(),
        subsets: Vec::new(),
        claim_matches: Vec::new(),
        resource,
    };
    for kind in ["http", "tls", "tcp"] {
        for route in reading.list(spec, kind).unwrap_or_default() {
            read_route(&mut reading, route, &mut service);
        }
    }
    reading.is_sound().then_some(service)
}

fn read_route<'a>(
    reading: &mut Reading<'a, '_>,
    route: &'a Node,
    service: &mut VirtualService<'a>,
) {
    let weighted = reading.list(route, "route").unwrap_or_default();
    let mut targets: Vec<&'a Node> = weighted
        .iter()
        .filter_map(|one| reading.mapping(one, "destination"))
        .collect();
    targets.extend(reading.mapping(route, "mirror"));
    for mirror in reading.list(route, "mirrors").unwrap_or_default() {
        targets.extend(reading.mapping(mirror, "destination"));
    }
    for target in targets {
        service.destinations.extend(text(reading, target, "host"));
        service.subsets.extend(text(reading, target, "subset"));
    }
    for condition in reading.list(route, "match").unwrap_or_default() {
        for key in ["headers", "withoutHeaders"] {
            let headers = reading.mapping(condition, key);
            for header in headers.and_then(Node::as_mapping).unwrap_or_default() {
                if header.key.starts_with("@request.auth.claims") {
                    service.claim_matches.push(Text {
                        text: &header.key,
                        span: header.key_span,
                    });
                }
            }
        }
    }
}
