//! The header parameters of JWS, JWE and the profiles.

use super::Meaning;
use crate::jwt::inspect::registered;
use crate::kernel::document::Node;

/// Name, meaning, source; sorted by name.
const PARAMETERS: &[(&str, &str, &str)] = &[
    ("alg", "algorithm", "RFC 7515 §4.1.1"),
    ("apu", "who sends, for the key agreement", "RFC 7518 §4.6.1"),
    (
        "apv",
        "who receives, for the key agreement",
        "RFC 7518 §4.6.1",
    ),
    (
        "b64",
        "whether the payload is base64url; `false` is forbidden in a JWT",
        "RFC 7797",
    ),
    ("client", "the client that signed in", "AWS"),
    (
        "crit",
        "extensions that a reader must understand or refuse the token",
        "RFC 7515 §4.1.11",
    ),
    ("cty", "what the payload is", "RFC 7515 §4.1.10"),
    ("enc", "how the content is encrypted", "RFC 7516 §4.1.2"),
    (
        "epk",
        "ephemeral public key of the key agreement",
        "RFC 7518 §4.6.1",
    ),
    ("iat", "when it was made", "SIP"),
    (
        "iv",
        "initialization vector of the key wrap",
        "RFC 7518 §4.7.1",
    ),
    (
        "jku",
        "where the sender says its keys are: never followed here",
        "RFC 7515 §4.1.2",
    ),
    (
        "jwk",
        "the key the sender says it signed with: proves nothing alone",
        "RFC 7515 §4.1.3",
    ),
    ("jwt", "a token that vouches for this one", "RFC 9901"),
    ("kid", "id of the key", "RFC 7515 §4.1.4"),
    ("nonce", "one-time value of the server", "RFC 8555 §6.5.2"),
    ("p2c", "rounds of PBKDF2", "RFC 7518 §4.8.1"),
    ("p2s", "salt of PBKDF2", "RFC 7518 §4.8.1"),
    ("ppt", "the PASSporT's extension", "RFC 8225 §8.1"),
    (
        "redacted",
        "this token was redacted; it verifies nowhere",
        "countersign",
    ),
    ("signer", "the proxy that signed", "AWS"),
    ("svt", "signature validation token", "RFC 9321"),
    (
        "tag",
        "authentication tag of the key wrap",
        "RFC 7518 §4.7.1",
    ),
    (
        "trust_chain",
        "chain of federation statements",
        "OpenID Federation",
    ),
    ("typ", "what kind of token it is", "RFC 7515 §4.1.9"),
    (
        "url",
        "the address that the request goes to",
        "RFC 8555 §6.4",
    ),
    ("ver", "version", "private"),
    (
        "x5c",
        "certificates of the key, leaf first",
        "RFC 7515 §4.1.6",
    ),
    (
        "x5t",
        "SHA-1 thumbprint of the certificate",
        "RFC 7515 §4.1.7",
    ),
    (
        "x5t#S256",
        "SHA-256 thumbprint of the certificate",
        "RFC 7515 §4.1.8",
    ),
    (
        "x5u",
        "where the sender says its certificate is: never followed here",
        "RFC 7515 §4.1.5",
    ),
    ("zip", "compressed before encryption", "RFC 7516 §4.1.3"),
];

pub(super) fn explain(name: &str, value: &Node) -> Option<Meaning> {
    let at = PARAMETERS
        .binary_search_by_key(&name, |entry| entry.0)
        .ok()?;
    let (_, text, source) = PARAMETERS.get(at)?;
    let detail = match (name, value.as_str()) {
        ("alg" | "enc", Some(value)) => Some(match registered(value) {
            Some(known) => known.text.to_owned(),
            None => format!("{text} that no registry knows"),
        }),
        ("kid", Some("")) => Some("id of the key, which is empty".to_owned()),
        ("typ", Some(typ)) => typ_text(typ),
        ("cty", Some(cty)) if cty.to_ascii_lowercase().contains("jwt") => {
            Some("the payload is another token".to_owned())
        }
        _ => None,
    };
    Some(Meaning {
        text: detail.unwrap_or_else(|| (*text).to_owned()),
        source,
        time: None,
    })
}

fn typ_text(typ: &str) -> Option<String> {
    let plain = typ.eq_ignore_ascii_case("jwt") || typ.eq_ignore_ascii_case("jose");
    plain.then(|| "says nothing about the kind of token".to_owned())
}

#[cfg(test)]
mod tests {
    use super::PARAMETERS;

    #[test]
    fn the_table_is_sorted() {
        assert!(PARAMETERS.is_sorted_by_key(|entry| entry.0));
    }
}
