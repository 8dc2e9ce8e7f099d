//! An evaluator of Envoy's RBAC filters, as far as Istio writes them. It knows nothing of AuthorizationPolicy.

use std::collections::BTreeSet;
use std::net::IpAddr;

use serde_json::{Value, json};

/// What a request is made of.
#[derive(Debug, Clone)]
pub(super) struct Probe {
    pub(super) principal: Option<String>,
    pub(super) source_ip: IpAddr,
    pub(super) remote_ip: IpAddr,
    pub(super) destination_ip: IpAddr,
    pub(super) port: u16,
    pub(super) sni: String,
    pub(super) host: String,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) header: String,
    pub(super) claims: Option<Value>,
    pub(super) metadata: String,
}

pub(super) fn texts<'v>(node: &'v Value, path: &[&str]) -> &'v Value {
    path.iter()
        .try_fold(node, |node, key| node.get(key))
        .unwrap_or(&Value::Null)
}

fn list(node: &Value) -> &[Value] {
    node.as_array().map_or(&[], Vec::as_slice)
}

/// Whether filters of one listener let a request pass. Shadow rules and LOG decide nothing.
pub(super) fn envoy(filters: &[Value], probe: &Probe) -> bool {
    filters.iter().all(|filter| {
        let rules = texts(filter, &["typedConfig", "rules"]);
        let matched = || {
            let policies = rules["policies"].as_object().into_iter().flatten();
            policies.map(|(_, policy)| policy).any(|policy| {
                list(&policy["permissions"])
                    .iter()
                    .any(|one| holds(one, probe))
                    && list(&policy["principals"])
                        .iter()
                        .any(|one| holds(one, probe))
            })
        };
        match rules["action"].as_str() {
            _ if rules.is_null() => true,
            None | Some("ALLOW") => matched(),
            Some("DENY") => !matched(),
            Some("LOG") => true,
            other => panic!("action {other:?}"),
        }
    })
}

/// A permission or a principal.
fn holds(node: &Value, probe: &Probe) -> bool {
    let (kind, value) = node.as_object().unwrap().iter().next().unwrap();
    let all = |items: &Value| list(items).iter().all(|one| holds(one, probe));
    let some = |items: &Value| list(items).iter().any(|one| holds(one, probe));
    match kind.as_str() {
        "any" => true,
        "andRules" => all(&value["rules"]),
        "andIds" => all(&value["ids"]),
        "orRules" => some(&value["rules"]),
        "orIds" => some(&value["ids"]),
        "notRule" | "notId" => !holds(value, probe),
        "destinationPort" => value.as_u64() == Some(u64::from(probe.port)),
        "destinationIp" => in_range(value, probe.destination_ip),
        "directRemoteIp" => in_range(value, probe.source_ip),
        "remoteIp" => in_range(value, probe.remote_ip),
        "requestedServerName" => string(value, &probe.sni),
        "authenticated" => probe
            .principal
            .as_ref()
            .is_some_and(|name| string(&value["principalName"], &format!("spiffe://{name}"))),
        "header" => header(value, probe),
        "urlPath" => string(&value["path"], &probe.path),
        "uriTemplate" => template(
            texts(value, &["typedConfig", "pathTemplate"])
                .as_str()
                .unwrap(),
            &probe.path,
        ),
        "metadata" => metadata(value, probe),
        other => panic!("matcher {other}"),
    }
}

fn header(value: &Value, probe: &Probe) -> bool {
    let text = match value["name"].as_str().unwrap() {
        ":authority" => &probe.host,
        ":method" => &probe.method,
        "X-header" | "X-abc" => &probe.header,
        other => panic!("header {other}"),
    };
    match value {
        _ if value["presentMatch"] == json!(true) => true,
        _ if value.get("safeRegexMatch").is_some() => {
            string(&json!({"safeRegex": value["safeRegexMatch"]}), text)
        }
        _ => string(&value["stringMatch"], text),
    }
}

fn string(matcher: &Value, text: &str) -> bool {
    let fold = |text: &str| match matcher["ignoreCase"].as_bool() {
        Some(true) => text.to_lowercase(),
        _ => text.to_owned(),
    };
    let part = |key: &str| matcher[key].as_str().map(fold);
    let text = fold(text);
    if let Some(whole) = part("exact") {
        text == whole
    } else if let Some(prefix) = part("prefix") {
        text.starts_with(&prefix)
    } else if let Some(suffix) = part("suffix") {
        text.ends_with(&suffix)
    } else {
        let regex = texts(matcher, &["safeRegex", "regex"]).as_str();
        regex_matches(regex.unwrap_or_else(|| panic!("{matcher}")), &text)
    }
}

fn in_range(range: &Value, address: IpAddr) -> bool {
    let base: IpAddr = range["addressPrefix"].as_str().unwrap().parse().unwrap();
    let bits = u32::try_from(range["prefixLen"].as_u64().unwrap_or(0)).unwrap();
    match (base, address) {
        (IpAddr::V4(base), IpAddr::V4(address)) => {
            let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
            u32::from(base) & mask == u32::from(address) & mask
        }
        _ => panic!("{range}"),
    }
}

fn template(template: &str, path: &str) -> bool {
    let regex: Vec<&str> = template
        .split('/')
        .map(|segment| match segment {
            "*" => "[^/]+",
            "**" => ".*",
            literal => literal,
        })
        .collect();
    regex_matches(&regex.join("/"), path)
}

fn metadata(value: &Value, probe: &Probe) -> bool {
    let keys: Vec<&str> = list(&value["path"])
        .iter()
        .map(|key| key["key"].as_str().unwrap())
        .collect();
    if value["filter"] == "envoy.filters.a.b" {
        return keys == ["c"] && holds_value(&value["value"], &json!(probe.metadata));
    }
    assert_eq!(
        (&value["filter"], keys[0]),
        (&json!("envoy.filters.http.jwt_authn"), "payload")
    );
    let Some(claims) = &probe.claims else {
        return false;
    };
    keys[1..]
        .iter()
        .try_fold(claims, |node, key| node.get(key))
        .is_some_and(|found| holds_value(&value["value"], found))
}

fn holds_value(matcher: &Value, value: &Value) -> bool {
    if let Some(either) = matcher.get("orMatch") {
        return list(&either["valueMatchers"])
            .iter()
            .any(|one| holds_value(one, value));
    }
    if let Some(one_of) = matcher.get("listMatch") {
        return value.is_array()
            && list(value)
                .iter()
                .any(|item| holds_value(&one_of["oneOf"], item));
    }
    value
        .as_str()
        .is_some_and(|text| string(&matcher["stringMatch"], text))
}

/// The few regular expressions that Istio writes: literals, `.`, `[^/]`, groups, and what may be repeated.
fn regex_matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = match pattern.strip_prefix("(?i)") {
        Some(pattern) => (pattern.to_lowercase(), text.to_lowercase()),
        None => (pattern.to_owned(), text.to_owned()),
    };
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    ends(&pattern, &text, 0).contains(&text.len())
}

/// Where a match of the pattern that begins here may end.
fn ends(pattern: &[char], text: &[char], start: usize) -> BTreeSet<usize> {
    let mut depth = 0;
    for (index, c) in pattern.iter().enumerate() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            '|' if depth == 0 => {
                let mut both = ends(&pattern[..index], text, start);
                both.extend(ends(&pattern[index + 1..], text, start));
                return both;
            }
            _ => {}
        }
    }
    let mut now = BTreeSet::from([start]);
    let mut at = 0;
    while at < pattern.len() {
        let length = match pattern[at] {
            '\\' => 2,
            '[' => pattern[at..].iter().position(|c| *c == ']').unwrap() + 1,
            '(' => {
                let mut depth = 0;
                let close = pattern[at..].iter().position(|c| {
                    depth += match c {
                        '(' => 1,
                        ')' => -1,
                        _ => 0,
                    };
                    depth == 0
                });
                close.unwrap() + 1
            }
            _ => 1,
        };
        let atom = &pattern[at..at + length];
        at += length;
        let step = |from: &BTreeSet<usize>| -> BTreeSet<usize> {
            from.iter()
                .flat_map(|start| one(atom, text, *start))
                .collect()
        };
        let closure = |mut all: BTreeSet<usize>| loop {
            let next = step(&all);
            if next.is_subset(&all) {
                return all;
            }
            all.extend(next);
        };
        now = match pattern.get(at) {
            Some('*') => closure(now),
            Some('+') => closure(step(&now)),
            Some('?') => now.union(&step(&now)).copied().collect(),
            _ => step(&now),
        };
        at += usize::from(matches!(pattern.get(at), Some('*' | '+' | '?')));
    }
    now
}

fn one(atom: &[char], text: &[char], start: usize) -> BTreeSet<usize> {
    let matched = match (atom, text.get(start)) {
        (['(', inner @ .., ')'], _) => return ends(inner, text, start),
        (_, None) => false,
        (['.'], Some(_)) => true,
        (['[', '^', '/', ']'], Some(c)) => *c != '/',
        (['\\', literal] | [literal], Some(c)) => literal == c,
        (other, _) => panic!("{other:?}"),
    };
    if matched {
        BTreeSet::from([start + 1])
    } else {
        BTreeSet::new()
    }
}

#[test]
fn the_regular_expressions_are_understood() {
    for (pattern, text, expected) in [
        (".+", "", false),
        (".*/ns/a\\[0\\]/.*", "spiffe://x/ns/a[0]/sa/b", true),
        (
            "spiffe://.+/ns/n/(.+/|)sa/s(/.+)?",
            "spiffe://td/ns/n/sa/s",
            true,
        ),
        (
            "spiffe://.+/ns/n/(.+/|)sa/s(/.+)?",
            "spiffe://td/ns/n/x/y/sa/s/z",
            true,
        ),
        (
            "spiffe://.+/ns/n/(.+/|)sa/s(/.+)?",
            "spiffe://td/ns/n/sa/st",
            false,
        ),
        ("spiffe://bad[^/]*/.*", "spiffe://bad-one/ns", true),
        ("(?i)prefix\\.example\\..*", "PREFIX.example.org", true),
    ] {
        assert_eq!(regex_matches(pattern, text), expected, "{pattern} {text}");
    }
}
