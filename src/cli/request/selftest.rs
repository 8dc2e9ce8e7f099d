//! `countersign request selftest`.

use clap::Args as ClapArgs;
use serde_json::{Value, json};

use crate::cli::error::Failure;
use crate::cli::exit::ExitCode;
use crate::cli::outcome::{Outcome, View};
use crate::cli::paint::{Paint, Tone};
use crate::request::selftest::{self, Checked};

/// Verify published examples
///
/// Verifies examples of the specifications and vendors that are built in: each must match as it was printed, and must
/// not match with one character changed.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign request selftest
  countersign request selftest --format json

Exit codes: 0 all hold, 1 one does not")]
pub(crate) struct Args {}

struct SelftestView(Vec<Checked>);

/// Runs the verb.
pub(super) fn run(_args: &Args) -> Result<Outcome, Failure> {
    let checked = selftest::run();
    let exit = if checked.iter().all(|each| each.holds) {
        ExitCode::Yes
    } else {
        ExitCode::No
    };
    Ok(Outcome {
        exit,
        ..Outcome::view(SelftestView(checked))
    })
}

impl View for SelftestView {
    fn human(&self, paint: &mut Paint) {
        for each in &self.0 {
            let (tone, word) = if each.holds {
                (Tone::Good, "holds")
            } else {
                (Tone::Bad, "FAILS")
            };
            paint.toned(tone, word, &format!("  {}: {}", each.name, each.source));
        }
    }

    fn json(&self) -> Value {
        let examples = self
            .0
            .iter()
            .map(|each| json!({"name": each.name, "source": each.source, "holds": each.holds}));
        json!({
            "schema": "countersign/request-selftest/v1",
            "holds": self.0.iter().all(|each| each.holds),
            "examples": examples.collect::<Vec<_>>(),
        })
    }
}
