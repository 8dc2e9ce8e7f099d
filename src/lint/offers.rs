//! What is offered to the outside: by load balancers, ports of nodes, external addresses, ingresses and gateways.

use std::collections::BTreeSet;

use super::cidr::Cidr;
use super::model::istio::Gateway;
use super::model::kubernetes::{Service, Workload};
use super::model::{Model, Resource};
use super::reachability::Reason;
use crate::kernel::document::Node;
use crate::kernel::source::Span;

/// Something that is offered, to whom.
struct Offer {
    /// What, in words.
    text: String,
    /// To these addresses alone; to everyone where none are given.
    to: Option<Cidr>,
    /// How little is asked of a client, and of its TLS.
    lax: [u8; 2],
    place: Reason,
}

/// What is offered after and was not before. What was offered to more addresses was offered.
pub(super) fn new_offers(before: &Model<'_>, after: &Model<'_>) -> Vec<Reason> {
    let known = offers(before);
    let is_new = |offer: &&Offer| {
        !known.iter().any(|old| {
            old.text == offer.text
                && match (old.to, offer.to) {
                    (None, _) => true,
                    (Some(old), Some(new)) => old.holds(new),
                    (Some(_), None) => false,
                }
                && old.lax.iter().zip(offer.lax).all(|(old, new)| *old >= new)
        })
    };
    let mut found = offers(after);
    found.retain(|offer| is_new(&offer));
    let routed = routed(before);
    let led = led(after, &routed);
    let was_led = led_texts(before, &routed);
    found.extend(
        led.into_iter()
            .filter(|offer| !was_led.contains(&offer.text)),
    );
    found.into_iter().map(|offer| offer.place).collect()
}

/// The Services, by namespace and name, to which an ingress or a route leads from outside.
pub(super) fn routed(model: &Model<'_>) -> BTreeSet<(String, String)> {
    let mut routed = BTreeSet::new();
    for ingress in &model.ingresses {
        let namespace = ingress.resource.namespace;
        for backend in &ingress.backends {
            routed.insert((namespace.to_owned(), backend.service.to_owned()));
        }
    }
    for routes in &model.mesh.virtual_services {
        if routes.gateways.iter().any(|gateway| gateway.text != "mesh") {
            for destination in &routes.destinations {
                let mut parts = destination.text.split('.');
                let name = parts.next().unwrap_or_default();
                let namespace = parts.next().unwrap_or(routes.resource.namespace);
                routed.insert((namespace.to_owned(), name.to_owned()));
            }
        }
    }
    let routes = model.resources.iter().filter(|resource| {
        resource.group == "gateway.networking.k8s.io" && resource.kind.ends_with("Route")
    });
    for resource in routes {
        let rules = resource.at(&["spec", "rules"]).and_then(Node::as_sequence);
        let backends = rules.unwrap_or_default().iter();
        let backends = backends.filter_map(|rule| rule.get("backendRefs")?.as_sequence());
        for backend in backends.flatten() {
            let text = |key: &str| backend.get(key).and_then(Node::as_str);
            let namespace = text("namespace").unwrap_or(resource.namespace);
            let name = text("name").unwrap_or_default();
            routed.insert((namespace.to_owned(), name.to_owned()));
        }
    }
    routed
}

/// Where Services lead to that are offered by ingresses and routes: one that is offered anew is told by its name.
fn led(model: &Model<'_>, routed: &BTreeSet<(String, String)>) -> Vec<Offer> {
    let own = self::routed(model);
    let services = model.services.iter().filter(|service| {
        let resource = &service.resource;
        let name = (resource.namespace.to_owned(), resource.name.to_owned());
        routed.contains(&name) && own.contains(&name)
    });
    let mut led = Vec::new();
    for service in services {
        let subject = service.resource.subject();
        for behind in behind(model, service)
            .into_iter()
            .filter(|one| !one.is_empty())
        {
            let text = format!("{subject} is offered by a route{behind}");
            led.push(Offer {
                place: Reason::at(text.clone(), &service.resource, service.resource.name_span),
                text,
                to: None,
                lax: [0; 2],
            });
        }
    }
    led
}

fn led_texts(model: &Model<'_>, routed: &BTreeSet<(String, String)>) -> BTreeSet<String> {
    let led = led(model, routed).into_iter();
    led.map(|offer| offer.text).collect()
}

fn offers(model: &Model<'_>) -> Vec<Offer> {
    let mut offers = Vec::new();
    for service in &model.services {
        of_service(model, service, &mut offers);
    }
    for workload in &model.workloads {
        of_node_ports(workload, &mut offers);
    }
    for ingress in &model.ingresses {
        let subject = ingress.resource.subject();
        for backend in &ingress.backends {
            let text = format!("{subject} offers Service {}", backend.service);
            let span = ingress.resource.name_span;
            offers.push(Offer {
                place: Reason::at(text.clone(), &ingress.resource, span),
                text,
                to: None,
                lax: [0; 2],
            });
        }
    }
    for routes in &model.mesh.virtual_services {
        let subject = routes.resource.subject();
        let outside = routes
            .gateways
            .iter()
            .filter(|gateway| gateway.text != "mesh");
        for gateway in outside {
            for destination in &routes.destinations {
                let text = format!(
                    "{subject} offers {} at Gateway {}",
                    destination.text, gateway.text
                );
                offers.push(Offer {
                    place: Reason::at(text.clone(), &routes.resource, destination.span),
                    text,
                    to: None,
                    lax: [0; 2],
                });
            }
        }
    }
    for resource in &model.resources {
        of_route(resource, &mut offers);
    }
    for gateway in &model.mesh.gateways {
        of_gateway(gateway, &mut offers);
    }
    for gateway in &model.mesh.kubernetes_gateways {
        let subject = gateway.resource.subject();
        for listener in &gateway.listeners {
            let host = listener.hostname.unwrap_or("*");
            let port = listener.port.unwrap_or_default();
            let protocol = listener.protocol;
            let said = format!("{subject} takes {protocol} for {host} on port {port}");
            offers.push(Offer {
                text: format!("{subject} {host} {port}"),
                to: None,
                lax: [
                    u8::from(listener.routes_from == Some("All")),
                    u8::from(!matches!(protocol, "HTTPS" | "TLS")),
                ],
                place: Reason::at(said, &gateway.resource, listener.span),
            });
        }
    }
    offers
}

/// The ports of its node that a pod takes.
fn of_node_ports(workload: &Workload<'_>, offers: &mut Vec<Offer>) {
    let listed = ["containers", "initContainers"].into_iter();
    let listed = listed.filter_map(|key| workload.spec.get(key)?.as_sequence());
    let ports = listed
        .flatten()
        .filter_map(|container| container.get("ports")?.as_sequence());
    for port in ports.flatten() {
        let Some(entry) = port.entry("hostPort") else {
            continue;
        };
        let number = entry.value.as_i64().filter(|number| *number > 0);
        // An address of the node's own, such as that of its loopback, bounds it.
        let address = port
            .get("hostIP")
            .and_then(Node::as_str)
            .unwrap_or_default();
        if let Some(number) = number {
            let (_, name) = workload.owner();
            let namespace = workload.resource.namespace;
            let text =
                format!("{namespace}/{name} is offered on port {number} of its node {address}");
            let text = text.trim_end().to_owned();
            offers.push(Offer {
                place: Reason::at(text.clone(), &workload.resource, entry.key_span),
                text,
                to: None,
                lax: [0; 2],
            });
        }
    }
}

/// A route of the Gateway API: each backend, at each parent, for each host.
fn of_route(resource: &Resource<'_>, offers: &mut Vec<Offer>) {
    let is_route =
        resource.group == "gateway.networking.k8s.io" && resource.kind.ends_with("Route");
    let Some(spec) = resource.at(&["spec"]).filter(|_| is_route) else {
        return;
    };
    let list = |node: &'_ Node, key: &str| -> Vec<Node> {
        let listed = node.get(key).and_then(Node::as_sequence);
        listed.unwrap_or_default().to_vec()
    };
    let text = |node: &Node, key: &str| node.get(key).and_then(Node::as_str).map(str::to_owned);
    let subject = resource.subject();
    let mut hosts: Vec<String> = list(spec, "hostnames")
        .iter()
        .filter_map(|host| host.as_str().map(str::to_owned))
        .collect();
    if hosts.is_empty() {
        hosts.push("*".to_owned());
    }
    for parent in list(spec, "parentRefs") {
        // A parent of another kind is a Service of the mesh's own.
        if text(&parent, "kind").is_some_and(|kind| kind != "Gateway") {
            continue;
        }
        let gateway = text(&parent, "name").unwrap_or_default();
        for rule in list(spec, "rules") {
            for backend in list(&rule, "backendRefs") {
                let name = text(&backend, "name").unwrap_or_default();
                let port = backend
                    .get("port")
                    .and_then(Node::as_i64)
                    .unwrap_or_default();
                for host in &hosts {
                    let said =
                        format!("{subject} offers {name}:{port} for {host} at Gateway {gateway}");
                    offers.push(Offer {
                        text: said.clone(),
                        to: None,
                        lax: [0; 2],
                        place: Reason::at(said, resource, backend.span),
                    });
                }
            }
        }
    }
}

/// Istio's Gateway: each host of each server, by what it asks of a client.
fn of_gateway(gateway: &Gateway<'_>, offers: &mut Vec<Offer>) {
    let subject = gateway.resource.subject();
    for server in &gateway.servers {
        let protocol = server.port.map_or("", |port| port.protocol);
        let mode = server.tls_mode.map_or("SIMPLE", |mode| mode.text);
        let is_plain = server.tls_mode.is_none() && !matches!(protocol, "HTTPS" | "TLS");
        let (asks, said) = match mode {
            _ if is_plain => (3, "plaintext"),
            "MUTUAL" | "ISTIO_MUTUAL" => (0, mode),
            "OPTIONAL_MUTUAL" => (1, mode),
            _ => (2, mode),
        };
        let version = match server.minimum.map(|version| version.text) {
            Some("TLSV1_3") => 0,
            Some("TLSV1_1") => 2,
            Some("TLSV1_0") => 3,
            _ => 1,
        };
        let port = server.port.map_or(0, |port| port.number);
        for host in &server.hosts {
            let told = format!("{subject} takes {said} for {} on port {port}", host.text);
            offers.push(Offer {
                text: format!("{subject} {} {port}", host.text),
                to: None,
                lax: [asks, if is_plain { 0 } else { version }],
                place: Reason::at(told, &gateway.resource, server.span),
            });
        }
    }
}

/// The ports of pods that a Service leads to, by workload, in words; an empty one where it leads to none.
fn behind(model: &Model<'_>, service: &Service<'_>) -> Vec<String> {
    let workloads = model.workloads_in(service.resource.namespace);
    let mut behind: Vec<String> = workloads
        .filter(|workload| service.selects(workload))
        .flat_map(|workload| {
            let subject = workload.resource.subject();
            let ports = service.ports.iter();
            ports.map(move |port| {
                let target = port.target_name.map(str::to_owned);
                let number = port.target_number.unwrap_or(port.number);
                let target = target.unwrap_or_else(|| number.to_string());
                format!(", leading to port {target} of {subject}")
            })
        })
        .collect();
    if behind.is_empty() {
        behind.push(String::new());
    }
    behind
}

fn of_service(model: &Model<'_>, service: &Service<'_>, offers: &mut Vec<Offer>) {
    let behind = behind(model, service);
    let subject = service.resource.subject();
    let kind = service
        .resource
        .at(&["spec", "type"])
        .and_then(Node::as_str);
    let ports: Vec<String> = service
        .ports
        .iter()
        .map(|port| port.number.to_string())
        .collect();
    let ports = ports.join(", ");
    let is_balanced = kind == Some("LoadBalancer");
    let public = u8::from(is_balanced && !service.is_internal());
    let mut add = |how: &str, to: Option<Cidr>, span: Span| {
        let whom = to.map_or_else(String::new, |block| format!(" to {block}"));
        for behind in &behind {
            let said = format!("{subject} is offered by {how}{whom} on port {ports}{behind}");
            offers.push(Offer {
                text: format!("{subject} {how} {ports}{behind}"),
                to,
                lax: [public, 0],
                place: Reason::at(said, &service.resource, span),
            });
        }
    };
    let span = service.resource.key_span(&["spec", "type"]);
    match kind {
        Some("LoadBalancer") => {
            let ranges = service.resource.at(&["spec", "loadBalancerSourceRanges"]);
            let ranges = ranges.and_then(Node::as_sequence).unwrap_or_default();
            let blocks: Vec<Cidr> = ranges
                .iter()
                .filter_map(|range| range.as_str()?.trim().parse().ok())
                .collect();
            // A range that is none bounds nothing.
            if blocks.is_empty() || blocks.len() < ranges.len() {
                add("a load balancer", None, span);
            }
            for block in blocks {
                add("a load balancer", Some(block), span);
            }
        }
        Some("NodePort") => add("every node", None, span),
        _ => {}
    }
    let external = service.resource.at(&["spec", "externalIPs"]);
    for address in external.and_then(Node::as_sequence).unwrap_or_default() {
        if let Some(text) = address.as_str() {
            add(&format!("the address {text}"), None, address.span);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::source::Source;
    use crate::lint::{Options, documents, index};

    fn opened(before: &str, after: &str) -> Vec<String> {
        let options = Options::default();
        let documents = [before, after].map(|spec| {
            let text = format!(
                "apiVersion: v1\nkind: Service\nmetadata: {{name: web, namespace: shop}}\nspec: {spec}\n"
            );
            documents::read(&[Source::new("web.yaml", text.into_bytes()).unwrap()])
        });
        let [before, after] = documents.each_ref().map(|one| index::build(one, &options));
        let found = new_offers(&before, &after).into_iter();
        found.map(|reason| reason.text).collect()
    }

    #[test]
    fn a_load_balancer_is_new_as_far_as_its_ranges_are() {
        let inside = "{ports: [{port: 80}]}";
        let all = "{type: LoadBalancer, ports: [{port: 80}]}";
        let some =
            "{type: LoadBalancer, loadBalancerSourceRanges: [10.0.0.0/8], ports: [{port: 80}]}";
        let fewer =
            "{type: LoadBalancer, loadBalancerSourceRanges: [10.1.0.0/16], ports: [{port: 80}]}";
        assert_eq!(
            opened(inside, all),
            ["Service shop/web is offered by a load balancer on port 80"]
        );
        assert_eq!(opened(some, all).len(), 1);
        assert_eq!(opened(fewer, some).len(), 1);
        for (before, after) in [(all, some), (some, fewer), (all, all), (all, inside)] {
            assert!(opened(before, after).is_empty());
        }
    }

    fn between(before: &str, after: &str) -> Vec<String> {
        let options = Options::default();
        let documents = [before, after].map(|text| {
            documents::read(&[Source::new("s.yaml", text.as_bytes().to_vec()).unwrap()])
        });
        let [before, after] = documents.each_ref().map(|one| index::build(one, &options));
        let found = new_offers(&before, &after).into_iter();
        found.map(|reason| reason.text).collect()
    }

    /// What stands behind a Service is offered with it, and so is what a route or a gateway asks less for.
    #[test]
    fn another_workload_another_route_and_a_laxer_gateway_are_offered_anew() {
        let pods = "apiVersion: v1\nkind: Pod\nmetadata: {name: order, namespace: shop, labels: {app: order}}\nspec: {containers: [{name: c}]}\n\
                    ---\napiVersion: v1\nkind: Pod\nmetadata: {name: payment, namespace: shop, labels: {app: payment}}\nspec: {containers: [{name: c}]}\n";
        let balanced = |app: &str| {
            format!(
                "{pods}---\napiVersion: v1\nkind: Service\nmetadata: {{name: web, namespace: shop}}\n\
                 spec: {{type: LoadBalancer, selector: {{app: {app}}}, ports: [{{port: 443, targetPort: 8443}}]}}\n"
            )
        };
        assert_eq!(
            between(&balanced("order"), &balanced("payment")),
            [
                "Service shop/web is offered by a load balancer on port 443, leading to port 8443 of Pod shop/payment"
            ]
        );
        assert!(between(&balanced("order"), &balanced("order")).is_empty());
        let route = format!(
            "{pods}---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {{name: r, namespace: shop}}\n\
             spec: {{parentRefs: [{{name: edge}}], rules: [{{backendRefs: [{{name: payment, port: 443}}]}}]}}\n"
        );
        assert_eq!(
            between(pods, &route),
            ["HTTPRoute shop/r offers payment:443 for * at Gateway edge"]
        );
        let gateway = |tls: &str, host: &str| {
            format!(
                "apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {{name: edge, namespace: shop}}\n\
                 spec: {{servers: [{{port: {{number: 443, protocol: HTTPS, name: x}}, hosts: [{host}], tls: {{{tls}}}}}]}}\n"
            )
        };
        let mutual = gateway("mode: MUTUAL", "a.example");
        let simple = gateway("mode: SIMPLE", "a.example");
        assert_eq!(between(&mutual, &simple).len(), 1);
        assert!(between(&simple, &mutual).is_empty());
        assert_eq!(
            between(&mutual, &gateway("mode: MUTUAL", "b.example")).len(),
            1
        );
        let newer = gateway("mode: MUTUAL, minProtocolVersion: TLSV1_3", "a.example");
        assert_eq!(between(&newer, &mutual).len(), 1);
    }

    /// An ingress or a route names a Service, and leads to whatever that selects.
    #[test]
    fn what_stands_behind_an_offered_service_is_offered_with_it() {
        let state = |app: &str, port: u16, route: &str| {
            let pod = |name: &str| {
                format!(
                    "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: shop, labels: {{app: {name}}}}}\n\
                     spec: {{containers: [{{name: c}}]}}\n---\n"
                )
            };
            format!(
                "{}{}apiVersion: v1\nkind: Service\nmetadata: {{name: web, namespace: shop}}\n\
                 spec: {{selector: {{app: {app}}}, ports: [{{port: 80, targetPort: {port}}}]}}\n---\n{route}",
                pod("order"),
                pod("payment")
            )
        };
        for route in [
            "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: i, namespace: shop}\n\
             spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}\n",
            "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: v, namespace: shop}\n\
             spec: {hosts: [x.example], gateways: [g], http: [{route: [{destination: {host: web.shop.svc.cluster.local}}]}]}\n",
            "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: r, namespace: shop}\n\
             spec: {parentRefs: [{name: g}], rules: [{backendRefs: [{name: web, port: 80}]}]}\n",
        ] {
            let before = state("order", 8080, route);
            assert_eq!(
                between(&before, &state("payment", 8080, route)),
                [
                    "Service shop/web is offered by a route, leading to port 8080 of Pod shop/payment"
                ]
            );
            assert_eq!(between(&before, &state("order", 9090, route)).len(), 1);
            assert!(between(&before, &before).is_empty());
        }
        assert!(between(&state("order", 8080, ""), &state("payment", 8080, "")).is_empty());
    }

    #[test]
    fn a_port_of_the_node_that_a_sidecar_takes_is_offered() {
        let pod = |port: &str| {
            format!(
                "apiVersion: v1\nkind: Pod\nmetadata: {{name: a, namespace: shop}}\n\
                 spec: {{containers: [{{name: c}}], initContainers: [{{name: i, restartPolicy: Always, ports: [{{containerPort: 8080{port}}}]}}]}}\n"
            )
        };
        let (without, with) = (pod(""), pod(", hostPort: 8080"));
        assert_eq!(
            between(&without, &with),
            ["shop/a is offered on port 8080 of its node"]
        );
        assert!(between(&with, &without).is_empty());
    }
}
