//! A NetworkAuthentication of every address.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::cidr::{Cidr, wide_families};
use crate::lint::model::Model;
use crate::lint::model::linkerd::{Reference, Required};

pub(super) static RULE: Rule = Rule {
    id: "linkerd-admits-any-network",
    title: "a Linkerd policy admits addresses of everywhere",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("linkerd_admits_any_network.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for network in &model.mesh.linkerd.networks {
        let is_it = |reference: &Reference<'_>| {
            (reference.namespace, reference.name) == (network.resource.namespace, network.resource.name)
        };
        let names_it = |required: &&Required<'_>| matches!(required, Required::Network(one) if is_it(one));
        let mut policies = model.mesh.linkerd.policies.iter();
        let uses = policies.clone().any(|policy| policy.required.iter().any(|one| names_it(&one)));
        let uses_alone = policies.any(|policy| matches!(policy.required.as_slice(), [only] if names_it(&only)));
        // Beside an identity it asks for nothing more, and takes nothing away.
        if uses && !uses_alone {
            continue;
        }
        let blocks = network.blocks.iter();
        let ranges: Vec<Cidr> = blocks.flat_map(|block| block.cidr.without(&block.except)).collect();
        let Some(block) = network.blocks.first().filter(|_| !wide_families(&ranges).is_empty()) else {
            continue;
        };
        found.push(
            network
                .resource
                .finding(&RULE, (block.span, "everywhere"), "is met by addresses of everywhere, without an identity")
                .help("require a MeshTLSAuthentication, or name the blocks that need to be let in"),
        );
    }
}
