//! Istio's resources, one kind a file: read tolerantly, with the place of everything a rule may point at.

use super::{Labels, Reading};
use crate::kernel::document::Node;
use crate::kernel::source::Span;

mod authorization_policy;
mod destination_rule;
mod envoy_filter;
mod gateway;
mod injector;
mod mesh_config;
mod peer_authentication;
mod request_authentication;
mod scoped;
mod service_entry;
mod virtual_service;

pub use authorization_policy::{
    Action, Attribute, AuthorizationPolicy, Clause, Matcher, Rule, Target,
};
pub use destination_rule::{DestinationRule, Subset, Tls, TrafficPolicy};
pub use envoy_filter::{EnvoyFilter, Patch};
pub use gateway::{Gateway, Server};
pub use injector::{Injector, Webhook};
pub use mesh_config::{Discovered, MeshConfig};
pub use peer_authentication::{PeerAuthentication, PortMode};
pub use request_authentication::{JwtRule, RequestAuthentication};
pub use scoped::{Sidecar, Telemetry};
pub use service_entry::ServiceEntry;
pub use virtual_service::VirtualService;

pub(crate) use authorization_policy::authorization_policy;
pub(crate) use destination_rule::destination_rule;
pub(crate) use envoy_filter::envoy_filter;
pub(crate) use gateway::gateway;
pub(crate) use injector::{injector, is_injector};
pub(crate) use mesh_config::{config_map, is_mesh_config, is_operator, operator};
pub(crate) use peer_authentication::peer_authentication;
pub(crate) use request_authentication::request_authentication;
pub(crate) use scoped::{sidecar, telemetry};
pub(crate) use service_entry::service_entry;
pub(crate) use virtual_service::virtual_service;

/// A string of a manifest and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text<'a> {
    /// The string.
    pub text: &'a str,
    /// Its bytes.
    pub span: Span,
}

/// A port of a gateway or an entry: its number, its protocol, its name.
#[derive(Debug, Clone, Copy)]
pub struct Port<'a> {
    /// The number.
    pub number: u16,
    /// The protocol as written, such as `HTTPS`.
    pub protocol: &'a str,
    /// The name.
    pub name: &'a str,
    /// The bytes of the whole port.
    pub span: Span,
}

/// The strings of a list with their places.
pub(super) fn texts<'a>(reading: &mut Reading<'a, '_>, node: &'a Node, key: &str) -> Vec<Text<'a>> {
    let mut texts = Vec::new();
    for item in reading.list(node, key).unwrap_or_default() {
        match item.as_str() {
            Some(text) => texts.push(Text {
                text,
                span: item.span,
            }),
            None => {
                let what = format!("`{key}` holds {} where a string is due", item.kind());
                reading.problem(item.span, what);
            }
        }
    }
    texts
}

/// A string with its place.
pub(super) fn text<'a>(
    reading: &mut Reading<'a, '_>,
    node: &'a Node,
    key: &str,
) -> Option<Text<'a>> {
    let (text, span) = reading.text(node, key)?;
    Some(Text { text, span })
}

/// The API's keys are case-sensitive: a field of a wrong case is an unknown one, and what it says is not applied.
pub(super) fn case_slips(reading: &mut Reading<'_, '_>, node: &Node, known: &[&str]) {
    for field in node.as_mapping().unwrap_or_default() {
        let slip = known
            .iter()
            .find(|key| field.key != **key && field.key.eq_ignore_ascii_case(key));
        if let Some(key) = slip {
            let what = format!("`{}` is written where `{key}` is due", field.key);
            reading.problem(field.key_span, what);
        }
    }
}

/// A version that Istio does not serve: what the object says is not applied.
pub(super) fn served(reading: &mut Reading<'_, '_>, versions: &[&str]) {
    let version = reading.resource.version;
    if !versions.contains(&version) {
        let span = reading.resource.key_span(&["apiVersion"]);
        reading.problem(span, format!("`{version}` is no version of this kind"));
    }
}

/// A field that the API does not know: its meaning would be lost.
pub(super) fn known_only(reading: &mut Reading<'_, '_>, node: &Node, known: &[&str]) {
    for field in node.as_mapping().unwrap_or_default() {
        if !known.contains(&field.key.as_ref()) {
            let slip = known.iter().find(|key| field.key.eq_ignore_ascii_case(key));
            let what = match slip {
                Some(key) => format!("`{}` is written where `{key}` is due", field.key),
                None => format!("`{}` is no field here", field.key),
            };
            reading.problem(field.key_span, what);
        }
    }
}

/// `selector.matchLabels` of most of Istio's kinds.
pub(super) fn workload_selector<'a>(reading: &mut Reading<'a, '_>, spec: &'a Node) -> Labels<'a> {
    reading
        .mapping(spec, "selector")
        .map(|selector| {
            known_only(reading, selector, &["matchLabels"]);
            reading.labels(selector, "matchLabels")
        })
        .unwrap_or_default()
}

/// A port with its protocol, of a Gateway's server or a ServiceEntry.
pub(super) fn port<'a>(reading: &mut Reading<'a, '_>, node: &'a Node) -> Option<Port<'a>> {
    let number = node.get("number")?;
    let Some(value) = number.as_i64().and_then(|port| u16::try_from(port).ok()) else {
        reading.problem(number.span, "`number` is no port");
        return None;
    };
    Some(Port {
        number: value,
        protocol: reading.text(node, "protocol").map_or("", |(text, _)| text),
        name: reading.text(node, "name").map_or("", |(text, _)| text),
        span: node.span,
    })
}

/// Whether labels that a policy selects are all among a workload's.
pub(crate) fn selects(selector: &Labels<'_>, labels: &Labels<'_>) -> bool {
    labels.contains_all(selector)
}
