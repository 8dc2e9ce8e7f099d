//! Why a chain is refused: stable codes with their explanations.

use crate::kernel::reason::ReasonPage;

/// A reason for refusing a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// Not certificates.
    Malformed,
    /// Nobody vouches for it.
    NoIssuer,
    /// A signature is wrong.
    SignatureInvalid,
    /// An algorithm or key is not accepted.
    WeakAlgorithm,
    /// Expired.
    Expired,
    /// Not valid yet.
    NotYetValid,
    /// An issuer that is no authority.
    NotAnAuthority,
    /// A key that may not sign certificates.
    KeyUsage,
    /// Too many authorities.
    PathTooLong,
    /// A name outside the constraints.
    NameConstraint,
    /// A constraint that cannot be checked.
    ConstraintUnsupported,
    /// An unknown critical extension.
    CriticalExtension,
    /// Too many signatures to compute.
    TooMuchWork,
    /// No SPIFFE ID.
    NoSpiffeId,
    /// Several URI names.
    SeveralIds,
    /// Another workload.
    SpiffeIdMismatch,
    /// Another trust domain.
    TrustDomainMismatch,
    /// An authority where a workload belongs.
    AuthorityAsLeaf,
    /// A leaf that an issuer should not have made so; refused by a strict verifier.
    ProfileViolated,
}

impl Reason {
    /// All reasons.
    pub const ALL: [Self; 19] = [
        Self::Malformed,
        Self::NoIssuer,
        Self::SignatureInvalid,
        Self::WeakAlgorithm,
        Self::Expired,
        Self::NotYetValid,
        Self::NotAnAuthority,
        Self::KeyUsage,
        Self::PathTooLong,
        Self::NameConstraint,
        Self::ConstraintUnsupported,
        Self::CriticalExtension,
        Self::TooMuchWork,
        Self::NoSpiffeId,
        Self::SeveralIds,
        Self::SpiffeIdMismatch,
        Self::TrustDomainMismatch,
        Self::AuthorityAsLeaf,
        Self::ProfileViolated,
    ];

    /// The stable code.
    pub fn code(self) -> &'static str {
        self.page().code
    }

    /// The code with its explanation.
    pub fn page(self) -> ReasonPage {
        let (code, title, text) = match self {
            Self::Malformed => (
                "cert-malformed",
                "a certificate of the chain cannot be read",
                "The chain is PEM, leaf first, each certificate of X.509 version 3 in DER, no extension twice, both \
                 places that name the signature algorithm equal.",
            ),
            Self::NoIssuer => (
                "cert-no-issuer",
                "no certificate at hand issued this one",
                "A path leads from the leaf over the chain's authorities to a certificate of the bundle. Either an \
                 intermediate is missing from the chain, or the bundle is of another authority.",
            ),
            Self::SignatureInvalid => (
                "cert-signature-invalid",
                "a certificate is not signed by the authority it names",
                "The names fit and the signature does not: the certificate was changed, or an authority of the same \
                 name and another key issued it.",
            ),
            Self::WeakAlgorithm => (
                "cert-weak-algorithm",
                "a key or signature algorithm is not accepted",
                "Accepted are ECDSA on P-256 and P-384, RSA from 2048 bits, and Ed25519, with SHA-256 or longer.",
            ),
            Self::Expired => (
                "cert-expired",
                "a certificate of the path has expired",
                "Workload certificates live an hour at most: renew in time. `--at` judges by another time.",
            ),
            Self::NotYetValid => (
                "cert-not-yet-valid",
                "a certificate of the path is not valid yet",
                "A clock is wrong, here or where the certificate was issued.",
            ),
            Self::NotAnAuthority => (
                "cert-not-an-authority",
                "a certificate issued another one and may not",
                "Only certificates whose basicConstraints say `cA` issue others (RFC 5280 §4.2.1.9). A workload that \
                 signs certificates would be anyone.",
            ),
            Self::KeyUsage => (
                "cert-key-usage",
                "an authority's key may not sign certificates",
                "keyUsage is there and lacks keyCertSign (RFC 5280 §4.2.1.3).",
            ),
            Self::PathTooLong => (
                "cert-path-too-long",
                "more authorities follow than an authority allows",
                "pathLenConstraint limits how many authorities may stand below (RFC 5280 §4.2.1.9).",
            ),
            Self::NameConstraint => (
                "cert-name-constraint",
                "a name lies outside what an authority may issue",
                "nameConstraints limit the names below an authority (RFC 5280 §4.2.1.10). For URIs the host counts: \
                 `example.org` is exactly that host, `.example.org` any host below it.",
            ),
            Self::ConstraintUnsupported => (
                "cert-constraint-unsupported",
                "an authority constrains names in a way that cannot be checked here",
                "Constraints on URIs and DNS names are checked. Another kind, on a certificate that has such names, \
                 cannot be answered, and what cannot be answered is refused.",
            ),
            Self::CriticalExtension => (
                "cert-critical-extension",
                "a critical extension is not understood",
                "RFC 5280 §4.2: a certificate with a critical extension that is not understood must be rejected.",
            ),
            Self::TooMuchWork => (
                "cert-too-much-work",
                "the chain demands too many signature checks",
                "Chains of many authorities with equal names can make a verifier compute for hours. The search ends \
                 after 100 signatures.",
            ),
            Self::NoSpiffeId => (
                "cert-no-spiffe-id",
                "the leaf names no workload",
                "An X509-SVID has exactly one URI name, a SPIFFE ID with a path (X509-SVID §2, §5.2).",
            ),
            Self::SeveralIds => (
                "cert-several-ids",
                "the leaf has several URI names",
                "An X509-SVID has exactly one URI name; a validator must reject more (X509-SVID §2).",
            ),
            Self::SpiffeIdMismatch => (
                "cert-spiffe-id-mismatch",
                "the leaf is another workload's",
                "The SPIFFE ID must be the expected one, character for character.",
            ),
            Self::TrustDomainMismatch => (
                "cert-trust-domain-mismatch",
                "the leaf is of another trust domain",
                "The trust domain of the SPIFFE ID must be the expected one.",
            ),
            Self::AuthorityAsLeaf => (
                "cert-authority-as-leaf",
                "an authority's certificate is used as a workload's",
                "A certificate that may sign others must not authenticate a workload (X509-SVID §5.2).",
            ),
            Self::ProfileViolated => (
                "cert-profile-violated",
                "the leaf is not made as an X509-SVID must be",
                "A leaf has a critical keyUsage with digitalSignature, and an extKeyUsage, where there is one, names \
                 both serverAuth and clientAuth (X509-SVID §4.3, §4.4). Verifiers need not insist; `--strict` does.",
            ),
        };
        ReasonPage { code, title, text }
    }
}
