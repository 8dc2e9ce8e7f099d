//! The effective mTLS of every workload and port, with the chain of policies that decides it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::clients::{self, Sender};
use super::effective_mtls::{self, Mode, Step, Verdict};
use super::injection::{Membership, assumed_revision, membership};
use super::interception::{is_gateway, is_proxys_own};
use super::meshes::{self, Meshes, Part};
use super::model::kubernetes::{self, Workload};
use super::model::{Model, Resource};
use super::transport::OnPort;
use super::{Options, documents, embedded, index, rewriting, worlds};
use crate::kernel::arrange::Arrange as _;
use crate::kernel::finding::Location;
use crate::kernel::report::Note;
use crate::kernel::source::Source;

/// What `lint mtls` tells.
#[derive(Debug, Default)]
pub struct MtlsReport {
    /// The workloads, by namespace and name.
    pub workloads: Vec<WorkloadMtls>,
    /// Clients that send something else than mTLS.
    pub clients: Vec<Sender>,
    /// What could not be read.
    pub notes: Vec<Note>,
    /// How many resources there are at all.
    pub resources: usize,
}

/// A workload's mTLS.
#[derive(Debug)]
pub struct WorkloadMtls {
    /// The world it is in, where the inputs hold several.
    pub world: Option<String>,
    /// `Deployment production/payment-service`.
    pub subject: String,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// `file.yaml:12`.
    pub place: String,
    /// `sidecar`, `ambient`, `linkerd`, `consul`, `none`, or `unknown`.
    pub membership: &'static str,
    /// The strictness of the whole workload: strict only if every port is.
    pub verdict: Verdict,
    /// The ports; the first entry, without a number, is every other port.
    pub ports: Vec<PortMtls>,
    /// Why: the policies from the mesh down, absent ones included.
    pub chain: Vec<Link>,
    /// Why it does not count, where it does not.
    pub left_out: Option<String>,
}

impl WorkloadMtls {
    /// What was certain hangs on this.
    fn doubt(&mut self, why: &str) {
        for port in &mut self.ports {
            if port.verdict == Verdict::Strict {
                port.verdict = Verdict::Depends;
                port.depends_on.push(why.to_owned());
            }
        }
        if self.verdict == Verdict::Strict {
            self.verdict = Verdict::Depends;
        }
    }
}

/// A port's mTLS.
#[derive(Debug)]
pub struct PortMtls {
    /// The port; none for every other port.
    pub port: Option<u16>,
    /// Whether only mTLS is accepted.
    pub verdict: Verdict,
    /// The possible modes by policy.
    pub modes: Vec<&'static str>,
    /// Why no mode holds there, where none does.
    pub bypass: Option<String>,
    /// What is not known, where the verdict depends on it.
    pub depends_on: Vec<String>,
}

/// A step of the chain.
#[derive(Debug)]
pub struct Link {
    /// What it says.
    pub text: String,
    /// The policy.
    pub policy: Option<String>,
    /// The mode that it sets.
    pub mode: Option<&'static str>,
    /// Its file and line.
    pub place: Option<(String, usize)>,
}

/// Computes the mTLS of every workload in the inputs; of one namespace where it is given. Worlds are judged each on its
/// own.
pub fn mtls(inputs: &[Arc<Source>], options: &Options, namespace: Option<&str>) -> MtlsReport {
    let mut report = MtlsReport::default();
    report.notes.extend(worlds::doubts(inputs, &options.base));
    for world in worlds::split(inputs, &options.base) {
        let mut one = in_one_world(&world.sources, options, namespace);
        for workload in &mut one.workloads {
            workload.world.clone_from(&world.name);
        }
        for sender in &mut one.clients {
            sender.world.clone_from(&world.name);
        }
        report.workloads.extend(one.workloads);
        report.clients.extend(one.clients);
        report.resources += one.resources;
        for note in one.notes {
            let is_same = |known: &Note| known.code == note.code && known.message == note.message;
            if !report.notes.iter().any(is_same) {
                report.notes.push(note);
            }
        }
    }
    report
}

fn in_one_world(inputs: &[Arc<Source>], options: &Options, namespace: Option<&str>) -> MtlsReport {
    let documents = documents::read(inputs);
    let model = index::build(&documents, options);
    let wanted = |workload: &&Workload<'_>| {
        namespace.is_none_or(|namespace| namespace == workload.resource.namespace)
    };
    let meshes = Meshes::new(&model);
    let workloads = model.workloads.iter().filter(wanted);
    let mut workloads: Vec<_> = workloads
        .map(|one| of_workload(&model, &meshes, one))
        .collect();
    let mut makers: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for one in &mut workloads {
        let of_namespace = makers.entry(one.namespace.clone()).or_insert_with(|| {
            let found = rewriting::makers(&model, &one.namespace).into_iter();
            found.map(|reason| reason.text).collect()
        });
        if let Some(maker) = of_namespace.first() {
            one.doubt(maker);
        }
    }
    let rewriters = rewriting::rewriters(&model).into_iter();
    let mut rewriters = rewriters.chain(embedded::limits_of_mesh(&model));
    if let Some(rewriter) = rewriters.next() {
        workloads
            .iter_mut()
            .for_each(|one| one.doubt(&rewriter.text));
    }
    workloads.arrange_by(|a, b| {
        let key =
            |one: &WorkloadMtls| (one.namespace.clone(), one.name.clone(), one.subject.clone());
        key(a).cmp(&key(b))
    });
    let resources = model.resources.len();
    let overlooked = overlooked(&model);
    let mut clients = clients::senders(&model);
    clients.retain(|one| namespace.is_none_or(|namespace| one.concerns(namespace)));
    let mut notes = model.notes;
    notes.extend(overlooked);
    notes.splice(0..0, documents.notes);
    MtlsReport {
        workloads,
        clients,
        notes,
        resources,
    }
}

/// What a verdict on every workload must not pass over: objects that lost their indentation, and kinds that run pods or
/// set modes but are not known here.
fn overlooked(model: &Model<'_>) -> Vec<Note> {
    let note = |message: String, source: &Arc<Source>, span| Note {
        code: "invalid-resource",
        message,
        location: Some(Location {
            source: Arc::clone(source),
            span,
            label: String::new(),
        }),
    };
    let lost = model.indentation_lost.iter().map(|lost| {
        let message = format!("this {} was not judged: it lost its indentation", lost.kind);
        note(message, &lost.document.source, lost.emptied)
    });
    let unknown = model.resources.iter().filter_map(|resource| {
        let what = if runs_unknown_pods(resource) {
            "this program does not read the pods of this kind"
        } else {
            return None;
        };
        let message = format!("{} was not judged: {what}", resource.subject());
        Some(note(message, resource.source(), resource.name_span))
    });
    let assumed = model.options.assume_mesh_mtls;
    let contradicted = model
        .peer_authentications_in(&model.options.root_namespace)
        .filter(|(_, policy)| policy.is_wide())
        .filter_map(|(_, policy)| {
            let (written, span) = policy.mode?;
            let assumed = assumed.filter(|assumed| *assumed != written)?;
            let message = format!(
                "{} sets the mesh's mode to {}, so that the assumption of {} has no effect",
                policy.resource.subject(),
                written.name(),
                assumed.name()
            );
            Some(Note {
                code: "invalid-assumption",
                ..note(message, policy.resource.source(), span)
            })
        });
    lost.chain(unknown).chain(contradicted).collect()
}

/// Whether an object has a pod template, or is a virtual machine, of a kind that is not read.
fn runs_unknown_pods(resource: &Resource<'_>) -> bool {
    let has_template = resource
        .at(&["spec", "template", "spec"])
        .is_some_and(|spec| spec.get("containers").is_some() || spec.get("domain").is_some());
    let is_machine =
        resource.group == "kubevirt.io" && resource.kind.starts_with("VirtualMachineInstance");
    (has_template || is_machine) && !kubernetes::runs_pods(resource)
}

fn of_workload(
    model: &Model<'_>,
    meshes: &Meshes<'_, '_>,
    workload: &Workload<'_>,
) -> WorkloadMtls {
    let resource = &workload.resource;
    let asked = meshes.asked(workload);
    let numbers = meshes.ports(workload).into_iter().map(Some);
    let rest = std::iter::once(None);
    let ports: Vec<_> = rest
        .chain(numbers)
        .map(|port| port_mtls(port, meshes.on_port(workload, port)))
        .collect();
    // What the proxy serves of its own is listed, and says nothing about the application.
    let has_sidecar = membership(model, workload) == Membership::Sidecar;
    let is_own = |port: &&PortMtls| has_sidecar && port.port.is_some_and(is_proxys_own);
    let verdict = ports
        .iter()
        .filter(|port| !is_own(port))
        .map(|port| port.verdict)
        .fold(Verdict::Strict, worse);
    let left_out = (has_sidecar && is_gateway(workload)).then(|| {
        "a gateway: it listens for the servers of its Gateways, each with its own TLS".to_owned()
    });
    let line = resource.source().position(resource.name_span.start).line;
    WorkloadMtls {
        world: None,
        subject: resource.subject(),
        namespace: resource.namespace.to_owned(),
        name: resource.name.to_owned(),
        place: format!("{}:{line}", resource.source().name()),
        membership: match (asked, membership(model, workload)) {
            (None, _) => "unknown",
            (Some(meshes::Name::Linkerd), _) => match meshes.linkerd().part(workload) {
                Part::In => "linkerd",
                Part::Out(_) => "none",
                Part::Perhaps(_) => "unknown",
            },
            (Some(meshes::Name::Consul), _) => match meshes.consul().part(workload) {
                Part::In => "consul",
                Part::Out(_) => "none",
                Part::Perhaps(_) => "unknown",
            },
            (_, Membership::Sidecar) => "sidecar",
            (_, Membership::Ambient) => "ambient",
            (_, Membership::Outside(_)) => "none",
            (_, Membership::Unknown(_)) => "unknown",
        },
        verdict,
        ports,
        chain: match asked {
            Some(meshes::Name::Linkerd) => meshes.linkerd().chain(workload),
            Some(meshes::Name::Consul) => meshes.consul().chain(workload),
            _ => chain(model, workload),
        },
        left_out,
    }
}

fn worse(one: Verdict, other: Verdict) -> Verdict {
    match (one, other) {
        (Verdict::NotStrict, _) | (_, Verdict::NotStrict) => Verdict::NotStrict,
        (Verdict::Depends, _) | (_, Verdict::Depends) => Verdict::Depends,
        _ => Verdict::Strict,
    }
}

fn port_mtls(port: Option<u16>, judged: OnPort) -> PortMtls {
    PortMtls {
        port,
        verdict: judged.verdict,
        modes: judged.modes.modes().map(Mode::name).collect(),
        bypass: judged.bypass,
        depends_on: judged.doubts,
    }
}

/// The steps with their places. A policy for single ports says so.
fn chain(model: &Model<'_>, workload: &Workload<'_>) -> Vec<Link> {
    let effective = effective_mtls::of_workload(model, workload);
    let texts = effective.evidence(model);
    let mut links: Vec<Link> = effective
        .steps
        .iter()
        .zip(texts)
        .map(|(step, text)| match step {
            Step::Sets(index, _) | Step::Inherits(index) => {
                let policy = model.peer_authentications.get(*index);
                let place = policy.map(|policy| {
                    let source = policy.resource.source();
                    let span = policy
                        .mode
                        .map_or(policy.resource.name_span, |(_, span)| span);
                    (source.name().to_owned(), source.position(span.start).line)
                });
                Link {
                    text,
                    policy: policy.map(|policy| policy.resource.subject()),
                    mode: policy
                        .and_then(|policy| policy.mode)
                        .map(|(mode, _)| mode.name()),
                    place,
                }
            }
            Step::Assumed(mode) => absent(text, Some(mode.name())),
            Step::Absent(_) | Step::Unseen(_) => absent(text, None),
        })
        .collect();
    let mut own = false;
    for (_, policy) in model.peer_authentications_in(workload.resource.namespace) {
        if !policy.selects(workload) {
            continue;
        }
        if policy.is_ignored(model) {
            links.push(absent(
                format!(
                    "{} is not read: a policy with a selector has no effect in the root namespace",
                    policy.resource.subject()
                ),
                None,
            ));
            continue;
        }
        own = true;
        for entry in &policy.ports {
            let mode = entry.mode.map(Mode::name);
            let source = policy.resource.source();
            links.push(Link {
                text: format!(
                    "{} sets port {} to {}",
                    policy.resource.subject(),
                    entry.port,
                    mode.unwrap_or("UNSET")
                ),
                policy: Some(policy.resource.subject()),
                mode,
                place: Some((
                    source.name().to_owned(),
                    source.position(entry.span.start).line,
                )),
            });
        }
    }
    if let Some(revision) = assumed_revision(model, workload)
        && membership(model, workload) == Membership::Sidecar
    {
        let text = format!("assumed: revision `{revision}` of the mesh exists and injects");
        links.push(absent(text, None));
    }
    if !own {
        links.push(absent(
            "no PeerAuthentication selects this workload".to_owned(),
            None,
        ));
    }
    links
}

fn absent(text: String, mode: Option<&'static str>) -> Link {
    Link {
        text,
        policy: None,
        mode,
        place: None,
    }
}

#[cfg(test)]
mod tests;
