//! Private or symmetric keys in an inline JWK set.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use serde_json::Value;
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "request-authentication-secret-key",
    title: "a secret key stands in a manifest",
    severity: Severity::Critical,
    confidence: Confidence::High,
    page: page!("request_authentication_secret_key.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for authentication in &model.mesh.request_authentications {
        for jwks in authentication.rules.iter().filter_map(|rule| rule.jwks) {
            let parsed: Result<Value, _> = serde_json::from_str(jwks.text);
            let keys = parsed.as_ref().ok().and_then(|set| set.get("keys")).and_then(Value::as_array);
            let secret = |key: &&Value| key.get("d").is_some() || key.get("k").is_some();
            let Some(key) = keys.into_iter().flatten().find(secret) else {
                continue;
            };
            let what = if key.get("k").is_some() {
                "holds a symmetric key: whoever reads it can mint tokens"
            } else {
                "holds a private key: whoever reads it can mint tokens"
            };
            found.push(
                authentication
                    .resource
                    .finding(&RULE, (jwks.span, "a secret"), what)
                    .help("replace the key everywhere; put public keys alone here, or name their `jwksUri`"),
            );
        }
    }
}
