//! What is generated satisfies what was wanted.

use super::*;
use crate::kernel::source::Source;
use crate::lint::meshes::Meshes;
use crate::lint::reachability::{Assumptions, Reachability, Ruling};
use crate::lint::{Options, assertions, documents, index, lint};

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
metadata: {name: web, labels: {istio-injection: enabled}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: order, namespace: shop}
spec:
  selector: {matchLabels: {app: order}}
  template:
    metadata: {labels: {app: order, version: '1'}}
    spec:
      serviceAccountName: order
      containers: [{name: c, env: [{name: PAYMENT, value: 'https://payment.shop.svc:443/pay'}]}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: payment, namespace: shop}
spec:
  selector: {matchLabels: {app: payment}}
  template:
    metadata: {labels: {app: payment}}
    spec: {serviceAccountName: payment, containers: [{name: c, ports: [{name: https, containerPort: 8443}]}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: front, namespace: web}
spec:
  selector: {matchLabels: {app: 'on'}}
  template:
    metadata: {labels: {app: 'on'}}
    spec: {serviceAccountName: front, containers: [{name: c}]}
---
apiVersion: v1
kind: Service
metadata: {name: payment, namespace: shop}
spec: {selector: {app: payment}, ports: [{port: 443, targetPort: https}]}
";

const ASSERTIONS: &str = "\
assertions:
- only: shop/payment:8443
  from: [shop/order]
- only: shop/order:8080
  from: [web/front]
- open: shop/payment:8443
  from: [shop/order]
- open: shop/order:8080
  from: [web/front]
";

fn with_model<T>(text: &str, judge: impl FnOnce(&Model<'_>) -> T) -> T {
    let source = Source::new("shop.yaml", text.as_bytes().to_vec()).unwrap();
    let (options, documents) = (Options::default(), documents::read(&[source]));
    let model = index::build(&documents, &options);
    assert!(model.notes.is_empty(), "{:?}", model.notes);
    judge(&model)
}

fn assertions() -> Vec<Assertion> {
    let file = Source::new("assertions.yaml", ASSERTIONS.as_bytes().to_vec()).unwrap();
    assertions::read(&file).unwrap()
}

#[test]
fn what_is_generated_satisfies_the_assertions_and_lints_clean() {
    // Traffic of ambient mode arrives on a port of the node's proxy.
    let ambient = SHOP.replace(
        "istio-injection: enabled",
        "istio.io/dataplane-mode: ambient",
    );
    let cases = [SHOP, ambient.as_str()]
        .into_iter()
        .flat_map(|shop| [(shop, false), (shop, true)]);
    for (shop, with_mesh) in cases {
        let made = with_model(shop, |model| {
            let wanted = from_assertions(model, &assertions()).unwrap();
            generate(model, &wanted, with_mesh)
        });
        assert!(made.remarks.is_empty(), "{:?}", made.remarks);
        assert_eq!(made.manifests.contains("15008"), shop != SHOP);
        let whole = format!("{shop}{}", made.manifests);
        with_model(&whole, |model| {
            let reachability = Reachability::new(model, &Assumptions::default());
            for assertion in assertions() {
                let judged = assertion.judge(&reachability, &Meshes::new(model)).unwrap();
                // On which port the node's proxy hands it on, no policy of the network sees.
                let holds = match shop == SHOP {
                    true => judged.ruling == Ruling::Proven,
                    false => judged.ruling != Ruling::Refuted,
                };
                assert!(holds, "{}: {:#?}\n{whole}", judged.name, judged.chains);
            }
        });
        let source = Source::new("whole.yaml", whole.into_bytes()).unwrap();
        let outcome = lint(&[source], &Options::default());
        let about_policies = outcome.findings.iter().filter(|finding| {
            finding.rule.id.starts_with("network-policy")
                || finding.rule.id.starts_with("authorization")
                || finding.rule.id == "namespace-without-default-deny"
        });
        let about_policies: Vec<_> = about_policies.map(|finding| &finding.message).collect();
        assert!(about_policies.is_empty(), "{about_policies:?}");
    }
}

#[test]
fn references_lead_through_services_to_the_pods_port() {
    with_model(SHOP, |model| {
        let wanted = from_references(model);
        let ports = PortSet::range(Protocol::Tcp, 8443, 8443);
        assert_eq!(
            wanted,
            [Wanted {
                from: Caller::Workload(0),
                to: 1,
                ports
            }]
        );
    });
}

#[test]
fn flows_are_read_as_hubble_writes_them() {
    let flows = concat!(
        r#"{"flow":{"verdict":"FORWARDED","l4":{"TCP":{"source_port":40000,"destination_port":8443}},"#,
        r#""source":{"namespace":"shop","pod_name":"order-7d9c-x2","workloads":[{"name":"order","kind":"Deployment"}]},"#,
        r#""destination":{"namespace":"shop","pod_name":"payment-6f-zz"}}}"#,
        "\n",
        r#"{"flow":{"verdict":"DROPPED","l4":{"TCP":{"destination_port":22}},"#,
        r#""source":{"namespace":"shop","pod_name":"order-1"},"destination":{"namespace":"shop","pod_name":"payment-1"}}}"#,
        "\n",
        r#"{"flow":{"verdict":"FORWARDED","l4":{"TCP":{"destination_port":22}},"#,
        r#""source":{"namespace":"elsewhere","pod_name":"x"},"destination":{"namespace":"shop","pod_name":"payment-1"}}}"#,
        "\n",
    );
    let source = Source::new("flows.json", flows.as_bytes().to_vec()).unwrap();
    let nodes: Vec<Node> = crate::kernel::yaml::parse_stream(&source)
        .documents
        .into_iter()
        .map(|document| document.unwrap().root)
        .collect();
    assert_eq!(nodes.len(), 3);
    with_model(SHOP, |model| {
        let Flows {
            wanted, unknown, ..
        } = from_hubble(model, &nodes);
        let ports = PortSet::range(Protocol::Tcp, 8443, 8443);
        assert_eq!(
            wanted,
            [Wanted {
                from: Caller::Workload(0),
                to: 1,
                ports
            }]
        );
        assert_eq!(unknown, 1);
    });
}

#[test]
fn scalars_are_read_as_they_were() {
    for text in [
        "app", "on", "1", "a b", "y", "a.b/c-d", "0x1", "~", "", "#x", "No", "1e3",
    ] {
        let source = Source::new("s.yaml", format!("k: {}\n", scalar(text)).into_bytes()).unwrap();
        let mut documents = crate::kernel::yaml::parse_stream(&source).documents;
        let root = documents.remove(0).unwrap().root;
        assert_eq!(root.get("k").and_then(Node::as_str), Some(text));
    }
}

/// A pod is the workload's whose name and labels it bears, and what may be a reply opens nothing.
#[test]
fn a_pod_is_not_of_the_first_workload_whose_name_it_begins_with() {
    let legacy = "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: order-legacy, namespace: shop}\n\
                  spec: {selector: {matchLabels: {app: order-legacy}}, template: {metadata: {labels: {app: order-legacy}}, \
                  spec: {containers: [{name: c}]}}}\n";
    let flow = |pod: &str, more: &str| {
        format!(
            "{{\"verdict\":\"FORWARDED\",\"l4\":{{\"TCP\":{{\"destination_port\":8443}}}},\
             \"source\":{{\"namespace\":\"shop\",\"pod_name\":\"{pod}\"}},\
             \"destination\":{{\"namespace\":\"shop\",\"pod_name\":\"payment-6f-zz\"}}{more}}}\n"
        )
    };
    with_model(&format!("{SHOP}{legacy}"), |model| {
        let read = |flow: String| {
            let source = Source::new("flows.json", flow.into_bytes()).unwrap();
            let documents = crate::kernel::yaml::parse_stream(&source)
                .documents
                .into_iter();
            let nodes: Vec<Node> = documents.map(|one| one.unwrap().root).collect();
            from_hubble(model, &nodes)
        };
        let caller = |pod: &str| {
            let seen = read(flow(pod, ",\"is_reply\":false"));
            let Some(Wanted {
                from: Caller::Workload(position),
                ..
            }) = seen.wanted.first()
            else {
                return "nobody";
            };
            model.workloads[*position].resource.name
        };
        assert_eq!(caller("order-legacy-5d4f6-x2x2x"), "order-legacy");
        assert_eq!(caller("order-5d4f6-x2x2x"), "order");
        assert_eq!(caller("order-gateway-5d4f6-x2x2x"), "nobody");
        let unknown = read(flow("order-5d4f6-x2x2x", ",\"is_reply\":null"));
        assert_eq!((unknown.wanted.len(), unknown.undirected), (0, 1));
    });
}

/// Proxies behind a default-deny get their configuration and certificates.
#[test]
fn a_mesh_keeps_its_control_plane() {
    let policies = |mesh: bool| {
        with_model(SHOP, |model| {
            let wanted = from_assertions(model, &assertions()).unwrap();
            generate(model, &wanted, mesh).manifests
        })
    };
    assert!(policies(true).contains("port: 15012"), "{}", policies(true));
    assert!(!policies(false).contains("port: 15012"));
}

fn from(file: &str) -> Vec<Assertion> {
    let file = Source::new(
        "assertions.yaml",
        format!("assertions:\n{file}").into_bytes(),
    )
    .unwrap();
    assertions::read(&file).unwrap()
}

/// What is written for assertions about manifests, and what of it stays closed with them.
fn written(manifests: &str, file: &str) -> (Generated, Vec<String>) {
    with_model(manifests, |model| {
        let wanted = from_assertions(model, &from(file)).unwrap();
        let made = generate(model, &wanted, false);
        let closed = with_model(&format!("{manifests}{}", made.manifests), |together| {
            let reachability = Reachability::new(together, &Assumptions::default());
            closed(model, &wanted, &reachability, &Meshes::new(together))
        });
        (made, closed)
    })
}

const ONLY: &str = "- only: shop/payment:8443\n  from: [shop/order]\n";

/// An empty selector would be every pod of the caller's namespace.
#[test]
fn a_caller_without_labels_opens_nothing() {
    let bare = SHOP.replace("{matchLabels: {app: order}}", "{matchLabels: {}}");
    let bare = bare.replace("labels: {app: order, version: '1'}", "labels: {}");
    let (made, closed) = written(&bare, ONLY);
    assert!(!made.manifests.contains("from:"), "{}", made.manifests);
    assert!(
        made.remarks
            .iter()
            .any(|one| one.contains("order has no labels")),
        "{:?}",
        made.remarks
    );
    assert_eq!(closed.len(), 1, "{closed:?}");
    // The same of whom it calls.
    let (made, closed) = written(&bare, "- only: shop/order:8080\n  from: [web/front]\n");
    let rules = made
        .manifests
        .split("---")
        .filter(|one| one.contains("egress:"));
    assert_eq!((rules.count(), closed.len()), (0, 1), "{}", made.manifests);
}

/// `only` asks that nobody else gets in, and is written so that the caller does.
#[test]
fn what_other_policies_refuse_is_told() {
    assert_eq!(written(SHOP, ONLY).1, Vec::<String>::new());
    for refusing in [
        "apiVersion: policy.networking.k8s.io/v1alpha1\nkind: AdminNetworkPolicy\nmetadata: {name: p}\n\
         spec: {priority: 1, subject: {namespaces: {}}, ingress: [{action: Deny, from: [{namespaces: {}}]}]}\n",
        "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: p, namespace: shop}\n\
         spec: {endpointSelector: {}, egressDeny: [{toEndpoints: [{}]}]}\n",
        "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: p, namespace: shop}\n\
         spec: {action: DENY, rules: [{}]}\n",
    ] {
        let (_, closed) = written(&format!("{SHOP}---\n{refusing}"), ONLY);
        assert!(
            matches!(closed.as_slice(), [only] if only.contains("Deployment shop/order cannot call")),
            "{refusing}: {closed:?}"
        );
    }
}

/// A default-deny shuts out whatever leads in from outside.
#[test]
fn what_a_route_leads_to_is_not_shut_out_without_a_word() {
    let told = |more: &str, file: &str| {
        let (made, _) = written(&format!("{SHOP}{more}"), file);
        made.remarks
            .iter()
            .any(|one| one.contains("is offered outside by"))
    };
    let ingress = "---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: i, namespace: shop}\n\
                   spec: {defaultBackend: {service: {name: payment, port: {number: 443}}}}\n";
    let virtual_service = "---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: v, namespace: shop}\n\
                           spec: {hosts: [x.example], gateways: [web/g], http: [{route: [{destination: {host: payment}}]}]}\n";
    let route = "---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: r, namespace: shop}\n\
                 spec: {parentRefs: [{name: g}], rules: [{backendRefs: [{name: payment, port: 443}]}]}\n";
    assert!(!told("", ONLY));
    for more in [ingress, virtual_service, route] {
        assert!(told(more, ONLY), "{more}");
        // Whoever is let in from outside is not shut out.
        let outside = format!("{ONLY}- open: shop/payment:8443\n  from: [203.0.113.0/24]\n");
        assert!(!told(more, &outside), "{more}");
    }
    assert!(!told(&virtual_service.replace("web/g", "mesh"), ONLY));
    let gateway = "---\napiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {name: g, namespace: web}\n\
                   spec: {selector: {app: 'on'}, servers: [{port: {number: 80, name: h, protocol: HTTP}, hosts: ['*']}]}\n";
    let by_gateway = format!("{ONLY}- open: shop/payment:8443\n  from: [web/front]\n");
    assert!(told(virtual_service, &by_gateway));
    assert!(!told(&format!("{virtual_service}{gateway}"), &by_gateway));
}
