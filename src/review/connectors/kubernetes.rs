//! Kubernetes RBAC: `kubectl get clusterroles,roles,clusterrolebindings,rolebindings,serviceaccounts,pods -A -o json`.
//!
//! Rules only add; nothing denies. Aggregated roles are resolved to a fixpoint over labels, `rules: null` is a role
//! without rules of its own, a RoleBinding to a ClusterRole holds in its namespace, and a binding to what does not exist is
//! reported: a role created by that name later would be granted at once. A group is an account of its own, since its members
//! are known to the identity provider alone, but for those of service accounts.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use super::Options;
use super::json::{Export, filled, list};
use crate::kernel::document::Node;
use crate::kernel::source::Source;
use crate::review::error::ReviewError;
use crate::review::iam::policy::strings;
use crate::review::model::facts::{About, EntitlementKind, Facts, How, Knows, Signal, SignalKind};
use crate::review::model::{Kind, Truth};
use crate::review::rbac::{self, Rule};

/// A role before its aggregation is resolved.
struct Role {
    row: u32,
    rules: Vec<Rule>,
    labels: BTreeMap<String, String>,
    selectors: Vec<Node>,
}

/// Reads the resources.
pub(super) fn read(source: &Arc<Source>, options: &Options) -> Result<Facts, ReviewError> {
    let mut export = Export::read(source, "Kubernetes RBAC", &["items"])?;
    let knows = Knows::of(&[
        Knows::PERMISSIONS,
        Knows::PRIVILEGED,
        Knows::KIND,
        Knows::GRANTED,
    ]);
    let mut facts = Facts::new(export.sheet.clone(), knows);
    let system = options.system_or("kubernetes");
    let records = export.take();
    let mut roles = BTreeMap::new();
    let mut accounts = BTreeSet::new();
    let mut bindings = Vec::new();
    for (row, resource) in &records {
        let kind = filled(resource, &["kind"]).unwrap_or_default();
        let Some(name) = filled(resource, &["metadata", "name"]) else {
            export.reject(*row, "no `metadata.name`".to_owned());
            continue;
        };
        let namespace = filled(resource, &["metadata", "namespace"]).unwrap_or_default();
        let id = format!("{kind}/{namespace}/{name}");
        match kind.as_str() {
            "ClusterRole" | "Role" | "ServiceAccount" | "ClusterRoleBinding" | "RoleBinding"
            | "Pod" => {}
            other => {
                export.reject(*row, format!("`{other}` is no part of access control"));
                continue;
            }
        }
        if !export.is_first(&id, *row, resource) {
            continue;
        }
        export.keep();
        match kind.as_str() {
            "ClusterRole" | "Role" => {
                roles.insert(role_key(&kind, &namespace, &name), role(resource, *row));
            }
            "ServiceAccount" => {
                let name = format!("system:serviceaccount:{namespace}:{name}");
                let (index, _) = facts.account(&system, &name, *row);
                let created = export.when(resource, &["metadata", "creationTimestamp"], *row);
                let exists = facts.entitlement(&system, EntitlementKind::Permission, "exists");
                facts.privileged(exists, Truth::No);
                facts.grant(index, exists, *row).granted = created;
                if let Some(account) = facts.account_mut(index) {
                    account.kind = Kind::Service;
                    account.enabled = Truth::Yes;
                    account.created = created;
                }
                accounts.insert(name);
            }
            "ClusterRoleBinding" | "RoleBinding" => bindings.push((*row, resource)),
            _ => {}
        }
    }
    resolve(&mut roles);
    for (key, role) in &roles {
        describe(&mut facts, &system, key, role);
    }
    for (row, resource) in bindings {
        let kind = filled(resource, &["kind"]);
        let binding = Binding {
            resource,
            row,
            is_cluster: kind.as_deref() == Some("ClusterRoleBinding"),
        };
        binding.take(&mut facts, &mut export, (&system, &roles, &accounts));
    }
    give_to_members(&mut facts);
    facts.sheet = export.sheet;
    facts.remarks.push(
        "members of other groups than the cluster's own are known to the identity provider, not to the cluster".to_owned(),
    );
    Ok(facts)
}

/// Gives what the cluster's own groups hold to their members: every service account is in `system:serviceaccounts` and in
/// that of its namespace, and whoever has a name in `system:authenticated`. What Kubernetes gives to everybody by its own
/// roles is not worth a line for each.
fn give_to_members(facts: &mut Facts) {
    const ACCOUNT: &str = "system:serviceaccount:";
    let mut given = Vec::new();
    for grant in &facts.grants {
        let group = facts.accounts.get(grant.account as usize);
        let group = group.and_then(|account| account.name.strip_prefix("group:system:"));
        let entitlement = facts.entitlements.get(grant.entitlement as usize);
        let is_usual = entitlement.is_none_or(|one| one.name.starts_with("ClusterRole/system:"));
        let Some(group) = group.filter(|_| !is_usual) else {
            continue;
        };
        for (index, account) in (0..).zip(&facts.accounts) {
            let space = account.name.strip_prefix(ACCOUNT);
            let space = space.and_then(|rest| rest.split(':').next());
            let is_member = match group.strip_prefix("serviceaccounts") {
                Some("") => space.is_some(),
                Some(of) => of.strip_prefix(':').is_some_and(|of| space == Some(of)),
                None => group == "authenticated" && !account.name.starts_with("group:"),
            };
            if is_member {
                let mut own = grant.clone();
                own.account = index;
                own.how = How::Inherited;
                given.push(own);
            }
        }
    }
    facts.grants.extend(given);
}

fn role_key(kind: &str, namespace: &str, name: &str) -> String {
    match kind {
        "Role" => format!("Role/{namespace}/{name}"),
        _ => format!("ClusterRole/{name}"),
    }
}

fn role(resource: &Node, row: u32) -> Role {
    let labels = resource.at(&["metadata", "labels"]);
    let labels = labels.and_then(Node::as_mapping).unwrap_or_default();
    let text = |node: Option<&Node>| node.map(strings).unwrap_or_default();
    // `rules: null` is no list, and so an empty one.
    let rules = list(resource, &["rules"]).iter().map(|rule| Rule {
        groups: text(rule.get("apiGroups")),
        resources: text(rule.get("resources")),
        names: text(rule.get("resourceNames")),
        verbs: text(rule.get("verbs")),
        urls: text(rule.get("nonResourceURLs")),
    });
    Role {
        row,
        rules: rules.collect(),
        labels: labels
            .iter()
            .filter_map(|entry| Some((entry.key.clone(), entry.value.as_str()?.to_owned())))
            .collect(),
        selectors: list(resource, &["aggregationRule", "clusterRoleSelectors"]).to_vec(),
    }
}

/// Adds to each aggregated role the rules of those that its selectors match, until nothing more comes.
fn resolve(roles: &mut BTreeMap<String, Role>) {
    let matching: Vec<(String, Vec<String>)> = roles
        .iter()
        .filter(|(_, role)| !role.selectors.is_empty())
        .map(|(key, role)| {
            let others = roles.iter().filter(|(other, candidate)| {
                *other != key
                    && other.starts_with("ClusterRole/")
                    && role
                        .selectors
                        .iter()
                        .any(|selector| selects(selector, &candidate.labels))
            });
            (
                key.clone(),
                others.map(|(other, _)| other.clone()).collect(),
            )
        })
        .collect();
    // Whatever a role reaches by way of others that aggregate is its own, each rule once.
    let matching: BTreeMap<&str, &[String]> = matching
        .iter()
        .map(|(key, others)| (key.as_str(), others.as_slice()))
        .collect();
    let resolved: Vec<(String, Vec<Rule>)> = matching
        .keys()
        .map(|key| {
            let mut reached = BTreeSet::from([*key]);
            let mut waiting = vec![*key];
            let mut rules: Vec<Rule> = Vec::new();
            let mut known: HashSet<&Rule> = HashSet::new();
            while let Some(next) = waiting.pop() {
                for rule in roles.get(next).into_iter().flat_map(|role| &role.rules) {
                    if known.insert(rule) {
                        rules.push(rule.clone());
                    }
                }
                let others = matching
                    .get(next)
                    .into_iter()
                    .flat_map(|others| others.iter());
                waiting.extend(others.map(String::as_str).filter(|one| reached.insert(one)));
            }
            ((*key).to_owned(), rules)
        })
        .collect();
    for (key, rules) in resolved {
        if let Some(role) = roles.get_mut(&key) {
            role.rules = rules;
        }
    }
}

/// A label selector: `matchLabels` and `matchExpressions`.
fn selects(selector: &Node, labels: &BTreeMap<String, String>) -> bool {
    let wanted = selector
        .get("matchLabels")
        .and_then(Node::as_mapping)
        .unwrap_or_default();
    let by_labels = wanted
        .iter()
        .all(|entry| labels.get(&entry.key).map(String::as_str) == entry.value.as_str());
    let by_expressions = list(selector, &["matchExpressions"])
        .iter()
        .all(|expression| {
            let key = filled(expression, &["key"]).unwrap_or_default();
            let values = expression.get("values").map(strings).unwrap_or_default();
            let has = labels.get(&key);
            match filled(expression, &["operator"]).as_deref() {
                Some("In") => has.is_some_and(|value| values.contains(value)),
                Some("NotIn") => has.is_none_or(|value| !values.contains(value)),
                Some("Exists") => has.is_some(),
                Some("DoesNotExist") => has.is_none(),
                _ => false,
            }
        });
    by_labels && by_expressions
}

fn describe(facts: &mut Facts, system: &str, key: &str, role: &Role) {
    let index = facts.entitlement(system, EntitlementKind::Role, key);
    if let Some(fact) = facts.entitlements.get_mut(index as usize) {
        fact.row = role.row;
    }
    let cluster = key.starts_with("ClusterRole/");
    let wildcards = rbac::wildcards(&role.rules);
    let ways = rbac::escalations(&role.rules, cluster);
    let strong = !wildcards.is_empty() || ways.iter().any(|way| !way.conditional);
    facts.privileged(index, Truth::of(Some(strong)));
    let mut signal = |kind, conditional, text| {
        facts.signals.push(Signal {
            about: About::Entitlement(index),
            kind,
            conditional,
            text,
            row: role.row,
        });
    };
    if !wildcards.is_empty() {
        signal(
            SignalKind::Wildcard,
            false,
            format!("it allows {}", wildcards.join(", ")),
        );
    }
    if !ways.is_empty() {
        let conditional = ways.iter().all(|way| way.conditional);
        let names: Vec<&str> = ways.iter().map(|way| way.text).collect();
        signal(
            SignalKind::Escalation,
            conditional,
            format!("it allows to {}", names.join(", ")),
        );
    }
}

struct Binding<'a> {
    resource: &'a Node,
    row: u32,
    is_cluster: bool,
}

type Known<'a> = (&'a str, &'a BTreeMap<String, Role>, &'a BTreeSet<String>);

impl Binding<'_> {
    fn take(&self, facts: &mut Facts, export: &mut Export, (system, roles, accounts): Known) {
        let binding = self.resource;
        let name = filled(binding, &["metadata", "name"]).unwrap_or_default();
        let namespace = filled(binding, &["metadata", "namespace"]).unwrap_or_default();
        let role = filled(binding, &["roleRef", "name"]).unwrap_or_default();
        let kind = filled(binding, &["roleRef", "kind"]).unwrap_or_default();
        let key = role_key(&kind, &namespace, &role);
        let entitlement = facts.entitlement(system, EntitlementKind::Role, &key);
        let dangling = |facts: &mut Facts, text: String| {
            facts.signals.push(Signal {
                about: About::Entitlement(entitlement),
                kind: SignalKind::Dangling,
                conditional: false,
                text,
                row: self.row,
            });
        };
        if !roles.contains_key(&key) {
            dangling(
                facts,
                format!("the binding `{name}` names the role `{key}`, which does not exist"),
            );
        }
        let granted = export.when(binding, &["metadata", "creationTimestamp"], self.row);
        let subjects = list(binding, &["subjects"]);
        if subjects.is_empty() {
            dangling(
                facts,
                format!("the binding `{name}` of `{key}` names nobody"),
            );
        }
        for subject in subjects {
            let who = filled(subject, &["name"]).unwrap_or_default();
            let (account, sort) = match filled(subject, &["kind"]).as_deref() {
                Some("ServiceAccount") => {
                    // Missing in a RoleBinding it is the binding's own.
                    let within =
                        filled(subject, &["namespace"]).unwrap_or_else(|| namespace.clone());
                    (
                        format!("system:serviceaccount:{within}:{who}"),
                        Kind::Service,
                    )
                }
                Some("Group") => (format!("group:{who}"), Kind::Shared),
                Some("User") if who.starts_with("system:") => (who, Kind::Service),
                Some("User") => (who, Kind::Unknown),
                other => {
                    let other = other.unwrap_or("nothing").to_owned();
                    export.doubt(
                        self.row,
                        "subjects",
                        format!("`{other}` is no kind of subject"),
                    );
                    continue;
                }
            };
            if account.starts_with("system:serviceaccount:") && !accounts.contains(&account) {
                dangling(
                    facts,
                    format!("the binding `{name}` names `{account}`, which does not exist"),
                );
            }
            let (index, new) = facts.account(system, &account, self.row);
            let grant = facts.grant(index, entitlement, self.row);
            grant.granted = granted;
            // Whoever takes it away needs the name of the binding.
            let sort_of = if self.is_cluster {
                "ClusterRoleBinding"
            } else {
                "RoleBinding"
            };
            grant.justification = format!("{sort_of} {name}");
            grant.scope = if self.is_cluster {
                String::new()
            } else {
                format!("namespace {namespace}")
            };
            if new && let Some(fact) = facts.account_mut(index) {
                fact.kind = sort;
                fact.enabled = Truth::Yes;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;
    use crate::kernel::time::Timestamp;

    fn facts(items: &str) -> Facts {
        let text = format!("{{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [{items}]}}");
        let source = Source::new("rbac.json", text.into_bytes()).unwrap();
        let options = Options {
            system: None,
            filter: String::new(),
            mapping: None,
            now: Timestamp::parse("2026-11-22T09:00:00Z").unwrap(),
        };
        read(&source, &options).unwrap()
    }

    fn held(facts: &Facts, account: &str) -> Vec<String> {
        let grants = facts
            .grants
            .iter()
            .filter(|grant| facts.accounts[grant.account as usize].name == account);
        let names = grants.map(|grant| {
            let entitlement = &facts.entitlements[grant.entitlement as usize].name;
            format!("{entitlement} {} {}", grant.scope, grant.how.name())
        });
        names.collect()
    }

    /// Kubernetes puts each service account into groups by itself.
    #[test]
    fn service_accounts_hold_what_their_groups_hold() {
        let account = |space: &str| {
            format!(
                "{{\"kind\": \"ServiceAccount\", \"metadata\": {{\"name\": \"app\", \"namespace\": \"{space}\"}}}},"
            )
        };
        let role = |name: &str| {
            format!(
                "{{\"kind\": \"ClusterRole\", \"metadata\": {{\"name\": \"{name}\"}}, \"rules\": []}},"
            )
        };
        let binding = |name: &str, group: &str, role: &str| {
            format!(
                "{{\"kind\": \"ClusterRoleBinding\", \"metadata\": {{\"name\": \"{name}\"}}, \
                 \"roleRef\": {{\"kind\": \"ClusterRole\", \"name\": \"{role}\"}}, \
                 \"subjects\": [{{\"kind\": \"Group\", \"name\": \"{group}\"}}]}}"
            )
        };
        let text = [
            account("prod"),
            account("dev"),
            role("a"),
            role("b"),
            role("c"),
            role("system:basic-user"),
            binding("1", "system:serviceaccounts:prod", "a") + ",",
            binding("2", "system:serviceaccounts", "b") + ",",
            binding("3", "system:authenticated", "c") + ",",
            binding("4", "system:authenticated", "system:basic-user") + ",",
            binding("5", "system:serviceaccountsx", "a"),
        ];
        let facts = facts(&text.concat());
        assert_eq!(
            held(&facts, "system:serviceaccount:prod:app"),
            [
                "exists  direct",
                "ClusterRole/a  inherited",
                "ClusterRole/b  inherited",
                "ClusterRole/c  inherited"
            ]
        );
        assert_eq!(
            held(&facts, "system:serviceaccount:dev:app"),
            [
                "exists  direct",
                "ClusterRole/b  inherited",
                "ClusterRole/c  inherited"
            ]
        );
    }

    /// Roles that aggregate each other end, and many of them end soon.
    #[test]
    fn aggregation_takes_each_rule_once() {
        let mut text = String::new();
        for number in 0..400 {
            write!(
                text,
                "{{\"kind\": \"ClusterRole\", \"metadata\": {{\"name\": \"r{number}\", \"labels\": {{\"x\": \"y\"}}}}, \
                 \"rules\": [{{\"apiGroups\": [\"g{number}\"], \"resources\": [\"pods\"], \"verbs\": [\"get\"]}}]}},"
            )
            .unwrap();
        }
        for number in 0..20 {
            let comma = if number == 19 { "" } else { "," };
            write!(
                text,
                "{{\"kind\": \"ClusterRole\", \"metadata\": {{\"name\": \"a{number}\", \"labels\": {{\"x\": \"y\"}}}}, \
                 \"aggregationRule\": {{\"clusterRoleSelectors\": [{{\"matchLabels\": {{\"x\": \"y\"}}}}]}}, \"rules\": null}}{comma}"
            )
            .unwrap();
        }
        let facts = facts(&text);
        assert_eq!(facts.entitlements.len(), 420);
    }
}
