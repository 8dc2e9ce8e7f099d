//! A server of a Gateway that takes HTTP and does not redirect it.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "gateway-http-without-redirect",
    title: "a gateway serves plain HTTP",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("gateway_http_without_redirect.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for gateway in &model.mesh.gateways {
        for server in &gateway.servers {
            let Some(port) = server.port.filter(|port| is_plain(port.protocol)) else {
                continue;
            };
            if server.redirects {
                continue;
            }
            let what = format!("serves plain HTTP on port {} without a redirect to HTTPS", port.number);
            found.push(
                gateway
                    .resource
                    .finding(&RULE, (port.span, "in the clear"), what)
                    .help("add to the server:\n  tls:\n    httpsRedirect: true"),
            );
        }
    }
}

fn is_plain(protocol: &str) -> bool {
    ["HTTP", "HTTP2", "GRPC"].iter().any(|plain| protocol.eq_ignore_ascii_case(plain))
}
