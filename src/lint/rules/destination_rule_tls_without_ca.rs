//! TLS of a DestinationRule without a CA (IST0128, IST0129).

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "destination-rule-tls-without-ca",
    title: "a client's TLS verifies no server",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("destination_rule_tls_without_ca.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for rule in &model.destination_rules {
        for tls in rule.tls() {
            if !matches!(tls.mode, "SIMPLE" | "MUTUAL") || tls.has("caCertificates") {
                continue;
            }
            // A sidecar reads a credential only where the rule is bound to its pods.
            if tls.has("credentialName") && !rule.selector.is_empty() {
                continue;
            }
            let what = format!("uses TLS of mode {} for `{}` without a CA: the server is not verified against your own", tls.mode, rule.host);
            found.push(
                rule.resource
                    .finding(&RULE, (tls.span, "verified by no CA of yours"), what)
                    .help("name the CA: `caCertificates: /etc/certs/ca.pem`"),
            );
        }
    }
}
