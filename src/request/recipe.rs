//! The MAC of a message, recomputed with tools that are not ours: what one pastes into a shell or a service.
//!
//! A recipe holds what is signed, in base64 so that no shell and no editor changes it, and takes the secret from the
//! environment. It never holds a MAC.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::message::Message;
use super::verdict::{Part, SignedText};

/// What a recipe is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// A shell with OpenSSL.
    Openssl,
    /// Python 3.
    Python,
    /// Node.js.
    Node,
}

/// The bytes that the MAC is over; None where the body is too large to be at hand.
pub fn signed_bytes(text: &SignedText, message: &Message) -> Option<Vec<u8>> {
    let SignedText::Sections(sections) = text else {
        return Some(text.last_text());
    };
    let mut bytes = Vec::new();
    for part in &sections.last()?.parts {
        match part {
            Part::Bytes { bytes: more, .. } => bytes.extend_from_slice(more),
            Part::Body => bytes.extend_from_slice(message.content()?),
        }
    }
    Some(bytes)
}

/// The recipe for HMAC-SHA256 over these bytes. With `prefix` the secret is base64 behind that prefix.
pub fn write(language: Language, signed: &[u8], prefix: Option<&str>) -> String {
    let encoded = STANDARD.encode(signed);
    match (language, prefix) {
        (Language::Openssl, None) => format!(
            "# prints the MAC in base64; the secret is in $SECRET\n\
             printf %s '{encoded}' | openssl base64 -d -A |\n  \
             openssl dgst -sha256 -mac HMAC -macopt hexkey:\"$(printf %s \"$SECRET\" | od -An -v -tx1 | tr -d ' \\n')\" -binary |\n  \
             openssl base64 -A\n"
        ),
        (Language::Openssl, Some(prefix)) => format!(
            "# prints the MAC in base64; the secret, `{prefix}…`, is in $SECRET\n\
             printf %s '{encoded}' | openssl base64 -d -A |\n  \
             openssl dgst -sha256 -mac HMAC -macopt hexkey:\"$(printf %s \"${{SECRET#{prefix}}}\" | openssl base64 -d -A | od -An -v -tx1 | tr -d ' \\n')\" -binary |\n  \
             openssl base64 -A\n"
        ),
        (Language::Python, prefix) => {
            let secret = match prefix {
                None => "os.environ[\"SECRET\"].encode()".to_owned(),
                Some(prefix) => {
                    format!("base64.b64decode(os.environ[\"SECRET\"].removeprefix(\"{prefix}\"))")
                }
            };
            format!(
                "# prints the MAC in base64; the secret is in the variable SECRET\n\
                 import base64, hashlib, hmac, os\n\
                 signed = base64.b64decode(\"{encoded}\")\n\
                 secret = {secret}\n\
                 print(base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode(), end=\"\")\n"
            )
        }
        (Language::Node, prefix) => {
            let secret = match prefix {
                None => "process.env.SECRET".to_owned(),
                Some(prefix) => {
                    let length = prefix.len();
                    format!("Buffer.from(process.env.SECRET.slice({length}), \"base64\")")
                }
            };
            format!(
                "// prints the MAC in base64; the secret is in the variable SECRET\n\
                 const crypto = require(\"node:crypto\");\n\
                 const signed = Buffer.from(\"{encoded}\", \"base64\");\n\
                 const secret = {secret};\n\
                 process.stdout.write(crypto.createHmac(\"sha256\", secret).update(signed).digest(\"base64\"));\n"
            )
        }
    }
}
