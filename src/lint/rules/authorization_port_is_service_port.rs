//! `ports` of an AuthorizationPolicy are ports of workloads.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::istio::Attribute;
use crate::lint::{affected, transport};
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "authorization-port-is-service-port",
    title: "a policy names the port of a Service, not of the pods",
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    page: page!("authorization_port_is_service_port.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for policy in &model.authorization_policies {
        if !policy.targets.is_empty() {
            continue;
        }
        let targets = affected::by_authorization_policy(model, policy);
        let matchers = policy.rules.iter().flat_map(|rule| rule.matchers());
        let ports = matchers.filter(|matcher| matcher.attribute == Attribute::Port);
        for value in ports.flat_map(|matcher| matcher.values.iter().chain(&matcher.not_values)) {
            let Ok(port) = value.text.parse::<u16>() else {
                continue;
            };
            let declared = |one: &&crate::lint::model::kubernetes::Workload<'_>| {
                one.ports.iter().any(|declared| declared.number == port)
            };
            // Declaring ports is optional: only pods that declare some say anything.
            if targets.is_empty() || targets.iter().any(|one| one.ports.is_empty() || declared(one)) {
                continue;
            }
            let fronts = model.services.iter().filter(|service| service.ports.iter().any(|front| front.number == port)).filter(|service| {
                targets.iter().any(|one| transport::fronts(service, one))
            });
            let mut front = fronts.flat_map(|service| service.ports.iter().map(move |port| (service, port)));
            let translated = front.find(|(_, front)| front.number == port && front.target_number != Some(port));
            let Some((service, _)) = translated else {
                continue;
            };
            let what = format!(
                "names port {port}, which is a port of {} and of none of its pods: it never matches",
                service.resource.subject()
            );
            found.push(
                policy
                    .resource
                    .finding(&RULE, (value.span, "not a port of the pods"), what)
                    .and(service.resource.source(), service.resource.name_span, "translates the port")
                    .help("name the port that the container listens on (`containerPort`)"),
            );
        }
    }
}
