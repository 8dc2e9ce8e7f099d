//! `countersign completions`: the script that makes a shell complete commands and flags.

use clap::Args as ClapArgs;
use clap_complete::Shell;

use super::error::Failure;
use super::outcome::{Body, Outcome};

/// Write a shell's completions
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign completions bash > /etc/bash_completion.d/countersign
  countersign completions fish > ~/.config/fish/completions/countersign.fish")]
pub(crate) struct Args {
    /// The shell
    shell: Shell,
}

/// Runs the verb.
pub(super) fn run(args: &Args) -> Result<Outcome, Failure> {
    Ok(Outcome::done(Body::Bytes(script(args.shell))))
}

/// The script for a shell.
pub(crate) fn script(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut super::command(), "countersign", &mut script);
    script
}
