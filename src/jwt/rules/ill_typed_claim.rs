//! Claims of the wrong JSON type.

use super::super::claims::audiences;
use super::super::subject::Token;
use crate::kernel::document::Node;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "jwt-ill-typed-claim",
    title: "a claim has the wrong type",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("ill_typed_claim.md"),
};

pub(super) fn check(token: &Token<'_>) -> Option<Finding> {
    let claims = token.claims?;
    let found = CLAIMS.into_iter().find_map(|(name, wanted, fits)| {
        let node = claims.get(name)?;
        (!fits(node)).then_some((name, wanted, node.kind()))
    });
    let (name, wanted, found) = found?;
    let message = format!(
        "`{name}` is {found}, not {wanted}: some verifiers take it for absent and do not check it"
    );
    Some(Finding::new(&RULE, name, message).help(format!("write `{name}` as {wanted}")))
}

type Fits = fn(&Node) -> bool;

const CLAIMS: [(&str, &str, Fits); 10] = [
    ("exp", "a number of seconds", |node| {
        node.as_number().is_some()
    }),
    ("nbf", "a number of seconds", |node| {
        node.as_number().is_some()
    }),
    ("iat", "a number of seconds", |node| {
        node.as_number().is_some()
    }),
    ("iss", "a string", |node| node.as_str().is_some()),
    ("sub", "a string", |node| node.as_str().is_some()),
    ("jti", "a string", |node| node.as_str().is_some()),
    ("client_id", "a string", |node| node.as_str().is_some()),
    ("azp", "a string", |node| node.as_str().is_some()),
    ("aud", "a string or a list of strings", |node| {
        audiences(node).is_some()
    }),
    ("cnf", "an object", |node| node.as_mapping().is_some()),
];
