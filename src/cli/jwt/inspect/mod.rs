//! `countersign jwt inspect`.

mod input;
mod json;
mod opened;
mod redact;
mod view;

use clap::Args as ClapArgs;

use super::decryption::Decryption;
use crate::cli::args::{Clock, Format, KeyReading};
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::cli::outcome::Outcome;
use crate::jwt;
use view::{InspectView, Inspected};

/// Take a token apart, without verifying it
///
/// Finds every token in what is given: a bare token, a header, a cookie, a URL, an OAuth answer, a curl trace, a
/// Kubernetes Secret, a log, wrapped lines. Shows what decodes, names every defect at its byte, explains header and
/// claims with relative times, says what kind of token it is and what else it would pass for, and what is weak. It never
/// fails on an unknown algorithm or a damaged token, and it never claims that anything is verified. An encrypted token is
/// opened with `--decrypt-key`, and what is inside is shown too.
///
/// With `--redact` the input is copied with each token redacted in its place: the structure stays, the signature is
/// destroyed, personal claims become pseudonyms that are equal for equal values within the run. Standard input is
/// copied as a stream.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign jwt inspect eyJhbGciOi…
  kubectl get secret api-token -o yaml | countersign jwt inspect -
  tail -f service.log | countersign jwt inspect --redact -

Exit codes: 0 shown, 2 cannot read, 3 no token in the input")]
pub(crate) struct Args {
    /// Tokens, texts or files that hold some, or `-`
    #[arg(required = true, value_name = "TOKEN")]
    tokens: Vec<String>,
    /// Copy the input with its tokens redacted instead of showing them
    #[arg(long)]
    redact: bool,
    #[command(flatten)]
    decryption: Decryption,
    #[command(flatten)]
    reading: KeyReading,
    #[command(flatten)]
    clock: Clock,
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: &Args) -> Result<Outcome, Failure> {
    if args.redact {
        if env
            .global
            .format
            .is_some_and(|format| format != Format::Human)
        {
            return Err(Failure::usage(
                "`--redact` copies text as it is; it writes no other format",
            ));
        }
        return redact::run(env, &args.tokens);
    }
    let now = args.clock.at.unwrap_or(env.now);
    let keys = args.decryption.keys(env, &args.reading)?;
    let mut view = InspectView {
        tokens: Vec::new(),
        total: 0,
        now,
    };
    for input in input::read(env, &args.tokens)? {
        let search = jwt::locate_all(&input.bytes);
        if search.found.is_empty() {
            input.is_text()?;
            if args.tokens.len() > 1 {
                env.warn(&format!("{} holds no token", input.origin));
            }
        }
        view.total += search.total;
        for found in search.found {
            if view.tokens.len() >= jwt::MAX_FOUND {
                break;
            }
            let inside = match keys.as_slice() {
                [] => None,
                keys => opened::open(&found.token, keys)?,
            };
            view.tokens.push(Inspected {
                origin: input.origin.clone(),
                taken: jwt::inspect(&found.token, now),
                found: found.clone(),
            });
            if let Some((token, way)) = inside {
                view.total += 1;
                view.tokens.push(Inspected {
                    origin: format!("{}, {way}", input.origin),
                    taken: jwt::inspect(&token, now),
                    found: jwt::Found { token, ..found },
                });
            }
        }
    }
    if view.tokens.is_empty() {
        return Err(Failure::new(Kind::Nothing, "the input holds no token").hint(
            "a token has parts between dots, the first of which starts with `ey`; for a damaged one, give it alone",
        ));
    }
    Ok(Outcome::view(view))
}
