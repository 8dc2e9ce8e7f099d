//! How usage looks: `countersign/usage/v1`.

use serde_json::{Value, json};

use super::inputs::Known;
use crate::cli::outcome::View;
use crate::cli::paint::{Paint, Tone};
use crate::kernel::time::{Timestamp, humanize};
use crate::review::usage::{Ledger, LogSheet, Unused};

/// What was counted.
pub(super) struct UsageView {
    pub(super) ledger: Ledger,
    pub(super) part: Option<String>,
    pub(super) principals: u64,
    pub(super) unused: Vec<Unused>,
    pub(super) left_out: Vec<Known>,
    pub(super) now: Timestamp,
}

/// The most sources, days and rows that people are shown; JSON has all.
const SHOWN: usize = 10;

impl UsageView {
    /// What a reader must know before trusting the result.
    pub(super) fn losses(&self) -> Vec<String> {
        let mut losses = Vec::new();
        let lossy = self.ledger.sources.iter().filter(|s| !s.is_complete());
        for sheet in lossy.clone().take(SHOWN) {
            let mut text = format!(
                "`{}` could not be used whole: {} of {} rows rejected",
                sheet.name,
                sheet.rejected(),
                sheet.rows
            );
            if let Some(defect) = &sheet.defect {
                text.push_str(&format!("; the rest is not read: {defect}"));
            }
            losses.push(text);
        }
        let more = lossy.count().saturating_sub(SHOWN);
        if more > 0 {
            losses.push(format!("{more} other logs could not be used whole"));
        }
        if let Some((a, b)) = self.ledger.may_count_twice() {
            losses.push(format!(
                "`{a}` and `{b}` overlap in time and their events have no ids: one that is in both counts twice; the last \
                 use is not affected"
            ));
        }
        losses
    }

    fn rejected(&self) -> Vec<(String, u64)> {
        let mut reasons = std::collections::BTreeMap::new();
        for (reason, count) in self.ledger.sources.iter().flat_map(|s| &s.rejected) {
            *reasons.entry(reason.clone()).or_insert(0) += count;
        }
        reasons.into_iter().collect()
    }
}

impl View for UsageView {
    fn human(&self, paint: &mut Paint) {
        let ledger = &self.ledger;
        let rows = ledger.total(|sheet| sheet.rows);
        let text = format!(
            ": {} of `{}` by {} in {} of {}",
            counted(ledger.uses, "use"),
            ledger.system,
            counted(self.principals, "principal"),
            counted(rows, "row"),
            counted(ledger.sources.len() as u64, "log"),
        );
        match ledger.is_complete() {
            true => paint.toned(Tone::Good, "counted", &text),
            false => paint.toned(Tone::Warn, "counted in part", &text),
        }
        match ledger.span().and_then(|(a, b)| Some((time(a)?, time(b)?))) {
            None => paint.field("covers", "no time at all", Some(Tone::Warn)),
            Some((first, last)) => {
                let text = format!("{first} to {last} ({})", humanize(last.since(first)));
                paint.field("covers", &text, None);
            }
        }
        let gaps = ledger.gaps();
        if !gaps.is_empty() {
            let text: Vec<String> = gaps.iter().take(SHOWN).map(|gap| days(*gap)).collect();
            let more = if gaps.len() > SHOWN { ", …" } else { "" };
            let text = format!("{}{more}: nothing is known of these days", text.join(", "));
            paint.field("silent", &text, Some(Tone::Warn));
        }
        let groups = counted(ledger.groups, "pair");
        paint.field(
            "groups",
            &format!("{groups} of principal and permission"),
            None,
        );
        let copy = "a copy of one that is counted";
        for (label, count, unit, what) in [
            (
                "failed",
                ledger.total(|s| s.failed),
                "row",
                "failed or denied, no use",
            ),
            (
                "unfinished",
                ledger.total(|s| s.unfinished),
                "row",
                "a stage before the outcome",
            ),
            ("copies", ledger.duplicates(), "event", copy),
            ("blank", ledger.total(|s| s.blank), "line", "blank"),
        ] {
            if count > 0 {
                paint.field(label, &format!("{}: {what}", counted(count, unit)), None);
            }
        }
        for (reason, count) in self.rejected() {
            paint.field("rejected", &format!("{count} {reason}"), Some(Tone::Bad));
        }
        let lossy = ledger.sources.iter().filter(|sheet| !sheet.is_complete());
        for sheet in lossy.take(SHOWN) {
            for problem in sheet.problems.iter().take(SHOWN) {
                let byte = problem
                    .byte
                    .map_or(String::new(), |byte| format!(", byte {byte}"));
                let text = format!("{}:{}: {}{byte}", sheet.name, problem.row, problem.reason);
                paint.field("row", &text, None);
            }
        }
        if !self.unused.is_empty() {
            paint.line("unused for longest:");
        }
        for group in &self.unused {
            let last = time(group.last);
            let text = format!(
                "{}  {}  {}",
                last.map_or_else(String::new, |last| last.relative_to(self.now)),
                String::from_utf8_lossy(&group.principal),
                String::from_utf8_lossy(&group.permission)
            );
            paint.line(&format!("  {text}"));
        }
        if let Some(part) = &self.part {
            paint.field("kept in", part, Some(Tone::Dim));
        }
    }

    fn json(&self) -> Value {
        let ledger = &self.ledger;
        let span = ledger.span();
        let unused = self.unused.iter().map(|group| {
            json!({
                "principal": String::from_utf8_lossy(&group.principal),
                "permission": String::from_utf8_lossy(&group.permission),
                "last_used": stamp(group.last),
                "count": group.count,
            })
        });
        let known = self.left_out.iter();
        let known = known.map(|log| json!({ "name": log.name, "counted_as": log.as_name }));
        json!({
            "schema": "countersign/usage/v1",
            "part": self.part,
            "system": ledger.system,
            "log": ledger.format,
            "mapping": ledger.mapping,
            "complete": ledger.is_complete(),
            "covers_from": span.map(|(first, _)| stamp(first)),
            "covers_to": span.map(|(_, last)| stamp(last)),
            "silent_days": ledger.gaps().into_iter().map(|(a, b)| json!([day(a), day(b)])).collect::<Vec<_>>(),
            "rows": ledger.total(|sheet| sheet.rows),
            "uses": ledger.uses,
            "copies": ledger.duplicates(),
            "groups": ledger.groups,
            "principals": self.principals,
            "event_ids_kept": ledger.events_kept,
            "sources": ledger.sources.iter().map(sheet).collect::<Vec<_>>(),
            "left_out": known.collect::<Vec<_>>(),
            "longest_unused": unused.collect::<Vec<_>>(),
        })
    }
}

fn sheet(sheet: &LogSheet) -> Value {
    let problems = sheet.problems.iter().map(
        |problem| json!({ "row": problem.row, "reason": problem.reason, "byte": problem.byte }),
    );
    json!({
        "name": sheet.name,
        "query_sha256": sheet.query_sha256,
        "bytes": sheet.bytes,
        "sha256": sheet.sha256,
        "rows": sheet.rows,
        "used": sheet.used,
        "failed": sheet.failed,
        "unfinished": sheet.unfinished,
        "blank": sheet.blank,
        "rejected": sheet.rejected,
        "problems": problems.collect::<Vec<_>>(),
        "first": sheet.first.map(stamp),
        "last": sheet.last.map(stamp),
        "defect": sheet.defect,
    })
}

fn time(seconds: u32) -> Option<Timestamp> {
    Timestamp::from_unix(i64::from(seconds))
}

fn stamp(seconds: u32) -> String {
    time(seconds)
        .map(|time| time.to_string())
        .unwrap_or_default()
}

fn day(day: u32) -> String {
    Timestamp::from_unix(i64::from(day) * 86_400)
        .map(Timestamp::day)
        .unwrap_or_default()
}

fn days((first, last): (u32, u32)) -> String {
    match first == last {
        true => day(first),
        false => format!("{} to {}", day(first), day(last)),
    }
}

fn counted(count: u64, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    }
}
