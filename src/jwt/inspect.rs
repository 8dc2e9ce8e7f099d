//! Taking a token apart without verifying it: never fails, shows what decodes, names each defect at its place.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::compact::{self, Part};
use super::rules;
use crate::kernel::document::Node;
use crate::kernel::finding::Finding;
use crate::kernel::json;
use crate::kernel::time::Timestamp;

/// What kind of thing the text is, by its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Three parts: signed.
    Signed,
    /// Three parts, the last empty: not signed at all.
    Unsecured,
    /// Five parts: encrypted.
    Encrypted,
    /// Something else.
    Other(usize),
}

/// A token taken apart.
#[derive(Debug, Clone)]
pub struct Dissection {
    /// What it is.
    pub kind: Kind,
    /// The header, where it is JSON.
    pub header: Option<Node>,
    /// The claims, where they are JSON.
    pub claims: Option<Node>,
    /// The payload as text, where it is not JSON.
    pub payload_text: Option<String>,
    /// The size of the signature in bytes.
    pub signature_bytes: usize,
    /// Everything that a strict reader refuses.
    pub defects: Vec<String>,
    /// What is weak about it.
    pub advice: Vec<Finding>,
}

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Takes a token apart.
pub fn inspect(token: &str, now: Timestamp) -> Dissection {
    let parts: Vec<&str> = token.split('.').collect();
    let kind = match parts.as_slice() {
        [_, _, ""] => Kind::Unsecured,
        [_, _, _] => Kind::Signed,
        [_, _, _, _, _] => Kind::Encrypted,
        other => Kind::Other(other.len()),
    };
    let mut taken = Dissection {
        kind,
        header: None,
        claims: None,
        payload_text: None,
        signature_bytes: 0,
        defects: Vec::new(),
        advice: Vec::new(),
    };
    if let Kind::Other(count) = kind {
        taken.defects.push(format!(
            "{count} parts separated by `.`; a signed token has three, an encrypted one five"
        ));
    }
    let mut at = 0;
    for (index, text) in parts.iter().enumerate().take(5) {
        let part = match index {
            0 => Part::Header,
            1 => Part::Payload,
            _ => Part::Signature,
        };
        // The parts of an encrypted token after its header are ciphertext: nothing in them can be read.
        if index == 0 || (kind != Kind::Encrypted && index < 3) {
            taken.take_part(part, text, at);
        }
        at += text.len() + 1;
    }
    taken.advice = rules::advise(&taken, now);
    taken
}

impl Dissection {
    fn take_part(&mut self, part: Part, text: &str, at: usize) {
        let bytes = match compact::decode(part, text, at) {
            Ok(bytes) => bytes,
            Err(defect) => {
                self.defects.push(defect.to_string());
                lenient(text)
            }
        };
        if part == Part::Signature {
            self.signature_bytes = bytes.len();
            return;
        }
        let node = self.read_object(part, &bytes);
        match part {
            Part::Header => self.header = node,
            Part::Payload => {
                if node.is_none() && !bytes.is_empty() {
                    self.payload_text = Some(String::from_utf8_lossy(&bytes).into_owned());
                }
                self.claims = node;
            }
            Part::Signature => {}
        }
    }

    fn read_object(&mut self, part: Part, bytes: &[u8]) -> Option<Node> {
        match compact::object(part, bytes) {
            Ok(node) => Some(node),
            Err(defect) => {
                self.defects.push(defect.to_string());
                let text = String::from_utf8_lossy(bytes);
                let (node, _duplicates) =
                    json::parse_text(text.trim_start_matches('\u{feff}')).ok()?;
                node.as_mapping().is_some().then_some(node)
            }
        }
    }

    /// The value of `alg`, where it is a string.
    pub fn algorithm(&self) -> Option<&str> {
        self.header.as_ref()?.get("alg")?.as_str()
    }
}

/// Decodes what can be decoded: both alphabets, padding, white space, unused bits; other characters are dropped.
fn lenient(text: &str) -> Vec<u8> {
    let cleaned: String = text
        .chars()
        .filter_map(|c| match c {
            '+' => Some('-'),
            '/' => Some('_'),
            c if c.is_ascii_alphanumeric() || matches!(c, '-' | '_') => Some(c),
            _ => None,
        })
        .collect();
    // A single last character holds six bits, which is no byte.
    let usable = cleaned.len() - usize::from(cleaned.len() % 4 == 1);
    LENIENT
        .decode(cleaned.get(..usable).unwrap_or_default())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    use proptest::prelude::*;

    fn now() -> Timestamp {
        Timestamp::from_unix(1_717_000_000).unwrap()
    }

    #[test]
    fn a_damaged_token_still_shows_what_decodes() {
        let header = STANDARD.encode(r#"{"alg":"ES256K","x":"~~~~"}"#);
        let claims = URL_SAFE_NO_PAD.encode(r#"{"sub":"a","sub":"b"}"#);
        let taken = inspect(&format!("{header}.{claims}"), now());
        assert_eq!(taken.kind, Kind::Other(2));
        assert_eq!(taken.algorithm(), Some("ES256K"));
        assert_eq!(
            taken.claims.unwrap().get("sub").unwrap().as_str(),
            Some("b")
        );
        assert_eq!(taken.defects.len(), 3, "{:?}", taken.defects);
    }

    #[test]
    fn an_encrypted_token_shows_its_header() {
        let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"dir","enc":"A256GCM"}"#);
        let taken = inspect(&format!("{header}..x.y.z"), now());
        assert_eq!(taken.kind, Kind::Encrypted);
        assert!(taken.defects.is_empty());
    }

    proptest! {
        #[test]
        fn never_panics(text in "[A-Za-z0-9_.=+/-]{0,60}|.{0,40}") {
            let _taken = inspect(&text, now());
        }
    }
}
