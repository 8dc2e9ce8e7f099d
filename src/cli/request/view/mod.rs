//! How signed messages and verdicts about them look.

mod explanation;
mod parts;
mod sent;
mod signed;
mod verdict;

pub(super) use explanation::{Cause, Compared, ExplanationView};
pub(super) use sent::SentView;
pub(super) use signed::SignedView;
pub(super) use verdict::{VerdictView, VerdictsView};
