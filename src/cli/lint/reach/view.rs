//! How paths look: `countersign/reach/v1`.

use serde_json::{Value, json};

use super::draw;
use crate::cli::args::Format;
use crate::cli::outcome::View;
use crate::cli::paint::{Paint, Tone};
use crate::kernel::report::Note;
use crate::lint::ports::PortSet;
use crate::lint::reachability::{Crossing, Party, Path, Proof, Reason, Ruling};

/// What was asked and found.
pub(super) enum Answer {
    /// The paths to or from one workload, closed ones too.
    Paths(Vec<Path>),
    /// Every open path.
    Matrix(Vec<Path>),
    /// Whether nobody else reaches a workload.
    Proof(Box<Proof>),
}

/// The answer, and what was not read.
pub(super) struct ReachView {
    pub(super) answer: Answer,
    pub(super) notes: Vec<Note>,
    /// What keeps the input from proving anything.
    pub(super) limits: Vec<Reason>,
}

impl View for ReachView {
    fn human(&self, paint: &mut Paint) {
        for note in self.notes.iter().filter(|note| note.is_failure()) {
            paint.toned(
                Tone::Warn,
                "note",
                &format!(": {}{}", place_of(note), note.message),
            );
        }
        match &self.answer {
            Answer::Paths(paths) => told(paint, paths),
            Answer::Matrix(paths) => {
                for path in paths {
                    paint.line(&line(path));
                }
                paint.line(&format!("{} open paths", paths.len()));
            }
            Answer::Proof(proof) => proven(paint, proof),
        }
        if let Answer::Proof(proof) = &self.answer {
            beyond(paint, &proof.limits);
        } else {
            beyond(paint, &self.limits);
        }
        paint.gap();
        paint.line("A pod's own node always reaches it, and a pod always reaches itself.");
        if self.paths().iter().all(|path| path.crossing.is_none()) {
            paint.line("This is the network alone: what PeerAuthentications and AuthorizationPolicies add is not in it.");
        }
    }

    fn json(&self) -> Value {
        let (question, ruling, conditions) = match &self.answer {
            Answer::Paths(_) => ("paths", None, Vec::new()),
            Answer::Matrix(_) => ("matrix", None, Vec::new()),
            Answer::Proof(proof) => {
                let conditions = proof.conditions.iter().map(|one| one.text.clone());
                ("only", Some(proof.ruling.name()), conditions.collect())
            }
        };
        json!({
            "schema": "countersign/reach/v1",
            "question": question,
            "ruling": ruling,
            "conditions": conditions,
            "limits": reasons_json(match &self.answer {
                Answer::Proof(proof) => &proof.limits,
                _ => &self.limits,
            }),
            "paths": self.roles().into_iter().map(path_json).collect::<Vec<_>>(),
            "notes": self.notes.iter().map(|note| {
                json!({"code": note.code, "message": format!("{}{}", place_of(note), note.message)})
            }).collect::<Vec<_>>(),
        })
    }

    fn drawn(&self, format: Format) -> Option<String> {
        let paths = self.paths();
        match format {
            Format::Csv => draw::csv(&self.roles()),
            Format::Markdown => Some(self.headline() + &draw::markdown(&paths)),
            Format::Dot => Some(draw::dot(&paths)),
            Format::Svg => Some(draw::svg(&paths)),
            _ => None,
        }
    }
}

impl ReachView {
    /// What a table alone would not say.
    fn headline(&self) -> String {
        let mut text = String::new();
        let limits = match &self.answer {
            Answer::Proof(proof) => {
                text = format!(
                    "**{}**: nobody but those allowed reaches `{}` on {}\n\n",
                    proof.ruling.name(),
                    draw::cell(&proof.destination),
                    proof.ports
                );
                for condition in &proof.conditions {
                    text.push_str(&format!(
                        "- taken for granted: {}\n",
                        draw::cell(&condition.text)
                    ));
                }
                &proof.limits
            }
            _ => &self.limits,
        };
        for limit in limits {
            text.push_str(&format!(
                "- not settled: {}\n",
                draw::cell(&told_reason(limit))
            ));
        }
        for note in self.notes.iter().filter(|note| note.is_failure()) {
            text.push_str(&format!(
                "- not read: {}\n",
                draw::cell(&format!("{}{}", place_of(note), note.message))
            ));
        }
        if !text.is_empty() {
            text.push('\n');
        }
        text
    }

    fn paths(&self) -> Vec<&Path> {
        self.roles().into_iter().map(|(_, path)| path).collect()
    }

    /// Every path with its role in a proof.
    fn roles(&self) -> Vec<(Option<&'static str>, &Path)> {
        match &self.answer {
            Answer::Paths(paths) | Answer::Matrix(paths) => {
                paths.iter().map(|path| (None, path)).collect()
            }
            Answer::Proof(proof) => {
                let roles = [
                    ("caller", &proof.callers),
                    ("against", &proof.against),
                    ("doubtful", &proof.doubtful),
                    ("kept-out", &proof.kept_out),
                ];
                let each = roles
                    .into_iter()
                    .flat_map(|(role, paths)| paths.iter().map(move |path| (Some(role), path)));
                each.collect()
            }
        }
    }
}

/// What the input does not settle, whatever its policies say.
fn beyond(paint: &mut Paint, limits: &[Reason]) {
    if limits.is_empty() {
        return;
    }
    paint.gap();
    paint.toned(Tone::Warn, "not settled by this input", "");
    for limit in limits {
        paint.line(&format!("  {}", told_reason(limit)));
    }
}

fn place_of(note: &Note) -> String {
    note.location.as_ref().map_or_else(String::new, |place| {
        let position = place.source.position(place.span.start);
        format!("{}:{position}: ", place.source.name())
    })
}

fn line(path: &Path) -> String {
    let doubt = if path.is_decided() {
        String::new()
    } else if path.surely.is_empty() {
        ", perhaps".to_owned()
    } else {
        format!(", surely {}", path.surely)
    };
    format!(
        "{} -> {}: {}{doubt}",
        path.source, path.destination, path.may
    )
}

/// Open paths with their arguments, then those that may be open, then the closed ones by their reasons.
fn told(paint: &mut Paint, paths: &[Path]) {
    let open = paths.iter().filter(|path| !path.surely.is_empty());
    let perhaps = paths
        .iter()
        .filter(|path| path.surely.is_empty() && !path.may.is_empty());
    let closed: Vec<&Path> = paths.iter().filter(|path| path.may.is_empty()).collect();
    argued(paint, (Tone::Warn, "open"), &open.collect::<Vec<_>>());
    let perhaps: Vec<_> = perhaps.collect();
    if !perhaps.is_empty() {
        paint.gap();
        argued(
            paint,
            (Tone::Unverified, "not decided by the input"),
            &perhaps,
        );
    }
    if !closed.is_empty() {
        paint.gap();
        kept_out(paint, &closed);
    }
}

fn argued(paint: &mut Paint, (tone, title): (Tone, &str), paths: &[&Path]) {
    let count = if paths.is_empty() { ": none" } else { "" };
    paint.toned(tone, title, count);
    for path in paths {
        told_path(paint, path);
    }
}

/// A path and its argument.
pub(in crate::cli::lint) fn told_path(paint: &mut Paint, path: &Path) {
    let closed = if path.may.is_empty() { " (closed)" } else { "" };
    paint.line(&format!("  {}{closed}", line(path)));
    reasons(paint, &path.reasons);
    if let Some(crossing) = &path.crossing {
        paint.line(&format!("    mesh: {}", crossed(crossing)));
        reasons(paint, &crossing.reasons);
    }
}

fn crossed(crossing: &Crossing) -> String {
    format!(
        "the wire is {}, the caller is {}",
        crossing.wire.name(),
        crossing.admission.name()
    )
}

fn reasons(paint: &mut Paint, reasons: &[Reason]) {
    for reason in reasons {
        paint.line(&format!("    {}", told_reason(reason)));
    }
}

/// A reason and its place.
pub(in crate::cli::lint) fn told_reason(reason: &Reason) -> String {
    match &reason.place {
        None => reason.text.clone(),
        Some(place) => {
            let position = place.source.position(place.span.start);
            format!("{} ({}:{position})", reason.text, place.source.name())
        }
    }
}

/// Those that one argument keeps out are told together.
fn kept_out(paint: &mut Paint, paths: &[&Path]) {
    paint.toned(Tone::Good, "closed", "");
    let mut groups: Vec<(Vec<String>, Vec<&Path>)> = Vec::new();
    for path in paths {
        let argument: Vec<String> = path.reasons.iter().map(told_reason).collect();
        match groups.iter_mut().find(|(known, _)| *known == argument) {
            Some((_, members)) => members.push(path),
            None => groups.push((argument, vec![path])),
        }
    }
    for (argument, members) in groups {
        let to_one = members
            .windows(2)
            .all(|pair| matches!(pair, [a, b] if a.destination == b.destination));
        let names = members.iter().map(|path| {
            let end: &Party = if to_one {
                &path.source
            } else {
                &path.destination
            };
            end.to_string()
        });
        let verb = if to_one { "from" } else { "to" };
        paint.line(&format!(
            "  {verb} {}",
            names.collect::<Vec<_>>().join(", ")
        ));
        for reason in argument {
            paint.line(&format!("    {reason}"));
        }
    }
}

fn proven(paint: &mut Paint, proof: &Proof) {
    let claim = format!(
        ": nobody but those allowed reaches {} on {}",
        proof.destination, proof.ports
    );
    let tone = match proof.ruling {
        Ruling::Proven => Tone::Good,
        Ruling::Refuted => Tone::Bad,
        Ruling::Undecided => Tone::Unverified,
    };
    paint.toned(tone, proof.ruling.name(), &claim);
    for (tone, title, paths) in [
        (Tone::Bad, "also reached by", &proof.against),
        (
            Tone::Unverified,
            "not decided by the input",
            &proof.doubtful,
        ),
        (Tone::Good, "allowed callers that reach it", &proof.callers),
    ] {
        if !paths.is_empty() {
            paint.gap();
            argued(paint, (tone, title), &paths.iter().collect::<Vec<_>>());
        }
    }
    if !proof.kept_out.is_empty() {
        paint.gap();
        kept_out(paint, &proof.kept_out.iter().collect::<Vec<_>>());
    }
    paint.gap();
    paint.line("taken for granted");
    for condition in &proof.conditions {
        paint.line(&format!("  {}", condition.text));
    }
}

/// A path for programs, with its role in a proof.
pub(in crate::cli::lint) fn path_json((role, path): (Option<&'static str>, &Path)) -> Value {
    json!({
        "role": role,
        "source": party_json(&path.source),
        "destination": party_json(&path.destination),
        "surely": ports_json(&path.surely),
        "may": ports_json(&path.may),
        "mesh": path.crossing.as_ref().map(|crossing| json!({
            "wire": crossing.wire.name(),
            "admission": crossing.admission.name(),
            "reasons": reasons_json(&crossing.reasons),
        })),
        "reasons": reasons_json(&path.reasons),
    })
}

/// A party for programs.
fn party_json(party: &Party) -> Value {
    match party {
        Party::Workload {
            namespace,
            name,
            kind,
        } => {
            json!({"type": "workload", "namespace": namespace, "name": name, "kind": kind, "ranges": []})
        }
        Party::Unseen(namespace) => {
            json!({"type": "unseen", "namespace": namespace, "name": null, "kind": null, "ranges": []})
        }
        Party::Addresses(ranges) => {
            let ranges: Vec<String> = ranges.iter().map(ToString::to_string).collect();
            json!({"type": "addresses", "namespace": null, "name": null, "kind": null, "ranges": ranges})
        }
    }
}

/// Ports for programs.
pub(in crate::cli::lint) fn ports_json(ports: &PortSet) -> Value {
    let ranges = ports.ranges().map(|(protocol, first, last)| {
        json!({"protocol": protocol.name(), "first": first, "last": last})
    });
    ranges.collect()
}

/// Reasons for programs.
pub(in crate::cli::lint) fn reasons_json(reasons: &[Reason]) -> Value {
    let one = |reason: &Reason| {
        let place = reason.place.as_ref();
        let position = place.map(|place| place.source.position(place.span.start));
        json!({
            "text": reason.text,
            "file": place.map(|place| place.source.name()),
            "line": position.map(|position| position.line),
            "column": position.map(|position| position.column),
        })
    };
    reasons.iter().map(one).collect()
}
