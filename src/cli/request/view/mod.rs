//! How signed messages and verdicts about them look.

mod explanation;
mod parts;
mod signed;
mod verdict;

pub(super) use explanation::{Cause, Compared, ExplanationView};
pub(super) use signed::SignedView;
pub(super) use verdict::{VerdictView, VerdictsView};
