//! `countersign lint mtls`.

use std::path::PathBuf;

use clap::Args as ClapArgs;
use serde_json::{Value, json};

use super::facts::{self, Facts};
use crate::cli::args::Format;
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::cli::exit::ExitCode;
use crate::cli::outcome::{Body, Outcome, View};
use crate::cli::paint::{Paint, Tone};
use crate::kernel::crypto::sha256;
use crate::kernel::record::{Decision, Verdict as Recorded};
use crate::lint::clients::Sender;
use crate::lint::{self, Link, MtlsReport, PortMtls, Verdict, WorkloadMtls};

/// Show the mTLS mode that really holds for each workload and port
///
/// Strict, not strict, or dependent on what the input lacks, which is named, in Istio's mesh, Linkerd's and Consul's: a
/// mode that no proxy enforces does not count. The chain of policies that decides is shown with its lines, absent policies included; then the clients that send
/// something else than mTLS, and why. What is unknown can be said with --assume.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign lint mtls deploy/
  countersign lint mtls --namespace production --assume mesh-mtls=strict deploy/

Exit codes: 0 everything is strict, 1 something is not, 2 it depends on what the input lacks, 3 no workload in the input")]
pub(super) struct Args {
    /// Files, folders, or `-`
    #[arg(value_name = "PATH", default_value = ".")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    facts: Facts,
    /// Only the workloads of this namespace
    #[arg(short, long, value_name = "NAMESPACE")]
    namespace: Option<String>,
    /// A workload, or all of a namespace, that is meant to be as it is: it is shown and does not count; may be repeated
    #[arg(long, value_name = "NS/WORKLOAD|NS/*")]
    exclude: Vec<String>,
    /// Exit with 0 although something is not strict
    #[arg(long)]
    exit_zero: bool,
}

struct Modes(MtlsReport);

/// Runs the verb.
pub(super) fn run(env: &Env, args: &Args) -> Result<Outcome, Failure> {
    let options = args.facts.options(env)?;
    let (sources, unread) = facts::sources(env, &args.paths)?;
    let mut report = lint::mtls(&sources, &options, args.namespace.as_deref());
    report.notes.splice(0..0, unread);
    if report.workloads.is_empty() && report.resources == 0 {
        return Err(facts::nothing(sources.len(), &report.notes));
    }
    for note in report.notes.iter().filter(|note| note.is_failure()) {
        let place = note.location.as_ref().map_or_else(String::new, |place| {
            let position = place.source.position(place.span.start);
            format!("{}:{position}: ", place.source.name())
        });
        env.warn(&format!("{place}{}", note.message));
    }
    if report.workloads.is_empty() {
        if let Some(unread) = facts::unread(&report.notes, false) {
            return Err(Failure::input(format!(
                "no workload could be judged: {unread}"
            )));
        }
        let what = match &args.namespace {
            Some(namespace) => format!("namespace `{namespace}` has no workload in the input"),
            None => "the input holds no workload".to_owned(),
        };
        return Err(Failure::new(Kind::Nothing, what));
    }
    exclude(&mut report.workloads, &args.exclude)?;
    let unread = report
        .notes
        .iter()
        .any(crate::kernel::report::Note::is_failure);
    let counted = report.workloads.iter().filter(|one| one.left_out.is_none());
    if counted.clone().next().is_none() {
        return Err(Failure::new(
            Kind::Nothing,
            "every workload of the input is left out: nothing is left to judge",
        ));
    }
    let has = |verdict| counted.clone().any(|one| one.verdict == verdict);
    let decision = match (has(Verdict::NotStrict), has(Verdict::Depends) || unread) {
        (true, _) => Decision::No,
        (false, true) => Decision::Unknown,
        (false, false) => Decision::Yes,
    };
    let exit = match decision {
        Decision::No if !args.exit_zero => ExitCode::No,
        Decision::Unknown => ExitCode::CannotAnswer,
        _ => ExitCode::Yes,
    };
    let paths: Vec<_> = args
        .paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    let digests: Vec<u8> = sources
        .iter()
        .flat_map(|source| sha256(source.bytes()))
        .collect();
    let mut verdict = Recorded::new("lint mtls", paths.join(" "), &digests);
    verdict.decision = decision;
    verdict.reasons = match decision {
        Decision::No => vec!["mtls-not-strict".to_owned()],
        _ => Vec::new(),
    };
    let view = Modes(report);
    if env.global.format.or(env.settings.format()) == Some(Format::Markdown) {
        let mut outcome = Outcome::done(Body::Bytes(view.markdown().into_bytes()));
        outcome.exit = exit;
        outcome.verdicts.push(verdict);
        return Ok(outcome);
    }
    Ok(Outcome::verdict(exit, view, verdict))
}

/// Leaves workloads out that are meant to be as they are. A name that none has is a mistake: it would leave out nothing.
fn exclude(workloads: &mut [WorkloadMtls], names: &[String]) -> Result<(), Failure> {
    for name in names {
        let Some((namespace, wanted)) = name.split_once('/') else {
            return Err(Failure::usage(format!(
                "`{name}` is no workload: write NS/WORKLOAD or NS/*"
            )));
        };
        let is_meant = |one: &&mut WorkloadMtls| {
            one.namespace == namespace && (wanted == "*" || one.name == wanted)
        };
        let mut meant = workloads.iter_mut().filter(is_meant).peekable();
        if meant.peek().is_none() {
            return Err(Failure::input(format!(
                "no workload of the input is called `{name}`"
            )));
        }
        for one in meant {
            one.left_out
                .get_or_insert_with(|| format!("by `--exclude {name}`"));
        }
    }
    Ok(())
}

fn word(verdict: Verdict) -> (&'static str, Tone) {
    match verdict {
        Verdict::Strict => ("strict", Tone::Good),
        Verdict::NotStrict => ("not strict", Tone::Bad),
        Verdict::Depends => ("depends", Tone::Warn),
    }
}

/// Why a port is as it is: what bypasses the proxy, what is not known, else the modes.
fn why(port: &PortMtls) -> String {
    if let Some(bypass) = &port.bypass {
        return format!("plaintext passes: {bypass}");
    }
    if port.verdict == Verdict::Depends && !port.depends_on.is_empty() {
        return format!("on {}", port.depends_on.join("; "));
    }
    port.modes.join(" or ")
}

fn name(port: &PortMtls) -> String {
    port.port
        .map_or_else(|| "other ports".to_owned(), |port| format!("port {port}"))
}

fn place(link: &Link) -> String {
    let place = link.place.as_ref();
    place.map_or_else(String::new, |(file, line)| format!(" ({file}:{line})"))
}

impl Modes {
    fn count(&self, verdict: Verdict) -> usize {
        self.0
            .workloads
            .iter()
            .filter(|one| one.verdict == verdict && one.left_out.is_none())
            .count()
    }

    fn summary(&self) -> String {
        let counted = format!(
            "{} strict, {} not strict, {} dependent on what the input lacks",
            self.count(Verdict::Strict),
            self.count(Verdict::NotStrict),
            self.count(Verdict::Depends)
        );
        let left_out = self.0.workloads.iter().filter(|one| one.left_out.is_some());
        let counted = match left_out.count() {
            0 => counted,
            some => format!("{counted}; {some} left out"),
        };
        match self.0.notes.iter().filter(|note| note.is_failure()).count() {
            0 => counted,
            1 => format!("{counted}; 1 part of the input was not judged"),
            many => format!("{counted}; {many} parts of the input were not judged"),
        }
    }

    fn markdown(&self) -> String {
        let cell = |text: &str| {
            let text: String = text.chars().filter(|c| !c.is_control()).collect();
            text.replace('|', "\\|")
                .replace('<', "&lt;")
                .replace('`', "'")
        };
        let mut page = format!(
            "### Effective mTLS: {}\n\n| workload | port | mTLS | why |\n|---|---|---|---|\n",
            self.summary()
        );
        for workload in &self.0.workloads {
            for port in &workload.ports {
                page.push_str(&format!(
                    "| {} | {} | {} | {} |\n",
                    cell(&format!("{}{}", within(&workload.world), workload.subject)),
                    name(port),
                    word(port.verdict).0,
                    cell(&why(port))
                ));
            }
        }
        if !self.0.clients.is_empty() {
            page.push_str(
                "\n| clients | send | to | and it is taken | why |\n|---|---|---|---|---|\n",
            );
        }
        for sender in &self.0.clients {
            page.push_str(&format!(
                "| {} | {} | {} | {} | {} |\n",
                cell(&format!(
                    "{}{}",
                    within(&sender.world),
                    some(&sender.clients)
                )),
                sender.sends,
                cell(sender.service.as_deref().unwrap_or("every Service")),
                sender.taken.unwrap_or(""),
                cell(&sender.because.join("; "))
            ));
        }
        page
    }

    /// Who sends something else than mTLS, whatever the servers ask.
    fn clients(&self, paint: &mut Paint) {
        if self.0.clients.is_empty() {
            return;
        }
        paint.toned(Tone::Warn, "clients that send something else than mTLS", "");
        for sender in &self.0.clients {
            let fate = match sender.taken {
                Some("yes") => ", and it is taken",
                Some("no") => ", which is refused: the connection fails",
                Some(_) => ", and whether it is taken is not settled",
                None => "",
            };
            let to = match (&sender.service, &sender.server) {
                (Some(service), Some(server)) => format!("to Service {service} ({server})"),
                _ => "to every Service".to_owned(),
            };
            paint.line(&format!(
                "  {}{}: {} {to}{fate}",
                within(&sender.world),
                some(&sender.clients),
                sender.sends
            ));
            let place = sender.place.as_ref();
            let place = place.map_or_else(String::new, |(file, line)| format!(" ({file}:{line})"));
            paint.line(&format!("    because {}{place}", sender.because.join("; ")));
        }
        paint.gap();
    }
}

/// A world before what is said of it.
fn within(world: &Option<String>) -> String {
    world
        .as_ref()
        .map_or_else(String::new, |world| format!("{world}: "))
}

/// The first few names, and how many more.
fn some(names: &[String]) -> String {
    match names {
        [first, second, third, _, ..] => {
            format!("{first}, {second}, {third} and {} more", names.len() - 3)
        }
        few => few.join(", "),
    }
}

impl View for Modes {
    fn human(&self, paint: &mut Paint) {
        for workload in &self.0.workloads {
            let (verdict, tone) = word(workload.verdict);
            let rest = format!(
                ": {}{} ({})",
                within(&workload.world),
                workload.subject,
                workload.place
            );
            paint.toned(tone, verdict, &rest);
            let width = workload
                .ports
                .iter()
                .map(|port| name(port).len())
                .max()
                .unwrap_or(0);
            for port in &workload.ports {
                let (verdict, tone) = word(port.verdict);
                let head = format!("  {:<width$}  ", name(port));
                let verdict = paint.tone(tone, verdict);
                paint.raw(&format!("{head}{verdict}: "));
                paint.line(&why(port));
            }
            if let Some(why) = &workload.left_out {
                paint.line(&format!("  left out: {why}"));
            }
            for (index, link) in workload.chain.iter().enumerate() {
                let head = if index == 0 { "because" } else { "" };
                paint.line(&format!("  {head:<8} {}{}", link.text, place(link)));
            }
            paint.gap();
        }
        self.clients(paint);
        paint.line(&self.summary());
    }

    fn json(&self) -> Value {
        let workloads: Vec<Value> = self.0.workloads.iter().map(workload_json).collect();
        json!({
            "schema": "countersign/mtls/v1",
            "workloads": workloads,
            "clients": self.0.clients.iter().map(sender_json).collect::<Vec<_>>(),
            "strict": self.count(Verdict::Strict),
            "not_strict": self.count(Verdict::NotStrict),
            "depends": self.count(Verdict::Depends),
            "unread": self.0.notes.iter().filter(|note| note.is_failure()).count(),
        })
    }
}

fn code(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Strict => "strict",
        Verdict::NotStrict => "not-strict",
        Verdict::Depends => "depends",
    }
}

fn sender_json(sender: &Sender) -> Value {
    json!({
        "world": sender.world,
        "clients": sender.clients,
        "service": sender.service,
        "server": sender.server,
        "sends": sender.sends,
        "taken": sender.taken,
        "because": sender.because,
        "file": sender.place.as_ref().map(|(file, _)| file),
        "line": sender.place.as_ref().map(|(_, line)| line),
    })
}

fn workload_json(workload: &WorkloadMtls) -> Value {
    let ports = workload.ports.iter().map(|port| {
        json!({
            "port": port.port,
            "verdict": code(port.verdict),
            "modes": port.modes,
            "bypass": port.bypass,
            "depends_on": port.depends_on,
        })
    });
    let chain = workload.chain.iter().map(|link| {
        json!({
            "text": link.text,
            "policy": link.policy,
            "mode": link.mode,
            "file": link.place.as_ref().map(|(file, _)| file),
            "line": link.place.as_ref().map(|(_, line)| line),
        })
    });
    json!({
        "world": workload.world,
        "workload": workload.subject,
        "namespace": workload.namespace,
        "name": workload.name,
        "place": workload.place,
        "proxy": workload.membership,
        "verdict": code(workload.verdict),
        "left_out": workload.left_out,
        "ports": ports.collect::<Vec<_>>(),
        "because": chain.collect::<Vec<_>>(),
    })
}
