//! Personal data for everyone who sees the token.

use super::super::subject::{Role, Token, quoted};
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "jwt-personal-data",
    title: "the token carries personal data",
    severity: Severity::Low,
    confidence: Confidence::Medium,
    page: page!("personal_data.md"),
};

pub(super) fn check(token: &Token<'_>) -> Option<Finding> {
    // What an ID token tells is about a person by design.
    if token.encrypted || matches!(token.role, Role::Id | Role::Other) {
        return None;
    }
    let entries = token.claims?.as_mapping()?;
    let found: Vec<&str> = entries
        .iter()
        .map(|entry| entry.key.as_str())
        .filter(|name| NAMES.contains(&name.to_ascii_lowercase().as_str()))
        .collect();
    (!found.is_empty()).then(|| {
        let message = format!("the claims hold personal data: {}", quoted(&found));
        Finding::new(&RULE, found.join(" "), message)
            .help("send an opaque subject; who needs to know the person asks the issuer (or encrypt the token)")
    })
}

const NAMES: [&str; 21] = [
    "email",
    "phone",
    "phone_number",
    "mobile",
    "address",
    "street_address",
    "birthdate",
    "birthday",
    "date_of_birth",
    "dob",
    "ssn",
    "social_security_number",
    "national_id",
    "tax_id",
    "passport_number",
    "given_name",
    "family_name",
    "first_name",
    "last_name",
    "ethnicity",
    "iban",
];
