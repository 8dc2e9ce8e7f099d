//! May this workload call that one, over this: what the policies say to every request it may send.

use std::borrow::Cow;

use super::evaluate::{Input, evaluate};
use super::request::{Fact, Identity, Request, TrustDomains};
use super::{Answer, Plane, Protocol, Verdict, plane, protocol, selecting, waypoint_of};
use crate::lint::injection::{Membership, membership};
use crate::lint::model::Model;
use crate::lint::model::gateway_api::KubernetesGateway;
use crate::lint::model::istio::AuthorizationPolicy;
use crate::lint::model::kubernetes::{Service, Workload};

/// A call whose contents are not known.
#[derive(Debug, Clone, Copy)]
pub struct Call<'m, 'a> {
    /// Who calls.
    pub from: Origin<'m, 'a>,
    /// The workload that is called.
    pub to: &'m Workload<'a>,
    /// Its port, that of the pod.
    pub port: u16,
}

/// Who calls, as policies can tell.
#[derive(Debug, Clone, Copy)]
pub enum Origin<'m, 'a> {
    /// This workload over mTLS, with the identity of its service account.
    Workload(&'m Workload<'a>),
    /// This service account of this namespace over mTLS.
    Account(&'m str, &'m str),
    /// This principal over mTLS.
    Principal(&'m str),
    /// Some client of the mesh over mTLS.
    AnyIdentity,
    /// Anyone over plaintext: no identity.
    Plaintext,
}

impl Model<'_> {
    /// The trust domain and its aliases; the default where the input does not say.
    pub fn trust_domains(&self) -> TrustDomains {
        let Some(config) = self.mesh.config() else {
            return TrustDomains::default();
        };
        let local = config.trust_domain.as_deref().unwrap_or("cluster.local");
        let aliases = config.aliases.iter().cloned();
        TrustDomains {
            names: std::iter::once(local.to_owned()).chain(aliases).collect(),
            is_known: true,
        }
    }
}

/// Decides a call by the AuthorizationPolicies for its server.
///
/// Nothing is known of the request but its client and its port, so that a rule about paths yields
/// [`super::Verdict::Depends`]. Whether plaintext is accepted at all is not asked here.
pub fn decide(model: &Model<'_>, call: &Call<'_, '_>) -> Answer {
    let policies = selecting(model, call.to);
    let planes = plane(model, call.to, call.port);
    let domains = model.trust_domains();
    let request = Request {
        identity: identity(call.from, &domains),
        port: call.port,
        ..Request::default()
    };
    let providers = model
        .mesh
        .config()
        // An IstioOperator lies over a profile, which may name others.
        .filter(|config| config.resource.kind == "ConfigMap")
        .map(|config| config.providers.as_slice());
    let mut answer: Option<Answer> = None;
    for plane in planes {
        let input = Input {
            request: &request,
            domains: &domains,
            plane,
            providers,
        };
        let next = evaluate(&input, &policies);
        answer = Some(match answer {
            None => next,
            Some(first) => first.either(next, "whether the port speaks HTTP"),
        });
    }
    // Without a proxy no policy is enforced.
    let direct = answer.unwrap_or_else(Answer::ungoverned);
    through_waypoints(model, call, (&request, &domains), direct)
}

/// The answer of the node's proxy, and that of a waypoint in front of a Service of the workload: a call to the Service
/// goes through it, a call to the pod's own address does not.
fn through_waypoints(
    model: &Model<'_>,
    call: &Call<'_, '_>,
    (request, domains): (&Request<'_>, &TrustDomains),
    direct: Answer,
) -> Answer {
    if membership(model, call.to) != Membership::Ambient {
        return direct;
    }
    let fronts = model.services_before(call.to).into_iter();
    let waypoints = fronts.filter_map(|service| Some((service, waypoint_of(model, service)?)));
    waypoints.fold(direct, |answer, (service, waypoint)| {
        let policies = attached(model, service, waypoint);
        let name = waypoint.resource.name;
        let doubt = format!("whether the call goes through the waypoint `{name}`");
        // Who is not in the mesh goes to the pod itself.
        if policies.is_empty() && matches!(call.from, Origin::Plaintext) {
            return answer;
        }
        // The waypoint calls on, with its own identity.
        let onward = Request {
            identity: account(domains, waypoint.resource.namespace, name),
            port: call.port,
            ..Request::default()
        };
        let input = Input {
            request: &onward,
            domains,
            plane: Plane::Ztunnel,
            providers: None,
        };
        let onward = evaluate(&input, &selecting(model, call.to));
        if policies.is_empty() {
            return match onward.verdict {
                Verdict::Denied => answer,
                _ => answer.either(onward, &doubt),
            };
        }
        let planes: &[Plane] = match protocol(model, call.to, call.port) {
            Protocol::Http => &[Plane::Http],
            Protocol::Tcp => &[Plane::Tcp],
            Protocol::Detected => &[Plane::Http, Plane::Tcp],
        };
        planes.iter().fold(answer, |answer, plane| {
            let input = Input {
                request,
                domains,
                plane: *plane,
                providers: None,
            };
            answer.either(evaluate(&input, &policies), &doubt)
        })
    })
}

/// The policies that a waypoint applies: by reference only, to itself, to its class, or to the Service.
pub fn attached<'m, 'a>(
    model: &'m Model<'a>,
    service: &Service<'_>,
    waypoint: &KubernetesGateway<'_>,
) -> Vec<(usize, &'m AuthorizationPolicy<'a>)> {
    let namespace = waypoint.resource.namespace;
    let root = model.options.root_namespace.as_str();
    let policies = model.authorization_policies.iter().enumerate();
    policies
        .filter(|(_, policy)| {
            let here = policy.resource.namespace;
            policy.targets.iter().any(|target| match target.kind {
                "Gateway" => here == namespace && target.name == waypoint.resource.name,
                "Service" => here == namespace && target.name == service.resource.name,
                "GatewayClass" => here == root && target.name == waypoint.class,
                _ => false,
            })
        })
        .collect()
}

fn account<'r>(domains: &TrustDomains, namespace: &str, name: &str) -> Fact<Identity<'r>> {
    Fact::Known(Identity {
        principal: Cow::Owned(format!("{}/ns/{namespace}/sa/{name}", domains.local())),
        has_unnamed_domain: !domains.is_known,
    })
}

fn identity<'r>(origin: Origin<'_, '_>, domains: &TrustDomains) -> Fact<Identity<'r>> {
    match origin {
        Origin::Plaintext => Fact::Absent,
        Origin::AnyIdentity => Fact::Unknown,
        Origin::Workload(workload) => account(
            domains,
            workload.resource.namespace,
            workload.service_account,
        ),
        Origin::Account(namespace, name) => account(domains, namespace, name),
        Origin::Principal(principal) => Fact::Known(Identity {
            principal: Cow::Owned(principal.to_owned()),
            has_unnamed_domain: false,
        }),
    }
}
