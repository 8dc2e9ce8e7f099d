//! AWS account authorization details: users, groups, roles and policies, and what they allow together.
//!
//! Only identity policies and boundaries are in it: service and resource control policies and the policies of resources
//! are not. Every role is an account of its own; who may take it up is a grant that is eligible.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::Options;
use super::json::{Export, filled, list, row_of};
use crate::kernel::document::Node;
use crate::kernel::source::Source;
use crate::review::error::ReviewError;
use crate::review::iam::{Allowed, Document, Identity, escalation, methods, policy};
use crate::review::model::facts::{About, EntitlementKind, Facts, How, Knows, Signal, SignalKind};
use crate::review::model::{Kind, Truth, When};

const ROLE: &str = "AWS account authorization details";

/// A user, group or role and all that speaks for it.
struct Principal {
    name: String,
    arn: String,
    index: u32,
    row: u32,
    /// Keys of policies in [`Reading::documents`].
    policies: Vec<String>,
    boundary: Option<String>,
    /// Of a role: who may take it up.
    trust: Option<Node>,
    is_role: bool,
}

struct Reading<'a> {
    facts: Facts,
    export: Export,
    documents: BTreeMap<String, Document>,
    system: String,
    options: &'a Options,
}

/// Reads the details.
pub(super) fn read(source: &Arc<Source>, options: &Options) -> Result<Facts, ReviewError> {
    let mut export = Export::read(source, ROLE, &[])?;
    let root = export.root.take();
    let root = root.filter(|root| root.get("UserDetailList").is_some());
    let Some(root) = root else {
        return Err(ReviewError::OtherKind {
            source_name: source.name().to_owned(),
            expected: ROLE,
            found: "it has no `UserDetailList`".to_owned(),
        });
    };
    export.sheet.read = 0;
    let account = account_of(&root);
    let knows = Knows::of(&[Knows::PERMISSIONS, Knows::PRIVILEGED]);
    let mut reading = Reading {
        facts: Facts::new(export.sheet.clone(), knows),
        export,
        documents: BTreeMap::new(),
        system: options.system_or(&format!("aws:{account}")),
        options,
    };
    reading.managed(&root);
    let groups = reading.groups(&root);
    let users = reading.users(&root, &groups);
    let roles = reading.roles(&root);
    reading.judge(users, roles, &account);
    let mut facts = reading.facts;
    facts.sheet = reading.export.sheet;
    facts.remarks.push(
        "identity policies and boundaries only: no service or resource control policies, no resource policies"
            .to_owned(),
    );
    Ok(facts)
}

impl Reading<'_> {
    fn document(&mut self, key: &str, node: &Node, row: u32) {
        match Document::read(node, self.options.now) {
            Ok(document) => {
                self.documents.insert(key.to_owned(), document);
            }
            Err(why) => self.export.doubt(row, key, why),
        }
    }

    fn managed(&mut self, root: &Node) {
        for (index, policy) in list(root, &["Policies"]).iter().enumerate() {
            self.export.sheet.read += 1;
            let row = row_of(index);
            let versions = list(policy, &["PolicyVersionList"]);
            let default = versions.iter().find(|version| {
                version.get("IsDefaultVersion").and_then(Node::as_bool) == Some(true)
            });
            let document = default.and_then(|version| version.get("Document"));
            match (filled(policy, &["Arn"]), document) {
                (Some(arn), Some(document)) => {
                    self.export.keep();
                    self.document(&arn, document, row);
                    self.policy(&arn, &short(&arn), row);
                }
                _ => self
                    .export
                    .reject(row, "a policy without ARN or default version".to_owned()),
            }
        }
    }

    /// The entitlement of a policy, with what it allows by itself.
    fn policy(&mut self, key: &str, name: &str, row: u32) -> u32 {
        let system = self.system.clone();
        let index = self
            .facts
            .entitlement(&system, EntitlementKind::Policy, name);
        let known = self.facts.entitlements.get_mut(index as usize);
        let fresh = known.is_some_and(|known| std::mem::replace(&mut known.row, row) == 0);
        let Some(document) = self.documents.get(key).filter(|_| fresh) else {
            return index;
        };
        let wildcards = document.wildcards();
        let identity = Identity {
            policies: vec![document],
            boundary: None,
        };
        let ways = methods(&identity);
        let privileged = wildcards.iter().any(|each| each == "`*`") || !ways.is_empty();
        let mut signals = Vec::new();
        if !wildcards.is_empty() {
            let text = format!("it allows {} on every resource", wildcards.join(", "));
            signals.push((SignalKind::Wildcard, false, text));
        }
        if let Some(first) = ways.first() {
            let conditional = first.allowed == Allowed::Conditional;
            let text = format!("it allows {}", escalation::describe(&ways));
            signals.push((SignalKind::Escalation, conditional, text));
        }
        for (kind, conditional, text) in signals {
            self.facts.signals.push(Signal {
                about: About::Entitlement(index),
                kind,
                conditional,
                text,
                row,
            });
        }
        self.facts.privileged(index, Truth::of(Some(privileged)));
        index
    }

    /// The policies attached to and inline in a principal.
    fn policies(
        &mut self,
        of: &Node,
        (inline, label): (&str, &str),
        row: u32,
    ) -> Vec<(String, u32)> {
        let mut found = Vec::new();
        for attached in list(of, &["AttachedManagedPolicies"]) {
            if let Some(arn) = filled(attached, &["PolicyArn"]) {
                if !self.documents.contains_key(&arn) {
                    let why = format!("the policy `{arn}` is attached but not in the export");
                    self.export.doubt(row, "AttachedManagedPolicies", why);
                }
                let index = self.policy(&arn, &short(&arn), row);
                found.push((arn, index));
            }
        }
        for policy in list(of, &[inline]) {
            let name = filled(policy, &["PolicyName"]).unwrap_or_default();
            let key = format!("{label} / {name}");
            if let Some(document) = policy.get("PolicyDocument") {
                self.document(&key, document, row);
            }
            let index = self.policy(&key, &key, row);
            found.push((key, index));
        }
        found
    }

    fn groups(&mut self, root: &Node) -> HashMap<String, (u32, Vec<String>)> {
        let mut groups = HashMap::new();
        for (index, group) in list(root, &["GroupDetailList"]).iter().enumerate() {
            self.export.sheet.read += 1;
            let row = row_of(index);
            let Some(name) = filled(group, &["GroupName"]) else {
                self.export.reject(row, "a group without name".to_owned());
                continue;
            };
            self.export.keep();
            let system = self.system.clone();
            let parent = self
                .facts
                .entitlement(&system, EntitlementKind::Group, &name);
            let held = self.policies(group, ("GroupPolicyList", &format!("group {name}")), row);
            for (_, child) in &held {
                self.facts.implies(parent, *child, row);
                let yes = self.facts.entitlements.get(*child as usize);
                let says = yes.map_or(Truth::Unknown, |policy| policy.privileged);
                self.facts.privileged(parent, says);
            }
            let keys = held.into_iter().map(|(key, _)| key).collect();
            groups.insert(name, (parent, keys));
        }
        groups
    }

    fn users(
        &mut self,
        root: &Node,
        groups: &HashMap<String, (u32, Vec<String>)>,
    ) -> Vec<Principal> {
        let mut users = Vec::new();
        for (at, user) in list(root, &["UserDetailList"]).iter().enumerate() {
            let Some(mut principal) = self.principal(user, "UserName", row_of(at)) else {
                continue;
            };
            for group in list(user, &["GroupList"]) {
                let name = group.as_str().unwrap_or_default();
                match groups.get(name) {
                    Some((group, keys)) => {
                        self.facts.grant(principal.index, *group, principal.row);
                        principal.policies.extend(keys.iter().cloned());
                    }
                    None => {
                        let why = format!("the group `{name}` is not in the export");
                        self.export.doubt(principal.row, "GroupList", why);
                        // What it allows is not known; that it is held, is.
                        let system = self.system.clone();
                        let group = self
                            .facts
                            .entitlement(&system, EntitlementKind::Group, name);
                        self.facts.grant(principal.index, group, principal.row);
                    }
                }
            }
            users.push(principal);
        }
        users
    }

    fn roles(&mut self, root: &Node) -> Vec<Principal> {
        let mut roles = Vec::new();
        for (at, role) in list(root, &["RoleDetailList"]).iter().enumerate() {
            let Some(mut principal) = self.principal(role, "RoleName", row_of(at)) else {
                continue;
            };
            principal.trust = role.get("AssumeRolePolicyDocument").cloned();
            let used = self
                .export
                .when(role, &["RoleLastUsed", "LastUsedDate"], principal.row);
            if let Some(account) = self.facts.account_mut(principal.index) {
                account.kind = Kind::Service;
                account.enabled = Truth::Yes;
                account.last_used = used;
            }
            roles.push(principal);
        }
        roles
    }

    fn principal(&mut self, node: &Node, name_field: &str, row: u32) -> Option<Principal> {
        self.export.sheet.read += 1;
        let (Some(name), Some(arn)) = (filled(node, &[name_field]), filled(node, &["Arn"])) else {
            self.export
                .reject(row, format!("no `{name_field}` or no `Arn`"));
            return None;
        };
        if !self.export.is_first(&arn, row, node) {
            return None;
        }
        self.export.keep();
        let is_role = name_field == "RoleName";
        let account = if is_role {
            format!("role/{name}")
        } else {
            name.clone()
        };
        let system = self.system.clone();
        let (index, _) = self.facts.account(&system, &account, row);
        let inline = if is_role {
            "RolePolicyList"
        } else {
            "UserPolicyList"
        };
        let created = self.export.when(node, &["CreateDate"], row);
        let held = self.policies(node, (inline, &account), row);
        let boundary = filled(node, &["PermissionsBoundary", "PermissionsBoundaryArn"]);
        if let Some(arn) = boundary
            .as_ref()
            .filter(|arn| !self.documents.contains_key(*arn))
        {
            let why =
                format!("the boundary `{arn}` is not in the export; what it leaves is not known");
            self.export.doubt(row, "PermissionsBoundary", why);
        }
        for (_, policy) in &held {
            self.facts.grant(index, *policy, row);
        }
        if held.is_empty() {
            // It is there, and what it can do may stand in a policy that is not in the export.
            let exists = self
                .facts
                .entitlement(&system, EntitlementKind::Permission, "exists");
            self.facts.privileged(exists, Truth::No);
            self.facts.grant(index, exists, row);
        }
        if let Some(fact) = self.facts.account_mut(index) {
            fact.created = created;
            fact.last_used = When::Empty;
        }
        Some(Principal {
            name: account,
            arn,
            index,
            row,
            policies: held.into_iter().map(|(key, _)| key).collect(),
            boundary,
            trust: None,
            is_role,
        })
    }

    /// Escalation of every principal, by itself and through the roles that it may take up.
    fn judge(&mut self, users: Vec<Principal>, roles: Vec<Principal>, account: &str) {
        let all: Vec<Principal> = users.into_iter().chain(roles).collect();
        let documents = std::mem::take(&mut self.documents);
        let identities: Vec<Identity> = all
            .iter()
            .map(|principal| Identity {
                policies: principal
                    .policies
                    .iter()
                    .filter_map(|key| documents.get(key))
                    .collect(),
                // One that is not in the export may leave all of it.
                boundary: principal
                    .boundary
                    .as_ref()
                    .and_then(|arn| documents.get(arn)),
            })
            .collect();
        let bounded = |principal: &Principal| {
            let boundary = principal.boundary.as_ref();
            boundary.is_some_and(|arn| !documents.contains_key(arn))
        };
        let edges = self.edges(&all, &identities, account);
        let own: Vec<_> = identities.iter().map(methods).collect();
        for (index, principal) in all.iter().enumerate() {
            let ways = own.get(index).map_or(&[][..], Vec::as_slice);
            if let Some(first) = ways.first() {
                let conditional = first.allowed == Allowed::Conditional || bounded(principal);
                let text = format!("it may {}", escalation::describe(ways));
                self.signal(principal, conditional, text);
            }
            if let Some((path, conditional)) = shortest(index, &edges, &own) {
                let names: Vec<&str> = path
                    .iter()
                    .filter_map(|step| all.get(*step))
                    .map(|p| p.name.as_str())
                    .collect();
                let text = format!("it may take up {}, which may gain more", names.join(" → "));
                self.signal(principal, conditional || bounded(principal), text);
            }
        }
        for (from, list) in edges.iter().enumerate() {
            for (to, _) in list {
                if let (Some(from), Some(to)) = (all.get(from), all.get(*to)) {
                    let system = self.system.clone();
                    let role = self
                        .facts
                        .entitlement(&system, EntitlementKind::Role, &to.name);
                    let escalates = own
                        .get(to.index as usize)
                        .is_some_and(|ways| !ways.is_empty());
                    self.facts.privileged(role, Truth::of(Some(escalates)));
                    self.facts.grant(from.index, role, from.row).how = How::Eligible;
                }
            }
        }
    }

    fn signal(&mut self, principal: &Principal, conditional: bool, text: String) {
        self.facts.signals.push(Signal {
            about: About::Account(principal.index),
            kind: SignalKind::Escalation,
            conditional,
            text,
            row: principal.row,
        });
    }

    /// Which principal may take up which role: the role's trust names it, or names the account and its policies allow it.
    fn edges(
        &mut self,
        all: &[Principal],
        identities: &[Identity],
        account: &str,
    ) -> Vec<Vec<(usize, Allowed)>> {
        let mut edges = vec![Vec::new(); all.len()];
        for (to, role) in all.iter().enumerate().filter(|(_, p)| p.is_role) {
            let Some(trust) = &role.trust else { continue };
            let trust = match Trust::read(trust, self.options.now) {
                Ok(trust) => trust,
                Err(why) => {
                    self.export.doubt(role.row, "AssumeRolePolicyDocument", why);
                    continue;
                }
            };
            if let Some(whom) = trust.everyone(account) {
                let text = format!("its trust policy lets {whom} take it up");
                self.signal(role, true, text);
            }
            for (from, principal) in all.iter().enumerate().filter(|(from, _)| *from != to) {
                let Some(identity) = identities.get(from) else {
                    continue;
                };
                let by_name = trust
                    .names(&principal.arn)
                    .min(identity.spared("sts:assumerole", &role.arn));
                let by_account = trust
                    .names_account(account)
                    .min(identity.allows_on("sts:assumerole", &role.arn));
                let allowed = by_name.max(by_account);
                if allowed != Allowed::No
                    && let Some(list) = edges.get_mut(from)
                {
                    list.push((to, allowed));
                }
            }
        }
        edges
    }
}

/// Who may take up a role.
struct Trust {
    /// A principal as written, and whether a condition stands with it.
    principals: Vec<(String, bool)>,
}

impl Trust {
    fn read(node: &Node, now: crate::kernel::time::Timestamp) -> Result<Self, String> {
        Document::read(node, now)?;
        let parsed;
        let node = match node.as_str() {
            Some(text) => {
                parsed = crate::kernel::json::parse_text(&policy::unescape(text))
                    .map_err(|e| e.to_string())?
                    .0;
                &parsed
            }
            None => node,
        };
        let statements = node.get("Statement");
        let statements = statements.map_or(&[][..], |s| {
            s.as_sequence().unwrap_or(std::slice::from_ref(s))
        });
        let mut principals = Vec::new();
        for statement in statements {
            let takes = policy::strings(statement.get("Action").unwrap_or(statement));
            let takes = takes
                .iter()
                .any(|action| policy::glob(&action.to_ascii_lowercase(), "sts:assumerole"));
            if statement.get("Effect").and_then(Node::as_str) != Some("Allow") || !takes {
                continue;
            }
            let conditional = statement.get("Condition").is_some();
            let named = statement.get("Principal");
            let aws = named.and_then(|principal| match principal.as_str() {
                Some(_) => Some(principal),
                None => principal.get("AWS"),
            });
            for name in aws.map(policy::strings).unwrap_or_default() {
                principals.push((name, conditional));
            }
        }
        Ok(Self { principals })
    }

    fn best(&self, fits: impl Fn(&str) -> bool) -> Allowed {
        let found = self.principals.iter().filter(|(name, _)| fits(name));
        let found = found.map(|(_, conditional)| match conditional {
            true => Allowed::Conditional,
            false => Allowed::Yes,
        });
        found.max().unwrap_or(Allowed::No)
    }

    fn names(&self, arn: &str) -> Allowed {
        self.best(|name| name == arn || name == "*")
    }

    fn names_account(&self, account: &str) -> Allowed {
        // `aws`, `aws-cn`, `aws-us-gov` and other partitions.
        let root = format!("::{account}:root");
        let is_root = |name: &str| {
            let rest = name
                .strip_prefix("arn:aws")
                .and_then(|rest| rest.strip_suffix(&root));
            rest.is_some_and(|partition| partition.ends_with(":iam"))
        };
        self.best(|name| name == account || is_root(name))
    }

    /// Whom it lets in without saying who, in words.
    fn everyone(&self, account: &str) -> Option<String> {
        if self.best(|name| name == "*") != Allowed::No {
            return Some("anyone in AWS".to_owned());
        }
        if self.names_account(account) != Allowed::No {
            return Some("any principal of this account".to_owned());
        }
        None
    }
}

/// The shortest way over roles to one that may gain more, itself not counted.
fn shortest(
    from: usize,
    edges: &[Vec<(usize, Allowed)>],
    own: &[Vec<crate::review::iam::Method>],
) -> Option<(Vec<usize>, bool)> {
    let mut seen = BTreeSet::from([from]);
    let mut queue = std::collections::VecDeque::from([(from, Vec::new(), false)]);
    while let Some((at, path, conditional)) = queue.pop_front() {
        for (to, allowed) in edges.get(at).into_iter().flatten() {
            if !seen.insert(*to) {
                continue;
            }
            let mut path: Vec<usize> = path.clone();
            path.push(*to);
            let conditional = conditional || *allowed == Allowed::Conditional;
            let ways = own.get(*to).map_or(&[][..], Vec::as_slice);
            if let Some(first) = ways.first() {
                return Some((path, conditional || first.allowed == Allowed::Conditional));
            }
            queue.push_back((*to, path, conditional));
        }
    }
    None
}

/// The twelve digits of the account, out of the first ARN.
fn account_of(root: &Node) -> String {
    for name in ["UserDetailList", "RoleDetailList", "GroupDetailList"] {
        let arn = list(root, &[name])
            .iter()
            .find_map(|each| filled(each, &["Arn"]));
        if let Some(id) = arn.and_then(|arn| arn.split(':').nth(4).map(str::to_owned)) {
            return id;
        }
    }
    String::new()
}

/// A policy's name for people: AWS's own say that they are, and of one's own two may differ by their path alone.
fn short(arn: &str) -> String {
    let name = arn.rsplit_once('/').map_or(arn, |(_, name)| name);
    if arn.contains(":aws:policy/") {
        return format!("aws/{name}");
    }
    let own = arn.split_once(":policy/").map_or(name, |(_, own)| own);
    own.to_owned()
}
