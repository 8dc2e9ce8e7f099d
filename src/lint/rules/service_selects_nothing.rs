//! A Service whose selector matches no workload.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::Model;
use crate::lint::wording;

pub(super) static RULE: Rule = Rule {
    id: "service-selects-nothing",
    title: "a Service selects no workload",
    severity: Severity::Low,
    confidence: Confidence::Medium,
    page: page!("service_selects_nothing.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for service in model.services.iter().filter(|service| !service.selector.is_empty()) {
        let namespace = service.resource.namespace;
        let seen = model.workloads_in(namespace).count();
        let selects = model.carrying(namespace, &service.selector).next().is_some();
        if seen == 0 || selects {
            continue;
        }
        let subject = service.resource.subject();
        let message = format!(
            "{subject} {} of namespace `{namespace}`: calls to it fail, or reach whoever takes the labels next",
            wording::selects_none_of(seen)
        );
        let span = service.resource.key_span(&["spec", "selector"]);
        found.push(
            Finding::new(&RULE, subject, message)
                .at(service.resource.source(), span, "matches no pod")
                .help("use the labels of the pod template, and check the namespace"),
        );
    }
}
