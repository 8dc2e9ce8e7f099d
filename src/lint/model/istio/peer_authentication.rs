//! Istio's PeerAuthentication.

use super::super::{Labels, Reading, Resource};
use super::{known_only, served, workload_selector};
use crate::kernel::document::Node;
use crate::kernel::source::Span;
use crate::lint::effective_mtls::Mode;

/// A PeerAuthentication: which mTLS mode servers use.
#[derive(Debug)]
pub struct PeerAuthentication<'a> {
    /// The object.
    pub resource: Resource<'a>,
    /// The pods it selects; empty for the whole namespace or mesh.
    pub selector: Labels<'a>,
    /// The mode that it sets; none where it inherits (absent or UNSET).
    pub mode: Option<(Mode, Span)>,
    /// The modes of single workload ports, in order; none in a mode inherits.
    pub ports: Vec<PortMode>,
}

/// One entry of `portLevelMtls`.
#[derive(Debug)]
pub struct PortMode {
    /// The workload's port, not the Service's.
    pub port: u16,
    /// The mode; none where it inherits.
    pub mode: Option<Mode>,
    /// The bytes of the entry.
    pub span: Span,
}

pub(crate) fn peer_authentication<'a>(
    mut reading: Reading<'a, '_>,
) -> Option<PeerAuthentication<'a>> {
    let resource = reading.resource.clone();
    served(&mut reading, &["v1", "v1beta1"]);
    let spec = reading.mapping(resource.node, "spec");
    if let Some(spec) = spec {
        known_only(&mut reading, spec, &["selector", "mtls", "portLevelMtls"]);
    }
    let selector = spec
        .map(|spec| workload_selector(&mut reading, spec))
        .unwrap_or_default();
    let mode = spec
        .and_then(|spec| reading.mapping(spec, "mtls"))
        .and_then(|mtls| read_mode(&mut reading, mtls));
    let mut ports = Vec::new();
    let port_level = spec.and_then(|spec| reading.mapping(spec, "portLevelMtls"));
    for entry in port_level.and_then(Node::as_mapping).unwrap_or_default() {
        let Ok(port @ 1..) = entry.key.parse::<u16>() else {
            reading.problem(entry.key_span, format!("`{}` is no port", entry.key));
            continue;
        };
        let mode = read_mode(&mut reading, &entry.value).map(|(mode, _)| mode);
        let span = entry.key_span.to(entry.value.span);
        ports.push(PortMode { port, mode, span });
    }
    if port_level.is_some_and(|ports| ports.as_mapping().is_some_and(<[_]>::is_empty)) {
        let span = resource.key_span(&["spec", "portLevelMtls"]);
        reading.problem(span, "`portLevelMtls` is empty");
    }
    if !ports.is_empty() && selector.is_empty() {
        let span = resource.key_span(&["spec", "portLevelMtls"]);
        reading.problem(span, "`portLevelMtls` needs a selector");
    }
    reading.is_sound().then_some(PeerAuthentication {
        resource,
        selector,
        mode,
        ports,
    })
}

fn read_mode<'a>(reading: &mut Reading<'a, '_>, mtls: &'a Node) -> Option<(Mode, Span)> {
    known_only(reading, mtls, &["mode"]);
    let (text, span) = reading.text(mtls, "mode")?;
    match text {
        "UNSET" => None,
        _ => match Mode::from_name(text) {
            Some(mode) => Some((mode, span)),
            None => {
                reading.problem(span, format!("`{text}` is no mTLS mode"));
                None
            }
        },
    }
}
