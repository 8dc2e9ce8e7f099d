//! What Kubernetes RBAC rules allow: wildcards, and ways to gain more than one was given.

/// A policy rule of a role.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Rule {
    /// API groups; the core group is the empty text.
    pub groups: Vec<String>,
    /// Resources, perhaps with a subresource.
    pub resources: Vec<String>,
    /// The only objects that it is about, if any are named.
    pub names: Vec<String>,
    /// Verbs.
    pub verbs: Vec<String>,
    /// Paths that are no resources.
    pub urls: Vec<String>,
}

/// A way to gain more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Way {
    /// In words.
    pub text: &'static str,
    /// Whether it is limited to named objects.
    pub conditional: bool,
}

type Need = (
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
);

/// API group, resources, verbs: any of the resources with any of the verbs.
const WAYS: [(&str, Need); 16] = [
    (
        "change roles past its own rights",
        (
            "rbac.authorization.k8s.io",
            &["roles", "clusterroles"],
            &["escalate"],
        ),
    ),
    (
        "bind roles that it does not hold",
        (
            "rbac.authorization.k8s.io",
            &["roles", "clusterroles"],
            &["bind"],
        ),
    ),
    (
        "impersonate others",
        (
            "",
            &["users", "groups", "serviceaccounts"],
            &["impersonate"],
        ),
    ),
    (
        "impersonate others by their attributes",
        (
            "authentication.k8s.io",
            &["userextras", "uids"],
            &["impersonate"],
        ),
    ),
    (
        "run pods under any service account",
        ("", &["pods"], &["create", "patch", "update"]),
    ),
    (
        "run workloads under any service account",
        (
            "apps",
            &["deployments", "daemonsets", "statefulsets", "replicasets"],
            &["create", "patch", "update"],
        ),
    ),
    (
        "run jobs under any service account",
        (
            "batch",
            &["jobs", "cronjobs"],
            &["create", "patch", "update"],
        ),
    ),
    (
        "run replication controllers under any service account",
        (
            "",
            &["replicationcontrollers"],
            &["create", "patch", "update"],
        ),
    ),
    (
        "run commands in pods",
        ("", &["pods/exec", "pods/attach"], &["create", "get"]),
    ),
    (
        "add containers to running pods",
        ("", &["pods/ephemeralcontainers"], &["patch", "update"]),
    ),
    (
        "read secrets",
        ("", &["secrets"], &["get", "list", "watch"]),
    ),
    (
        "mint tokens of service accounts",
        ("", &["serviceaccounts/token"], &["create"]),
    ),
    (
        "reach kubelets past the API server",
        ("", &["nodes/proxy"], &["get", "create"]),
    ),
    (
        "approve certificates",
        (
            "certificates.k8s.io",
            &["certificatesigningrequests/approval"],
            &["update", "patch"],
        ),
    ),
    (
        "change admission webhooks",
        (
            "admissionregistration.k8s.io",
            &[
                "mutatingwebhookconfigurations",
                "validatingwebhookconfigurations",
            ],
            &["create", "update", "patch"],
        ),
    ),
    (
        "create persistent volumes on hosts",
        ("", &["persistentvolumes"], &["create"]),
    ),
];

/// The ways that rules open. Some resources are of the whole cluster, and a namespaced role opens none of them.
pub fn escalations(rules: &[Rule], cluster: bool) -> Vec<Way> {
    const CLUSTER_ONLY: [&str; 6] = [
        "nodes/proxy",
        "certificatesigningrequests/approval",
        "mutatingwebhookconfigurations",
        "persistentvolumes",
        "userextras",
        "clusterroles",
    ];
    let mut ways = Vec::new();
    for (text, (group, resources, verbs)) in WAYS {
        let mut best: Option<bool> = None;
        for resource in resources {
            if !cluster && CLUSTER_ONLY.contains(resource) {
                continue;
            }
            for verb in verbs {
                for rule in rules
                    .iter()
                    .filter(|rule| rule.allows(group, resource, verb))
                {
                    // A request to create or to list names no object, so that names cannot limit the one
                    // and fail the other.
                    let limited = !rule.names.is_empty() && *verb != "create";
                    best = Some(best.unwrap_or(true) && limited);
                }
            }
        }
        if let Some(conditional) = best {
            ways.push(Way { text, conditional });
        }
    }
    ways
}

/// Wildcards in words.
pub fn wildcards(rules: &[Rule]) -> Vec<String> {
    let star = |list: &[String]| list.iter().any(|word| word == "*");
    let mut found = Vec::new();
    for rule in rules {
        let text = match (star(&rule.verbs), star(&rule.resources)) {
            (true, true) if star(&rule.groups) => "everything on every resource".to_owned(),
            (true, true) => format!(
                "everything in the API groups `{}`",
                rule.groups.join("`, `")
            ),
            (true, false) if !rule.resources.is_empty() => {
                format!("every verb on `{}`", rule.resources.join("`, `"))
            }
            (false, true) => format!("`{}` on every resource", rule.verbs.join("`, `")),
            (true, false) if rule.urls.iter().any(|url| url == "*" || url == "/*") => {
                "everything on every path".to_owned()
            }
            (false, false) if star(&rule.groups) && !rule.resources.is_empty() => format!(
                "`{}` on `{}` of every API group",
                rule.verbs.join("`, `"),
                rule.resources.join("`, `")
            ),
            _ => continue,
        };
        if !found.contains(&text) {
            found.push(text);
        }
    }
    found
}

impl Rule {
    fn allows(&self, group: &str, resource: &str, verb: &str) -> bool {
        let has = |list: &[String], word: &str| list.iter().any(|each| each == "*" || each == word);
        let subresource = resource.split_once('/').map(|(_, sub)| format!("*/{sub}"));
        let resources = has(&self.resources, resource)
            || subresource.is_some_and(|any| self.resources.contains(&any));
        has(&self.groups, group) && resources && has(&self.verbs, verb)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(groups: &[&str], resources: &[&str], verbs: &[&str], names: &[&str]) -> Rule {
        let own = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect();
        Rule {
            groups: own(groups),
            resources: own(resources),
            names: own(names),
            verbs: own(verbs),
            urls: Vec::new(),
        }
    }

    #[track_caller]
    fn ways(rule: Rule, cluster: bool, expected: &[(&str, bool)]) {
        let found = escalations(&[rule], cluster);
        let found: Vec<(&str, bool)> = found
            .iter()
            .map(|way| (way.text, way.conditional))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn each_way_needs_its_group_resource_and_verb() {
        ways(
            rule(&[""], &["secrets"], &["list"], &[]),
            false,
            &[("read secrets", false)],
        );
        ways(
            rule(&[""], &["secrets"], &["get"], &["one"]),
            false,
            &[("read secrets", true)],
        );
        ways(rule(&["apps"], &["secrets"], &["list"], &[]), false, &[]);
        ways(rule(&[""], &["secrets"], &["delete"], &[]), false, &[]);
        // `pods` is not `pods/exec`, `*/exec` is.
        ways(rule(&[""], &["pods"], &["get"], &[]), false, &[]);
        ways(
            rule(&[""], &["*/exec"], &["create"], &[]),
            false,
            &[("run commands in pods", false)],
        );
        ways(rule(&[""], &["nodes/proxy"], &["get"], &[]), false, &[]);
        ways(
            rule(&[""], &["nodes/proxy"], &["get"], &[]),
            true,
            &[("reach kubelets past the API server", false)],
        );
        // Names cannot limit what has no name yet.
        ways(
            rule(&[""], &["pods"], &["create"], &["one"]),
            false,
            &[("run pods under any service account", false)],
        );
        let all = rule(&["*"], &["*"], &["*"], &[]);
        assert_eq!(
            escalations(std::slice::from_ref(&all), true).len(),
            WAYS.len()
        );
        assert_eq!(wildcards(&[all]), ["everything on every resource"]);
        assert_eq!(wildcards(&[rule(&[""], &["pods"], &["get"], &[])]), [""; 0]);
        let groups = rule(&["*"], &["pods"], &["get"], &[]);
        assert_eq!(wildcards(&[groups]), ["`get` on `pods` of every API group"]);
    }
}
