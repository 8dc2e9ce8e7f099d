//! References to secrets, and secrets that do not leak.
//!
//! A secret is never taken from the command line: a [`SecretRef`] says where it is, the command line resolves it, and
//! a [`Secret`] holds the bytes, prints as `****` and is wiped when dropped.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

/// Bytes that must not be shown. Compare through [`super::crypto::equal`].
#[derive(Clone)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Takes the bytes.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes, for the one who needs them.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// How many bytes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("****")
    }
}

/// Where a secret is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretRef {
    /// The environment variable of that name.
    Env(String),
    /// The file at that path.
    File(PathBuf),
    /// An open file descriptor.
    Fd(u32),
    /// Standard input.
    Stdin,
    /// A question on the terminal.
    Prompt,
}

/// Why a text is no reference. The text itself may be a secret, so it is never repeated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretRefError {
    /// A value where a reference belongs.
    #[error("a secret is given by reference, never as a value on the command line")]
    NotAReference,
    /// `env:` with nothing, or with a name that no variable can have.
    #[error("`env:` needs the name of an environment variable")]
    BadVariable,
    /// `file:` with nothing.
    #[error("`file:` needs a path")]
    NoPath,
    /// `fd:` with something that is no number.
    #[error("`fd:` needs the number of an open file descriptor, 0 or from 3 up")]
    BadDescriptor,
}

impl FromStr for SecretRef {
    type Err = SecretRefError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            None if text == "stdin" || text == "-" => Ok(Self::Stdin),
            None if text == "prompt" => Ok(Self::Prompt),
            Some(("env", name)) => {
                let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
                if name.is_empty() || !name.chars().all(plain) {
                    return Err(SecretRefError::BadVariable);
                }
                Ok(Self::Env(name.to_owned()))
            }
            Some(("file", "")) => Err(SecretRefError::NoPath),
            Some(("file", "-")) => Ok(Self::Stdin),
            Some(("file", path)) => Ok(Self::File(path.into())),
            Some(("fd", number)) => match number.parse() {
                Ok(1 | 2) | Err(_) => Err(SecretRefError::BadDescriptor),
                Ok(number) => Ok(Self::Fd(number)),
            },
            _ => Err(SecretRefError::NotAReference),
        }
    }
}

impl fmt::Display for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "env:{name}"),
            Self::File(path) => write!(f, "file:{}", path.display()),
            Self::Fd(number) => write!(f, "fd:{number}"),
            Self::Stdin => f.write_str("stdin"),
            Self::Prompt => f.write_str("prompt"),
        }
    }
}

/// How the bytes of a shared secret are written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// The text itself, one final line end stripped.
    Utf8,
    /// Base64 of RFC 4648 §4, with or without padding.
    Base64,
    /// Base64url of RFC 4648 §5, with or without padding.
    Base64url,
    /// Hexadecimal, either case.
    Hex,
    /// The bytes as they are, line ends included.
    Raw,
}

/// A secret could not be decoded. The bytes are never repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the secret is not {}", .0.name())]
pub struct DecodeError(pub Encoding);

impl Encoding {
    /// All encodings, in the order in which an explanation tries them.
    pub const ALL: [Self; 5] = [
        Self::Utf8,
        Self::Base64,
        Self::Base64url,
        Self::Hex,
        Self::Raw,
    ];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "utf8",
            Self::Base64 => "base64",
            Self::Base64url => "base64url",
            Self::Hex => "hex",
            Self::Raw => "raw",
        }
    }

    /// The secret that some bytes spell in this encoding. All but `raw` lose exactly one final line end.
    ///
    /// # Errors
    /// [`DecodeError`] where the bytes are not of this encoding.
    pub fn decode(self, bytes: &[u8]) -> Result<Secret, DecodeError> {
        let line = without_line_end(bytes);
        let refuse = DecodeError(self);
        let decoded = match self {
            Self::Raw => bytes.to_vec(),
            Self::Utf8 => std::str::from_utf8(line)
                .map_err(|_| refuse)?
                .as_bytes()
                .to_vec(),
            Self::Base64 => STANDARD
                .decode(line)
                .or_else(|_| STANDARD_NO_PAD.decode(line))
                .map_err(|_| refuse)?,
            Self::Base64url => URL_SAFE_NO_PAD
                .decode(line)
                .or_else(|_| URL_SAFE.decode(line))
                .map_err(|_| refuse)?,
            Self::Hex => decode_hex(line).ok_or(refuse)?,
        };
        Ok(Secret::new(decoded))
    }
}

impl FromStr for Encoding {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|encoding| encoding.name() == text)
            .ok_or_else(|| format!("`{text}` is none of utf8, base64, base64url, hex, raw"))
    }
}

/// The bytes without one final LF or CRLF.
pub fn without_line_end(bytes: &[u8]) -> &[u8] {
    let line = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    if line.len() < bytes.len() {
        line.strip_suffix(b"\r").unwrap_or(line)
    } else {
        line
    }
}

fn decode_hex(text: &[u8]) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) {
        return None;
    }
    text.chunks_exact(2)
        .map(|pair| {
            let digit = |byte: u8| char::from(byte).to_digit(16);
            let (high, low) = (digit(*pair.first()?)?, digit(*pair.get(1)?)?);
            u8::try_from(high * 16 + low).ok()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_never_a_reference_and_never_repeated() {
        for text in ["hunter2", "s3cr:et", "", "whsec_abc", "http://x"] {
            let error = text.parse::<SecretRef>().unwrap_err();
            assert_eq!(error, SecretRefError::NotAReference, "{text}");
            assert!(text.is_empty() || !error.to_string().contains(text));
        }
        assert!("env:".parse::<SecretRef>().is_err());
        assert!("env:A B".parse::<SecretRef>().is_err());
        assert!("fd:1".parse::<SecretRef>().is_err());
        assert_eq!("fd:3".parse(), Ok(SecretRef::Fd(3)));
        assert_eq!("file:a:b".parse(), Ok(SecretRef::File("a:b".into())));
        assert_eq!("stdin".parse(), Ok(SecretRef::Stdin));
    }

    #[test]
    fn a_secret_prints_as_stars() {
        assert_eq!(format!("{:?}", Secret::new(b"hunter2".to_vec())), "****");
    }

    #[test]
    fn exactly_one_line_end_is_stripped_except_from_raw() {
        let secret = |encoding: Encoding, bytes: &[u8]| {
            encoding
                .decode(bytes)
                .map(|secret| secret.expose().to_vec())
        };
        assert_eq!(secret(Encoding::Utf8, b"a\n\n"), Ok(b"a\n".to_vec()));
        assert_eq!(secret(Encoding::Utf8, b"a\r\n"), Ok(b"a".to_vec()));
        assert_eq!(secret(Encoding::Utf8, b"a\r"), Ok(b"a\r".to_vec()));
        assert_eq!(secret(Encoding::Raw, b"a\n"), Ok(b"a\n".to_vec()));
        assert_eq!(secret(Encoding::Hex, b"00Ff\n"), Ok(vec![0, 255]));
        assert_eq!(secret(Encoding::Base64, b"+/8="), Ok(vec![0xfb, 0xff]));
        assert_eq!(secret(Encoding::Base64url, b"-_8"), Ok(vec![0xfb, 0xff]));
        assert!(secret(Encoding::Hex, b"0").is_err());
        assert!(secret(Encoding::Hex, b"+0").is_err());
    }
}
