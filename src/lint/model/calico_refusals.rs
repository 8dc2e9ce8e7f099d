//! What Calico refuses of a policy although each of its fields is one (`libcalico-go/lib/validator/v3`).
//!
//! A policy that is refused is nowhere, however sound the rest of it.

use std::net::IpAddr;

use super::Reading;
use crate::kernel::document::Node;
use crate::kernel::source::Span;
use crate::lint::cidr::Cidr;

/// The policy as a whole.
pub(super) fn check_policy<'a>(reading: &mut Reading<'a, '_>, spec: &'a Node) {
    for key in ["selector", "serviceAccountSelector", "namespaceSelector"] {
        no_global(reading, spec, key);
    }
    let types = reading.texts(spec, "types");
    let twice = |name: &str| types.iter().filter(|one| **one == name).count() > 1;
    if twice("Ingress") || twice("Egress") {
        reading.problem(spec.span, "`types` names one twice");
    }
}

/// `global()` is for the namespaces of a rule alone.
fn no_global<'a>(reading: &mut Reading<'a, '_>, node: &'a Node, key: &str) {
    if let Some((text, span)) = reading.text(node, key)
        && text.contains("global()")
    {
        let what =
            format!("`{key}` asks for `global()`, which only `namespaceSelector` of a rule may");
        reading.problem(span, what);
    }
}

/// One side of a rule.
pub(super) fn check_entity<'a>(reading: &mut Reading<'a, '_>, node: &'a Node) {
    no_global(reading, node, "selector");
    if let Some((text, span)) = reading.text(node, "namespaceSelector") {
        let packed: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let bare: String = packed.replace("global()", "!").replace(['(', ')'], "");
        if packed.contains("global()")
            && ["&&!", "||!", "!&&", "!||"]
                .iter()
                .any(|one| bare.contains(one))
        {
            reading.problem(span, "`global()` stands beside another selector");
        }
    }
    let Some(services) = node.get("services").filter(|services| !services.is_null()) else {
        return;
    };
    let is_named =
        matches!(services.get("name").and_then(Node::as_str), Some(name) if !name.is_empty());
    if !is_named {
        reading.problem(services.span, "`services` names no Service");
    }
    let is_global = reading.resource.kind == "GlobalNetworkPolicy";
    let namespace = services.get("namespace").and_then(Node::as_str);
    if is_global && namespace.is_none_or(str::is_empty) {
        let what = "`services` of a GlobalNetworkPolicy needs `namespace`";
        reading.problem(services.span, what);
    }
    const BESIDE: [&str; 8] = [
        "namespaceSelector",
        "selector",
        "notSelector",
        "serviceAccounts",
        "nets",
        "notNets",
        "ports",
        "notPorts",
    ];
    for key in BESIDE {
        if is_said(node, key) {
            let what = format!("`services` and `{key}` exclude each other");
            reading.problem(services.span, what);
        }
    }
}

/// Whether a field holds something.
fn is_said(node: &Node, key: &str) -> bool {
    node.get(key).is_some_and(|value| {
        let is_empty = value.as_str().is_some_and(str::is_empty)
            || value.as_sequence().is_some_and(<[_]>::is_empty);
        !value.is_null() && !is_empty
    })
}

/// A rule: what only perhaps matches is read all the same, for it may be wrong.
pub(super) fn check_rule<'a>(reading: &mut Reading<'a, '_>, node: &'a Node, is_ingress: bool) {
    let protocol = |key: &str| node.get(key).and_then(Node::as_str);
    for key in ["icmp", "notICMP"] {
        let Some(icmp) = reading.mapping(node, key) else {
            continue;
        };
        reading.only_fields(icmp, &["type", "code"]);
        let number = |key: &str, last: i64| {
            let of = icmp.get(key).filter(|of| !of.is_null());
            of.is_none_or(|of| of.as_i64().is_some_and(|of| (0..=last).contains(&of)))
        };
        if !number("type", 254) || !number("code", 255) {
            reading.problem(icmp.span, "`type` is 0 to 254 and `code` is 0 to 255");
        }
        if is_said(icmp, "code") && !is_said(icmp, "type") {
            reading.problem(icmp.span, "`code` needs a `type`");
        }
        let of_number = node.get("protocol").and_then(Node::as_i64);
        let is_icmp = matches!(protocol("protocol"), Some("ICMP" | "ICMPv6"))
            || matches!(of_number, Some(1 | 58));
        if key == "icmp" && !is_icmp {
            let what = "`icmp` needs `protocol: ICMP` or `ICMPv6`";
            reading.problem(icmp.span, what);
        }
    }
    check_http(reading, node, is_ingress);
    check_addresses(reading, node);
    let own = if is_ingress { "destination" } else { "source" };
    if let Some(services) = node
        .at(&[own, "services"])
        .filter(|services| !services.is_null())
    {
        let what = format!("`services` stands in the `{own}`, which is the policy's own pods");
        reading.problem(services.span, what);
    }
}

fn check_http<'a>(reading: &mut Reading<'a, '_>, node: &'a Node, is_ingress: bool) {
    let Some(http) = reading.mapping(node, "http") else {
        return;
    };
    reading.only_fields(http, &["methods", "paths"]);
    let mut wrong = |span: Span, what: &str| reading.problem(span, what);
    let protocol = node.get("protocol").filter(|protocol| !protocol.is_null());
    if protocol.is_some_and(|one| one.as_str() != Some("TCP") && one.as_i64() != Some(6)) {
        wrong(http.span, "`http` is for TCP alone");
    }
    if !is_ingress || node.get("action").and_then(Node::as_str) != Some("Allow") {
        wrong(http.span, "`http` is for rules of ingress that allow");
    }
    let methods = reading.texts(http, "methods");
    let mut seen = std::collections::BTreeSet::new();
    if !methods.into_iter().all(|method| seen.insert(method)) {
        reading.problem(http.span, "`methods` names one twice");
    }
    for path in reading.list(http, "paths").unwrap_or_default() {
        if !reading.object(path, &["exact", "prefix"]) {
            continue;
        }
        let said = ["exact", "prefix"].map(|key| path.get(key).and_then(Node::as_str));
        let mut said = said.into_iter().flatten().filter(|text| !text.is_empty());
        let is_path = |text: &str| text.starts_with('/') && !text.contains(['?', ' ', '#']);
        if !said.next().is_some_and(is_path) || said.next().is_some() {
            let what = "a path is one of `exact` and `prefix`, and begins with `/`";
            reading.problem(path.span, what);
        }
    }
}

/// Blocks have a length and no bit beyond it, and all of a rule are of one family.
fn check_addresses<'a>(reading: &mut Reading<'a, '_>, node: &'a Node) {
    let version = node.get("ipVersion").filter(|version| !version.is_null());
    if let Some(wrong) = version.filter(|version| !matches!(version.as_i64(), Some(4 | 6))) {
        reading.problem(wrong.span, "`ipVersion` is neither 4 nor 6");
    }
    let mut wanted = version.and_then(Node::as_i64);
    for key in ["protocol", "notProtocol"] {
        let of = match node.get(key).and_then(Node::as_str) {
            Some("ICMP") => 4,
            Some("ICMPv6") => 6,
            _ => continue,
        };
        if wanted.is_some_and(|wanted| wanted != of) {
            reading.problem(
                node.span,
                format!("`{key}` and `ipVersion` contradict each other"),
            );
        }
    }
    for path in [
        ["source", "nets"],
        ["source", "notNets"],
        ["destination", "nets"],
        ["destination", "notNets"],
    ] {
        let listed = node.at(&path).and_then(Node::as_sequence);
        for entry in listed.unwrap_or_default() {
            let text = entry.as_str().unwrap_or_default();
            let family = if text.contains(':') { 6 } else { 4 };
            if *wanted.get_or_insert(family) != family {
                let what = "the addresses of a rule are of one family";
                reading.problem(entry.span, what);
            }
            let first = text.split('/').next().and_then(|one| one.parse().ok());
            let has_more =
                |block: Cidr| first.is_some_and(|first: IpAddr| first != block.bounds().0);
            if !text.contains('/') || text.parse().is_ok_and(has_more) {
                let what = format!("`{text}` is no block: it has a length, and no bit beyond it");
                reading.problem(entry.span, what);
            }
        }
    }
}
