//! What `jwt inspect` is given: tokens, texts, files and standard input, told apart.

use std::path::Path;

use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::jwt;
use crate::kernel::source::{Source, SourceError};

/// One input.
pub(super) struct Input {
    /// What to call it: `the argument`, or a file in backticks.
    pub(super) origin: String,
    /// Whether it came from a file or a stream, where a place in it means something.
    pub(super) bytes: Vec<u8>,
}

impl Input {
    /// Whether it can be read at all: an input that is no text and holds no token is not understood.
    pub(super) fn is_text(&self) -> Result<(), Failure> {
        match std::str::from_utf8(&self.bytes) {
            Ok(_) => Ok(()),
            Err(error) => Err(Failure::from(SourceError::NotUtf8 {
                name: self.origin.trim_matches('`').to_owned(),
                offset: error.valid_up_to(),
                byte: self.bytes.get(error.valid_up_to()).copied().unwrap_or(0),
            })),
        }
    }
}

/// Where an argument leads.
pub(super) enum Named<'a> {
    /// To standard input.
    Stdin,
    /// To itself.
    Text(&'a str),
    /// To a file.
    File(&'a Path),
}

/// Reads all arguments.
pub(super) fn read(env: &Env, arguments: &[String]) -> Result<Vec<Input>, Failure> {
    let mut inputs = Vec::new();
    for argument in named(arguments) {
        inputs.push(match argument {
            Named::Stdin => Input {
                origin: "standard input".to_owned(),
                bytes: env.read_stdin("the token")?,
            },
            Named::Text(text) => Input {
                origin: "the argument".to_owned(),
                bytes: text.as_bytes().to_vec(),
            },
            Named::File(path) => {
                let source = open(env, path)?;
                Input {
                    origin: format!("`{}`", source.name()),
                    bytes: source.bytes().to_vec(),
                }
            }
        });
    }
    let blank = |input: &Input| input.bytes.iter().all(u8::is_ascii_whitespace);
    if inputs.iter().all(blank) {
        return Err(Failure::new(Kind::Nothing, "the input holds no token"));
    }
    Ok(inputs)
}

/// Tells tokens, texts and files apart. A header whose words the shell separated is one text.
pub(super) fn named(arguments: &[String]) -> Vec<Named<'_>> {
    let words = |word: &&String| !is_header_word(word);
    let several = arguments.len() > 1;
    arguments
        .iter()
        .filter(|word| !several || words(word))
        .map(|argument| match argument.as_str() {
            "-" => Named::Stdin,
            text if super::super::looks_like_token(text) || is_text(text) => Named::Text(text),
            text => Named::File(Path::new(text)),
        })
        .collect()
}

fn is_header_word(word: &str) -> bool {
    let bare = word.trim_end_matches(':').to_ascii_lowercase();
    [
        "authorization",
        "proxy-authorization",
        "bearer",
        "dpop",
        "cookie",
        "set-cookie",
    ]
    .contains(&bare.as_str())
        && !Path::new(word).exists()
}

// What is no name of a file and holds a token, or could not be a name at all.
fn is_text(argument: &str) -> bool {
    let holds = || {
        let found = jwt::locate_all(argument.as_bytes()).found;
        !found.is_empty() && argument.contains("ey")
    };
    let blank = argument.trim().is_empty();
    blank || argument.contains('\n') || (!Path::new(argument).exists() && holds())
}

pub(super) fn open(env: &Env, path: &Path) -> Result<std::sync::Arc<Source>, Failure> {
    env.source(path)
        .map_err(|failure| failure.hint("give a token, `-`, or a file that holds one"))
}
