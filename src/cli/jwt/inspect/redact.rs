//! `jwt inspect --redact`: the input again, each token redacted in its place.

use std::io::{self, BufRead, BufReader, Write as _};

use super::input::{Named, named, open};
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::cli::outcome::{Body, Outcome};
use crate::jwt::{Copied, Redactor};
use crate::kernel::crypto::Random as _;
use crate::kernel::secret::Secret;

/// Copies what the arguments lead to.
pub(super) fn run(env: &Env, arguments: &[String]) -> Result<Outcome, Failure> {
    let key = env
        .random
        .bytes::<32>()
        .map_err(|error| Failure::new(Kind::Secret, error.to_string()))?;
    let redactor = Redactor::new(&Secret::new(key.to_vec()));
    let mut inputs: Vec<Box<dyn BufRead>> = Vec::new();
    for argument in named(arguments) {
        inputs.push(match argument {
            Named::Stdin => Box::new(BufReader::new(env.stdin("the text to redact")?)),
            Named::Text(text) => Box::new(io::Cursor::new(format!("{text}\n").into_bytes())),
            Named::File(path) => Box::new(io::Cursor::new(open(env, path)?.bytes().to_vec())),
        });
    }
    let quiet = env.global.quiet;
    Ok(Outcome::done(Body::Streamed(Box::new(move |output| {
        let mut total = Copied::default();
        for mut input in inputs {
            let copied = redactor.copy(&mut *input, output)?;
            total.tokens += copied.tokens;
            total.withheld += copied.withheld;
        }
        if let Some(text) = remark(total, quiet) {
            let _nobody_listens = io::stderr().lock().write_all(text.as_bytes());
        }
        Ok(())
    }))))
}

// What changes the meaning of the result is told with `--quiet`, too.
fn remark(copied: Copied, quiet: bool) -> Option<String> {
    let mut text = String::new();
    if copied.withheld > 0 {
        text.push_str(&format!(
            "warning: {} lines of hexadecimal dumps are left out: tokens in them cannot be redacted in place\n",
            copied.withheld
        ));
    }
    if copied == Copied::default() {
        text.push_str("warning: no token was found; the text is copied as it is\n");
    } else if copied.tokens > 0 && !quiet {
        let s = if copied.tokens == 1 { "" } else { "s" };
        text.push_str(&format!("note: {} token{s} redacted\n", copied.tokens));
    }
    (!text.is_empty()).then_some(text)
}
