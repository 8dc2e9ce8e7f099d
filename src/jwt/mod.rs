//! JSON Web Tokens: taken apart, verified and minted. A strict parser of our own stands in front of the library.
//!
//! ```
//! use countersign::jwt::{self, Audience, Expectations};
//! use countersign::kernel::key::{Key, Material};
//! use countersign::kernel::{secret::Secret, time::Timestamp};
//!
//! let key = Key::bare(Material::Secret(Secret::new(vec![7; 32])));
//! let now = Timestamp::parse("2026-11-22T09:00:00Z")?;
//! let options = jwt::MintOptions {
//!     profile: jwt::Profile::Service,
//!     algorithm: None,
//!     key_id: None,
//!     issuer: Some("https://auth.acme.example".into()),
//!     subject: Some("service:api-gateway".into()),
//!     audience: vec!["service:order-service".into()],
//!     scopes: vec!["read:orders".into()],
//!     ttl: std::time::Duration::from_secs(600),
//!     now,
//!     id: "0001".into(),
//!     claims: serde_json::Map::new(),
//! };
//! let token = jwt::mint(&key, &options)?;
//! let expected = Expectations {
//!     now,
//!     leeway: Default::default(),
//!     issuers: vec!["https://auth.acme.example".into()],
//!     audiences: Audience::Named(vec!["service:order-service".into()]),
//!     subject: None,
//!     typ: None,
//!     scopes: Vec::new(),
//!     required: Vec::new(),
//! };
//! let keys = [key];
//! let verdict = jwt::verify(&token, &keys, &jwt::algorithms_of(&keys), &expected);
//! assert!(verdict.is_accepted());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod algorithm;
pub mod claims;
mod compact;
mod inspect;
mod locate;
mod mint;
mod profile;
mod provider;
mod reasons;
pub mod rules;
mod signature;
mod verify;

pub use algorithm::Algorithm;
pub use claims::{Audience, ClaimCheck, Expectations};
pub use compact::{Base64Problem, Compact, MAX_TOKEN_BYTES, Part, TokenError};
pub use inspect::{Dissection, Kind, inspect};
pub use locate::{Located, exact, locate};
pub use mint::{MintError, MintOptions, mint};
pub use profile::{ACCESS_TTL_MAX, Profile};
pub use reasons::Reason;
pub use signature::{KeyOutcome, SignatureVerdict, Unfit, check as check_signature};
pub use verify::{TokenVerdict, algorithms_of, verify};
