//! The ports of a rule of Cilium's, ICMP, and the rules about requests that stand beside ports.

use super::Reading;
use super::admin_network_policy::Action;
use super::network_policy::{PolicyPort, PortMatch};
use super::plugin_policy::PluginRule;
use crate::kernel::document::Node;
use crate::kernel::source::Span;
use crate::lint::ports::{PortSet, Protocol};

/// `toPorts`, or `icmps`: of ICMP alone, nothing of what has ports.
pub(super) fn rule_ports<'a>(
    reading: &mut Reading<'a, '_>,
    node: &'a Node,
    rule: &mut PluginRule<'a>,
) {
    // An empty list names no port, and the rule speaks of all (`mergeIngress`).
    let groups = reading.list(node, "toPorts").unwrap_or_default();
    if !groups.is_empty() {
        rule.ports = Some(ports(reading, groups, rule));
    }
    let icmps = reading.list(node, "icmps").unwrap_or_default();
    for icmp in icmps {
        if reading.object(icmp, &["fields"]) {
            for field in reading.list(icmp, "fields").unwrap_or_default() {
                reading.object(field, &["family", "type"]);
            }
        }
    }
    match (icmps.is_empty(), rule.ports.is_some()) {
        (false, true) => {
            let what = "`icmps` and `toPorts` exclude each other";
            reading.problem(node.span, what);
        }
        (false, false) => rule.ports = Some(Vec::new()),
        (true, _) => {}
    }
}

/// The ports of `toPorts`; rules of HTTP and the like beside them let only some requests through.
fn ports<'a>(
    reading: &mut Reading<'a, '_>,
    groups: &'a [Node],
    rule: &mut PluginRule<'a>,
) -> Vec<PolicyPort<'a>> {
    const KNOWN: [&str; 6] = [
        "ports",
        "terminatingTLS",
        "originatingTLS",
        "serverNames",
        "listener",
        "rules",
    ];
    let mut listed = Vec::new();
    for group in groups {
        // A refusal has ports alone.
        let known = match rule.action {
            Action::Allow => &KNOWN[..],
            _ => &KNOWN[..1],
        };
        if !reading.object(group, known) {
            continue;
        }
        let mut fields = group.as_mapping().unwrap_or_default().iter();
        rule.perhaps |= fields.any(|entry| entry.key != "ports" && !entry.value.is_null());
        if let Some(rules) = reading.mapping(group, "rules") {
            requests(reading, rules);
        }
        let entries = reading.list(group, "ports").unwrap_or_default();
        if entries.is_empty() {
            // Every port, or none: Cilium's releases differ.
            rule.perhaps = true;
            listed.push(every_port(group.span));
        }
        for entry in entries {
            if reading.object(entry, &["port", "endPort", "protocol"]) {
                listed.extend(port(reading, entry));
            }
        }
    }
    listed
}

/// Rules about requests only perhaps match; they are read all the same, for they may be wrong.
fn requests<'a>(reading: &mut Reading<'a, '_>, rules: &'a Node) {
    const KINDS: [(&str, &[&str]); 3] = [
        (
            "http",
            &["path", "method", "host", "headers", "headerMatches"],
        ),
        (
            "kafka",
            &["role", "apiKey", "apiVersion", "clientID", "topic"],
        ),
        ("dns", &["matchName", "matchPattern"]),
    ];
    reading.only_fields(rules, &["http", "kafka", "dns", "l7proto", "l7"]);
    for (kind, known) in KINDS {
        for one in reading.list(rules, kind).unwrap_or_default() {
            reading.object(one, known);
        }
    }
}

fn every_port<'a>(span: Span) -> PolicyPort<'a> {
    PolicyPort {
        span,
        ports: PortMatch::Numbered(PortSet::all()),
        names_protocol: false,
    }
}

fn port<'a>(reading: &mut Reading<'a, '_>, entry: &'a Node) -> Option<PolicyPort<'a>> {
    let protocol = match reading.text(entry, "protocol") {
        None | Some(("" | "ANY", _)) => None,
        Some((name, span)) => match Protocol::from_name(name) {
            Some(protocol) => Some(protocol),
            None if matches!(name, "ICMP" | "ICMPv6" | "VRRP" | "IGMP") => return None,
            None => {
                reading.problem(span, format!("`{name}` is no protocol"));
                return None;
            }
        },
    };
    let Some((text, span)) = reading.text(entry, "port") else {
        reading.problem(entry.span, "an entry of `ports` has no `port`");
        return None;
    };
    let ports = if is_name(text) {
        PortMatch::Named(text, protocol)
    } else {
        let last = entry.get("endPort").filter(|last| !last.is_null());
        let Some(range) = range(text, last) else {
            let what = "`port` is neither a number nor a name, or `endPort` is before it";
            reading.problem(entry.span, what);
            return None;
        };
        PortMatch::Numbered(numbered(protocol, range))
    };
    Some(PolicyPort {
        span,
        ports,
        names_protocol: protocol.is_some(),
    })
}

/// The first and the last port; zero stands for all.
fn range(text: &str, last: Option<&Node>) -> Option<(u16, u16)> {
    // A leading zero makes it octal.
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_plain || (text.len() > 1 && text.starts_with('0')) {
        return None;
    }
    let first = text.parse::<u16>().ok()?;
    match last.map(Node::as_i64) {
        None | Some(Some(0)) => Some((first, if first == 0 { u16::MAX } else { first })),
        Some(last) => {
            let last = u16::try_from(last?).ok()?;
            (0 < first && first <= last).then_some((first, last))
        }
    }
}

/// Of a protocol, or of all.
fn numbered(protocol: Option<Protocol>, (first, last): (u16, u16)) -> PortSet {
    let protocols = Protocol::ALL.into_iter();
    protocols
        .filter(|one| protocol.is_none_or(|only| only == *one))
        .fold(PortSet::none(), |all, one| {
            all.union(&PortSet::range(one, first, last))
        })
}

/// A name of IANA, of small letters: those of containers have no others.
fn is_name(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=15).contains(&text.len())
        && text.bytes().all(is_part)
        && text.bytes().any(|byte| byte.is_ascii_lowercase())
        && !text.starts_with('-')
        && !text.ends_with('-')
        && !text.contains("--")
}
