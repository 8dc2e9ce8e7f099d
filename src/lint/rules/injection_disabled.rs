//! A workload without a proxy: no mTLS mode and no AuthorizationPolicy holds for it.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::effective_mtls::Verdict;
use crate::lint::injection::{Membership, Outside, membership};
use crate::lint::model::{Model, is_system_namespace};

pub(super) static RULE: Rule = Rule {
    id: "injection-disabled",
    title: "a workload has no proxy, so no mesh policy holds for it",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("injection_disabled.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for (workload, effective) in model.effective() {
        let resource = &workload.resource;
        let Membership::Outside(outside) = membership(model, workload) else {
            continue;
        };
        if is_system_namespace(model, resource.namespace) {
            continue;
        }
        let strict = effective.verdict() == Verdict::Strict;
        let (span, why, confidence) = match outside {
            Outside::HostNetwork(_) | Outside::NamespaceIgnored => continue,
            Outside::OptedOut(span) => (span, "it opts out of injection".to_owned(), Confidence::High),
            Outside::NamespaceDisabled => (
                resource.name_span,
                format!("namespace `{}` disables injection", resource.namespace),
                Confidence::High,
            ),
            // A mesh may inject by default; only a policy that claims strictness makes this worth saying.
            Outside::NamespaceUnlabelled if strict => (
                resource.name_span,
                format!("namespace `{}` asks for no injection", resource.namespace),
                Confidence::Medium,
            ),
            // The last is `pod-without-proxy`.
            Outside::NamespaceUnlabelled | Outside::Made => continue,
        };
        let subject = resource.subject();
        let effect = if strict {
            "its mode is STRICT and yet plaintext reaches it"
        } else {
            "mTLS and AuthorizationPolicies do not hold for it"
        };
        let mut finding = Finding::new(&RULE, subject.clone(), format!("{subject} has no proxy, for {why}: {effect}"))
            .at(resource.source(), span, "no proxy is injected")
            .help(format!(
                "remove the opt-out, or label the namespace:\n  kubectl label namespace {} istio-injection=enabled",
                resource.namespace
            ));
        finding.confidence = confidence;
        if strict {
            finding.severity = Severity::High;
        }
        found.push(finding);
    }
}
