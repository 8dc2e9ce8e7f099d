//! HTTP requests that carry a signature: read, signed, verified, without touching a byte that is not ours.
//!
//! ```
//! use countersign::kernel::{secret::Secret, source::Source, time::Timestamp};
//! use countersign::request::component::{Context, UriScheme};
//! use countersign::request::{Request, rfc9421};
//!
//! let message = b"GET /orders HTTP/1.1\r\nHost: orders.example\r\n\r\n".to_vec();
//! let request = Request::parse(&Source::new("example", message)?)?;
//! let options = rfc9421::SignOptions {
//!     label: "sig1".into(),
//!     components: rfc9421::default_components(&request),
//!     algorithm: rfc9421::Algorithm::HmacSha256,
//!     created: Timestamp::parse("2026-11-22T09:00:00Z")?,
//!     expires: None,
//!     nonce: None,
//!     key_id: Some("orders".into()),
//!     tag: None,
//!     context: Context { scheme: UriScheme::Https },
//! };
//! let secret = Secret::new(b"a secret of at least thirty-two bytes".to_vec());
//! let signed = rfc9421::sign(&request, &secret, &options)?;
//! assert!(signed.base.text().starts_with("\"@method\": GET\n\"@authority\": orders.example\n"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod component;
pub mod content_digest;
mod message;
mod reasons;
mod schemes;
pub mod signature_base;
pub mod structured_field;

pub use message::{Field, MAX_FIELDS, MAX_HEAD_BYTES, MessageError, Request};
pub use reasons::Reason;
pub use schemes::rfc9421;
