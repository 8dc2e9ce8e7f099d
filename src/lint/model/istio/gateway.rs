//! Istio's Gateway: what is open at the edge of the mesh.

use super::super::{Labels, Reading, Resource};
use super::{Port, Text, case_slips, port, text, texts};
use crate::kernel::source::Span;

/// A Gateway.
#[derive(Debug)]
pub struct Gateway<'a> {
    /// The object.
    pub resource: Resource<'a>,
    /// The pods it configures, of any namespace; empty for all.
    pub selector: Labels<'a>,
    /// What it listens for.
    pub servers: Vec<Server<'a>>,
}

/// One listener.
#[derive(Debug)]
pub struct Server<'a> {
    /// The port.
    pub port: Option<Port<'a>>,
    /// The hosts, perhaps with a namespace before a slash.
    pub hosts: Vec<Text<'a>>,
    /// The mode of its TLS; `SIMPLE` where a `tls` has none.
    pub tls_mode: Option<Text<'a>>,
    /// The lowest version of TLS.
    pub minimum: Option<Text<'a>>,
    /// The secret of its certificate.
    pub credential: Option<Text<'a>>,
    /// Whether plain HTTP is answered with a redirect.
    pub redirects: bool,
    /// The bytes.
    pub span: Span,
}

pub(crate) fn gateway<'a>(mut reading: Reading<'a, '_>) -> Option<Gateway<'a>> {
    let resource = reading.resource.clone();
    let spec = reading.mapping(resource.node, "spec")?;
    case_slips(&mut reading, spec, &["selector", "servers"]);
    let selector = reading.labels(spec, "selector");
    let mut servers = Vec::new();
    for node in reading.list(spec, "servers").unwrap_or_default() {
        case_slips(&mut reading, node, &["port", "hosts", "tls"]);
        let tls = reading.mapping(node, "tls");
        let mut server = Server {
            port: reading
                .mapping(node, "port")
                .and_then(|node| port(&mut reading, node)),
            hosts: texts(&mut reading, node, "hosts"),
            tls_mode: None,
            minimum: None,
            credential: None,
            redirects: false,
            span: node.span,
        };
        if let Some(tls) = tls {
            const KNOWN: [&str; 4] = [
                "mode",
                "credentialName",
                "minProtocolVersion",
                "httpsRedirect",
            ];
            case_slips(&mut reading, tls, &KNOWN);
            server.redirects = reading.flag(tls, "httpsRedirect");
            server.minimum = text(&mut reading, tls, "minProtocolVersion");
            server.credential = text(&mut reading, tls, "credentialName");
            server.tls_mode = text(&mut reading, tls, "mode");
        }
        servers.push(server);
    }
    reading.is_sound().then_some(Gateway {
        resource,
        selector,
        servers,
    })
}
