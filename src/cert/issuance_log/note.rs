//! Signed notes and the checkpoints in them (C2SP signed-note, tlog-checkpoint).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::merkle::Hash;
use crate::kernel::crypto::{self, SignError, SignatureAlgorithm, SystemRandom, sha256};
use crate::kernel::key::{PrivateKey, PublicKey};

/// The type byte of an Ed25519 key of a log.
pub(super) const ED25519: u8 = 1;
/// What begins a signature's line: an em dash and a space.
const DASH: &str = "\u{2014} ";
/// A note has at most this many bytes and signatures.
const MAX_BYTES: usize = 1 << 16;
const MAX_SIGNATURES: usize = 64;

/// The key that a log's notes verify with, and its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    key: [u8; 32],
}

/// A note: its text and the lines that sign it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The text with its final line end.
    pub text: String,
    signatures: Vec<Signature>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Signature {
    name: String,
    key_id: [u8; 4],
    bytes: Vec<u8>,
}

/// The head of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name.
    pub origin: String,
    /// How many entries.
    pub size: u64,
    /// The root.
    pub root: Hash,
}

/// Why a note or a checkpoint is none, or is not signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Not a note.
    #[error("it is not a signed note: {0}")]
    NotANote(&'static str),
    /// Not a checkpoint.
    #[error("it is not a checkpoint: {0}")]
    NotACheckpoint(&'static str),
    /// Not a key.
    #[error("it is not a verifier key such as `acme.example/log+0a1b2c3d+AaBb…`")]
    NotAKey,
    /// The key of a log where that of a witness belongs.
    #[error("it is a log's key, not a witness's (tlog-cosignature)")]
    NotAWitness,
    /// No signature of the key.
    #[error("it is not signed by `{0}`")]
    NotSigned(String),
    /// A signature of the key that is wrong.
    #[error("the signature of `{0}` does not verify")]
    Invalid(String),
    /// The checkpoint of another log.
    #[error("it is the checkpoint of `{found}`, not of `{expected}`")]
    Origin {
        /// The name in it.
        found: String,
        /// The name of the log.
        expected: String,
    },
}

impl VerifierKey {
    /// A key of that name.
    ///
    /// # Errors
    /// [`NoteError::NotAKey`] if a note cannot hold the name.
    pub fn new(name: &str, key: [u8; 32]) -> Result<Self, NoteError> {
        if !is_name(name) {
            return Err(NoteError::NotAKey);
        }
        Ok(Self {
            name: name.to_owned(),
            key,
        })
    }

    /// Reads `name+id+key`.
    ///
    /// # Errors
    /// [`NoteError::NotAKey`].
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let mut parts = text.trim().splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoteError::NotAKey);
        };
        let bytes = STANDARD.decode(key).map_err(|_| NoteError::NotAKey)?;
        let [ED25519, key @ ..] = bytes.as_slice() else {
            return Err(NoteError::NotAKey);
        };
        let key: [u8; 32] = key.try_into().map_err(|_| NoteError::NotAKey)?;
        let read = Self::new(name, key)?;
        if crypto::hex(&read.id()) == id {
            Ok(read)
        } else {
            Err(NoteError::NotAKey)
        }
    }

    /// The log's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The public key, Ed25519.
    pub fn public_key(&self) -> &[u8; 32] {
        &self.key
    }

    fn id(&self) -> [u8; 4] {
        key_id(&self.name, ED25519, &self.key)
    }
}

impl std::fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let key = STANDARD.encode([&[ED25519], self.key.as_slice()].concat());
        write!(f, "{}+{}+{key}", self.name, crypto::hex(&self.id()))
    }
}

/// The first four bytes of the hash of a name and a key.
pub(super) fn key_id(name: &str, kind: u8, key: &[u8]) -> [u8; 4] {
    let hashed = [name.as_bytes(), &[b'\n', kind], key].concat();
    let [a, b, c, d, ..] = sha256(&hashed);
    [a, b, c, d]
}

/// A name has no white space of Unicode and no plus.
pub(super) fn is_name(name: &str) -> bool {
    !name.is_empty()
        && !name.contains('+')
        && !name.chars().any(|c| c.is_whitespace() || c.is_control())
}

impl Note {
    /// Reads a note; nothing of it is verified.
    ///
    /// # Errors
    /// [`NoteError::NotANote`].
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        if bytes.len() > MAX_BYTES {
            return Err(NoteError::NotANote("it is too large"));
        }
        let note = std::str::from_utf8(bytes).map_err(|_| NoteError::NotANote("it is no UTF-8"))?;
        if note.chars().any(|c| c.is_control() && c != '\n') {
            return Err(NoteError::NotANote("it holds a control character"));
        }
        // The text may hold empty lines itself: the last one ends it.
        let split = note
            .rfind("\n\n")
            .ok_or(NoteError::NotANote("it has no signature"))?;
        let text = note.get(..=split).unwrap_or_default();
        let lines = note.get(split + 2..).unwrap_or_default();
        let lines = lines
            .strip_suffix('\n')
            .ok_or(NoteError::NotANote("its last line does not end"))?;
        let signatures: Result<Vec<_>, _> = lines
            .split('\n')
            .take(MAX_SIGNATURES + 1)
            .map(Signature::parse)
            .collect();
        let signatures = signatures?;
        if signatures.len() > MAX_SIGNATURES {
            return Err(NoteError::NotANote("it has too many signatures"));
        }
        Ok(Self {
            text: text.to_owned(),
            signatures,
        })
    }

    /// What a key is said to have signed: of each line with its name and id.
    pub(super) fn signatures_of(&self, name: &str, id: [u8; 4]) -> impl Iterator<Item = &[u8]> {
        let lines = self.signatures.iter();
        let lines = lines.filter(move |line| line.name == name && line.key_id == id);
        lines.map(|line| line.bytes.as_slice())
    }

    /// Checks that a key signed it. Other keys are ignored; each signature of this one must be right.
    ///
    /// # Errors
    /// [`NoteError::NotSigned`], [`NoteError::Invalid`].
    pub fn verify(&self, key: &VerifierKey) -> Result<(), NoteError> {
        let mut found = false;
        for signature in self.signatures_of(&key.name, key.id()) {
            let public = PublicKey::Ed25519(key.key);
            let text = self.text.as_bytes();
            crypto::verify(SignatureAlgorithm::Ed25519, &public, text, signature)
                .map_err(|_| NoteError::Invalid(key.name.clone()))?;
            found = true;
        }
        if found {
            Ok(())
        } else {
            Err(NoteError::NotSigned(key.name.clone()))
        }
    }
}

/// A signature's line.
pub(super) fn line(name: &str, id: [u8; 4], bytes: &[u8]) -> String {
    let encoded = STANDARD.encode([id.as_slice(), bytes].concat());
    format!("{DASH}{name} {encoded}\n")
}

impl Signature {
    fn parse(line: &str) -> Result<Self, NoteError> {
        let bad = NoteError::NotANote("a signature line cannot be read");
        let rest = line.strip_prefix(DASH).ok_or(bad.clone())?;
        let (name, encoded) = rest.split_once(' ').ok_or(bad.clone())?;
        let bytes = STANDARD.decode(encoded).map_err(|_| bad.clone())?;
        let Some((key_id, bytes)) = bytes.split_first_chunk() else {
            return Err(bad);
        };
        if !is_name(name) || bytes.is_empty() {
            return Err(bad);
        }
        Ok(Self {
            name: name.to_owned(),
            key_id: *key_id,
            bytes: bytes.to_vec(),
        })
    }
}

/// Signs a text as a note.
///
/// # Errors
/// [`SignError`] if the key is not Ed25519.
pub fn sign_note(
    text: &str,
    name: &str,
    key: &PrivateKey,
    random: &SystemRandom,
) -> Result<String, SignError> {
    let signature = crypto::sign(SignatureAlgorithm::Ed25519, key, text.as_bytes(), random)?;
    let id = match key.public() {
        PublicKey::Ed25519(key) => VerifierKey {
            name: name.to_owned(),
            key,
        }
        .id(),
        other => return Err(SignError::Unsupported(other.kind().to_string())),
    };
    Ok(format!("{text}\n{}", line(name, id, &signature)))
}

impl Checkpoint {
    /// The text of the note.
    pub fn to_text(&self) -> String {
        let root = STANDARD.encode(self.root);
        format!("{}\n{}\n{root}\n", self.origin, self.size)
    }

    /// Reads the text of a note.
    ///
    /// # Errors
    /// [`NoteError::NotACheckpoint`].
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let bad = NoteError::NotACheckpoint;
        let mut lines = text.strip_suffix('\n').unwrap_or(text).split('\n');
        let (Some(origin), Some(size), Some(root), None) =
            (lines.next(), lines.next(), lines.next(), lines.next())
        else {
            return Err(bad("it has other than three lines"));
        };
        let digits = size.bytes().all(|byte| byte.is_ascii_digit());
        if !digits || (size.starts_with('0') && size != "0") {
            return Err(bad("its size is not a number"));
        }
        let size: u64 = size.parse().map_err(|_| bad("its size is not a number"))?;
        let root = STANDARD
            .decode(root)
            .map_err(|_| bad("its root is not base64"))?;
        let root: Hash = root.try_into().map_err(|_| bad("its root is no SHA-256"))?;
        if origin.is_empty() {
            return Err(bad("it has no origin"));
        }
        Ok(Self {
            origin: origin.to_owned(),
            size,
            root,
        })
    }

    /// Reads a signed checkpoint and checks its signature and its origin.
    ///
    /// # Errors
    /// [`NoteError`].
    pub fn verified(bytes: &[u8], key: &VerifierKey) -> Result<Self, NoteError> {
        let note = Note::parse(bytes)?;
        note.verify(key)?;
        let checkpoint = Self::parse(&note.text)?;
        if checkpoint.origin != key.name {
            return Err(NoteError::Origin {
                found: checkpoint.origin,
                expected: key.name.clone(),
            });
        }
        Ok(checkpoint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::key::generate_ed25519;

    // C2SP signed-note, its example.
    const KEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
    const SIGNATURE: &str = "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=";

    fn example() -> String {
        format!("This is an example message.\n\n\u{2014} example.com/foo {SIGNATURE}\n")
    }

    #[test]
    fn the_example_of_the_specification_verifies() {
        let key = VerifierKey::parse(KEY).unwrap();
        assert_eq!(key.to_string(), KEY);
        let note = Note::parse(example().as_bytes()).unwrap();
        assert_eq!(note.text, "This is an example message.\n");
        note.verify(&key).unwrap();
        let changed = example().replace("example message", "Example message");
        let note = Note::parse(changed.as_bytes()).unwrap();
        assert_eq!(
            note.verify(&key),
            Err(NoteError::Invalid("example.com/foo".into()))
        );
    }

    #[test]
    fn a_key_whose_id_is_another_one_is_none() {
        assert!(VerifierKey::parse(&KEY.replace("530d903a", "530d903b")).is_err());
        assert!(VerifierKey::parse(&KEY.replace("530d903a", "530D903A")).is_err());
        assert!(VerifierKey::parse("a b+00000000+AQ==").is_err());
        assert!(VerifierKey::parse("").is_err());
    }

    #[test]
    fn what_is_no_note_is_refused() {
        for text in [
            "text\n".to_owned(),
            "text\n\n".to_owned(),
            example().trim_end().to_owned(),
            example().replace('\u{2014}', "-"),
            example().replace("example.com/foo ", "example.com/foo  "),
            example().replace("This", "Th\u{7}is"),
            example().replace("Uw2Q", "!!!!"),
            format!("{}extra\n", example()),
        ] {
            assert!(Note::parse(text.as_bytes()).is_err(), "{text}");
        }
        assert!(Note::parse(&[0xff]).is_err());
        // Other keys sign beside ours.
        let more = format!("{}\u{2014} witness AAAAAAAA\n", example());
        let note = Note::parse(more.as_bytes()).unwrap();
        note.verify(&VerifierKey::parse(KEY).unwrap()).unwrap();
        let twisted = example().replace(SIGNATURE, "AAAAAAAA");
        let note = Note::parse(twisted.as_bytes()).unwrap();
        let verdict = note.verify(&VerifierKey::parse(KEY).unwrap());
        assert_eq!(verdict, Err(NoteError::NotSigned("example.com/foo".into())));
    }

    #[test]
    fn a_checkpoint_is_read_as_it_is_written() {
        let random = SystemRandom::default();
        let key = generate_ed25519(&random).unwrap();
        let PublicKey::Ed25519(public) = key.public() else {
            panic!("an Ed25519 key was made");
        };
        let verifier = VerifierKey::new("acme.example/log", public).unwrap();
        let checkpoint = Checkpoint {
            origin: "acme.example/log".into(),
            size: 70_000,
            root: [7; 32],
        };
        let note = sign_note(&checkpoint.to_text(), "acme.example/log", &key, &random).unwrap();
        assert_eq!(
            Checkpoint::verified(note.as_bytes(), &verifier),
            Ok(checkpoint)
        );
        let other = VerifierKey::new("acme.example/other", public).unwrap();
        assert!(Checkpoint::verified(note.as_bytes(), &other).is_err());
        for text in [
            "a\n01\nAAAA\n",
            "a\n1\nAAAA\n",
            "a\n-1\nAAAA\n",
            "a\n1\n",
            "a\n1\nAA\nx\n",
        ] {
            assert!(Checkpoint::parse(text).is_err(), "{text}");
        }
    }
}
