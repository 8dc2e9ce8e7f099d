//! An Ingress or Route without TLS.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::Model;
use crate::kernel::document::Node;

pub(super) static RULE: Rule = Rule {
    id: "ingress-without-tls",
    title: "an Ingress serves plaintext",
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    page: page!("ingress_without_tls.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for ingress in &model.ingresses {
        let tls = ingress.resource.at(&["spec", "tls"]);
        let has_tls = tls.is_some_and(|tls| match tls.as_sequence() {
            Some(entries) => !entries.is_empty(),
            None => tls.as_mapping().is_some(),
        });
        if has_tls || ingress.backends.is_empty() {
            continue;
        }
        let subject = ingress.resource.subject();
        let message = format!("{subject} has no `tls`: what it serves travels in plaintext");
        let span = ingress.resource.at(&["spec"]).and_then(|spec: &Node| spec.as_mapping()?.first());
        let span = span.map_or(ingress.resource.name_span, |first| first.key_span);
        found.push(
            Finding::new(&RULE, subject, message)
                .at(ingress.resource.source(), span, "no `tls` beside it")
                .help("give it a certificate:\n  tls:\n  - hosts: [shop.acme.example]\n    secretName: shop-tls"),
        );
    }
}
