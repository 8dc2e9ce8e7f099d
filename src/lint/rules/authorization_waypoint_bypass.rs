//! Policies at a waypoint, and pods that admit who does not go through it.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::authorization::{attached, selecting, waypoint_of};
use crate::lint::injection::{Membership, membership};
use crate::lint::model::istio::Action;
use crate::lint::transport::fronts;
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "authorization-waypoint-bypass",
    title: "calls to the pods go past the waypoint and its policies",
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    page: page!("authorization_waypoint_bypass.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    unserved(model, found);
    for service in &model.services {
        let Some(waypoint) = waypoint_of(model, service) else {
            continue;
        };
        let policies = attached(model, service, waypoint);
        let Some((_, policy)) = policies.first() else {
            continue;
        };
        let admits = |pod: &crate::lint::model::kubernetes::Workload<'_>| {
            let mut own = selecting(model, pod).into_iter();
            !own.any(|(_, policy)| policy.action == Action::Allow && policy.dry_run.is_none())
        };
        let open = model
            .workloads_in(service.resource.namespace)
            .filter(|pod| fronts(service, pod) && membership(model, pod) == Membership::Ambient)
            .find(|pod| admits(pod));
        let Some(pod) = open else {
            continue;
        };
        let what = format!(
            "is enforced at waypoint `{}` only: calls to the address of {} go past it",
            waypoint.resource.name,
            pod.resource.subject()
        );
        found.push(
            policy
                .resource
                .finding(&RULE, (policy.resource.name_span, "at the waypoint only"), what)
                .and(pod.resource.source(), pod.resource.name_span, "admits everyone")
                .help("add an ALLOW for the pods that names the waypoint's principal"),
        );
    }
}

/// Policies for a Service of ambient mode that no waypoint of the input stands before: the node's proxy reads no policy
/// with a target.
fn unserved(model: &Model<'_>, found: &mut Vec<Finding>) {
    for policy in &model.authorization_policies {
        if policy.targets.is_empty() {
            continue;
        }
        let namespace = policy.resource.namespace;
        let mut pods = model.workloads_in(namespace);
        let Some(pod) = pods.find(|pod| membership(model, pod) == Membership::Ambient) else {
            continue;
        };
        for target in policy.targets.iter().filter(|target| target.kind == "Service") {
            let service = model.services.iter().find(|service| {
                service.resource.namespace == namespace && service.resource.name == target.name
            });
            if service.is_some_and(|service| waypoint_of(model, service).is_some()) {
                continue;
            }
            let what = format!(
                "is for Service {}, before which no waypoint of the input stands: the node's proxy does not enforce it",
                target.name
            );
            found.push(
                policy
                    .resource
                    .finding(&RULE, (policy.resource.name_span, "not enforced without a waypoint"), what)
                    .and(pod.resource.source(), pod.resource.name_span, "in ambient mode")
                    .help("add the waypoint and the label `istio.io/use-waypoint`, or select the pods instead"),
            );
        }
    }
}
