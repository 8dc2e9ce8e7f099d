//! What is weak about a signed message and its keys: one rule a file, each with its page.

mod body_uncovered;
mod date_covered;
mod deprecated_digest;
mod foreign_secret;
mod host_covered;
mod legacy_algorithm;
mod legacy_scheme;
mod long_lived;
mod no_created;
mod no_nonce;
mod nothing_covered;
mod pem_as_secret;
mod proxy_field_covered;
mod set_cookie_without_bs;
mod short_secret;
mod signature_covered;
mod target_uncovered;
#[cfg(test)]
mod tests;
mod weak_secret;

use super::component::{Component, Name};
use super::digest_fields::{self, DigestField};
use super::message::Message;
use super::schemes::rfc9421::{SignatureFields, SignatureFieldsError, read_signatures};
use super::signature_base::{BaseError, components};
use super::structured_field::{BareItem, parameter};
use crate::kernel::finding::{Finding, Rule};
use crate::kernel::key::{Key, Material};

type KeyCheck = fn(&[Key]) -> Vec<Finding>;
type Check = fn(&Subject<'_>) -> Vec<Finding>;

const KEY_CHECKS: [(&Rule, KeyCheck); 3] = [
    (&foreign_secret::RULE, foreign_secret::check),
    (&short_secret::RULE, short_secret::check),
    (&weak_secret::RULE, weak_secret::check),
];

const CHECKS: [(&Rule, Check); 15] = [
    (&body_uncovered::RULE, body_uncovered::check),
    (&date_covered::RULE, date_covered::check),
    (&deprecated_digest::RULE, deprecated_digest::check),
    (&host_covered::RULE, host_covered::check),
    (&legacy_algorithm::RULE, legacy_algorithm::check),
    (&legacy_scheme::RULE, legacy_scheme::check),
    (&long_lived::RULE, long_lived::check),
    (&no_created::RULE, no_created::check),
    (&no_nonce::RULE, no_nonce::check),
    (&nothing_covered::RULE, nothing_covered::check),
    (&pem_as_secret::RULE, pem_as_secret::check),
    (&proxy_field_covered::RULE, proxy_field_covered::check),
    (&set_cookie_without_bs::RULE, set_cookie_without_bs::check),
    (&signature_covered::RULE, signature_covered::check),
    (&target_uncovered::RULE, target_uncovered::check),
];

/// All rules.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    let of_keys = KEY_CHECKS.into_iter().map(|(rule, _)| rule);
    of_keys.chain(CHECKS.into_iter().map(|(rule, _)| rule))
}

/// Why the signatures of a message cannot be judged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LintError {
    /// The fields are damaged.
    #[error(transparent)]
    Fields(#[from] SignatureFieldsError),
    /// A component is none.
    #[error(transparent)]
    Base(#[from] BaseError),
}

/// What the rules say about keys on their own.
pub fn of_keys(keys: &[Key]) -> Vec<Finding> {
    KEY_CHECKS
        .into_iter()
        .flat_map(|(_, check)| check(keys))
        .collect()
}

/// What the rules say about a message, and about the keys where they meet it.
///
/// # Errors
/// [`LintError`] if the message carries signatures that cannot be read. One without a signature is no error.
pub fn of_message(message: &Message, keys: &[Key]) -> Result<Vec<Finding>, LintError> {
    let subject = Subject {
        message,
        signatures: signatures(message)?,
        keys,
    };
    Ok(CHECKS
        .into_iter()
        .flat_map(|(_, check)| check(&subject))
        .collect())
}

/// What is judged.
struct Subject<'a> {
    message: &'a Message,
    signatures: Vec<Judged>,
    keys: &'a [Key],
}

/// A signature with its components read.
struct Judged {
    fields: SignatureFields,
    components: Vec<Component>,
}

fn signatures(message: &Message) -> Result<Vec<Judged>, LintError> {
    let fields = match read_signatures(message, None) {
        Ok(fields) => fields,
        Err(SignatureFieldsError::Missing(_)) => return Ok(Vec::new()),
        // A draft's signature is no dictionary; its own rule speaks of it.
        Err(_) if message.values("signature-input").next().is_none() => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    };
    let read = fields.into_iter().map(|fields| {
        let components = components(&fields.input)?;
        Ok(Judged { fields, components })
    });
    read.collect()
}

impl Subject<'_> {
    /// The signatures that cover a field of the message itself.
    fn covering(
        &self,
        field: &'static str,
        wanted: fn(&Component) -> bool,
    ) -> impl Iterator<Item = &Judged> {
        let covers = move |component: &Component| component.is_field(field) && wanted(component);
        self.signatures
            .iter()
            .filter(move |signature| signature.components.iter().any(covers))
    }

    /// A finding at the field that says what is covered.
    fn at_signature(&self, finding: Finding) -> Finding {
        let named = |name: &str| name.eq_ignore_ascii_case("signature-input");
        match self.message.fields.iter().find(|field| named(field.name())) {
            Some(field) => {
                let place = field.place(&self.message.source);
                finding.at(&self.message.source, place, "says what is covered")
            }
            None => finding,
        }
    }
}

impl Judged {
    fn parameter(&self, name: &str) -> Option<&BareItem> {
        parameter(&self.fields.input.parameters, name)
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.parameter(name)?.as_string()
    }

    fn covers_digest(&self) -> bool {
        self.components.iter().any(|component| {
            let field = DigestField::ALL
                .into_iter()
                .any(|field| component.is_field(field.name()));
            let active = component
                .member
                .as_deref()
                .is_none_or(|member| digest_fields::active(member).is_some());
            field && active
        })
    }
}

/// The shared secrets with their names.
fn secrets(keys: &[Key]) -> impl Iterator<Item = (String, &[u8])> {
    keys.iter().filter_map(|key| match &key.material {
        Material::Secret(secret) => Some((key.name(), secret.expose())),
        _ => None,
    })
}

/// The parts of the target that a signature leaves out.
fn missing(signature: &Judged) -> Vec<&'static str> {
    let has = |name: &Name| signature.components.iter().any(|each| each.covers(name));
    let mut missing = Vec::new();
    if !has(&Name::Method) {
        missing.push("`@method`");
    }
    let whole = has(&Name::TargetUri);
    if !whole && !has(&Name::Authority) && !has(&Name::Field("host".into())) {
        missing.push("`@authority`");
    }
    if !whole && !has(&Name::RequestTarget) {
        if !has(&Name::Path) {
            missing.push("`@path`");
        }
        if !has(&Name::Query) {
            missing.push("`@query`");
        }
    }
    missing
}
