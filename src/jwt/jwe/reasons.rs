//! Why a message does not open: stable codes with their explanations.

use crate::kernel::reason::ReasonPage;

/// A reason for a message that stays closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// The text is no sound JWE.
    Malformed,
    /// An algorithm that is unknown, or not in this build.
    AlgorithmRefused,
    /// A parameter is missing, impossible or out of bounds.
    Parameter,
    /// No key fits.
    NoKey,
    /// It opens with none of the keys.
    Failed,
    /// The content cannot be unpacked.
    Decompression,
    /// It opens, and nobody has signed what is inside.
    NotSigned,
    /// The header repeats claims, with other values.
    Contradicted,
}

impl Reason {
    /// All reasons, in the order of the steps.
    pub const ALL: [Self; 8] = [
        Self::Malformed,
        Self::AlgorithmRefused,
        Self::Parameter,
        Self::NoKey,
        Self::Failed,
        Self::Decompression,
        Self::NotSigned,
        Self::Contradicted,
    ];

    /// The stable code.
    pub fn code(self) -> &'static str {
        self.page().code
    }

    /// The code with its explanation.
    pub fn page(self) -> ReasonPage {
        let (code, title, text) = match self {
            Self::Malformed => (
                "jwe-malformed",
                "the text is not a sound encrypted message",
                "A compact JWE has five parts of base64url without padding, separated by dots; its header is one JSON \
                 object without duplicate members. The JSON forms are no tokens (RFC 7519 §1) and are read only where \
                 a message is asked for.",
            ),
            Self::AlgorithmRefused => (
                "jwe-algorithm-refused",
                "the message's `alg`, `enc` or `zip` is not one that is offered",
                "RSA decryption is in builds with the feature `rsa-decryption` alone: \
                 `cargo install countersign --features rsa-decryption`. `DEF` is the only compression there is (RFC 7516 \
                 §4.1.3).",
            ),
            Self::Parameter => (
                "jwe-parameter",
                "a header parameter is missing, impossible or out of bounds",
                "`epk` must be a point on the curve of the recipient's key (RFC 8725bis §3.4), `p2c` demand between \
                 1,000 and 1,200,000 iterations (RFC 7518 §4.8.1.2, RFC 8725bis §3.13), `p2s` have 8 bytes, and the \
                 initialization vector and the tag the lengths of their algorithm. It is judged before any key is used.",
            ),
            Self::NoKey => (
                "jwe-no-key",
                "no key given fits the message",
                "Each key was passed over for its id, kind, curve, size, use or algorithm; the list says why. One key is \
                 for one algorithm (RFC 8725bis §3.1): a key whose `alg` is `A128GCMKW` does not open `A128KW`.",
            ),
            Self::Failed => (
                "jwe-decryption-failed",
                "the message does not open with any key that fits",
                "The key is another one, or the message was changed. Which step failed is not told: an answer that \
                 tells a wrong padding from a wrong tag decrypts messages for whoever asks often enough (RFC 7516 §11.5).",
            ),
            Self::Decompression => (
                "jwe-decompression-failed",
                "the content was authentic and cannot be unpacked",
                "Contents unpack to 250,000 bytes at most (RFC 8725bis §3.15), and nothing may follow them. Senders \
                 should not compress at all: the length tells of the content (§3.6).",
            ),
            Self::NotSigned => (
                "jwe-not-signed",
                "the message opens, but there is no signed token inside",
                "Whoever has the public key can encrypt to it: that a message decrypts says nothing about who wrote it \
                 (RFC 8725bis §2.3). A nested token is signed first and then encrypted, and its header says `cty: JWT` \
                 (RFC 7519 §5.2). `jwt inspect --decrypt-key` shows what is inside.",
            ),
            Self::Contradicted => (
                "jwe-header-contradicts",
                "the header repeats a claim with another value than the token inside",
                "`iss`, `sub` and `aud` may stand in the header as well, for those who route a message they cannot open; \
                 then they must be the same there (RFC 7519 §5.3). Who wrote the header is unknown, who wrote the claims \
                 is not: the message was made by mistake, or to be routed as another's.",
            ),
        };
        ReasonPage { code, title, text }
    }
}
