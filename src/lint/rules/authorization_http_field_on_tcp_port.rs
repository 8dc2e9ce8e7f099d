//! Fields of HTTP on TCP ports: an ALLOW rule is dropped, a DENY rule denies more.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::authorization::{Protocol, protocol};
use crate::lint::model::istio::{Action, Attribute, Rule as PolicyRule};
use crate::lint::{affected, injection, transport};
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "authorization-http-field-on-tcp-port",
    title: "a policy looks at HTTP on a port that does not speak it",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("authorization_http_field_on_tcp_port.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for policy in &model.authorization_policies {
        if policy.dry_run.is_some() || !policy.targets.is_empty() {
            continue;
        }
        for rule in &policy.rules {
            let Some(http) = rule.matchers().find(|matcher| matcher.attribute.is_http()) else {
                continue;
            };
            let hit = affected::by_authorization_policy(model, policy)
                .into_iter()
                .filter(|one| injection::membership(model, one) == injection::Membership::Sidecar)
                .find_map(|one| {
                    let mut ports = transport::ports(model, one).into_iter();
                    let port = ports.find(|port| {
                        protocol(model, one, *port) == Protocol::Tcp && may_concern(rule, *port)
                    });
                    Some((one, port?))
                });
            let Some((workload, port)) = hit else {
                continue;
            };
            let effect = match policy.action {
                Action::Allow => "the rule is dropped there, and its callers are refused",
                Action::Deny => "the field is ignored there, and the rule refuses more",
                Action::Audit | Action::Custom => "the field is ignored there",
            };
            let what = format!(
                "looks at {}, but port {port} of {} does not speak HTTP: {effect}",
                http.attribute.words(),
                workload.resource.subject()
            );
            found.push(
                policy
                    .resource
                    .finding(&RULE, (http.span, "not seen on a TCP port"), what)
                    .and(workload.resource.source(), workload.resource.name_span, "has a TCP port")
                    .help("limit the rule to the HTTP ports with `ports`, and give the TCP port a rule of its own"),
            );
            break;
        }
    }
}

/// Whether the rule's own ports leave this one in.
fn may_concern(rule: &PolicyRule<'_>, port: u16) -> bool {
    let asks = |matcher: &&crate::lint::model::istio::Matcher<'_>| matcher.attribute == Attribute::Port;
    let meets = |matcher: &crate::lint::model::istio::Matcher<'_>| {
        let listed = |values: &[crate::lint::model::istio::Text<'_>]| {
            values.iter().any(|value| value.text.parse() == Ok(port))
        };
        (matcher.values.is_empty() || listed(&matcher.values)) && !listed(&matcher.not_values)
    };
    let operations = rule.operations.as_ref();
    operations.is_none_or(|clauses| {
        clauses.iter().any(|clause| clause.matchers.iter().filter(asks).all(meets))
    }) && rule.conditions.iter().filter(asks).all(meets)
}
