//! Identities, modes and wires, asked of small clusters.

use super::*;
use crate::kernel::source::Source;
use crate::lint::ports::Protocol;
use crate::lint::reachability::{
    Assumptions, Caller, Reachability, Ruling, Source as Calling, Target, Works,
};
use crate::lint::{Options, documents, index};

const SHOP: &str = "\
apiVersion: v1
kind: Namespace
metadata: {name: istio-system}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
---
apiVersion: v1
kind: Namespace
metadata: {name: development}
---
apiVersion: v1
kind: Pod
metadata: {name: order, namespace: shop, labels: {app: order}}
spec: {serviceAccountName: order, containers: [{name: c}]}
---
apiVersion: v1
kind: Pod
metadata: {name: payment, namespace: shop, labels: {app: payment}}
spec: {serviceAccountName: payment, containers: [{name: c, ports: [{containerPort: 8443}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: test, namespace: development, labels: {app: test}}
spec: {containers: [{name: c}]}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: payment, namespace: shop}
spec:
  selector: {matchLabels: {app: payment}}
  action: ACTION
  rules: [{from: [{source: {FROM}}]}]
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: shop}
spec: {mtls: {mode: MODE}}
";

fn ruling(mode: &str, action: &str, from: &str, callers: &[&str]) -> Ruling {
    let text = SHOP
        .replace("MODE", mode)
        .replace("ACTION", action)
        .replace("FROM", from);
    let source = Source::new("shop.yaml", text.into_bytes()).unwrap();
    let (options, documents) = (Options::default(), documents::read(&[source]));
    let model = index::build(&documents, &options);
    assert!(model.notes.is_empty(), "{:?}", model.notes);
    let reachability = Reachability::new(&model, &Assumptions::default());
    let find = |name: &str| Target::find(&model, name).unwrap();
    let callers: Vec<Caller> = callers
        .iter()
        .map(|name| Caller::Workload(find(name).position))
        .collect();
    let proof = reachability.only(&find("shop/payment:8443"), &callers, &Istio::new(&model));
    let told = |paths: &[crate::lint::reachability::Path]| {
        paths
            .iter()
            .map(|path| path.source.to_string())
            .collect::<Vec<_>>()
    };
    println!(
        "{:?} against, {:?} doubtful",
        told(&proof.against),
        told(&proof.doubtful)
    );
    proof.ruling
}

#[test]
fn an_allowed_identity_is_the_only_one_under_strict() {
    let principal = "principals: [cluster.local/ns/shop/sa/order]";
    assert_eq!(
        ruling("STRICT", "ALLOW", principal, &["shop/order"]),
        Ruling::Proven
    );
    assert_eq!(ruling("STRICT", "ALLOW", principal, &[]), Ruling::Refuted);
    assert_eq!(
        ruling(
            "STRICT",
            "ALLOW",
            "principals: ['*/sa/order']",
            &["shop/order"]
        ),
        Ruling::Undecided
    );
    assert_eq!(
        ruling("PERMISSIVE", "ALLOW", "notPrincipals: [x]", &["shop/order"]),
        Ruling::Refuted
    );
}

/// Pods that no NetworkPolicy tells apart have identities of their own.
#[test]
fn callers_of_one_class_are_judged_by_their_own_identity() {
    let other = "apiVersion: v1\nkind: Pod\nmetadata: {name: aaa, namespace: shop, labels: {app: aaa}}\n\
                 spec: {serviceAccountName: aaa, containers: [{name: c}]}\n---\n";
    let text = SHOP
        .replace("MODE", "STRICT")
        .replace("ACTION", "ALLOW")
        .replace("FROM", "principals: [cluster.local/ns/shop/sa/order]");
    let source = Source::new("shop.yaml", format!("{other}{text}").into_bytes()).unwrap();
    let (options, documents) = (Options::default(), documents::read(&[source]));
    let model = index::build(&documents, &options);
    let reachability = Reachability::new(&model, &Assumptions::default());
    let target = Target::find(&model, "shop/payment:8443").unwrap();
    let paths = reachability.paths_to(target.position, &target.ports, &Istio::new(&model));
    let open: Vec<String> = paths
        .iter()
        .filter(|path| path.is_surely_open())
        .map(|path| path.source.to_string())
        .collect();
    assert_eq!(open, ["shop/order"]);
    let matrix = reachability.open_paths(&Istio::new(&model));
    let told = |name: &str| {
        let is_it = |path: &&crate::lint::reachability::Path| {
            path.source.to_string() == name && path.destination.to_string() == "shop/payment"
        };
        matrix.iter().filter(is_it).count()
    };
    // The proxy's own ports and UDP pass by the mesh; where it asks for mTLS they are another answer.
    assert_eq!((told("shop/order"), told("shop/aaa")), (2, 1));
}

/// A port that a policy alone speaks of is asked about, however many others there are.
#[test]
fn a_port_that_a_policy_opens_is_not_overlooked() {
    let ports: Vec<String> = (1..40).map(|port| format!("'{port}'")).collect();
    let text = SHOP
        .replace("MODE", "STRICT")
        .replace("ACTION", "ALLOW")
        .replace(
            "[{from: [{source: {FROM}}]}]",
            &format!(
                "[{{to: [{{operation: {{ports: ['9999', {}]}}}}]}}]",
                ports.join(", ")
            ),
        );
    let source = Source::new("shop.yaml", text.into_bytes()).unwrap();
    let (options, documents) = (Options::default(), documents::read(&[source]));
    let model = index::build(&documents, &options);
    let workload = |name: &str| {
        let mut workloads = model.workloads.iter();
        workloads.find(|one| one.resource.name == name).unwrap()
    };
    let from = Calling::Workload(workload("order"));
    for (first, last, opened) in [
        (9000, 10000, "TCP 9999"),
        (30, 1000, "TCP 30-39"),
        (100, 8000, "no port"),
    ] {
        let ports = PortSet::range(Protocol::Tcp, first, last);
        let mut open = PortSet::none();
        for (part, crossing) in Istio::new(&model).cross(from, workload("payment"), &ports) {
            assert_ne!(crossing.admission, Admission::Depends);
            if crossing.admission == Admission::Admitted {
                open = open.union(&part);
            }
        }
        assert_eq!(open.to_string(), opened, "{first}-{last}");
    }
}

/// Where no proxy takes the connection no AuthorizationPolicy refuses it.
#[test]
fn policies_that_nothing_enforces_refuse_nobody() {
    let rule = "principals: [cluster.local/ns/shop/sa/order]";
    let ruled = |from: &str, to: &str| {
        let text = SHOP
            .replace("MODE", "STRICT")
            .replace("ACTION", "ALLOW")
            .replace("FROM", rule)
            .replace(from, to);
        let source = Source::new("shop.yaml", text.into_bytes()).unwrap();
        let (options, documents) = (Options::default(), documents::read(&[source]));
        let model = index::build(&documents, &options);
        let reachability = Reachability::new(&model, &Assumptions::default());
        let find = |name: &str| Target::find(&model, name).unwrap();
        let order = Caller::Workload(find("shop/order").position);
        let target = find("shop/payment:8443");
        reachability
            .only(&target, &[order], &Istio::new(&model))
            .ruling
    };
    let pod = "labels: {app: payment}}";
    let annotated =
        |annotation: &str| format!("labels: {{app: payment}}, annotations: {{{annotation}}}}}");
    let excluded = annotated("traffic.sidecar.istio.io/excludeInboundPorts: '8443'");
    let uncaptured = annotated("sidecar.istio.io/interceptionMode: NONE");
    assert_eq!(ruled("-", "-"), Ruling::Proven);
    assert_eq!(ruled(pod, &excluded), Ruling::Refuted);
    assert_ne!(ruled(pod, &uncaptured), Ruling::Proven);
    let opted_out = "labels: {app: payment, sidecar.istio.io/inject: 'false'}}";
    assert_eq!(ruled(pod, opted_out), Ruling::Refuted);
    let unlabelled = "metadata: {name: shop}";
    let labelled = "metadata: {name: shop, labels: {istio-injection: enabled}}";
    assert_eq!(ruled(labelled, unlabelled), Ruling::Refuted);
    let unseen = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {istio-injection: enabled}}\n---\n";
    assert_eq!(ruled(unseen, ""), Ruling::Undecided);
}

#[test]
fn a_rule_that_turns_mtls_off_keeps_the_client_from_a_strict_server() {
    let rule = "---\napiVersion: v1\nkind: Service\nmetadata: {name: payment, namespace: shop}\n\
                spec: {selector: {app: payment}, ports: [{port: 443, targetPort: 8443}]}\n\
                ---\napiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: r, namespace: shop}\n\
                spec: {host: payment, trafficPolicy: {tls: {mode: DISABLE}}}\n";
    for (mode, works) in [("STRICT", Works::No), ("PERMISSIVE", Works::Yes)] {
        let text = SHOP
            .replace("MODE", mode)
            .replace("ACTION", "DENY")
            .replace("FROM", "namespaces: [development]");
        let source = Source::new("shop.yaml", format!("{text}{rule}").into_bytes()).unwrap();
        let (options, documents) = (Options::default(), documents::read(&[source]));
        let model = index::build(&documents, &options);
        let workload = |name: &str| {
            let mut workloads = model.workloads.iter();
            workloads.find(|one| one.resource.name == name).unwrap()
        };
        let from = Calling::Workload(workload("order"));
        let port = PortSet::range(Protocol::Tcp, 8443, 8443);
        let crossing = Istio::new(&model).cross(from, workload("payment"), &port);
        assert_eq!(crossing[0].1.works, Some(works), "{mode}");
    }
}

/// A DENY of a namespace under PERMISSIVE is passed by a client without a proxy; the peer that says otherwise gives
/// the same answer for both modes.
#[test]
fn a_denied_namespace_passes_over_plaintext() {
    let namespace = "namespaces: [development]";
    let all_but_test = ["shop/order", "shop/payment"];
    assert_eq!(
        ruling("PERMISSIVE", "DENY", namespace, &all_but_test),
        Ruling::Refuted
    );
}

/// What is refused on the ports of the application is not admitted because the proxy has ports of its own.
#[test]
fn ports_that_the_mesh_treats_differently_are_told_apart() {
    let text = SHOP
        .replace("MODE", "STRICT")
        .replace("ACTION", "ALLOW")
        .replace("FROM", "principals: [cluster.local/ns/shop/sa/order]");
    let source = Source::new("shop.yaml", text.into_bytes()).unwrap();
    let (options, documents) = (Options::default(), documents::read(&[source]));
    let model = index::build(&documents, &options);
    let workload = |name: &str| {
        let mut workloads = model.workloads.iter();
        workloads.find(|one| one.resource.name == name).unwrap()
    };
    let from = Calling::Unseen(None);
    let parts = Istio::new(&model).cross(from, workload("payment"), &PortSet::all());
    let told: Vec<(String, Admission)> = parts
        .into_iter()
        .map(|(ports, crossing)| (ports.to_string(), crossing.admission))
        .collect();
    let own = "TCP 15020-15021, 15090 and every UDP port and every SCTP port";
    let others = "TCP 1-15019, 15022-15089, 15091-65535";
    assert_eq!(
        told,
        [
            (others.to_owned(), Admission::Refused),
            (own.to_owned(), Admission::Admitted)
        ]
    );
}
