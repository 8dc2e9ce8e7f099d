//! What a change opens and closes: two states of the manifests, compared path by path.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::cidr::Cidr;
use super::effective_mtls::Verdict;
use super::ports::PortSet;
use super::reachability::{Party, Path, Reachability};

/// What differs between two states.
#[derive(Debug, Default)]
pub struct ExposureDiff {
    /// Ports that are open after and were not before.
    pub widened: Vec<Change>,
    /// Ports that were open before and are not after.
    pub narrowed: Vec<Change>,
    /// Workloads that took mTLS alone before and do not surely after.
    pub lost_mtls: Vec<LostMtls>,
}

/// A workload that no longer surely takes mTLS alone.
#[derive(Debug)]
pub struct LostMtls {
    /// The workload.
    pub workload: Party,
    /// Whether plaintext is surely accepted now.
    pub is_certain: bool,
    /// Why, as evidence.
    pub evidence: Vec<String>,
}

/// Strict before, and not strict or undecided after.
fn lost_mtls(before: &Reachability<'_, '_>, after: &Reachability<'_, '_>) -> Vec<LostMtls> {
    let strict: BTreeSet<Party> = before
        .model()
        .effective()
        .filter(|(_, effective)| effective.whole_verdict() == Verdict::Strict)
        .map(|(workload, _)| Party::of(workload))
        .collect();
    let is_lost = |verdict: Verdict| verdict != Verdict::Strict;
    after
        .model()
        .effective()
        .filter(|(workload, effective)| {
            is_lost(effective.whole_verdict()) && strict.contains(&Party::of(workload))
        })
        .map(|(workload, effective)| LostMtls {
            workload: Party::of(workload),
            is_certain: effective.whole_verdict() == Verdict::NotStrict,
            evidence: effective.evidence(after.model()),
        })
        .collect()
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
    let (old, new) = (before.open_paths(), after.open_paths());
    ExposureDiff {
        widened: beyond(&new, &old, after, before),
        narrowed: beyond(&old, &new, before, after),
        lost_mtls: lost_mtls(before, after),
    }
}

/// What of `these` is not in `those`.
fn beyond(
    these: &[Path],
    those: &[Path],
    of_these: &Reachability<'_, '_>,
    of_those: &Reachability<'_, '_>,
) -> Vec<Change> {
    let known: HashMap<(&Party, &Party), &PortSet> = those
        .iter()
        .map(|path| ((&path.source, &path.destination), &path.may))
        .collect();
    let outside = Outside::of(those);
    let mut positions: BTreeMap<Party, usize> = BTreeMap::new();
    for index in 0..of_these.endpoints().len() {
        for party in of_these.parties(index) {
            positions.entry(party).or_insert(index);
        }
    }
    let others = of_those.model().workloads.iter().map(Party::of);
    let others: BTreeSet<Party> = others.collect();
    let is_new = |party: &Party| matches!(party, Party::Workload { .. }) && !others.contains(party);
    let mut changes = Vec::new();
    for path in these {
        let (path, ports) = match (&path.source, &path.destination) {
            (Party::Addresses(ranges), other) | (other, Party::Addresses(ranges)) => {
                let is_source = matches!(path.source, Party::Addresses(_));
                let left = outside.uncovered(other, is_source, ranges, &path.may);
                if left.is_empty() {
                    continue;
                }
                let mut path = path.clone();
                let end = if is_source {
                    &mut path.source
                } else {
                    &mut path.destination
                };
                *end = Party::Addresses(left);
                let ports = path.may.clone();
                (path, ports)
            }
            _ => {
                let before = known.get(&(&path.source, &path.destination));
                let ports =
                    before.map_or_else(|| path.may.clone(), |before| path.may.minus(before));
                if ports.is_empty() {
                    continue;
                }
                (path.clone(), ports)
            }
        };
        let reasons = argued(of_these, &positions, &path, &ports);
        changes.push(Change {
            is_of_new_workload: is_new(&path.source) || is_new(&path.destination),
            path: Path { reasons, ..path },
            ports,
        });
    }
    changes
}

fn argued(
    reachability: &Reachability<'_, '_>,
    positions: &BTreeMap<Party, usize>,
    path: &Path,
    ports: &PortSet,
) -> Vec<super::reachability::Reason> {
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
type Open<'p> = (&'p [Cidr], &'p PortSet);

/// Which addresses are open to (`true`) or from whom.
struct Outside<'p>(HashMap<(&'p Party, bool), Vec<Open<'p>>>);

impl<'p> Outside<'p> {
    fn of(paths: &'p [Path]) -> Self {
        let mut known: HashMap<(&Party, bool), Vec<Open<'p>>> = HashMap::new();
        for path in paths {
            match (&path.source, &path.destination) {
                (Party::Addresses(ranges), other) => {
                    known
                        .entry((other, true))
                        .or_default()
                        .push((ranges, &path.may));
                }
                (other, Party::Addresses(ranges)) => {
                    known
                        .entry((other, false))
                        .or_default()
                        .push((ranges, &path.may));
                }
                _ => {}
            }
        }
        Self(known)
    }

    /// The addresses for which not all of these ports are open.
    fn uncovered(
        &self,
        other: &Party,
        is_source: bool,
        ranges: &[Cidr],
        ports: &PortSet,
    ) -> Vec<Cidr> {
        let known = self.0.get(&(other, is_source)).map(Vec::as_slice);
        let covering: Vec<Cidr> = known
            .unwrap_or_default()
            .iter()
            .filter(|(_, open)| ports.is_within(open))
            .flat_map(|(ranges, _)| ranges.iter().copied())
            .collect();
        ranges
            .iter()
            .flat_map(|range| range.without(&covering))
            .collect()
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
        assert_eq!(widened, ["shop/a -> shop/b: TCP 80"]);
        assert!(narrowed.is_empty());
        let (widened, narrowed, _) = compared(PODS, &some);
        assert!(widened.is_empty(), "{widened:?}");
        assert_eq!(narrowed.len(), 3, "{narrowed:?}");
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
