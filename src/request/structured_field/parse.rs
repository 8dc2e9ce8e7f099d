//! Parsing structured fields (RFC 9651 §4.2), strictly.

use std::collections::HashMap;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::text::text;
use super::{
    BareItem, Dictionary, InnerList, Item, Member, Parameters, Text, is_key_byte, is_key_start,
    is_token_byte, is_token_start,
};

/// Where and why a field is not of the expected structure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{problem} at byte {offset}")]
pub struct ParseError {
    /// The offset in the field value.
    pub offset: usize,
    /// What is wrong there.
    pub problem: &'static str,
}

/// Up to how many keys are compared with each other.
const PAIRWISE: usize = 16;
/// RFC 9651 §3.1.2 asks for 256 at least.
const MAX_PARAMETERS: usize = 1024;
const REPEATED_PARAMETER: &str = "a parameter is there twice";

impl ParseError {
    /// Whether something stands there a second time.
    pub fn is_repetition(&self) -> bool {
        self.problem == REPEATED_PARAMETER
    }
}

/// RFC 9651 §4.2.7 lets a parser accept missing padding and non-zero pad bits; all implementations do.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Parses a dictionary.
///
/// # Errors
/// [`ParseError`].
pub fn parse_dictionary(field: &[u8]) -> Result<Dictionary, ParseError> {
    let members = parse_dictionary_members(field)?;
    if members.len() < 2 {
        return Ok(members);
    }
    let mut dictionary = Dictionary::with_capacity(members.len());
    if members.len() <= PAIRWISE {
        for (key, member) in members {
            replace_or_push(&mut dictionary, key, member);
        }
        return Ok(dictionary);
    }
    let mut places: HashMap<Text, usize> = HashMap::with_capacity(members.len());
    for (key, member) in members {
        match places
            .get(&key)
            .and_then(|place| dictionary.get_mut(*place))
        {
            Some((_, old)) => *old = member,
            None => {
                places.insert(key.clone(), dictionary.len());
                dictionary.push((key, member));
            }
        }
    }
    Ok(dictionary)
}

/// Parses a dictionary and keeps every member, also those whose key occurred before. A parameter that is there twice is
/// an error: readers differ in which of the two they take, and a signature must mean one thing.
///
/// # Errors
/// [`ParseError`].
pub fn parse_dictionary_members(field: &[u8]) -> Result<Dictionary, ParseError> {
    let mut parser = Parser::new(field);
    parser.once = true;
    let mut members = Dictionary::new();
    parser.members(|parser| {
        let key = parser.key()?;
        let member = if parser.take(b'=') {
            parser.member()?
        } else {
            Member::Item(Item {
                value: BareItem::Boolean(true),
                parameters: parser.parameters()?,
            })
        };
        members.push((key, member));
        Ok(())
    })?;
    Ok(members)
}

/// Parses a list.
///
/// # Errors
/// [`ParseError`].
pub fn parse_list(field: &[u8]) -> Result<Vec<Member>, ParseError> {
    let mut parser = Parser::new(field);
    let mut list = Vec::new();
    parser.members(|parser| {
        list.push(parser.member()?);
        Ok(())
    })?;
    Ok(list)
}

/// Parses an item.
///
/// # Errors
/// [`ParseError`].
pub fn parse_item(field: &[u8]) -> Result<Item, ParseError> {
    let mut parser = Parser::new(field);
    parser.skip_spaces();
    let item = parser.item()?;
    parser.skip_spaces();
    if parser.peek().is_some() {
        return Err(parser.error("trailing characters"));
    }
    Ok(item)
}

// RFC 9651 §4.2.2: a duplicate key overwrites the value; the place stays that of the first.
fn replace_or_push<T>(entries: &mut Vec<(Text, T)>, key: Text, value: T) {
    match entries.iter_mut().find(|(known, _)| *known == key) {
        Some((_, old)) => *old = value,
        None => entries.push((key, value)),
    }
}

struct Parser<'a> {
    field: &'a [u8],
    /// The same as text, so that what is cut out of it need not be looked at again.
    text: Option<&'a str>,
    at: usize,
    /// Whether a parameter may be there only once.
    once: bool,
}

impl<'a> Parser<'a> {
    fn new(field: &'a [u8]) -> Self {
        Self {
            field,
            text: std::str::from_utf8(field).ok(),
            at: 0,
            once: false,
        }
    }

    fn error(&self, problem: &'static str) -> ParseError {
        ParseError {
            offset: self.at,
            problem,
        }
    }

    fn peek(&self) -> Option<u8> {
        self.field.get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn take_while(&mut self, accept: impl Fn(u8) -> bool) -> &'a [u8] {
        let rest = self.field.get(self.at..).unwrap_or_default();
        let end = rest.iter().position(|byte| !accept(*byte));
        let taken = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
        self.at += taken.len();
        taken
    }

    fn take_text(&mut self, accept: impl Fn(u8) -> bool) -> &'a str {
        let start = self.at;
        let taken = self.take_while(accept);
        self.as_text(start, taken)
    }

    /// Bytes of ASCII, which stand at that place.
    fn as_text(&self, start: usize, bytes: &'a [u8]) -> &'a str {
        let cut = self
            .text
            .and_then(|text| text.get(start..start + bytes.len()));
        // A field that is no text elsewhere.
        cut.unwrap_or_else(|| std::str::from_utf8(bytes).expect("only ASCII bytes were taken"))
    }

    fn skip_spaces(&mut self) {
        self.take_while(|byte| byte == b' ');
    }

    fn skip_blanks(&mut self) {
        self.take_while(|byte| byte == b' ' || byte == b'\t');
    }

    fn members(
        &mut self,
        mut member: impl FnMut(&mut Self) -> Result<(), ParseError>,
    ) -> Result<(), ParseError> {
        self.skip_spaces();
        if self.peek().is_none() {
            return Ok(());
        }
        loop {
            member(self)?;
            self.skip_blanks();
            if self.peek().is_none() {
                return Ok(());
            }
            if !self.take(b',') {
                return Err(self.error("a comma is missing between members"));
            }
            self.skip_blanks();
            if self.peek().is_none() {
                return Err(self.error("a trailing comma"));
            }
        }
    }

    fn member(&mut self) -> Result<Member, ParseError> {
        if self.peek() == Some(b'(') {
            self.inner_list().map(Member::InnerList)
        } else {
            self.item().map(Member::Item)
        }
    }

    fn inner_list(&mut self) -> Result<InnerList, ParseError> {
        self.at += 1;
        let mut items = Vec::with_capacity(8);
        loop {
            self.skip_spaces();
            if self.take(b')') {
                return Ok(InnerList {
                    items,
                    parameters: self.parameters()?,
                });
            }
            items.push(self.item()?);
            if !matches!(self.peek(), Some(b' ' | b')')) {
                return Err(self.error("the inner list is not closed"));
            }
        }
    }

    fn item(&mut self) -> Result<Item, ParseError> {
        Ok(Item {
            value: self.bare_item()?,
            parameters: self.parameters()?,
        })
    }

    fn parameters(&mut self) -> Result<Parameters, ParseError> {
        let mut parameters: Parameters = Vec::new();
        while self.take(b';') {
            self.skip_spaces();
            let start = self.at;
            if parameters.len() == MAX_PARAMETERS {
                return Err(self.error("more than 1024 parameters of one item"));
            }
            let key = self.key()?;
            if self.once && parameters.iter().any(|(known, _)| *known == key) {
                return Err(ParseError {
                    offset: start,
                    problem: REPEATED_PARAMETER,
                });
            }
            let value = if self.take(b'=') {
                self.bare_item()?
            } else {
                BareItem::Boolean(true)
            };
            replace_or_push(&mut parameters, key, value);
        }
        Ok(parameters)
    }

    fn key(&mut self) -> Result<Text, ParseError> {
        if !self.peek().is_some_and(is_key_start) {
            return Err(self.error("a key starts with a lower-case letter or `*`"));
        }
        Ok(text(self.take_text(is_key_byte)))
    }

    fn bare_item(&mut self) -> Result<BareItem, ParseError> {
        match self.peek() {
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b'"') => self.string(),
            Some(b':') => self.bytes(),
            Some(b'?') => self.boolean(),
            Some(b'@') => self.date(),
            Some(b'%') => self.display_string(),
            Some(byte) if is_token_start(byte) => {
                Ok(BareItem::Token(self.take_text(is_token_byte).to_owned()))
            }
            Some(_) => Err(self.error("no value starts with this character")),
            None => Err(self.error("a value is missing")),
        }
    }

    // RFC 9651 §4.2.4
    fn number(&mut self) -> Result<BareItem, ParseError> {
        let negative = self.take(b'-');
        let sign = if negative { -1 } else { 1 };
        let whole = self.take_while(|byte| byte.is_ascii_digit());
        if whole.is_empty() {
            return Err(self.error("a digit is missing"));
        }
        if self.peek() != Some(b'.') {
            if whole.len() > 15 {
                return Err(self.error("an integer of more than 15 digits"));
            }
            return Ok(BareItem::Integer(sign * digits(whole)));
        }
        if whole.len() > 12 {
            return Err(self.error("a decimal of more than 12 integer digits"));
        }
        self.at += 1;
        let fraction = self.take_while(|byte| byte.is_ascii_digit());
        if fraction.is_empty() || fraction.len() > 3 {
            return Err(self.error("a decimal has one to three fractional digits"));
        }
        let scale = [100, 10, 1].get(fraction.len() - 1).copied().unwrap_or(1);
        let thousandths = digits(whole) * 1000 + digits(fraction) * scale;
        Ok(BareItem::Decimal(sign * thousandths))
    }

    fn string(&mut self) -> Result<BareItem, ParseError> {
        self.at += 1;
        // Most strings hold no escape: found, checked and copied in one piece.
        let rest = self.field.get(self.at..).unwrap_or_default();
        let end = memchr::memchr2(b'"', b'\\', rest).unwrap_or(0);
        if let (Some(plain), Some(b'"')) = (rest.get(..end), rest.get(end))
            && is_printable(plain)
        {
            let start = self.at;
            self.at += end + 1;
            return Ok(BareItem::String(text(self.as_text(start, plain))));
        }
        let mut text = String::new();
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(BareItem::String(text.into()));
                }
                Some(b'\\') => {
                    self.at += 1;
                    match self.peek() {
                        Some(byte @ (b'"' | b'\\')) => text.push(char::from(byte)),
                        _ => return Err(self.error("only `\"` and `\\` are escaped in a string")),
                    }
                }
                Some(byte @ 0x20..=0x7e) => text.push(char::from(byte)),
                Some(_) => return Err(self.error("a string holds printable ASCII only")),
                None => return Err(self.error("the string is not closed")),
            }
            self.at += 1;
        }
    }

    fn bytes(&mut self) -> Result<BareItem, ParseError> {
        self.at += 1;
        let encoded = self.take_while(|byte| byte != b':');
        let problem = "the byte sequence is not base64";
        let bytes = BASE64.decode(encoded).map_err(|_| self.error(problem))?;
        if !self.take(b':') {
            return Err(self.error("the byte sequence is not closed"));
        }
        Ok(BareItem::Bytes(bytes))
    }

    fn boolean(&mut self) -> Result<BareItem, ParseError> {
        self.at += 1;
        let value = match self.peek() {
            Some(b'0') => false,
            Some(b'1') => true,
            _ => return Err(self.error("a boolean is `?0` or `?1`")),
        };
        self.at += 1;
        Ok(BareItem::Boolean(value))
    }

    fn date(&mut self) -> Result<BareItem, ParseError> {
        self.at += 1;
        match self.number()? {
            BareItem::Integer(seconds) => Ok(BareItem::Date(seconds)),
            _ => Err(self.error("a date is a whole number of seconds")),
        }
    }

    // RFC 9651 §4.2.10
    fn display_string(&mut self) -> Result<BareItem, ParseError> {
        self.at += 1;
        if !self.take(b'"') {
            return Err(self.error("a display string starts with `%\"`"));
        }
        let mut bytes = Vec::new();
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    let text = String::from_utf8(bytes);
                    let text = text.map_err(|_| self.error("the display string is not UTF-8"))?;
                    return Ok(BareItem::DisplayString(text));
                }
                Some(b'%') => {
                    let hex = self.field.get(self.at + 1..self.at + 3).unwrap_or_default();
                    bytes.push(lower_hex(hex).ok_or_else(|| {
                        self.error("a percent sign is followed by two lower-case hex digits")
                    })?);
                    self.at += 2;
                }
                Some(byte @ 0x20..=0x7e) => bytes.push(byte),
                Some(_) => return Err(self.error("a display string holds printable ASCII only")),
                None => return Err(self.error("the display string is not closed")),
            }
            self.at += 1;
        }
    }
}

fn digits(text: &[u8]) -> i64 {
    text.iter()
        .fold(0, |value, digit| value * 10 + i64::from(digit - b'0'))
}

fn lower_hex(pair: &[u8]) -> Option<u8> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    match pair {
        [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    }
}

// Without an early end: a few wide comparisons.
fn is_printable(bytes: &[u8]) -> bool {
    let outside = |byte: &u8| !matches!(byte, 0x20..=0x7e);
    bytes
        .iter()
        .fold(0, |found, byte| found | u8::from(outside(byte)))
        == 0
}
