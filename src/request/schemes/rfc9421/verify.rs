//! Verifying: four questions, answered apart. Does the MAC match, is it fresh, does it cover enough, is the body the
//! one that was signed?

use super::fields::{self, SignatureFields, SignatureFieldsError};
use super::{Algorithm, Required, Surroundings, Window};
use crate::kernel::crypto::{MacAlgorithm, MacKey};
use crate::kernel::key::{Key, Material};
use crate::kernel::time::Timestamp;
use crate::request::component::{Component, ComponentError, Name, check_target};
use crate::request::content_digest::{self, DigestVerdict};
use crate::request::message::Request;
use crate::request::reasons::Reason;
use crate::request::signature_base::{BaseError, SignatureBase, components};
use crate::request::structured_field::{BareItem, Parameters, parameter};

/// What is demanded of a signature.
#[derive(Debug, Clone)]
pub struct Policy {
    /// The label to look at; None takes the only one.
    pub label: Option<String>,
    /// The components that must be covered.
    pub required: Required,
    /// The algorithms that are accepted.
    pub algorithms: Vec<Algorithm>,
    /// The `tag` that must be there.
    pub tag: Option<String>,
    /// The `nonce` that must be there.
    pub nonce: Option<String>,
}

/// Whether the MAC matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mac {
    /// It does, under this key.
    Valid {
        /// The key's name.
        key: String,
    },
    /// It does not, under any key that fits.
    Invalid {
        /// The keys that were tried.
        tried: Vec<String>,
    },
    /// It was not computed.
    NotChecked(NotChecked),
}

/// Why no MAC was computed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotChecked {
    /// The signature base cannot be built.
    #[error(transparent)]
    Base(#[from] BaseError),
    /// The signature names an algorithm that is not accepted.
    #[error("the signature says `alg=\"{found}\"`; accepted are {accepted}")]
    Algorithm {
        /// The name in the signature.
        found: String,
        /// The accepted ones.
        accepted: String,
    },
    /// A parameter of the wrong type.
    #[error("the signature parameter `{name}` is {found}, not {expected}")]
    ParameterType {
        /// The parameter.
        name: &'static str,
        /// Its type.
        found: &'static str,
        /// The type it must have.
        expected: &'static str,
    },
    /// No key fits the key id.
    #[error("no key given has the id `{wanted}` that the signature names; there is {found}")]
    NoSuchKey {
        /// The signature's key id.
        wanted: String,
        /// The ids at hand.
        found: String,
    },
}

/// Whether the signature is fresh.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Freshness {
    /// It is.
    Fresh {
        /// When it was created, if it says so.
        created: Option<Timestamp>,
        /// Whether only the leeway made it so.
        by_leeway: bool,
    },
    /// Older than the largest age.
    TooOld {
        /// When it was created.
        created: Timestamp,
        /// The last moment at which it would have been fresh.
        until: Timestamp,
    },
    /// Created after the present.
    FromTheFuture {
        /// When it was created.
        created: Timestamp,
    },
    /// Past its `expires`.
    Expired {
        /// When it expired.
        expires: Timestamp,
    },
    /// `expires` is not after `created`.
    NeverValid {
        /// When it was created.
        created: Timestamp,
        /// When it expired.
        expires: Timestamp,
    },
    /// It does not say when it was created.
    Undated,
    /// `created` or `expires` is not a time.
    Unreadable,
}

/// Whether enough is covered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coverage {
    /// What is covered.
    pub covered: Vec<String>,
    /// What is required and not covered.
    pub missing: Vec<String>,
    /// Expectations about `tag` and `nonce` that do not hold, expected and found.
    pub unmet: Vec<(Reason, String, String)>,
}

/// The whole verdict.
#[derive(Debug, Clone)]
pub struct RequestVerdict {
    /// The label of the signature.
    pub label: String,
    /// The key id it names.
    pub key_id: Option<String>,
    /// The MAC.
    pub mac: Mac,
    /// The freshness.
    pub freshness: Freshness,
    /// The window it was held against.
    pub window: Window,
    /// The coverage.
    pub coverage: Coverage,
    /// The body digest.
    pub digest: DigestVerdict,
    /// Whether the digest is covered by the signature.
    pub digest_covered: bool,
    /// Whether there is a body.
    pub has_body: bool,
    /// Whether the policy demands a body's digest.
    pub digest_required: bool,
    /// The target, `Host` and the scheme that do not name one place.
    pub target_conflict: Option<ComponentError>,
    /// The signature base, where it could be built.
    pub base: Option<SignatureBase>,
}

/// Why there is no verdict at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// The signature's fields are missing or damaged.
    #[error(transparent)]
    Fields(#[from] SignatureFieldsError),
}

impl RequestVerdict {
    /// Why the request is refused, in the order MAC, freshness, coverage, digest; empty if it is accepted.
    pub fn reasons(&self) -> Vec<Reason> {
        let mut reasons = Vec::new();
        match &self.mac {
            Mac::Valid { .. } => {}
            Mac::Invalid { .. } => reasons.push(Reason::MacInvalid),
            Mac::NotChecked(why) => reasons.push(match why {
                NotChecked::Base(_) => Reason::BaseUnbuildable,
                NotChecked::Algorithm { .. } => Reason::AlgorithmNotAccepted,
                NotChecked::ParameterType { .. } => Reason::SignatureMalformed,
                NotChecked::NoSuchKey { .. } => Reason::KeyNotFound,
            }),
        }
        if self.target_conflict.is_some() {
            reasons.push(Reason::TargetConflict);
        }
        match self.freshness {
            Freshness::Fresh { .. } => {}
            Freshness::TooOld { .. } => reasons.push(Reason::TooOld),
            Freshness::FromTheFuture { .. } => reasons.push(Reason::FromTheFuture),
            Freshness::Expired { .. } | Freshness::NeverValid { .. } => {
                reasons.push(Reason::SignatureExpired);
            }
            Freshness::Undated => reasons.push(Reason::CreatedMissing),
            Freshness::Unreadable => reasons.push(Reason::SignatureMalformed),
        }
        if !self.coverage.missing.is_empty() {
            reasons.push(Reason::ComponentNotCovered);
        }
        reasons.extend(self.coverage.unmet.iter().map(|(reason, ..)| *reason));
        reasons.extend(self.digest_reason());
        reasons.dedup();
        reasons
    }

    fn digest_reason(&self) -> Option<Reason> {
        // RFC 9421 §7.2.8: a covered digest proves nothing unless it is compared with the content.
        match &self.digest {
            DigestVerdict::Matches(_) => None,
            DigestVerdict::Mismatch(_) => Some(Reason::DigestMismatch),
            DigestVerdict::Malformed(_) => Some(Reason::DigestMalformed),
            DigestVerdict::OnlyUnknown(_) if self.digest_covered || self.digest_required => {
                Some(Reason::DigestUnknownAlgorithm)
            }
            DigestVerdict::Absent if self.has_body && self.digest_required => {
                Some(Reason::DigestMissing)
            }
            DigestVerdict::OnlyUnknown(_) | DigestVerdict::Absent => None,
        }
    }

    /// Whether the request is accepted.
    pub fn is_accepted(&self) -> bool {
        self.reasons().is_empty()
    }
}

/// Verifies one signature of a request.
///
/// # Errors
/// [`VerifyError`] if there is no signature to verify.
pub fn verify(
    request: &Request,
    keys: &[Key],
    policy: &Policy,
    surroundings: Surroundings,
) -> Result<RequestVerdict, VerifyError> {
    let signature = fields::find(request, policy.label.as_deref())?;
    let parameters = &signature.input.parameters;
    let base = SignatureBase::new(&signature.input, request, surroundings.context);
    let read_alone;
    let covered = match &base {
        Ok(base) => base.components(),
        // What is covered can be said even where a component has no value.
        Err(_) => {
            read_alone = components(&signature.input).unwrap_or_default();
            &read_alone
        }
    };
    let mac = match &base {
        Ok(base) => check_mac(&signature, base, keys, policy),
        Err(error) => Mac::NotChecked(error.clone().into()),
    };
    let digest_name = Name::Field("content-digest".to_owned());
    Ok(RequestVerdict {
        key_id: text(parameters, "keyid").map(str::to_owned),
        mac,
        freshness: freshness(parameters, surroundings.window),
        window: surroundings.window,
        coverage: coverage(covered, parameters, request, policy),
        digest: content_digest::check(request),
        digest_covered: covered
            .iter()
            .any(|component| component.name == digest_name),
        has_body: !request.content().is_empty(),
        digest_required: match &policy.required {
            Required::Default => true,
            Required::Listed(listed) => {
                listed.iter().any(|component| component.name == digest_name)
            }
        },
        target_conflict: check_target(request, surroundings.context).err(),
        base: base.ok(),
        label: signature.label,
    })
}

fn text<'a>(parameters: &'a Parameters, name: &str) -> Option<&'a str> {
    parameter(parameters, name)?.as_string()
}

fn check_mac(
    signature: &SignatureFields,
    base: &SignatureBase,
    keys: &[Key],
    policy: &Policy,
) -> Mac {
    let parameters = &signature.input.parameters;
    if let Err(why) = check_parameters(parameters, policy) {
        return Mac::NotChecked(why);
    }
    let wanted = text(parameters, "keyid");
    // A key without an id was chosen by whoever runs the verification; one with an id must be the one named.
    let fitting: Vec<&Key> = keys
        .iter()
        .filter(|key| match (&key.id, wanted) {
            (Some(id), Some(wanted)) => id == wanted,
            _ => true,
        })
        .collect();
    if fitting.is_empty() {
        let ids: Vec<String> = keys.iter().map(|key| format!("`{}`", key.name())).collect();
        return Mac::NotChecked(NotChecked::NoSuchKey {
            wanted: wanted.unwrap_or_default().to_owned(),
            found: ids.join(", "),
        });
    }
    let mut tried = Vec::new();
    for key in fitting {
        // A public key is never a MAC secret (RFC 9421 §7.3.6).
        let Material::Secret(secret) = &key.material else {
            continue;
        };
        let mac = MacKey::new(MacAlgorithm::HmacSha256, secret);
        if mac
            .verify(base.text().as_bytes(), &signature.signature)
            .is_ok()
        {
            return Mac::Valid { key: key.name() };
        }
        tried.push(key.name());
    }
    Mac::Invalid { tried }
}

// RFC 9421 §3.2 step 6: the algorithm comes from the verifier; what the message says must agree with it.
fn check_parameters(parameters: &Parameters, policy: &Policy) -> Result<(), NotChecked> {
    for name in ["alg", "keyid", "nonce", "tag"] {
        if let Some(value) = parameter(parameters, name)
            && value.as_string().is_none()
        {
            return Err(NotChecked::ParameterType {
                name,
                found: value.kind(),
                expected: "a string",
            });
        }
    }
    let Some(found) = text(parameters, "alg") else {
        return Ok(());
    };
    if policy.algorithms.iter().any(|known| known.name() == found) {
        return Ok(());
    }
    let accepted: Vec<_> = policy.algorithms.iter().map(|known| known.name()).collect();
    Err(NotChecked::Algorithm {
        found: found.to_owned(),
        accepted: accepted.join(", "),
    })
}

fn freshness(parameters: &Parameters, window: Window) -> Freshness {
    // RFC 9421 §2.3: integers; a decimal, a string or a date is not a creation time.
    let time = |name| match parameter(parameters, name) {
        None => Ok(None),
        Some(BareItem::Integer(seconds)) => Timestamp::from_unix(*seconds).map(Some).ok_or(()),
        Some(_) => Err(()),
    };
    let (Ok(created), Ok(expires)) = (time("created"), time("expires")) else {
        return Freshness::Unreadable;
    };
    let leeway = window.leeway.get();
    let mut by_leeway = false;
    if let (Some(created), Some(expires)) = (created, expires)
        && expires <= created
    {
        return Freshness::NeverValid { created, expires };
    }
    if let Some(expires) = expires {
        if expires.plus(leeway) < window.now {
            return Freshness::Expired { expires };
        }
        by_leeway |= expires < window.now;
    }
    let Some(created) = created else {
        return match window.max_age {
            Some(_) => Freshness::Undated,
            None => Freshness::Fresh {
                created: None,
                by_leeway,
            },
        };
    };
    if created > window.now.plus(leeway) {
        return Freshness::FromTheFuture { created };
    }
    by_leeway |= created > window.now;
    if let Some(max_age) = window.max_age {
        let until = created.plus(max_age);
        if until.plus(leeway) < window.now {
            return Freshness::TooOld { created, until };
        }
        by_leeway |= until < window.now;
    }
    Freshness::Fresh {
        created: Some(created),
        by_leeway,
    }
}

fn coverage(
    covered: &[Component],
    parameters: &Parameters,
    request: &Request,
    policy: &Policy,
) -> Coverage {
    let has = |name: &Name| covered.iter().any(|component| component.name == *name);
    let mut missing = Vec::new();
    match &policy.required {
        Required::Listed(required) => {
            for component in required {
                if !has(&component.name) {
                    missing.push(component.identifier().to_owned());
                }
            }
        }
        Required::Default => default_coverage(&has, request, &mut missing),
    }
    let mut unmet = Vec::new();
    for (reason, name, expected) in [
        (Reason::TagMismatch, "tag", &policy.tag),
        (Reason::NonceMismatch, "nonce", &policy.nonce),
    ] {
        let found = text(parameters, name);
        if let Some(expected) = expected
            && found != Some(expected)
        {
            unmet.push((
                reason,
                expected.clone(),
                found.unwrap_or("(none)").to_owned(),
            ));
        }
    }
    Coverage {
        covered: covered
            .iter()
            .map(|component| component.identifier().to_owned())
            .collect(),
        missing,
        unmet,
    }
}

// RFC 9421 §7.2.1: what is not covered can be changed. The target may be covered whole or in its parts.
fn default_coverage(has: &impl Fn(&Name) -> bool, request: &Request, missing: &mut Vec<String>) {
    let whole = has(&Name::TargetUri);
    if !has(&Name::Method) {
        missing.push("\"@method\"".to_owned());
    }
    if !whole && !has(&Name::Authority) && !has(&Name::Field("host".to_owned())) {
        missing.push("\"@authority\"".to_owned());
    }
    if !whole && !has(&Name::RequestTarget) {
        if !has(&Name::Path) {
            missing.push("\"@path\"".to_owned());
        }
        // A query can be added to a request that had none, so `@query` is required even then.
        if !has(&Name::Query) {
            missing.push("\"@query\"".to_owned());
        }
    }
    let has_digest = has(&Name::Field("content-digest".to_owned()));
    if !request.content().is_empty() && !has_digest {
        missing.push("\"content-digest\"".to_owned());
    }
}
