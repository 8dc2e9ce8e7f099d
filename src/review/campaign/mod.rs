//! A campaign from the frozen population to its outcome.

pub mod directory;
pub mod graph;
