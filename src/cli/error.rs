//! Failures: the one place where library errors meet hints.
//!
//! A failure is printed as `error: what happened`, its cause, then `hint: what to type next`, or as one line of JSON
//! with `--format json`. It ends the process with 2, or with 3 where there was nothing to evaluate.

use super::exit::ExitCode;
use crate::kernel::fs::FileError;
use crate::kernel::http::HttpError;
use crate::kernel::key::{EncryptedKeyError, KeyError};
use crate::kernel::replay::ReplayError;
use crate::kernel::report::sanitize;
use crate::kernel::secret::SecretRefError;
use crate::kernel::source::SourceError;
use crate::review::ReviewError;

/// What kind of failure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The command line is wrong.
    Usage,
    /// The configuration is wrong.
    Configuration,
    /// An input cannot be read or understood.
    Input,
    /// A secret cannot be found, read or used.
    Secret,
    /// A file cannot be written.
    Output,
    /// The network failed.
    Network,
    /// There was nothing to evaluate.
    Nothing,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::Configuration => "configuration",
            Self::Input => "input",
            Self::Secret => "secret",
            Self::Output => "output",
            Self::Network => "network",
            Self::Nothing => "nothing-to-evaluate",
        }
    }
}

/// Why there is no outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    kind: Kind,
    message: String,
    reasons: Vec<&'static str>,
    causes: Vec<String>,
    hints: Vec<String>,
}

impl Failure {
    /// A failure without cause or hint.
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            reasons: Vec::new(),
            causes: Vec::new(),
            hints: Vec::new(),
        }
    }

    /// A mistake on the command line.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    /// An input that cannot be used.
    pub(crate) fn input(message: impl Into<String>) -> Self {
        Self::new(Kind::Input, message)
    }

    /// Adds what to type next.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Adds a cause.
    #[must_use]
    pub(crate) fn cause(mut self, cause: impl ToString) -> Self {
        self.causes.push(cause.to_string());
        self
    }

    /// Adds the stable code that `countersign explain` knows.
    #[must_use]
    pub(crate) fn reason(mut self, code: &'static str) -> Self {
        self.reasons.push(code);
        self
    }

    /// What happened.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// Puts what was being done before the message: `cannot read key …: …`.
    #[must_use]
    pub(crate) fn context(mut self, context: impl Into<String>) -> Self {
        let cause = std::mem::replace(&mut self.message, context.into());
        self.causes.insert(0, cause);
        self
    }

    /// The exit code it ends with.
    pub(crate) fn exit(&self) -> ExitCode {
        match self.kind {
            Kind::Nothing => ExitCode::NothingToEvaluate,
            _ => ExitCode::CannotAnswer,
        }
    }

    /// The text for stderr, line ends included.
    pub(crate) fn to_text(&self, color: bool) -> String {
        let paint = |word: &str, code: &str| {
            if color {
                format!("\u{1b}[1;{code}m{word}\u{1b}[0m")
            } else {
                word.to_owned()
            }
        };
        let mut text = format!(
            "{}: {}\n",
            paint("error", "31"),
            sanitize::line(&self.message)
        );
        for cause in &self.causes {
            text.push_str(&format!("  cause: {}\n", sanitize::line(cause)));
        }
        for reason in &self.reasons {
            text.push_str(&format!("  reason: {reason}\n"));
        }
        for hint in &self.hints {
            text.push_str(&format!(
                "{}: {}\n",
                paint("hint", "36"),
                sanitize::line(hint)
            ));
        }
        text
    }

    /// The line of JSON for stderr.
    pub(crate) fn to_json(&self) -> String {
        serde_json::json!({
            "schema": "countersign/error/v1",
            "error": {
                "kind": self.kind.name(),
                "message": self.message,
                "reasons": self.reasons,
                "causes": self.causes,
                "hints": self.hints,
                "exit_code": self.exit().number(),
            },
        })
        .to_string()
    }
}

impl From<FileError> for Failure {
    fn from(error: FileError) -> Self {
        let kind = match error {
            FileError::Read { .. } | FileError::TooLarge { .. } => Kind::Input,
            FileError::Exists(_) | FileError::Write { .. } => Kind::Output,
        };
        let failure = Self::new(kind, error.to_string());
        match error {
            FileError::Exists(_) => {
                failure.hint("choose another place, or replace it with `--force`")
            }
            _ => failure,
        }
    }
}

impl From<SourceError> for Failure {
    fn from(error: SourceError) -> Self {
        Self::input(error.to_string())
    }
}

impl From<ReviewError> for Failure {
    fn from(error: ReviewError) -> Self {
        let kind = match error {
            ReviewError::Empty(_) => Kind::Nothing,
            _ => Kind::Input,
        };
        let failure = Self::new(kind, error.to_string());
        match error {
            ReviewError::MissingColumn { .. } => failure
                .hint("the columns of rosters and grants, with their other names, stand in `countersign review run --help`")
                .hint("a table with other columns is imported as `countersign review import mapped`"),
            ReviewError::Source { .. } => failure.hint("export it as `CSV UTF-8`"),
            _ => failure,
        }
    }
}

impl From<HttpError> for Failure {
    fn from(error: HttpError) -> Self {
        let failure = Self::new(Kind::Network, error.to_string());
        match error {
            HttpError::Forbidden { .. } => {
                failure.hint("add `--allow-local` if that address is really meant")
            }
            HttpError::NotHttps(_) => failure.hint("give an `https://` URL"),
            HttpError::OtherOrigin { to, .. } => {
                failure.hint(format!("ask `{to}` itself if you trust it"))
            }
            _ => failure,
        }
    }
}

impl From<SecretRefError> for Failure {
    fn from(error: SecretRefError) -> Self {
        Self::new(Kind::Secret, error.to_string()).hint(
            "write `env:NAME`, `file:PATH`, `fd:N`, `stdin` or `prompt`; what was given here may be in your shell's \
             history now",
        )
    }
}

impl From<ReplayError> for Failure {
    fn from(error: ReplayError) -> Self {
        Self::new(Kind::Output, error.to_string())
    }
}

impl From<KeyError> for Failure {
    fn from(error: KeyError) -> Self {
        let failure = Self::new(Kind::Secret, error.to_string());
        match error {
            KeyError::Encrypted(EncryptedKeyError::PasswordNeeded) => {
                failure.hint("add `--key-password prompt`, `env:NAME` or `file:PATH`")
            }
            KeyError::OpenSsh => {
                failure.hint("convert a copy of it: `ssh-keygen -p -m PKCS8 -f COPY`")
            }
            KeyError::Pem(crate::kernel::pem::PemError::LegacyEncryption { .. }) => {
                failure.hint("convert it: `openssl pkcs8 -topk8 -in KEY -out NEW`")
            }
            KeyError::Pem(crate::kernel::pem::PemError::LostLineBreaks) => {
                failure.hint("keep the PEM in a file, or quote the variable that holds it")
            }
            KeyError::Encoding(_) => failure.hint(
                "say how the secret is written: `--key-encoding utf8|base64|base64url|hex|raw`",
            ),
            _ => failure,
        }
    }
}

/// The candidate that a mistyped word most likely meant.
pub(crate) fn did_you_mean<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= 1 + candidate.len() / 5)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_error_cause_hint() {
        let failure = Failure::input("cannot read `a\u{1b}[2J`")
            .cause("b")
            .hint("c");
        assert_eq!(
            failure.to_text(false),
            "error: cannot read `a\\u{1b}[2J`\n  cause: b\nhint: c\n"
        );
    }

    #[test]
    fn mistyped_words_are_recognised() {
        let words = ["audience", "expires", "issuer"];
        assert_eq!(did_you_mean("audiense", words), Some("audience"));
        assert_eq!(did_you_mean("zzz", words), None);
    }
}
