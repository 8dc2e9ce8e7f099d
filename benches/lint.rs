//! The gate over a thousand manifests: read, joined into one model, judged by every rule.

use std::sync::Arc;

use countersign::kernel::source::Source;
use countersign::lint::reachability::{Assumptions, Reachability};
use countersign::lint::{Options, documents, index, lint};
use divan::Bencher;

const MANIFESTS: usize = 1_000;
const PER_NAMESPACE: usize = 20;

/// A company of fifty namespaces: each has its policies, and otherwise deployments with their services.
fn manifests(count: usize) -> Vec<Arc<Source>> {
    (0..count)
        .map(|index| {
            let namespace = format!("team-{}", index / PER_NAMESPACE);
            let text = match index % PER_NAMESPACE {
                0 => policies(&namespace),
                place => workload(&namespace, &format!("service-{place}")),
            };
            Source::new(format!("{namespace}/{index}.yaml"), text.into_bytes()).expect("small")
        })
        .collect()
}

fn policies(namespace: &str) -> String {
    format!(
        "apiVersion: v1
kind: Namespace
metadata:
  name: {namespace}
  labels: {{istio-injection: enabled}}
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: default
  namespace: {namespace}
spec:
  mtls:
    mode: STRICT
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: default-deny
  namespace: {namespace}
spec:
  podSelector: {{}}
  policyTypes: [Ingress, Egress]
"
    )
}

fn workload(namespace: &str, name: &str) -> String {
    format!(
        "apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
  namespace: {namespace}
  labels:
    app: {name}
spec:
  replicas: 3
  selector:
    matchLabels:
      app: {name}
  template:
    metadata:
      labels:
        app: {name}
        version: v1
    spec:
      serviceAccountName: {name}
      containers:
        - name: server
          image: registry.acme.example/{name}:1.4.2
          ports:
            - containerPort: 8080 # the only one
          env:
            - name: UPSTREAM
              value: \"http://gateway.{namespace}.svc:8080\"
          resources:
            requests: {{cpu: 100m, memory: 128Mi}}
---
apiVersion: v1
kind: Service
metadata:
  name: {name}
  namespace: {namespace}
spec:
  selector:
    app: {name}
  ports:
    - name: http
      port: 8080
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {name}
  namespace: {namespace}
spec:
  podSelector:
    matchLabels:
      app: {name}
  ingress:
    - from:
        - podSelector:
            matchLabels:
              app: service-1
      ports:
        - port: 8080
"
    )
}

#[divan::bench]
fn thousand_manifests(bencher: Bencher<'_, '_>) {
    let sources = manifests(MANIFESTS);
    let resources = lint(&sources, &Options::default()).resources();
    assert_eq!(resources, MANIFESTS * 3);
    bencher
        .counter(divan::counter::ItemsCount::new(sources.len()))
        .bench_local(|| lint(&sources, &Options::default()));
}

/// Who reaches whom, all pairs, with the evaluation of every policy.
#[divan::bench(args = [50, 500, 5_000])]
fn matrix(bencher: Bencher<'_, '_>, workloads: usize) {
    let sources = manifests(workloads * PER_NAMESPACE / (PER_NAMESPACE - 1));
    let options = Options::default();
    let documents = documents::read(&sources);
    let model = index::build(&documents, &options);
    bencher
        .counter(divan::counter::ItemsCount::new(model.workloads.len()))
        .bench_local(|| {
            Reachability::new(&model, &Assumptions::default())
                .matrix()
                .len()
        });
}

fn main() {
    divan::main();
}
