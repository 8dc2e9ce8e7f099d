//! `countersign request`: HTTP requests that carry a signature.

mod aws_profile;
mod batch;
mod clouds;
mod compare;
mod demands;
mod emit;
mod explain;
mod input;
mod lint;
mod listen;
mod plan;
mod recipe;
mod scheme;
mod selftest;
mod send;
mod sign;
mod signer;
mod stream;
mod verify;
mod view;

use std::ffi::OsString;

use clap::Subcommand;

use super::args::{Format, Global};
use super::direct;
use super::env::Env;
use super::error::Failure;
use super::outcome::Outcome;

/// The verbs of `request`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Sign(Box<sign::Args>),
    Verify(Box<verify::Args>),
    Explain(Box<explain::Args>),
    Send(Box<send::Args>),
    Listen(Box<listen::Args>),
    Lint(Box<lint::Args>),
    Recipe(Box<recipe::Args>),
    Selftest(selftest::Args),
}

impl Command {
    /// What a frequent verb's own arguments make of the words behind it.
    pub(super) fn direct(verb: &str, words: &[OsString]) -> Option<(Global, Self)> {
        match verb {
            "sign" => direct::arguments(words).map(|(global, args)| (global, Self::Sign(args))),
            "verify" => direct::arguments(words).map(|(global, args)| (global, Self::Verify(args))),
            _ => None,
        }
    }

    /// The formats its result can be written in.
    pub(super) fn formats(&self) -> &'static [Format] {
        match self {
            Self::Lint(_) => Format::FINDINGS,
            // A verdict is an answer, and its reasons are findings for code scanning and CI.
            Self::Verify(_) => Format::FINDINGS,
            _ => Format::ANSWER,
        }
    }

    /// Runs the verb.
    pub(super) fn run(self, env: &Env) -> Result<Outcome, Failure> {
        match self {
            Self::Sign(args) => sign::run(env, *args),
            Self::Verify(args) => verify::run(env, *args),
            Self::Explain(args) => explain::run(env, *args),
            Self::Send(args) => send::run(env, *args),
            Self::Listen(args) => listen::run(env, *args),
            Self::Recipe(args) => recipe::run(env, *args),
            Self::Selftest(args) => selftest::run(&args),
            Self::Lint(args) => lint::run(env, *args),
        }
    }
}
