//! What intentions say to a caller, by specificity; and how strict a service's proxy is.
//!
//! The destination's own entry beats that of `*`, and in an entry the caller's name beats `*` (`agent/xds/rbac.go`,
//! `makeRBACRules`, and Consul's documentation of precedence). Only the first that matches counts.

use std::collections::BTreeSet;

use super::{ConsulMesh, NOBODY, at};
use crate::kernel::arrange::Arrange as _;
use crate::lint::authorization::Verdict;
use crate::lint::model::consul::{Action, ServiceIntentions, Source};
use crate::lint::model::kubernetes::Workload;

/// What the intentions say to a caller.
#[derive(Debug)]
pub(super) struct Answer {
    /// The verdict.
    pub(super) verdict: Verdict,
    /// What decided.
    pub(super) because: Vec<String>,
    /// What is not known.
    pub(super) depends_on: BTreeSet<String>,
}

/// What is not known where no intention speaks of a caller.
const UNSEEN_DEFAULT: &str = "the default policy of Consul's ACLs, which is not in the input (say it with `--assume \
                              consul-default=deny` or `=allow`)";

/// One intention of an entry.
type Matched<'r> = (&'r ServiceIntentions<'r>, &'r Source<'r>);

impl Answer {
    fn new(verdict: Verdict, because: String) -> Self {
        Self {
            verdict,
            because: vec![because],
            depends_on: BTreeSet::new(),
        }
    }

    fn depends(because: String, on: impl Into<String>) -> Self {
        let mut answer = Self::new(Verdict::Depends, because);
        answer.depends_on.insert(on.into());
        answer
    }
}

impl ConsulMesh<'_, '_> {
    /// What the intentions of a service say to a caller; `-` is a name that nothing names.
    pub(super) fn answer(&self, service: &str, caller: &str) -> Answer {
        let consul = &self.model.mesh.consul;
        let mut matched: Vec<((bool, bool), Matched<'_>)> = Vec::new();
        for entry in &consul.intentions {
            let is_exact = entry.destination == service;
            if !is_exact && entry.destination != "*" {
                continue;
            }
            for source in &entry.sources {
                if source.name == caller || source.name == "*" {
                    let rank = (is_exact, source.name != "*");
                    matched.push((rank, (entry, source)));
                }
            }
        }
        // Highest first; of equal rank in the order of the input.
        matched.arrange_by_key(|(rank, _)| std::cmp::Reverse(*rank));
        let mut uncertain: Option<Answer> = None;
        for (_, (entry, source)) in matched {
            let place = at(&entry.resource, source.name_span);
            // A peer's services are none of this cluster's.
            if matches!(source.elsewhere, Some(("peer", _))) {
                continue;
            }
            let answer = self.by_source(service, (entry, source), &place);
            let is_here = source.elsewhere.is_none() && entry.namespace.is_none_or(is_default);
            let is_certain = is_here && !self.is_enterprise;
            if is_certain {
                return joined(uncertain, answer);
            }
            let mut perhaps = answer;
            perhaps.depends_on.insert(format!(
                "whether {place} is for this caller: Consul Enterprise tells namespaces, partitions and sameness groups \
                 apart"
            ));
            uncertain = Some(joined(uncertain, perhaps));
        }
        joined(uncertain, self.by_default())
    }

    /// What one intention says.
    fn by_source(&self, service: &str, (entry, source): Matched<'_>, place: &str) -> Answer {
        let answer = match source.action {
            Some((Action::Deny, _)) => {
                return Answer::new(Verdict::Denied, format!("{place} denies `{}`", source.name));
            }
            Some((Action::Allow, _)) => Answer::new(
                Verdict::Allowed,
                format!("{place} allows `{}`", source.name),
            ),
            None if entry.destination == "*" => Answer::depends(
                format!("{place} has permissions for `{}`", source.name),
                "whether Consul takes permissions in an entry for every service",
            ),
            None => self.by_permissions(service, source, place),
        };
        if entry.asks_token && answer.verdict == Verdict::Allowed {
            let because = answer.because.join("; ");
            return Answer::depends(
                because,
                "whether its requests carry the token that is asked for",
            );
        }
        answer
    }

    /// The first permission that matches a request decides it; what none matches falls to the default. Consul takes
    /// permissions of a service that speaks HTTP alone.
    fn by_permissions(&self, service: &str, source: &Source<'_>, place: &str) -> Answer {
        let because = format!("{place} has permissions for `{}`", source.name);
        let mut protocols = self.defaults(service).filter_map(|one| one.protocol);
        let speaks_http = matches!(protocols.next(), Some("http" | "http2" | "grpc"));
        if !speaks_http {
            let on = format!(
                "whether `{service}` speaks HTTP: no ServiceDefaults or ProxyDefaults says so, and Consul refuses \
                 permissions where it does not"
            );
            return Answer::depends(because, on);
        }
        let last = source.permissions.iter().position(|one| one.is_for_all);
        let counted = last.map_or(source.permissions.len(), |last| last + 1);
        let mut verdicts: Vec<Verdict> = source
            .permissions
            .iter()
            .take(counted)
            .map(|one| match one.action {
                Action::Allow => Verdict::Allowed,
                Action::Deny => Verdict::Denied,
            })
            .collect();
        let mut depends_on = BTreeSet::new();
        if last.is_none() {
            let rest = self.by_default();
            verdicts.push(rest.verdict);
            depends_on.extend(rest.depends_on);
        }
        let all = |wanted: Verdict| verdicts.iter().all(|one| *one == wanted);
        let verdict = if all(Verdict::Allowed) {
            Verdict::Allowed
        } else if all(Verdict::Denied) {
            Verdict::Denied
        } else {
            depends_on.insert("which requests it makes".to_owned());
            Verdict::Depends
        };
        if verdict != Verdict::Depends {
            depends_on.clear();
        }
        Answer {
            verdict,
            because: vec![because],
            depends_on,
        }
    }

    fn by_default(&self) -> Answer {
        let no_intention = "no intention speaks of it";
        match self.default {
            Some(Action::Allow) => Answer::new(
                Verdict::Allowed,
                format!("{no_intention}, and the default policy allows, which is assumed"),
            ),
            Some(Action::Deny) => Answer::new(
                Verdict::Denied,
                format!("{no_intention}, and the default policy denies, which is assumed"),
            ),
            None => Answer::depends(no_intention.to_owned(), UNSEEN_DEFAULT),
        }
    }

    /// The names that intentions for a service speak of.
    pub(super) fn named(&self, service: &str) -> BTreeSet<&str> {
        let entries = self.model.mesh.consul.intentions.iter();
        let entries = entries.filter(|one| one.destination == service || one.destination == "*");
        entries
            .flat_map(|one| &one.sources)
            .map(|source| source.name)
            .filter(|name| *name != "*")
            .collect()
    }

    /// Whom the intentions for a workload name, callers of other clusters too, and those that none of them names.
    pub(crate) fn callers(&self, workload: &Workload<'_>) -> BTreeSet<String> {
        let services = self.services(workload).iter();
        let named = services.flat_map(|one| self.named(one));
        let mut callers: BTreeSet<String> = named.map(str::to_owned).collect();
        callers.insert(NOBODY.to_owned());
        callers
    }

    /// What they say to such a caller. Whether they are enforced is not asked.
    pub(crate) fn says(&self, workload: &Workload<'_>, caller: &str) -> Verdict {
        self.intended(workload, caller).verdict
    }

    /// The sources of other clusters that the intentions for a workload let in, perhaps.
    pub(crate) fn elsewhere(&self, workload: &Workload<'_>) -> BTreeSet<String> {
        let services = self.services(workload);
        let entries = self.model.mesh.consul.intentions.iter();
        let entries =
            entries.filter(|one| one.destination == "*" || services.contains(&one.destination));
        let sources = entries.flat_map(|one| &one.sources);
        let let_in = sources.filter(|one| !matches!(one.action, Some((Action::Deny, _))));
        let_in
            .filter_map(|one| {
                let (kind, name) = one.elsewhere?;
                Some(format!("`{}` of {kind} {name}", one.name))
            })
            .collect()
    }

    /// An intention for a service that lets in callers of another cluster.
    pub(super) fn of_peers(&self, service: &str) -> Option<String> {
        let entries = self.model.mesh.consul.intentions.iter();
        let mut entries =
            entries.filter(|one| one.destination == service || one.destination == "*");
        entries.find_map(|entry| {
            let mut sources = entry.sources.iter();
            let source = sources.find(|source| {
                matches!(source.elsewhere, Some(("peer" | "samenessGroup", _)))
                    && !matches!(source.action, Some((Action::Deny, _)))
            })?;
            Some(at(&entry.resource, source.name_span))
        })
    }

    /// Whether a service lets plaintext in on its port: allowed, denied, or it depends; with what says so.
    pub(super) fn permissive(&self, service: &str) -> (Verdict, String) {
        let said = self
            .defaults(service)
            .find_map(|one| Some((one, one.permissive?)));
        let Some((defaults, (is_permissive, span))) = said else {
            let none = format!(
                "no ServiceDefaults `{service}` and no ProxyDefaults sets `mutualTLSMode`: strict"
            );
            return (Verdict::Denied, none);
        };
        let place = at(&defaults.resource, span);
        if !is_permissive {
            return (
                Verdict::Denied,
                format!("{place} sets `mutualTLSMode: strict`"),
            );
        }
        let mut meshes = self.model.mesh.consul.meshes.iter();
        if meshes.any(|one| one.allows_permissive) {
            return (
                Verdict::Allowed,
                format!("{place} sets `mutualTLSMode: permissive`"),
            );
        }
        let on = format!(
            "whether {place} may set `mutualTLSMode: permissive`: no Mesh of the input has \
             `allowEnablingPermissiveMutualTLS`"
        );
        (Verdict::Depends, on)
    }
}

fn is_default(namespace: &str) -> bool {
    matches!(namespace, "" | "default")
}

/// An answer that counts where an earlier one, which may, does not.
fn joined(uncertain: Option<Answer>, certain: Answer) -> Answer {
    let Some(mut perhaps) = uncertain else {
        return certain;
    };
    if perhaps.verdict != certain.verdict || certain.verdict == Verdict::Depends {
        perhaps.verdict = Verdict::Depends;
        perhaps.because.extend(certain.because);
        perhaps.depends_on.extend(certain.depends_on);
        return perhaps;
    }
    certain
}
