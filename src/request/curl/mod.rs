//! A `curl` command line: the request that it sends, as bytes, and what of it cannot be known from the line.
//!
//! curl's own rules (its manual, and its behaviour as the tests observe it) decide what is in the message; the order of
//! the fields is curl's. What depends on the version of curl or on how it was built is left out and listed in
//! [`Parsed::unknown`]. An option that would change the bytes in a way that is not followed here is an error.
//!
//! Not read: `curl` lines for cmd or PowerShell. Browsers offer the same line for bash.

mod message;
mod options;
mod shell;
mod url;
mod write;

use std::fmt;

use super::exchange::UriScheme;

pub use write::{CurlCommand, CurlWriteError, write_curl};

/// The longest command line that is read, in bytes.
pub const MAX_LINE_BYTES: usize = 16 << 20;

/// How `@file` is read: the name as written, `-` for standard input.
pub type ReadFile<'a> = &'a dyn Fn(&str) -> Result<Vec<u8>, String>;

/// The request of a command line.
#[derive(Clone, PartialEq, Eq)]
pub struct Parsed {
    /// The request, as HTTP/1.1 (or 1.0, where the line says so).
    pub message: Vec<u8>,
    /// The scheme of the URL.
    pub scheme: UriScheme,
    /// What was read in a way that should be known.
    pub notes: Vec<String>,
    /// What curl sends beside this, or otherwise than this, and the line does not say.
    pub unknown: Vec<String>,
}

// The message may hold credentials.
impl fmt::Debug for Parsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parsed")
            .field("message", &format_args!("{} bytes", self.message.len()))
            .field("scheme", &self.scheme)
            .field("notes", &self.notes)
            .field("unknown", &self.unknown)
            .finish()
    }
}

/// Why a line is not a request, and where. Values of options are never repeated: they may be credentials.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem} at byte {offset} of the command line")]
pub struct CurlError {
    /// The offset of the word or character.
    pub offset: usize,
    /// What is wrong there.
    pub problem: Problem,
}

/// The kinds of defect.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Another program.
    #[error("this is not a `curl` command")]
    NotCurl,
    /// Longer than [`MAX_LINE_BYTES`].
    #[error("a command line of more than {MAX_LINE_BYTES} bytes")]
    TooLong,
    /// Quoting of cmd.
    #[error("`^`, as cmd quotes; copy the request as cURL (bash)")]
    Cmd,
    /// Quoting of PowerShell, or its own command.
    #[error("a line for PowerShell; copy the request as cURL (bash)")]
    PowerShell,
    /// A quote without its end.
    #[error("a quote {0} that is not closed")]
    UnclosedQuote(char),
    /// A backslash at the end.
    #[error("a `\\` with nothing after it")]
    TrailingBackslash,
    /// A NUL in `$'…'`.
    #[error("a NUL, which no argument can hold")]
    Nul,
    /// An escape that is no character.
    #[error("an escape that is no Unicode character")]
    NotACharacter,
    /// A variable, a home directory, the output of a command.
    #[error("something that the shell would replace; write its value in single quotes")]
    Expansion,
    /// An unquoted brace.
    #[error("an unquoted `{{`, which bash may expand; quote the word")]
    Brace,
    /// A redirection or a group.
    #[error("an unquoted `{0}`; remove the redirection, or quote the word")]
    ShellOperator(char),
    /// Another command after this one.
    #[error("an unquoted {0:?}, which ends the command; give one command, and quote the URL")]
    SecondCommand(char),
    /// An option that curl does not have.
    #[error("unknown option `{name}`{}", hint.as_ref().map(|hint| format!("; did you mean `{hint}`?")).unwrap_or_default())]
    UnknownOption {
        /// The option.
        name: String,
        /// A similar one.
        hint: Option<String>,
    },
    /// An option that needs a value.
    #[error("`{0}` needs a value")]
    NoValue(String),
    /// An option that changes the request in a way that cannot be followed.
    #[error("`{name}` cannot be followed: {reason}")]
    Refused {
        /// The option.
        name: String,
        /// Why.
        reason: &'static str,
    },
    /// A file that cannot be read.
    #[error("cannot read `{name}`: {reason}")]
    File {
        /// Its name as written.
        name: String,
        /// Why.
        reason: String,
    },
    /// No URL.
    #[error("no URL")]
    NoUrl,
    /// Several URLs.
    #[error("a second URL; one request at a time")]
    SecondUrl,
    /// A URL that curl does not send, or not as one request.
    #[error("the URL {0}")]
    Url(&'static str),
    /// `-X` with something that is no method.
    #[error("the method is not a token")]
    Method,
    /// `-H` with a line that is no field.
    #[error("the header is not a field such as `Name: value`")]
    Header,
}

impl CurlError {
    fn new(offset: usize, problem: Problem) -> Self {
        Self { offset, problem }
    }

    fn refused(offset: usize, name: &str, reason: &'static str) -> Self {
        let name = name.to_owned();
        Self::new(offset, Problem::Refused { name, reason })
    }
}

/// Reads a command line.
///
/// # Errors
/// [`CurlError`], with the offset in the line.
pub fn parse(line: &str, read_file: ReadFile<'_>) -> Result<Parsed, CurlError> {
    if line.len() > MAX_LINE_BYTES {
        return Err(CurlError::new(MAX_LINE_BYTES, Problem::TooLong));
    }
    let start = line.trim_start().to_ascii_lowercase();
    let power_shell = [
        "invoke-webrequest",
        "invoke-restmethod",
        "iwr ",
        "irm ",
        "$session",
    ];
    if power_shell.iter().any(|command| start.starts_with(command)) {
        return Err(CurlError::new(0, Problem::PowerShell));
    }
    let shell::Words { mut words, notes } = shell::split(line)?;
    // A prompt that was copied along.
    if words.first().is_some_and(|word| word.bytes == b"$") {
        words.remove(0);
    }
    let program = words.first();
    let name = program.map(|word| word.bytes.rsplit(|byte| *byte == b'/').next());
    if !matches!(name.flatten(), Some(b"curl" | b"curl.exe")) {
        let offset = program.map_or(0, |word| word.offset);
        return Err(CurlError::new(offset, Problem::NotCurl));
    }
    let settings = options::read(words.get(1..).unwrap_or_default(), read_file)?;
    let mut parsed = message::build(&settings)?;
    parsed.notes.splice(0..0, notes);
    Ok(parsed)
}

#[cfg(test)]
mod tests;
