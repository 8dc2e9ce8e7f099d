//! JSON Web Tokens: taken apart, verified and minted. A strict parser of our own stands in front of the library.
//!
//! ```
//! use countersign::jwt::{self, Audience, Expectations};
//! use countersign::kernel::key::{Key, Material};
//! use countersign::kernel::{secret::Secret, time::Timestamp};
//!
//! let key = Key::bare(Material::Secret(Secret::new(vec![7; 32])));
//! let now = Timestamp::parse("2026-11-22T09:00:00Z")?;
//! let mut options = jwt::MintOptions::new(jwt::Profile::Service, now, "0001");
//! options.issuer = Some("https://auth.acme.example".into());
//! options.subject = Some("service:api-gateway".into());
//! options.audience = vec!["service:order-service".into()];
//! options.scopes = vec!["read:orders".into()];
//! options.device_posture = Some("compliant".into());
//! let token = jwt::mint(&key, &options)?;
//! let mut expected = Expectations::at(now);
//! expected.issuers = vec!["https://auth.acme.example".into()];
//! expected.audiences = Audience::Named(vec!["service:order-service".into()]);
//! let keys = [key];
//! let verdict = jwt::verify(&token, &keys, &jwt::algorithms_of(&keys), &expected);
//! assert!(verdict.is_accepted());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod algorithm;
mod binding;
mod check;
pub mod claims;
mod compact;
pub mod diff;
mod dpop;
mod expectations;
pub mod explain;
pub mod forensics;
mod inspect;
pub mod jwe;
pub mod jwks;
mod jws;
mod locate;
pub mod metadata;
mod mint;
pub mod oauth;
mod profile;
mod provider;
mod quick;
mod reasons;
mod recognise;
mod redact;
mod registry;
mod replay;
pub mod rules;
mod scan;
mod signature;
mod subject;
mod verify;
mod weak_secrets;

pub use algorithm::Algorithm;
pub use check::ClaimCheck;
pub use compact::{Base64Problem, Compact, CriticalProblem, MAX_TOKEN_BYTES, Part, TokenError};
pub use dpop::{PROOF_WINDOW, normalized as normalized_target};
pub use expectations::{Audience, Binding, BoundRequest, ClaimPattern, Expectations, SignIn};
pub use inspect::{
    Defect, DefectKind, Disclosure, Dissection, Encryption, Family, Form, KeyBinding, Kind,
    Payload, Registered, Section, SelectiveDisclosure, Signature, inspect, json_text, registered,
};
pub use jws::{Jws, JwsError, JwsSignature, MAX_SIGNATURES};
pub use locate::{
    Encoding, Found, Located, MAX_FOUND, Place, Search, before_token, exact, locate, locate_all,
};
pub use mint::{Confirmation, MintError, MintOptions, mint};
pub use profile::{ACCESS_TTL_MAX, Demand, Profile, REFRESH_TTL_MAX, WIT_LEEWAY_MAX};
pub use quick::{Quick, ReadyKey};
pub use reasons::Reason;
pub use recognise::{Issuer, Recognition, TokenKind};
pub use redact::{Copied, Redactor};
pub use replay::ReplayId;
pub use scan::{MAX_TOKENS, Scanned, scan};
pub use signature::{KeyOutcome, SignatureVerdict, Trial, Unfit, check as check_signature};
pub use verify::{TokenVerdict, algorithms_of, verify};
