//! The key in a WIT-SVID.

use super::super::subject::{Role, Token};
use super::svid_algorithm::SVID_ALGORITHMS;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "jwt-wit-svid-key",
    title: "a WIT-SVID does not bind a key with its algorithm",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("wit_svid_key.md"),
};

pub(super) fn check(token: &Token<'_>) -> Option<Finding> {
    if token.role != Role::WitSvid {
        return None;
    }
    let jwk = token.claims?.at(&["cnf", "jwk"]);
    let algorithm = jwk.and_then(|jwk| jwk.get("alg")?.as_str());
    let wrong = match (jwk, algorithm) {
        (None, _) => "has no `cnf.jwk`: it binds no key".to_owned(),
        (_, None) => "has no `cnf.jwk.alg`: nothing says how the key may sign".to_owned(),
        (_, Some(algorithm)) if SVID_ALGORITHMS.contains(&algorithm) => return None,
        (_, Some(algorithm)) => {
            format!("binds a key for `{algorithm}`, which SPIFFE does not allow")
        }
    };
    let help = "put the workload's public key into `cnf.jwk`, with `alg` such as `ES256`";
    Some(Finding::new(&RULE, "cnf", format!("the WIT-SVID {wrong}")).help(help))
}
