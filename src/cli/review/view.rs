//! What the verbs of a campaign show: lines, fields and tables for people, an envelope for programs.

use comfy_table::{ContentArrangement, Table, presets};
use serde_json::Value;

use crate::cli::outcome::View;
use crate::cli::paint::{Paint, Tone};
use crate::kernel::fs::Privacy;
use crate::kernel::report::sanitize::{line, shorten};

/// The longest text in a cell, in characters.
const CELL: usize = 300;

/// A part of what is shown.
#[derive(Debug)]
pub(super) enum Part {
    Text(String),
    Toned(Tone, &'static str, String),
    Field(&'static str, String),
    Table(Vec<&'static str>, Vec<Vec<String>>),
    Gap,
}

/// What a verb shows. Who holds what is what an attacker would like to know, so a file of it is private.
#[derive(Debug)]
pub(super) struct Shown {
    pub(super) parts: Vec<Part>,
    pub(super) json: Value,
}

impl Shown {
    /// Starts with the envelope.
    pub(super) fn new(json: Value) -> Self {
        Self {
            parts: Vec::new(),
            json,
        }
    }

    pub(super) fn text(&mut self, text: impl Into<String>) {
        self.parts.push(Part::Text(text.into()));
    }

    pub(super) fn toned(&mut self, tone: Tone, word: &'static str, rest: impl Into<String>) {
        self.parts.push(Part::Toned(tone, word, rest.into()));
    }

    pub(super) fn field(&mut self, label: &'static str, value: impl Into<String>) {
        self.parts.push(Part::Field(label, value.into()));
    }

    pub(super) fn gap(&mut self) {
        self.parts.push(Part::Gap);
    }

    pub(super) fn table(&mut self, header: &[&'static str], rows: Vec<Vec<String>>) {
        if !rows.is_empty() {
            self.parts.push(Part::Table(header.to_vec(), rows));
        }
    }
}

impl View for Shown {
    fn human(&self, paint: &mut Paint) {
        for part in &self.parts {
            match part {
                Part::Text(text) => paint.line(text),
                Part::Toned(tone, word, rest) => paint.toned(*tone, word, rest),
                Part::Field(label, value) => paint.field(label, value, None),
                Part::Gap => paint.gap(),
                Part::Table(header, rows) => {
                    let mut table = Table::new();
                    table.load_style(presets::NOTHING);
                    table.set_content_arrangement(ContentArrangement::Dynamic);
                    table.set_width(u16::try_from(paint.style().width).unwrap_or(100));
                    table.set_header(header);
                    for row in rows {
                        let cells = row
                            .iter()
                            .map(|cell| shorten(&line(cell), CELL).into_owned());
                        table.add_row(cells.collect::<Vec<String>>());
                    }
                    let text = table.to_string();
                    for each in text.lines() {
                        paint.raw(each.trim_end());
                        paint.raw("\n");
                    }
                }
            }
        }
    }

    fn json(&self) -> Value {
        self.json.clone()
    }

    fn privacy(&self) -> Privacy {
        Privacy::Private
    }
}
