//! A NetworkAuthentication of every address.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity};
use crate::lint::cidr::{Cidr, wide_families};
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "linkerd-admits-any-network",
    title: "a Linkerd policy admits addresses of everywhere",
    severity: Severity::High,
    confidence: Confidence::High,
    page: include_str!("linkerd_admits_any_network.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for network in &model.mesh.linkerd.networks {
        let blocks = network.blocks.iter();
        let ranges: Vec<Cidr> = blocks.filter_map(|(block, _)| block.parse().ok()).collect();
        let Some((_, span)) = network.blocks.first().filter(|_| !wide_families(&ranges).is_empty()) else {
            continue;
        };
        found.push(
            network
                .resource
                .finding(&RULE, (*span, "everywhere"), "is met by addresses of everywhere, without an identity")
                .help("require a MeshTLSAuthentication, or name the blocks that need to be let in"),
        );
    }
}
