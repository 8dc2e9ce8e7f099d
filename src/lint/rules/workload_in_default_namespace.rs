//! A workload in the namespace that everything falls into.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "workload-in-default-namespace",
    title: "a workload runs in the namespace `default`",
    severity: Severity::Info,
    confidence: Confidence::Medium,
    page: page!("workload_in_default_namespace.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    let mut workloads = model.workloads_in("default");
    let Some(first) = workloads.next() else {
        return;
    };
    let is_written = first.resource.at(&["metadata", "namespace"]).is_some();
    if !is_written {
        return;
    }
    let rest = workloads.count();
    let more = match rest {
        0 => String::new(),
        1 => " and 1 other workload".to_owned(),
        many => format!(" and {many} other workloads"),
    };
    let subject = first.resource.subject();
    let message = format!("{subject}{more} run in `default`, where everything lands that names no namespace");
    found.push(
        Finding::new(&RULE, subject, message)
            .at(first.resource.source(), first.resource.name_span, "shares a namespace with strays")
            .help("give the application a namespace of its own: policies and identities are per namespace"),
    );
}
