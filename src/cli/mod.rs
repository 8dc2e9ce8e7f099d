//! The interface: clap, terminals, files, the clock, the environment. One file a verb; the jobs know nothing of it.

mod args;
mod baseline;
pub mod catalogue;
mod cert;
mod completions;
mod config;
mod config_show;
mod deferred;
mod direct;
mod env;
mod error;
mod exit;
mod explain;
mod jwt;
mod lint;
mod loopback;
mod outcome;
mod paint;
mod progress;
pub mod reference;
mod request;
mod review;
pub mod schema;

use std::ffi::OsString;

use clap::error::{ContextKind, ErrorKind};
use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

pub use args::Format;
pub use env::Env;
pub use exit::ExitCode;

use args::Global;
use deferred::Deferred;
use error::{Failure, Kind};
use outcome::Outcome;

/// A security toolkit for zero trust: nothing is trusted until it is verified
///
/// Sign and verify HTTP requests, mint and inspect JWTs, issue mTLS certificates with SPIFFE identity, lint Kubernetes
/// and Istio manifests, review who has access to what.
#[derive(Debug, Parser)]
#[command(
    name = "countersign",
    version,
    propagate_version = false,
    disable_help_subcommand = true,
    subcommand_required = true,
    arg_required_else_help = true,
    after_long_help = AFTER_HELP
)]
pub struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "Exit codes:
  0  yes: done, verified, clean
  1  no: invalid, findings at or above --fail-on, denied
  2  cannot answer: usage, configuration, unreadable input, secret not found, network
  3  nothing to evaluate";

#[derive(Debug, Subcommand)]
enum Command {
    /// Sign and verify HTTP requests
    #[command(subcommand)]
    Request(Deferred<request::Command>),
    /// Mint, inspect and verify JSON Web Tokens
    #[command(subcommand)]
    Jwt(Deferred<jwt::Command>),
    /// Run a private certificate authority with SPIFFE identity
    #[command(subcommand)]
    Cert(Deferred<cert::Command>),
    /// Review who has access to what
    #[command(subcommand)]
    Review(Deferred<review::Command>),
    /// Lint Kubernetes and Istio manifests
    Lint(Deferred<Box<lint::Args>>),
    Explain(explain::Args),
    /// Show the configuration in force
    #[command(subcommand)]
    Config(config_show::Command),
    Completions(completions::Args),
}

impl Command {
    /// The formats its result can be written in.
    fn formats(&self) -> &'static [Format] {
        match self {
            Self::Request(Deferred(command)) => command.formats(),
            Self::Jwt(Deferred(command)) => command.formats(),
            Self::Cert(Deferred(command)) => command.formats(),
            Self::Review(Deferred(command)) => command.formats(),
            Self::Lint(Deferred(args)) => args.formats(),
            Self::Explain(_) | Self::Config(_) => Format::ANSWER,
            Self::Completions(_) => &[Format::Human],
        }
    }

    fn run(self, env: &Env) -> Result<Outcome, Failure> {
        match self {
            Self::Request(Deferred(command)) => command.run(env),
            Self::Jwt(Deferred(command)) => command.run(env),
            Self::Cert(Deferred(command)) => command.run(env),
            Self::Review(Deferred(command)) => command.run(env),
            Self::Lint(Deferred(args)) => lint::run(env, *args),
            Self::Explain(args) => explain::run(env, args),
            Self::Config(command) => command.run(env),
            Self::Completions(args) => completions::run(&args),
        }
    }
}

/// Runs one command line, from its first word on.
pub fn run(mut env: Env, words: Vec<OsString>) -> ExitCode {
    let json_errors = wants_json(&words) || env.var("COUNTERSIGN_FORMAT") == Some("json");
    // Scripts ask for the version often; the whole tree of commands need not be built for it.
    if let [_, only] = words.as_slice()
        && (only == "--version" || only == "-V")
    {
        let version = concat!("countersign ", env!("CARGO_PKG_VERSION"), "\n");
        return match outcome::write_stdout(version.as_bytes()) {
            Ok(()) => ExitCode::Yes,
            Err(failure) => report(&env, &failure, json_errors),
        };
    }
    let cli = match direct::read(&words).map_or_else(|| read(words), Ok) {
        Ok(cli) => cli,
        Err(error) => return usage(&env, &error, json_errors),
    };
    env.global = cli.global;
    match execute(&mut env, cli.command) {
        Ok(exit) => exit,
        Err(failure) => {
            let json = json_errors || env.settings.format() == Some(Format::Json);
            report(&env, &failure, json)
        }
    }
}

/// Any command line, read by the whole tree.
fn read(words: Vec<OsString>) -> Result<Cli, clap::Error> {
    let mut tree = Cli::command();
    let matches = tree.try_get_matches_from_mut(words)?;
    let cli = Cli::from_arg_matches(&matches);
    // Taking the tree apart takes as long as making it, and the process ends soon.
    std::mem::forget(tree);
    cli
}

fn execute(env: &mut Env, command: Command) -> Result<ExitCode, Failure> {
    env.settings = config::Settings::load(env)?;
    if env.global.correlation_id.is_some() && !env.records() {
        return Err(Failure::usage(
            "`--correlation-id` goes into decision records, and none is kept",
        )
        .hint("say where to keep them: `--audit-log FILE`"));
    }
    let format = format(env, command.formats())?;
    let outcome = command.run(env)?;
    outcome::deliver(env, outcome, format)
}

/// The format asked for. One that the verb cannot write is refused before anything is done; a configured one that it
/// cannot write is passed over.
fn format(env: &Env, known: &[Format]) -> Result<Format, Failure> {
    if let Some(format) = env.global.format {
        if known.contains(&format) {
            return Ok(format);
        }
        let names: Vec<&str> = known.iter().map(|format| format.name()).collect();
        return Err(Failure::usage(format!(
            "this command cannot write {}; it writes {}",
            format.name(),
            names.join(", ")
        )));
    }
    Ok(env
        .settings
        .format()
        .filter(|format| known.contains(format))
        .unwrap_or(Format::Human))
}

fn report(env: &Env, failure: &Failure, json: bool) -> ExitCode {
    if json {
        env.stderr(&(failure.to_json() + "\n"));
    } else {
        env.stderr(&failure.to_text(env.stderr_color()));
    }
    failure.exit()
}

/// Help and version are results; everything else that clap says is a usage error.
fn usage(env: &Env, error: &clap::Error, json: bool) -> ExitCode {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            match error.print() {
                // A reader that closed the pipe has seen enough.
                Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
                    report(env, &outcome::unwritten(&error), json)
                }
                _ => ExitCode::Yes,
            }
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            env.stderr(&error.render().to_string());
            ExitCode::CannotAnswer
        }
        _ => {
            if let Some(failure) = key_in_the_wrong_place(error) {
                return report(env, &failure, json);
            }
            let text = error.render().to_string();
            let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
            let message = lines.next().unwrap_or("the command line cannot be read");
            let mut failure = Failure::new(Kind::Usage, message.trim_start_matches("error: "));
            for line in lines {
                failure = match line.strip_prefix("tip: ") {
                    // How to pass a flag as a value is never what was meant here.
                    Some(tip) if tip.contains("as a value, use") => failure,
                    Some(tip) => failure.hint(tip),
                    None if line.starts_with("Usage:") => {
                        failure.hint(line.replacen("Usage:", "usage:", 1))
                    }
                    None if line.starts_with("For more information") => failure,
                    None => failure.cause(line),
                };
            }
            report(env, &failure, json)
        }
    }
}

/// The value of a flag about keys may be a key: a message about it does not repeat it.
fn key_in_the_wrong_place(error: &clap::Error) -> Option<Failure> {
    let flag = error.get(ContextKind::InvalidArg)?.to_string();
    let about_keys =
        flag.starts_with("--key-encoding") && error.kind() == ErrorKind::ValueValidation;
    about_keys.then(|| {
        Failure::usage("the value of `--key-encoding` is none of utf8, base64, base64url, hex, raw")
            .hint("the key itself is named with `--key`, by reference")
    })
}

// The format decides how a usage error looks, and a usage error means that it was not parsed.
fn wants_json(words: &[OsString]) -> bool {
    words.windows(2).any(|pair| pair == ["--format", "json"])
        || words.iter().any(|word| word == "--format=json")
}

/// The whole command line, for completions and manual pages.
pub fn command() -> clap::Command {
    let mut tree = Cli::command();
    tree.build();
    tree
}
