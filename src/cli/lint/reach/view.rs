//! How paths look: `countersign/reach/v1`.

use serde_json::{Value, json};

use super::draw;
use crate::cli::args::Format;
use crate::cli::outcome::View;
use crate::cli::paint::{Paint, Tone};
use crate::kernel::report::Note;
use crate::lint::ports::PortSet;
use crate::lint::reachability::{
    Admission, Crossing, Party, Path, Proof, Reason, Ruling, Wire, Works,
};

/// What was asked and found.
pub(super) enum Answer {
    /// The paths to or from one workload, closed ones too.
    Paths(Vec<Path>),
    /// Every open path.
    Matrix(Vec<Path>),
    /// Whether nobody else reaches a workload.
    Proof(Box<Proof>),
}

/// The answers, a world each, and what was not read.
pub(super) struct ReachView {
    pub(super) judged: Vec<InWorld>,
    pub(super) notes: Vec<Note>,
}

/// The answer in one world.
pub(super) struct InWorld {
    /// Its name, where the input holds several.
    pub(super) world: Option<String>,
    pub(super) answer: Answer,
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
        for one in &self.judged {
            if let Some(world) = &one.world {
                paint.gap();
                paint.toned(Tone::Strong, "in", &format!(" {world}"));
            }
            one.human(paint);
        }
        paint.gap();
        paint.line("A pod's own node always reaches it, and a pod always reaches itself.");
        let mut paths = self.judged.iter().flat_map(InWorld::paths);
        if paths.all(|path| path.crossing.is_none()) {
            paint.line("This is the network alone: what PeerAuthentications and AuthorizationPolicies add is not in it.");
        }
    }

    fn json(&self) -> Value {
        let question = match self.judged.first().map(|one| &one.answer) {
            Some(Answer::Matrix(_)) => "matrix",
            Some(Answer::Proof(_)) => "only",
            Some(Answer::Paths(_)) | None => "paths",
        };
        let mut conditions = Vec::new();
        let mut limits: Vec<Reason> = Vec::new();
        let mut paths = Vec::new();
        for one in &self.judged {
            let world = one.world.as_deref();
            let placed = |text: &str| match world {
                Some(world) => format!("{world}: {text}"),
                None => text.to_owned(),
            };
            if let Answer::Proof(proof) = &one.answer {
                let texts = proof.conditions.iter().map(|one| placed(&one.text));
                conditions.extend(texts);
            }
            let of_world = one.limits().iter().map(|limit| Reason {
                text: placed(&limit.text),
                place: limit.place.clone(),
            });
            limits.extend(of_world);
            for path in one.roles() {
                let mut path = path_json(path);
                if let Some(world) = world {
                    path["world"] = world.into();
                }
                paths.push(path);
            }
        }
        json!({
            "schema": "countersign/reach/v1",
            "question": question,
            "ruling": self.ruling().map(Ruling::name),
            "worlds": self.judged.iter().filter_map(InWorld::summary).collect::<Vec<_>>(),
            "conditions": conditions,
            "limits": reasons_json(&limits),
            "paths": paths,
            "notes": self.notes.iter().map(|note| {
                json!({"code": note.code, "message": format!("{}{}", place_of(note), note.message)})
            }).collect::<Vec<_>>(),
        })
    }

    fn drawn(&self, format: Format) -> Option<Vec<u8>> {
        if format == Format::Markdown {
            let mut text = String::new();
            for one in &self.judged {
                if let Some(world) = &one.world {
                    text.push_str(&format!("### {}\n\n", draw::cell(world)));
                }
                text.push_str(&one.headline(&self.notes));
                text.push_str(&draw::markdown(&one.paths()));
            }
            return Some(text.into_bytes());
        }
        let only = self.judged.first()?;
        let paths = only.paths();
        let text = match format {
            Format::Csv => draw::csv(&only.roles(), &only.beside(&self.notes)),
            Format::Dot => Some(draw::dot(&paths, &only.beside(&self.notes))),
            Format::Svg => Some(draw::svg(&paths)),
            _ => None,
        };
        text.map(String::into_bytes)
    }
}

impl ReachView {
    /// What became of the claim in all worlds; none where nothing was claimed.
    pub(super) fn ruling(&self) -> Option<Ruling> {
        let rulings = self.judged.iter().filter_map(|one| match &one.answer {
            Answer::Proof(proof) => Some(proof.ruling),
            _ => None,
        });
        let rank = |ruling: &Ruling| match ruling {
            Ruling::Proven => 0,
            Ruling::Undecided => 1,
            Ruling::Refuted => 2,
        };
        rulings.max_by_key(rank)
    }
}

impl InWorld {
    fn human(&self, paint: &mut Paint) {
        match &self.answer {
            Answer::Paths(paths) => told(paint, paths),
            Answer::Matrix(paths) => {
                for path in paths {
                    let mesh = path.crossing.as_ref().map(crossed);
                    let mesh = mesh.map_or_else(String::new, |mesh| format!(" ({mesh})"));
                    paint.line(&format!("{}{mesh}", line(path)));
                }
                paint.line(&format!("{} open paths", paths.len()));
            }
            Answer::Proof(proof) => proven(paint, proof),
        }
        beyond(paint, self.limits());
    }

    /// What the input does not settle here.
    fn limits(&self) -> &[Reason] {
        match &self.answer {
            Answer::Proof(proof) => &proof.limits,
            _ => &self.limits,
        }
    }

    /// The world and its ruling, where the input holds several.
    fn summary(&self) -> Option<Value> {
        let ruling = match &self.answer {
            Answer::Proof(proof) => Some(proof.ruling.name()),
            _ => None,
        };
        let world = self.world.as_ref()?;
        Some(json!({"world": world, "ruling": ruling}))
    }

    /// What a table alone would not say.
    fn headline(&self, notes: &[Note]) -> String {
        let mut text = String::new();
        if let Answer::Proof(proof) = &self.answer {
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
        }
        for limit in self.limits() {
            text.push_str(&format!(
                "- not settled: {}\n",
                draw::cell(&told_reason(limit))
            ));
        }
        for note in notes.iter().filter(|note| note.is_failure()) {
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

    /// What a table or a graph alone would not say, each with what it is: the ruling, conditions, limits, what was not
    /// read.
    fn beside(&self, notes: &[Note]) -> Vec<(&'static str, String)> {
        let mut told = Vec::new();
        if let Answer::Proof(proof) = &self.answer {
            let ruling = format!(
                "{}: nobody but those allowed reaches {} on {}",
                proof.ruling.name(),
                proof.destination,
                proof.ports
            );
            told.push(("ruling", ruling));
            let conditions = proof.conditions.iter();
            told.extend(conditions.map(|one| ("condition", one.text.clone())));
        }
        told.extend(self.limits().iter().map(|one| ("limit", told_reason(one))));
        let unread = notes.iter().filter(|note| note.is_failure());
        told.extend(unread.map(|note| ("unread", format!("{}{}", place_of(note), note.message))));
        told
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
    let open = paths.iter().filter(|path| path.is_surely_open());
    let perhaps = paths
        .iter()
        .filter(|path| !path.is_surely_open() && !path.is_closed());
    let closed: Vec<&Path> = paths.iter().filter(|path| path.is_closed()).collect();
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
    let closed = if path.is_closed() { " (closed)" } else { "" };
    paint.line(&format!("  {}{closed}", line(path)));
    reasons(paint, &path.reasons);
    if let Some(crossing) = &path.crossing {
        paint.line(&format!("    mesh: {}", crossed(crossing)));
        reasons(paint, &crossing.reasons);
    }
}

fn crossed(crossing: &Crossing) -> String {
    let identity = match (&crossing.identity, crossing.wire) {
        (None, _) | (_, Wire::Plaintext) => String::new(),
        (Some(identity), _) => format!(" as {identity}"),
    };
    let wire = match crossing.wire {
        Wire::Mtls => "mTLS alone",
        Wire::Plaintext => "plaintext alone",
        Wire::Either => "mTLS or plaintext",
        Wire::Depends => "mTLS, or plaintext too,",
    };
    let admission = match crossing.admission {
        Admission::Admitted => "admitted",
        Admission::Refused => "refused",
        Admission::Depends => "admitted or refused, which is not decided",
    };
    format!("over {wire}{identity}: {admission}")
}

/// The same without what is each caller's own.
fn crossed_by_all(crossing: &Crossing) -> String {
    let crossing = Crossing {
        identity: None,
        ..crossing.clone()
    };
    crossed(&crossing)
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
        let mut argument: Vec<String> = path.reasons.iter().map(told_reason).collect();
        if let Some(crossing) = path.crossing.as_ref().filter(|_| !path.may.is_empty()) {
            let decides = |reason: &&Reason| !reason.text.contains(", the client sends ");
            let reasons = crossing.reasons.iter().filter(decides);
            argument.push(format!("mesh: {}", crossed_by_all(crossing)));
            argument.extend(reasons.map(told_reason));
        }
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
        "world": null,
        "source": party_json(&path.source),
        "destination": party_json(&path.destination),
        "surely": ports_json(&path.surely),
        "may": ports_json(&path.may),
        "mesh": path.crossing.as_ref().map(|crossing| json!({
            "wire": crossing.wire.name(),
            "admission": crossing.admission.name(),
            "identity": crossing.identity,
            "accounts": crossing.accounts,
            "sent_is_taken": crossing.works.map(|works| match works {
                Works::Yes => "yes",
                Works::No => "no",
                Works::Depends => "depends",
            }),
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
