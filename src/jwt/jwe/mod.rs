//! JSON Web Encryption (RFC 7516): messages that only their recipients read. Decrypting verifies no origin.
//!
//! ```
//! use countersign::jwt::jwe::{self, ContentEncryption, EncryptOptions, Encrypted, KeyManagement};
//! use countersign::kernel::crypto::SystemRandom;
//! use countersign::kernel::key::{Key, Material, generate_x25519};
//!
//! let random = SystemRandom::default();
//! let key = Key::bare(Material::Private(generate_x25519(&random)?));
//! let options = EncryptOptions::new(KeyManagement::EcdhEsA256Kw, ContentEncryption::A256Gcm);
//! let text = jwe::encrypt(b"for you alone", &key, &options, &random)?;
//! let message = Encrypted::parse(&text)?;
//! let opened = jwe::decrypt(&message, &[key], &jwe::Limits::default());
//! assert_eq!(opened.expect("it was encrypted to this key").plaintext.as_slice(), b"for you alone");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod algorithm;
mod content_key;
mod decrypt;
mod encrypt;
mod encrypted;
mod fitness;
mod inflate;
mod nested;
mod parameters;
mod reasons;
mod rsa;

pub use algorithm::{ContentEncryption, KeyManagement};
pub use content_key::Parties;
pub use decrypt::{Attempt, Decrypted, Limits, Refusal, Undecryptable, decrypt};
pub use encrypt::{EncryptError, EncryptOptions, ITERATIONS, encrypt};
pub use encrypted::{Encrypted, EncryptedError, MAX_RECIPIENTS, Part, Recipient, Serialization};
pub use fitness::{Fate, Unfit};
pub use inflate::InflateError;
pub use nested::{MAX_DEPTH, UnsealError, Unsealed, is_encrypted, unseal};
pub use parameters::ParameterError;
pub use reasons::Reason;
