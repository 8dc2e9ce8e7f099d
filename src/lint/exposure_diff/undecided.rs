//! What is not known in either state, and may be wider in the second: whether a proxy is there is one question, what it is
//! told to let in another. The first may stay open; the second is compared as if the proxy were there.

use std::collections::BTreeSet;

use super::identities::rank;
use super::mesh::pairs;
use crate::kernel::document::Node;
use crate::lint::authorization::Verdict as Answer;
use crate::lint::consul::ConsulMesh;
use crate::lint::effective_mtls::{Mode, Verdict};
use crate::lint::linkerd::LinkerdMesh;
use crate::lint::meshes::{Meshes, Name};
use crate::lint::model::consul::Action;
use crate::lint::model::kubernetes::Workload;
use crate::lint::model::linkerd::Access;
use crate::lint::model::{Model, Resource};
use crate::lint::reachability::{Reachability, Reason};
use crate::lint::transport::OnPort;

/// A name that no account has.
const NOBODY: &str = "-";

/// Why the comparison settles nothing about workloads behind proxies that are perhaps there.
pub(super) fn changed(before: &Reachability<'_, '_>, after: &Reachability<'_, '_>) -> Vec<Reason> {
    let [old, new] = [before, after].map(|state| Meshes::new(state.model()));
    if !old.is_shown() && !new.is_shown() {
        return Vec::new();
    }
    let linkerd = Linkerd::of(before.model(), after.model());
    let consul = Consul::of(before.model(), after.model());
    let mut found = Vec::new();
    for (earlier, workload, ports) in pairs([before, after], [&old, &new]) {
        let mut told = BTreeSet::new();
        let subject = workload.resource.subject();
        let mut is_open = false;
        for port in ports {
            let states = [old.on_port(earlier, port), new.on_port(workload, port)];
            let depends = states.iter().all(|one| one.verdict == Verdict::Depends);
            is_open |= depends;
            let name = port.map_or_else(|| "other ports".to_owned(), |port| format!("port {port}"));
            if depends && let Some(what) = laxer(&states) {
                told.insert(format!(
                    "{subject} may take more plaintext on {name} than before, which was open: {what}"
                ));
            }
            if new.asked(workload) == Some(Name::Linkerd) {
                let gained = linkerd.gained([earlier, workload], port.unwrap_or(1), depends);
                told.extend(gained.map(|who| lets_in(&subject, &format!("{who} on {name}"))));
            }
        }
        if new.asked(workload) == Some(Name::Consul) {
            let gained = consul.gained([earlier, workload], is_open);
            told.extend(gained.map(|who| lets_in(&subject, &who)));
        }
        let resource = &workload.resource;
        let told = told.into_iter();
        found.extend(told.map(|what| Reason::at(what, resource, resource.name_span)));
    }
    found
}

fn lets_in(subject: &str, who: &str) -> String {
    format!(
        "the policies for {subject} let in {who}, which before they did not, or might not; whether a proxy enforces them \
         is not known"
    )
}

/// Why a port of which nobody knew what it takes may take more plaintext now.
fn laxer([old, new]: &[OnPort; 2]) -> Option<String> {
    let is_lax = |mode: &Mode| *mode != Mode::Strict;
    let mut gained = new.modes.modes().filter(is_lax);
    if let Some(mode) = gained.find(|mode| !old.modes.contains(*mode)) {
        return Some(format!("{} is possible", mode.name()));
    }
    let known: Vec<String> = old.doubts.iter().map(|one| placeless(one)).collect();
    let mut doubts = new.doubts.iter();
    doubts.find(|one| !known.contains(&placeless(one))).cloned()
}

/// A reason without the files and lines that it names.
fn placeless(text: &str) -> String {
    let mut rest = text;
    let mut kept = String::new();
    while let Some((start, end)) = rest.split_once(" (").and_then(|(start, end)| {
        let (place, end) = end.split_once(')')?;
        place.contains(':').then_some((start, end))
    }) {
        kept.push_str(start);
        rest = end;
    }
    kept + rest
}

/// Whether the second answer is wider than the first; where both are open, whether what they rest on differs.
fn is_wider([old, new]: [Answer; 2], differs: bool) -> bool {
    rank(new) > rank(old) || (differs && old == Answer::Depends && new == Answer::Depends)
}

/// Linkerd's policies as they are, and with each extreme for the default that the input may lack.
struct Linkerd<'m, 'a> {
    states: Vec<[LinkerdMesh<'m, 'a>; 2]>,
    differs: bool,
}

impl<'m, 'a> Linkerd<'m, 'a> {
    fn of(before: &'m Model<'a>, after: &'m Model<'a>) -> Self {
        let supposed = [Access::AllUnauthenticated, Access::Deny];
        let is_shown = LinkerdMesh::new(after).is_shown();
        let states = supposed
            .iter()
            .filter(|_| is_shown)
            .map(|access| [before, after].map(|one| LinkerdMesh::new(one).supposing(*access)));
        Self {
            states: states.collect(),
            differs: said(before, "policy.linkerd.io") != said(after, "policy.linkerd.io"),
        }
    }

    /// Whom the policies of a port let in and did not before. What is certain of itself is told elsewhere.
    fn gained(
        &self,
        [earlier, workload]: [&Workload<'_>; 2],
        port: u16,
        is_open: bool,
    ) -> impl Iterator<Item = String> {
        let mut gained = BTreeSet::new();
        if is_open {
            for [old, new] in &self.states {
                let mut accounts = BTreeSet::from([(NOBODY.to_owned(), NOBODY.to_owned())]);
                let named = [old.names(earlier, port), new.names(workload, port)];
                accounts.extend(named.into_iter().flatten().flatten());
                let asked = accounts
                    .iter()
                    .map(|(space, name)| Some((space.as_str(), name.as_str())));
                for account in asked.chain([None]) {
                    let answers = [
                        old.says(earlier, port, account),
                        new.says(workload, port, account),
                    ];
                    if is_wider(answers, self.differs) {
                        gained.insert(match account {
                            None => "clients without an identity".to_owned(),
                            Some((NOBODY, _)) => "accounts that no policy names".to_owned(),
                            Some((space, NOBODY)) => format!("accounts of namespace {space}"),
                            Some((space, name)) => format!("the account {space}/{name}"),
                        });
                    }
                }
            }
        }
        gained.into_iter()
    }
}

/// Consul's intentions, with each default that the input may lack.
struct Consul<'m, 'a> {
    states: Vec<[ConsulMesh<'m, 'a>; 2]>,
    said: [BTreeSet<(Option<&'m str>, String)>; 2],
}

impl<'m, 'a> Consul<'m, 'a> {
    fn of(before: &'m Model<'a>, after: &'m Model<'a>) -> Self {
        let is_shown = ConsulMesh::new(after).is_shown();
        let supposed = [Action::Allow, Action::Deny];
        let states = supposed
            .iter()
            .filter(|_| is_shown)
            .map(|action| [before, after].map(|one| ConsulMesh::new(one).supposing(*action)));
        Self {
            states: states.collect(),
            said: [before, after].map(|one| said(one, "consul.hashicorp.com")),
        }
    }

    /// Whom the intentions for a workload let in and did not before.
    fn gained(
        &self,
        [earlier, workload]: [&Workload<'_>; 2],
        is_open: bool,
    ) -> impl Iterator<Item = String> {
        let mut gained = BTreeSet::new();
        for [old, new] in &self.states {
            let services = [old.services(earlier), new.services(workload)].concat();
            let [was, is] = self.said.each_ref().map(|said| {
                let mut said: Vec<_> = said.iter().collect();
                said.retain(|(server, _)| {
                    server.is_none_or(|name| name == "*" || services.contains(&name))
                });
                said
            });
            let mut callers = old.callers(earlier);
            callers.extend(new.callers(workload));
            let callers = callers.iter().filter(|_| is_open);
            for caller in callers {
                let answers = [old.says(earlier, caller), new.says(workload, caller)];
                if is_wider(answers, was != is) {
                    gained.insert(match caller.as_str() {
                        NOBODY => "services that no intention names".to_owned(),
                        name => format!("the service `{name}`"),
                    });
                }
            }
            let known = old.elsewhere(earlier);
            let new = new.elsewhere(workload).into_iter();
            gained.extend(new.filter(|one| !known.contains(one)));
        }
        gained.into_iter()
    }
}

/// What the objects of a group say, each with the server that it names as Consul's entries do.
fn said<'m>(model: &'m Model<'_>, group: &str) -> BTreeSet<(Option<&'m str>, String)> {
    let of_group = model.resources.iter().filter(|one| one.group == group);
    let text = |resource: &'m Resource<'_>| {
        let server = resource.at(&["spec", "destination", "name"]);
        let spec = resource.at(&["spec"]).map(Node::to_json);
        let spec = spec.map(|spec| spec.to_string());
        let text = format!("{} {spec:?}", resource.subject());
        (server.and_then(Node::as_str), text)
    };
    of_group.map(text).collect()
}

#[cfg(test)]
mod tests {
    use crate::lint::exposure_diff::mesh_tests::{compared, silent};

    fn pod(notes: &str) -> String {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: pay, namespace: a, labels: {{app: pay}}, annotations: {{{notes}}}}}\n\
             spec: {{serviceAccountName: pay, containers: [{{name: c, ports: [{{containerPort: 8080}}]}}]}}\n\
             ---\napiVersion: v1\nkind: Service\nmetadata: {{name: pay, namespace: a}}\n\
             spec: {{selector: {{app: pay}}, ports: [{{port: 80, targetPort: 8080}}]}}\n"
        )
    }

    fn open(before: &str, after: &str) -> Vec<String> {
        assert_eq!(compared(before, before), silent());
        let [admitted, lost, limits] = compared(before, after);
        assert!(
            admitted.is_empty() && lost.is_empty(),
            "{admitted:?} {lost:?}"
        );
        limits
    }

    /// Whether what comes in is redirected to Consul's proxy is not in the input, in either state.
    #[test]
    fn what_intentions_let_in_is_compared_where_nobody_knows_the_proxy() {
        let state = |entry: &str| {
            let text = format!(
                "---\napiVersion: consul.hashicorp.com/v1alpha1\nkind: ServiceIntentions\n\
                 metadata: {{name: i, namespace: a}}\nspec: {{destination: {{name: pay}}, sources: {entry}}}\n"
            );
            pod("consul.hashicorp.com/connect-inject: 'true'") + &text
        };
        let usual = "{name: ord, action: allow}, {name: '*', action: deny}";
        let before = state(&format!("[{usual}]"));
        for (entry, who) in [
            (
                "[{name: ord, action: allow}]",
                "services that no intention names",
            ),
            (
                "[{name: evil, action: allow}, {name: ord, action: allow}, {name: '*', action: deny}]",
                "the service `evil`",
            ),
            (
                "[{name: '*', peer: other, action: allow}, {name: ord, action: allow}, {name: '*', action: deny}]",
                "`*` of peer other",
            ),
        ] {
            let limits = open(&before, &state(entry));
            assert!(limits.iter().any(|one| one.contains(who)), "{limits:?}");
            // The other way it is narrower.
            if !entry.contains("peer") {
                assert_eq!(
                    compared(&state(entry), &before)[2],
                    Vec::<String>::new(),
                    "{entry}"
                );
            }
        }
    }

    /// The Namespace that may ask for Linkerd's proxy is not in the input.
    #[test]
    fn what_linkerds_policies_let_in_is_compared_where_nobody_knows_the_proxy() {
        let state = |account: &str| {
            let text = format!(
                "---\napiVersion: policy.linkerd.io/v1beta3\nkind: Server\nmetadata: {{name: s, namespace: a}}\n\
                 spec: {{podSelector: {{matchLabels: {{app: pay}}}}, port: 8080}}\n\
                 ---\napiVersion: policy.linkerd.io/v1alpha1\nkind: AuthorizationPolicy\nmetadata: {{name: p, namespace: a}}\n\
                 spec: {{targetRef: {{group: policy.linkerd.io, kind: Server, name: s}}, \
                 requiredAuthenticationRefs: [{{kind: ServiceAccount, name: {account}, namespace: b}}]}}\n"
            );
            pod("") + &text
        };
        let limits = open(&state("ord"), &state("evil"));
        let told = "the policies for Pod a/pay let in the account b/evil on port 8080, which";
        assert!(limits.iter().any(|one| one.starts_with(told)), "{limits:?}");
        // Without the Server the default decides, which the input does not hold either.
        let gone = state("ord").replace("kind: Server\n", "kind: Other\n");
        assert!(!open(&state("ord"), &gone).is_empty());
    }

    /// The Namespace that may ask for Istio's is not in the input, and another port is kept from it.
    #[test]
    fn another_port_that_may_be_past_the_proxy_is_told() {
        let strict = "---\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\n\
                      metadata: {name: default, namespace: a}\nspec: {mtls: {mode: STRICT}}\n";
        let state = |notes: &str| pod(notes) + strict;
        let limits = open(&state(""), &state("inject.istio.io/templates: custom"));
        let told = "Pod a/pay may take more plaintext on port 8080 than before";
        assert!(limits.iter().any(|one| one.starts_with(told)), "{limits:?}");
    }

    #[test]
    fn places_are_no_part_of_a_reason() {
        for (text, rest) in [
            ("a (m.yaml:3) and b (n.yaml:4)", "a and b"),
            ("a (b) c", "a (b) c"),
            ("a (b", "a (b"),
            ("", ""),
        ] {
            assert_eq!(super::placeless(text), rest);
        }
    }
}
