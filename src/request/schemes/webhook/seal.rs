//! Checking signatures and making them.

use super::key::{KeyProblem, Prepared, prepare};
use super::read::{Given, ReadError, Reading, Stamp, check_id};
use super::text::{Content, Part, TextError, gather, texts};
use super::{Algorithm, Description, Encoding, Layout, TimestampSource, View};
use crate::kernel::crypto::{self, Digest, DigestAlgorithm, MacContext, SystemRandom, equal, hex};
use crate::kernel::key::{Key, PrivateKey, PublicKey};
use crate::kernel::time::Timestamp;

/// The longest message that is held in memory, for the algorithms that need it whole.
const MAX_WHOLE_BYTES: usize = 64 << 20;

/// The body could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the body cannot be read: {0}")]
pub struct BodyUnread(pub String);

/// A signature that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// The key's place among those given.
    pub key: usize,
    /// The signature's place in the reading.
    pub signature: usize,
    /// The text's place among those that may have been signed.
    pub text: usize,
}

/// What came of a check.
#[derive(Debug, Clone)]
pub struct Checked {
    /// The signature that holds, if one does.
    pub matched: Option<Match>,
    /// The keys that could be used, by their places.
    pub tried: Vec<usize>,
    /// The keys that could not be used for any signature, and why.
    pub unfit: Vec<(usize, KeyProblem)>,
    /// What was signed, or may have been: the text that matched alone, or all.
    pub texts: Vec<Vec<Part>>,
}

/// Why nothing was checked or made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// What is signed cannot be put together.
    #[error(transparent)]
    Text(#[from] TextError),
    /// A message that must be whole is too long.
    #[error("{0} needs the message whole, and it has more than {MAX_WHOLE_BYTES} bytes")]
    TooLong(Algorithm),
    /// The scheme cannot be signed with.
    #[error("`{scheme}` cannot be signed with: {why}")]
    VerifyOnly {
        /// The scheme.
        scheme: String,
        /// Why.
        why: &'static str,
    },
    /// Not a request.
    #[error("{0}")]
    NotARequest(String),
    /// Something that signing adds is there already.
    #[error("the message already has `{0}`; remove it to sign anew")]
    AlreadyThere(String),
    /// The scheme needs an id.
    #[error("`{0}` signs an id; there is none")]
    NoId(String),
    /// The id cannot be used.
    #[error(transparent)]
    Id(#[from] ReadError),
    /// A key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyProblem),
    /// A public key alone.
    #[error("this is a public key; signing needs the private one")]
    PublicKey,
    /// Several keys where one signature fits.
    #[error("`{0}` carries one signature, and {1} keys are given")]
    OneKey(String, usize),
    /// No key.
    #[error("no key is given")]
    NoKey,
    /// The private key refused.
    #[error(transparent)]
    Signature(#[from] crypto::SignError),
}

impl From<BodyUnread> for SealError {
    fn from(error: BodyUnread) -> Self {
        Self::Text(TextError::Body(error))
    }
}

/// Checks a message's signatures under several keys: one that holds is enough.
///
/// # Errors
/// [`SealError`] where nothing could be computed.
pub fn check(
    description: &Description,
    view: &View<'_>,
    reading: &Reading,
    keys: &[Key],
) -> Result<Checked, SealError> {
    let texts = texts(description, view, reading)?;
    let mut unfit = Vec::new();
    let mut candidates = Vec::new();
    let mut algorithms: Vec<Algorithm> = Vec::new();
    for given in &reading.signatures {
        if !algorithms.contains(&given.algorithm) {
            algorithms.push(given.algorithm);
        }
    }
    for (place, key) in keys.iter().enumerate() {
        let mut problem = None;
        let before = candidates.len();
        for algorithm in &algorithms {
            match prepare(description, *algorithm, key) {
                Ok(prepared) => candidates.push((place, *algorithm, prepared)),
                Err(found) => problem = problem.or(Some(found)),
            }
        }
        if let Some(problem) = problem.filter(|_| candidates.len() == before) {
            unfit.push((place, problem));
        }
    }
    let mut tried: Vec<usize> = candidates.iter().map(|(place, ..)| *place).collect();
    tried.dedup();
    for (index, text) in texts.iter().enumerate() {
        if let Some((key, signature)) = check_text(view, text, reading, &candidates)? {
            return Ok(Checked {
                matched: Some(Match {
                    key,
                    signature,
                    text: index,
                }),
                tried,
                unfit,
                texts: vec![text.clone()],
            });
        }
    }
    Ok(Checked {
        matched: None,
        tried,
        unfit,
        texts,
    })
}

type Candidate = (usize, Algorithm, Prepared);

/// The places of the key and the signature that belong together over one text.
fn check_text(
    view: &View<'_>,
    text: &[Part],
    reading: &Reading,
    candidates: &[Candidate],
) -> Result<Option<(usize, usize)>, SealError> {
    let macs: Vec<MacContext> = candidates
        .iter()
        .filter_map(|(.., prepared)| match prepared {
            Prepared::Mac(key) => Some(key.start()),
            _ => None,
        })
        .collect();
    let mut tags = tags(view, text, macs)?.into_iter();
    let needs_whole = candidates
        .iter()
        .find(|(_, algorithm, _)| algorithm.asymmetric().is_some());
    let whole = match needs_whole {
        Some((_, algorithm, _)) => message(view, text, *algorithm)?,
        None => Vec::new(),
    };
    for (place, algorithm, prepared) in candidates {
        let evidence = match prepared {
            Prepared::Mac(_) => tags.next().map(Evidence::Tag),
            Prepared::Token(secret) => Some(Evidence::Tag(secret.expose().to_vec())),
            Prepared::Private(key) => Some(Evidence::Key(key.public())),
            Prepared::Public(key) => Some(Evidence::Key(key.clone())),
        };
        let holds = |given: &Given| match &evidence {
            Some(Evidence::Tag(tag)) => equal(tag, &given.bytes),
            Some(Evidence::Key(key)) => algorithm.asymmetric().is_some_and(|algorithm| {
                crypto::verify(algorithm, key, &whole, &given.bytes).is_ok()
            }),
            None => false,
        };
        let found = reading
            .signatures
            .iter()
            .position(|given| given.algorithm == *algorithm && holds(given));
        if let Some(signature) = found {
            return Ok(Some((*place, signature)));
        }
    }
    Ok(None)
}

/// What a signature is held against.
enum Evidence {
    Tag(Vec<u8>),
    Key(PublicKey),
}

/// The tags of a text under several keys; the body is read once.
fn tags(
    view: &View<'_>,
    text: &[Part],
    mut macs: Vec<MacContext>,
) -> Result<Vec<Vec<u8>>, BodyUnread> {
    if !macs.is_empty() {
        let mut update = |bytes: &[u8]| macs.iter_mut().for_each(|mac| mac.update(bytes));
        for part in text {
            match &part.content {
                Content::Bytes(bytes) => update(bytes),
                Content::Body => view.body.feed(&mut update)?,
            }
        }
    }
    Ok(macs.into_iter().map(MacContext::finish).collect())
}

/// The text in one piece.
fn message(view: &View<'_>, text: &[Part], algorithm: Algorithm) -> Result<Vec<u8>, SealError> {
    let mut message = Vec::new();
    for part in text {
        match &part.content {
            Content::Bytes(bytes) => message.extend_from_slice(bytes),
            Content::Body => {
                let body = gather(view, MAX_WHOLE_BYTES)?;
                message.extend(body.ok_or(SealError::TooLong(algorithm))?);
            }
        }
    }
    Ok(message)
}

/// The SHA-256 of a text.
pub(super) fn digest(view: &View<'_>, text: &[Part]) -> Result<Vec<u8>, BodyUnread> {
    let mut digest = Digest::new(DigestAlgorithm::Sha256);
    for part in text {
        match &part.content {
            Content::Bytes(bytes) => digest.update(bytes),
            Content::Body => view.body.feed(&mut |bytes| digest.update(bytes))?,
        }
    }
    Ok(digest.finish())
}

/// What a signature is to say.
#[derive(Debug, Clone)]
pub struct SealOptions {
    /// When.
    pub time: Timestamp,
    /// The id, where the scheme has one and the message has none yet.
    pub id: Option<String>,
}

/// A signature with what was signed.
#[derive(Debug, Clone)]
pub struct Sealed {
    /// The fields to be put behind the last one.
    pub fields: Vec<(String, String)>,
    /// What was signed.
    pub text: Vec<Part>,
}

/// Signs a message, with several keys where the scheme carries several signatures.
///
/// # Errors
/// [`SealError`].
pub fn seal(
    description: &Description,
    view: &View<'_>,
    (keys, random): (&[Key], &SystemRandom),
    options: &SealOptions,
) -> Result<Sealed, SealError> {
    let (mut fields, reading) = stamp(description, view, options)?;
    let text = texts(description, view, &reading)?.into_iter().next();
    let text = text.unwrap_or_default();
    let mut signatures = Vec::new();
    for key in keys {
        let (version, signer) = signer(description, key)?;
        let bytes = match signer {
            Signer::Mac(mac) => tags(view, &text, vec![*mac])?.pop().unwrap_or_default(),
            Signer::Private(algorithm, key) => {
                let message = message(view, &text, algorithm)?;
                let ring = algorithm.asymmetric().ok_or(SealError::PublicKey)?;
                crypto::sign(ring, &key, &message, random)?
            }
        };
        signatures.push((version, encode(description.encoding, &bytes)));
    }
    let value = write(description, &reading, &signatures)?;
    let name = description.field.first().cloned().unwrap_or_default();
    fields.push((name, value));
    Ok(Sealed { fields, text })
}

/// The fields of time and id, and what a verifier will read in them.
fn stamp(
    description: &Description,
    view: &View<'_>,
    options: &SealOptions,
) -> Result<(Vec<(String, String)>, Reading), SealError> {
    let absent = |names: &[String]| {
        let there = |name: &&String| {
            let mut fields = view.fields.iter();
            fields.any(|(field, _)| field.eq_ignore_ascii_case(name))
        };
        match names.iter().find(there) {
            Some(name) => Err(SealError::AlreadyThere(name.clone())),
            None => Ok(names.first().cloned().unwrap_or_default()),
        }
    };
    absent(&description.field)?;
    let mut fields = Vec::new();
    let mut reading = Reading {
        signatures: Vec::new(),
        skipped: Vec::new(),
        timestamp: None,
        id: None,
    };
    if let Some(names) = &description.id {
        let name = absent(names)?;
        let id = options.id.clone();
        let id = id.ok_or_else(|| SealError::NoId(description.name.clone()))?;
        check_id(description, &id)?;
        fields.push((name, id.clone()));
        reading.id = Some(id);
    }
    if let Some(rule) = &description.timestamp {
        let number = options.time.unix().saturating_mul(rule.unit.per_second());
        let text = number.to_string();
        if let TimestampSource::Field(names) = &rule.source {
            fields.push((absent(names)?, text.clone()));
        }
        let time = options.time;
        reading.timestamp = Some(Stamp { text, time });
    }
    Ok((fields, reading))
}

enum Signer {
    Mac(Box<MacContext>),
    Private(Algorithm, PrivateKey),
}

/// The kind of signature that a key can make.
fn signer(description: &Description, key: &Key) -> Result<(Option<String>, Signer), SealError> {
    let kinds: Vec<(Option<String>, Algorithm)> = match &description.layout {
        Layout::Whole { algorithm, .. } => vec![(None, *algorithm)],
        Layout::Listed { versions, .. } => versions
            .iter()
            .map(|version| (Some(version.name.clone()), version.algorithm))
            .collect(),
    };
    let mut refusal = SealError::NoKey;
    for (version, algorithm) in kinds {
        let why = match algorithm {
            Algorithm::Token => Some("the secret itself is sent, and nothing is computed"),
            algorithm => algorithm.verify_only(),
        };
        if let Some(why) = why {
            let scheme = description.name.clone();
            refusal = SealError::VerifyOnly { scheme, why };
            continue;
        }
        match prepare(description, algorithm, key) {
            Ok(Prepared::Mac(mac)) => return Ok((version, Signer::Mac(Box::new(mac.start())))),
            Ok(Prepared::Private(key)) => {
                return Ok((version, Signer::Private(algorithm, key)));
            }
            Ok(Prepared::Public(_) | Prepared::Token(_)) => refusal = SealError::PublicKey,
            Err(problem) => {
                // The first kind is the scheme's own; what does not fit it is the better answer.
                if matches!(refusal, SealError::NoKey) {
                    refusal = SealError::Key(problem);
                }
            }
        }
    }
    Err(refusal)
}

fn encode(encoding: Encoding, bytes: &[u8]) -> String {
    use base64::Engine as _;
    match encoding {
        Encoding::Hex => hex(bytes),
        Encoding::Base64 => base64::engine::general_purpose::STANDARD.encode(bytes),
        Encoding::Text => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// The value of the signature's field.
fn write(
    description: &Description,
    reading: &Reading,
    signatures: &[(Option<String>, String)],
) -> Result<String, SealError> {
    if signatures.is_empty() {
        return Err(SealError::NoKey);
    }
    match &description.layout {
        Layout::Whole { prefix, .. } => match signatures {
            [(_, signature)] => Ok(format!("{prefix}{signature}")),
            several => Err(SealError::OneKey(description.name.clone(), several.len())),
        },
        Layout::Listed {
            between, assign, ..
        } => {
            let mut members = Vec::new();
            if let Some(rule) = &description.timestamp
                && let TimestampSource::Member(name) = &rule.source
                && let Some(stamp) = &reading.timestamp
            {
                members.push(format!("{name}{assign}{}", stamp.text));
            }
            for (version, signature) in signatures {
                let version = version.as_deref().unwrap_or_default();
                members.push(format!("{version}{assign}{signature}"));
            }
            Ok(members.join(&between.to_string()))
        }
    }
}
