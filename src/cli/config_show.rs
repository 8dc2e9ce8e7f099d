//! `countersign config show`: the configuration in force and where each value comes from.

use clap::{Args as ClapArgs, Subcommand};
use serde_json::{Value, json};

use super::env::Env;
use super::error::Failure;
use super::outcome::{Outcome, View};
use super::paint::Paint;

/// The verbs of `config`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Show(Args),
}

/// Show the configuration in force
///
/// A flag beats an environment variable, that beats the project's file, that beats the user's, that beats the built-in
/// value.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign config show
  countersign config show --origin")]
pub(crate) struct Args {
    /// Also say where each value comes from
    #[arg(long)]
    origin: bool,
}

struct Shown {
    origin: bool,
    rows: Vec<(&'static str, String, Option<String>, Option<String>)>,
}

impl Command {
    /// Runs the verb.
    pub(super) fn run(self, env: &Env) -> Result<Outcome, Failure> {
        let Self::Show(args) = self;
        let rows = env
            .settings
            .all()
            .map(|(key, found)| {
                let value = found.map(|(value, _)| value.to_owned());
                let origin = found.map(|(_, origin)| origin.to_string());
                (key.name(), key.variable(), value, origin)
            })
            .collect();
        Ok(Outcome::view(Shown {
            origin: args.origin,
            rows,
        }))
    }
}

impl View for Shown {
    fn human(&self, paint: &mut Paint) {
        for (name, _, value, origin) in &self.rows {
            let value = value.as_deref().unwrap_or("(not set)");
            match origin.as_deref().filter(|_| self.origin) {
                Some(origin) => paint.line(&format!("{name:<20} {value:<14} {origin}")),
                None => paint.line(&format!("{name:<20} {value}")),
            }
        }
    }

    fn json(&self) -> Value {
        let settings: Vec<Value> = self
            .rows
            .iter()
            .map(|(name, variable, value, origin)| {
                json!({"name": name, "variable": variable, "value": value, "origin": origin})
            })
            .collect();
        json!({"schema": "countersign/config/v1", "settings": settings})
    }
}
