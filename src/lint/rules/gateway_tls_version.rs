//! `minProtocolVersion` below TLS 1.2.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "gateway-tls-version",
    title: "a gateway accepts old versions of TLS",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("gateway_tls_version.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for gateway in &model.mesh.gateways {
        for minimum in gateway.servers.iter().filter_map(|server| server.minimum) {
            let version = match minimum.text {
                "TLSV1_0" => "1.0",
                "TLSV1_1" => "1.1",
                _ => continue,
            };
            let what = format!("accepts TLS {version}, which is broken");
            found.push(
                gateway
                    .resource
                    .finding(&RULE, (minimum.span, "broken"), what)
                    .help("write `minProtocolVersion: TLSV1_3`, or leave it away for 1.2"),
            );
        }
    }
}
