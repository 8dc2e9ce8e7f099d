//! Who calls over mTLS, as far as the input shows: a workload's account, one that nobody sees, or a foreign one.

use std::collections::BTreeSet;

use super::Istio;
use crate::lint::authorization::{Origin, Verdict, selecting};
use crate::lint::injection::{Membership, membership};
use crate::lint::model::istio::{Action, Attribute};
use crate::lint::model::kubernetes::Workload;
use crate::lint::reachability::{Admission, Crossing, Reason};

/// A name that no namespace and no account has: it stands for those that nothing names.
const NOBODY: &str = "-";

impl Istio<'_, '_> {
    pub(super) fn with_identity(
        &self,
        crossing: &mut Crossing,
        client: &Workload<'_>,
        (destination, port): (&Workload<'_>, u16),
    ) {
        let is_sure = match membership(self.model, client) {
            Membership::Sidecar | Membership::Ambient => true,
            Membership::Unknown(_) => false,
            Membership::Outside(_) => return,
        };
        let domains = self.model.trust_domains();
        crossing.identity = Some(format!(
            "{}/ns/{}/sa/{}",
            domains.local(),
            client.resource.namespace,
            client.service_account
        ));
        let from = Origin::Account(client.resource.namespace, client.service_account);
        let answer = self.decide_identity(from, destination, port);
        self.add(crossing, ("with its identity", port), &answer, is_sure);
    }

    /// Pods that nobody sees may have any account of their namespace: those that policies name, or another. A pod that
    /// is not in the mesh may join it.
    pub(super) fn with_some_identity(
        &self,
        crossing: &mut Crossing,
        namespace: Option<&str>,
        (destination, port): (&Workload<'_>, u16),
    ) {
        let Some(accounts) = self.accounts(destination, namespace) else {
            let answer = self.decide_identity(Origin::AnyIdentity, destination, port);
            return self.add(crossing, ("with some identity", port), &answer, false);
        };
        let before = crossing.admission;
        let own = namespace.unwrap_or(NOBODY);
        let other = self.decide_identity(Origin::Account(own, NOBODY), destination, port);
        self.add(
            crossing,
            ("with an identity that no policy names", port),
            &other,
            true,
        );
        let mut needed = Vec::new();
        for (space, account) in &accounts {
            let answer = self.decide_identity(Origin::Account(space, account), destination, port);
            if answer.verdict != Verdict::Denied {
                let name = if account == NOBODY { "*" } else { account };
                needed.push(format!("{space}/{name}"));
                let how = format!("with the identity of {space}/{name}");
                self.add(crossing, (&how, port), &answer, false);
            }
        }
        if before == Admission::Refused && other.verdict == Verdict::Denied && !needed.is_empty() {
            crossing.accounts = Some(needed);
        }
    }

    /// Somebody outside may have an identity of another trust domain, where a policy lets such in by name.
    pub(super) fn with_foreign_identity(
        &self,
        crossing: &mut Crossing,
        (destination, port): (&Workload<'_>, u16),
    ) {
        let domains = self.model.trust_domains();
        let is_foreign = |domain: &str| {
            domain != "cluster.local" && !domains.names.iter().any(|own| own == domain)
        };
        let named = selecting(self.model, destination)
            .into_iter()
            .find_map(|(_, policy)| {
                let matchers = policy.rules.iter().flat_map(|rule| rule.matchers());
                let mut values = matchers.flat_map(|one| {
                    let is_domain = one.attribute == Attribute::TrustDomain;
                    let is_asked = is_domain || one.attribute == Attribute::Principal;
                    one.values
                        .iter()
                        .filter(move |_| is_asked)
                        .map(move |value| match is_domain {
                            true => value.text,
                            false => value.text.split_once('/').map_or("*", |(domain, _)| domain),
                        })
                });
                let is_lax = policy.action == Action::Allow;
                let domain = values.find(|domain| !domain.contains('*') && is_foreign(domain))?;
                is_lax.then(|| (policy.resource.subject(), domain))
            });
        if let Some((policy, domain)) = named
            && crossing.admission == Admission::Refused
        {
            crossing.admission = Admission::Depends;
            crossing.reasons.push(Reason::absent(format!(
                "port {port}: {policy} lets in identities of the trust domain `{domain}`, which machines outside the \
                 cluster may have"
            )));
        }
    }

    /// The accounts that the policies of a workload name and that a pod which nobody sees may have; none where they are
    /// named by patterns.
    fn accounts(
        &self,
        destination: &Workload<'_>,
        namespace: Option<&str>,
    ) -> Option<BTreeSet<(String, String)>> {
        let mut accounts = BTreeSet::new();
        for (_, policy) in selecting(self.model, destination) {
            for matcher in policy.rules.iter().flat_map(|rule| rule.matchers()) {
                for value in matcher.values.iter().chain(&matcher.not_values) {
                    let text = value.text;
                    let named = match matcher.attribute {
                        Attribute::Principal if text == "*" => continue,
                        Attribute::Principal => {
                            let mut parts = text.split('/').skip(1);
                            match (parts.next(), parts.next(), parts.next(), parts.next()) {
                                (Some("ns"), Some(space), Some("sa"), Some(account)) => {
                                    (space, account)
                                }
                                _ => return None,
                            }
                        }
                        Attribute::Namespace => (text, NOBODY),
                        Attribute::ServiceAccount => text
                            .split_once('/')
                            .unwrap_or((policy.resource.namespace, text)),
                        _ => continue,
                    };
                    if text.contains('*') {
                        return None;
                    }
                    accounts.insert((named.0.to_owned(), named.1.to_owned()));
                }
            }
        }
        accounts.retain(|(space, _)| match namespace {
            Some(own) => own == space,
            None => !self.model.sees_namespace(space),
        });
        Some(accounts)
    }
}
