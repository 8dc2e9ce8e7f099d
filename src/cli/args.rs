//! Arguments that several verbs share.

use std::convert::Infallible;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::kernel::finding::Severity;
use crate::kernel::secret::{Encoding, SecretRef, SecretRefError};
use crate::kernel::time::{Timestamp, parse_duration};

/// Flags that every command takes.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// How to write the result
    #[arg(long, value_enum, global = true, value_name = "FORMAT")]
    pub(crate) format: Option<Format>,
    /// Write the result to a file, whole or not at all, instead of standard output
    #[arg(short, long, global = true, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// When to use colours
    #[arg(long, value_enum, global = true, value_name = "WHEN")]
    pub(crate) color: Option<ColorChoice>,
    /// Print no notes and no progress on standard error
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Draw no progress bars
    #[arg(long, global = true)]
    pub(crate) no_progress: bool,
    /// Read this configuration file instead of the nearest `countersign.toml`
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Append a decision record for each verdict to this file, one line of JSON each
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) audit_log: Option<PathBuf>,
    /// An id (or a W3C traceparent) that the decision record carries
    #[arg(long, global = true, value_name = "ID")]
    pub(crate) correlation_id: Option<String>,
}

/// The forms of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, ValueEnum)]
pub enum Format {
    /// For people
    Human,
    /// A versioned JSON envelope
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// JUnit XML, for CI test reports
    Junit,
    /// GitHub workflow annotations
    Github,
    /// Markdown, for a pull request
    Markdown,
    /// CSV, for spreadsheets
    Csv,
    /// Graphviz, for graphs
    Dot,
    /// SVG, for pictures
    Svg,
    /// XLSX, a workbook for Excel and LibreOffice
    Xlsx,
    /// One HTML file that works offline
    Html,
    /// OSCAL assessment results, for compliance tools
    Oscal,
    /// OCSF findings, one line each, for security lakes
    Ocsf,
}

impl Format {
    /// The formats of a verb whose result is one answer.
    pub(crate) const ANSWER: &'static [Self] = &[Self::Human, Self::Json];
    /// The formats of a verb whose result is findings.
    pub(crate) const FINDINGS: &'static [Self] = &[
        Self::Human,
        Self::Json,
        Self::Sarif,
        Self::Junit,
        Self::Github,
        Self::Markdown,
    ];

    /// The name on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Json => "json",
            Self::Sarif => "sarif",
            Self::Junit => "junit",
            Self::Github => "github",
            Self::Markdown => "markdown",
            Self::Csv => "csv",
            Self::Dot => "dot",
            Self::Svg => "svg",
            Self::Xlsx => "xlsx",
            Self::Html => "html",
            Self::Oscal => "oscal",
            Self::Ocsf => "ocsf",
        }
    }
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The text of a `--key`-like argument. It may be a secret typed by mistake, so nothing ever prints it.
#[derive(Clone)]
pub(crate) struct SecretArg(pub(super) String);

impl std::fmt::Debug for SecretArg {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("****")
    }
}

impl SecretArg {
    /// Where the secret is.
    ///
    /// # Errors
    /// [`SecretRefError`] if the text is no reference; it is never repeated.
    pub(crate) fn reference(&self) -> Result<SecretRef, SecretRefError> {
        self.0.parse()
    }
}

impl FromStr for SecretArg {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

/// The present, for verbs that judge time.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Clock {
    /// Judge as if it were this time (RFC 3339), instead of now
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<Timestamp>,
}

/// How a key is written.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct KeyReading {
    /// How the secret is written: utf8, base64, base64url, hex or raw. Key files are recognised without it
    #[arg(long, value_name = "ENCODING")]
    pub(crate) key_encoding: Option<Encoding>,
    /// Where the password of an encrypted private key is: env:NAME, file:PATH, fd:N, stdin or prompt
    #[arg(long, value_name = "REF", allow_hyphen_values = true)]
    pub(crate) key_password: Option<SecretArg>,
}

/// What a verb that names the network may do.
#[derive(Debug, Clone, Args)]
pub(crate) struct Network {
    /// Trust these certificate authorities (PEM) instead of the system's
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,
    /// The time for the whole request
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = parse_duration)]
    pub(crate) timeout: Duration,
    /// Allow loopback, link-local and metadata addresses, and plain HTTP to loopback
    #[arg(long)]
    pub(crate) allow_local: bool,
}

/// When findings fail a run.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Gate {
    /// The mildest severity that fails the run: info, low, medium, high or critical
    #[arg(long, value_name = "SEVERITY", value_parser = severity)]
    pub(crate) fail_on: Option<Severity>,
    /// Exit with 0 even if findings would fail the run
    #[arg(long)]
    pub(crate) exit_zero: bool,
}

/// Reads a severity.
pub(crate) fn severity(text: &str) -> Result<Severity, String> {
    Severity::ALL
        .into_iter()
        .find(|severity| severity.name() == text)
        .ok_or_else(|| format!("`{text}` is none of info, low, medium, high, critical"))
}
