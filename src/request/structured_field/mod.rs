//! Structured field values (RFC 9651, which includes RFC 8941): values, strict parser, strict serialiser.
//!
//! The parser keeps the order of members and parameters, because a signature base is made of both. It is total over
//! bytes: any input yields a value or an error with its offset.

mod parse;
mod registry;
mod serialize;
mod text;

pub use parse::{ParseError, parse_dictionary, parse_dictionary_members, parse_item, parse_list};
pub use registry::{FieldType, field_type};
pub use serialize::{
    SerializeError, serialize_bare, serialize_dictionary, serialize_inner_list, serialize_item,
    serialize_list, serialize_parameters, write_parameters,
};
pub use text::{Text, known};

/// A value without parameters (RFC 9651 §3.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BareItem {
    /// An integer of at most fifteen digits.
    Integer(i64),
    /// A decimal, in thousandths.
    Decimal(i64),
    /// A string of printable ASCII.
    String(Text),
    /// A token.
    Token(String),
    /// A byte sequence.
    Bytes(Vec<u8>),
    /// A boolean.
    Boolean(bool),
    /// A date, in seconds since 1970.
    Date(i64),
    /// A string of Unicode characters.
    DisplayString(String),
}

impl BareItem {
    /// The text of a string.
    pub fn as_string(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// An integer. A date is not an integer.
    pub fn as_integer(&self) -> Option<i64> {
        match self {
            Self::Integer(value) => Some(*value),
            _ => None,
        }
    }

    /// The bytes of a byte sequence.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// What type it is, in the specification's words.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Integer(_) => "an integer",
            Self::Decimal(_) => "a decimal",
            Self::String(_) => "a string",
            Self::Token(_) => "a token",
            Self::Bytes(_) => "a byte sequence",
            Self::Boolean(_) => "a boolean",
            Self::Date(_) => "a date",
            Self::DisplayString(_) => "a display string",
        }
    }
}

/// Parameters in order, keys unique (of duplicates the last value, in the first one's place).
pub type Parameters = Vec<(Text, BareItem)>;

/// A bare item with parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The value.
    pub value: BareItem,
    /// Its parameters.
    pub parameters: Parameters,
}

/// A list of items with parameters of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InnerList {
    /// The items.
    pub items: Vec<Item>,
    /// The parameters of the list.
    pub parameters: Parameters,
}

/// What a list or dictionary holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Member {
    /// An item.
    Item(Item),
    /// An inner list.
    InnerList(InnerList),
}

/// A dictionary in order, keys unique.
pub type Dictionary = Vec<(Text, Member)>;

/// The value of a parameter.
pub fn parameter<'a>(parameters: &'a Parameters, name: &str) -> Option<&'a BareItem> {
    parameters
        .iter()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value)
}

fn is_key_start(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte == b'*'
}

/// Which bytes stand in a key: a table, as each byte of each key is asked.
static KEY_BYTES: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < table.len() {
        let ascii = byte as u8;
        table[byte] = matches!(ascii, b'a'..=b'z' | b'0'..=b'9' | b'*' | b'_' | b'-' | b'.');
        byte += 1;
    }
    table
};

#[inline(always)]
fn is_key_byte(byte: u8) -> bool {
    KEY_BYTES[usize::from(byte)]
}

fn is_token_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'*'
}

fn is_token_byte(byte: u8) -> bool {
    // RFC 9110 §5.6.2 tchar, and ":" and "/" (RFC 9651 §3.3.4).
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~:/".contains(&byte)
}

const MAX_INTEGER: i64 = 999_999_999_999_999;
