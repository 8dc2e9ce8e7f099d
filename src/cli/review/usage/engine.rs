//! Counting where the log lies: Apache Spark through Spark Connect, in builds with the feature `spark`.

use std::time::Duration;

use clap::Args as ClapArgs;

use super::Args;
use crate::cli::args::SecretArg;
use crate::cli::env::Env;
use crate::cli::error::Failure;
use crate::cli::outcome::Outcome;
use crate::kernel::time::parse_duration;
use crate::review::usage::Place;

#[cfg(feature = "spark")]
mod spark;

/// The engine, and what it reads.
#[derive(Debug, ClapArgs)]
pub(super) struct Remote {
    /// Have Spark count: the URL of its Connect server, such as `sc://spark.example:15002` or `sc://HOST/;use_ssl=true`
    #[arg(long, value_name = "URL", requires = "from", conflicts_with = "files")]
    pub(super) engine: Option<String>,
    /// What Spark reads: a table, or files as `json:` or `parquet:` and a path that it reaches, such as `json:s3a://logs/2026/`
    #[arg(long, value_name = "PLACE", requires = "engine")]
    from: Option<Place>,
    /// The token that the Connect server wants, as a reference: env:NAME, file:PATH, fd:N, stdin or prompt
    #[arg(long, value_name = "REF", requires = "engine")]
    engine_token: Option<SecretArg>,
    /// How long Spark may take
    #[arg(long, value_name = "DURATION", default_value = "12h", value_parser = parse_duration)]
    engine_timeout: Duration,
}

/// Counts.
#[cfg(feature = "spark")]
pub(super) fn run(env: &Env, args: &Args, engine: &str) -> Result<Outcome, Failure> {
    spark::run(env, args, engine)
}

/// Says that this build cannot.
#[cfg(not(feature = "spark"))]
pub(super) fn run(_: &Env, _: &Args, engine: &str) -> Result<Outcome, Failure> {
    Err(Failure::usage(format!("`{engine}` needs a build with the feature `spark`"))
        .hint("build one: `cargo install countersign --features spark`, with `protoc` installed")
        .hint("or run the statement of `review usage plan --engine spark` there, and give its result to `review usage import`"))
}
