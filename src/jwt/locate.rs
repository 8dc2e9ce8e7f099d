//! Finds the token in what people paste: a bare token, an `Authorization` header, a cookie, a JSON response, a URL
//! fragment, quotes, wrapped lines.

/// A token and where it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    /// The token's text. It may be anything: nothing is checked here.
    pub token: String,
    /// The wrapping it was found in; None if there was none.
    pub place: Option<&'static str>,
}

/// Finds the token in some text. What holds no token is returned trimmed, so that its defects can be shown.
pub fn locate(text: &str) -> Located {
    let text = text.trim();
    let bare = |token: &str, place| Located {
        token: token.to_owned(),
        place: Some(place),
    };
    let lower = text.to_ascii_lowercase();
    if let Some(at) = lower.find("bearer ") {
        let rest = text.get(at + 7..).unwrap_or_default();
        return bare(first_word(rest), "a `Bearer` header");
    }
    for name in ["access_token", "id_token", "refresh_token", "token"] {
        for (pattern, place) in [
            (format!("\"{name}\""), "a JSON member"),
            (format!("{name}="), "a URL or cookie parameter"),
        ] {
            if let Some(at) = lower.find(&pattern) {
                let rest = text.get(at + pattern.len()..).unwrap_or_default();
                let rest = rest.trim_start_matches([' ', ':', '"', '\n', '\t', '\r']);
                return bare(first_word(rest), place);
            }
        }
    }
    if let Some(inner) = unquoted(text) {
        return bare(inner, "quotes");
    }
    let joined: String = text.split_whitespace().collect();
    if joined.len() < text.len() && is_tokenish(&joined) {
        return bare(&joined, "wrapped lines");
    }
    Located {
        token: text.to_owned(),
        place: None,
    }
}

/// The token of a text that is to be verified: the text itself, or what follows `Bearer` in a header line. Nothing is
/// searched for, joined or cut: what a stricter reader refuses must not be made to pass.
pub fn exact(text: &str) -> Located {
    let text = text.trim();
    let header = text
        .get(..14)
        .filter(|start| start.eq_ignore_ascii_case("authorization:"))
        .map_or(text, |start| {
            text.get(start.len()..).unwrap_or_default().trim_start()
        });
    let bearer = header
        .get(..7)
        .filter(|start| start.eq_ignore_ascii_case("bearer "));
    let (token, place) = match bearer {
        Some(_) => (
            header.get(7..).unwrap_or_default().trim(),
            Some("a `Bearer` header"),
        ),
        None => (text, None),
    };
    Located {
        token: token.to_owned(),
        place,
    }
}

fn first_word(text: &str) -> &str {
    let end = text
        .find(|c: char| {
            !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '=' | '+' | '/'))
        })
        .unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

fn unquoted(text: &str) -> Option<&str> {
    ['"', '\'', '`'].into_iter().find_map(|quote| {
        let inner = text.strip_prefix(quote)?.strip_suffix(quote)?;
        Some(inner.trim())
    })
}

fn is_tokenish(text: &str) -> bool {
    text.matches('.').count() >= 2
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'='))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_token_where_people_have_it() {
        let table = [
            ("a.b.c\n", "a.b.c"),
            ("Authorization: Bearer a.b.c\r\n", "a.b.c"),
            ("curl -H 'authorization: bearer a.b.c' https://x", "a.b.c"),
            (
                "{\"token_type\":\"x\",\"access_token\": \"a.b.c\"}",
                "a.b.c",
            ),
            ("https://app/#id_token=a.b.c&state=1", "a.b.c"),
            ("\"a.b.c\"", "a.b.c"),
            ("aa.b\n  b.c", "aa.bb.c"),
            ("not a token", "not a token"),
        ];
        for (text, token) in table {
            assert_eq!(locate(text).token, token, "{text}");
        }
    }

    #[test]
    fn for_a_verdict_nothing_is_searched_or_mended() {
        for (text, token) in [
            (" a.b.c\n", "a.b.c"),
            ("Authorization: Bearer a.b.c\r\n", "a.b.c"),
            ("bearer a.b.c", "a.b.c"),
            ("a.b\n .c", "a.b\n .c"),
            ("Bearer a.b.c d", "a.b.c d"),
            (
                "{\"access_token\":\"a.b.c\"}",
                "{\"access_token\":\"a.b.c\"}",
            ),
        ] {
            assert_eq!(exact(text).token, token, "{text}");
        }
    }
}
