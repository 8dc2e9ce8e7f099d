//! The registered names of JOSE algorithms (IANA, JSON Object Signing and Encryption).

const SIGNATURES: [&str; 24] = [
    "HS256",
    "HS384",
    "HS512",
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "ES256K",
    "EdDSA",
    "Ed25519",
    "Ed448",
    "ML-DSA-44",
    "ML-DSA-65",
    "ML-DSA-87",
    "ESB256",
    "ESB320",
    "ESB384",
    "ESB512",
    "ESP256",
];

const ENCRYPTIONS: [&str; 20] = [
    "RSA1_5",
    "RSA-OAEP",
    "RSA-OAEP-256",
    "RSA-OAEP-384",
    "RSA-OAEP-512",
    "A128KW",
    "A192KW",
    "A256KW",
    "dir",
    "ECDH-ES",
    "ECDH-ES+A128KW",
    "ECDH-ES+A192KW",
    "ECDH-ES+A256KW",
    "A128GCMKW",
    "A192GCMKW",
    "A256GCMKW",
    "PBES2-HS256+A128KW",
    "PBES2-HS384+A192KW",
    "PBES2-HS512+A256KW",
    "none",
];

/// Every registered `alg`.
pub(super) fn registered() -> impl Iterator<Item = &'static str> {
    SIGNATURES.into_iter().chain(ENCRYPTIONS)
}

/// Whether a name is that of an algorithm, compared exactly (RFC 7515 §4.1.1).
pub(super) fn is_registered(name: &str) -> bool {
    registered().any(|known| known == name)
}

/// Whether a key of that type and curve can be used with a registered algorithm; None where the algorithm is unknown.
pub(super) fn fits(algorithm: &str, kty: &str, curve: Option<&str>) -> Option<bool> {
    if !is_registered(algorithm) {
        return None;
    }
    let has = |part: &str| algorithm.starts_with(part);
    Some(match (kty, curve) {
        ("RSA", _) => has("RS") || has("PS"),
        ("oct", _) => has("HS") || has("A") || has("PBES2") || algorithm == "dir",
        ("EC", Some("P-256")) => algorithm == "ES256" || has("ECDH-ES"),
        ("EC", Some("P-384")) => algorithm == "ES384" || has("ECDH-ES"),
        ("EC", Some("P-521")) => algorithm == "ES512" || has("ECDH-ES"),
        ("EC", Some("secp256k1")) => algorithm == "ES256K",
        ("OKP", Some("Ed25519")) => ["EdDSA", "Ed25519"].contains(&algorithm),
        ("OKP", Some("Ed448")) => ["EdDSA", "Ed448"].contains(&algorithm),
        ("OKP", Some("X25519" | "X448")) => has("ECDH-ES"),
        ("AKP", _) => has("ML-DSA"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jwt::Algorithm;

    #[test]
    fn what_is_offered_is_registered() {
        for algorithm in Algorithm::ALL {
            assert!(is_registered(algorithm.name()), "{algorithm}");
        }
        assert!(!is_registered("es256"));
    }

    #[test]
    fn an_algorithm_needs_its_curve() {
        assert_eq!(fits("ES256", "EC", Some("P-256")), Some(true));
        assert_eq!(fits("ES384", "EC", Some("P-256")), Some(false));
        assert_eq!(fits("RS256", "RSA", None), Some(true));
        assert_eq!(fits("RSA-OAEP", "RSA", None), Some(true));
        assert_eq!(fits("PS256", "EC", Some("P-256")), Some(false));
        assert_eq!(fits("XX", "RSA", None), None);
    }
}
