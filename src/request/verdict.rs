//! The verdict about a signed message, the same for every scheme: does the MAC match, is it fresh, does it cover
//! enough, is the body the one that was signed?

use super::component::{Component, ComponentError};
use super::digest_fields::{DigestField, DigestVerdict};
use super::freshness::{Freshness, Window};
use super::reasons::Reason;
use super::signature_base::{BaseError, SignatureBase};
use crate::kernel::time::Timestamp;

/// Whether the MAC or signature matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mac {
    /// It does, under this key.
    Valid {
        /// The key's name.
        key: String,
        /// The algorithm.
        algorithm: &'static str,
    },
    /// It does not, under any key that fits.
    Invalid {
        /// The keys that were tried.
        tried: Vec<String>,
    },
    /// It was not computed.
    NotChecked(NotChecked),
}

/// Why no MAC was computed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotChecked {
    /// The signature base cannot be built.
    #[error(transparent)]
    Base(#[from] BaseError),
    /// What is signed cannot be put together, for schemes without components.
    #[error("{0}")]
    Unbuildable(String),
    /// The signature names an algorithm that is not accepted.
    #[error("the signature says `{found}`; accepted are {accepted}")]
    Algorithm {
        /// The name in the signature.
        found: String,
        /// The accepted ones.
        accepted: String,
    },
    /// A parameter of the wrong type, or one that means nothing.
    #[error("the signature parameter `{name}` {problem}")]
    Parameter {
        /// The parameter.
        name: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The signature cannot be read.
    #[error("{0}")]
    Malformed(String),
    /// No key fits the key id.
    #[error("no key given has the id `{wanted}` that the signature names; there is {found}")]
    NoSuchKey {
        /// The signature's key id.
        wanted: String,
        /// The ids at hand.
        found: String,
    },
    /// Keys are there, but none may be used for this signature.
    #[error("no key given can check this signature: {0}")]
    NoFittingKey(String),
}

impl NotChecked {
    fn reason(&self) -> Reason {
        match self {
            Self::Base(BaseError::Component(ComponentError::Absent(_))) => Reason::ComponentAbsent,
            Self::Base(BaseError::Duplicate(_)) => Reason::SignatureAmbiguous,
            Self::Base(_) | Self::Unbuildable(_) => Reason::BaseUnbuildable,
            Self::Algorithm { .. } => Reason::AlgorithmNotAccepted,
            Self::Parameter { .. } | Self::Malformed(_) => Reason::SignatureMalformed,
            Self::NoSuchKey { .. } => Reason::KeyNotFound,
            Self::NoFittingKey(_) => Reason::KeyUnfit,
        }
    }
}

/// Whether enough is covered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Coverage {
    /// What is covered, unless a signature base says it: [`Verdict::covered`] has both.
    pub covered: Vec<String>,
    /// What is required and not covered.
    pub missing: Vec<String>,
    /// Expectations about `tag` and `nonce` that do not hold, expected and found.
    pub unmet: Vec<(Reason, String, String)>,
}

/// What binds the body to the signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BodyBinding {
    /// The MAC is over the body itself, or over a hash of it that was computed from it.
    Signed,
    /// A digest field stands between them.
    Field(DigestCheck),
    /// A hash in the message that stands for the body, and is not that of the body.
    HashMismatch {
        /// Where the hash stands.
        place: &'static str,
    },
    /// The scheme or the signer left the body out.
    Unsigned {
        /// Why, in words.
        why: String,
        /// Whether there is a body and the policy demands that it is signed.
        refused: bool,
    },
    /// The body could not be read to its end.
    Unreadable(String),
}

/// A digest field held against the body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DigestCheck {
    /// Which field.
    pub field: DigestField,
    /// What it says.
    pub verdict: DigestVerdict,
    /// Whether the signature covers it.
    pub covered: bool,
    /// Whether there is a body.
    pub has_body: bool,
    /// Whether the policy demands a body's digest.
    pub required: bool,
}

impl DigestCheck {
    /// Whether the body is that of the signer, by this field.
    pub fn protects(&self) -> bool {
        self.covered && matches!(self.verdict, DigestVerdict::Matches(_))
    }

    fn reason(&self) -> Option<Reason> {
        // RFC 9421 §7.2.8: a covered digest proves nothing unless it is compared with the content.
        match &self.verdict {
            DigestVerdict::Matches(_) => None,
            DigestVerdict::Mismatch(_) => Some(Reason::DigestMismatch),
            DigestVerdict::Malformed(_) | DigestVerdict::NotBytes(_) => {
                Some(Reason::DigestMalformed)
            }
            DigestVerdict::OnlyUnknown(_) if self.covered || self.required => {
                Some(Reason::DigestUnknownAlgorithm)
            }
            DigestVerdict::Undecidable(_) if self.covered || self.required => {
                Some(Reason::DigestUndecidable)
            }
            DigestVerdict::Absent if self.has_body && self.required => Some(Reason::DigestMissing),
            _ => None,
        }
    }
}

/// The part of a signature that must not be seen twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplayId {
    /// Whose it is: the key's id.
    pub scope: String,
    /// The nonce, the message's id, or the signature itself.
    pub id: Vec<u8>,
    /// What the signatures of one message by several keys have in common, whosever they are.
    pub shared: Option<Vec<u8>>,
    /// Until when it must be remembered; None for ever, where the signature never grows old.
    pub until: Option<Timestamp>,
}

/// What the replay store said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replay {
    /// It was not asked.
    NotAsked,
    /// It had not seen the signature, and remembers it now.
    New,
    /// It had.
    Seen {
        /// When.
        first: Timestamp,
    },
    /// It has removed entries that end no earlier, and cannot tell whether this was among them.
    Forgotten,
}

impl Replay {
    /// Why the store's answer refuses the message.
    pub fn reason(self) -> Option<Reason> {
        match self {
            Self::NotAsked | Self::New => None,
            Self::Seen { .. } | Self::Forgotten => Some(Reason::Replayed),
        }
    }
}

/// Text that was signed, with where each line of it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignedText {
    /// The signature base of RFC 9421.
    Base(SignatureBase),
    /// The texts of another scheme; the last one is what the MAC is over.
    Sections(Vec<Section>),
}

/// One text on the way to the signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// What it is called: `canonical request`, `string to sign`.
    pub title: &'static str,
    /// Its parts; together they are the text.
    pub parts: Vec<Part>,
}

/// A part of a signed text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Bytes with their origin in words.
    Bytes {
        /// The bytes, line ends included.
        bytes: Vec<u8>,
        /// Where they come from: `header webhook-id`, `separator`.
        origin: String,
    },
    /// The body of the message.
    Body,
}

/// A text for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownText {
    /// What it is called.
    pub title: &'static str,
    /// Its lines.
    pub lines: Vec<ShownLine>,
}

/// A line with its origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownLine {
    /// The line, perhaps with its line end.
    pub text: Vec<u8>,
    /// Where it comes from, in words.
    pub origin: String,
}

impl SignedText {
    /// The texts as lines for people.
    pub fn shown(&self) -> Vec<ShownText> {
        match self {
            Self::Base(base) => {
                let origins = base.components().iter().map(Component::origin);
                let own = "the parameters in `Signature-Input`".to_owned();
                let lines = base.text().split('\n').zip(origins.chain([own]));
                let lines = lines.map(|(line, origin)| ShownLine {
                    text: line.into(),
                    origin,
                });
                vec![ShownText {
                    title: "signature base",
                    lines: lines.collect(),
                }]
            }
            Self::Sections(sections) => sections
                .iter()
                .map(|section| ShownText {
                    title: section.title,
                    lines: section.lines(),
                })
                .collect(),
        }
    }

    /// The text that the MAC is over, up to the body if that is a part of it.
    pub fn last_text(&self) -> Vec<u8> {
        match self {
            Self::Base(base) => base.text().as_bytes().to_vec(),
            Self::Sections(sections) => sections.last().map(Section::text).unwrap_or_default(),
        }
    }
}

impl Section {
    fn text(&self) -> Vec<u8> {
        let bytes = self.parts.iter().filter_map(|part| match part {
            Part::Bytes { bytes, .. } => Some(bytes.as_slice()),
            Part::Body => None,
        });
        bytes.collect::<Vec<_>>().concat()
    }

    fn lines(&self) -> Vec<ShownLine> {
        self.parts
            .iter()
            .map(|part| match part {
                Part::Bytes { bytes, origin } => ShownLine {
                    text: bytes.clone(),
                    origin: origin.clone(),
                },
                Part::Body => ShownLine {
                    text: b"(the body)".to_vec(),
                    origin: "the body, byte for byte".to_owned(),
                },
            })
            .collect()
    }
}

/// The whole verdict about one signature.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// The scheme's name.
    pub scheme: String,
    /// The label of the signature, where a message can have several.
    pub label: Option<String>,
    /// The key id it names.
    pub key_id: Option<String>,
    /// The MAC or signature.
    pub mac: Mac,
    /// The freshness.
    pub freshness: Freshness,
    /// The window it was held against.
    pub window: Window,
    /// The coverage.
    pub coverage: Coverage,
    /// The body.
    pub body: BodyBinding,
    /// The target, `Host` and the scheme that do not name one place.
    pub target_conflict: Option<ComponentError>,
    /// What must not be seen twice.
    pub replay_id: Option<ReplayId>,
    /// What the replay store said of it.
    pub replay: Replay,
    /// What was signed, where it could be put together.
    pub signed: Option<SignedText>,
    /// What a reader should know and does not decide.
    pub notes: Vec<String>,
}

impl Verdict {
    /// Why the message is refused, in the order MAC, freshness, coverage, body; empty if it is accepted.
    pub fn reasons(&self) -> Vec<Reason> {
        let mut reasons = Vec::new();
        match &self.mac {
            Mac::Valid { .. } => {}
            Mac::Invalid { .. } => reasons.push(Reason::MacInvalid),
            Mac::NotChecked(why) => reasons.push(why.reason()),
        }
        if self.target_conflict.is_some() {
            reasons.push(Reason::TargetConflict);
        }
        reasons.extend(self.freshness.reason());
        reasons.extend(self.replay.reason());
        if !self.coverage.missing.is_empty() {
            reasons.push(Reason::ComponentNotCovered);
        }
        reasons.extend(self.coverage.unmet.iter().map(|(reason, ..)| *reason));
        reasons.extend(match &self.body {
            BodyBinding::Unsigned { refused: true, .. } => Some(Reason::DigestMissing),
            BodyBinding::Signed | BodyBinding::Unsigned { .. } => None,
            BodyBinding::Field(check) => check.reason(),
            BodyBinding::HashMismatch { .. } => Some(Reason::DigestMismatch),
            BodyBinding::Unreadable(_) => Some(Reason::BodyUnreadable),
        });
        reasons.dedup();
        reasons
    }

    /// What is covered, by the names that RFC 9421 gives it.
    pub fn covered(&self) -> Vec<&str> {
        match &self.signed {
            Some(SignedText::Base(base)) => base
                .components()
                .iter()
                .map(Component::identifier)
                .collect(),
            _ => self.coverage.covered.iter().map(String::as_str).collect(),
        }
    }

    /// Whether the message is accepted.
    pub fn is_accepted(&self) -> bool {
        matches!(self.mac, Mac::Valid { .. }) && self.reasons().is_empty()
    }
}
