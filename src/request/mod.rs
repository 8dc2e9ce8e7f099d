//! HTTP messages that carry a signature: read, signed, verified, without touching a byte that is not ours.
//!
//! ```
//! use countersign::kernel::crypto::SystemRandom;
//! use countersign::kernel::key::{Key, Material};
//! use countersign::kernel::{secret::Secret, source::Source, time::Timestamp};
//! use countersign::request::{Algorithm, Context, Exchange, Message, UriScheme, rfc9421};
//!
//! let bytes = b"GET /orders HTTP/1.1\r\nHost: orders.example\r\n\r\n".to_vec();
//! let message = Message::parse(&Source::new("example", bytes)?)?;
//! let options = rfc9421::SignOptions {
//!     label: "sig1".into(),
//!     components: rfc9421::default_components(&message),
//!     algorithm: Algorithm::HmacSha256,
//!     created: Some(Timestamp::parse("2026-11-22T09:00:00Z")?),
//!     expires: None,
//!     nonce: None,
//!     key_id: Some("orders".into()),
//!     tag: None,
//!     digests: vec!["sha-256"],
//! };
//! let secret = Secret::new(b"a secret of at least thirty-two bytes".to_vec());
//! let key = Key::bare(Material::Secret(secret));
//! let context = Context::new(UriScheme::Https);
//! let exchange = Exchange::new(&message, &context);
//! let signed = rfc9421::sign(exchange, &key, &options, &SystemRandom::default())?;
//! assert!(signed.base.text().starts_with("\"@method\": GET\n\"@authority\": orders.example\n"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod algorithm;
pub mod component;
pub mod convert;
pub mod curl;
pub mod digest_fields;
mod exchange;
pub mod explain;
mod freshness;
pub mod har;
mod key_choice;
mod message;
mod parts;
mod policy;
mod reasons;
pub mod recipe;
pub mod rules;
mod schemes;
pub mod selftest;
pub mod signature_base;
pub mod structured_field;
mod verdict;

pub use algorithm::Algorithm;
pub use exchange::{Context, Exchange, Forwarding, UriScheme};
pub use freshness::{Freshness, Times, Window};
pub use message::{
    Content, ContentError, ContentStream, Edit, Field, MAX_FIELDS, MAX_HEAD_BYTES, Message,
    MessageError, Pseudo, Start,
};
pub use parts::{RequestParts, ResponseParts};
pub use policy::{Policy, Required};
pub use reasons::Reason;
pub use schemes::{
    Scheme, Unsigned, aliyun, azure, cavage, custom, detect, elevenlabs, github, gitlab, goog4,
    paddle, rfc9421, sendgrid, shopify, sigv4, slack, standard_webhooks, stripe, tencent, twilio,
    vercel, webflow, webhook, webhooks,
};
pub use verdict::{
    BodyBinding, Coverage, DigestCheck, Mac, NotChecked, Part, Replay, ReplayId, Section,
    ShownLine, ShownText, SignedText, Verdict,
};
