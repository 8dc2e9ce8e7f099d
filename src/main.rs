//! The binary: looks around, runs the command line, says the exit code. Everything else is in the library.

use std::process::ExitCode;

/// A batch of requests takes a seventh less time than with glibc's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    #[expect(clippy::disallowed_methods, reason = "the command line enters here")]
    let words = std::env::args_os().collect();
    countersign::cli::run(countersign::cli::Env::capture(), words).into()
}
