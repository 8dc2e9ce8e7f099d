//! The four parts of a verdict in words: MAC, freshness, coverage, body.

use crate::cli::paint::Tone;
use crate::kernel::time::humanize;
use crate::request::digest_fields::DigestVerdict;
use crate::request::{BodyBinding, DigestCheck, Freshness, Mac, Replay, Verdict, Window};

/// A part in words, and how good it is.
pub(super) struct Told {
    pub(super) text: String,
    pub(super) tone: Tone,
}

impl Told {
    fn new(tone: Tone, text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            tone,
        }
    }
}

pub(super) fn mac(mac: &Mac) -> Told {
    match mac {
        Mac::Valid { key, algorithm } => Told::new(
            Tone::Good,
            format!("valid, {algorithm} under the key {key}"),
        ),
        Mac::Invalid { tried } => Told::new(
            Tone::Bad,
            format!("INVALID, under each key tried: {}", tried.join(", ")),
        ),
        Mac::NotChecked(why) => Told::new(Tone::Bad, format!("NOT CHECKED: {why}")),
    }
}

pub(super) fn freshness(freshness: &Freshness, window: Window) -> Told {
    let now = window.now;
    let limit = match window.max_age {
        Some(age) => format!("at most {} old", humanize(age)),
        None => "any age".to_owned(),
    };
    let leeway = humanize(window.leeway.get());
    match freshness {
        Freshness::Fresh { created, by_leeway } => {
            let created = created.map_or_else(
                || "without a creation time".to_owned(),
                |created| format!("created {}", created.relative_to(now)),
            );
            if *by_leeway {
                let text = format!("fresh only by the leeway of {leeway}: {created}, {limit}");
                return Told::new(Tone::Warn, text);
            }
            Told::new(Tone::Good, format!("fresh: {created}, {limit}"))
        }
        Freshness::TooOld { created, until } => {
            let age = created.relative_to(now);
            let text =
                format!("TOO OLD: created {created} ({age}), accepted until {until} ({limit})");
            Told::new(Tone::Bad, text)
        }
        Freshness::FromTheFuture { created } => {
            let age = created.relative_to(now);
            Told::new(
                Tone::Bad,
                format!("FROM THE FUTURE: created {created}, {age}"),
            )
        }
        Freshness::Expired { expires } => {
            let age = expires.relative_to(now);
            Told::new(Tone::Bad, format!("EXPIRED: at {expires}, {age}"))
        }
        Freshness::NeverValid { created, expires } => Told::new(
            Tone::Bad,
            format!("NEVER VALID: expires at {expires}, not after its creation at {created}"),
        ),
        Freshness::Undated => Told::new(
            Tone::Bad,
            format!("UNKNOWN: it does not say when it was created, wanted {limit}"),
        ),
        Freshness::Untold => Told::new(
            Tone::Warn,
            "NOT TOLD: this scheme signs no time, so that a copy is accepted for ever",
        ),
        Freshness::Unreadable(problem) => Told::new(Tone::Bad, format!("UNKNOWN: {problem}")),
    }
}

pub(super) fn replay(replay: Replay, window: Window) -> Option<Told> {
    match replay {
        Replay::NotAsked => None,
        Replay::New => Some(Told::new(Tone::Good, "not seen before, remembered now")),
        Replay::Seen { first } => {
            let age = first.relative_to(window.now);
            Some(Told::new(
                Tone::Bad,
                format!("SEEN BEFORE: at {first}, {age}"),
            ))
        }
        Replay::Forgotten => Some(Told::new(
            Tone::Bad,
            "UNKNOWN: the store has already forgotten what ended when this does",
        )),
    }
}

pub(super) fn coverage(verdict: &Verdict) -> Told {
    let coverage = &verdict.coverage;
    let names = verdict.covered();
    let covered = match (&verdict.body, names.is_empty()) {
        (_, false) => names.join(" "),
        (BodyBinding::Signed, true) => "no field, only what the scheme signs".to_owned(),
        (_, true) => "nothing".to_owned(),
    };
    let mut problems = Vec::new();
    if !coverage.missing.is_empty() {
        problems.push(format!("MISSING {}", coverage.missing.join(" ")));
    }
    for (_, expected, found) in &coverage.unmet {
        problems.push(format!("EXPECTED {expected}, found {found}"));
    }
    if problems.is_empty() {
        Told::new(Tone::Good, format!("enough: {covered}"))
    } else {
        Told::new(
            Tone::Bad,
            format!("{}; covered: {covered}", problems.join("; ")),
        )
    }
}

pub(super) fn body(body: &BodyBinding) -> Told {
    match body {
        BodyBinding::Signed => Told::new(Tone::Good, "signed itself"),
        BodyBinding::Field(check) => digest(check),
        BodyBinding::HashMismatch { place } => Told::new(
            Tone::Bad,
            format!("MISMATCH: {place} is not that of the body"),
        ),
        BodyBinding::Unsigned { why, refused } => {
            let tone = if *refused { Tone::Bad } else { Tone::Warn };
            Told::new(tone, format!("NOT SIGNED: {why}"))
        }
        BodyBinding::Unreadable(problem) => Told::new(Tone::Bad, format!("UNKNOWN: {problem}")),
    }
}

fn digest(check: &DigestCheck) -> Told {
    let field = check.field.title();
    let demanded = if check.covered || check.required {
        Tone::Bad
    } else {
        Tone::Warn
    };
    match &check.verdict {
        DigestVerdict::Matches(names) => {
            let names = names.join(", ");
            if check.covered {
                let text = format!("{field} matches ({names}), covered by the signature");
                Told::new(Tone::Good, text)
            } else {
                let text = format!("{field} matches ({names}), NOT covered by the signature");
                Told::new(Tone::Warn, text)
            }
        }
        DigestVerdict::Mismatch(name) => {
            Told::new(Tone::Bad, format!("MISMATCH: {name} of the body differs"))
        }
        DigestVerdict::OnlyUnknown(names) => {
            Told::new(demanded, format!("NOT CHECKED: only {}", names.join(", ")))
        }
        DigestVerdict::Undecidable(why) => Told::new(demanded, format!("NOT CHECKED: {why}")),
        DigestVerdict::Malformed(error) => Told::new(Tone::Bad, format!("MALFORMED: {error}")),
        DigestVerdict::NotBytes(name) => Told::new(
            Tone::Bad,
            format!("MALFORMED: `{name}` is not a byte sequence"),
        ),
        DigestVerdict::Absent if !check.has_body => Told::new(Tone::Good, "no body, none needed"),
        DigestVerdict::Absent if check.required => {
            Told::new(Tone::Bad, "MISSING: the body is not protected")
        }
        DigestVerdict::Absent => Told::new(Tone::Warn, "none: the body is not protected"),
    }
}
