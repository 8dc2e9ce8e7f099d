//! What must not pass as proven: each case was believed once.

use super::*;
use crate::kernel::source::Source;
use crate::lint::{Options, documents, index};

const PODS: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: order, namespace: prod, labels: {app: order}}
spec: {containers: [{name: c}]}
---
apiVersion: v1
kind: Pod
metadata: {name: payment, namespace: prod, labels: {app: payment}}
spec: {containers: [{name: c, ports: [{containerPort: 8443}]}]}
";

fn policy(from: &str) -> String {
    format!(
        "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: payment, namespace: prod}}\n\
         spec:\n  podSelector: {{matchLabels: {{app: payment}}}}\n  ingress:\n  - from: [{from}]\n    ports: [{{port: 8443}}]\n"
    )
}

const ORDER: &str = "{podSelector: {matchLabels: {app: order}}}";

/// What is said of `prod/payment:8443` alone being reached by `prod/order`, and how many notes tell of unread input.
fn ruled(files: &[(&str, &str)], assumptions: &Assumptions) -> (Ruling, usize) {
    let sources: Vec<_> = files
        .iter()
        .map(|(name, text)| Source::new(*name, text.as_bytes().to_vec()).unwrap())
        .collect();
    let (options, documents) = (Options::default(), documents::read(&sources));
    let model = index::build(&documents, &options);
    let unread = documents.notes.iter().chain(&model.notes);
    let unread = unread.filter(|note| note.is_failure()).count();
    let reachability = Reachability::new(&model, assumptions);
    let target = Target::find(&model, "prod/payment:8443").unwrap();
    let order = Target::find(&model, "prod/order").unwrap();
    let proof = reachability.only(&target, &[Caller::Workload(order.position)], &NetworkAlone);
    (proof.ruling, unread)
}

fn ruling(extra: &str) -> Ruling {
    let text = format!("{PODS}{extra}");
    ruled(&[("all.yaml", &text)], &Assumptions::default()).0
}

#[test]
fn a_label_of_the_caller_proves_it() {
    assert_eq!(ruling(&policy(ORDER)), Ruling::Proven);
}

#[test]
fn a_rule_for_every_pod_is_no_condition() {
    assert_eq!(ruling(&policy("{namespaceSelector: {}}")), Ruling::Refuted);
    assert_eq!(ruling(&policy("{podSelector: {}}")), Ruling::Refuted);
    let not =
        "{podSelector: {matchExpressions: [{key: app, operator: NotIn, values: [x, payment]}]}}";
    assert_ne!(ruling(&policy(not)), Ruling::Proven);
}

/// What lets an allowed caller in may let in others beside it, by another peer or another label of the same rule.
#[test]
fn a_peer_or_a_label_beside_the_callers_proves_nothing() {
    let named = |name: &str, app: &str| {
        format!(
            "{{namespaceSelector: {{matchLabels: {{kubernetes.io/metadata.name: {name}}}}}, podSelector: {{matchLabels: {{app: {app}}}}}}}"
        )
    };
    let expressed = |text: &str| format!("{{podSelector: {{matchExpressions: [{text}]}}}}");
    for from in [
        format!("{ORDER}, {{podSelector: {{matchLabels: {{app: legacy}}}}}}"),
        format!("{ORDER}, {}", named("monitoring", "prometheus")),
        expressed("{key: app, operator: In, values: [order, legacy]}"),
        expressed("{key: app, operator: Exists}"),
        expressed("{key: app, operator: NotIn, values: [batch]}, {key: app, operator: Exists}"),
        expressed("{key: evil, operator: DoesNotExist}"),
        "{namespaceSelector: {}, podSelector: {matchLabels: {app: order}}}".to_owned(),
        "{namespaceSelector: {matchLabels: {env: prod}}, podSelector: {matchLabels: {app: order}}}"
            .to_owned(),
        format!("{ORDER}, {{ipBlock: {{cidr: 10.0.0.0/8}}}}"),
    ] {
        assert_ne!(ruling(&policy(&from)), Ruling::Proven, "{from}");
    }
    for from in [
        named("prod", "order"),
        expressed("{key: app, operator: In, values: [order]}"),
        format!("{ORDER}, {}", named("prod", "order")),
    ] {
        assert_eq!(ruling(&policy(&from)), Ruling::Proven, "{from}");
    }
}

/// The same of the plugins' policies.
#[test]
fn a_rule_of_a_plugin_for_who_lacks_a_label_proves_nothing() {
    let cilium = |from: &str| {
        format!(
            "---\napiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {{name: c, namespace: prod}}\n\
             spec: {{endpointSelector: {{matchLabels: {{app: payment}}}}, ingress: [{{fromEndpoints: [{from}]}}]}}\n"
        )
    };
    let lacks = "{matchExpressions: [{key: quarantine, operator: DoesNotExist}]}";
    assert_ne!(ruling(&cilium(lacks)), Ruling::Proven);
    assert_eq!(
        ruling(&cilium("{matchLabels: {app: order}}")),
        Ruling::Proven
    );
    let calico = |from: &str| {
        format!(
            "---\napiVersion: projectcalico.org/v3\nkind: NetworkPolicy\nmetadata: {{name: c, namespace: prod}}\n\
             spec: {{selector: \"app == 'payment'\", ingress: [{{action: Allow, source: {{selector: \"{from}\"}}}}]}}\n"
        )
    };
    assert_ne!(ruling(&calico("role != 'evil'")), Ruling::Proven);
    assert_eq!(ruling(&calico("app == 'order'")), Ruling::Proven);
    // What a rule asks for beyond labels only narrows it.
    let beside = |rule: &str| {
        calico("app == 'order'").replace("{action: Allow,", &format!("{{action: Allow, {rule},"))
    };
    for rule in [
        "protocol: TCP, http: {methods: [GET]}",
        "ipVersion: 4",
        "destination: {selector: \"app == 'payment'\"}",
    ] {
        assert_eq!(ruling(&beside(rule)), Ruling::Proven, "{rule}");
        let anybody = beside(rule).replace("app == 'order'", "all()");
        assert_ne!(ruling(&anybody), Ruling::Proven, "{rule}");
    }
    let ports = "[{ports: [{port: '8443', protocol: TCP}], rules: {http: [{method: GET}]}}]";
    let requests = |labels: &str| {
        let plain = cilium(&format!("{{matchLabels: {{{labels}}}}}"));
        plain.replace("ingress: [{", &format!("ingress: [{{toPorts: {ports}, "))
    };
    assert_eq!(ruling(&requests("app: order")), Ruling::Proven);
    assert_ne!(ruling(&requests("")), Ruling::Proven);
    assert_ne!(ruling(&requests("app: other")), Ruling::Proven);
    // A label that Cilium gives of its own is none of the caller's.
    assert_ne!(
        ruling(&requests("io.cilium.k8s.policy.serviceaccount: order")),
        Ruling::Proven
    );
}

#[test]
fn worlds_of_one_repository_are_ruled_on_apart() {
    let (deny, open) = (format!("{PODS}{}", policy(ORDER)), PODS.to_owned());
    let files = [
        ("clusters/eu/all.yaml", deny.as_str()),
        ("clusters/us/all.yaml", open.as_str()),
    ];
    let sources = files.map(|(name, text)| Source::new(name, text.as_bytes().to_vec()).unwrap());
    let ruled = crate::lint::worlds::split(&sources, std::path::Path::new(""))
        .into_iter()
        .map(|world| {
            let texts = world
                .sources
                .iter()
                .map(|one| (one.name(), one.text().unwrap()));
            let texts: Vec<_> = texts.collect();
            (world.name, ruled(&texts, &Assumptions::default()).0)
        });
    assert_eq!(
        ruled.collect::<Vec<_>>(),
        [
            (Some("clusters/eu".to_owned()), Ruling::Proven),
            (Some("clusters/us".to_owned()), Ruling::Refuted)
        ]
    );
    // Taken for one cluster, what is there twice proves nothing.
    assert_eq!(
        super::proof_tests::ruled(&files, &Assumptions::default()).0,
        Ruling::Undecided
    );
}

#[test]
fn in_a_closed_world_nobody_is_unseen() {
    let team = policy("{namespaceSelector: {matchLabels: {team: b}}}");
    let text = format!("{PODS}{team}");
    let files = [("all.yaml", text.as_str())];
    assert_eq!(ruled(&files, &Assumptions::default()).0, Ruling::Undecided);
    let closed = Assumptions {
        closed_world: true,
        ..Assumptions::default()
    };
    assert_eq!(ruled(&files, &closed).0, Ruling::Proven);
}

#[test]
fn a_policy_with_an_exception_as_wide_as_its_block_is_refused() {
    let block = "{ipBlock: {cidr: 10.0.0.0/8, except: [10.0.0.0/8]}}";
    let text = format!("{PODS}{}", policy(block));
    assert_eq!(
        ruled(&[("all.yaml", &text)], &Assumptions::default()),
        (Ruling::Refuted, 1)
    );
}

/// A network that knows the field denies everything; an API server that does not, drops it.
#[test]
fn a_refusal_by_an_unknown_field_proves_nothing() {
    let deny = "---\napiVersion: policy.networking.k8s.io/v1alpha1\nkind: AdminNetworkPolicy\nmetadata: {name: a}\n\
                spec: {priority: 1, subject: {namespaces: {}}, ingress: [{action: Deny, from: [{networks: ['0.0.0.0/0']}]}]}\n";
    assert_eq!(ruling(deny), Ruling::Undecided);
}

#[test]
fn an_object_that_is_defined_twice_proves_nothing() {
    let twice = format!("{}{}", policy(ORDER), policy(ORDER));
    assert_eq!(ruling(&twice), Ruling::Undecided);
    let again = PODS.replace("{app: payment}", "{app: other}");
    assert_eq!(
        ruling(&format!("{}---\n{again}", policy(ORDER))),
        Ruling::Undecided
    );
}

#[test]
fn policies_of_other_networks_prove_nothing() {
    for kind in [
        "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: open, namespace: prod}\n",
        "apiVersion: crd.projectcalico.org/v1\nkind: GlobalNetworkPolicy\nmetadata: {name: open}\n",
    ] {
        assert_eq!(
            ruling(&format!("{}---\n{kind}", policy(ORDER))),
            Ruling::Undecided
        );
    }
}

#[test]
fn equal_priorities_prove_nothing() {
    let admin = |name: &str, action: &str| {
        format!(
            "---\napiVersion: policy.networking.k8s.io/v1alpha1\nkind: AdminNetworkPolicy\nmetadata: {{name: {name}}}\n\
             spec:\n  priority: 10\n  subject: {{namespaces: {{}}}}\n  ingress:\n  - {{action: {action}, from: [{{namespaces: {{}}}}]}}\n"
        )
    };
    let tied = format!(
        "{}{}{}",
        policy(ORDER),
        admin("a", "Deny"),
        admin("b", "Allow")
    );
    assert_eq!(ruling(&tied), Ruling::Undecided);
}

#[test]
fn pods_on_the_host_network_are_not_kept_to_policies() {
    let host = PODS.replace(
        "spec: {containers: [{name: c, ports",
        "spec: {hostNetwork: true, containers: [{name: c, ports",
    );
    let text = format!("{host}{}", policy(ORDER));
    for closed_world in [false, true] {
        let assumptions = Assumptions {
            closed_world,
            ..Assumptions::default()
        };
        assert_ne!(
            ruled(&[("all.yaml", &text)], &assumptions).0,
            Ruling::Proven
        );
    }
}

/// Whatever hides a policy that opens everything is told.
#[test]
fn what_is_swallowed_is_noted() {
    let open = "metadata: {name: open, namespace: prod}\nspec: {podSelector: {}, ingress: [{}]}\n";
    let hidden = [
        format!("apiVersion: extensions/v1beta1\nkind: NetworkPolicy\n{open}"),
        format!("apiVersion: networking.k8s.io/v9\nkind: NetworkPolicy\n{open}"),
        format!("apiVersion: policy.networking.k8s.io/v1alpha2\nkind: AdminNetworkPolicy\n{open}"),
        format!("apiVersion: networking.k8s.io/v1\nkind: networkpolicy\n{open}"),
        format!("apiVersion: networking.k8s.io/v1\nkind: 'NetworkPolicy '\n{open}"),
        format!("apiVersion: networking.k8s.io/v1\nKind: NetworkPolicy\n{open}"),
        format!("apiVersion: networking.k8s.io/v1\nkind: [NetworkPolicy]\n{open}"),
        "apiVersion: v1\nkind: List\nitems: {a: 1}\n".to_owned(),
        "apiVersion: v1\nkind: List\nitems: [[1]]\n".to_owned(),
        "- apiVersion: networking.k8s.io/v1\n  kind: NetworkPolicy\n".to_owned(),
        policy(ORDER).replace(
            "podSelector: {matchLabels: {app: payment}}",
            "podselector: {}",
        ),
        policy(ORDER).replace("{matchLabels: {app: payment}}", "{app: payment}"),
        policy(ORDER).replace("port: 8443", "port: '8443'"),
        policy("{podSelector: {matchExpressions: [{key: app, operator: In}]}}"),
    ];
    for text in hidden {
        let all = format!("{PODS}{}", policy(ORDER));
        let files = [("all.yaml", all.as_str()), ("hidden.yaml", text.as_str())];
        let (_, unread) = ruled(&files, &Assumptions::default());
        assert!(unread > 0, "{text}");
    }
}

#[test]
fn the_port_of_a_service_is_not_taken_for_the_pods() {
    let service = "---\napiVersion: v1\nkind: Service\nmetadata: {name: payment, namespace: prod}\n\
                   spec: {selector: {app: payment}, ports: [{port: 443, targetPort: 8443}]}\n";
    let text = format!("{PODS}{service}");
    let source = Source::new("all.yaml", text.into_bytes()).unwrap();
    let (options, documents) = (Options::default(), documents::read(&[source]));
    let model = index::build(&documents, &options);
    let error = Target::find(&model, "prod/payment:443").unwrap_err();
    assert!(
        matches!(error, TargetError::ServicePort { target: 8443, .. }),
        "{error}"
    );
    let error = Target::find(&model, "prod/payment:9999").unwrap_err();
    assert!(matches!(error, TargetError::Undeclared { .. }), "{error}");
}

/// What the API server refuses isolates nobody.
#[test]
fn names_and_labels_that_no_server_takes_prove_nothing() {
    let sound = policy(ORDER);
    for wrong in [
        sound.replace("{name: payment,", "{name: Default_Deny,"),
        sound.replace("{app: order}", "{app: 'a b'}"),
        sound.replace("port: 8443", "port: web-"),
    ] {
        assert_ne!(ruling(&wrong), Ruling::Proven, "{wrong}");
    }
}

#[test]
fn a_hook_of_helm_proves_nothing() {
    let hook = policy(ORDER).replace(
        "{name: payment,",
        "{name: payment, annotations: {helm.sh/hook: test},",
    );
    assert_eq!(ruling(&hook), Ruling::Undecided);
    let hook = hook.replace("helm.sh/hook: test", "argocd.argoproj.io/hook: Skip");
    assert_eq!(ruling(&hook), Ruling::Undecided);
    for (annotation, expected) in [
        ("kustomize.toolkit.fluxcd.io/ssa: Ignore", Ruling::Undecided),
        ("kustomize.toolkit.fluxcd.io/ssa: Merge", Ruling::Proven),
        (
            "kustomize.toolkit.fluxcd.io/reconcile: disabled",
            Ruling::Undecided,
        ),
        (
            "config.kubernetes.io/local-config: \"true\"",
            Ruling::Undecided,
        ),
        (
            "config.kubernetes.io/local-config: \"false\"",
            Ruling::Proven,
        ),
    ] {
        let policy = hook.replace("argocd.argoproj.io/hook: Skip", annotation);
        assert_eq!(ruling(&policy), expected, "{annotation}");
    }
}

/// `!!binary` is what its base64 stands for, to kubectl.
#[test]
fn what_is_written_in_base64_hides_nothing() {
    for (namespace, expected) in [
        ("!!binary cHJvZA==", Ruling::Refuted),
        ("other", Ruling::Proven),
    ] {
        let open = format!(
            "{}---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: open, namespace: {namespace}}}\n\
             spec: {{podSelector: {{}}, ingress: [{{}}]}}\n",
            policy(ORDER)
        );
        assert_eq!(ruling(&open), expected, "{namespace}");
    }
}

/// Kustomize fills in what its own file does not say.
#[test]
fn a_kustomization_is_known_by_its_name() {
    let text = format!("{PODS}{}", policy(ORDER));
    for (name, expected) in [
        ("base/kustomization.yaml", Ruling::Undecided),
        ("base/Kustomization", Ruling::Undecided),
        ("base/settings.yaml", Ruling::Proven),
    ] {
        let files = [
            ("base/all.yaml", text.as_str()),
            (name, "namespace: other\nresources: [all.yaml]\n"),
        ];
        assert_eq!(ruled(&files, &Assumptions::default()).0, expected, "{name}");
    }
}

/// A pod that the same owner made may have other labels, and be open.
#[test]
fn every_pod_of_an_owner_is_asked_about() {
    let pod = |name: &str, app: &str| {
        format!(
            "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: prod, labels: {{app: {app}}}, \
             ownerReferences: [{{kind: Pod, name: payment}}]}}\nspec: {{containers: [{{name: c, ports: [{{containerPort: 8443}}]}}]}}\n"
        )
    };
    let rules = policy(ORDER);
    let same = format!("{rules}{}", pod("twin", "payment"));
    let stray = format!("{rules}{}", pod("stray", "other"));
    assert_eq!(ruling(&same), Ruling::Proven);
    assert_eq!(ruling(&stray), Ruling::Refuted);
}

/// Interfaces of other networks, and what makes policies while the cluster runs, are beyond the input.
/// Something may apply what stands within a template, or in a bundle.
#[test]
fn policies_within_other_objects_prove_nothing() {
    let within = |head: &str, spec: &str| {
        let rules = policy(ORDER);
        ruling(&format!(
            "{rules}---\napiVersion: {head}\nmetadata: {{name: t}}\n{spec}\n"
        ))
    };
    let object = |kind: &str, namespace: &str| {
        let api = match kind {
            "NetworkPolicy" => "networking.k8s.io/v1",
            "AuthorizationPolicy" => "security.istio.io/v1",
            "Deployment" => "apps/v1",
            _ => "v1",
        };
        format!(
            "{{apiVersion: {api}, kind: {kind}, metadata: {{name: o, namespace: {namespace}}}, spec: {{}}}}"
        )
    };
    let open = object("NetworkPolicy", "prod");
    for (head, spec) in [
        ("template.openshift.io/v1\nkind: Template", format!("objects: [{open}]")),
        ("v1\nkind: Template", format!("objects: [{open}]")),
        (
            "work.open-cluster-management.io/v1\nkind: ManifestWork",
            format!("spec: {{workload: {{manifests: [{open}]}}}}"),
        ),
        (
            "policy.open-cluster-management.io/v1\nkind: ConfigurationPolicy",
            format!("spec: {{object-templates: [{{objectDefinition: {open}}}]}}"),
        ),
        (
            "kubernetes.crossplane.io/v1alpha2\nkind: Object",
            format!("spec: {{forProvider: {{manifest: {open}}}}}"),
        ),
        (
            "hive.openshift.io/v1\nkind: SelectorSyncSet",
            format!("spec: {{resources: [{open}]}}"),
        ),
        (
            "kro.run/v1alpha1\nkind: ResourceGraphDefinition",
            format!(
                "spec: {{resources: [{{template: {}}}]}}",
                object("NetworkPolicy", "'${schema.spec.name}'")
            ),
        ),
        (
            "example.com/v1\nkind: Bundle",
            format!("spec: [{}]", object("AuthorizationPolicy", "prod")),
        ),
        (
            "fleet.cattle.io/v1alpha1\nkind: Bundle",
            "spec:\n  resources:\n  - content: |\n      apiVersion: networking.k8s.io/v1\n      kind: NetworkPolicy\n".to_owned(),
        ),
    ] {
        assert_eq!(within(head, &spec), Ruling::Undecided, "{head} {spec}");
    }
    for kind in ["Deployment", "Service", "ConfigMap"] {
        let spec = format!("objects: [{}]", object(kind, "prod"));
        assert_eq!(
            within("v1\nkind: Template", &spec),
            Ruling::Proven,
            "{kind}"
        );
    }
    // For pods of another cluster, or for none that the input shows.
    let spec = format!("objects: [{}]", object("NetworkPolicy", "elsewhere"));
    assert_eq!(within("v1\nkind: Template", &spec), Ruling::Proven);
    let checks =
        "spec: {healthChecks: [{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, name: n}]}";
    assert_eq!(
        within("example.com/v1\nkind: Checks", checks),
        Ruling::Proven
    );
}

#[test]
fn what_is_beyond_the_policies_of_the_input_proves_nothing() {
    let multus = PODS.replace(
        "labels: {app: payment}",
        "labels: {app: payment}, annotations: {k8s.v1.cni.cncf.io/networks: macvlan}",
    );
    let text = format!("{multus}{}", policy(ORDER));
    let files = [("all.yaml", text.as_str())];
    assert_eq!(ruled(&files, &Assumptions::default()).0, Ruling::Undecided);
    let release = |namespace: &str| {
        format!(
            "{}---\napiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: r, namespace: {namespace}}}\nspec: {{}}\n",
            policy(ORDER)
        )
    };
    assert_eq!(ruling(&release("prod")), Ruling::Undecided);
    assert_eq!(ruling(&release("other")), Ruling::Proven);
    let beside = |api: &str, kind: &str, spec: &str| {
        let rules = policy(ORDER);
        format!(
            "{rules}---\napiVersion: {api}\nkind: {kind}\nmetadata: {{name: open}}\nspec: {spec}\n"
        )
    };
    let set = |namespace: &str| {
        format!("{{template: {{spec: {{destination: {{namespace: '{namespace}'}}}}}}}}")
    };
    let (here, there, anywhere) = (set("prod"), set("other"), set("{{path.basename}}"));
    let (argo, kyverno) = ("argoproj.io/v1alpha1", "kyverno.io/v1");
    let made = "{rules: [{name: x, generate: {kind: NetworkPolicy}}]}";
    let cloned = "{rules: [{name: x, generate: {cloneList: {kinds: [v1/Secret]}}}]}";
    let config = "{rules: [{name: x, generate: {kind: ConfigMap}}]}";
    let aws = "networking.k8s.aws/v1alpha1";
    for (api, kind, spec, expected) in [
        (kyverno, "ClusterPolicy", made, Ruling::Undecided),
        (kyverno, "ClusterPolicy", cloned, Ruling::Undecided),
        (kyverno, "ClusterPolicy", config, Ruling::Proven),
        (
            "policies.kyverno.io/v1",
            "GeneratingPolicy",
            "{}",
            Ruling::Undecided,
        ),
        (
            "mutations.gatekeeper.sh/v1",
            "Assign",
            "{}",
            Ruling::Undecided,
        ),
        (
            "admissionregistration.k8s.io/v1",
            "MutatingAdmissionPolicy",
            "{}",
            Ruling::Undecided,
        ),
        (
            "helm.cattle.io/v1",
            "HelmChart",
            "{targetNamespace: prod}",
            Ruling::Undecided,
        ),
        (argo, "ApplicationSet", here.as_str(), Ruling::Undecided),
        (argo, "ApplicationSet", anywhere.as_str(), Ruling::Undecided),
        (argo, "ApplicationSet", there.as_str(), Ruling::Proven),
        (
            argo,
            "Application",
            "{sources: [{path: a}, {helm: {}}]}",
            Ruling::Undecided,
        ),
        (aws, "ApplicationNetworkPolicy", "{}", Ruling::Undecided),
        (
            "network.openshift.io/v1",
            "EgressNetworkPolicy",
            "{}",
            Ruling::Proven,
        ),
    ] {
        assert_eq!(ruling(&beside(api, kind, spec)), expected, "{kind} {spec}");
    }
}

/// The documented shape: allow by label, refuse everybody else, before NetworkPolicies that are wide open.
#[test]
fn what_an_admin_policy_refuses_no_network_policy_opens() {
    let admin = |first: &str, last: &str| {
        format!(
            "---\napiVersion: policy.networking.k8s.io/v1alpha1\nkind: AdminNetworkPolicy\nmetadata: {{name: a}}\n\
             spec:\n  priority: 10\n  subject: {{namespaces: {{matchLabels: {{kubernetes.io/metadata.name: prod}}}}}}\n  \
             ingress:\n  - {{action: {first}, from: [{{pods: {{namespaceSelector: {{matchLabels: \
             {{kubernetes.io/metadata.name: prod}}}}, podSelector: {{matchLabels: {{app: order}}}}}}}}]}}\n{last}"
        )
    };
    let deny = "  - {action: Deny, from: [{namespaces: {}}]}\n";
    let open = policy("{namespaceSelector: {}}");
    for first in ["Allow", "Pass"] {
        assert_eq!(
            ruling(&format!("{open}{}", admin(first, deny))),
            Ruling::Proven,
            "{first}"
        );
        assert_eq!(
            ruling(&format!("{open}{}", admin(first, ""))),
            Ruling::Refuted,
            "{first}"
        );
    }
    let wider = admin("Pass", deny).replace("app: order", "tier: web");
    assert_ne!(ruling(&format!("{open}{wider}")), Ruling::Proven);
    let ports = "  - {action: Deny, from: [{namespaces: {}}], ports: [{portNumber: {protocol: TCP, port: 22}}]}\n";
    assert_ne!(
        ruling(&format!("{open}{}", admin("Pass", ports))),
        Ruling::Proven
    );
}

/// Two workloads of one name are told apart by their kinds.
#[test]
fn a_kind_tells_workloads_of_one_name_apart() {
    let text = format!(
        "{PODS}---\napiVersion: batch/v1\nkind: Job\nmetadata: {{name: order, namespace: prod}}\n\
         spec: {{template: {{metadata: {{labels: {{app: job}}}}, spec: {{containers: [{{name: c}}]}}}}}}\n"
    );
    let source = Source::new("all.yaml", text.into_bytes()).unwrap();
    let (options, documents) = (Options::default(), documents::read(&[source]));
    let model = index::build(&documents, &options);
    assert!(matches!(
        Target::find(&model, "prod/order"),
        Err(TargetError::Ambiguous { .. })
    ));
    let kind = |text: &str| {
        model.workloads[Target::find(&model, text).unwrap().position]
            .resource
            .kind
    };
    assert_eq!(kind("Job/prod/order"), "Job");
    assert_eq!(kind("pod/prod/order"), "Pod");
}

/// The account of the allowed caller alone: who can make pods with it is trusted, as with its labels.
#[test]
fn an_account_in_a_policy_of_calico_proves_as_a_label_does() {
    let pods = PODS.replacen(
        "spec: {containers",
        "spec: {serviceAccountName: order, containers",
        1,
    );
    let by = |source: &str| {
        let text = format!(
            "{pods}---\napiVersion: projectcalico.org/v3\nkind: NetworkPolicy\nmetadata: {{name: a, namespace: prod}}\n\
             spec: {{selector: all(), types: [Ingress], ingress: [{{action: Allow, source: {{{source}}}}}]}}\n"
        );
        ruled(&[("all.yaml", &text)], &Assumptions::default()).0
    };
    assert_eq!(by("serviceAccounts: {names: [order]}"), Ruling::Proven);
    assert_ne!(
        by("serviceAccounts: {names: [order, other]}"),
        Ruling::Proven
    );
    assert_ne!(by("serviceAccounts: {names: [other]}"), Ruling::Proven);
}
