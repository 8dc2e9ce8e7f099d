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
    /// The header has a parameter too many or too few.
    HeaderParameter,
    /// A claim that must not be there.
    ClaimForbidden,
    /// A claim of another value.
    ClaimValue,
    /// Issued to another client.
    ClientMismatch,
    /// Another nonce.
    NonceMismatch,
    /// Too weak a sign-in.
    AuthenticationWeak,
    /// Too old a sign-in.
    AuthenticationOld,
    /// Issued too long ago.
    TooOld,
    /// Too long a life.
    LifetimeTooLong,
    /// Too large a leeway.
    LeewayTooLarge,
    /// Another token's or code's hash.
    HashMismatch,
    /// Bound to another key.
    BindingMismatch,
    /// Bound, but nothing is proven.
    BindingUnchecked,
    /// An invalid proof.
    ProofInvalid,
    /// For another request.
    RequestMismatch,
    /// The request is not known.
    RequestUnchecked,
    /// Seen before.
    Replayed,
    /// No `jti` to remember.
    NotReplayable,
}

impl Reason {
    /// All reasons.
    pub const ALL: [Self; 34] = [
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
        Self::HeaderParameter,
        Self::ClaimForbidden,
        Self::ClaimValue,
        Self::ClientMismatch,
        Self::NonceMismatch,
        Self::AuthenticationWeak,
        Self::AuthenticationOld,
        Self::TooOld,
        Self::LifetimeTooLong,
        Self::LeewayTooLarge,
        Self::HashMismatch,
        Self::BindingMismatch,
        Self::BindingUnchecked,
        Self::ProofInvalid,
        Self::RequestMismatch,
        Self::RequestUnchecked,
        Self::Replayed,
        Self::NotReplayable,
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
            Self::HeaderParameter => (
                "jwt-header-parameter",
                "a header parameter that this kind of token forbids or needs",
                "The specification of this kind of token says which header parameters there are: a DPoP proof \
                 carries its public key and never a private one (RFC 9449 §4.2), a JWT-SVID has `alg`, `kid` and \
                 `typ` alone, a WIT-SVID names its key.",
            ),
            Self::ClaimForbidden => (
                "jwt-claim-forbidden",
                "a claim that this kind of token must not have",
                "A logout token has no `nonce`, so that it is never taken for an ID token (Back-Channel Logout \
                 §2.4); a WIT-SVID has no `aud`, for it is no bearer token.",
            ),
            Self::ClaimValue => (
                "jwt-claim-value",
                "a claim has another value than it must have",
                "The value is not what `--claim NAME=PATTERN` or the profile asks for. In a pattern `*` stands for \
                 any characters; in an array one value must fit.",
            ),
            Self::ClientMismatch => (
                "jwt-client-mismatch",
                "the token was issued to another client",
                "`azp` of an ID token, and `client_id` of an access token, name the client it was issued to. With \
                 several audiences `azp` must be there (OIDC Core §3.1.3.7).",
            ),
            Self::NonceMismatch => (
                "jwt-nonce-mismatch",
                "the token does not carry the nonce that was sent",
                "A nonce binds a token to one sign-in or one answer of the server. Another one, or none, is a \
                 replay or a mix-up (OIDC Core §3.1.3.7, RFC 9449 §8).",
            ),
            Self::AuthenticationWeak => (
                "jwt-authentication-weak",
                "the user did not sign in as strongly as is needed",
                "`acr` names how strongly, `amr` by which methods (RFC 8176). Several factors are `mfa`, or methods \
                 of two kinds: known, held, inherent. Send the user back to sign in again, with `acr_values`.",
            ),
            Self::AuthenticationOld => (
                "jwt-authentication-old",
                "the user signed in too long ago",
                "`auth_time` is longer ago than `--max-auth-age`. A provider sends it when `max_age` was asked for.",
            ),
            Self::TooOld => (
                "jwt-too-old",
                "the token was issued too long ago",
                "`iat` is longer ago than the verifier allows, whatever `exp` says. A DPoP proof lives for minutes: \
                 `--proof-window`.",
            ),
            Self::LifetimeTooLong => (
                "jwt-lifetime-too-long",
                "the token lives longer than its kind may",
                "Access and service tokens live 15 minutes at most, refresh tokens 7 days. What was stolen is \
                 usable until it expires: mint short-lived tokens and fetch new ones.",
            ),
            Self::LeewayTooLarge => (
                "jwt-leeway-too-large",
                "the leeway is larger than this kind of token allows",
                "A WIT-SVID allows clocks to differ by two minutes at most.",
            ),
            Self::HashMismatch => (
                "jwt-hash-mismatch",
                "the token was not issued with this token or code",
                "`at_hash` and `c_hash` are the left half of the hash of the access token and the code that came \
                 with an ID token (OIDC Core §3.1.3.6); `ath` is the SHA-256 of the access token that a DPoP proof \
                 is sent with.",
            ),
            Self::BindingMismatch => (
                "jwt-binding-mismatch",
                "the sender holds another key than the token is bound to",
                "`cnf` names the key or certificate that its rightful sender holds (RFC 8705 §3.1, RFC 9449 §6.1). \
                 Another one is a stolen token, or a client that changed its key without fetching a new token.",
            ),
            Self::BindingUnchecked => (
                "jwt-binding-unchecked",
                "the token is bound to a key, and nothing proves that the sender holds it",
                "Without its proof a bound token is worth nothing: give `--certificate` for `cnf.x5t#S256`, or \
                 `--proof` with `--method` and `--uri` for `cnf.jkt`. To look at the rest alone: `--unproven`.",
            ),
            Self::ProofInvalid => (
                "jwt-proof-invalid",
                "the proof that came with the token is not valid",
                "The checks that start with `proof` say what is wrong with it: its signature, its request (`htm`, \
                 `htu`), its age, or the hash of the token (`ath`).",
            ),
            Self::RequestMismatch => (
                "jwt-request-mismatch",
                "the proof was made for another request",
                "`htm` is the method, `htu` the target without query and fragment; both are compared after \
                 normalization (RFC 9449 §4.3). Behind a proxy the server may see another host or scheme than the \
                 client.",
            ),
            Self::RequestUnchecked => (
                "jwt-request-unchecked",
                "the proof is for one request, and none was given",
                "Say which request it came with: `--method` and `--uri`.",
            ),
            Self::Replayed => (
                "jwt-replayed",
                "the token was presented before",
                "Its `jti` is in the replay store. One that may be used once was used twice: by its owner's retry, \
                 or by somebody who copied it.",
            ),
            Self::NotReplayable => (
                "jwt-replay-unnamed",
                "the token has no `jti` to remember",
                "A replay store needs a name for each token: `jti`. Without one nobody can say whether it was seen \
                 before.",
            ),
        };
        ReasonPage { code, title, text }
    }
}
