//! A house scheme described in a few lines of TOML: what is concatenated, which field, which encoding, which window.
//!
//! ```toml
//! header = "X-Acme-Signature"
//! signed = "{timestamp}.{body}"
//! algorithm = "hmac-sha256"
//! encoding = "hex"
//! prefix = "sha256="
//!
//! [timestamp]
//! header = "X-Acme-Timestamp"
//! past = "5m"
//! ```
//!
//! A key that is not known is an error, and so is a description that cannot mean what it says: a time or an id that
//! stands in the message and is not signed could be changed by anyone.

mod table;
mod template;

use std::time::Duration;

use super::webhook::{
    Algorithm, Description, Encoding, KeyEncoding, KeyForm, Layout, MAX_SECRET_BYTES, Piece,
    TimestampRule, TimestampSource, Unit, Version,
};
use crate::kernel::crypto::MacAlgorithm;
use crate::kernel::source::{Source, SourceError, Span};
use crate::kernel::time::parse_duration;
use table::Table;

/// The largest description, in bytes.
pub const MAX_BYTES: usize = 64 << 10;

/// Why a description cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct CustomError {
    /// Where.
    pub span: Span,
    /// What is wrong.
    pub problem: Problem,
}

/// What is wrong with a description.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Too long.
    #[error("a scheme has at most {MAX_BYTES} bytes")]
    TooLarge,
    /// Not text.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// Not TOML.
    #[error("not TOML: {0}")]
    Toml(String),
    /// A key that means nothing.
    #[error("there is no key `{found}`; there are {}", list(.known))]
    UnknownKey {
        /// The key.
        found: String,
        /// Those that there are.
        known: &'static [&'static str],
    },
    /// A key that must be there.
    #[error("`{0}` is missing")]
    Missing(&'static str),
    /// A value of another type.
    #[error("`{key}` is {found}, not {wanted}")]
    Type {
        /// The key.
        key: String,
        /// The type it has.
        found: &'static str,
        /// The type it must have.
        wanted: &'static str,
    },
    /// A value that means nothing.
    #[error("`{found}` is not a value of `{key}`; there are {}", list(.known))]
    UnknownValue {
        /// The key.
        key: &'static str,
        /// The value.
        found: String,
        /// Those that there are.
        known: &'static [&'static str],
    },
    /// A placeholder that means nothing.
    #[error("there is no `{{{found}}}`; there are {}", list(.known))]
    UnknownPlaceholder {
        /// The placeholder.
        found: String,
        /// Those that there are.
        known: &'static [&'static str],
    },
    /// Something else, in words.
    #[error("{0}")]
    Other(String),
}

fn list(known: &[&str]) -> String {
    let quoted: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

const KEYS: [&str; 10] = [
    "algorithm",
    "encoding",
    "header",
    "id",
    "key",
    "list",
    "name",
    "prefix",
    "signed",
    "timestamp",
];
const ALGORITHMS: [(&str, Algorithm); 6] = [
    ("hmac-sha256", Algorithm::Hmac(MacAlgorithm::HmacSha256)),
    ("hmac-sha384", Algorithm::Hmac(MacAlgorithm::HmacSha384)),
    ("hmac-sha512", Algorithm::Hmac(MacAlgorithm::HmacSha512)),
    ("hmac-sha1", Algorithm::Hmac(MacAlgorithm::HmacSha1Legacy)),
    ("ed25519", Algorithm::Ed25519),
    ("ecdsa-p256-sha256", Algorithm::EcdsaP256),
];
const ALGORITHM_NAMES: [&str; 6] = [
    "hmac-sha256",
    "hmac-sha384",
    "hmac-sha512",
    "hmac-sha1",
    "ed25519",
    "ecdsa-p256-sha256",
];
const WINDOW: Duration = Duration::from_secs(300);

/// Reads a description.
///
/// # Errors
/// [`CustomError`], with its place in the source.
pub fn parse(source: &Source) -> Result<Description, CustomError> {
    let bytes = source.bytes().len();
    let at = |span, problem| CustomError { span, problem };
    if bytes > MAX_BYTES {
        return Err(at(Span::new(0, 0), Problem::TooLarge));
    }
    let text = source.text().map_err(|error| {
        let offset = match &error {
            SourceError::NotUtf8 { offset, .. } => *offset,
            SourceError::TooLarge { .. } => 0,
        };
        at(Span::new(offset, offset + 1), Problem::Source(error))
    })?;
    let document = toml::de::DeTable::parse(text).map_err(|error| {
        let span = error.span().unwrap_or(0..0);
        let problem = Problem::Toml(error.message().to_owned());
        at(Span::new(span.start, span.end), problem)
    })?;
    let whole = Span::new(0, bytes);
    let table = Table::new(document.get_ref(), whole, &KEYS)?;
    describe(&table)
}

fn describe(table: &Table<'_>) -> Result<Description, CustomError> {
    let (algorithm, _) = table.choice("algorithm", &ALGORITHM_NAMES)?;
    let algorithm = ALGORITHMS.iter().find(|(name, _)| *name == algorithm);
    let algorithm = algorithm.map_or(Algorithm::Ed25519, |(_, algorithm)| *algorithm);
    let encoding = match table.choice("encoding", &["hex", "base64"])? {
        ("hex", _) => Encoding::Hex,
        _ => Encoding::Base64,
    };
    let (signed, span) = table.need("signed")?;
    let template = template::parse(&signed).map_err(|problem| CustomError { span, problem })?;
    let name = table.text("name")?;
    let description = Description {
        name: name.map_or_else(|| "custom".to_owned(), |(name, _)| name),
        field: table
            .names("header")?
            .ok_or_else(|| table.missing("header"))?,
        layout: layout(table, algorithm)?,
        encoding,
        template,
        timestamp: timestamp(table)?,
        id: id(table)?,
        key: key(table)?,
        body_digest: None,
    };
    consistent(&description, span)?;
    Ok(description)
}

fn layout(table: &Table<'_>, algorithm: Algorithm) -> Result<Layout, CustomError> {
    let prefix = table.text("prefix")?;
    let Some(list) = table.table("list", &["assign", "between", "versions"])? else {
        return Ok(Layout::Whole {
            prefix: prefix.map(|(prefix, _)| prefix).unwrap_or_default(),
            algorithm,
        });
    };
    if let Some((_, span)) = prefix {
        let text = "`prefix` and `[list]` are two ways to write one field".to_owned();
        return Err(CustomError {
            span,
            problem: Problem::Other(text),
        });
    }
    let versions = list.texts("versions")?;
    let versions = versions.ok_or_else(|| list.missing("list.versions"))?;
    let version = |name: String| Version { name, algorithm };
    let between = list.character("between")?.unwrap_or(',');
    let assign = list.character("assign")?.unwrap_or('=');
    if between == assign {
        return Err(list.other("`between` and `assign` are the same character"));
    }
    Ok(Layout::Listed {
        between,
        assign,
        versions: versions.into_iter().map(version).collect(),
    })
}

fn timestamp(table: &Table<'_>) -> Result<Option<TimestampRule>, CustomError> {
    let keys = &["future", "header", "member", "past", "unit"];
    let Some(rule) = table.table("timestamp", keys)? else {
        return Ok(None);
    };
    let source = match (rule.names("header")?, rule.text("member")?) {
        (Some(names), None) => TimestampSource::Field(names),
        (None, Some((member, _))) => TimestampSource::Member(member),
        _ => return Err(rule.other("a time stands in a `header` or in a `member` of the list")),
    };
    let window = |name| match rule.text(name)? {
        None => Ok(WINDOW),
        Some((text, span)) => parse_duration(&text).map_err(|error| CustomError {
            span,
            problem: Problem::Other(error.to_string()),
        }),
    };
    let unit = match rule.text("unit")? {
        None => Unit::Seconds,
        Some(_) => match rule.choice("unit", &["s", "ms"])? {
            ("s", _) => Unit::Seconds,
            _ => Unit::Milliseconds,
        },
    };
    Ok(Some(TimestampRule {
        source,
        unit,
        past: window("past")?,
        future: window("future")?,
    }))
}

fn id(table: &Table<'_>) -> Result<Option<Vec<String>>, CustomError> {
    match table.table("id", &["header"])? {
        None => Ok(None),
        Some(id) => {
            let names = id.names("header")?;
            Ok(Some(names.ok_or_else(|| id.missing("id.header"))?))
        }
    }
}

fn key(table: &Table<'_>) -> Result<KeyForm, CustomError> {
    let mut form = KeyForm::raw();
    let Some(key) = table.table("key", &["encoding", "max", "min", "prefix"])? else {
        return Ok(form);
    };
    if key.text("encoding")?.is_some() {
        form.encoding = match key.choice("encoding", &["raw", "base64", "base64url", "hex"])? {
            ("raw", _) => KeyEncoding::Raw,
            ("base64", _) => KeyEncoding::Base64,
            ("base64url", _) => KeyEncoding::Base64url,
            _ => KeyEncoding::Hex,
        };
    }
    if let Some((prefix, _)) = key.text("prefix")? {
        form.prefix = Some(prefix);
        form.cut = true;
    }
    form.min = key.size("min", form.min)?;
    form.max = key.size("max", form.max)?;
    if !(1..=form.max).contains(&form.min) || form.max > MAX_SECRET_BYTES {
        return Err(key.other(&format!(
            "a secret has from `min` to `max` bytes, and those are from 1 to {MAX_SECRET_BYTES}"
        )));
    }
    Ok(form)
}

// `/pay` and `10` sign the same text as `/pay1` and `0`.
fn touching(template: &[Piece]) -> bool {
    let placeholder = |piece: &Piece| !matches!(piece, Piece::Literal(_));
    template.windows(2).any(|pair| pair.iter().all(placeholder))
}

/// What must fit together, beyond each value.
fn consistent(description: &Description, span: Span) -> Result<(), CustomError> {
    let signs = |piece: &Piece| description.template.contains(piece);
    let member = |rule: &TimestampRule| matches!(rule.source, TimestampSource::Member(_));
    let listed = matches!(description.layout, Layout::Listed { .. });
    let timestamp = description.timestamp.as_ref();
    let problem = if signs(&Piece::Timestamp) && timestamp.is_none() {
        "`{timestamp}` is signed, and no `[timestamp]` says where it stands"
    } else if timestamp.is_some() && !signs(&Piece::Timestamp) {
        "`[timestamp]` is there and `{timestamp}` is not signed: anyone could change the time"
    } else if signs(&Piece::Id) && description.id.is_none() {
        "`{id}` is signed, and no `[id]` says where it stands"
    } else if description.id.is_some() && !signs(&Piece::Id) {
        "`[id]` is there and `{id}` is not signed: anyone could change the id"
    } else if timestamp.is_some_and(member) && !listed {
        "the time is a `member`, and there is no `[list]` for it to be in"
    } else if touching(&description.template) {
        "two placeholders stand side by side: the border between them could be moved; put a text between them"
    } else {
        return Ok(());
    };
    Err(CustomError {
        span,
        problem: Problem::Other(problem.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::schemes::{github, slack, stripe};

    fn read(text: &str) -> Result<Description, CustomError> {
        parse(&Source::new("scheme.toml", text.as_bytes().to_vec()).unwrap())
    }

    #[test]
    fn vendors_can_be_described() {
        let text = "name = 'github'\nheader = 'X-Hub-Signature-256'\nsigned = '{body}'\n\
            algorithm = 'hmac-sha256'\nencoding = 'hex'\nprefix = 'sha256='\n";
        assert_eq!(read(text), Ok(github::description()));
        let text = "name = 'slack'\nheader = 'X-Slack-Signature'\nsigned = 'v0:{timestamp}:{body}'\n\
            algorithm = 'hmac-sha256'\nencoding = 'hex'\nprefix = 'v0='\n\
            timestamp = { header = 'X-Slack-Request-Timestamp', past = '5m', future = '5m' }\n";
        assert_eq!(read(text), Ok(slack::description()));
        let text = "name = 'stripe'\nheader = 'Stripe-Signature'\nsigned = '{timestamp}.{body}'\n\
            algorithm = 'hmac-sha256'\nencoding = 'hex'\n[list]\nversions = ['v1']\n\
            [timestamp]\nmember = 't'\nunit = 's'\n";
        let mut stripe = stripe::description();
        stripe.key.prefix = None;
        assert_eq!(read(text), Ok(stripe));
    }

    const BASE: &str =
        "header = 'X-A'\nsigned = '{body}'\nalgorithm = 'hmac-sha256'\nencoding = 'hex'\n";

    /// The problem in words, and the text it is said of.
    fn problem(text: &str) -> (String, String) {
        let error = read(text).unwrap_err();
        let place = text.get(error.span.range()).unwrap_or_default();
        (error.to_string(), place.to_owned())
    }

    #[test]
    fn what_is_not_known_is_an_error_at_its_place() {
        let (text, place) = problem(&format!("{BASE}window = '5m'\n"));
        assert!(
            text.starts_with("there is no key `window`; there are `algorithm`"),
            "{text}"
        );
        assert_eq!(place, "window");
        let (text, place) = problem(&format!("{BASE}[timestamp]\nheadr = 'X-T'\n"));
        assert!(text.contains("no key `headr`"), "{text}");
        assert_eq!(place, "headr");
        let (text, place) = problem(&BASE.replace("'hex'", "'HEX'"));
        assert_eq!(
            text,
            "`HEX` is not a value of `encoding`; there are `hex`, `base64`"
        );
        assert_eq!(place, "'HEX'");
        let (text, _) = problem(&BASE.replace("{body}", "{bdy}"));
        assert!(
            text.starts_with("there is no `{bdy}`; there are `id`"),
            "{text}"
        );
        let (text, place) = problem(&BASE.replace("'hex'", "1"));
        assert_eq!(text, "`encoding` is integer, not a string");
        assert_eq!(place, "1");
        assert!(problem("= 1").0.starts_with("not TOML: "));
        assert_eq!(problem("name = 'x'").0, "`algorithm` is missing");
    }

    #[test]
    fn what_cannot_mean_what_it_says_is_an_error() {
        let table = [
            (
                BASE.replace("{body}", "{timestamp}{body}"),
                "no `[timestamp]`",
            ),
            (
                format!("{BASE}[timestamp]\nheader = 'X-T'\n"),
                "anyone could change the time",
            ),
            (BASE.replace("{body}", "{id}{body}"), "no `[id]`"),
            (BASE.replace("{body}", "{path}{body}"), "side by side"),
            (
                format!("{BASE}[id]\nheader = 'X-I'\n"),
                "anyone could change the id",
            ),
            (BASE.replace("{body}", ""), "nothing is signed"),
            (BASE.replace("{body}", "{body"), "does not end"),
            (BASE.replace("{body}", "body}"), "`}}`"),
            (BASE.replace("X-A", "X A"), "is not the name of a field"),
            (
                format!("{BASE}prefix = 'a'\nlist = {{ versions = ['v1'] }}\n"),
                "two ways",
            ),
            (format!("{BASE}list = {{ versions = [] }}\n"), "is empty"),
            (
                format!("{BASE}list = {{ versions = ['v1'], assign = '==' }}\n"),
                "one character",
            ),
            (
                format!("{BASE}list = {{ versions = ['v1'], assign = ',' }}\n"),
                "the same character",
            ),
            (format!("{BASE}key = {{ min = 0 }}\n"), "from 1 to"),
            (
                format!("{BASE}key = {{ max = -1 }}\n"),
                "is not a number of bytes",
            ),
            (
                format!(
                    "{}timestamp = {{ member = 't' }}\n",
                    BASE.replace("{body}", "{timestamp}")
                ),
                "there is no `[list]`",
            ),
            (
                format!(
                    "{}timestamp = {{ header = 'T', past = '5' }}\n",
                    BASE.replace("{body}", "{timestamp}")
                ),
                "is not a duration",
            ),
        ];
        for (text, expected) in table {
            let (problem, _) = problem(&text);
            assert!(problem.contains(expected), "{problem}");
        }
    }

    #[test]
    fn a_description_has_a_limit() {
        let text = format!("{BASE}#{}", "x".repeat(MAX_BYTES));
        assert_eq!(read(&text).unwrap_err().problem, Problem::TooLarge);
        assert!(matches!(
            parse(&Source::new("s", b"name = '\xff'".to_vec()).unwrap())
                .unwrap_err()
                .problem,
            Problem::Source(_)
        ));
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_a_panic(at in 0..BASE.len(), put in "[ -~\\n{}'\"=\\[\\]é]{0,8}", cut in 0..8_usize) {
            let mut text = BASE.to_owned();
            let end = (at + cut).min(text.len());
            text.replace_range(at..end, &put);
            if let Err(error) = read(&text) {
                proptest::prop_assert!(error.span.range().end <= text.len());
            }
        }
    }
}
