//! The ports of a rule of Cilium's, ICMP, and the rules about requests that stand beside ports.
//!
//! What Cilium refuses of them (`PortRule.Validate`, `L7Rules.Validate`, `ICMPRule.Validate`) voids the policy whole.

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
    side: Side,
    rule: &mut PluginRule<'a>,
) {
    // An empty list names no port, and the rule speaks of all (`mergeIngress`).
    let groups = reading.list(node, "toPorts").unwrap_or_default();
    if !groups.is_empty() {
        rule.ports = Some(ports(reading, groups, side, rule));
    }
    let icmps = reading.list(node, "icmps").unwrap_or_default();
    for icmp in icmps {
        if reading.object(icmp, &["fields"]) {
            let fields = reading.list(icmp, "fields").unwrap_or_default();
            at_most_forty(reading, icmp, fields);
            for field in fields {
                icmp_field(reading, field);
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

/// Where a rule stands: in which direction, and whether it is for nodes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Side {
    pub(super) is_ingress: bool,
    pub(super) is_of_nodes: bool,
}

/// How many ports, or types of ICMP, stand in one list.
fn at_most_forty<'a>(reading: &mut Reading<'a, '_>, node: &'a Node, listed: &[Node]) {
    if listed.len() > 40 {
        let what = format!(
            "a list has at most 40 entries here, and this has {}",
            listed.len()
        );
        reading.problem(node.span, what);
    }
}

fn icmp_field<'a>(reading: &mut Reading<'a, '_>, field: &'a Node) {
    if !reading.object(field, &["family", "type"]) {
        return;
    }
    if let Some((family, span)) = reading.text(field, "family")
        && !matches!(family, "" | "IPv4" | "IPv6")
    {
        let what = format!("`{family}` is neither IPv4 nor IPv6");
        reading.problem(span, what);
    }
    let of = field.get("type").unwrap_or(field);
    let is_type = match (of.as_i64(), of.as_str()) {
        (Some(number), _) => (0..=255).contains(&number),
        (_, Some(text)) => text.parse::<u8>().is_ok() || ICMP_TYPES.contains(&text),
        _ => false,
    };
    if !is_type {
        reading.problem(of.span, "`type` is no type of ICMP");
    }
}

/// The names that types of ICMP have, in either family.
const ICMP_TYPES: [&str; 27] = [
    "DestinationUnreachable",
    "Echo",
    "EchoReply",
    "EchoRequest",
    "ExtendedEchoReply",
    "ExtendedEchoRequest",
    "ICMPNodeInformationQuery",
    "ICMPNodeInformationResponse",
    "InverseNeighborDiscoveryAdvertisement",
    "InverseNeighborDiscoverySolicitation",
    "MulticastListenerDone",
    "MulticastListenerQuery",
    "MulticastListenerReport",
    "NeighborAdvertisement",
    "NeighborSolicitation",
    "PacketTooBig",
    "ParameterProblem",
    "Photuris",
    "Redirect",
    "RedirectMessage",
    "RouterAdvertisement",
    "RouterRenumbering",
    "RouterSelection",
    "RouterSolicitation",
    "TimeExceeded",
    "Timestamp",
    "TimestampReply",
];

/// The ports of `toPorts`; rules of HTTP and the like beside them let only some requests through.
fn ports<'a>(
    reading: &mut Reading<'a, '_>,
    groups: &'a [Node],
    side: Side,
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
        let entries = reading.list(group, "ports").unwrap_or_default();
        at_most_forty(reading, group, entries);
        beside_ports(reading, group, side);
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

/// What stands beside `ports` and what of it Cilium refuses.
fn beside_ports<'a>(reading: &mut Reading<'a, '_>, group: &'a Node, side: Side) {
    let rules = reading.mapping(group, "rules");
    let asks = rules.is_some_and(|rules| requests(reading, group, rules, side));
    let names = reading.texts(group, "serverNames");
    if names.contains(&"") {
        reading.problem(group.span, "a name of `serverNames` is empty");
    }
    let ends_tls = reading.mapping(group, "terminatingTLS").is_some();
    if asks && !names.is_empty() && !ends_tls {
        let what = "`serverNames` stands beside `rules` without `terminatingTLS`";
        reading.problem(group.span, what);
    }
    if let Some(listener) = reading.mapping(group, "listener") {
        reading.only_fields(listener, &["envoyConfig", "name", "priority"]);
        if side.is_ingress {
            reading.problem(listener.span, "a `listener` is for egress alone");
        }
        if asks {
            reading.problem(listener.span, "`listener` and `rules` exclude each other");
        }
    }
}

/// Rules about requests only perhaps match; they are read all the same, for they may be wrong. Whether there are any.
fn requests<'a>(
    reading: &mut Reading<'a, '_>,
    group: &'a Node,
    rules: &'a Node,
    side: Side,
) -> bool {
    const KINDS: [(&str, &[&str]); 4] = [
        (
            "http",
            &["path", "method", "host", "headers", "headerMatches"],
        ),
        (
            "kafka",
            &["role", "apiKey", "apiVersion", "clientID", "topic"],
        ),
        ("dns", &["matchName", "matchPattern"]),
        ("l7", &[]),
    ];
    reading.only_fields(rules, &["http", "kafka", "dns", "l7proto", "l7"]);
    let proto = reading.text(rules, "l7proto");
    let (mut kinds, mut asks) = (usize::from(proto.is_some()), proto.is_some());
    for (kind, known) in KINDS {
        let Some(listed) = reading.list(rules, kind) else {
            continue;
        };
        asks |= !listed.is_empty();
        kinds += usize::from(kind != "l7");
        for one in listed.iter().filter(|_| kind != "l7") {
            reading.object(one, known);
            match kind {
                "http" => http(reading, one),
                "dns" => name(reading, one),
                _ => {}
            }
        }
    }
    let is_listed = |key: &str| {
        let listed = rules.get(key).and_then(Node::as_sequence);
        listed.is_some_and(|listed| !listed.is_empty())
    };
    let of_names = is_listed("dns");
    let mut wrong = |holds: bool, what: &str| {
        if holds {
            reading.problem(rules.span, what);
        }
    };
    wrong(asks && kinds > 1, "`rules` are of one protocol alone");
    wrong(
        is_listed("l7") && proto.is_none(),
        "`l7` needs a `l7proto` beside it",
    );
    wrong(of_names && side.is_ingress, "`dns` is for egress alone");
    wrong(
        asks && side.is_of_nodes && (side.is_ingress || !of_names),
        "nodes have no such `rules`",
    );
    let entries = group.get("ports").and_then(Node::as_sequence);
    let entries = entries.unwrap_or_default();
    wrong(
        of_names && entries.is_empty(),
        "`dns` needs its ports beside it",
    );
    let text = |entry: &'a Node, key: &str| entry.get(key).and_then(Node::as_str);
    for entry in entries {
        wrong(
            asks && text(entry, "port") == Some("0"),
            "`rules` are for ports, and 0 is none",
        );
        let first = text(entry, "port").and_then(|port| port.parse::<i64>().ok());
        let last = entry.get("endPort").and_then(Node::as_i64);
        wrong(
            of_names && first.zip(last).is_some_and(|(first, last)| last > first),
            "`dns` is for no range of ports",
        );
        wrong(
            asks && !of_names && text(entry, "protocol") != Some("TCP"),
            "`rules` are for ports with `protocol: TCP` alone",
        );
    }
    asks
}

/// A rule of HTTP: its texts are regular expressions.
fn http<'a>(reading: &mut Reading<'a, '_>, rule: &'a Node) {
    for key in ["path", "method"] {
        if let Some((text, span)) = reading.text(rule, key)
            && !is_expression(text)
        {
            reading.problem(span, format!("`{key}` is no regular expression"));
        }
    }
    for header in reading.list(rule, "headerMatches").unwrap_or_default() {
        if !reading.object(header, &["mismatch", "name", "secret", "value"]) {
            continue;
        }
        if !matches!(reading.text(header, "name"), Some((name, _)) if !name.is_empty()) {
            reading.problem(header.span, "a header has no `name`");
        }
        if let Some((action, span)) = reading.text(header, "mismatch")
            && !matches!(action, "" | "LOG" | "ADD" | "DELETE" | "REPLACE")
        {
            let what = "`mismatch` is none of LOG, ADD, DELETE, REPLACE";
            reading.problem(span, what);
        }
    }
}

/// A name outside, or a pattern of names.
pub(super) fn name<'a>(reading: &mut Reading<'a, '_>, node: &'a Node) {
    for (key, more) in [("matchName", "-_."), ("matchPattern", "-_.*")] {
        if let Some((text, span)) = reading.text(node, key)
            && !text
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || more.contains(c))
        {
            let what = format!("`{text}` has a character that no name has");
            reading.problem(span, what);
        }
    }
}

/// Whether Go may take a text as a regular expression: what is surely none is a repetition of nothing or of another,
/// a parenthesis or a bracket without its other half, an assertion that looks around, and an escape of nothing.
fn is_expression(text: &str) -> bool {
    let mut chars = text.chars().peekable();
    let mut depth = 0;
    // What a repetition may stand after: something, or a repetition that a question mark makes lazy.
    let (mut after_some, mut after_repetition) = (false, false);
    while let Some(c) = chars.next() {
        match c {
            '\\' if chars.next().is_none() => return false,
            '\\' => {}
            '(' => {
                depth += 1;
                if chars.next_if_eq(&'?').is_some()
                    && !chars.peek().is_some_and(|next| "Pims-U:".contains(*next))
                {
                    return false;
                }
            }
            ')' if depth == 0 => return false,
            ')' => depth -= 1,
            '[' => {
                // A bracket that comes first stands for itself.
                chars.next_if_eq(&'^');
                chars.next_if_eq(&']');
                let mut is_closed = false;
                while let Some(inner) = chars.next() {
                    if inner == '\\' {
                        chars.next();
                    } else if inner == ']' {
                        is_closed = true;
                        break;
                    }
                }
                if !is_closed {
                    return false;
                }
            }
            '*' | '+' | '?' => {
                let is_lazy = after_repetition && c == '?';
                if !after_some && !is_lazy {
                    return false;
                }
                (after_some, after_repetition) = (false, !is_lazy);
                continue;
            }
            _ => {}
        }
        (after_some, after_repetition) = (!matches!(c, '(' | '|'), false);
    }
    depth == 0
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
            None if matches!(name, "VRRP" | "IGMP") => {
                if !matches!(reading.text(entry, "port"), None | Some(("" | "0", _))) {
                    let what = format!("`{name}` has no ports");
                    reading.problem(entry.span, what);
                }
                return None;
            }
            None if matches!(name, "ICMP" | "ICMPv6") => return None,
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
