//! A Telemetry that disables access logging.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "access-logs-off",
    title: "access logs are turned off",
    severity: Severity::Low,
    confidence: Confidence::High,
    page: page!("access_logs_off.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for telemetry in &model.mesh.telemetries {
        if let Some(span) = telemetry.silences {
            found.push(
                telemetry
                    .resource
                    .finding(&RULE, (span, "no logs"), "turns access logs off: nobody can tell afterwards who called what")
                    .help("remove `disabled: true`, or filter by a condition"),
            );
        }
    }
}
