//! `countersign review report`.

use clap::Args as ClapArgs;
use serde_json::Value;

use super::store::{self, File};
use crate::cli::args::{Clock, Format};
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::cli::outcome::{Outcome, View};
use crate::cli::paint::Paint;
use crate::kernel::fs::{self, Privacy};
use crate::kernel::report::Style;
use crate::review::results::{self, Results, ResultsError};

/// Report what a campaign came to
///
/// Everything under review with its findings, answers and outcome: as tables, Markdown, CSV, a workbook, JSON, one HTML file that
/// works offline, OSCAL assessment results, or OCSF findings. Every row of the campaign is compared with its digest first. The same campaign
/// gives the same bytes: the time is that of its last event unless it is given.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign review report q4.review
  countersign review report q4.review --format html -o q4.html
  countersign review report q4.review --format xlsx -o q4.xlsx
  countersign review report q4.review --format oscal -o assessment-results.json

Exit codes: 0 written, 2 cannot answer, also for a campaign that was changed or is not open yet")]
pub(crate) struct Args {
    #[command(flatten)]
    file: File,
    #[command(flatten)]
    clock: Clock,
}

/// The formats.
pub(super) const FORMATS: &[Format] = &[
    Format::Human,
    Format::Json,
    Format::Markdown,
    Format::Csv,
    Format::Xlsx,
    Format::Html,
    Format::Oscal,
    Format::Ocsf,
];

/// A report; what may fail to be written is written before it is shown.
struct ReportView {
    results: Results,
    style: Style,
    bytes: Vec<u8>,
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: &Args) -> Result<Outcome, Failure> {
    let format = env.global.format.or(env.settings.format());
    if format == Some(Format::Xlsx) && env.shows_on_terminal() {
        return Err(Failure::usage("a workbook is no text for a terminal")
            .hint("write it to a file: `-o report.xlsx`"));
    }
    let campaign = store::read(env, &args.file.campaign)?;
    let results = Results::load(&campaign, args.clock.at)?;
    let mut bytes = Vec::new();
    match format {
        Some(Format::Csv) => results::csv(&results, &mut bytes)
            .map_err(|error| Failure::new(Kind::Output, fs::describe(&error)))?,
        Some(Format::Ocsf) => results::ocsf(&results, env.style().version, &mut bytes)
            .map_err(|error| Failure::new(Kind::Output, fs::describe(&error)))?,
        Some(Format::Xlsx) => bytes = results::xlsx(&results)?,
        _ => {}
    }
    let style = env.style();
    Ok(Outcome::view(ReportView {
        results,
        style,
        bytes,
    }))
}

impl View for ReportView {
    fn human(&self, paint: &mut Paint) {
        // The tables have made every text of the exports safe.
        paint.raw(&results::terminal(&self.results, self.style.width));
    }

    fn json(&self) -> Value {
        results::json(&self.results, self.style.version)
    }

    fn drawn(&self, format: Format) -> Option<Vec<u8>> {
        match format {
            Format::Markdown => Some(results::markdown(&self.results).into_bytes()),
            Format::Oscal => {
                let document = results::oscal(&self.results, self.style.version);
                Some(format!("{document:#}\n").into_bytes())
            }
            Format::Html => Some(results::html(&self.results, self.style.version).into_bytes()),
            _ => Some(self.bytes.clone()),
        }
    }

    // Who holds what is what an attacker would like to know.
    fn privacy(&self) -> Privacy {
        Privacy::Private
    }
}

impl From<ResultsError> for Failure {
    fn from(error: ResultsError) -> Self {
        match error {
            ResultsError::Store(error) => error.into(),
            ResultsError::Open(error) => error.into(),
            ResultsError::Changed(_) => Self::input(error.to_string())
                .hint("`countersign review status` lists all that was changed"),
            ResultsError::Workbook(_) => Self::new(Kind::Output, error.to_string()),
        }
    }
}
