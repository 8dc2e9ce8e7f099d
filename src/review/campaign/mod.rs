//! A campaign from the frozen population to its outcome.

pub mod assign;
pub mod check;
pub mod closing;
pub mod compare;
pub mod conduct;
pub mod conflicts;
pub mod desk;
pub mod directory;
pub mod eligible;
pub mod graph;
pub mod kin;
pub mod opening;
pub mod outcome;
pub mod peers;
pub mod policy;
pub mod progress;
pub mod reassign;
pub mod remediation;
pub mod remedy;
pub mod signals;

#[cfg(test)]
mod tests;
