//! Containers of user 1337 (IST0144).

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::kernel::document::Node;
use crate::lint::injection::{Membership, membership};
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "application-runs-as-proxy",
    title: "an application runs as the user of the proxy",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("application_runs_as_proxy.md"),
};

const PROXY: i64 = 1337;

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for workload in &model.workloads {
        if matches!(membership(model, workload), Membership::Outside(_) | Membership::Ambient) {
            continue;
        }
        let user = |node: &Node| -> Option<crate::kernel::source::Span> {
            let user = node.at(&["securityContext", "runAsUser"])?;
            (user.as_i64() == Some(PROXY)).then_some(user.span)
        };
        let containers = workload.spec.get("containers").and_then(Node::as_sequence).unwrap_or_default();
        let application = |node: &&Node| node.get("name").and_then(Node::as_str) != Some("istio-proxy");
        let own = containers.iter().filter(application).find_map(user);
        let Some(span) = own.or_else(|| user(workload.spec)) else {
            continue;
        };
        found.push(
            workload
                .resource
                .finding(&RULE, (span, "the proxy's own user"), "runs as user 1337: what it sends bypasses its proxy")
                .help("run the application as another user"),
        );
    }
}
