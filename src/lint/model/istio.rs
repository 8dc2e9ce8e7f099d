//! Istio's PeerAuthentication, AuthorizationPolicy and DestinationRule.

use super::{Labels, Reading, Resource};
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

/// What an AuthorizationPolicy does with a request that a rule matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Admits it; requests that no ALLOW rule matches are refused.
    Allow,
    /// Refuses it.
    Deny,
    /// Logs it.
    Audit,
    /// Asks an external authorizer.
    Custom,
}

/// An AuthorizationPolicy.
#[derive(Debug)]
pub struct AuthorizationPolicy<'a> {
    /// The object.
    pub resource: Resource<'a>,
    /// The action.
    pub action: Action,
    /// The pods it selects; empty for the whole namespace or mesh.
    pub selector: Labels<'a>,
    /// Whether it attaches to gateways or services instead of pods.
    pub has_target: bool,
    /// The rules; none where the field is absent.
    pub rules: &'a [Node],
    /// Where the dry-run annotation stands, if it is true.
    pub dry_run: Option<Span>,
}

/// A DestinationRule, as far as its TLS modes.
#[derive(Debug)]
pub struct DestinationRule<'a> {
    /// The object.
    pub resource: Resource<'a>,
    /// The host it is for.
    pub host: &'a str,
    /// Every TLS mode it sets, with its place.
    pub modes: Vec<(&'a str, Span)>,
}

pub(crate) fn peer_authentication<'a>(
    mut reading: Reading<'a, '_>,
) -> Option<PeerAuthentication<'a>> {
    let resource = reading.resource.clone();
    let spec = reading.mapping(resource.node, "spec");
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

fn workload_selector<'a>(reading: &mut Reading<'a, '_>, spec: &'a Node) -> Labels<'a> {
    reading
        .mapping(spec, "selector")
        .map(|selector| reading.labels(selector, "matchLabels"))
        .unwrap_or_default()
}

fn read_mode<'a>(reading: &mut Reading<'a, '_>, mtls: &'a Node) -> Option<(Mode, Span)> {
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

pub(crate) fn authorization_policy<'a>(
    mut reading: Reading<'a, '_>,
) -> Option<AuthorizationPolicy<'a>> {
    let resource = reading.resource.clone();
    let dry_run = dry_run(&resource);
    let Some(spec) = reading.mapping(resource.node, "spec") else {
        // An empty spec is an ALLOW without rules: it denies everything.
        return reading.is_sound().then_some(AuthorizationPolicy {
            resource,
            action: Action::Allow,
            selector: Labels::new(),
            has_target: false,
            rules: &[],
            dry_run,
        });
    };
    let action = match reading.text(spec, "action") {
        None | Some(("ALLOW", _)) => Action::Allow,
        Some(("DENY", _)) => Action::Deny,
        Some(("AUDIT", _)) => Action::Audit,
        Some(("CUSTOM", _)) => Action::Custom,
        Some((other, span)) => {
            reading.problem(span, format!("`{other}` is no action"));
            Action::Allow
        }
    };
    let selector = workload_selector(&mut reading, spec);
    let has_target = spec.get("targetRef").is_some() || spec.get("targetRefs").is_some();
    let rules = reading.list(spec, "rules").unwrap_or_default();
    if rules.is_empty() && matches!(action, Action::Deny | Action::Custom) {
        let span = resource.key_span(&["spec", "action"]);
        reading.problem(span, "a DENY or CUSTOM policy needs rules");
    }
    reading.is_sound().then_some(AuthorizationPolicy {
        resource,
        action,
        selector,
        has_target,
        rules,
        dry_run,
    })
}

/// `istio.io/dry-run`, read as Go's `ParseBool` reads it.
fn dry_run(resource: &Resource<'_>) -> Option<Span> {
    let entry = resource
        .at(&["metadata", "annotations"])?
        .entry("istio.io/dry-run")?;
    matches!(
        entry.value.as_str()?,
        "1" | "t" | "T" | "true" | "TRUE" | "True"
    )
    .then(|| entry.key_span.to(entry.value.span))
}

pub(crate) fn destination_rule<'a>(mut reading: Reading<'a, '_>) -> Option<DestinationRule<'a>> {
    let resource = reading.resource.clone();
    let spec = reading.mapping(resource.node, "spec")?;
    let (host, _) = reading.text(spec, "host")?;
    let mut modes = Vec::new();
    if let Some(policy) = reading.mapping(spec, "trafficPolicy") {
        tls_modes(&mut reading, policy, &mut modes);
    }
    for subset in reading.list(spec, "subsets").unwrap_or_default() {
        if let Some(policy) = reading.mapping(subset, "trafficPolicy") {
            tls_modes(&mut reading, policy, &mut modes);
        }
    }
    reading.is_sound().then_some(DestinationRule {
        resource,
        host,
        modes,
    })
}

fn tls_modes<'a>(reading: &mut Reading<'a, '_>, policy: &'a Node, into: &mut Vec<(&'a str, Span)>) {
    let ports = reading
        .list(policy, "portLevelSettings")
        .unwrap_or_default();
    for settings in std::iter::once(policy).chain(ports) {
        if let Some(tls) = reading.mapping(settings, "tls") {
            // A `tls` without a mode has the first one of the enumeration.
            into.push(reading.text(tls, "mode").unwrap_or(("DISABLE", tls.span)));
        }
    }
}
