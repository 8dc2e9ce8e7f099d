//! What a verifier expects of a token beyond its signature.

use std::time::Duration;

use super::profile::Profile;
use crate::kernel::spiffe_id::TrustDomain;
use crate::kernel::time::{Leeway, Timestamp};

/// What a verifier expects of a token. [`Expectations::at`] expects nothing but a token that is valid now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expectations {
    /// The present.
    pub now: Timestamp,
    /// How far clocks may differ.
    pub leeway: Leeway,
    /// The kind of token, with all that its specification demands.
    pub profile: Option<Profile>,
    /// The issuers that are accepted; empty checks none.
    pub issuers: Vec<String>,
    /// The names of the verifier, one of which must be in `aud`.
    pub audiences: Audience,
    /// The subjects that are accepted; empty checks none.
    pub subjects: Vec<String>,
    /// The trust domain whose keys are given, for SPIFFE's tokens.
    pub trust_domain: Option<TrustDomain>,
    /// The `typ` of the header, one of these; empty checks none.
    pub types: Vec<String>,
    /// Scopes that must be granted.
    pub scopes: Vec<String>,
    /// Further claims that must be there.
    pub required: Vec<String>,
    /// Claims with the values they must have.
    pub values: Vec<ClaimPattern>,
    /// The client the token was issued to (`azp`, `client_id`).
    pub client: Option<String>,
    /// The nonce that was sent.
    pub nonce: Option<String>,
    /// How the user signed in.
    pub sign_in: SignIn,
    /// How long ago `iat` may be.
    pub max_age: Option<Duration>,
    /// What the token is bound to: its neighbours of a sign-in, the sender's key or certificate, the request.
    pub binding: Binding,
}

/// Who the verifier is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Audience {
    /// One of these names.
    Named(Vec<String>),
    /// Unknown: a token that names an audience is refused (RFC 7519 §4.1.3).
    Unknown,
    /// Any audience is accepted.
    Any,
}

/// A claim and the value it must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimPattern {
    /// The claim's name, or a JSON pointer (RFC 6901) into nested claims.
    pub claim: String,
    /// The value as text; `*` stands for any characters.
    pub pattern: String,
}

/// What is demanded of the user's sign-in (OIDC Core §2).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SignIn {
    /// Authentication context classes that are accepted (`acr`); empty checks none.
    pub acr: Vec<String>,
    /// Methods that must have been used (`amr`).
    pub amr: Vec<String>,
    /// Whether several factors must have been used.
    pub several_factors: bool,
    /// How long ago it may be (`auth_time`).
    pub max_age: Option<Duration>,
}

/// What a token is bound to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Binding {
    /// The access token that came with it: `at_hash` of an ID token, `ath` of a DPoP proof.
    pub access_token: Option<String>,
    /// The authorization code that came with it: `c_hash` of an ID token.
    pub code: Option<String>,
    /// The DER of the certificate that the sender presented: `cnf.x5t#S256` (RFC 8705 §3.1).
    pub certificate: Option<Vec<u8>>,
    /// The proof that the sender presented: a DPoP proof, or the proof of a workload identity token.
    pub proof: Option<String>,
    /// The request that a DPoP proof is for.
    pub request: Option<BoundRequest>,
    /// The nonce that the server gave for the proof.
    pub proof_nonce: Option<String>,
    /// How old a proof may be.
    pub proof_window: Option<Duration>,
    /// Whether a token that is bound to a key is accepted although nothing proves that the sender holds it.
    pub unproven: bool,
}

/// The request of a DPoP proof (RFC 9449 §4.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoundRequest {
    /// The method.
    pub method: String,
    /// The target URI.
    pub uri: String,
}

impl Expectations {
    /// Expects a token that is valid at this time, and nothing else. A token that names an audience is refused until
    /// [`Expectations::audiences`] says who the verifier is.
    pub fn at(now: Timestamp) -> Self {
        Self {
            now,
            leeway: Leeway::default(),
            profile: None,
            issuers: Vec::new(),
            audiences: Audience::Unknown,
            subjects: Vec::new(),
            trust_domain: None,
            types: Vec::new(),
            scopes: Vec::new(),
            required: Vec::new(),
            values: Vec::new(),
            client: None,
            nonce: None,
            sign_in: SignIn::default(),
            max_age: None,
            binding: Binding::default(),
        }
    }
}
