//! Why a signature does not match: a bounded search for a reading under which it would.
//!
//! What is found is never a verdict: the token stays refused. Nothing here tells a MAC that was not in the token.

mod cause;
mod ecdsa;
mod input;
mod secrets;

use std::borrow::Cow;

pub use cause::Cause;

use super::algorithm::{Algorithm, Primitive};
use super::compact::Compact;
use super::signature::{KeyOutcome, SignatureVerdict, Unfit, too_small};
use crate::kernel::crypto::{self, MacKey};
use crate::kernel::key::{Key, Material};

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The cause.
    pub cause: Cause,
    /// One sentence: `the signature would match if …`.
    pub text: String,
}

/// The most keys that are tried.
const MAX_KEYS: usize = 64;

/// Searches the reasons for which a signature fails. `readings` are the same secrets written in another encoding.
/// None for a signature that does not fail, and where nothing plausible helps.
pub fn search(
    token: &str,
    verdict: &SignatureVerdict,
    (keys, readings): (&[Key], &[(&'static str, Key)]),
) -> Option<Found> {
    if matches!(verdict, SignatureVerdict::Valid { .. }) {
        return None;
    }
    let token = Compact::parse(token).ok()?;
    let keys = keys.get(..keys.len().min(MAX_KEYS)).unwrap_or_default();
    let state = State {
        token: &token,
        keys,
    };
    secrets::readings(&state, readings)
        .or_else(|| state.not_accepted(verdict))
        .or_else(|| state.other_key(verdict))
        .or_else(|| secrets::confusion(&state))
        .or_else(|| secrets::edges(&state))
        .or_else(|| ecdsa::forms(&state))
        .or_else(|| state.other_algorithm())
        .or_else(|| input::signature_text(&state))
        .or_else(|| input::signature_cut(&state))
        .or_else(|| input::parts(&state))
        .or_else(|| input::rewritten(&state))
        .or_else(|| state.embedded_key())
}

/// Why the time passed over a key of that name, if it did.
fn out_of_time(verdict: &SignatureVerdict, key: &Key) -> Option<String> {
    let (SignatureVerdict::NoKey { keys } | SignatureVerdict::Invalid { keys }) = verdict else {
        return None;
    };
    let name = key.name();
    keys.iter().find_map(|(other, outcome)| match outcome {
        KeyOutcome::Skipped(why @ Unfit::Time(_)) if *other == name => Some(why.to_string()),
        _ => None,
    })
}

/// A token that fails and the keys at hand.
struct State<'a> {
    token: &'a Compact,
    keys: &'a [Key],
}

impl State<'_> {
    fn algorithm(&self) -> Option<Algorithm> {
        Algorithm::from_name(&self.token.algorithm)
    }

    fn input(&self) -> &[u8] {
        self.token.signing_input().as_bytes()
    }

    /// The keys that the header's algorithm can use, whatever their members say.
    fn fitting(&self) -> impl Iterator<Item = &Key> {
        let algorithm = self.algorithm();
        let fits = move |key: &&Key| algorithm.is_some_and(|algorithm| algorithm.fits(key.kind()));
        self.keys.iter().filter(fits)
    }

    fn not_accepted(&self, verdict: &SignatureVerdict) -> Option<Found> {
        let SignatureVerdict::AlgorithmRefused { accepted, .. } = verdict else {
            return None;
        };
        let algorithm = self.algorithm()?;
        let key = self
            .fitting()
            .find(|key| holds(key, algorithm, (self.input(), &self.token.signature)))?;
        let accepted: Vec<&str> = accepted.iter().map(|algorithm| algorithm.name()).collect();
        found(
            Cause::AlgorithmNotAccepted,
            format!(
                "the signature is right under the key {}, but {algorithm} is not accepted, only {}",
                key.name(),
                accepted.join(", ")
            ),
        )
    }

    // The key was passed over, or it is not among those that the accepted algorithms allow.
    fn other_key(&self, verdict: &SignatureVerdict) -> Option<Found> {
        let algorithm = self.algorithm()?;
        let key = self
            .fitting()
            .find(|key| holds(key, algorithm, (self.input(), &self.token.signature)))?;
        let named = self.token.header_text("kid");
        let small = too_small(key, algorithm).map(|unfit| unfit.to_string());
        let text = match (named, &key.id, out_of_time(verdict, key).or(small)) {
            (_, _, Some(why)) => format!(
                "the signature is that of the key {}, which was passed over: {why}",
                key.name()
            ),
            (Some(named), Some(id), None) if named != id => {
                format!("the signature is that of the key `{id}`; the token names `{named}`")
            }
            _ => format!(
                "the signature is that of the key {}, which was passed over for what it is meant for",
                key.name()
            ),
        };
        found(Cause::OtherKey, text)
    }

    fn other_algorithm(&self) -> Option<Found> {
        let named = self.algorithm();
        for key in self.keys {
            let fits =
                |algorithm: &Algorithm| Some(*algorithm) != named && algorithm.fits(key.kind());
            for algorithm in Algorithm::ALL.into_iter().filter(fits) {
                if holds(key, algorithm, (self.input(), &self.token.signature)) {
                    return found(
                        Cause::OtherAlgorithm,
                        format!(
                            "the signature is {algorithm} under the key {}; the header says `{}`",
                            key.name(),
                            self.token.algorithm
                        ),
                    );
                }
            }
        }
        None
    }

    fn embedded_key(&self) -> Option<Found> {
        let algorithm = self.algorithm()?;
        let key = crate::kernel::key::from_jwk(self.token.header.get("jwk")?).ok()?;
        let fits = algorithm.fits(key.kind());
        (fits && holds(&key, algorithm, (self.input(), &self.token.signature))).then(|| Found {
            cause: Cause::EmbeddedKey,
            text:
                "the signature is that of the key in the token's own header, which proves nothing"
                    .into(),
        })
    }
}

fn found(cause: Cause, text: String) -> Option<Found> {
    Some(Found { cause, text })
}

/// Whether a key makes this signature over these bytes. Small keys are looked at too: nothing is accepted here.
fn holds(key: &Key, algorithm: Algorithm, (input, signature): (&[u8], &[u8])) -> bool {
    match (algorithm.primitive(), &key.material) {
        (Primitive::Mac(mac), Material::Secret(secret)) => {
            MacKey::new(mac, secret).verify(input, signature).is_ok()
        }
        (Primitive::Signature(with), Material::Public(_) | Material::Private(_)) => key
            .public()
            .is_some_and(|public| crypto::verify(with, &public, input, signature).is_ok()),
        _ => false,
    }
}

/// Whether the signature, in one of the usual forms, is right over these bytes for some key.
fn any_holds(state: &State<'_>, (input, signature): (&[u8], Cow<'_, [u8]>)) -> bool {
    let Some(algorithm) = state.algorithm() else {
        return false;
    };
    state
        .fitting()
        .any(|key| holds(key, algorithm, (input, &signature)))
}
