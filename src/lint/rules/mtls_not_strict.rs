//! Workloads that accept plaintext because no policy makes mTLS strict.

use std::collections::BTreeMap;

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::affected;
use crate::lint::effective_mtls::{Effective, Step, Verdict};
use crate::lint::injection::{Membership, Outside, membership};
use crate::lint::model::kubernetes::Workload;
use crate::lint::transport::on_port;
use crate::lint::model::{Model, is_system_namespace};

pub(super) static RULE: Rule = Rule {
    id: "mtls-not-strict",
    title: "no policy makes mTLS strict",
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    page: page!("mtls_not_strict.md"),
};

/// Workloads of one namespace in the same situation.
type Groups<'m, 'a> = BTreeMap<(&'a str, Doubt), Vec<(&'m Workload<'a>, &'m Effective)>>;

/// What the input leaves open.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Doubt {
    /// Nothing: plaintext is accepted.
    None,
    /// The mesh-wide policy.
    MeshPolicy,
    /// The policies are strict; whether a proxy enforces them is not known, for this reason.
    Proxy(String),
    /// The policies are strict; whether the mode holds depends on this.
    Enforced(String),
}

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    if !model.shows_mesh {
        return;
    }
    let mut groups = Groups::new();
    for (workload, effective) in model.effective() {
        let namespace = workload.resource.namespace;
        if is_system_namespace(model, namespace) || opted_out(model, workload) {
            continue;
        }
        // The engine's word, not that of the policies' text: ambient mode reads them otherwise, and a mode that nothing
        // enforces is none.
        let judged = on_port(model, workload, None);
        let doubt = match (judged.modes.verdict(), membership(model, workload)) {
            (Verdict::Strict, Membership::Unknown(why)) => Doubt::Proxy(why),
            (Verdict::Strict, _) if judged.verdict == Verdict::Depends => {
                Doubt::Enforced(judged.doubts.join("; "))
            }
            (Verdict::Strict, _) => continue,
            // An explicit mode is the business of the rule about that policy.
            _ if effective.is_decided() => continue,
            (Verdict::NotStrict, _) => Doubt::None,
            (Verdict::Depends, _) => Doubt::MeshPolicy,
        };
        groups
            .entry((namespace, doubt))
            .or_default()
            .push((workload, effective));
    }
    for ((namespace, doubt), group) in groups {
        found.extend(finding(model, namespace, &doubt, &group));
    }
}

/// Pods that other rules report as outside the mesh.
fn opted_out(model: &Model<'_>, workload: &Workload<'_>) -> bool {
    matches!(
        membership(model, workload),
        Membership::Outside(
            Outside::HostNetwork(_) | Outside::OptedOut(_) | Outside::NamespaceDisabled | Outside::NamespaceIgnored
        )
    )
}

fn finding(
    model: &Model<'_>,
    namespace: &str,
    doubt: &Doubt,
    group: &[(&Workload<'_>, &Effective)],
) -> Option<Finding> {
    let (first, effective) = group.first()?;
    let workloads: Vec<_> = group.iter().map(|(workload, _)| *workload).collect();
    let who = affected::workloads(&workloads);
    let root = &model.options.root_namespace;
    let message = match doubt {
        Doubt::MeshPolicy => format!(
            "whether namespace `{namespace}` accepts plaintext depends on the mesh-wide policy, which is not in \
             the input: nothing else makes mTLS strict for {who}"
        ),
        Doubt::Proxy(why) => format!(
            "whether the STRICT mode holds in namespace `{namespace}` depends on a proxy for {who}: {why}"
        ),
        Doubt::Enforced(why) => {
            format!("whether the STRICT mode holds in namespace `{namespace}` for {who} depends on {why}")
        }
        Doubt::None => format!("namespace `{namespace}` accepts plaintext: no policy makes mTLS strict for {who}"),
    };
    let label = match doubt {
        Doubt::Proxy(_) => "may have no proxy",
        Doubt::Enforced(_) => "may accept plaintext",
        _ => "accepts plaintext",
    };
    let mut finding = Finding::new(&RULE, format!("Namespace {namespace}"), message)
        .at(first.resource.source(), first.resource.name_span, label)
        .affecting(affected::members(&workloads))
        .help(help(namespace, root, doubt));
    for (workload, _) in group.iter().skip(1) {
        finding = finding.and(
            workload.resource.source(),
            workload.resource.name_span,
            label,
        );
    }
    for fact in effective.evidence(model) {
        finding = finding.because(fact);
    }
    if *doubt != Doubt::None {
        finding.severity = Severity::Low;
        finding.confidence = Confidence::Low;
        finding.undecided = true;
    } else if effective.steps.iter().any(|step| matches!(step, Step::Assumed(_))) {
        finding.confidence = Confidence::High;
    }
    Some(finding)
}

fn help(namespace: &str, root: &str, doubt: &Doubt) -> String {
    let policy = format!(
        "apply:\n  apiVersion: security.istio.io/v1\n  kind: PeerAuthentication\n  metadata:\n    name: default\n    \
         namespace: {namespace}\n  spec:\n    mtls:\n      mode: STRICT"
    );
    match doubt {
        Doubt::None => policy,
        Doubt::MeshPolicy => format!(
            "add the manifests of `{root}`, or say what the mesh does with `--assume mesh-mtls=strict`, or {policy}"
        ),
        Doubt::Enforced(_) => {
            "add what is missing to the input, or take away what leaves the mode open".to_owned()
        }
        Doubt::Proxy(_) => format!(
            "add the manifest of Namespace `{namespace}`, once, with its label `istio-injection: enabled`"
        ),
    }
}
