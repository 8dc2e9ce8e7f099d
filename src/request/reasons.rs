//! Why a request is refused: stable codes with their explanations.

use std::sync::LazyLock;

use crate::kernel::finding::{Confidence, Rule, Severity};
use crate::kernel::reason::ReasonPage;

/// A reason for refusing a signed request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The MAC does not match.
    MacInvalid,
    /// The signature base cannot be built.
    BaseUnbuildable,
    /// Target, `Host` and scheme do not name one place.
    TargetConflict,
    /// The algorithm is not accepted.
    AlgorithmNotAccepted,
    /// The key named is not among those given.
    KeyNotFound,
    /// The signature's fields or parameters are damaged.
    SignatureMalformed,
    /// A label, a parameter or a component is there twice.
    SignatureAmbiguous,
    /// A covered component is not in the message.
    ComponentAbsent,
    /// No key given may check this signature.
    KeyUnfit,
    /// There is no signature.
    SignatureMissing,
    /// Older than allowed.
    TooOld,
    /// Created in the future.
    FromTheFuture,
    /// Past its `expires`.
    SignatureExpired,
    /// No `created`.
    CreatedMissing,
    /// Seen before.
    Replayed,
    /// Something required is not covered.
    ComponentNotCovered,
    /// Another `tag` than expected.
    TagMismatch,
    /// Another `nonce` than expected.
    NonceMismatch,
    /// Another region or service than expected.
    ScopeMismatch,
    /// The body is not the one that was signed.
    DigestMismatch,
    /// A body without digest.
    DigestMissing,
    /// Only digests that cannot be checked.
    DigestUnknownAlgorithm,
    /// The digest field is damaged.
    DigestMalformed,
    /// The digest is not one of what the message holds.
    DigestUndecidable,
    /// The body could not be read.
    BodyUnreadable,
    /// What a recording says of a message contradicts itself, or is not all of it.
    RecordingUnreliable,
}

impl Reason {
    /// All reasons.
    pub const ALL: [Self; 26] = [
        Self::MacInvalid,
        Self::BaseUnbuildable,
        Self::TargetConflict,
        Self::AlgorithmNotAccepted,
        Self::KeyNotFound,
        Self::SignatureMalformed,
        Self::SignatureAmbiguous,
        Self::ComponentAbsent,
        Self::KeyUnfit,
        Self::SignatureMissing,
        Self::TooOld,
        Self::FromTheFuture,
        Self::SignatureExpired,
        Self::CreatedMissing,
        Self::Replayed,
        Self::ComponentNotCovered,
        Self::TagMismatch,
        Self::NonceMismatch,
        Self::ScopeMismatch,
        Self::DigestMismatch,
        Self::DigestMissing,
        Self::DigestUnknownAlgorithm,
        Self::DigestMalformed,
        Self::DigestUndecidable,
        Self::BodyUnreadable,
        Self::RecordingUnreliable,
    ];

    /// The reason as a rule, for the formats of findings.
    pub fn rule(self) -> &'static Rule {
        static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| {
            let rules = Reason::ALL.into_iter().map(|reason| {
                let page = reason.page();
                Rule {
                    id: page.code,
                    title: page.title,
                    severity: Severity::High,
                    confidence: Confidence::High,
                    page: crate::kernel::finding::Page::Written(page.text),
                }
            });
            rules.collect()
        });
        let place = Self::ALL.iter().position(|known| *known == self);
        let rule = place.and_then(|place| RULES.get(place));
        rule.expect("every reason is in the list of all")
    }

    /// The stable code.
    pub fn code(self) -> &'static str {
        self.page().code
    }

    /// The code with its explanation.
    pub fn page(self) -> ReasonPage {
        let (code, title, text) = match self {
            Self::MacInvalid => (
                "request-mac-invalid",
                "the MAC does not match the message under the key",
                "The signature base that the verifier builds differs from the one that was signed, or the secret \
                 does. Compare the two bases line by line (RFC 9421 §7.4.1): `countersign request explain` \
                 shows ours and searches for the cause. The commonest causes are a secret in another encoding (`--key-encoding`), a body or \
                 field that a proxy changed, and another `Host`.",
            ),
            Self::BaseUnbuildable => (
                "request-base-unbuildable",
                "the signature covers something that has no value, or that is not supported",
                "RFC 9421 §2.5 demands an error where a covered component has no one value: an unknown derived \
                 component or parameter, characters outside ASCII, a field that is not of its structure. Without the \
                 whole base the MAC cannot be computed, so the request is refused.",
            ),
            Self::TargetConflict => (
                "request-target-conflict",
                "the target, `Host` and the scheme do not name one place",
                "A target in absolute form beats `Host` (RFC 9112 §3.2.2), and two `Host` fields are read differently by \
                 different servers. Such a request goes to one place for the verifier and to another for whoever \
                 answers it, so it is refused whatever the signature covers. `--target-scheme` says whether the \
                 request was made with https or http.",
            ),
            Self::AlgorithmNotAccepted => (
                "request-algorithm-not-accepted",
                "the signature names an algorithm that the verifier does not accept",
                "The algorithm is the verifier's choice (RFC 9421 §3.2 step 6). What the message says in `alg` must \
                 be one of the accepted algorithms, by its whole registered name.",
            ),
            Self::KeyNotFound => (
                "request-key-not-found",
                "no key given has the id that the signature names",
                "The signature's `keyid` names a key that is not among those given with `--key`. A missing key is \
                 not a wrong signature: find out which key the signer uses.",
            ),
            Self::KeyUnfit => (
                "request-key-unfit",
                "no key given may check this signature",
                "The algorithm of a signature belongs to a kind of key (RFC 9421 §3.3, §7.3.6): a public key is never a \
                 MAC secret, an RSA key that is marked for PSS is not used with PKCS#1 v1.5, and a key whose `use` or \
                 `key_ops` exclude verification is not used at all. Nor is a key of a set before its `nbf` or from \
                 its `exp` on. The message says for each key why it was passed over.",
            ),
            Self::SignatureMalformed => (
                "request-signature-malformed",
                "`Signature-Input` or `Signature` cannot be read",
                "Both fields are dictionaries of structured fields (RFC 9651) with the same labels, each once. \
                 `created` and `expires` are integers; `nonce`, `alg`, `keyid` and `tag` are strings.",
            ),
            Self::SignatureAmbiguous => (
                "request-signature-ambiguous",
                "a label, a parameter or a component of the signature is there twice",
                "Labels are unique within `Signature-Input` and `Signature` (RFC 9421 §4.1, §4.2), and so is each \
                 component (§2). Of two parameters with one name a reader of structured fields takes the last and \
                 another the first: a signature that means two things is refused, whatever its MAC.",
            ),
            Self::ComponentAbsent => (
                "request-component-absent",
                "the signature covers something that the message does not have",
                "RFC 9421 §2.5 demands an error, and never an empty value, where a covered component is missing. A \
                 proxy may have taken the field away, or the signer covers what only its own side sees.",
            ),
            Self::SignatureMissing => (
                "request-signature-missing",
                "the message carries no signature to verify",
                "There is no `Signature-Input` or `Signature` field, or none with the label asked for.",
            ),
            Self::TooOld => (
                "request-too-old",
                "the signature was created longer ago than the largest age allowed",
                "The MAC may be right: the message is old. A replayed request looks exactly like this. The largest \
                 age is 5 minutes unless `--max-age` says otherwise; `--at` judges by another time.",
            ),
            Self::FromTheFuture => (
                "request-from-the-future",
                "the signature was created after the present time",
                "The signer's clock is ahead of the verifier's. Up to 5 minutes can be granted with `--leeway`.",
            ),
            Self::SignatureExpired => (
                "request-signature-expired",
                "the signature is past its `expires`",
                "The signer limited the signature's life itself (RFC 9421 §2.3). Sign the request anew.",
            ),
            Self::CreatedMissing => (
                "request-created-missing",
                "the signature does not say when it was created",
                "Without `created` no age can be computed and the request can be replayed for ever. Ask the signer \
                 for `created`, or accept any age with `--max-age none`.",
            ),
            Self::Replayed => (
                "request-replayed",
                "the replay store has seen this nonce or signature before",
                "The same nonce under the same key, or the same signature where there is no nonce, was accepted \
                 before. Either someone repeats a recorded message, or a client retries without signing anew: a retry \
                 needs a fresh `created` and `nonce`.",
            ),
            Self::ComponentNotCovered => (
                "request-component-not-covered",
                "a component that must be covered is not",
                "What is not covered can be changed without breaking the signature (RFC 9421 §7.2.1). Unless \
                 `--require` says otherwise, a signature must cover the method, the authority, the whole target, and \
                 the digest of a body.",
            ),
            Self::TagMismatch => (
                "request-tag-mismatch",
                "the signature's `tag` is not the expected one",
                "A tag says which application a signature is for (RFC 9421 §7.2.5). A signature for another \
                 application is not one for this.",
            ),
            Self::NonceMismatch => (
                "request-nonce-mismatch",
                "the signature's `nonce` is not the expected one",
                "The verifier asked for a signature over its own nonce; this one was made for another occasion.",
            ),
            Self::ScopeMismatch => (
                "request-scope-mismatch",
                "the signature is for another region or service than expected",
                "A key of AWS Signature Version 4 signs for one day, one region and one service (version 4A: for a set \
                 of regions). A signature for another service is not one for this, even under the right key.",
            ),
            Self::DigestMismatch => (
                "request-digest-mismatch",
                "the body is not the one that its digest describes",
                "The signature covers a digest of the body, not the body itself: `Content-Digest`, `Repr-Digest`, or the \
                 field or parameter that the scheme has for it, such as `x-amz-content-sha256`, `Content-MD5` or \
                 `bodySHA256`. The body was changed, or the digest was computed over other bytes (before \
                 compression, or without a final line end).",
            ),
            Self::DigestMissing => (
                "request-digest-missing",
                "the message has a body that the signature does not protect",
                "A signature over the head alone lets anyone replace the body. Sign with a digest of it and cover that: \
                 `Content-Digest` (RFC 9530) in RFC 9421, and in another scheme the field that it has for the body's \
                 hash.",
            ),
            Self::DigestUnknownAlgorithm => (
                "request-digest-unknown-algorithm",
                "the digest of the body is of algorithms that prove nothing",
                "In `Content-Digest` and `Repr-Digest` `sha-256` and `sha-512` are active (RFC 9530 §5). The others are \
                 deprecated or unknown, and cannot vouch for a body.",
            ),
            Self::DigestMalformed => (
                "request-digest-malformed",
                "the digest of the body cannot be read",
                "`Content-Digest` and `Repr-Digest` are dictionaries of byte sequences, such as `sha-256=:…:` (RFC 9530 \
                 §2, §3).",
            ),
            Self::DigestUndecidable => (
                "request-digest-undecidable",
                "the digest is of more than the message holds",
                "`Repr-Digest` describes the whole representation. A message with `Content-Range` holds a part of it, and \
                 an answer to HEAD or with 204 or 304 holds none (RFC 9530 §3.1), so the digest can be neither confirmed \
                 nor refuted. Have `Content-Digest` covered, which is about the bytes of this message.",
            ),
            Self::BodyUnreadable => (
                "request-body-unreadable",
                "the body could not be read to its end",
                "The file or stream that holds the body failed while it was hashed, so nothing can be said about it.",
            ),
            Self::RecordingUnreliable => (
                "request-recording-unreliable",
                "the recording contradicts itself, or lacks the body",
                "An archive keeps the URL, the method and the status beside the fields. Where they differ, as `Host` or \
                 `:authority` from the URL's host, nobody can tell which of the two was sent, and a signature that \
                 matches one of them proves nothing about the other. Nor does it say anything of a body that was not recorded. Save the message itself, or record it anew.",
            ),
        };
        ReasonPage { code, title, text }
    }
}
