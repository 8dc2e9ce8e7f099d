//! Untrusted text made safe to show: on a terminal, in a spreadsheet cell, in HTML.
//!
//! Names, labels and source lines are chosen by whoever wrote the input. What could move a cursor, reorder the line,
//! hide itself or set a window's title becomes a visible escape such as `\u{202e}`; the rest stays as it is.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Whether a character must not reach a reader as it is.
///
/// Control characters (C0, C1, DEL), line and paragraph separators, bidirectional controls, and everything that is
/// drawn as nothing: zero-width characters, fillers, soft hyphen, byte order mark, tags, variation selectors.
pub fn is_hazardous(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{fffe}'..='\u{ffff}'
                | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

/// One line of text for a terminal: every hazardous character is shown as an escape, line ends included.
pub fn line(text: &str) -> Cow<'_, str> {
    let is_plain = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if is_plain || !text.contains(is_hazardous) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        push(&mut safe, c);
    }
    Cow::Owned(safe)
}

/// Text of several lines for a terminal: as [`line`], but `\n` stays a line end.
pub fn lines(text: &str) -> String {
    let parts: Vec<Cow<str>> = text.split('\n').map(line).collect();
    parts.join("\n")
}

/// At most `limit` characters, the cut shown by `…`.
pub fn shorten(text: &str, limit: usize) -> Cow<'_, str> {
    match text.char_indices().nth(limit) {
        None => Cow::Borrowed(text),
        Some(_) => {
            let kept: String = text.chars().take(limit.saturating_sub(1)).collect();
            Cow::Owned(kept + "…")
        }
    }
}

/// A spreadsheet cell that no spreadsheet takes for a formula (CWE-1236).
///
/// A cell whose first character that is not a space is `=`, `+`, `-`, `@` (or a full-width form of one), a tab, a
/// carriage return or a line feed is preceded by `'`. Other hazardous characters are escaped as in [`line`].
pub fn csv_cell(text: &str) -> Cow<'_, str> {
    let starts_a_formula = |c: char| {
        matches!(
            c,
            '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠'
        )
    };
    let guarded = text
        .trim_start_matches([' ', '\u{a0}'])
        .starts_with(starts_a_formula);
    let safe = line(text);
    if guarded {
        Cow::Owned(format!("'{safe}"))
    } else {
        safe
    }
}

/// Text between tags or in a quoted attribute of HTML; hazardous characters are escaped visibly, too.
pub fn html_escape(text: &str) -> Cow<'_, str> {
    if !text.contains(|c| is_hazardous(c) || matches!(c, '&' | '<' | '>' | '"' | '\'' | '`')) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            '`' => safe.push_str("&#96;"),
            other => push(&mut safe, other),
        }
    }
    Cow::Owned(safe)
}

fn push(into: &mut String, c: char) {
    match c {
        '\n' => into.push_str("\\n"),
        '\r' => into.push_str("\\r"),
        '\t' => into.push_str("\\t"),
        c if is_hazardous(c) => {
            let _ = write!(into, "\\u{{{:x}}}", u32::from(c));
        }
        c => into.push(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hazards_become_visible() {
        let table = [
            ("plain äö 日本 🦀", "plain äö 日本 🦀"),
            (
                "\u{1b}[31mred\u{1b}]0;title\u{7}",
                "\\u{1b}[31mred\\u{1b}]0;title\\u{7}",
            ),
            (
                "a\u{202e}b\u{2066}\u{2069}\u{200e}\u{61c}",
                "a\\u{202e}b\\u{2066}\\u{2069}\\u{200e}\\u{61c}",
            ),
            ("\u{9b}31m\u{85}", "\\u{9b}31m\\u{85}"),
            (
                "x\u{200b}y\u{feff}z\u{2028}",
                "x\\u{200b}y\\u{feff}z\\u{2028}",
            ),
            ("a\r\nb\tc", "a\\r\\nb\\tc"),
            ("\u{e0041}", "\\u{e0041}"),
        ];
        for (text, expected) in table {
            assert_eq!(line(text), expected);
        }
        assert_eq!(lines("a\u{7}\nb"), "a\\u{7}\nb");
    }

    #[test]
    fn cells_are_no_formulas() {
        for text in [
            "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", "\n=1",
        ] {
            assert!(csv_cell(text).starts_with('\''), "{text:?}");
        }
        assert_eq!(csv_cell("a=1"), "a=1");
        assert_eq!(csv_cell(""), "");
    }

    #[test]
    fn html_has_no_tags_left() {
        assert_eq!(
            html_escape("<b onclick=\"x('&')\">\u{202e}"),
            "&lt;b onclick=&quot;x(&#39;&amp;&#39;)&quot;&gt;\\u{202e}"
        );
    }

    proptest! {
        #[test]
        fn nothing_hazardous_passes(text in any::<String>()) {
            prop_assert!(!line(&text).contains(is_hazardous));
            prop_assert!(!lines(&text).contains(|c| c != '\n' && is_hazardous(c)));
            prop_assert!(!csv_cell(&text).contains(is_hazardous));
            let html = html_escape(&text);
            prop_assert!(!html.contains(|c| is_hazardous(c) || matches!(c, '<' | '>' | '"' | '\'')));
        }

        #[test]
        fn harmless_text_is_untouched(text in "[a-zA-Z0-9 äöü日本.,;:()]*") {
            prop_assert_eq!(line(&text), text.as_str());
        }
    }
}
