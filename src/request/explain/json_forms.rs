//! A JSON body as other programs write the same value.

use crate::kernel::arrange::Arrange as _;
use serde_json::Value;

use super::Cause;

/// The forms in which the usual libraries write it.
pub(super) fn forms(body: &[u8]) -> Vec<(Cause, String, Vec<u8>)> {
    let Some(value) = parse(body) else {
        return Vec::new();
    };
    let layouts: [(&str, Layout); 6] = [
        ("compact", Layout::Compact),
        ("with a space after `,` and `:`", Layout::Spaced),
        ("with a space after `:`", Layout::ColonSpaced),
        ("indented by 2", Layout::Indented(2)),
        ("indented by 4", Layout::Indented(4)),
        ("indented by tabs", Layout::Tabs),
    ];
    let escapes: [(&str, Escape); 4] = [
        ("", Escape::None),
        (
            " and `\\u` escapes in lower case",
            Escape::Unicode { upper: false },
        ),
        (
            " and `\\u` escapes in upper case",
            Escape::Unicode { upper: true },
        ),
        (" and `/` escaped", Escape::Slash),
    ];
    let mut found = Vec::new();
    for (sorted, order) in [(false, ""), (true, ", its members sorted")] {
        for (layout_text, layout) in layouts {
            for (escape_text, escape) in escapes {
                let mut out = String::new();
                let writer = Writer {
                    layout,
                    escape,
                    sorted,
                };
                writer.write(&value, 0, &mut out);
                let text =
                    format!("the body was the same JSON written {layout_text}{escape_text}{order}");
                found.push((Cause::BodyJsonReserialized, text, out.into_bytes()));
            }
        }
    }
    found
}

fn parse(body: &[u8]) -> Option<Value> {
    let first = body.trim_ascii_start().first()?;
    if !matches!(first, b'{' | b'[') {
        return None;
    }
    serde_json::from_slice(body).ok()
}

#[derive(Clone, Copy)]
enum Layout {
    Compact,
    Spaced,
    ColonSpaced,
    Indented(usize),
    Tabs,
}

#[derive(Clone, Copy, PartialEq)]
enum Escape {
    None,
    Unicode { upper: bool },
    Slash,
}

#[derive(Clone, Copy)]
struct Writer {
    layout: Layout,
    escape: Escape,
    sorted: bool,
}

impl Writer {
    fn write(self, value: &Value, depth: usize, out: &mut String) {
        match value {
            Value::Array(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    self.between(index, depth + 1, out);
                    self.write(item, depth + 1, out);
                }
                self.end(items.is_empty(), depth, out);
                out.push(']');
            }
            Value::Object(members) => {
                let mut members: Vec<(&String, &Value)> = members.iter().collect();
                if self.sorted {
                    members.arrange_by_key(|(name, _)| *name);
                }
                out.push('{');
                for (index, (name, item)) in members.iter().enumerate() {
                    self.between(index, depth + 1, out);
                    self.string(name, out);
                    out.push_str(match self.layout {
                        Layout::Compact => ":",
                        _ => ": ",
                    });
                    self.write(item, depth + 1, out);
                }
                self.end(members.is_empty(), depth, out);
                out.push('}');
            }
            Value::String(text) => self.string(text, out),
            other => out.push_str(&other.to_string()),
        }
    }

    fn between(self, index: usize, depth: usize, out: &mut String) {
        if index > 0 {
            out.push(',');
        }
        match self.layout {
            Layout::Spaced if index > 0 => out.push(' '),
            Layout::Compact | Layout::Spaced | Layout::ColonSpaced => {}
            Layout::Indented(_) | Layout::Tabs => self.line(depth, out),
        }
    }

    fn end(self, empty: bool, depth: usize, out: &mut String) {
        if !empty && matches!(self.layout, Layout::Indented(_) | Layout::Tabs) {
            self.line(depth, out);
        }
    }

    fn line(self, depth: usize, out: &mut String) {
        out.push('\n');
        let unit = match self.layout {
            Layout::Indented(width) => " ".repeat(width),
            _ => "\t".to_owned(),
        };
        for _ in 0..depth {
            out.push_str(&unit);
        }
    }

    fn string(self, text: &str, out: &mut String) {
        let plain = Value::from(text).to_string();
        for c in plain.chars() {
            match self.escape {
                Escape::Slash if c == '/' => out.push_str("\\/"),
                Escape::Unicode { upper } if !c.is_ascii() => {
                    for unit in c.encode_utf16(&mut [0; 2]) {
                        out.push_str(&if upper {
                            format!("\\u{unit:04X}")
                        } else {
                            format!("\\u{unit:04x}")
                        });
                    }
                }
                _ => out.push(c),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_forms_are_written() {
        let body = br#"{"b": [1, {}], "a": "\u00e9/"}"#;
        let all = forms(body);
        let has = |text: &str| all.iter().any(|(_, _, form)| form == text.as_bytes());
        for form in [
            r#"{"b":[1,{}],"a":"é/"}"#,
            r#"{"b": [1, {}], "a": "\u00e9/"}"#,
            r#"{"a":"é\/","b":[1,{}]}"#,
            "{\n  \"b\": [\n    1,\n    {}\n  ],\n  \"a\": \"\\u00E9/\"\n}",
        ] {
            assert!(has(form), "{form}");
        }
        assert!(forms(b"plain").is_empty());
    }
}
