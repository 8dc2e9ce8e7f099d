//! What is offered to the outside: by load balancers, ports of nodes, external addresses, ingresses and gateways.

use super::cidr::Cidr;
use super::model::Model;
use super::model::kubernetes::Service;
use super::reachability::Reason;
use crate::kernel::document::Node;
use crate::kernel::source::Span;

/// Something that is offered, to whom.
struct Offer {
    /// What, in words.
    text: String,
    /// To these addresses alone; to everyone where none are given.
    to: Option<Cidr>,
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
        })
    };
    let found = offers(after);
    found
        .iter()
        .filter(is_new)
        .map(|offer| offer.place.clone())
        .collect()
}

fn offers(model: &Model<'_>) -> Vec<Offer> {
    let mut offers = Vec::new();
    for service in &model.services {
        of_service(service, &mut offers);
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
                });
            }
        }
    }
    offers
}

fn of_service(service: &Service<'_>, offers: &mut Vec<Offer>) {
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
    let mut add = |how: &str, to: Option<Cidr>, span: Span| {
        let whom = to.map_or_else(String::new, |block| format!(" to {block}"));
        let said = format!("{subject} is offered by {how}{whom} on port {ports}");
        offers.push(Offer {
            text: format!("{subject} {how} {ports}"),
            to,
            place: Reason::at(said, &service.resource, span),
        });
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
}
