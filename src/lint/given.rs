//! Labels that controllers, the injector and the API server give to pods: no template shows them.

use super::model::kubernetes::Workload;
use super::model::{Labels, Resource};

/// Those of controllers, by the kind of what makes the pods.
const BY_KIND: [(&[&str], &[&str]); 6] = [
    (&["Deployment", "ReplicaSet"], &["pod-template-hash"]),
    (
        &["Rollout"],
        &["pod-template-hash", "rollouts-pod-template-hash"],
    ),
    (
        &["StatefulSet"],
        &[
            "statefulset.kubernetes.io/pod-name",
            "apps.kubernetes.io/pod-index",
            "controller-revision-hash",
        ],
    ),
    (
        &["DaemonSet"],
        &["controller-revision-hash", "pod-template-generation"],
    ),
    (
        &["Job", "CronJob"],
        &[
            "job-name",
            "controller-uid",
            "batch.kubernetes.io/job-name",
            "batch.kubernetes.io/controller-uid",
            "batch.kubernetes.io/job-completion-index",
        ],
    ),
    (&["DeploymentConfig"], &["deployment", "deploymentconfig"]),
];

/// Those that anything may have, unless it is written: nobody writes over it.
const BY_OTHERS: [&str; 6] = [
    "networking.istio.io/tunnel",
    "security.istio.io/tlsMode",
    "service.istio.io/canonical-name",
    "service.istio.io/canonical-revision",
    "topology.kubernetes.io/zone",
    "topology.kubernetes.io/region",
];

/// Linkerd's injector says by labels of its own what it did.
const OF_LINKERD: &str = "linkerd.io/";

const OF_MACHINES: &str = "kubevirt.io";

/// What a selector leaves open that asks for such a label.
pub(super) fn picked_by(label: &str, policy: &Resource<'_>) -> String {
    format!(
        "whether {} selects its pods: `{label}` is given to them when they are made",
        policy.subject()
    )
}

/// Whether a pod of a workload may have a label of this key although its template does not say so, or with another value
/// than it says.
pub(super) fn is_given(workload: &Workload<'_>, key: &str) -> bool {
    if workload.is_made() {
        return false;
    }
    let kind = workload.resource.kind;
    let mut by_kind = BY_KIND.iter();
    by_kind.any(|(kinds, keys)| kinds.contains(&kind) && keys.contains(&key))
        || (kind == "VirtualMachine" && is_of_machine(workload, key))
        || ((BY_OTHERS.contains(&key) || key.starts_with(OF_LINKERD))
            && !workload.labels.contains_key(key))
}

/// The label by which a selector may pick a workload whose template does not bear it; all else that it asks for is there.
pub(super) fn may_pick<'a>(selector: &Labels<'a>, workload: &Workload<'_>) -> Option<&'a str> {
    let lacking = selector
        .iter()
        .filter(|(key, value)| workload.labels.get(key) != Some(value));
    let mut lacking = lacking.map(|(key, _)| *key).peekable();
    let first = lacking.peek().copied();
    lacking
        .all(|key| is_given(workload, key))
        .then_some(first)?
}

/// KubeVirt writes over its own labels alone; what else is written stays.
fn is_of_machine(workload: &Workload<'_>, key: &str) -> bool {
    const OWN: [&str; 4] = [
        "kubevirt.io",
        "kubevirt.io/created-by",
        "kubevirt.io/nodeName",
        "vm.kubevirt.io/name",
    ];
    OWN.contains(&key) || (key.contains(OF_MACHINES) && !workload.labels.contains_key(key))
}

/// Whether a pod of any workload may have it so.
pub(super) fn is_ever_given(key: &str) -> bool {
    BY_KIND.iter().any(|(_, keys)| keys.contains(&key))
        || key.contains(OF_MACHINES)
        || key.starts_with(OF_LINKERD)
        || BY_OTHERS.contains(&key)
}
