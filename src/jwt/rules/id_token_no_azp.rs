//! The authorised party of an ID token.

use super::super::subject::{Role, Token};
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "jwt-id-token-no-azp",
    title: "an ID token for several parties does not say which client it was issued to",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("id_token_no_azp.md"),
};

pub(super) fn check(token: &Token<'_>) -> Option<Finding> {
    let several = token.role == Role::Id && token.audiences().len() > 1;
    (several && token.text("azp").is_none()).then(|| {
        Finding::new(
            &RULE,
            "azp",
            "the ID token has several audiences and no `azp`: each client may take it for its own",
        )
        .help("issue it to one client, or name that client in `azp`")
    })
}
