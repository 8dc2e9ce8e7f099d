//! What every job shares. Nothing here names a job.

pub mod crypto;
pub mod document;
pub mod finding;
pub mod json;
pub mod report;
pub mod source;
pub mod time;
