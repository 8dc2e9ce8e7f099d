//! Operations that do nothing for what they are applied to (IST0152, IST0153, IST0154).

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "envoy-filter-operation-ignored",
    title: "a patch of the proxy is ignored",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("envoy_filter_operation_ignored.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for filter in &model.mesh.envoy_filters {
        for patch in &filter.patches {
            let Some(operation) = patch.operation else {
                continue;
            };
            let ignored = match operation.text {
                "ADD" | "REMOVE" => matches!(patch.target, "ROUTE_CONFIGURATION" | "HTTP_ROUTE"),
                "REPLACE" => !matches!(patch.target, "HTTP_FILTER" | "NETWORK_FILTER" | "VIRTUAL_HOST"),
                _ => false,
            };
            if !ignored {
                continue;
            }
            let what = format!("patches {} by {}, which Istio ignores", patch.target, operation.text);
            found.push(
                filter
                    .resource
                    .finding(&RULE, (operation.span, "ignored"), what)
                    .help("use `MERGE`, or patch the filter instead"),
            );
        }
    }
}
