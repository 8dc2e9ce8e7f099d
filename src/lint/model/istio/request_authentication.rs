//! Istio's RequestAuthentication: whose tokens are verified.

use super::super::{Labels, Reading, Resource};
use super::authorization_policy::{Target, targets};
use super::{Text, case_slips, text, texts, workload_selector};
use crate::kernel::source::Span;

/// A RequestAuthentication. It refuses bad tokens, never absent ones.
#[derive(Debug)]
pub struct RequestAuthentication<'a> {
    /// The object.
    pub resource: Resource<'a>,
    /// The pods it selects; empty for the whole namespace or mesh.
    pub selector: Labels<'a>,
    /// What it attaches to instead of pods.
    pub targets: Vec<Target<'a>>,
    /// The issuers, any of which will do.
    pub rules: Vec<JwtRule<'a>>,
}

/// One issuer.
#[derive(Debug)]
pub struct JwtRule<'a> {
    /// The issuer.
    pub issuer: Option<Text<'a>>,
    /// Where its keys are.
    pub jwks_uri: Option<Text<'a>>,
    /// Its keys.
    pub jwks: Option<Text<'a>>,
    /// The audiences that are accepted; empty accepts any.
    pub audiences: Vec<Text<'a>>,
    /// Where `forwardOriginalToken: true` stands.
    pub forwards: Option<Span>,
    /// The bytes.
    pub span: Span,
}

pub(crate) fn request_authentication<'a>(
    mut reading: Reading<'a, '_>,
) -> Option<RequestAuthentication<'a>> {
    let resource = reading.resource.clone();
    let mut authentication = RequestAuthentication {
        resource,
        selector: Labels::new(),
        targets: Vec::new(),
        rules: Vec::new(),
    };
    if let Some(spec) = reading.mapping(authentication.resource.node, "spec") {
        case_slips(
            &mut reading,
            spec,
            &["selector", "jwtRules", "targetRef", "targetRefs"],
        );
        authentication.selector = workload_selector(&mut reading, spec);
        authentication.targets = targets(&mut reading, spec);
        for rule in reading.list(spec, "jwtRules").unwrap_or_default() {
            const KNOWN: [&str; 4] = ["issuer", "jwksUri", "jwks", "audiences"];
            case_slips(&mut reading, rule, &KNOWN);
            let forwards = reading.flag(rule, "forwardOriginalToken");
            let forwards = rule.entry("forwardOriginalToken").filter(|_| forwards);
            authentication.rules.push(JwtRule {
                issuer: text(&mut reading, rule, "issuer"),
                jwks_uri: text(&mut reading, rule, "jwksUri"),
                jwks: text(&mut reading, rule, "jwks"),
                audiences: texts(&mut reading, rule, "audiences"),
                forwards: forwards.map(|entry| entry.key_span.to(entry.value.span)),
                span: rule.span,
            });
        }
    }
    reading.is_sound().then_some(authentication)
}
