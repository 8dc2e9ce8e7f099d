//! Who used what, when last and how often, from logs far larger than memory.
//!
//! [`fold`] counts the uses in logs, [`Merge`] unites what several runs counted, [`write`] keeps the result as a [`Part`] that
//! a later run adds to. Successes alone are uses; a row that cannot be used is located and counted; the same event counts
//! once where the log gives it an id. A part says over which time its logs reach, and on which days they are silent: outside
//! of that, absence is no evidence.
//!
//! ```
//! use countersign::review::usage::{Format, Input, Merge, Options, Row, Run as _, fold};
//!
//! let log = br#"{"Records":[{"eventTime":"2026-11-22T09:00:00Z","eventSource":"s3.amazonaws.com","eventName":"GetObject",
//!   "eventID":"1","userIdentity":{"arn":"arn:aws:sts::1:assumed-role/reader/ann"}}]}"#;
//! let input = Input::stream("log", &log[..]);
//! let scratch = || Err(std::io::Error::other("memory is enough"));
//! let options = Options { format: &Format::CloudTrail, until: u32::MAX, threads: 2, memory: 1 << 20, scratch: &scratch };
//! let counted = fold(vec![input], options)?;
//! let mut row = Row::default();
//! Merge::new(counted.runs)?.next(&mut row)?;
//! assert_eq!(row.principal, b"arn:aws:iam::1:role/reader");
//! assert_eq!((row.permission.as_slice(), row.count()), (&b"s3:GetObject"[..], 1));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod coding;
mod column_fold;
mod columns;
mod document;
mod fold;
mod format;
mod input;
mod instant;
mod json;
mod ledger;
mod merge;
mod part;
mod plan;
mod reject;
mod result;
mod table;
mod unused;

pub use fold::{Counted, FoldError, Options, fold};
pub use format::{Format, Mapping, Path, PathError};
pub use input::{Input, MAX_ROW};
pub use instant::Unit;
pub use ledger::{Ledger, LedgerError, LogSheet, MAX_PROBLEMS, Problem};
pub use merge::{Merge, Row, Run};
pub use part::{MAGIC, Part, PartError, write};
pub use plan::{COLUMNS, Engine, Layout, Place, PlaceError, Plan, TimeColumn, TypeError};
pub use reject::{MAX_NAME, Reject};
pub use result::{Answer, HEADER, ResultError, Taken, answer};
pub use unused::{Unused, Watched};

#[cfg(test)]
mod tests;
