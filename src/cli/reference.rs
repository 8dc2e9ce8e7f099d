//! The generated files: reference pages and shell completions, as pure functions.
//!
//! The repository keeps what these functions return; an integration test holds the two together.

use clap_complete::Shell;

use super::catalogue::{self, Entry};
use super::completions;
use super::config::Key;
use super::exit::ExitCode;

/// The pages of `docs/reference/`: file name and Markdown.
pub fn pages() -> Vec<(&'static str, String)> {
    vec![
        ("cli.md", commands()),
        ("configuration.md", configuration()),
        ("exit-codes.md", ExitCode::reference()),
        ("reasons.md", reasons()),
        ("rules.md", rules()),
    ]
}

/// The completions: file name and script.
pub fn completions() -> Vec<(&'static str, Vec<u8>)> {
    [
        ("countersign.bash", Shell::Bash),
        ("_countersign", Shell::Zsh),
        ("countersign.fish", Shell::Fish),
        ("_countersign.ps1", Shell::PowerShell),
        ("countersign.elv", Shell::Elvish),
    ]
    .map(|(name, shell)| (name, completions::script(shell)))
    .into()
}

/// Every command that does something, with its full name, such as `countersign jwt verify`.
pub fn verbs() -> Vec<(String, clap::Command)> {
    let mut root = super::command().term_width(WIDTH);
    root.build();
    let mut verbs = Vec::new();
    collect(&root, &mut verbs);
    verbs
}

const WIDTH: usize = 100;

fn collect(command: &clap::Command, verbs: &mut Vec<(String, clap::Command)>) {
    let name = command.get_bin_name().unwrap_or(command.get_name());
    verbs.push((name.to_owned(), command.clone().term_width(WIDTH)));
    for verb in command.get_subcommands() {
        collect(verb, verbs);
    }
}

fn commands() -> String {
    let mut page = String::from(
        "# Commands\n\nWhat `--help` prints, one section a command. Exit codes: [exit-codes.md](exit-codes.md). \
         Settings: [configuration.md](configuration.md).\n",
    );
    for (name, mut command) in verbs() {
        let help = command.render_long_help().to_string();
        let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
        page.push_str(&format!(
            "\n## {name}\n\n```text\n{}\n```\n",
            lines.join("\n")
        ));
    }
    page
}

fn configuration() -> String {
    let mut page = String::from(
        "# Configuration\n\n\
         A flag beats an environment variable; that beats the file named with `--config`, or else the nearest \
         `countersign.toml` from the working directory up to the root of the repository; that beats the user's \
         `countersign/config.toml` in `$XDG_CONFIG_HOME`, else `%APPDATA%`, else `~/.config`; that beats the built-in value. \
         `countersign config show --origin` says what is in force and why.\n\n\
         A `countersign.toml` that is found, not named, is part of the repository: a pull request can add one. The last \
         column says what it may do; anything else in it is ignored with a warning. Values are strings. A dot in a name \
         is a table: `jwt.leeway` is `leeway` in `[jwt]`. An unknown setting in a file is an error.\n\n\
         | setting | variable | built-in | a project's file may |\n|---|---|---|---|\n",
    );
    for key in Key::ALL {
        let built_in = key
            .built_in()
            .map_or_else(|| "(not set)".to_owned(), |value| format!("`{value}`"));
        page.push_str(&format!(
            "| `{}` | `{}` | {built_in} | {} |\n",
            key.name(),
            key.variable(),
            key.project_right()
        ));
    }
    page.push_str(
        "\nOther variables that are read: `NO_COLOR`, `CLICOLOR_FORCE`, `TERM`, `COLUMNS`, `CI` for how output looks; \
         `TRACEPARENT` for the decision record, unless `--correlation-id` is given; `HTTPS_PROXY` and `https_proxy` for \
         commands that use the network; and those named as `env:NAME`. No variable sets the clock: `--at` does.\n",
    );
    page
}

fn rules() -> String {
    section(
        "# Rules\n\nWhat findings name, with the severity unless a finding says otherwise. `countersign explain RULE` \
         prints the same text.\n",
        |entry| entry.severity.is_some(),
    )
}

fn reasons() -> String {
    section(
        "# Reason codes\n\nWhy a verdict is no. Text, JSON and decision records share them. `countersign explain CODE` \
         prints the same text.\n",
        |entry| entry.severity.is_none(),
    )
}

fn section(head: &str, wanted: fn(&Entry) -> bool) -> String {
    let mut page = head.to_owned();
    let mut kind = "";
    for entry in catalogue::entries().iter().filter(|entry| wanted(entry)) {
        if entry.kind != kind {
            kind = entry.kind;
            page.push_str(&format!("\n## {}\n", capitalised(kind)));
        }
        page.push_str(&format!("\n### {}\n\n{}", entry.code, entry.title));
        if let Some(severity) = entry.severity {
            page.push_str(&format!(" ({severity})"));
        }
        page.push_str("\n\n");
        page.push_str(&demoted(entry));
    }
    page
}

/// A page without its own title and with its headings two levels down.
fn demoted(entry: &Entry) -> String {
    let title = format!("# {}", entry.code);
    let mut fenced = false;
    let mut text = String::new();
    for line in entry.text.trim().lines() {
        fenced ^= line.starts_with("```");
        match line {
            _ if line == title => continue,
            "" if text.is_empty() => continue,
            _ if line.starts_with('#') && !fenced => text.push_str("##"),
            _ => {}
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}
