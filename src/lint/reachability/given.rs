//! Labels that controllers, the injector and the API server give to pods: no template shows them.

use crate::lint::model::kubernetes::Workload;

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
const BY_OTHERS: [&str; 5] = [
    "security.istio.io/tlsMode",
    "service.istio.io/canonical-name",
    "service.istio.io/canonical-revision",
    "topology.kubernetes.io/zone",
    "topology.kubernetes.io/region",
];

const OF_MACHINES: &str = "kubevirt.io";

/// Whether a pod of a workload may have a label of this key although its template does not say so, or with another value
/// than it says.
pub(super) fn is_given(workload: &Workload<'_>, key: &str) -> bool {
    let kind = workload.resource.kind;
    let mut by_kind = BY_KIND.iter();
    by_kind.any(|(kinds, keys)| kinds.contains(&kind) && keys.contains(&key))
        || (kind == "VirtualMachine" && is_of_machine(workload, key))
        || (BY_OTHERS.contains(&key) && !workload.labels.contains_key(key))
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
        || BY_OTHERS.contains(&key)
}
