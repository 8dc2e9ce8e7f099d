//! `countersign lint rules`: the catalogue.

use clap::Args as ClapArgs;
use serde_json::{Value, json};

use crate::cli::args::Format;
use crate::cli::env::Env;
use crate::cli::error::Failure;
use crate::cli::outcome::{Body, Outcome, View};
use crate::cli::paint::{Paint, Tone};
use crate::kernel::finding::Rule;
use crate::lint::rules;

/// List the rules of lint
///
/// Each with its severity, its confidence and what it means. `countersign explain RULE` prints the whole page; as
/// Markdown or JSON this prints all of them.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign lint rules
  countersign lint rules --format markdown -o rules.md

Exit codes: 0 always")]
pub(super) struct Args {}

struct Catalogue;

/// Runs the verb.
pub(super) fn run(env: &Env, _args: &Args) -> Result<Outcome, Failure> {
    if env.global.format.or(env.settings.format()) == Some(Format::Markdown) {
        return Ok(Outcome::done(Body::Bytes(markdown().into_bytes())));
    }
    Ok(Outcome::view(Catalogue))
}

fn all() -> impl Iterator<Item = &'static Rule> {
    rules::ALL.iter().map(|check| check.rule)
}

fn markdown() -> String {
    let mut page = String::from("# Rules of lint\n");
    for rule in all() {
        // The pages' own headings go one level down.
        page.push_str(&format!(
            "\n## {}\n\n{}: severity {}, confidence {}.\n",
            rule.id,
            rule.title,
            rule.severity,
            rule.confidence.name()
        ));
        for line in rule.page.text().lines().skip(1) {
            let line = if line.starts_with("## ") {
                format!("#{line}")
            } else {
                line.to_owned()
            };
            page.push_str(&line);
            page.push('\n');
        }
    }
    page
}

impl View for Catalogue {
    fn human(&self, paint: &mut Paint) {
        let width = all().map(|rule| rule.id.len()).max().unwrap_or(0);
        for rule in all() {
            let tone = match rule.severity.name() {
                "critical" | "high" => Tone::Bad,
                "medium" => Tone::Warn,
                _ => Tone::Dim,
            };
            let severity = format!("{:<8}", rule.severity.name());
            paint.toned(
                tone,
                &severity,
                &format!("  {:<width$}  {}", rule.id, rule.title),
            );
        }
    }

    fn json(&self) -> Value {
        let entries: Vec<Value> = all()
            .map(|rule| {
                json!({
                    "code": rule.id,
                    "kind": "rules of lint",
                    "title": rule.title,
                    "severity": rule.severity.name(),
                    "text": rule.page.text(),
                })
            })
            .collect();
        json!({"schema": "countersign/catalogue/v1", "entries": entries})
    }
}
