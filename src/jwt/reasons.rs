//! Why a token is refused: stable codes with their explanations.

use crate::kernel::reason::ReasonPage;

/// A reason for refusing a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The text is not a sound token.
    Malformed,
    /// `none`, unknown or not accepted.
    AlgorithmRefused,
    /// No key fits.
    NoKey,
    /// The signature is not that of any key.
    SignatureInvalid,
    /// The payload is not a set of claims.
    ClaimsMalformed,
    /// Past its `exp`.
    Expired,
    /// Before its `nbf`.
    NotYetValid,
    /// `iat` is ahead.
    IssuedInFuture,
    /// A required claim is missing.
    ClaimMissing,
    /// A claim of the wrong JSON type.
    ClaimType,
    /// Another issuer.
    IssuerMismatch,
    /// Another audience.
    AudienceMismatch,
    /// The token names an audience and none was expected.
    AudienceUnchecked,
    /// Another subject.
    SubjectMismatch,
    /// Another `typ`.
    TypeMismatch,
    /// A scope is not granted.
    ScopeMissing,
}

impl Reason {
    /// All reasons.
    pub const ALL: [Self; 16] = [
        Self::Malformed,
        Self::AlgorithmRefused,
        Self::NoKey,
        Self::SignatureInvalid,
        Self::ClaimsMalformed,
        Self::Expired,
        Self::NotYetValid,
        Self::IssuedInFuture,
        Self::ClaimMissing,
        Self::ClaimType,
        Self::IssuerMismatch,
        Self::AudienceMismatch,
        Self::AudienceUnchecked,
        Self::SubjectMismatch,
        Self::TypeMismatch,
        Self::ScopeMissing,
    ];

    /// The stable code.
    pub fn code(self) -> &'static str {
        self.page().code
    }

    /// The code with its explanation.
    pub fn page(self) -> ReasonPage {
        let (code, title, text) = match self {
            Self::Malformed => (
                "jwt-malformed",
                "the text is not a sound token",
                "A signed token has three parts of base64url without padding, separated by dots; its header is one \
                 JSON object without duplicate members. Anything else is refused before any signature is computed \
                 (RFC 8725bis §3.14), because two readers could see two different tokens.",
            ),
            Self::AlgorithmRefused => (
                "jwt-algorithm-refused",
                "the token's algorithm is not accepted",
                "The verifier chooses the algorithms, never the token (RFC 8725bis §3.1). `none` is not an algorithm \
                 one can verify with. Name what you accept with `--alg`; without it, the kinds of the keys decide.",
            ),
            Self::NoKey => (
                "jwt-no-key",
                "no key given fits the token",
                "Each key was passed over for its id, kind, size, use or algorithm; the verdict lists why. A missing \
                 key is not a wrong signature: look for the issuer's current key set.",
            ),
            Self::SignatureInvalid => (
                "jwt-signature-invalid",
                "the signature is not that of any key that fits",
                "The token was changed, or signed with another key. With a shared secret, the commonest cause is its \
                 encoding: a secret in base64 that was used as text, or a line end at its end.",
            ),
            Self::ClaimsMalformed => (
                "jwt-claims-malformed",
                "the payload is not a set of claims",
                "The payload of a JWT is one JSON object in UTF-8 without duplicate members (RFC 7519 §4). The \
                 signature may be right, but there is nothing to rely on.",
            ),
            Self::Expired => (
                "jwt-expired",
                "the token is past its `exp`",
                "The present must be before `exp`; equal is expired (RFC 7519 §4.1.4). Fetch a new token. Clocks that \
                 differ are granted up to 5 minutes with `--leeway`.",
            ),
            Self::NotYetValid => (
                "jwt-not-yet-valid",
                "the token is not valid before its `nbf`",
                "The present must not be before `nbf` (RFC 7519 §4.1.5). A difference of a few seconds is clock skew \
                 and not a bad token: `--leeway 10s`.",
            ),
            Self::IssuedInFuture => (
                "jwt-issued-in-future",
                "the token's `iat` is ahead of the present",
                "A token that was issued in the future comes from a clock that is wrong, or from someone who wants it \
                 to look young later. Clock skew is granted with `--leeway`.",
            ),
            Self::ClaimMissing => (
                "jwt-claim-missing",
                "a claim that must be there is not",
                "`exp` is always required: a token without it is valid for ever. What is expected with `--iss`, \
                 `--aud`, `--sub`, `--scope` or `--require` must be there too; absent is not equal.",
            ),
            Self::ClaimType => (
                "jwt-claim-type",
                "a claim has the wrong JSON type",
                "Times are numbers, `iss` and `sub` strings, `aud` a string or an array of strings (RFC 7519 §4.1). \
                 A claim of another type fails its check and is never skipped.",
            ),
            Self::IssuerMismatch => (
                "jwt-issuer-mismatch",
                "the token comes from another issuer",
                "`iss` must equal the expected issuer character for character, a final `/` included.",
            ),
            Self::AudienceMismatch => (
                "jwt-audience-mismatch",
                "the token is meant for someone else",
                "None of the values of `aud` is the expected one. A service that accepts tokens for another lets that \
                 other act in its name.",
            ),
            Self::AudienceUnchecked => (
                "jwt-audience-unchecked",
                "the token names an audience, and none was expected",
                "RFC 7519 §4.1.3: who does not identify itself with a value of `aud` must reject the token. Say who \
                 you are with `--aud`, or accept any with `--any-aud`.",
            ),
            Self::SubjectMismatch => (
                "jwt-subject-mismatch",
                "the token is about another subject",
                "`sub` must equal the expected subject.",
            ),
            Self::TypeMismatch => (
                "jwt-type-mismatch",
                "the token is of another type",
                "`typ` keeps one kind of token from being used as another (RFC 8725bis §3.11): an ID token is no \
                 access token. It is compared as a media type, ignoring case, with `application/` assumed.",
            ),
            Self::ScopeMissing => (
                "jwt-scope-missing",
                "the token does not grant a scope that is needed",
                "`scope` is a list of words separated by spaces (RFC 8693 §4.2); each expected word must be in it.",
            ),
        };
        ReasonPage { code, title, text }
    }
}
