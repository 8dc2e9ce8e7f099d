//! DPoP proofs (RFC 9449 §4.2, §4.3): a token of one request, signed by the key that it carries.

use std::time::Duration;

use url::{Host, Url};

use super::binding::hash_of_token;
use super::check::{Checks, show};
use super::compact::Compact;
use super::reasons::Reason;
use crate::kernel::document::Node;
use crate::kernel::key::{Key, Material, from_jwk, thumbprint};

/// How old a proof may be, unless the verifier says otherwise.
pub const PROOF_WINDOW: Duration = Duration::from_secs(300);

/// The key that a proof carries in its header: a public one, and asymmetric.
///
/// # Errors
/// What is wrong with it, in words.
pub(super) fn embedded_key(proof: &Compact) -> Result<Key, String> {
    let node = proof.header.get("jwk").ok_or("the header has no `jwk`")?;
    // RFC 9449 §4.2: MUST NOT contain a private key. One that is there has been given away.
    if ["d", "p", "q", "k", "priv"]
        .iter()
        .any(|name| node.get(name).is_some())
    {
        return Err("the header's `jwk` holds a private key".into());
    }
    let mut key = from_jwk(node).map_err(|error| format!("the header's `jwk`: {error}"))?;
    if !matches!(key.material, Material::Public(_)) {
        return Err("the header's `jwk` is no public key".into());
    }
    key.origin = Some("in the proof's own header".into());
    key.id = None;
    Ok(key)
}

/// The checks of a proof's claims against its request.
pub(super) fn check(checks: &mut Checks<'_>) {
    let expected = checks.expected;
    if let Err(problem) = embedded_key(checks.token) {
        let failure = Some(Reason::HeaderParameter);
        checks.add("jwk (header)", ("a public key", &problem), failure);
    }
    for name in ["jti", "htm", "htu", "iat"] {
        let text = checks.claims.get(name);
        let ill_typed =
            name != "iat" && text.is_some_and(|node| node.as_str().is_none_or(str::is_empty));
        if ill_typed {
            checks.add(name, ("a text", &show(text)), Some(Reason::ClaimType));
        } else if text.is_none() {
            checks.add(name, ("present", "(none)"), Some(Reason::ClaimMissing));
        }
    }
    let window = expected.binding.proof_window.unwrap_or(PROOF_WINDOW);
    if checks.claims.get("iat").is_some() {
        checks.not_older("iat", window, Reason::TooOld);
    }
    match &expected.binding.request {
        Some(request) => {
            // RFC 9110 §9.1: methods are case-sensitive.
            let wanted = std::slice::from_ref(&request.method);
            checks.one_of("htm", wanted, Reason::RequestMismatch);
            target(checks, &request.uri);
        }
        None => {
            let actual = format!(
                "{} {}",
                show(checks.claims.get("htm")),
                show(checks.claims.get("htu"))
            );
            let failure = (!expected.binding.unproven).then_some(Reason::RequestUnchecked);
            checks.add("htm, htu", ("(unknown: no request)", &actual), failure);
        }
    }
    if let Some(nonce) = &expected.binding.proof_nonce {
        checks.one_of("nonce", std::slice::from_ref(nonce), Reason::NonceMismatch);
    }
    if let Some(token) = &expected.binding.access_token {
        let wanted = hash_of_token(token);
        checks.one_of("ath", &[wanted], Reason::HashMismatch);
        bound_key(checks, token);
    }
}

// RFC 9449 §4.3: the access token is bound to the key of the proof. What an opaque token is bound to, only its issuer
// knows.
fn bound_key(checks: &mut Checks<'_>, token: &str) {
    let claims = Compact::parse(token).and_then(|token| super::claims::read(&token));
    let Ok(claims) = claims else {
        return;
    };
    let print = embedded_key(checks.token)
        .ok()
        .and_then(|key| key.public())
        .map(|public| thumbprint(&public));
    let bound = claims.at(&["cnf", "jkt"]);
    let same = print.is_some() && bound.and_then(Node::as_str) == print.as_deref();
    let failure = (!same).then_some(Reason::BindingMismatch);
    let wanted = print.unwrap_or_else(|| "the thumbprint of the proof's key".into());
    checks.add(
        "cnf.jkt of the access token",
        (&wanted, &show(bound)),
        failure,
    );
}

fn target(checks: &mut Checks<'_>, uri: &str) {
    let actual = checks.claims.get("htu");
    let Some(text) = actual.and_then(Node::as_str) else {
        return;
    };
    let wanted = normalized(uri);
    let found = normalized(text);
    let same = wanted.is_some() && wanted == found;
    let failure = (!same).then_some(Reason::RequestMismatch);
    checks.add("htu", (uri, text), failure);
}

/// A URI without query and fragment, normalised by syntax and scheme (RFC 3986 §6.2.2, §6.2.3). None for what is no
/// `http` or `https` URI, or is one only to a forgiving reader.
pub fn normalized(uri: &str) -> Option<String> {
    let forgiven = |c: char| !c.is_ascii() || c.is_ascii_control() || c == ' ' || c == '\\';
    if uri.contains(forgiven) || uri.contains(":///") {
        return None;
    }
    let parsed = Url::parse(uri).ok()?;
    let web = matches!(parsed.scheme(), "http" | "https") && uri.contains("://");
    if !web || !parsed.username().is_empty() || parsed.password().is_some() {
        return None;
    }
    let host = parsed.host_str()?;
    // `0x7f.1` is an address to some readers alone (RFC 3986 §3.2.2).
    if let Some(Host::Ipv4(_)) = parsed.host() {
        let authority = uri.split_once("://")?.1.split(['/', '?', '#']).next()?;
        if authority.split(':').next() != Some(host) {
            return None;
        }
    }
    let port = parsed.port().map(|port| format!(":{port}"));
    let port = port.unwrap_or_default();
    let path = percent_normalized(parsed.path())?;
    Some(format!("{}://{host}{port}{path}", parsed.scheme()))
}

/// Escapes in upper case, and none for characters that need none (RFC 3986 §6.2.2.2). None for a broken escape.
fn percent_normalized(path: &str) -> Option<String> {
    let mut out = String::with_capacity(path.len());
    let mut rest = path;
    while let Some(at) = rest.find('%') {
        out.push_str(rest.get(..at)?);
        let digits = rest.get(at + 1..at + 3)?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let byte = u8::from_str_radix(digits, 16).ok()?;
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push_str(&digits.to_ascii_uppercase());
        }
        rest = rest.get(at + 3..)?;
    }
    out.push_str(rest);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_spellings_of_one_target_are_one() {
        let same = [
            ("https://API.example/a", "https://api.example:443/a"),
            ("https://api.example", "https://api.example/"),
            ("https://api.example/a?x=1#y", "https://api.example/a"),
            (
                "https://api.example/%7eme/%2fa",
                "https://api.example/~me/%2Fa",
            ),
            ("https://api.example/a/../b", "https://api.example/b"),
        ];
        for (one, other) in same {
            assert_eq!(normalized(one), normalized(other), "{one}");
            assert!(normalized(one).is_some());
        }
        for (one, other) in [
            ("https://api.example/a", "http://api.example/a"),
            ("https://api.example/a", "https://api.example/a/"),
            ("https://api.example/a%2Fb", "https://api.example/a/b"),
            ("https://api.example/A", "https://api.example/a"),
        ] {
            assert_ne!(normalized(one), normalized(other), "{one}");
        }
        for bad in [
            "https:api.example",
            "https:\\\\api.example\\a",
            "https://u@h/",
            "urn:x",
            "https://h/%zz",
            "https://h/a b",
            "https:////h/a",
            "https://ａ.example/",
            "https://0x7f.1/p",
            "https://2130706433/p",
            "https://127.1:8443/p",
        ] {
            assert_eq!(normalized(bad), None, "{bad}");
        }
    }
}
