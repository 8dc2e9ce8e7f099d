//! `identities: ["*"]` of a MeshTLSAuthentication.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "linkerd-any-identity",
    title: "a Linkerd policy admits every meshed client",
    severity: Severity::Low,
    confidence: Confidence::High,
    page: page!("linkerd_any_identity.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for authentication in &model.mesh.linkerd.mesh_tls {
        let Some((_, span)) = authentication.identities.written.iter().find(|(identity, _)| *identity == "*") else {
            continue;
        };
        found.push(
            authentication
                .resource
                .finding(&RULE, (*span, "every meshed client"), "is met by every client of the mesh")
                .help("name the identities, or use `identityRefs`"),
        );
    }
}
