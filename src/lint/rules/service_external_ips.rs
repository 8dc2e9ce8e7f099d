//! A Service with `externalIPs`.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::Model;
use crate::kernel::document::Node;

pub(super) static RULE: Rule = Rule {
    id: "service-external-ips",
    title: "a Service claims addresses by `externalIPs`",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("service_external_ips.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for service in &model.services {
        let addresses = service.resource.at(&["spec", "externalIPs"]).and_then(Node::as_sequence);
        if addresses.is_none_or(<[Node]>::is_empty) {
            continue;
        }
        let subject = service.resource.subject();
        let message = format!("{subject} claims addresses by `externalIPs`: the cluster's traffic to them comes to it (CVE-2020-8554)");
        let span = service.resource.key_span(&["spec", "externalIPs"]);
        found.push(
            Finding::new(&RULE, subject, message)
                .at(service.resource.source(), span, "nobody checks whose addresses these are")
                .help("use a load balancer or a gateway, and refuse `externalIPs` at admission"),
        );
    }
}
