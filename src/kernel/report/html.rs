//! Self-contained HTML: one file, no outside resource, one style sheet and at most one script, named by their hashes.
//!
//! The Content-Security-Policy forbids everything but these, so that text which slipped through an escape could still
//! load and run nothing.

use std::fmt::{self, Display};

use base64::Engine as _;

use super::sanitize::html_escape;
use crate::kernel::crypto::sha256;

/// Text for HTML: [`html_escape`] as something to print.
#[derive(Debug, Clone, Copy)]
pub struct Text<'a>(pub &'a str);

impl Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&html_escape(self.0))
    }
}

/// A message for HTML: escaped, and what stands between backticks set as code.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a>(pub &'a str);

impl Display for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        while let Some((before, after)) = rest.split_once('`') {
            let Some((code, after)) = after.split_once('`') else {
                break;
            };
            write!(f, "{}<code>{}</code>", Text(before), Text(code))?;
            rest = after;
        }
        write!(f, "{}", Text(rest))
    }
}

/// A whole page. `style` and `body` are HTML of our own making; the title is escaped here.
pub fn page(title: &str, style: &str, body: &str) -> String {
    whole(title, style, &content_security_policy(style), body)
}

/// A whole page with one script behind its body, which must hold no `</script`.
pub fn scripted_page(title: &str, style: &str, script: &str, body: &str) -> String {
    let policy = format!(
        "default-src 'none'; script-src {}; style-src {}; base-uri 'none'; form-action 'none'",
        hash_source(script),
        hash_source(style)
    );
    let body = format!("{body}<script>{script}</script>\n");
    whole(title, style, &policy, &body)
}

/// JSON for a data element within a page: the same value, in which no `</script` or line separator stands.
pub fn json_data(value: &serde_json::Value) -> String {
    let text = value.to_string();
    text.replace('<', "\\u003c")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
}

fn whole(title: &str, style: &str, policy: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>{}</title>\n<style>{style}</style>\n</head>\n<body>\n{body}</body>\n</html>\n",
        policy,
        Text(title),
    )
}

/// The policy that allows one inline style sheet and nothing else.
pub fn content_security_policy(style: &str) -> String {
    let style = hash_source(style);
    format!("default-src 'none'; style-src {style}; base-uri 'none'; form-action 'none'")
}

/// An inline element as a policy names it.
pub fn hash_source(text: &str) -> String {
    let hash = base64::engine::general_purpose::STANDARD.encode(sha256(text.as_bytes()));
    format!("'sha256-{hash}'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_balanced_whatever_the_text() {
        let shown = |text| Message(text).to_string();
        assert_eq!(shown("a `<b>` c"), "a <code>&lt;b&gt;</code> c");
        assert_eq!(shown("``` x"), "<code></code>&#96; x");
        assert_eq!(shown("`"), "&#96;");
    }

    #[test]
    fn the_policy_names_the_style_sheet_as_browsers_hash_it() {
        // printf 'p{}' | openssl dgst -sha256 -binary | base64
        let page = page("a<b", "p{}", "<p>x</p>\n");
        assert!(
            page.contains("style-src 'sha256-gG2yISYereRMiG2lMXrbiUgi0Ubw9p7QCeWcroOvy9Y='"),
            "{page}"
        );
        assert!(page.contains("<title>a&lt;b</title>"));
        assert!(page.contains("default-src 'none'"));
    }
}
