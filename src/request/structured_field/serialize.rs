//! Serialising structured fields (RFC 9651 §4.1), strictly: what cannot be written is an error.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{
    BareItem, InnerList, Item, MAX_INTEGER, Member, Parameters, Text, is_key_byte, is_key_start,
    is_token_byte, is_token_start,
};

/// Why a value cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SerializeError {
    /// A number with too many digits.
    #[error("a number with too many digits")]
    NumberOutOfRange,
    /// A string with other than printable ASCII.
    #[error("a string with other than printable ASCII")]
    NotPrintable,
    /// Not a token.
    #[error("not a token")]
    NotAToken,
    /// Not a key.
    #[error("not a key")]
    NotAKey,
}

/// Writes a dictionary.
///
/// # Errors
/// [`SerializeError`].
pub fn serialize_dictionary(dictionary: &[(Text, Member)]) -> Result<String, SerializeError> {
    let mut out = String::new();
    for (index, (key, member)) in dictionary.iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        write_key(&mut out, key)?;
        match member {
            Member::Item(item) if item.value == BareItem::Boolean(true) => {
                write_parameters(&mut out, &item.parameters)?;
            }
            member => {
                out.push('=');
                write_member(&mut out, member)?;
            }
        }
    }
    Ok(out)
}

/// Writes a list.
///
/// # Errors
/// [`SerializeError`].
pub fn serialize_list(list: &[Member]) -> Result<String, SerializeError> {
    let mut out = String::new();
    for (index, member) in list.iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        write_member(&mut out, member)?;
    }
    Ok(out)
}

/// Writes an item.
///
/// # Errors
/// [`SerializeError`].
pub fn serialize_item(item: &Item) -> Result<String, SerializeError> {
    let mut out = String::with_capacity(ITEM);
    write_item(&mut out, item)?;
    Ok(out)
}

/// Writes an inner list.
///
/// # Errors
/// [`SerializeError`].
pub fn serialize_inner_list(list: &InnerList) -> Result<String, SerializeError> {
    let mut out = String::new();
    write_inner_list(&mut out, list)?;
    Ok(out)
}

/// Writes parameters, each with its `;`.
///
/// # Errors
/// [`SerializeError`].
pub fn serialize_parameters(parameters: &Parameters) -> Result<String, SerializeError> {
    let mut out = String::new();
    write_parameters(&mut out, parameters)?;
    Ok(out)
}

/// Writes a value without parameters.
///
/// # Errors
/// [`SerializeError`].
pub fn serialize_bare(value: &BareItem) -> Result<String, SerializeError> {
    let mut out = String::new();
    write_bare(&mut out, value)?;
    Ok(out)
}

/// Room for most items, so that writing one allocates once.
const ITEM: usize = 32;

fn write_member(out: &mut String, member: &Member) -> Result<(), SerializeError> {
    match member {
        Member::Item(item) => write_item(out, item),
        Member::InnerList(list) => write_inner_list(out, list),
    }
}

fn write_inner_list(out: &mut String, list: &InnerList) -> Result<(), SerializeError> {
    out.push('(');
    for (index, item) in list.items.iter().enumerate() {
        if index > 0 {
            out.push(' ');
        }
        write_item(out, item)?;
    }
    out.push(')');
    write_parameters(out, &list.parameters)
}

fn write_item(out: &mut String, item: &Item) -> Result<(), SerializeError> {
    write_bare(out, &item.value)?;
    write_parameters(out, &item.parameters)
}

/// Appends parameters to a text, each with its `;`.
///
/// # Errors
/// [`SerializeError`]; the text may then hold a part of them.
pub fn write_parameters(out: &mut String, parameters: &Parameters) -> Result<(), SerializeError> {
    for (key, value) in parameters {
        out.push(';');
        write_key(out, key)?;
        if *value != BareItem::Boolean(true) {
            out.push('=');
            write_bare(out, value)?;
        }
    }
    Ok(())
}

fn write_key(out: &mut String, key: &str) -> Result<(), SerializeError> {
    let mut bytes = key.bytes();
    if !bytes.next().is_some_and(is_key_start) || !bytes.all(is_key_byte) {
        return Err(SerializeError::NotAKey);
    }
    out.push_str(key);
    Ok(())
}

fn write_bare(out: &mut String, value: &BareItem) -> Result<(), SerializeError> {
    match value {
        BareItem::Integer(value) => write_integer(out, *value),
        BareItem::Decimal(thousandths) => write_decimal(out, *thousandths),
        BareItem::String(text) => write_string(out, text),
        BareItem::Token(token) => {
            let mut bytes = token.bytes();
            if !bytes.next().is_some_and(is_token_start) || !bytes.all(is_token_byte) {
                return Err(SerializeError::NotAToken);
            }
            out.push_str(token);
            Ok(())
        }
        BareItem::Bytes(bytes) => {
            out.push(':');
            STANDARD.encode_string(bytes, out);
            out.push(':');
            Ok(())
        }
        BareItem::Boolean(value) => {
            out.push_str(if *value { "?1" } else { "?0" });
            Ok(())
        }
        BareItem::Date(seconds) => {
            out.push('@');
            write_integer(out, *seconds)
        }
        BareItem::DisplayString(text) => {
            write_display_string(out, text);
            Ok(())
        }
    }
}

fn write_integer(out: &mut String, value: i64) -> Result<(), SerializeError> {
    if !(-MAX_INTEGER..=MAX_INTEGER).contains(&value) {
        return Err(SerializeError::NumberOutOfRange);
    }
    let _infallible = write!(out, "{value}");
    Ok(())
}

// RFC 9651 §4.1.5: at least one fractional digit, no trailing zeros after it.
fn write_decimal(out: &mut String, thousandths: i64) -> Result<(), SerializeError> {
    if !(-MAX_INTEGER..=MAX_INTEGER).contains(&thousandths) {
        return Err(SerializeError::NumberOutOfRange);
    }
    let magnitude = thousandths.unsigned_abs();
    let sign = if thousandths < 0 { "-" } else { "" };
    let fraction = format!("{:03}", magnitude % 1000);
    let fraction = match fraction.trim_end_matches('0') {
        "" => "0",
        digits => digits,
    };
    let _infallible = write!(out, "{sign}{}.{fraction}", magnitude / 1000);
    Ok(())
}

fn write_string(out: &mut String, text: &str) -> Result<(), SerializeError> {
    // Both questions in one pass without an early end, which the compiler turns into a few wide comparisons.
    let (mut printable, mut plain) = (true, true);
    for byte in text.bytes() {
        printable &= matches!(byte, 0x20..=0x7e);
        plain &= !matches!(byte, b'"' | b'\\');
    }
    if !printable {
        return Err(SerializeError::NotPrintable);
    }
    out.push('"');
    if plain {
        out.push_str(text);
    } else {
        for c in text.chars() {
            if matches!(c, '"' | '\\') {
                out.push('\\');
            }
            out.push(c);
        }
    }
    out.push('"');
    Ok(())
}

fn write_display_string(out: &mut String, text: &str) {
    out.push_str("%\"");
    for byte in text.bytes() {
        match byte {
            b'%' | b'"' | 0..=0x1f | 0x7f.. => {
                let _infallible = write!(out, "%{byte:02x}");
            }
            byte => out.push(char::from(byte)),
        }
    }
    out.push('"');
}
