//! `countersign jwt diff`.

use clap::Args as ClapArgs;
use serde_json::{Value, json};

use crate::cli::args::Clock;
use crate::cli::env::Env;
use crate::cli::error::Failure;
use crate::cli::exit::ExitCode;
use crate::cli::outcome::{Body, Outcome, View};
use crate::cli::paint::{Paint, Tone};
use crate::jwt::diff::{Difference, diff};
use crate::jwt::{self, Dissection};

/// Compare two tokens by what they mean
///
/// Header and claims: audiences and scopes as sets, times as distances, numbers whichever way they are written. The
/// order of members makes no difference. Nothing is verified, and the signatures are not compared.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign jwt diff before.jwt after.jwt
  countersign jwt diff --format json eyJhbGciOi… eyJhbGciOi…

Exit codes: 0 they mean the same, 1 they differ, 2 cannot answer, 3 no token in an input")]
pub(crate) struct Args {
    /// The first token, a file that holds it, or `-`
    left: String,
    /// The second token, a file that holds it, or `-`
    right: String,
    #[command(flatten)]
    clock: Clock,
}

struct Compared {
    places: (String, String),
    differences: Vec<Difference>,
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: &Args) -> Result<Outcome, Failure> {
    let now = args.clock.at.unwrap_or(env.now);
    let read = |argument: &str| -> Result<(Dissection, String), Failure> {
        let (located, place) = super::token(env, argument, jwt::locate)?;
        let taken = jwt::inspect(&located.token, now);
        if taken.header.is_none() && taken.claims.is_none() {
            return Err(
                Failure::input(format!("nothing of the token in {place} can be read"))
                    .hint("`countersign jwt inspect` says what is wrong with it"),
            );
        }
        Ok((taken, place))
    };
    let (left, left_place) = read(&args.left)?;
    let (right, right_place) = read(&args.right)?;
    for (taken, place) in [(&left, &left_place), (&right, &right_place)] {
        if let Some(defect) = taken.defects.first() {
            env.warn(&format!(
                "the token in {place} is damaged, and compared as far as it can be read: {defect}"
            ));
        }
    }
    let differences = diff(&left, &right);
    let exit = if differences.is_empty() {
        ExitCode::Yes
    } else {
        ExitCode::No
    };
    let view = Compared {
        places: (left_place, right_place),
        differences,
    };
    let mut outcome = Outcome::done(Body::View(Box::new(view)));
    outcome.exit = exit;
    Ok(outcome)
}

impl View for Compared {
    fn human(&self, paint: &mut Paint) {
        let (left, right) = &self.places;
        if self.differences.is_empty() {
            paint.toned(
                Tone::Good,
                "the same",
                &format!(
                    ": the tokens in {left} and in {right} mean the same (nothing is verified)"
                ),
            );
            return;
        }
        paint.line(&format!(
            "`-` is the token in {left}, `+` the one in {right} (nothing is verified)"
        ));
        let mut side = "";
        for difference in &self.differences {
            if difference.side.name() != side {
                side = difference.side.name();
                paint.gap();
                paint.toned(Tone::Strong, side, "");
            }
            let meaning = difference.meaning.as_deref();
            let meaning = meaning.map_or_else(String::new, |meaning| format!(": {meaning}"));
            paint.line(&format!("  {}{meaning}", difference.name));
            for (sign, tone, value) in [
                ("  - ", Tone::Bad, &difference.left),
                ("  + ", Tone::Good, &difference.right),
            ] {
                if let Some(value) = value {
                    paint.toned(tone, sign, value);
                }
            }
        }
    }

    fn json(&self) -> Value {
        let differences = self.differences.iter().map(|difference| {
            json!({
                "part": difference.side.name(),
                "name": difference.name,
                "left": difference.left,
                "right": difference.right,
                "meaning": difference.meaning,
            })
        });
        json!({
            "schema": "countersign/token-diff/v1",
            "equal": self.differences.is_empty(),
            "left": self.places.0,
            "right": self.places.1,
            "differences": differences.collect::<Vec<Value>>(),
        })
    }
}
