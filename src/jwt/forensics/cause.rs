//! The causes that the search can name: stable codes with their explanations.

use crate::kernel::reason::ReasonPage;

/// Why the signature of a token does not match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cause {
    /// The secret was read in another encoding than the signer's.
    SecretEncoding,
    /// The secret has a line end, spaces or quotes more or less.
    SecretEdges,
    /// The signer used the text of the key's file as the secret.
    SecretIsText,
    /// A public key was used as the secret of a MAC.
    AlgorithmConfusion,
    /// Another key of the set made the signature.
    OtherKey,
    /// The signature is right, but the verifier does not accept its algorithm.
    AlgorithmNotAccepted,
    /// The signature was made with another algorithm than the header names.
    OtherAlgorithm,
    /// An ECDSA signature in ASN.1 DER.
    EcdsaDer,
    /// An ECDSA signature whose numbers lack leading zeros or have some too many.
    EcdsaWidth,
    /// The signature is text in hexadecimal or base64 of the signature.
    SignatureText,
    /// The signature is cut short.
    SignatureCut,
    /// The signature was made over parts in another base64.
    SigningInput,
    /// Header or payload were written anew after signing.
    Rewritten,
    /// The signature is that of the key that the token itself carries.
    EmbeddedKey,
}

impl Cause {
    /// All causes.
    pub const ALL: [Self; 14] = [
        Self::SecretEncoding,
        Self::SecretEdges,
        Self::SecretIsText,
        Self::AlgorithmConfusion,
        Self::OtherKey,
        Self::AlgorithmNotAccepted,
        Self::OtherAlgorithm,
        Self::EcdsaDer,
        Self::EcdsaWidth,
        Self::SignatureText,
        Self::SignatureCut,
        Self::SigningInput,
        Self::Rewritten,
        Self::EmbeddedKey,
    ];

    /// Its stable code.
    pub fn code(self) -> &'static str {
        self.page().code
    }

    /// Its page.
    pub fn page(self) -> ReasonPage {
        let (code, title, text) = match self {
            Self::SecretEncoding => (
                "jwt-cause-secret-encoding",
                "the secret is read in another encoding than the signer's",
                "A secret in base64 or hexadecimal is text to one side and bytes to the other. Say how it is written \
                 with `--key-encoding`; agree on one reading with the signer.",
            ),
            Self::SecretEdges => (
                "jwt-cause-secret-edges",
                "the secret has a line end, spaces or quotes more or less",
                "Editors, `echo` and secret stores add a line end; shells and YAML keep quotes. Store the secret \
                 without them, or, if the signer has them too, read the file with `--key-encoding raw`.",
            ),
            Self::SecretIsText => (
                "jwt-cause-secret-is-text",
                "the signer used the text of a key file as the secret",
                "The MAC is made with the text of a PEM or JWK instead of a secret. Whoever has that file can sign. \
                 Give the signer a random secret of the hash's length, or let it sign with the private key.",
            ),
            Self::AlgorithmConfusion => (
                "jwt-cause-algorithm-confusion",
                "the public key was used as the secret of a MAC: the RS/HS confusion",
                "Anyone has the public key, so anyone can make this token. A verifier that takes the algorithm from \
                 the token accepts it (CVE-2015-9235). It is an attack, or a signer configured with `HS256` by \
                 mistake. Never accept it.",
            ),
            Self::OtherKey => (
                "jwt-cause-other-key",
                "another key than the one the token names made the signature",
                "The signature is right under a key that was passed over: for its id, its use or its algorithm. \
                 Correct the key id in the signer, or the members of the key in the set.",
            ),
            Self::AlgorithmNotAccepted => (
                "jwt-cause-algorithm-not-accepted",
                "the signature is right, but its algorithm is not accepted",
                "A verifier accepts the algorithms that it was told, never the one that a token names. Without `--alg` \
                 these are the ones of the keys' kinds, and for ID tokens RS256 alone (OIDC Core §3.1.3.7). If the \
                 issuer has registered this one, accept it with `--alg`.",
            ),
            Self::OtherAlgorithm => (
                "jwt-cause-other-algorithm",
                "the signature was made with another algorithm than the header names",
                "The same key signs with RS256 and PS256, or a secret with HS256 and HS512. The header names one and \
                 the signer used another: correct the signer.",
            ),
            Self::EcdsaDer => (
                "jwt-cause-ecdsa-der",
                "the ECDSA signature is in ASN.1 DER, as OpenSSL writes it",
                "JWS writes the two numbers one after the other, each as wide as the curve (RFC 7518 §3.4): 64 bytes \
                 for ES256. Convert the signature in the signer; its library usually has an option for it.",
            ),
            Self::EcdsaWidth => (
                "jwt-cause-ecdsa-width",
                "the numbers of the ECDSA signature have the wrong width",
                "Each number is as wide as the curve, with leading zeros (RFC 7518 §3.4). A signer that drops the \
                 zeros makes a token that fails once in 128 times.",
            ),
            Self::SignatureText => (
                "jwt-cause-signature-text",
                "the signature was encoded twice",
                "The third part is the base64url of the signature's bytes, not of its hexadecimal or base64 text.",
            ),
            Self::SignatureCut => (
                "jwt-cause-signature-cut",
                "the signature is cut short",
                "What is there is the start of the right signature; the rest is missing. Look for a limit on the \
                 length of a header, cookie or database column.",
            ),
            Self::SigningInput => (
                "jwt-cause-signing-input",
                "the signature was made over the parts in another base64",
                "What is signed are the two parts as they stand, in base64url without padding (RFC 7515 §5.1). The \
                 signer took padded, standard or unencoded parts.",
            ),
            Self::Rewritten => (
                "jwt-cause-rewritten",
                "the header or payload was written anew after it was signed",
                "The same values in another order or with other spaces are other bytes. Something on the way parsed \
                 the token and wrote it again; pass it on untouched.",
            ),
            Self::EmbeddedKey => (
                "jwt-cause-embedded-key",
                "the signature is that of the key in the token's own header",
                "A token that brings its own key proves nothing: anyone can make one (CVE-2018-0114). Trust keys from \
                 the issuer's set alone.",
            ),
        };
        ReasonPage { code, title, text }
    }
}
