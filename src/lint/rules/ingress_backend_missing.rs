//! An Ingress or Route whose Service is not in the input.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "ingress-backend-missing",
    title: "an Ingress or Route forwards to a Service that is not there",
    severity: Severity::Low,
    confidence: Confidence::Medium,
    page: page!("ingress_backend_missing.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for ingress in &model.ingresses {
        let namespace = ingress.resource.namespace;
        let mut services = model.services.iter().filter(|service| service.resource.namespace == namespace);
        if services.clone().next().is_none() {
            continue;
        }
        for backend in &ingress.backends {
            if services.clone().any(|service| service.resource.name == backend.service) {
                continue;
            }
            let subject = ingress.resource.subject();
            let message = format!("{subject} forwards to Service `{}`, which namespace `{namespace}` lacks", backend.service);
            found.push(
                Finding::new(&RULE, subject, message)
                    .at(ingress.resource.source(), backend.span, "no such Service")
                    .help("correct the name; whoever makes a Service of this name gets the traffic"),
            );
        }
        services.by_ref().for_each(drop);
    }
}
