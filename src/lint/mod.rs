//! Kubernetes and mesh manifests: what they really enforce, proven by file and line.
//!
//! [`lint`] is a pure function of its inputs: it reads every document it can, builds one [`model::Model`] of the
//! cluster they describe, and runs every rule of [`rules::ALL`] over it. What the input lacks is never guessed: a
//! mode that depends on an unseen mesh policy is reported as such, with lower confidence.
//!
//! ```
//! use countersign::{kernel::source::Source, lint};
//!
//! let manifest = "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\n\
//!                 metadata: {name: default, namespace: staging}\nspec: {mtls: {mode: PERMISSIVE}}\n";
//! let source = Source::new("staging.yaml", manifest.into()).unwrap();
//! let outcome = lint::lint(&[source], &lint::Options::default());
//! assert_eq!(outcome.findings[0].rule.id, "peer-authentication-permissive");
//! ```

use std::path::PathBuf;
use std::sync::Arc;

use crate::kernel::finding::{self, Finding};
use crate::kernel::parallel;
use crate::kernel::report::Note;
use crate::kernel::source::{Source, Span};
use crate::kernel::time::Timestamp;

mod affected;
pub mod assertions;
pub mod authorization;
pub mod cidr;
pub mod clients;
pub mod consul;
pub mod documents;
pub mod effective_mtls;
mod embedded;
pub mod exposure_diff;
pub mod fix;
pub mod generate;
mod given;
pub mod index;
pub mod injection;
mod interception;
pub mod joint;
mod kustomize;
pub mod linkerd;
mod mesh_facts;
pub mod meshes;
pub mod model;
mod mtls_report;
mod offers;
pub mod ports;
pub mod reachability;
pub mod rendered;
mod rewriting;
pub mod rules;
mod scope;
pub mod selector;
pub mod transport;
pub mod wiring;
mod wording;
pub mod worlds;

pub use effective_mtls::{Mode, Verdict};
pub use mtls_report::{Link, MtlsReport, PortMtls, WorkloadMtls, mtls};

/// What the input cannot say and the caller knows.
#[derive(Debug, Clone)]
pub struct Options {
    /// The mesh's root namespace, where mesh-wide policies live.
    pub root_namespace: String,
    /// The mesh-wide mode, where no mesh-wide PeerAuthentication is in the input.
    pub assume_mesh_mtls: Option<Mode>,
    /// The default inbound policy of Linkerd's control plane, where the input does not hold that.
    pub assume_linkerd_default: Option<model::linkerd::Access>,
    /// What the default policy of Consul's ACLs does, which no manifest holds.
    pub assume_consul_default: Option<model::consul::Action>,
    /// Whether the input is all there is.
    pub closed_world: bool,
    /// The moment of the run, for what expires; None looks at no clock.
    pub now: Option<Timestamp>,
    /// The folder that relative names of inputs are below, for telling worlds apart.
    pub base: PathBuf,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            root_namespace: "istio-system".to_owned(),
            assume_mesh_mtls: None,
            assume_linkerd_default: None,
            assume_consul_default: None,
            closed_world: false,
            now: None,
            base: PathBuf::new(),
        }
    }
}

/// What a run came to.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The findings, sorted.
    pub findings: Vec<Finding>,
    /// What could not be read or judged, located where it can be.
    pub notes: Vec<Note>,
    /// What was looked at, in the order to print.
    pub counts: Vec<(&'static str, usize)>,
    /// The comments of every document read, for suppressions.
    pub comments: Vec<(Arc<Source>, Span)>,
}

impl Outcome {
    /// How many Kubernetes resources were judged. A gate must not pass on none.
    pub fn resources(&self) -> usize {
        self.count("resources")
    }

    fn count(&self, name: &str) -> usize {
        self.counts
            .iter()
            .find(|(counted, _)| *counted == name)
            .map_or(0, |(_, count)| *count)
    }
}

/// So many documents take as long to free as a thread takes to start, many times over.
const MANY_DOCUMENTS: usize = 1_000;

/// With how many resources the rules are shared among the processors.
const FEW_RESOURCES: usize = 500;

/// Reads the inputs and runs every rule. Worlds are judged each on its own.
pub fn lint(inputs: &[Arc<Source>], options: &Options) -> Outcome {
    let worlds = worlds::split(inputs, &options.base);
    let mut outcome = in_one_world(inputs, options, worlds.len() == 1);
    if worlds.len() > 1 {
        outcome.notes.clear();
        outcome.notes.extend(worlds::doubts(inputs, &options.base));
        let judged: Vec<_> = worlds
            .iter()
            .map(|world| (world, in_one_world(&world.sources, options, true)))
            .collect();
        together(&judged, &mut outcome);
    }
    finding::sort(&mut outcome.findings);
    outcome
}

/// What was found in each world; what is found in some of the worlds that share a file says in which.
fn together(judged: &[(&worlds::World, Outcome)], outcome: &mut Outcome) {
    let place = |finding: &Finding| {
        let primary = finding.primary.as_ref();
        primary.map(|place| (place.source.name().to_owned(), place.span))
    };
    let mut found: Vec<(Finding, Vec<&str>)> = Vec::new();
    let mut known: std::collections::HashMap<_, usize> = std::collections::HashMap::new();
    for (world, of_world) in judged {
        for finding in &of_world.findings {
            let key = (finding.rule.id, finding.message.clone(), place(finding));
            let index = *known.entry(key).or_insert_with(|| {
                found.push((finding.clone(), Vec::new()));
                found.len() - 1
            });
            if let Some((_, worlds)) = found.get_mut(index) {
                worlds.extend(world.name.as_deref());
            }
        }
        for note in &of_world.notes {
            let is_same = |known: &Note| known.code == note.code && known.message == note.message;
            if !outcome.notes.iter().any(is_same) {
                outcome.notes.push(note.clone());
            }
        }
    }
    for (mut finding, worlds) in found {
        let name = finding.primary.as_ref().map(|place| place.source.name());
        let holds = |world: &worlds::World| {
            let mut sources = world.sources.iter();
            sources.any(|source| Some(source.name()) == name)
        };
        let shared = judged.iter().filter(|(world, _)| holds(world)).count();
        if worlds.len() < shared {
            finding.message = format!("{} (in {})", finding.message, worlds.join(", "));
        }
        outcome.findings.push(finding);
    }
}

fn in_one_world(inputs: &[Arc<Source>], options: &Options, is_whole: bool) -> Outcome {
    let documents = documents::read(inputs);
    let mut model = index::build(&documents, options);
    let checks = if is_whole { rules::ALL } else { &[] };
    // A thread costs more than the rules take for a few files.
    let together = match model.resources.len() {
        ..FEW_RESOURCES => checks.len(),
        _ => 1,
    };
    let findings = parallel::by_parts(checks, together, |checks| {
        let mut findings = Vec::new();
        for check in checks {
            (check.run)(&model, &mut findings);
        }
        findings
    });
    let mut findings: Vec<Finding> = findings.into_iter().flatten().collect();
    scope::widths(&model, &mut findings);
    let counts = vec![
        ("files", inputs.len()),
        ("documents", documents.read.len()),
        ("resources", model.resources.len()),
        ("workloads", model.workloads.len()),
        ("unread documents", documents.unread),
    ];
    let comments = documents
        .read
        .iter()
        .flat_map(|document| {
            let source = &document.source;
            document
                .comments
                .iter()
                .map(|span| (Arc::clone(source), *span))
        })
        .collect();
    let mut notes = documents.notes.clone();
    notes.append(&mut model.notes);
    drop(model);
    if documents.read.len() > MANY_DOCUMENTS {
        parallel::free_beside(documents);
    }
    Outcome {
        findings,
        notes,
        counts,
        comments,
    }
}

#[cfg(test)]
mod tests;
