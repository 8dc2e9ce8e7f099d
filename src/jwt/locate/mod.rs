//! Finds every token in what people paste, and says where each was found.
//!
//! Two readers with opposite duties. [`exact`] serves verification: it takes the text as it stands, or what follows
//! `Bearer` or `DPoP`. [`locate_all`] serves inspection: it looks through headers, cookies, URLs, JSON, Kubernetes Secrets, curl
//! dumps, logs and wrapped lines. It works on bytes, because a log may hold anything; a token is ASCII.

mod dump;
mod place;
mod scan;
mod serialized;
#[cfg(test)]
mod tests;

pub(super) use dump::is_line as is_hex_dump;
pub use place::Place;
pub use scan::Encoding;
pub(super) use scan::{Candidate, Waiting, candidates, is_token_byte, opens_a_token, unfinished};

/// How many tokens of one input are shown; the rest is counted.
pub const MAX_FOUND: usize = 1000;

/// A token and where it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    /// The token's text. It may be anything: nothing is checked here.
    pub token: String,
    /// The wrapping it was found in; None if there was none.
    pub place: Option<&'static str>,
}

/// A token found in a larger text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The token's text, wrapped lines joined, outer base64 decoded. Nothing is checked here.
    pub token: String,
    /// What surrounds it.
    pub place: Place,
    /// The offset of its first byte in the input.
    pub offset: usize,
    /// The line it starts on, from 1.
    pub line: usize,
    /// The column it starts at, in characters, from 1.
    pub column: usize,
    /// Whether it was put together from several lines.
    pub wrapped: bool,
    /// What had to be decoded before it could be seen.
    pub encoding: Encoding,
}

/// All tokens of a text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Search {
    /// The first [`MAX_FOUND`] in the order of the text.
    pub found: Vec<Found>,
    /// How many there are.
    pub total: usize,
}

/// Finds the first token in some text. What holds no token is returned trimmed, so that its defects can be shown.
pub fn locate(text: &str) -> Located {
    let first = locate_all(text.as_bytes()).found.into_iter().next();
    Located {
        token: first.map_or_else(|| text.trim().to_owned(), |found| found.token),
        place: None,
    }
}

/// Finds every token of an input. Where there is none, a single word that could be a damaged one is given.
pub fn locate_all(bytes: &[u8]) -> Search {
    let decoded = utf16(bytes);
    let bytes = decoded.as_deref().unwrap_or(bytes);
    if let Some(whole) = single_word(bytes) {
        return whole;
    }
    let dumped = dump::decode(bytes);
    let mut lines = Lines::default();
    let mut search = match &dumped {
        Some(dumped) => dumped.search(bytes, &mut lines),
        None => search(bytes, &mut lines),
    };
    if search.found.is_empty() {
        search.found.extend(last_resort(bytes));
        search.total = search.found.len();
    }
    search
}

/// A single word that starts like a token is taken whole: what no token may hold is a defect to be shown.
fn single_word(bytes: &[u8]) -> Option<Search> {
    let word = bytes.trim_ascii();
    let delimits = |byte: &u8| byte.is_ascii_whitespace() || b"\"'`,;&<>".contains(byte);
    if !opens_a_token(word) || word.iter().any(delimits) || !word.contains(&b'.') {
        return None;
    }
    let offset = bytes.len() - bytes.trim_ascii_start().len();
    let (line, column) = Lines::default().position(bytes, offset);
    Some(Search {
        found: vec![Found {
            token: String::from_utf8_lossy(word).into_owned(),
            place: Place::Whole,
            offset,
            line,
            column,
            wrapped: false,
            encoding: Encoding::Plain,
        }],
        total: 1,
    })
}

fn search(bytes: &[u8], lines: &mut Lines) -> Search {
    let objects = serialized::objects(bytes);
    let mut search = Search::default();
    let mut objects = objects.into_iter().peekable();
    let mut add = |search: &mut Search, start: usize, make: &dyn Fn(usize, usize) -> Found| {
        search.total += 1;
        if search.found.len() < MAX_FOUND {
            let (line, column) = lines.position(bytes, start);
            search.found.push(make(line, column));
        }
    };
    for candidate in candidates(bytes) {
        while let Some(object) = objects.next_if(|object| object.start <= candidate.start()) {
            add(&mut search, object.start, &|line, column| {
                whole_object(bytes, &object, (line, column))
            });
        }
        add(&mut search, candidate.start(), &|line, column| Found {
            token: candidate.token.clone(),
            place: Place::of(bytes, &candidate),
            offset: candidate.start(),
            line,
            column,
            wrapped: candidate.pieces.len() > 1,
            encoding: candidate.encoding,
        });
    }
    for object in objects {
        add(&mut search, object.start, &|line, column| {
            whole_object(bytes, &object, (line, column))
        });
    }
    search
}

fn whole_object(bytes: &[u8], object: &std::ops::Range<usize>, at: (usize, usize)) -> Found {
    let text = bytes.get(object.clone()).unwrap_or_default();
    Found {
        token: String::from_utf8_lossy(text).into_owned(),
        place: Place::Serialization,
        offset: object.start,
        line: at.0,
        column: at.1,
        wrapped: false,
        encoding: Encoding::Plain,
    }
}

/// Counts lines while offsets grow.
#[derive(Debug, Default)]
struct Lines {
    counted_to: usize,
    line: usize,
    /// The characters before it on its line.
    column: usize,
}

impl Lines {
    fn position(&mut self, bytes: &[u8], offset: usize) -> (usize, usize) {
        if offset < self.counted_to {
            *self = Self::default();
        }
        let more = bytes.get(self.counted_to..offset).unwrap_or_default();
        let mut line = more;
        for at in memchr::memchr_iter(b'\n', more) {
            self.line += 1;
            self.column = 0;
            line = more.get(at + 1..).unwrap_or_default();
        }
        self.counted_to = offset;
        self.column += String::from_utf8_lossy(line).chars().count();
        (self.line + 1, self.column + 1)
    }
}

// PowerShell redirects as UTF-16 with a byte order mark.
fn utf16(bytes: &[u8]) -> Option<Vec<u8>> {
    let unit: fn([u8; 2]) -> u16 = match bytes.get(..2)? {
        [0xff, 0xfe] => u16::from_le_bytes,
        [0xfe, 0xff] => u16::from_be_bytes,
        _ => return None,
    };
    let pairs = bytes.get(2..)?.as_chunks().0;
    let units = pairs.iter().map(|pair| unit(*pair));
    let text: String = char::decode_utf16(units)
        .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect();
    Some(text.into_bytes())
}

/// A text without any sound start of a token: what stands where a token belongs, or a single word with a dot.
fn last_resort(bytes: &[u8]) -> Option<Found> {
    let text = std::str::from_utf8(bytes).ok()?;
    let whole = text.trim();
    let marked = after_bearer(whole).or_else(|| after_member(whole));
    let (token, place, wrapped) = match (marked, unquoted(whole)) {
        (Some((token, place)), _) => (token.to_owned(), place, false),
        (None, Some(inner)) => (inner.to_owned(), Place::Quotes, false),
        (None, None) => {
            let joined: String = whole.split_whitespace().collect();
            let wrapped = joined.len() < whole.len();
            let one_a_line = |line: &str| !line.trim().contains(char::is_whitespace);
            if wrapped && !(is_tokenish(&joined) && whole.lines().all(one_a_line)) {
                return None;
            }
            (joined, Place::Whole, wrapped)
        }
    };
    let offset = text.find(token.get(..1)?).unwrap_or_default();
    let offset = text.find(&token).unwrap_or(offset);
    let (line, column) = Lines::default().position(bytes, offset);
    (token.contains('.') || token.starts_with("ey")).then_some(Found {
        token,
        place,
        offset,
        line,
        column,
        wrapped,
        encoding: Encoding::Plain,
    })
}

fn after_bearer(text: &str) -> Option<(&str, Place)> {
    let at = text.to_ascii_lowercase().find("bearer ")?;
    Some((
        first_word(text.get(at + 7..)?),
        Place::Authorization("Bearer"),
    ))
}

fn after_member(text: &str) -> Option<(&str, Place)> {
    let lower = text.to_ascii_lowercase();
    for name in ["access_token", "id_token", "refresh_token", "token"] {
        for pattern in [format!("\"{name}\""), format!("{name}=")] {
            let Some(at) = lower.find(&pattern) else {
                continue;
            };
            let rest = text.get(at + pattern.len()..)?;
            let rest = rest.trim_start_matches([' ', ':', '"', '\n', '\t', '\r']);
            let place = if pattern.ends_with('=') {
                Place::Parameter(name.to_owned())
            } else {
                Place::Member(name.to_owned())
            };
            return Some((first_word(rest), place));
        }
    }
    None
}

/// The token of a text that is to be verified: the text itself, or what follows `Bearer` or
/// `DPoP` in a header line. Nothing is
/// searched for, joined or cut: what a stricter reader refuses must not be made to pass.
pub fn exact(text: &str) -> Located {
    let text = text.trim();
    let header = text
        .get(..14)
        .filter(|start| start.eq_ignore_ascii_case("authorization:"))
        .map_or(text, |start| {
            text.get(start.len()..).unwrap_or_default().trim_start()
        });
    let after = |scheme: &str| {
        let (word, token) = header.split_at_checked(scheme.len())?;
        word.eq_ignore_ascii_case(scheme).then(|| token.trim())
    };
    let (token, place) = match (after("bearer "), after("dpop ")) {
        (Some(token), _) => (token, Some("a `Bearer` header")),
        // RFC 9449 §7.1
        (None, Some(token)) => (token, Some("a `DPoP` header")),
        (None, None) => (text, None),
    };
    Located {
        token: token.to_owned(),
        place,
    }
}

/// What stands before the first thing that could be a token, whatever it is glued to.
pub fn before_token(text: &str) -> Option<&str> {
    let could_be = |at: &usize| {
        let rest = text.as_bytes().get(*at..).unwrap_or_default();
        let dots = memchr::memchr_iter(b'.', rest).count();
        opens_a_token(rest) && (dots >= 2 || rest.len() >= 40)
    };
    let at = memchr::memchr_iter(b'e', text.as_bytes()).find(could_be)?;
    text.get(..at)
}

fn first_word(text: &str) -> &str {
    let end = text.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ';' | ',' | '&'));
    text.get(..end.unwrap_or(text.len())).unwrap_or_default()
}

fn unquoted(text: &str) -> Option<&str> {
    ['"', '\'', '`'].into_iter().find_map(|quote| {
        let inner = text.strip_prefix(quote)?.strip_suffix(quote)?.trim();
        (!inner.contains(char::is_whitespace)).then_some(inner)
    })
}

fn is_tokenish(text: &str) -> bool {
    text.matches('.').count() >= 2
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'='))
}
