//! Pods of the mesh that run without their proxy (IST0103).

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::injection::{Membership, Outside, membership};
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "pod-without-proxy",
    title: "a pod of the mesh runs without its proxy",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("pod_without_proxy.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for workload in &model.workloads {
        // Only a pod as the API server tells of it has what the webhook added, or has it not.
        let phase = workload.resource.at(&["status", "phase"]).and_then(|phase| phase.as_str());
        let has_ended = matches!(phase, Some("Succeeded" | "Failed"));
        if has_ended || membership(model, workload) != Membership::Outside(Outside::Made) {
            continue;
        }
        let what = "runs without the proxy that its namespace asks for: its traffic is plaintext, and no policy of the mesh holds for it";
        found.push(
            workload
                .resource
                .finding(&RULE, (workload.resource.name_span, "no container `istio-proxy`"), what)
                .help("restart it, so that the webhook injects the proxy; if it stays without, look at the webhook"),
        );
    }
}
