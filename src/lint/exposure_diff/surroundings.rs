//! What bears on the answers and is not evaluated: what makes policies at run time, networks beside the cluster's, groups of
//! addresses, waypoints, controllers that offer Services in kinds of their own. Where such a thing differs, whether
//! anything became wider is not known.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Twins;
use crate::kernel::document::Node;
use crate::lint::model::network_policy::Direction;
use crate::lint::model::{Model, Resource};
use crate::lint::reachability::{Reason, other_networks};
use crate::lint::rewriting::makers;

/// Why the comparison settles nothing about such things.
pub(super) fn changed(before: &Model<'_>, after: &Model<'_>) -> Vec<Reason> {
    let mut found = refusals_gone(before, after);
    found.extend(of_workloads(before, after));
    let makers = [before, after].map(makers_of);
    let open = |resource: &Resource<'_>, model: usize| {
        let texts = makers.get(model).map(Vec::as_slice).unwrap_or_default();
        let is_it = |text: &String| {
            text.strip_prefix(&resource.subject())
                .is_some_and(|rest| rest.starts_with(' '))
        };
        let makes = texts.iter().any(is_it);
        makes
            .then_some("whether what it makes lets in more")
            .or_else(|| bears(resource))
    };
    for resource in &after.resources {
        let Some(what) = open(resource, 1) else {
            continue;
        };
        let earlier = twin(before, resource);
        // A waypoint that was not there enforces more.
        if earlier.is_none() && is_waypoint(resource) {
            continue;
        }
        if earlier.is_none_or(|earlier| said(earlier) != said(resource)) {
            found.push(reason(resource, "is not the same before and after", what));
        }
    }
    for resource in &before.resources {
        if let Some(what) = open(resource, 0)
            && twin(after, resource).is_none()
        {
            found.push(reason(resource, "is not there any more", what));
        }
    }
    found
}

fn reason(resource: &Resource<'_>, how: &str, what: &str) -> Reason {
    let text = format!("{} {how}: {what} is not compared", resource.subject());
    Reason::at(text, resource, resource.name_span)
}

fn twin<'m, 'a>(model: &'m Model<'a>, wanted: &Resource<'_>) -> Option<&'m Resource<'a>> {
    let key = |one: &Resource<'_>| {
        let name = [one.group, one.kind, one.namespace, one.name];
        name.map(str::to_owned)
    };
    let wanted = key(wanted);
    model.resources.iter().find(|one| key(one) == wanted)
}

/// What an object says, without what is new with each release of an application.
fn said(resource: &Resource<'_>) -> [Option<Value>; 2] {
    const IDLE: [&str; 9] = [
        "image",
        "images",
        "tag",
        "digest",
        "replicas",
        "replicaCount",
        "resources",
        "interval",
        "timeout",
    ];
    fn trimmed(mut value: Value) -> Value {
        match &mut value {
            Value::Object(fields) => {
                fields.retain(|key, _| !IDLE.contains(&key.as_str()));
                for field in fields.values_mut() {
                    *field = trimmed(field.take());
                }
            }
            Value::Array(items) => {
                for item in items {
                    *item = trimmed(item.take());
                }
            }
            _ => {}
        }
        value
    }
    let part = |path: &[&str]| resource.at(path).map(|node| trimmed(node.to_json()));
    [part(&["spec"]), part(&["metadata", "labels"])]
}

/// What of an object that is not evaluated would matter.
fn bears(resource: &Resource<'_>) -> Option<&'static str> {
    const OFFERS: [&str; 11] = [
        "IngressRoute",
        "IngressRouteTCP",
        "IngressRouteUDP",
        "HTTPProxy",
        "Mapping",
        "TCPMapping",
        "VirtualServer",
        "TransportServer",
        "ApisixRoute",
        "TargetGroupBinding",
        "Tunnel",
    ];
    match (resource.group, resource.kind) {
        ("cilium.io", "CiliumCIDRGroup") => Some("whether its addresses are more"),
        ("gateway.networking.k8s.io", "Gateway") if is_waypoint(resource) => {
            Some("whether it still enforces the policies for it")
        }
        (group, kind) if group.contains('.') && OFFERS.contains(&kind) => {
            Some("whether it offers more to the outside")
        }
        ("cilium.io", "CiliumEnvoyConfig" | "CiliumClusterwideEnvoyConfig") => {
            Some("where it leads connections")
        }
        _ => None,
    }
}

fn is_waypoint(gateway: &Resource<'_>) -> bool {
    let class = gateway
        .at(&["spec", "gatewayClassName"])
        .and_then(Node::as_str);
    class == Some("istio-waypoint")
        || gateway
            .at(&["metadata", "labels", "istio.io/waypoint-for"])
            .is_some()
}

/// What makes or changes policies where the workloads are.
fn makers_of(model: &Model<'_>) -> Vec<String> {
    let namespaces = model.workloads.iter().map(|one| one.resource.namespace);
    let namespaces: BTreeSet<&str> = namespaces.collect();
    let all = namespaces
        .into_iter()
        .flat_map(|space| makers(model, space));
    all.map(|one| one.text).collect()
}

/// Policies of clusters and plugins that refused something and are gone. Whom they refused among pods that no manifest
/// shows nobody knows; those that are new or say something else are told apart.
fn refusals_gone(before: &Model<'_>, after: &Model<'_>) -> Vec<Reason> {
    use crate::lint::model::admin_network_policy::Action;
    let of_cluster = before.cluster_policies.iter().filter_map(|policy| {
        let rules = Direction::ALL.into_iter().flat_map(|one| policy.rules(one));
        let mut rules = rules.filter(|rule| rule.action != Action::Allow);
        rules.next().map(|_| &policy.resource)
    });
    let of_plugins = before.plugin_policies.iter().filter_map(|policy| {
        let rules = Direction::ALL.into_iter().flat_map(|one| policy.rules(one));
        let mut rules = rules.filter(|rule| rule.action != Action::Allow);
        rules.next().map(|_| &policy.resource)
    });
    let gone = of_cluster.chain(of_plugins);
    let gone = gone.filter(|resource| twin(after, resource).is_none());
    let what = "whether pods that no manifest shows get in now";
    gone.map(|resource| reason(resource, "is not there any more", what))
        .collect()
}

/// Networks beside the cluster's, and the network of the node, which no policy binds.
fn of_workloads(before: &Model<'_>, after: &Model<'_>) -> Vec<Reason> {
    let twins = Twins::of(after, before);
    let mut found = Vec::new();
    for workload in &after.workloads {
        let earlier = twins.get(workload);
        let known = earlier.map(other_networks).unwrap_or_default();
        let new = other_networks(workload).into_iter();
        found.extend(new.filter(|one| !known.iter().any(|old| old.text == one.text)));
        let was_on_node = earlier.is_some_and(|one| one.host_network.is_some());
        if let Some(span) = workload.host_network.filter(|_| !was_on_node) {
            let resource = &workload.resource;
            let text = format!(
                "{} is on the network of its node now: pods of that node let it in whatever policies say",
                resource.subject()
            );
            found.push(Reason::at(text, resource, span));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use crate::lint::exposure_diff::mesh_tests::{compared, silent};

    const POD: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: pay, namespace: a, labels: {app: pay}}
spec: {containers: [{name: c}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: shut, namespace: a}
spec: {podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: q}}}]}]}
";

    fn object(api: &str, kind: &str, spec: &str) -> String {
        format!(
            "---\napiVersion: {api}\nkind: {kind}\nmetadata: {{name: x, namespace: a}}\nspec: {spec}\n"
        )
    }

    #[track_caller]
    fn assert_open(before: &str, after: &str, start: &str) {
        let [before, after] = [before, after].map(|text| format!("{POD}{text}"));
        let [_, _, limits] = compared(&before, &after);
        assert!(
            limits.iter().any(|one| one.starts_with(start)),
            "{limits:?}"
        );
    }

    /// Whom they refused the input may not show.
    #[test]
    fn a_policy_that_refused_and_is_gone_is_left_open() {
        let admin = "{priority: 1, subject: {namespaces: {}}, ingress: [{action: Deny, from: [{namespaces: {matchLabels: {env: dev}}}]}]}";
        let cilium = "{endpointSelector: {}, ingressDeny: [{fromEndpoints: [{matchLabels: {k8s:io.kubernetes.pod.namespace: dev}}]}]}";
        let calico = "{selector: all(), types: [Ingress], ingress: [{action: Deny, source: {namespaceSelector: env == 'dev'}}]}";
        for (api, kind, spec) in [
            (
                "policy.networking.k8s.io/v1alpha1",
                "AdminNetworkPolicy",
                admin,
            ),
            ("cilium.io/v2", "CiliumNetworkPolicy", cilium),
            ("projectcalico.org/v3", "NetworkPolicy", calico),
        ] {
            let text = object(api, kind, spec);
            let told = if kind.starts_with("Admin") {
                "x"
            } else {
                "a/x"
            };
            assert_open(&text, "", &format!("{kind} {told} is not there any more"));
        }
    }

    #[test]
    fn what_is_not_evaluated_and_differs_is_left_open() {
        let kyverno = |kind: &str| {
            let spec =
                format!("{{rules: [{{name: r, generate: {{kind: {kind}, namespace: a}}}}]}}");
            object("kyverno.io/v1", "Policy", &spec)
        };
        let policy = kyverno("NetworkPolicy");
        assert_open(&policy, "", "Policy a/x is not there any more");
        assert_open(
            &policy,
            &policy.replace("name: r", "name: s"),
            "Policy a/x is not the same",
        );
        let secret = kyverno("Secret");
        assert_eq!(compared(&format!("{POD}{secret}"), POD), silent());
        let chart = |version: &str, tag: &str| {
            let spec = format!(
                "{{chart: {{spec: {{chart: c, version: {version}}}}}, values: {{image: {{tag: {tag}}}}}}}"
            );
            format!(
                "{POD}{}",
                object("helm.toolkit.fluxcd.io/v2", "HelmRelease", &spec)
            )
        };
        // A release of an application by another image makes the same objects.
        assert_eq!(compared(&chart("1", "a"), &chart("1", "b")), silent());
        assert_eq!(compared(&chart("1", "a"), &chart("2", "a"))[2].len(), 1);
        let group = |block: &str| {
            object(
                "cilium.io/v2alpha1",
                "CiliumCIDRGroup",
                &format!("{{externalCIDRs: [{block}]}}"),
            )
        };
        assert_open(
            &group("10.0.0.0/8"),
            &group("0.0.0.0/0"),
            "CiliumCIDRGroup a/x is not",
        );
        let route = object("traefik.io/v1alpha1", "IngressRoute", "{routes: []}");
        assert_open(
            "",
            &route,
            "IngressRoute a/x is not the same before and after: whether it offers",
        );
        let waypoint = |name: &str| {
            let text = object(
                "gateway.networking.k8s.io/v1",
                "Gateway",
                "{gatewayClassName: istio-waypoint, listeners: []}",
            );
            text.replace(
                "name: x,",
                &format!("name: x, labels: {{istio.io/waypoint-for: {name}}},"),
            )
        };
        assert_open(
            &waypoint("service"),
            &waypoint("none"),
            "Gateway a/x is not the same",
        );
        assert_eq!(
            compared(POD, &format!("{POD}{}", waypoint("all"))),
            silent()
        );
    }

    #[test]
    fn networks_that_no_policy_binds_are_told() {
        let notes = |text: &str| {
            POD.replacen(
                "{app: pay}}",
                &format!("{{app: pay}}, annotations: {{{text}}}}}"),
                1,
            )
        };
        let multus = notes("k8s.v1.cni.cncf.io/networks: other");
        let [_, _, limits] = compared(POD, &multus);
        assert!(
            limits
                .iter()
                .any(|one| one.contains("gives Pod a/pay interfaces")),
            "{limits:?}"
        );
        assert_eq!(compared(&multus, &multus), silent());
        assert_eq!(compared(&multus, POD), silent());
        let node = POD.replacen("{containers:", "{hostNetwork: true, containers:", 1);
        let [_, _, limits] = compared(POD, &node);
        assert!(
            limits
                .iter()
                .any(|one| one.starts_with("Pod a/pay is on the network of its node now")),
            "{limits:?}"
        );
    }
}
