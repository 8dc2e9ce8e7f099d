//! What a client's proxy is configured to send, and whether the server takes it.

use super::Istio;
use crate::lint::authorization::leads_to;
use crate::lint::model::kubernetes::Workload;
use crate::lint::reachability::{Crossing, Reason, Works};
use crate::lint::transport::{self, Taken};

impl Istio<'_, '_> {
    /// What the client's proxy is configured to send, and whether the server takes it.
    pub(super) fn sends(
        &self,
        crossing: &mut Crossing,
        client: &Workload<'_>,
        (destination, port): (&Workload<'_>, u16),
    ) {
        let model = self.model;
        let mut services: Vec<_> = model
            .services_before(destination)
            .into_iter()
            .filter(|service| {
                let mut ports = service.ports.iter();
                ports.any(|own| leads_to(destination, own.target_number, own.target_name, port))
            })
            .map(Some)
            .collect();
        if services.is_empty() {
            services.push(None);
        }
        let on_port = &self.server(destination, port).on_port;
        for service in services {
            let path = transport::Path {
                client,
                service,
                server: destination,
                port,
            };
            let wiring = transport::wiring(model, &path);
            let mut taken = Vec::new();
            if wiring.plaintext || wiring.own_tls {
                taken.push(transport::taken(on_port, transport::Wire::Plaintext));
            }
            if wiring.mtls {
                taken.push(transport::taken(on_port, transport::Wire::Mtls));
            }
            let works = match taken.as_slice() {
                _ if wiring.blocked == transport::Blocked::Yes => Works::No,
                _ if wiring.adapts => Works::Yes,
                all if all.iter().all(|one| *one == Taken::Yes) => Works::Yes,
                all if all.iter().all(|one| *one == Taken::No) => Works::No,
                _ => Works::Depends,
            };
            let works = match (wiring.blocked, works) {
                (transport::Blocked::Perhaps, Works::Yes) => Works::Depends,
                (_, works) => works,
            };
            let way = service.map_or("", |service| service.resource.name);
            let way = if way.is_empty() {
                String::new()
            } else {
                format!(" by Service {way}")
            };
            let fate = match works {
                Works::Yes => "",
                Works::No => "; the server does not take it, and the connection fails",
                Works::Depends => "; whether the server takes it is not settled",
            };
            crossing.reasons.push(Reason::absent(format!(
                "port {port}{way}, the client sends {}: {}{fate}",
                wiring.named(),
                wiring.because.join("; ")
            )));
            crossing.works = Some(match crossing.works {
                Some(before) if before != works => Works::Depends,
                _ => works,
            });
        }
    }
}
