//! A workload on the node's network, where neither sidecars nor NetworkPolicies reach.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::effective_mtls::Verdict;
use crate::lint::model::{Model, is_system_namespace};

pub(super) static RULE: Rule = Rule {
    id: "host-network-bypass",
    title: "a workload on the host network escapes mesh and network policies",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("host_network_bypass.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for (workload, effective) in model.effective() {
        let resource = &workload.resource;
        let Some(span) = workload.host_network else {
            continue;
        };
        if is_system_namespace(model, resource.namespace) {
            continue;
        }
        let strict = model.shows_mesh
            && effective.verdict() == Verdict::Strict;
        let policies: Vec<_> = model
            .network_policies_in(resource.namespace)
            .filter(|policy| policy.pod_selector.matches(&workload.labels))
            .collect();
        let escapes = match (strict, policies.first()) {
            (true, _) => "no sidecar is injected, so STRICT mTLS does not hold for it".to_owned(),
            (false, Some(policy)) => {
                format!("{} does not reliably hold for it", policy.resource.subject())
            }
            (false, None) => continue,
        };
        let subject = resource.subject();
        let mut finding = Finding::new(&RULE, subject.clone(), format!("{subject} uses the host network: {escapes}"))
            .at(resource.source(), span, "on the node's own network")
            .help("remove `hostNetwork: true`; to publish a port, use a Service");
        for policy in policies {
            finding = finding.and(policy.resource.source(), policy.resource.name_span, "escaped");
        }
        if strict {
            finding.severity = Severity::High;
        }
        found.push(finding);
    }
}
