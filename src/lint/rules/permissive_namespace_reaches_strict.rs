//! A namespace that accepts plaintext and has a way into workloads that require mTLS.
//!
//! The classic: permissive mode left on in staging, whose data pipeline reads production's database. Whoever gets
//! into the soft namespace in plaintext stands inside the hard one's perimeter with the pipeline's identity.

use crate::kernel::document::{Node, Value};
use crate::kernel::finding::{Confidence, Finding, Rule, Severity};
use crate::kernel::source::Span;
use crate::lint::affected;
use crate::lint::effective_mtls::{self, Verdict};
use crate::lint::model::kubernetes::Workload;
use crate::lint::model::network_policy::{Direction, NetworkPolicy, Peer};
use crate::lint::model::{Labels, Model};

pub(super) static RULE: Rule = Rule {
    id: "permissive-namespace-reaches-strict",
    title: "a workload that accepts plaintext has a way into a namespace that requires mTLS",
    severity: Severity::High,
    confidence: Confidence::Medium,
    page: include_str!("permissive_namespace_reaches_strict.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    let (mut soft, mut hard) = (Vec::new(), Vec::new());
    for workload in &model.workloads {
        match effective_mtls::of_workload(model, workload).whole_verdict() {
            Verdict::NotStrict => soft.push(workload),
            Verdict::Strict => hard.push(workload),
            Verdict::Depends => {}
        }
    }
    if !model.shows_mesh() || hard.is_empty() {
        return;
    }
    for workload in soft {
        if let Some(finding) = finding(model, workload, &hard) {
            found.push(finding);
        }
    }
}

fn finding(model: &Model<'_>, soft: &Workload<'_>, hard: &[&Workload<'_>]) -> Option<Finding> {
    let namespace = soft.resource.namespace;
    let admitted: Vec<_> = hard
        .iter()
        .copied()
        .filter(|target| target.resource.namespace != namespace)
        .filter_map(|target| Some((target, admission(model, soft, target)?)))
        .collect();
    let dialled = hard
        .iter()
        .map(|target| target.resource.namespace)
        .filter(|target| *target != namespace)
        .find_map(|target| Some((target, address_in(soft.spec, target)?)));
    let subject = soft.resource.subject();
    let (place, way) = match (admitted.as_slice(), dialled) {
        ([], None) => return None,
        ([], Some((target, span))) => (
            span,
            format!("is configured to call into namespace `{target}`, which requires mTLS"),
        ),
        (admitted, dialled) => {
            let targets: Vec<_> = admitted.iter().map(|(target, _)| *target).collect();
            let way = format!(
                "is let into namespace `{}`, to {}, which requires mTLS",
                targets.first()?.resource.namespace,
                affected::workloads(&targets)
            );
            (dialled.map_or(soft.resource.name_span, |(_, span)| span), way)
        }
    };
    let mut finding = Finding::new(&RULE, subject.clone(), format!("{subject} accepts plaintext and {way}"))
        .at(soft.resource.source(), place, "from a namespace that accepts plaintext")
        .help(format!(
            "make mTLS STRICT in namespace `{namespace}` as well, or give the pipeline a namespace of its own that is"
        ));
    for (_, (policy, span)) in &admitted {
        finding = finding.and(policy.resource.source(), *span, "lets it in");
    }
    for policy in effective_mtls::of_workload(model, soft).deciding() {
        finding = finding.and(policy.resource.source(), policy.resource.name_span, "lets plaintext in");
    }
    Some(finding)
}

/// The NetworkPolicy peer that names the soft workload's namespace and lets it reach the target.
fn admission<'m, 'a>(
    model: &'m Model<'a>,
    soft: &Workload<'_>,
    target: &Workload<'_>,
) -> Option<(&'m NetworkPolicy<'a>, Span)> {
    let selecting = model.network_policies.iter().filter(|policy| {
        policy.resource.namespace == target.resource.namespace
            && policy.isolates(Direction::Ingress)
            && policy.pod_selector.matches(&target.labels)
    });
    for policy in selecting {
        let rules = policy.ingress.iter().flat_map(|section| &section.rules);
        for peer in rules.flat_map(|rule| &rule.peers) {
            if names(model, peer, soft) {
                return Some((policy, peer.span));
            }
        }
    }
    None
}

/// Whether a peer picks the workload by its namespace's labels; `{}` is another rule's business.
fn names(model: &Model<'_>, peer: &Peer<'_>, workload: &Workload<'_>) -> bool {
    let name = workload.resource.namespace;
    // The name label is there even where the Namespace is not in the input.
    let implicit = Labels::from([("kubernetes.io/metadata.name", name)]);
    let labels = model
        .namespaces
        .get(name)
        .map_or(&implicit, |namespace| &namespace.labels);
    peer.namespaces
        .as_ref()
        .is_some_and(|selector| !selector.is_empty() && selector.matches(labels))
        && peer
            .pods
            .as_ref()
            .is_none_or(|selector| selector.matches(&workload.labels))
}

/// Where a string of the pod's spec names a Service of this namespace.
fn address_in(node: &Node, namespace: &str) -> Option<Span> {
    match &node.value {
        Value::String(text) => names_service_of(text, namespace).then_some(node.span),
        Value::Sequence(items) => items.iter().find_map(|item| address_in(item, namespace)),
        Value::Mapping(entries) => entries
            .iter()
            .find_map(|entry| address_in(&entry.value, namespace)),
        _ => None,
    }
}

/// `service.namespace.svc`, alone or in a URL.
fn names_service_of(text: &str, namespace: &str) -> bool {
    let name_part = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    text.split(|c: char| !name_part(c)).any(|host| {
        let mut labels = host.split('.');
        labels.next().is_some_and(|service| !service.is_empty())
            && labels.next() == Some(namespace)
            && labels.next() == Some("svc")
    })
}
