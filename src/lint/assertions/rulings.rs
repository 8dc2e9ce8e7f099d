//! Each kind of assertion held against a cluster: allow-lists of callers and callees, and what must surely work.

use super::names::{Callee, callee, caller, find, present, whole};
use super::{AssertionError, Judgement, Named};
use crate::lint::ports::PortSet;
use crate::lint::reachability::{
    Admission, Caller, Mesh, Party, Path, Reachability, Reason, Ruling, Source, Wire, Works,
};

/// What an assertion is held against.
pub(super) struct Known<'r, 'm, 'a> {
    pub(super) reachability: &'r Reachability<'m, 'a>,
    pub(super) mesh: &'r dyn Mesh,
    /// Whether nothing but mTLS may be on the wire.
    pub(super) over_mtls: bool,
}

impl Known<'_, '_, '_> {
    /// Nobody but these callers reaches the target.
    pub(super) fn only(
        &self,
        judgement: &mut Judgement,
        (target, from): (&Named, &[Named]),
        absent: &mut Option<AssertionError>,
    ) -> Result<(), AssertionError> {
        let model = self.reachability.model();
        let target = find(model, target)?;
        let is_known = |space: &str| self.reachability.knows_namespace(space);
        let callers = from.iter().map(|name| caller(model, name, &is_known));
        let callers = present(callers, absent)?;
        let proof = self.reachability.only(&target, &callers, self.mesh);
        judgement.ruling = proof.ruling;
        judgement.remarks = proof.conditions;
        judgement.remarks.extend(proof.limits);
        let others = proof.against.into_iter().chain(proof.doubtful);
        judgement.chains = others.map(|path| vec![path]).collect();
        if self.over_mtls {
            over_mtls(judgement, &proof.callers);
        }
        Ok(())
    }

    /// The caller calls nobody but these.
    pub(super) fn calls(
        &self,
        judgement: &mut Judgement,
        (caller, to): (&Named, &[Named]),
        absent: &mut Option<AssertionError>,
    ) -> Result<(), AssertionError> {
        let source = whole(self.reachability.model(), caller)?;
        let targets = to.iter().map(|name| callee(self.reachability, name));
        let targets = present(targets, absent)?;
        let known: Vec<(usize, PortSet)> = targets
            .iter()
            .filter_map(|callee| match callee.party {
                Caller::Workload(position) => Some((position, callee.ports.clone())),
                _ => None,
            })
            .collect();
        let paths = self
            .reachability
            .paths_from(source.position, &source.ports, self.mesh);
        let mut others = Vec::new();
        for path in paths {
            let excused = self
                .reachability
                .same_callees(source.position, &path, &known);
            match excused {
                Some(reason) => judgement.remarks.push(reason),
                None => others.push(path),
            }
        }
        judge_calls(judgement, others, &targets, self.over_mtls);
        Ok(())
    }

    /// Each of these callers surely reaches the target, on every port that is named.
    pub(super) fn open(
        &self,
        judgement: &mut Judgement,
        (target, from): (&Named, &[Named]),
        absent: &mut Option<AssertionError>,
    ) -> Result<(), AssertionError> {
        let model = self.reachability.model();
        let target = find(model, target)?;
        let sources = from.iter().map(|name| whole(model, name));
        let sources = present(sources, absent)?;
        // Nobody who is there would have to get in.
        if let Some(missing) = absent.take_if(|_| sources.is_empty()) {
            return Err(missing);
        }
        for source in sources {
            let ends = (
                self.reachability.of_workload(source.position),
                self.reachability.of_workload(target.position),
            );
            let (Some(from), Some(to)) = ends else {
                continue;
            };
            let called = model.workloads.get(target.position);
            let calling = model.workloads.get(source.position);
            let names = [calling.map(Party::of), called.map(Party::of)];
            let path = self.reachability.path_named(from, to, &target.ports, names);
            let parts = match (calling, called) {
                (Some(calling), Some(called)) => {
                    self.mesh
                        .cross(Source::Workload(calling), called, &target.ports)
                }
                _ => Vec::new(),
            };
            if parts.is_empty() {
                self.judge_open(judgement, path, &target.ports);
            } else {
                for (ports, crossing) in parts {
                    let part = Path {
                        surely: path.surely.intersection(&ports),
                        may: path.may.intersection(&ports),
                        crossing: Some(crossing),
                        ..path.clone()
                    };
                    self.judge_open(judgement, part, &ports);
                }
            }
            judgement.refused_by_others(model);
        }
        Ok(())
    }

    fn judge_open(&self, judgement: &mut Judgement, path: Path, wanted: &PortSet) {
        if self.over_mtls {
            over_mtls(judgement, std::slice::from_ref(&path));
        }
        judge_open(judgement, path, wanted);
    }
}

/// The worse of two rulings.
pub(super) fn worsen(judgement: &mut Judgement, ruling: Ruling) {
    judgement.ruling = match (judgement.ruling, ruling) {
        (Ruling::Refuted, _) | (_, Ruling::Refuted) => Ruling::Refuted,
        (Ruling::Undecided, _) | (_, Ruling::Undecided) => Ruling::Undecided,
        _ => Ruling::Proven,
    };
}

/// Every caller comes over mTLS and nothing else.
fn over_mtls(judgement: &mut Judgement, paths: &[Path]) {
    for path in paths {
        let ruling = match path.crossing.as_ref().map(|crossing| crossing.wire) {
            Some(Wire::Mtls) => continue,
            Some(Wire::Plaintext | Wire::Either) => Ruling::Refuted,
            Some(Wire::Depends) | None => Ruling::Undecided,
        };
        worsen(judgement, ruling);
        let what = match ruling {
            Ruling::Refuted => "plaintext is on the wire from",
            _ => "the input does not decide what is on the wire from",
        };
        judgement
            .remarks
            .push(Reason::absent(format!("{what} {}", path.source)));
        judgement.chains.push(vec![path.clone()]);
    }
}

fn judge_calls(judgement: &mut Judgement, paths: Vec<Path>, allowed: &[Callee], mtls: bool) {
    let mut calls = Vec::new();
    for path in paths {
        let of_this: Vec<&Callee> = allowed
            .iter()
            .filter(|callee| callee.allows(&path.destination))
            .collect();
        let ports = of_this
            .iter()
            .fold(PortSet::none(), |set, callee| set.union(&callee.ports));
        if path.is_closed() {
            continue;
        }
        let beyond = path.may.minus(&ports);
        if beyond.is_empty() {
            calls.push(path);
            continue;
        }
        let depends = path
            .crossing
            .as_ref()
            .is_some_and(|crossing| crossing.admission == Admission::Depends);
        let surely = if depends {
            PortSet::none()
        } else {
            path.surely.minus(&ports)
        };
        let ruling = if surely.is_empty() {
            Ruling::Undecided
        } else {
            Ruling::Refuted
        };
        worsen(judgement, ruling);
        judgement.chains.push(vec![Path {
            surely,
            may: beyond,
            ..path
        }]);
    }
    if mtls {
        over_mtls(judgement, &calls);
    }
}

fn judge_open(judgement: &mut Judgement, path: Path, wanted: &PortSet) {
    let admission = path.crossing.as_ref().map(|crossing| crossing.admission);
    let works = path.crossing.as_ref().and_then(|crossing| crossing.works);
    let is_taken = matches!(works, None | Some(Works::Yes))
        && matches!(admission, None | Some(Admission::Admitted));
    if wanted.is_within(&path.surely) && is_taken {
        return;
    }
    let is_refused = admission == Some(Admission::Refused) || works == Some(Works::No);
    let ruling = if wanted.is_within(&path.may) && !is_refused {
        Ruling::Undecided
    } else {
        Ruling::Refuted
    };
    worsen(judgement, ruling);
    judgement.chains.push(vec![path]);
}
