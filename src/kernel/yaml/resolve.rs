//! What a plain scalar means: go-yaml v2's rules, which are kubectl's.
//!
//! YAML 1.1 booleans, leading-zero octal (`0644` is 420, but `08` is the float 8), `_` between digits, no base 60,
//! dates stay strings.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::kernel::document::{Number, Value};

/// A tag that changes what a scalar means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tag {
    /// `!!str`, `!`, or a tag of the application's own: the text as it stands.
    Text,
    /// `!!int`, `!!float`, `!!bool`, `!!null`: as if plain.
    Core,
    /// `!!map`, `!!seq`: nothing to say about scalars.
    Collection,
    /// `!!binary`: what the base64 stands for, which kubectl takes for the text.
    Binary,
}

impl Tag {
    /// The tag by its text after the first `!`; none where this reader does not know what it does.
    pub(super) fn from_suffix(suffix: &str) -> Option<Self> {
        match suffix {
            "" | "!str" => Some(Self::Text),
            "!int" | "!float" | "!bool" | "!null" => Some(Self::Core),
            "!map" | "!seq" => Some(Self::Collection),
            "!binary" => Some(Self::Binary),
            own if !own.contains('!') && !own.starts_with('<') => Some(Self::Text),
            _ => None,
        }
    }

    pub(super) fn scalar(self, text: &str) -> Value {
        match self {
            Self::Text | Self::Collection => Value::String(text.to_owned()),
            Self::Core => plain(Cow::Borrowed(text)),
            Self::Binary => {
                let packed: String = text.split_ascii_whitespace().collect();
                let bytes = STANDARD.decode(packed).unwrap_or_else(|_| text.into());
                Value::String(String::from_utf8_lossy(&bytes).into_owned())
            }
        }
    }
}

/// The value of a plain scalar.
pub(super) fn plain(text: Cow<'_, str>) -> Value {
    special(&text).unwrap_or_else(|| Value::String(text.into_owned()))
}

/// The text of a plain key: booleans and numbers are spelt as JSON spells them.
pub(super) fn key(text: &str) -> String {
    match special(text) {
        Some(Value::Bool(value)) => value.to_string(),
        Some(Value::Number(number)) => match number.integer {
            Some(value) => value.to_string(),
            None if number.float.is_finite() => number.float.to_string(),
            None => number.text,
        },
        Some(Value::Null) if !text.is_empty() => "null".to_owned(),
        _ => text.to_owned(),
    }
}

/// What a plain scalar means where it is no string; the first byte mostly tells.
fn special(text: &str) -> Option<Value> {
    match text.bytes().next() {
        None => Some(Value::Null),
        Some(b'0'..=b'9' | b'+' | b'-' | b'.') => {
            number(text).map(|number| Value::Number(Box::new(number)))
        }
        Some(b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~') => {
            word(text)
        }
        _ => None,
    }
}

fn word(text: &str) -> Option<Value> {
    Some(match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Value::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Value::Bool(false)
        }
        "~" | "null" | "Null" | "NULL" => Value::Null,
        _ => return None,
    })
}

fn number(text: &str) -> Option<Number> {
    let number = |integer, float| {
        Some(Number {
            text: text.to_owned(),
            integer,
            float,
        })
    };
    match text {
        ".nan" | ".NaN" | ".NAN" => return number(None, f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => {
            return number(None, f64::INFINITY);
        }
        "-.inf" | "-.Inf" | "-.INF" => return number(None, f64::NEG_INFINITY),
        _ => {}
    }
    let digits: Cow<'_, str> = if text.contains('_') && !text.starts_with('.') {
        Cow::Owned(text.replace('_', ""))
    } else {
        Cow::Borrowed(text)
    };
    #[expect(
        clippy::cast_precision_loss,
        reason = "the nearest binary64 is what is asked"
    )]
    match integer(&digits) {
        Some(Integer::Signed(value)) => number(Some(value), value as f64),
        Some(Integer::Unsigned(value)) => number(None, value as f64),
        None if is_float(&digits) => number(None, digits.parse().ok()?),
        None => None,
    }
}

#[derive(Debug)]
enum Integer {
    Signed(i64),
    Unsigned(u64),
}

/// Go's `strconv.ParseInt(text, 0, 64)`, then `ParseUint`.
fn integer(text: &str) -> Option<Integer> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, text.get(1..)?),
        b'+' => (false, text.get(1..)?),
        _ => (false, text),
    };
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, digits.get(2..)?),
        [b'0', b'o' | b'O', ..] => (8, digits.get(2..)?),
        [b'0', b'b' | b'B', ..] => (2, digits.get(2..)?),
        [b'0', _, ..] => (8, digits.get(1..)?),
        _ => (10, digits),
    };
    if digits.is_empty()
        || !digits
            .bytes()
            .all(|digit| char::from(digit).is_digit(radix))
    {
        return None;
    }
    let magnitude = u64::from_str_radix(digits, radix).ok()?;
    let signed = if negative {
        0_i64.checked_sub_unsigned(magnitude)
    } else {
        i64::try_from(magnitude).ok()
    };
    match signed {
        Some(value) => Some(Integer::Signed(value)),
        None if negative => None,
        None => Some(Integer::Unsigned(magnitude)),
    }
}

/// go-yaml: `^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`.
fn is_float(text: &str) -> bool {
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (
            text.get(..at).unwrap_or_default(),
            Some(text.get(at + 1..).unwrap_or_default()),
        ),
        None => (text, None),
    };
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let mantissa_fits = match mantissa.split_once('.') {
        Some(("", fraction)) => digits(fraction),
        Some((whole, fraction)) => digits(whole) && (fraction.is_empty() || digits(fraction)),
        None => digits(mantissa),
    };
    let exponent_fits =
        exponent.is_none_or(|part| digits(part.strip_prefix(['-', '+']).unwrap_or(part)));
    mantissa_fits && exponent_fits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Value {
        plain(Cow::Borrowed(text))
    }

    #[test]
    fn resolves_as_go_yaml_v2_does() {
        let integers = [
            ("0", 0),
            ("8443", 8443),
            ("-1", -1),
            ("+12", 12),
            ("0644", 420),
            ("0o644", 420),
            ("0x1F", 31),
            ("-0x1f", -31),
            ("0b101", 5),
            ("1_000", 1000),
            ("-9223372036854775808", i64::MIN),
        ];
        for (text, expected) in integers {
            match of(text) {
                Value::Number(number) => assert_eq!(number.integer, Some(expected), "{text}"),
                other => panic!("{text}: {other:?}"),
            }
        }
        for (text, expected) in [
            ("08", 8.0),
            ("1.5", 1.5),
            (".5", 0.5),
            ("1e3", 1e3),
            ("1.", 1.0),
        ] {
            match of(text) {
                Value::Number(number) => {
                    assert_eq!((number.integer, number.float), (None, expected), "{text}");
                }
                other => panic!("{text}: {other:?}"),
            }
        }
        for text in [
            "12:30:45",
            "1:30",
            "2024-01-01",
            "0x",
            "1e",
            "-",
            "+",
            ".",
            "1.2.3",
            "08:00",
        ] {
            assert!(matches!(of(text), Value::String(_)), "{text}");
        }
        for (text, expected) in [
            ("yes", true),
            ("On", true),
            ("y", true),
            ("N", false),
            ("off", false),
        ] {
            assert!(
                matches!(of(text), Value::Bool(value) if value == expected),
                "{text}"
            );
        }
        for text in ["yEs", "trUe", "nO", "yess", "nil"] {
            assert!(matches!(of(text), Value::String(_)), "{text}");
        }
        assert!(matches!(of("18446744073709551615"), Value::Number(n) if n.integer.is_none()));
    }

    #[test]
    fn keys_that_are_no_strings_are_spelt_as_json_spells_them() {
        assert_eq!(key("8080"), "8080");
        assert_eq!(key("010"), "8");
        assert_eq!(key("on"), "true");
        assert_eq!(key("~"), "null");
        assert_eq!(key("app"), "app");
    }
}
