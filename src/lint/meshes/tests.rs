//! Meshes side by side: none takes the other's identities, and what two claim is in doubt.

use super::*;
use crate::kernel::source::Source as Text;
use crate::lint::{Options, documents, index};

const CLUSTER: &str = "\
apiVersion: v1
kind: Namespace
metadata: {name: istio-system}
---
apiVersion: v1
kind: Namespace
metadata: {name: istio, labels: {istio-injection: enabled}}
---
apiVersion: v1
kind: Namespace
metadata: {name: linkerd, annotations: {linkerd.io/inject: enabled, config.linkerd.io/default-inbound-policy: all-authenticated}}
---
apiVersion: v1
kind: Namespace
metadata: {name: plain}
---
apiVersion: v1
kind: Namespace
metadata:
  name: both
  labels: {istio-injection: enabled}
  annotations: {linkerd.io/inject: enabled, config.linkerd.io/default-inbound-policy: all-authenticated}
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: istio-system}
spec: {mtls: {mode: STRICT}}
";

fn cluster() -> String {
    let mut text = CLUSTER.to_owned();
    for namespace in ["istio", "linkerd", "plain", "both"] {
        text.push_str(&format!(
            "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {namespace}, namespace: {namespace}}}\n\
             spec: {{containers: [{{name: c, ports: [{{containerPort: 80}}]}}]}}\n"
        ));
    }
    text
}

#[test]
fn identities_of_one_mesh_are_nothing_to_another() {
    let source = Text::new("a.yaml", cluster().into_bytes()).unwrap();
    let (options, documents) = (Options::default(), documents::read(&[source]));
    let model = index::build(&documents, &options);
    let meshes = Meshes::new(&model);
    let workload = |name: &str| {
        let mut workloads = model.workloads.iter();
        workloads.find(|one| one.resource.name == name).unwrap()
    };
    let port = PortSet::range(Protocol::Tcp, 80, 80);
    let admission = |from: &str, to: &str| {
        let from = Source::Workload(workload(from));
        meshes
            .cross(from, workload(to), &port)
            .remove(0)
            .1
            .admission
    };
    use Admission::{Admitted, Depends, Refused};
    for (from, to, expected) in [
        ("istio", "istio", Admitted),
        ("linkerd", "istio", Refused),
        ("plain", "istio", Refused),
        ("istio", "linkerd", Refused),
        ("linkerd", "linkerd", Admitted),
        ("plain", "linkerd", Refused),
        ("istio", "plain", Admitted),
        ("both", "istio", Depends),
        ("both", "linkerd", Depends),
        ("both", "plain", Admitted),
        ("istio", "both", Depends),
        ("linkerd", "both", Depends),
        ("plain", "both", Depends),
    ] {
        assert_eq!(admission(from, to), expected, "{from} to {to}");
    }
    for (name, verdict) in [
        ("istio", Verdict::Strict),
        ("linkerd", Verdict::Strict),
        ("plain", Verdict::NotStrict),
        ("both", Verdict::Depends),
    ] {
        let judged = meshes.on_port(workload(name), Some(80));
        assert_eq!(judged.verdict, verdict, "{name}");
    }
}
