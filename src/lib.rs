//! `countersign`: a security toolkit for zero trust, where nothing is trusted until it is verified.
//!
//! The layers only point down: `cli` (clap, terminals, files, clock) → the jobs (`request`, `jwt`, `cert`,
//! `lint`, `review`: pure functions) → [`kernel`] (what every job shares). A job imports no sibling job.

pub mod cert;
pub mod cli;
pub mod jwt;
pub mod kernel;
pub mod lint;
pub mod request;
pub mod review;
