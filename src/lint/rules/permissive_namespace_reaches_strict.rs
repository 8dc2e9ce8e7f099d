//! A namespace that accepts plaintext and has a way into workloads that require mTLS.
//!
//! The classic: permissive mode left on in staging, whose data pipeline reads production's database. Whoever gets
//! into the soft namespace in plaintext stands inside the hard one's perimeter with the pipeline's identity.

use std::collections::{BTreeMap, BTreeSet};

use crate::kernel::document::{Node, Value};
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::kernel::source::Span;
use crate::lint::affected;
use crate::lint::effective_mtls::{Effective, Verdict};
use crate::lint::injection::{Membership, membership};
use crate::lint::model::kubernetes::Workload;
use crate::lint::model::network_policy::{Direction, NetworkPolicy, Peer};
use crate::lint::model::{Labels, Model};
use crate::lint::reachability::{Assumptions, Reachability};

pub(super) static RULE: Rule = Rule {
    id: "permissive-namespace-reaches-strict",
    title: "a workload that accepts plaintext has a way into a namespace that requires mTLS",
    severity: Severity::High,
    confidence: Confidence::Medium,
    page: page!("permissive_namespace_reaches_strict.md"),
};

/// A way in: the workload it leads to, and the peer that lets the soft workload in.
struct Admission<'m, 'a> {
    target: &'m Workload<'a>,
    policy: &'m NetworkPolicy<'a>,
    peer: Span,
}

/// A namespace with workloads that accept plaintext.
struct Soft<'m, 'a> {
    labels: Labels<'a>,
    workloads: Vec<(usize, &'m Workload<'a>)>,
}

/// The ways in, by the soft workload (its place in the model).
type Admissions<'m, 'a> = BTreeMap<usize, Vec<Admission<'m, 'a>>>;

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    if !model.shows_mesh {
        return;
    }
    let hard: BTreeSet<&str> = model
        .effective()
        .filter(|(workload, effective)| is_hard(model, workload, effective))
        .map(|(workload, _)| workload.resource.namespace)
        .collect();
    if hard.is_empty() {
        return;
    }
    let mut admissions = admissions(model);
    let mut told = BTreeSet::new();
    for (index, (workload, effective)) in model.effective().enumerate() {
        if effective.whole_verdict() == Verdict::NotStrict {
            let admitted = admissions.remove(&index).unwrap_or_default();
            if let Some(finding) = finding(model, (workload, effective), &admitted, &hard) {
                found.push(finding);
                told.insert(workload.resource.namespace);
            }
        }
    }
    unhindered(model, &told, found);
}

/// Namespaces that accept plaintext and that nothing keeps out of one that requires mTLS, although nothing lets them in
/// by name.
fn unhindered(model: &Model<'_>, told: &BTreeSet<&str>, found: &mut Vec<Finding>) {
    let mut soft: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut hard: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, (workload, effective)) in model.effective().enumerate() {
        let name = workload.resource.namespace;
        let is_in_mesh = !matches!(membership(model, workload), Membership::Outside(_));
        if is_hard(model, workload, effective) {
            hard.entry(name).or_default().push(index);
        } else if is_in_mesh && effective.whole_verdict() == Verdict::NotStrict && !told.contains(name) {
            soft.entry(name).or_default().push(index);
        }
    }
    if soft.is_empty() || hard.is_empty() {
        return;
    }
    let reachability = Reachability::new(model, &Assumptions::default());
    for (hard, targets) in hard {
        let mut left = soft.clone();
        left.remove(hard);
        for target in targets {
            if left.is_empty() {
                break;
            }
            let Some(destination) = reachability.of_workload(target) else {
                continue;
            };
            let groups = reachability.sources_of(destination);
            let sure = groups.iter().filter(|group| !group.surely.is_empty());
            let open: BTreeSet<usize> = sure.flat_map(|group| group.sources.iter().copied()).collect();
            left.retain(|name, workloads| {
                let mut sources = workloads.iter();
                let is_open = |index: &&usize| {
                    let source = reachability.of_workload(**index);
                    source.is_some_and(|source| open.contains(&source))
                };
                let caller = sources.find(is_open).and_then(|index| model.workloads.get(*index));
                let callee = model.workloads.get(target);
                if let (Some(caller), Some(callee)) = (caller, callee) {
                    found.push(way_in(name, (caller, callee)));
                }
                caller.is_none()
            });
        }
    }
}

fn way_in(soft: &str, (caller, callee): (&Workload<'_>, &Workload<'_>)) -> Finding {
    let hard = callee.resource.namespace;
    let message = format!(
        "namespace `{soft}` accepts plaintext and nothing keeps it out of namespace `{hard}`, which requires mTLS: {} \
         reaches {}",
        caller.resource.subject(),
        callee.resource.subject()
    );
    let mut finding = Finding::new(&RULE, format!("Namespace {soft}"), message)
        .at(caller.resource.source(), caller.resource.name_span, "from a namespace that accepts plaintext")
        .and(callee.resource.source(), callee.resource.name_span, "into one that requires mTLS")
        .help(format!(
            "isolate namespace `{hard}` by a NetworkPolicy, or make mTLS STRICT in namespace `{soft}` as well"
        ));
    finding.severity = Severity::Medium;
    finding
}

fn finding(
    model: &Model<'_>,
    (soft, effective): (&Workload<'_>, &Effective),
    admitted: &[Admission<'_, '_>],
    hard: &BTreeSet<&str>,
) -> Option<Finding> {
    let namespace = soft.resource.namespace;
    let is_hard = |name: &str| name != namespace && hard.contains(name);
    let dialled = address_in(soft.spec, &is_hard);
    let subject = soft.resource.subject();
    let targets: Vec<_> = admitted.iter().map(|admission| admission.target).collect();
    let (place, way) = match (admitted.first(), dialled) {
        (None, None) => return None,
        (None, Some((target, span))) => (
            span,
            format!("is configured to call into namespace `{target}`, which requires mTLS"),
        ),
        (Some(first), dialled) => {
            let way = format!(
                "is let into namespace `{}`, to {}, which requires mTLS",
                first.target.resource.namespace,
                affected::workloads(&targets)
            );
            (dialled.map_or(soft.resource.name_span, |(_, span)| span), way)
        }
    };
    let mut finding = Finding::new(&RULE, subject.clone(), format!("{subject} accepts plaintext and {way}"))
        .at(soft.resource.source(), place, "from a namespace that accepts plaintext")
        .affecting(affected::members(&targets))
        .help(format!(
            "make mTLS STRICT in namespace `{namespace}` as well, or give the pipeline a namespace of its own that is"
        ));
    for admission in admitted {
        finding = finding.and(admission.policy.resource.source(), admission.peer, "lets it in");
    }
    for policy in effective.deciding(model) {
        finding = finding.and(policy.resource.source(), policy.resource.name_span, "lets plaintext in");
    }
    Some(finding)
}

/// Finds which NetworkPolicies of hard workloads let soft ones in, by the names of their namespaces.
fn admissions<'m, 'a>(model: &'m Model<'a>) -> Admissions<'m, 'a> {
    let mut admissions = Admissions::new();
    let mut soft: BTreeMap<&str, Soft<'_, '_>> = BTreeMap::new();
    for (index, (workload, effective)) in model.effective().enumerate() {
        if effective.whole_verdict() == Verdict::NotStrict {
            let name = workload.resource.namespace;
            let namespace = soft.entry(name).or_insert_with(|| Soft {
                labels: namespace_labels(model, name),
                workloads: Vec::new(),
            });
            namespace.workloads.push((index, workload));
        }
    }
    for policy in &model.network_policies {
        let targets: Vec<_> = model
            .effective_in(policy.resource.namespace)
            .filter(|(target, _)| policy.pod_selector.matches(&target.labels))
            .filter(|(target, effective)| is_hard(model, target, effective))
            .map(|(target, _)| target)
            .collect();
        if targets.is_empty() || !policy.isolates(Direction::Ingress) {
            continue;
        }
        let rules = policy.ingress.iter().flat_map(|section| &section.rules);
        for peer in rules.flat_map(|rule| &rule.peers).filter(|peer| names_namespaces(peer)) {
            let others = soft
                .iter()
                .filter(|(name, _)| **name != policy.resource.namespace)
                .filter(|(_, namespace)| names_namespace(peer, &namespace.labels))
                .flat_map(|(_, namespace)| &namespace.workloads)
                .filter(|(_, workload)| names_pods(peer, workload));
            for (index, _) in others {
                let ways = admissions.entry(*index).or_default();
                for target in &targets {
                    if !ways.iter().any(|way| std::ptr::eq(way.target, *target)) {
                        ways.push(Admission { target, policy, peer: peer.span });
                    }
                }
            }
        }
    }
    admissions
}

/// Whether a workload takes mTLS only, on every port. Without a proxy nothing takes it.
fn is_hard(model: &Model<'_>, workload: &Workload<'_>, effective: &Effective) -> bool {
    effective.whole_verdict() == Verdict::Strict
        && !matches!(membership(model, workload), Membership::Outside(_))
}

/// Whether a peer chooses namespaces; `{}` is another rule's business.
fn names_namespaces(peer: &Peer<'_>) -> bool {
    peer.namespaces
        .as_ref()
        .is_some_and(|selector| !selector.is_empty())
}

/// Whether a peer picks a namespace of these labels.
fn names_namespace(peer: &Peer<'_>, labels: &Labels<'_>) -> bool {
    peer.namespaces
        .as_ref()
        .is_some_and(|selector| selector.matches(labels))
}

/// The labels of a namespace; the name label is there even where the Namespace is not in the input.
fn namespace_labels<'a>(model: &Model<'a>, name: &'a str) -> Labels<'a> {
    model.namespaces.get(name).map_or_else(
        || Labels::from([("kubernetes.io/metadata.name", name)]),
        |namespace| namespace.labels.clone(),
    )
}

/// Whether a peer picks these pods, in whatever namespace.
fn names_pods(peer: &Peer<'_>, workload: &Workload<'_>) -> bool {
    peer.pods
        .as_ref()
        .is_none_or(|selector| selector.matches(&workload.labels))
}

/// Where a string of the pod's spec names a Service of such a namespace.
fn address_in<'a>(node: &'a Node, wanted: &dyn Fn(&str) -> bool) -> Option<(&'a str, Span)> {
    match &node.value {
        Value::String(text) => {
            let namespace = service_namespaces(text).find(|namespace| wanted(namespace))?;
            Some((namespace, node.span))
        }
        Value::Sequence(items) => items.iter().find_map(|item| address_in(item, wanted)),
        Value::Mapping(entries) => entries
            .iter()
            .find_map(|entry| address_in(&entry.value, wanted)),
        _ => None,
    }
}

/// The namespaces of the addresses `service.namespace.svc` in a text, alone or in URLs.
fn service_namespaces(text: &str) -> impl Iterator<Item = &str> {
    let name_part = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    text.split(move |c: char| !name_part(c)).filter_map(|host| {
        let mut labels = host.split('.');
        let service = labels.next()?;
        let namespace = labels.next()?;
        (!service.is_empty() && labels.next() == Some("svc")).then_some(namespace)
    })
}
