//! A DestinationRule that makes clients send plaintext.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::effective_mtls::{self, Verdict};
use crate::lint::model::Model;
use crate::lint::model::istio::DestinationRule;

pub(super) static RULE: Rule = Rule {
    id: "destination-rule-disables-tls",
    title: "a DestinationRule makes clients send plaintext",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("destination_rule_disables_tls.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for rule in &model.destination_rules {
        let Some(tls) = rule.tls().find(|tls| tls.mode == "DISABLE") else {
            continue;
        };
        let subject = rule.resource.subject();
        let namespace = host_namespace(rule);
        let strict = namespace.is_some_and(|namespace| {
            effective_mtls::of_namespace(model, namespace).verdict() == Verdict::Strict
        });
        let (severity, effect) = if strict {
            (Severity::Medium, "its servers accept mTLS only, so every call fails")
        } else {
            (Severity::High, "clients send plaintext and nothing says so")
        };
        let message = format!("{subject} turns TLS off for `{}`: {effect}", rule.host);
        let mut finding = Finding::new(&RULE, subject, message)
            .at(rule.resource.source(), tls.span, "plaintext from here on")
            .help(
                "remove the `tls` block to get automatic mTLS inside the mesh, or write:\n  tls:\n    mode: ISTIO_MUTUAL",
            );
        finding.severity = severity;
        found.push(finding);
    }
}

/// The namespace of a host inside the cluster: `x`, `x.ns`, `x.ns.svc…`; none for names outside.
fn host_namespace<'a>(rule: &DestinationRule<'a>) -> Option<&'a str> {
    let mut labels = rule.host.split('.');
    labels.next()?;
    match (labels.next(), labels.next()) {
        (None, _) => Some(rule.resource.namespace),
        (Some(namespace), Some("svc")) => Some(namespace),
        _ => None,
    }
}
