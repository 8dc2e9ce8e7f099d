//! Access reviews: who has what, who they are, and where that is a risk.
//!
//! [`run`] joins an HR roster with a list of grants and applies the risk rules. Nothing in an export vanishes: every row is
//! kept, rejected with a reason, a repetition or blank, and counted; every rule fires, passes, does not apply or says why it
//! cannot be judged. [`report`] writes what came of it. The same inputs and the same time give the same bytes.
//!
//! ```
//! use countersign::kernel::{source::Source, time::Timestamp};
//! use countersign::review;
//!
//! let roster = Source::new("hr.csv", b"employee_id,email,end_date\n7,ann@acme.example,2026-10-01\n".to_vec())?;
//! let grants = Source::new("grants.csv", b"system,account,entitlement,employee_id\naws,ann,admin,7\n".to_vec())?;
//! let now = Timestamp::parse("2026-11-22T09:00:00Z")?;
//! let review = review::run(&roster, &grants, review::Options::default(), now)?;
//! assert_eq!(review.assessment.findings[0].rule.id, "leaver-with-access");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod campaign;
pub mod connectors;
mod error;
pub mod evidence;
pub mod iam;
mod join;
pub mod model;
pub mod rbac;
mod reason;
pub mod report;
pub mod results;
pub mod risk;
pub mod rules;
mod sheet;
pub mod sheets;
pub mod store;
pub mod usage;

use std::sync::Arc;
use std::time::Duration;

pub use error::ReviewError;
pub use reason::Reason;
pub use sheet::{Problem, SourceSheet};

use crate::kernel::source::Source;
use crate::kernel::time::Timestamp;
use model::Population;
use risk::{Assessment, Context};

/// The thresholds of the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// An account without use for longer is dormant.
    pub dormant_after: Duration,
    /// A key that was not changed for longer is too old.
    pub key_max_age: Duration,
    /// How far back the log behind `last_used` reaches, where that is known.
    pub usage_window: Option<Duration>,
}

impl Default for Options {
    /// 90 days each; how far the log reaches is not known.
    fn default() -> Self {
        let days_90 = Duration::from_secs(90 * 86_400);
        Self {
            dormant_after: days_90,
            key_max_age: days_90,
            usage_window: None,
        }
    }
}

/// What a review came to.
#[derive(Debug)]
pub struct Review {
    /// The time for which it holds.
    pub now: Timestamp,
    /// The thresholds applied.
    pub options: Options,
    /// The sources, each with what became of its rows.
    pub sources: Vec<SourceSheet>,
    /// Everyone and everything.
    pub population: Population,
    /// What the rules say.
    pub assessment: Assessment,
}

impl Review {
    /// Whether every row and cell of every source could be used.
    pub fn is_complete(&self) -> bool {
        self.sources.iter().all(SourceSheet::is_complete)
    }

    /// What a reader must know before trusting the result, a sentence each; empty where the review is complete.
    pub fn losses(&self) -> Vec<String> {
        let lossy = self.sources.iter().filter(|sheet| !sheet.is_complete());
        let sentence = |sheet: &SourceSheet| {
            let cells = sheet.problems.iter().filter(|problem| !problem.rejected);
            format!(
                "`{}` could not be used whole: {} of {} rows rejected, {} cells unreadable",
                sheet.name,
                sheet.rejected,
                sheet.read,
                cells.count()
            )
        };
        lossy.map(sentence).collect()
    }
}

/// Reads a roster and a list of grants, joins them, and applies the rules as of `now`.
///
/// # Errors
/// [`ReviewError`] where a source cannot be used as a whole; [`ReviewError::Empty`] where it holds no row.
pub fn run(
    hr: &Arc<Source>,
    grants: &Arc<Source>,
    options: Options,
    now: Timestamp,
) -> Result<Review, ReviewError> {
    let roster = connectors::hr_roster::read(hr)?;
    let granted = connectors::grants::read(grants)?;
    // A table of which no row could be used is not empty: its rows were rejected, and that is said.
    for sheet in [&roster.sheet, &granted.sheet] {
        if sheet.kept == 0 && sheet.rejected == 0 {
            return Err(ReviewError::Empty(sheet.name.clone()));
        }
    }
    let mut accounts = granted.accounts;
    let directory = join::Directory::new(&roster.identities);
    for account in &mut accounts {
        directory.join(account, granted.columns);
    }
    let population = Population {
        identities: roster.identities,
        accounts,
    };
    let assessment = risk::assess(&Context {
        population: &population,
        columns: granted.columns,
        has_end_dates: roster.has_end_dates,
        has_status: roster.has_status,
        options,
        now,
    });
    Ok(Review {
        now,
        options,
        sources: vec![roster.sheet, granted.sheet],
        population,
        assessment,
    })
}
