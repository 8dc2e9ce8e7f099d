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
    /// Too many signatures to check.
    TooManySignatures,
    /// Too many steps of the search.
    TooManySteps,
    /// Too many names to compare with constraints.
    TooManyComparisons,
    /// A purpose that the certificate is not for.
    Purpose,
    /// Another server.
    HostMismatch,
    /// No valid policy where one is demanded.
    Policy,
    /// Revoked.
    Revoked,
    /// No list at hand says whether it is revoked.
    RevocationUnknown,
    /// No bundle of the leaf's trust domain.
    NoBundle,
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
    pub const ALL: [Self; 27] = [
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
        Self::TooManySignatures,
        Self::TooManySteps,
        Self::TooManyComparisons,
        Self::Purpose,
        Self::HostMismatch,
        Self::Policy,
        Self::Revoked,
        Self::RevocationUnknown,
        Self::NoBundle,
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
                 places that name the signature algorithm equal, nothing written that is the default. What is written \
                 otherwise may be read differently by different programs.",
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
                "Accepted are ECDSA on P-256, P-384 and P-521, RSA from 2048 bits (PKCS #1 v1.5, or PSS with equal hashes \
                 and a salt as long), and Ed25519, with SHA-256 or longer.",
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
                "pathLenConstraint limits how many authorities may stand below (RFC 5280 §4.2.1.9); `--max-depth` is the \
                 verifier's own limit.",
            ),
            Self::NameConstraint => (
                "cert-name-constraint",
                "a name lies outside what an authority may issue",
                "nameConstraints limit the names below an authority (RFC 5280 §4.2.1.10). For URIs the host counts: \
                 `example.org` is exactly that host, `.example.org` any host below it. A constraint that cannot be \
                 judged, such as `spiffe://example.org`, is satisfied by nothing.",
            ),
            Self::ConstraintUnsupported => (
                "cert-constraint-unsupported",
                "an authority constrains names in a way that cannot be checked here",
                "Constraints on DNS names, URIs, addresses, mailboxes and directory names are checked. Another kind, on a \
                 certificate that has such names, cannot be answered, and what cannot be answered is refused. So are \
                 subtrees with a `minimum` or `maximum`.",
            ),
            Self::CriticalExtension => (
                "cert-critical-extension",
                "a critical extension is not understood",
                "RFC 5280 §4.2: a certificate with a critical extension that is not understood must be rejected.",
            ),
            Self::TooManySignatures => (
                "cert-too-many-signatures",
                "the chain demands too many signature checks",
                "Chains of many authorities with equal names can make a verifier compute for hours. The search ends \
                 after 100 signatures; each is checked once. Leave out authorities that nobody needs, and give them \
                 key identifiers: those that fit are tried first.",
            ),
            Self::TooManySteps => (
                "cert-too-many-steps",
                "the search for a path takes too many steps",
                "Authorities that certify each other lead to more paths than anyone can try. The search ends after \
                 200,000 steps.",
            ),
            Self::TooManyComparisons => (
                "cert-too-many-comparisons",
                "the names and name constraints of the chain are too many",
                "Every name is compared with every constraint of its form above it (RFC 5280 §6.1). Judging ends after \
                 250,000 comparisons.",
            ),
            Self::Purpose => (
                "cert-purpose",
                "a certificate is for another purpose",
                "extKeyUsage limits what a key is for (RFC 5280 §4.2.1.12): a server needs serverAuth, a client \
                 clientAuth, as `--peer` says. On an authority it limits what the authority may issue for.",
            ),
            Self::HostMismatch => (
                "cert-host-mismatch",
                "the certificate is of another server",
                "The name asked for must be one of the alternative names: a DNS name without regard to case, where a \
                 wildcard stands for one whole label, or an address octet for octet (RFC 9525 §6). A common name does \
                 not count.",
            ),
            Self::Policy => (
                "cert-policy",
                "a policy is demanded and none is valid",
                "An authority demands by policyConstraints that every certificate below it names an acceptable policy \
                 (RFC 5280 §4.2.1.11, §6.1), and the path has none in common.",
            ),
            Self::Revoked => (
                "cert-revoked",
                "a certificate of the path is revoked",
                "A revocation list of its issuer has its serial number (RFC 5280 §6.3), or an OCSP response says that it \
                 is revoked (RFC 6960 §2.2): one is enough, whatever others say. A certificate on hold counts as revoked.",
            ),
            Self::RevocationUnknown => (
                "cert-revocation-unknown",
                "no usable revocation list or OCSP response covers a certificate",
                "A list is usable if the certificate's issuer signed it, it is in force now, its scope covers the \
                 certificate, and nothing critical in it is unknown (RFC 5280 §6.3). Every authority of the path needs \
                 its own list; the root's is the one that could revoke an intermediate. A response is usable if the \
                 issuer or a responder that it certified signed it, it is in force now, and it says `good` of this very \
                 certificate. `--revocation leaf` asks for the leaf alone, `--accept-unknown-revocation` makes this a remark.",
            ),
            Self::NoBundle => (
                "cert-no-bundle",
                "there is no bundle of the leaf's trust domain",
                "The bundle is chosen by the trust domain of the leaf's SPIFFE ID before any path is looked for; an \
                 authority of one trust domain vouches for no other (SPIFFE Trust Domain and Bundle §3).",
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
                "a certificate is not made as its issuer must make it",
                "What RFC 5280 §4 and X509-SVID §3 and §4 demand of issuers: identifiers, criticality, serial numbers, \
                 names, keyUsage and extKeyUsage. A verifier need not insist and remarks on it; `--strict` and the \
                 profiles `rfc5280` and `webpki` do insist.",
            ),
        };
        ReasonPage { code, title, text }
    }
}
