//! What goes wrong with secrets: encodings, prefixes, line ends, key ids.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Cause, Change, Family, Mutation, State};
use crate::kernel::key::{Key, Material};
use crate::kernel::secret::{Encoding, Secret};

/// The keys as they may have been meant.
pub(super) fn mutations(state: &State, alternatives: &[(&'static str, Key)]) -> Vec<Mutation> {
    let mut all = Vec::new();
    for (encoding, key) in alternatives {
        let mut key = key.clone();
        key.id = None;
        all.push(Mutation::new(
            Family::Key,
            Cause::KeyEncoding,
            format!("the secret were read as {encoding} (`--key-encoding {encoding}`)"),
            Change::Keys(vec![key]),
        ));
    }
    let secrets = state.keys.iter().filter_map(|key| match &key.material {
        Material::Secret(secret) => Some(secret),
        _ => None,
    });
    for secret in secrets {
        for (text, bytes) in readings(secret.expose()) {
            let mut key = Key::bare(Material::Secret(Secret::new(bytes)));
            key.id = None;
            all.push(Mutation::new(
                Family::Key,
                Cause::KeyReading,
                format!("the secret {text}"),
                Change::Keys(vec![key]),
            ));
        }
    }
    if state.keys.iter().any(|key| key.id.is_some()) {
        for key in &state.keys {
            let mut nameless = key.clone();
            nameless.id = None;
            nameless.origin = Some(key.name());
            all.push(Mutation::new(
                Family::Key,
                Cause::KeyId,
                format!(
                    "the key `{}` were the one that the key id names",
                    key.name()
                ),
                Change::Keys(vec![nameless]),
            ));
        }
    }
    all
}

fn readings(secret: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut found: Vec<(String, Vec<u8>)> = Vec::new();
    let mut push = |text: &str, bytes: &[u8]| {
        if bytes != secret && !bytes.is_empty() {
            found.push((text.to_owned(), bytes.to_vec()));
        }
    };
    push("ended with a newline", &[secret, b"\n"].concat());
    push("ended with CR LF", &[secret, b"\r\n"].concat());
    push("had no white space around it", secret.trim_ascii());
    for quote in [b'"', b'\''] {
        if let [first, inner @ .., last] = secret
            && *first == quote
            && *last == quote
        {
            push("stood without its quotes", inner);
        }
    }
    for encoding in [Encoding::Base64, Encoding::Base64url, Encoding::Hex] {
        if let Ok(decoded) = encoding.decode(secret) {
            push(
                &format!("were {} and decoded", encoding.name()),
                decoded.expose(),
            );
        }
    }
    push(
        "were used as its base64 text",
        STANDARD.encode(secret).as_bytes(),
    );
    push(
        "were used as its hexadecimal text",
        crate::kernel::crypto::hex(secret).as_bytes(),
    );
    for prefix in PREFIXES {
        if let Some(rest) = secret.strip_prefix(prefix.as_bytes()) {
            push(&format!("were used without its prefix `{prefix}`"), rest);
            if let Ok(decoded) = Encoding::Base64.decode(rest) {
                push(
                    &format!("were used without its prefix `{prefix}`, the rest read as base64"),
                    decoded.expose(),
                );
            }
        } else {
            push(
                &format!("were used with the prefix `{prefix}`"),
                &[prefix.as_bytes(), secret].concat(),
            );
        }
    }
    found
}

const PREFIXES: [&str; 2] = ["whsec_", "AWS4"];
