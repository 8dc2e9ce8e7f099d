//! How signed messages and verdicts about them look.

mod parts;
mod signed;
mod verdict;

pub(super) use signed::SignedView;
pub(super) use verdict::{VerdictView, VerdictsView};
