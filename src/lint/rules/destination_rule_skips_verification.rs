//! `insecureSkipVerify: true`.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "destination-rule-skips-verification",
    title: "a client does not verify the server's certificate",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("destination_rule_skips_verification.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for rule in &model.destination_rules {
        for span in rule.tls().filter_map(|tls| tls.skips_verification()) {
            let what = format!("does not verify who answers as `{}`", rule.host);
            found.push(
                rule.resource
                    .finding(&RULE, (span, "anyone may answer"), what)
                    .help("remove `insecureSkipVerify` and name the CA with `caCertificates`"),
            );
        }
    }
}
