//! Relative operations of EnvoyFilters without a priority (IST0151, IST0155).

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "envoy-filter-relative-operation",
    title: "a patch of the proxy depends on what others do",
    severity: Severity::Low,
    confidence: Confidence::High,
    page: page!("envoy_filter_relative_operation.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for filter in &model.mesh.envoy_filters {
        if filter.has_priority {
            continue;
        }
        let relative = filter.patches.iter().find_map(|patch| {
            let operation = patch.operation?;
            let is_relative = match operation.text {
                "INSERT_BEFORE" | "INSERT_AFTER" => true,
                "REPLACE" => matches!(patch.target, "HTTP_FILTER" | "NETWORK_FILTER"),
                "REMOVE" => !matches!(patch.target, "ROUTE_CONFIGURATION" | "HTTP_ROUTE"),
                _ => false,
            };
            is_relative.then_some((operation, patch.has_proxy_version))
        });
        let Some((operation, versioned)) = relative else {
            continue;
        };
        let more = if versioned { ", for some versions of the proxy only," } else { "" };
        let what = format!("patches by {}{more} without a priority: where its filter is not there yet, the patch is lost", operation.text);
        found.push(
            filter
                .resource
                .finding(&RULE, (operation.span, "depends on what others do"), what)
                .help("set `priority`, or use `INSERT_FIRST`"),
        );
    }
}
