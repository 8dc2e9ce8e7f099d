//! Percent-encoding as AWS counts it: paths and queries in their canonical form.

use crate::kernel::arrange::Arrange as _;

/// Writes bytes, percent-encoded in upper case except those to keep.
fn encode(bytes: &[u8], keep: fn(u8) -> bool, out: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for byte in bytes {
        if keep(*byte) {
            out.push(char::from(*byte));
        } else {
            out.push('%');
            for nibble in [byte >> 4, byte & 15] {
                out.push(char::from(DIGITS[usize::from(nibble)]));
            }
        }
    }
}

fn unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

/// A query's name or value, encoded.
pub(super) fn component(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    encode(text.as_bytes(), unreserved, &mut out);
    out
}

/// The path with every byte encoded that is not unreserved or `/`; what is encoded already is encoded again.
pub(super) fn path(path: &[u8]) -> String {
    let mut out = String::with_capacity(path.len());
    encode(path, |byte| unreserved(byte) || byte == b'/', &mut out);
    out
}

/// The path without empty and dot segments. It ends in `/` only if it did before.
pub(super) fn normalize(path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            segment => segments.push(segment),
        }
    }
    let mut out = format!("/{}", segments.join("/"));
    if path.ends_with('/') && !segments.is_empty() {
        out.push('/');
    }
    out
}

/// A name and a value of a query, decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::request::schemes) struct Pair {
    pub(in crate::request::schemes) name: Vec<u8>,
    pub(in crate::request::schemes) value: Vec<u8>,
}

/// The pairs of a query in order; an empty pair is none.
///
/// A bare `+` is a space, as services read it: botocore sends one for each space of a parameter, which it signs as
/// `%20`. A signer that means a plus writes `%2B`.
///
/// # Errors
/// The pair that holds a `%` without two hexadecimal digits behind it.
pub(in crate::request::schemes) fn pairs(query: &str) -> Result<Vec<Pair>, String> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let plain = |text: &str| decode(&text.replace('+', "%20"));
            let decoded = plain(name).zip(plain(value));
            let (name, value) = decoded.ok_or_else(|| pair.to_owned())?;
            Ok(Pair { name, value })
        })
        .collect()
}

/// The canonical form of pairs: encoded, then sorted by name and value.
pub(in crate::request::schemes) fn canonical_query(pairs: &[Pair]) -> String {
    let encoded = |bytes: &[u8]| {
        let mut out = String::new();
        encode(bytes, unreserved, &mut out);
        out
    };
    let mut sorted: Vec<(String, String)> = pairs
        .iter()
        .map(|pair| (encoded(&pair.name), encoded(&pair.value)))
        .collect();
    sorted.arrange();
    let joined: Vec<String> = sorted
        .into_iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    joined.join("&")
}

/// The bytes behind the escapes; None for a `%` without two hexadecimal digits behind it.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let mut digit = || char::from(bytes.next()?).to_digit(16);
        let (high, low) = (digit()?, digit()?);
        out.push(u8::try_from(high * 16 + low).ok()?);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dot_segments_go_and_a_final_slash_stays() {
        let table = [
            ("/", "/"),
            ("//", "/"),
            ("/a/./b//c", "/a/b/c"),
            ("/a/..", "/"),
            ("/../../a", "/a"),
            ("/a/b/../", "/a/"),
            ("/a/.", "/a"),
        ];
        for (path, expected) in table {
            assert_eq!(normalize(path), expected, "{path}");
        }
    }

    #[test]
    fn a_query_is_decoded_encoded_and_sorted() {
        let canonical = |query: &str| pairs(query).map(|pairs| canonical_query(&pairs));
        let table = [
            ("", ""),
            ("b=2&a=1", "a=1&b=2"),
            ("k", "k="),
            ("k=", "k="),
            ("k=a=b", "k=a%3Db"),
            ("k=a+b", "k=a%20b"),
            ("k=a%2Bb", "k=a%2Bb"),
            ("k=a%20b", "k=a%20b"),
            ("k=%7e", "k=~"),
            ("k=%e1%88%b4", "k=%E1%88%B4"),
            // By the encoded name: `-` (2D) stands before `%2B` would if it were decoded.
            ("a%2B=1&a-=2", "a%2B=1&a-=2"),
            ("a=2&a=1&A=3", "A=3&a=1&a=2"),
            ("&&a=1&", "a=1"),
        ];
        for (query, expected) in table {
            assert_eq!(canonical(query).as_deref(), Ok(expected), "{query}");
        }
        for query in ["a=%", "a=%4", "a=%zz", "%+1=a"] {
            assert!(canonical(query).is_err(), "{query}");
        }
    }
}
