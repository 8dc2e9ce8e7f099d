//! `enableAutoMtls: false` in the mesh's configuration.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "mesh-auto-mtls-disabled",
    title: "the mesh turns automatic mTLS off",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("mesh_auto_mtls_disabled.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for config in &model.mesh.configs {
        if config.auto_mtls == Some(false) {
            found.push(
                config
                    .resource
                    .finding(&RULE, (config.span, "the mesh's configuration"), "turns automatic mTLS off: clients send plaintext unless a DestinationRule says otherwise")
                    .help("remove `enableAutoMtls: false`"),
            );
        }
    }
}
