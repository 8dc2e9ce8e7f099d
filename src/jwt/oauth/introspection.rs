//! What a server says of a token (RFC 7662), held against what the token says of itself.

use std::collections::BTreeSet;

use super::answer::{AnswerError, Object};
use crate::jwt::claims::{TimeClaim, audiences, time};
use crate::kernel::document::{Node, Value};
use crate::kernel::time::Timestamp;

/// A server's answer about a token.
#[derive(Debug, Clone)]
pub struct Introspection {
    /// `active`
    pub active: bool,
    /// All that it says.
    pub members: Node,
}

/// How one thing stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Both say the same.
    Agrees,
    /// They contradict each other.
    Contradicts,
    /// The token alone says it.
    TokenOnly,
    /// The server alone says it.
    ServerOnly,
}

impl Standing {
    /// The stable word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Agrees => "agrees",
            Self::Contradicts => "contradicts",
            Self::TokenOnly => "token-only",
            Self::ServerOnly => "server-only",
        }
    }
}

/// One thing that the token, the server or both say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// What the token says.
    pub token: Option<String>,
    /// What the server says.
    pub server: Option<String>,
    /// How that stands.
    pub standing: Standing,
}

/// An answer held against a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// Whether the server calls the token active.
    pub active: bool,
    /// Each thing; empty where the server calls the token inactive and so says no more.
    pub members: Vec<Member>,
    /// What is odd, in words.
    pub remarks: Vec<String>,
}

impl Comparison {
    /// Whether the token is active and nothing is contradicted.
    pub fn is_good(&self) -> bool {
        let contradicted = |member: &Member| member.standing == Standing::Contradicts;
        self.active && !self.members.iter().any(contradicted)
    }
}

/// Reads the answer of an introspection endpoint (RFC 7662 §2.2).
///
/// # Errors
/// [`AnswerError`]; `active` must be a boolean.
pub fn read_introspection(body: &[u8]) -> Result<Introspection, AnswerError> {
    let Object(members) = Object::read(body)?;
    let active = members.get("active");
    let active = active.ok_or(AnswerError::Missing("active"))?;
    let active = active.as_bool().ok_or(AnswerError::Type {
        member: "active",
        found: active.kind(),
        wanted: "a boolean",
    })?;
    Ok(Introspection { active, members })
}

/// Holds an answer against the token's own claims; a token without any, an opaque one, has nothing to contradict.
pub fn compare(answer: &Introspection, claims: Option<&Node>, now: Timestamp) -> Comparison {
    let mut remarks = Vec::new();
    let local = claims.map_or(Validity::Unknown, |claims| Validity::of(claims, now));
    if !answer.active {
        if let Some(remark) = local.against_inactive() {
            remarks.push(remark.to_owned());
        }
        let more = answer.members.as_mapping().map_or(0, <[_]>::len);
        if more > 1 {
            remarks.push(
                "the server tells more than `active: false` of an inactive token, which RFC 7662 §2.2 advises \
                 against"
                    .into(),
            );
        }
        return Comparison {
            active: false,
            members: Vec::new(),
            remarks,
        };
    }
    let mut members = vec![Member {
        name: "active".into(),
        token: local.words().map(str::to_owned),
        server: Some("true".into()),
        standing: match local {
            Validity::Unknown => Standing::ServerOnly,
            Validity::Valid => Standing::Agrees,
            Validity::Expired | Validity::NotYet => Standing::Contradicts,
        },
    }];
    members.extend(said(claims, &answer.members));
    if let Some(remark) = unbound(claims, &answer.members) {
        remarks.push(remark.to_owned());
    }
    Comparison {
        active: true,
        members,
        remarks,
    }
}

/// What the token's times say by themselves.
#[derive(Clone, Copy)]
enum Validity {
    Unknown,
    Valid,
    Expired,
    NotYet,
}

impl Validity {
    fn of(claims: &Node, now: Timestamp) -> Self {
        // A fraction cut off `nbf` could only make it earlier by less than a second.
        match (time(claims, "exp"), time(claims, "nbf")) {
            (TimeClaim::At { time, .. }, _) if now >= time => Self::Expired,
            (_, TimeClaim::At { time, .. }) if now < time => Self::NotYet,
            (TimeClaim::At { .. }, _) => Self::Valid,
            _ => Self::Unknown,
        }
    }

    fn words(self) -> Option<&'static str> {
        match self {
            Self::Unknown => None,
            Self::Valid => Some("within `nbf` and `exp`"),
            Self::Expired => Some("past its `exp`"),
            Self::NotYet => Some("before its `nbf`"),
        }
    }

    fn against_inactive(self) -> Option<&'static str> {
        match self {
            Self::Valid => Some(
                "by its own times the token is still good: it was revoked, or is not from this server, or this \
                 client may not look at it (RFC 7662 §2.2)",
            ),
            Self::Expired => Some("the token says so itself: it is past its `exp`"),
            Self::NotYet => Some("the token says so itself: it is before its `nbf`"),
            Self::Unknown => None,
        }
    }
}

/// The members that both may know (RFC 7662 §2.2, RFC 9449 §6.2).
const COMPARED: [&str; 10] = [
    "iss",
    "sub",
    "aud",
    "client_id",
    "scope",
    "exp",
    "nbf",
    "iat",
    "jti",
    "cnf",
];

fn said(claims: Option<&Node>, answer: &Node) -> Vec<Member> {
    let known = COMPARED.into_iter().filter_map(|name| {
        let token = claims.and_then(|claims| claim(claims, name));
        let server = answer.get(name).filter(|node| !node.is_null());
        let standing = match (token, server) {
            (None, None) => return None,
            (Some(_), None) => Standing::TokenOnly,
            (None, Some(_)) => Standing::ServerOnly,
            (Some(token), Some(server)) if same(name, token, server) => Standing::Agrees,
            (Some(_), Some(_)) => Standing::Contradicts,
        };
        Some(Member {
            name: name.to_owned(),
            token: token.map(show),
            server: server.map(show),
            standing,
        })
    });
    let beside = answer.as_mapping().into_iter().flatten();
    let beside =
        beside.filter(|entry| entry.key != "active" && !COMPARED.contains(&entry.key.as_str()));
    known
        .chain(beside.map(|entry| {
            let token = claims.and_then(|claims| claims.get(&entry.key));
            let same = token.map(|token| token.to_json() == entry.value.to_json());
            Member {
                name: entry.key.clone(),
                token: token.map(show),
                server: Some(show(&entry.value)),
                standing: match same {
                    None => Standing::ServerOnly,
                    Some(true) => Standing::Agrees,
                    Some(false) => Standing::Contradicts,
                },
            }
        }))
        .collect()
}

/// A claim, under the names that issuers give it.
fn claim<'a>(claims: &'a Node, name: &str) -> Option<&'a Node> {
    let names: &[&str] = match name {
        "client_id" => &["client_id", "azp", "cid", "appid"],
        "scope" => &["scope", "scp"],
        name => &[name],
    };
    let mut found = names.iter().filter_map(|name| claims.get(name));
    found.find(|node| !node.is_null())
}

fn same(name: &str, token: &Node, server: &Node) -> bool {
    match name {
        // Both are sets; neither order nor a list of one is a difference.
        "aud" => match (audiences(token), audiences(server)) {
            (Some(one), Some(other)) => set(one) == set(other),
            _ => false,
        },
        "scope" => match (words(token), words(server)) {
            (Some(one), Some(other)) => set(one) == set(other),
            _ => false,
        },
        "exp" | "nbf" | "iat" => match (token.as_number(), server.as_number()) {
            // RFC 7662 §2.2: integers there, fractions allowed here.
            (Some(one), Some(other)) => (one.float - other.float).abs() < 1.0,
            _ => false,
        },
        _ => match (&token.value, &server.value) {
            (Value::String(one), Value::String(other)) => one == other,
            _ => token.to_json() == server.to_json(),
        },
    }
}

fn set(items: Vec<&str>) -> BTreeSet<&str> {
    items.into_iter().collect()
}

fn words(node: &Node) -> Option<Vec<&str>> {
    match &node.value {
        Value::String(text) => Some(text.split_ascii_whitespace().collect()),
        Value::Sequence(items) => items.iter().map(Node::as_str).collect(),
        _ => None,
    }
}

fn show(node: &Node) -> String {
    match &node.value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.text.clone(),
        _ => node.to_json().to_string(),
    }
}

/// A binding that the server keeps to itself: a resource server that relies on the answer would not check it.
fn unbound(claims: Option<&Node>, answer: &Node) -> Option<&'static str> {
    let bound = claims?.get("cnf").is_some();
    (bound && answer.get("cnf").is_none()).then_some(
        "the token is bound to a key (`cnf`) and the server does not say so: whoever relies on its answer would take \
         a stolen token (RFC 9449 §6.2, RFC 8705 §3.2)",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::json;

    fn node(text: &str) -> Node {
        json::parse_text(text).unwrap().0
    }

    fn judged(answer: &str, claims: Option<&str>) -> Comparison {
        let answer = read_introspection(answer.as_bytes()).unwrap();
        let now = Timestamp::from_unix(1_000_000).unwrap();
        compare(&answer, claims.map(node).as_ref(), now)
    }

    fn standing(comparison: &Comparison, name: &str) -> Standing {
        let mut members = comparison.members.iter();
        members.find(|member| member.name == name).unwrap().standing
    }

    #[test]
    fn sets_are_compared_as_sets_and_names_by_meaning() {
        let claims = r#"{"iss":"https://a","aud":["x"],"scp":["r","w"],"azp":"web","exp":1000100.5,"cnf":{"jkt":"t"}}"#;
        let answer = r#"{"active":true,"iss":"https://a","aud":"x","scope":"w r","client_id":"web","exp":1000100,
            "cnf":{"jkt":"t"},"username":"alice"}"#;
        let comparison = judged(answer, Some(claims));
        for name in ["active", "iss", "aud", "scope", "client_id", "exp", "cnf"] {
            assert_eq!(standing(&comparison, name), Standing::Agrees, "{name}");
        }
        assert_eq!(standing(&comparison, "username"), Standing::ServerOnly);
        assert!(comparison.is_good());
        assert_eq!(comparison.remarks, [""; 0]);
    }

    #[test]
    fn every_contradiction_is_listed() {
        let claims = r#"{"iss":"https://a","sub":"alice","aud":"x","scope":"r","exp":999999,"cnf":{"jkt":"t"},"jti":"1"}"#;
        let answer = r#"{"active":true,"iss":"https://a/","sub":7,"aud":["x","y"],"scope":"r admin","exp":1000100}"#;
        let comparison = judged(answer, Some(claims));
        for name in ["active", "iss", "sub", "aud", "scope", "exp"] {
            assert_eq!(standing(&comparison, name), Standing::Contradicts, "{name}");
        }
        assert_eq!(standing(&comparison, "jti"), Standing::TokenOnly);
        assert!(!comparison.is_good());
        assert_eq!(comparison.remarks.len(), 1);
    }

    #[test]
    fn an_inactive_token_is_not_good_and_the_reason_is_sought() {
        let valid = judged(r#"{"active":false}"#, Some(r#"{"exp":1000001}"#));
        assert!(!valid.is_good());
        assert!(valid.remarks[0].contains("revoked"));
        let expired = judged(r#"{"active":false,"sub":"a"}"#, Some(r#"{"exp":1000000}"#));
        assert!(expired.remarks[0].contains("past its `exp`"));
        assert_eq!(expired.remarks.len(), 2);
        assert!(judged(r#"{"active":true,"scope":"r"}"#, None).is_good());
    }

    #[test]
    fn an_answer_without_a_boolean_is_none() {
        for body in [
            "{}",
            r#"{"active":"true"}"#,
            r#"{"active":1}"#,
            "true",
            "",
            r#"{"active":true,"active":false}"#,
        ] {
            assert!(read_introspection(body.as_bytes()).is_err(), "{body}");
        }
    }
}
