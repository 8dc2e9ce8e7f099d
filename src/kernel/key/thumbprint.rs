//! JWK thumbprints (RFC 7638): the name of a key that anyone can compute.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::PublicKey;
use crate::kernel::crypto::sha256;

/// The SHA-256 thumbprint of a public key, base64url.
pub fn thumbprint(key: &PublicKey) -> String {
    let encode = |octets: &[u8]| URL_SAFE_NO_PAD.encode(octets);
    // RFC 7638 §3.2: the required members alone, in lexicographic order, without white space.
    let members = match key {
        PublicKey::Rsa { n, e } => {
            format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, encode(e), encode(n))
        }
        PublicKey::Ec { curve, point } => {
            let coordinates = point.get(1..).unwrap_or_default();
            let (x, y) = coordinates.split_at(curve.width().min(coordinates.len()));
            format!(
                r#"{{"crv":"{curve}","kty":"EC","x":"{}","y":"{}"}}"#,
                encode(x),
                encode(y)
            )
        }
        PublicKey::Ed25519(x) => {
            format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, encode(x))
        }
        PublicKey::X25519(x) => {
            format!(r#"{{"crv":"X25519","kty":"OKP","x":"{}"}}"#, encode(x))
        }
    };
    encode(&sha256(members.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_rfc_8037_appendix_a_3() {
        let x = URL_SAFE_NO_PAD
            .decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")
            .unwrap();
        let key = PublicKey::Ed25519(x.try_into().unwrap());
        assert_eq!(
            thumbprint(&key),
            "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
        );
    }
}
