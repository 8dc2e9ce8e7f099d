//! What a change opens and closes: two states of the manifests, compared path by path.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::cidr::Cidr;
use super::effective_mtls::Verdict;
use super::model::Model;
use super::model::kubernetes::Workload;
use super::ports::PortSet;
use super::reachability::{NetworkAlone, Party, Path, Reachability, Reason, limits};
use super::{authorization, effective_mtls, offers, transport};

/// What differs between two states.
#[derive(Debug, Default)]
pub struct ExposureDiff {
    /// Ports that are open after and were not before.
    pub widened: Vec<Change>,
    /// Ports that were open before and are not after.
    pub narrowed: Vec<Change>,
    /// Workloads that took mTLS alone before and do not surely after.
    pub lost_mtls: Vec<LostMtls>,
    /// Callers that AuthorizationPolicies admit after and did not before.
    pub admitted: Vec<Admitted>,
    /// What is offered to the outside after and was not before: load balancers, ports of nodes, ingresses, gateways.
    pub offered: Vec<Reason>,
    /// What either state does not settle.
    pub limits: Vec<Reason>,
}

impl ExposureDiff {
    /// Whether something is open after that was not before.
    pub fn is_wider(&self) -> bool {
        !self.widened.is_empty()
            || !self.lost_mtls.is_empty()
            || !self.admitted.is_empty()
            || !self.offered.is_empty()
    }
}

/// A workload that no longer surely takes mTLS alone on some port.
#[derive(Debug)]
pub struct LostMtls {
    /// The workload.
    pub workload: Party,
    /// The ports; none for every port without a mode of its own.
    pub ports: Vec<Option<u16>>,
    /// Whether plaintext is surely accepted now.
    pub is_certain: bool,
    /// Why, as evidence.
    pub evidence: Vec<String>,
}

/// Callers that a workload's AuthorizationPolicies admit and did not before.
#[derive(Debug)]
pub struct Admitted {
    /// The workload.
    pub workload: Party,
    /// Whom, on which port.
    pub text: String,
}

/// Every workload of both states, with the ports that either speaks of.
fn pairs<'r, 'm, 'a>(
    before: &'r Reachability<'m, 'a>,
    after: &'r Reachability<'m, 'a>,
) -> Vec<(&'m Workload<'a>, &'m Workload<'a>, Vec<Option<u16>>)> {
    let old: HashMap<Party, &Workload<'_>> = before
        .model()
        .workloads
        .iter()
        .map(|workload| (Party::of(workload), workload))
        .collect();
    let mut pairs = Vec::new();
    for workload in &after.model().workloads {
        let Some(earlier) = old.get(&Party::of(workload)) else {
            continue;
        };
        let mut ports = transport::ports(after.model(), workload);
        ports.extend(transport::ports(before.model(), earlier));
        ports.sort_unstable();
        ports.dedup();
        let ports = ports.into_iter().map(Some).chain([None]);
        pairs.push((*earlier, workload, ports.collect()));
    }
    pairs
}

fn rank(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Strict => 2,
        Verdict::Depends => 1,
        Verdict::NotStrict => 0,
    }
}

/// Any step down from strict by way of undecided to not strict is a loss.
fn lost_mtls(before: &Reachability<'_, '_>, after: &Reachability<'_, '_>) -> Vec<LostMtls> {
    if !before.model().shows_mesh && !after.model().shows_mesh {
        return Vec::new();
    }
    let mut lost = Vec::new();
    for (earlier, workload, ports) in pairs(before, after) {
        let mut fallen = Vec::new();
        let mut is_certain = false;
        let mut evidence = Vec::new();
        for port in ports {
            let old = transport::on_port(before.model(), earlier, port);
            let new = transport::on_port(after.model(), workload, port);
            if rank(new.verdict) < rank(old.verdict) {
                fallen.push(port);
                is_certain |= new.verdict == Verdict::NotStrict;
                evidence.extend(new.bypass);
                evidence.extend(new.doubts);
            }
        }
        if fallen.is_empty() {
            continue;
        }
        let chain = effective_mtls::of_workload(after.model(), workload).evidence(after.model());
        evidence.extend(chain);
        evidence.dedup();
        lost.push(LostMtls {
            workload: Party::of(workload),
            ports: fallen,
            is_certain,
            evidence,
        });
    }
    lost
}

/// Whom the AuthorizationPolicies admit and did not before.
fn admitted(before: &Reachability<'_, '_>, after: &Reachability<'_, '_>) -> Vec<Admitted> {
    let policies = |model: &Model<'_>| model.authorization_policies.len();
    if policies(before.model()) + policies(after.model()) == 0 {
        return Vec::new();
    }
    let rank = |verdict: authorization::Verdict| match verdict {
        authorization::Verdict::Denied => 0,
        authorization::Verdict::Depends => 1,
        authorization::Verdict::Allowed => 2,
    };
    let mut found = Vec::new();
    for (earlier, workload, ports) in pairs(before, after) {
        for port in ports.into_iter().map(|port| port.unwrap_or(1)) {
            let old = authorization::callers(before.model(), earlier, port);
            let new = authorization::callers(after.model(), workload, port);
            let mut texts = Vec::new();
            if rank(new.plaintext.verdict) > rank(old.plaintext.verdict) {
                texts.push("clients over plaintext".to_owned());
            }
            if rank(new.any_identity.verdict) > rank(old.any_identity.verdict) {
                texts.push("any client of the mesh".to_owned());
            }
            for caller in &new.named {
                let was = |known: &authorization::Caller| {
                    known.who == caller.who
                        && known.only_if.iter().all(|ask| caller.only_if.contains(ask))
                };
                if !old.named.is_empty() && !old.named.iter().any(was) {
                    texts.push(caller.who.clone());
                }
            }
            for text in texts {
                let text = format!("{text}, on port {port}");
                found.push(Admitted {
                    workload: Party::of(workload),
                    text,
                });
            }
        }
    }
    found
}

/// A path that opened or closed.
#[derive(Debug)]
pub struct Change {
    /// The path; for what opened with its reasons after, for what closed with its reasons before.
    pub path: Path,
    /// The ports that opened or closed.
    pub ports: PortSet,
    /// Whether one of its ends is a workload of one state alone.
    pub is_of_new_workload: bool,
}

/// Compares what may be open before and after.
pub fn diff(before: &Reachability<'_, '_>, after: &Reachability<'_, '_>) -> ExposureDiff {
    let (old, new) = (
        before.open_paths(&NetworkAlone),
        after.open_paths(&NetworkAlone),
    );
    ExposureDiff {
        widened: beyond(&new, &old, after, before),
        narrowed: beyond(&old, &new, before, after),
        lost_mtls: lost_mtls(before, after),
        admitted: admitted(before, after),
        offered: offers::new_offers(before.model(), after.model()),
        limits: limits(before.model())
            .into_iter()
            .chain(limits(after.model()))
            .collect(),
    }
}

/// The ports of a path: surely open, and perhaps.
type Ports = (PortSet, PortSet);

/// What `new` opens that `old` did not: ports that may be open now, or surely are and only might have been.
fn gained(new: &Ports, old: &Ports) -> PortSet {
    new.1.minus(&old.1).union(&new.0.minus(&old.0))
}

/// What of `these` is not in `those`.
fn beyond(
    these: &[Path],
    those: &[Path],
    of_these: &Reachability<'_, '_>,
    of_those: &Reachability<'_, '_>,
) -> Vec<Change> {
    let known: HashMap<(&Party, &Party), Ports> = those
        .iter()
        .map(|path| {
            (
                (&path.source, &path.destination),
                (path.surely.clone(), path.may.clone()),
            )
        })
        .collect();
    let outside = Outside::of(those);
    let mut positions: BTreeMap<Party, usize> = BTreeMap::new();
    for index in 0..of_these.endpoints().len() {
        for party in of_these.parties(index) {
            positions.entry(party).or_insert(index);
        }
    }
    let others: BTreeSet<Party> = of_those.model().workloads.iter().map(Party::of).collect();
    let is_new = |party: &Party| matches!(party, Party::Workload { .. }) && !others.contains(party);
    let mut changes = Vec::new();
    for path in these {
        let ports = (path.surely.clone(), path.may.clone());
        let is_of_new_workload = is_new(&path.source) || is_new(&path.destination);
        let mut add = |path: Path, ports: PortSet| {
            let reasons = argued(of_these, &positions, &path, &ports);
            changes.push(Change {
                is_of_new_workload,
                path: Path { reasons, ..path },
                ports,
            });
        };
        match (&path.source, &path.destination) {
            (Party::Addresses(ranges), other) | (other, Party::Addresses(ranges)) => {
                let is_source = matches!(path.source, Party::Addresses(_));
                for (left, ports) in outside.uncovered((other, is_source), ranges, &ports) {
                    let mut path = path.clone();
                    let end = if is_source {
                        &mut path.source
                    } else {
                        &mut path.destination
                    };
                    *end = Party::Addresses(left);
                    add(path, ports);
                }
            }
            _ => {
                let none = (PortSet::none(), PortSet::none());
                let before = known.get(&(&path.source, &path.destination));
                let ports = gained(&ports, before.unwrap_or(&none));
                if !ports.is_empty() {
                    add(path.clone(), ports);
                }
            }
        }
    }
    changes
}

fn argued(
    reachability: &Reachability<'_, '_>,
    positions: &BTreeMap<Party, usize>,
    path: &Path,
    ports: &PortSet,
) -> Vec<Reason> {
    let position = |party: &Party| match party {
        Party::Addresses(ranges) => {
            let first = ranges.first()?;
            positions.iter().find_map(|(party, index)| match party {
                Party::Addresses(own) if own.iter().any(|own| own.touches(*first)) => Some(*index),
                _ => None,
            })
        }
        other => positions.get(other).copied(),
    };
    match (position(&path.source), position(&path.destination)) {
        (Some(source), Some(destination)) => reachability.path(source, destination, ports).reasons,
        _ => Vec::new(),
    }
}

/// Ranges and the ports that are open for them.
type Open<'p> = (&'p [Cidr], Ports);

/// Which addresses are open to (`true`) or from whom.
struct Outside<'p>(HashMap<(&'p Party, bool), Vec<Open<'p>>>);

impl<'p> Outside<'p> {
    fn of(paths: &'p [Path]) -> Self {
        let mut known: HashMap<(&Party, bool), Vec<Open<'p>>> = HashMap::new();
        for path in paths {
            let ports = (path.surely.clone(), path.may.clone());
            match (&path.source, &path.destination) {
                (Party::Addresses(ranges), other) => {
                    known
                        .entry((other, true))
                        .or_default()
                        .push((ranges, ports));
                }
                (other, Party::Addresses(ranges)) => {
                    known
                        .entry((other, false))
                        .or_default()
                        .push((ranges, ports));
                }
                _ => {}
            }
        }
        Self(known)
    }

    /// The addresses for which something opened, by what.
    fn uncovered(
        &self,
        end: (&Party, bool),
        ranges: &[Cidr],
        ports: &Ports,
    ) -> Vec<(Vec<Cidr>, PortSet)> {
        let known = self.0.get(&end).map(Vec::as_slice).unwrap_or_default();
        let bounds: Vec<Cidr> = known
            .iter()
            .flat_map(|(ranges, _)| ranges.iter())
            .chain(ranges)
            .copied()
            .collect();
        let mut found: Vec<(Vec<Cidr>, PortSet)> = Vec::new();
        let atoms = Cidr::cut(&bounds).into_iter();
        for atom in atoms.filter(|atom| ranges.iter().any(|range| range.holds(*atom))) {
            let holds = |ranges: &[Cidr]| ranges.iter().any(|range| range.holds(atom));
            let before = known.iter().filter(|(ranges, _)| holds(ranges));
            let none = (PortSet::none(), PortSet::none());
            let before = before.fold(none, |(surely, may), (_, ports)| {
                (surely.union(&ports.0), may.union(&ports.1))
            });
            let gained = gained(ports, &before);
            if gained.is_empty() {
                continue;
            }
            match found.iter_mut().find(|(_, known)| *known == gained) {
                Some((known, _)) => match known
                    .last_mut()
                    .and_then(|last| Some((last.joined(atom)?, last)))
                {
                    Some((both, last)) => *last = both,
                    None => known.push(atom),
                },
                None => found.push((vec![atom], gained)),
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::source::Source;
    use crate::lint::reachability::Assumptions;
    use crate::lint::{Options, documents, index};

    const PODS: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop, labels: {app: a}}
spec: {containers: [{name: c}]}
---
apiVersion: v1
kind: Pod
metadata: {name: b, namespace: shop, labels: {app: b}}
spec: {containers: [{name: c}]}
";

    fn policy(name: &str, rules: &str) -> String {
        format!(
            "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: {name}, namespace: shop}}\n\
             spec: {{podSelector: {{matchLabels: {{app: b}}}}, ingress: [{rules}]}}\n"
        )
    }

    fn compared(before: &str, after: &str) -> (Vec<String>, Vec<String>, Vec<String>) {
        let options = Options::default();
        let documents = [before, after].map(|text| {
            documents::read(&[Source::new("state.yaml", text.as_bytes().to_vec()).unwrap()])
        });
        let models = documents
            .each_ref()
            .map(|documents| index::build(documents, &options));
        let [before, after] = models
            .each_ref()
            .map(|model| Reachability::new(model, &Assumptions::default()));
        let found = diff(&before, &after);
        let told = |changes: &[Change]| {
            let each = changes.iter().map(|change| {
                assert!(!change.path.reasons.is_empty());
                format!(
                    "{} -> {}: {}",
                    change.path.source, change.path.destination, change.ports
                )
            });
            each.collect::<Vec<_>>()
        };
        let lost = found.lost_mtls.iter().map(|lost| lost.workload.to_string());
        (told(&found.widened), told(&found.narrowed), lost.collect())
    }

    #[test]
    fn only_what_changes_is_told() {
        let closed = format!("{PODS}{}", policy("deny", ""));
        let some = format!(
            "{PODS}{}",
            policy("deny", "{from: [{podSelector: {}}], ports: [{port: 80}]}")
        );
        let none = (Vec::new(), Vec::new(), Vec::new());
        assert_eq!(compared(&closed, &closed), none);
        let (widened, narrowed, _) = compared(&closed, &some);
        assert_eq!(
            widened,
            [
                "shop/a -> shop/b: TCP 80",
                "other pods of shop -> shop/b: TCP 80"
            ]
        );
        assert!(narrowed.is_empty());
        let (widened, narrowed, _) = compared(PODS, &some);
        assert!(widened.is_empty(), "{widened:?}");
        assert_eq!(narrowed.len(), 4, "{narrowed:?}");
    }

    #[test]
    fn blocks_that_are_cut_otherwise_are_no_change() {
        let whole = policy("in", "{from: [{ipBlock: {cidr: 0.0.0.0/0}}]}");
        let halves = policy(
            "in",
            "{from: [{ipBlock: {cidr: 0.0.0.0/1}}, {ipBlock: {cidr: 128.0.0.0/1}}]}",
        );
        let one_half = policy("in", "{from: [{ipBlock: {cidr: 128.0.0.0/1}}]}");
        let state = |policy: &str| format!("{PODS}{policy}");
        let none = (Vec::new(), Vec::new(), Vec::new());
        assert_eq!(compared(&state(&whole), &state(&halves)), none);
        let (widened, ..) = compared(&state(&one_half), &state(&whole));
        assert_eq!(widened, ["outside: 0.0.0.0/1 -> shop/b: every port"]);
    }

    #[test]
    fn a_rule_that_becomes_certain_is_wider() {
        let one = policy("in", "{from: [{podSelector: {matchLabels: {app: a}}}]}");
        let every = policy("in", "{from: [{podSelector: {}}]}");
        let state = |policy: &str| format!("{PODS}{policy}");
        let (widened, ..) = compared(&state(&one), &state(&every));
        assert_eq!(widened, ["other pods of shop -> shop/b: every port"]);
    }

    #[test]
    fn ports_of_one_range_in_two_rules_are_no_change() {
        let together = policy(
            "in",
            "{from: [{ipBlock: {cidr: 10.0.0.0/8}}], ports: [{port: 80}, {port: 443}]}",
        );
        let apart = policy(
            "in",
            "{from: [{ipBlock: {cidr: 10.0.0.0/8}}], ports: [{port: 80}]}, {from: [{ipBlock: {cidr: 10.0.0.0/9}}], ports: [{port: 443}]}",
        );
        let state = |policy: &str| format!("{PODS}{policy}");
        let (widened, ..) = compared(&state(&apart), &state(&together));
        assert_eq!(widened, ["outside: 10.128.0.0/9 -> shop/b: TCP 443"]);
    }

    #[test]
    fn a_mode_that_falls_is_told() {
        let state = |mode: &str| {
            format!(
                "{PODS}---\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\n\
                 metadata: {{name: default, namespace: shop}}\nspec: {{mtls: {{mode: {mode}}}}}\n"
            )
        };
        let (.., lost) = compared(&state("STRICT"), &state("PERMISSIVE"));
        assert_eq!(lost, ["shop/a", "shop/b"]);
        let (.., lost) = compared(&state("PERMISSIVE"), &state("STRICT"));
        assert!(lost.is_empty());
    }
}
