//! The search for a path: depth first, the likeliest issuer first, each signature checked once.

use std::collections::{BTreeMap, BTreeSet};

use super::rules::{self, Place};
use super::whole;
use super::{
    Candidate, Check, Findings, Further, MAX_PATH, MAX_SIGNATURES, MAX_STEPS, MAX_TOLD, PathReport,
    PathRules, Problem, Work,
};
use crate::cert::certificate::Certificate;
use crate::cert::reasons::Reason;
use crate::kernel::arrange::Arrange as _;
use crate::kernel::crypto::VerifyError;

/// An authority at hand.
struct Member<'a> {
    certificate: &'a Certificate,
    is_anchor: bool,
    /// What the rules say about it by itself, once asked.
    own: Option<Findings>,
}

/// The place of the leaf where members have their index.
const LEAF: usize = usize::MAX;

pub(super) struct Search<'a> {
    leaf: &'a Certificate,
    rules: &'a PathRules,
    own: Findings,
    pool: Vec<Member<'a>>,
    /// The possible issuers of each certificate, the likeliest first.
    issuers: BTreeMap<usize, Vec<usize>>,
    signatures: BTreeMap<(usize, usize), Option<Problem>>,
    work: Work,
    candidates: Vec<Candidate>,
    untold: usize,
    /// The candidate that got furthest, and how far.
    best: Option<((bool, usize, usize), Vec<Problem>)>,
    /// The budget that is used up.
    halted: Option<Problem>,
}

impl<'a> Search<'a> {
    pub(super) fn new(
        leaf: &'a Certificate,
        (intermediates, anchors): (&'a [Certificate], &'a [Certificate]),
        rules: &'a PathRules,
    ) -> Self {
        let mut pool: Vec<Member<'a>> = Vec::new();
        let mut seen = BTreeSet::new();
        let anchors = anchors.iter().map(|one| (one, true));
        let all = anchors.chain(intermediates.iter().map(|one| (one, false)));
        for (certificate, is_anchor) in all {
            // A trusted authority that the peer also sends is trusted.
            if seen.insert(certificate.der.as_slice()) {
                pool.push(Member {
                    certificate,
                    is_anchor,
                    own: None,
                });
            }
        }
        Self {
            leaf,
            rules,
            own: rules::judge(leaf, Place::Leaf, rules),
            pool,
            issuers: BTreeMap::new(),
            signatures: BTreeMap::new(),
            work: Work::default(),
            candidates: Vec::new(),
            untold: 0,
            best: None,
            halted: None,
        }
    }

    pub(super) fn run(mut self, further: &mut Further<'_>) -> PathReport {
        let found = self.extend(&mut Vec::new(), further);
        let mut report = PathReport {
            problems: self.own.problems,
            remarks: self.own.remarks,
            candidates: self.candidates,
            untold: self.untold,
            work: self.work,
            ..PathReport::default()
        };
        match found {
            Some((path, remarks)) => {
                report.remarks.extend(remarks);
                if report.problems.is_empty() {
                    report.path = path;
                }
            }
            None => {
                // A budget that ended the search says that nothing is known.
                match self.halted {
                    Some(halted) => report.problems.push(halted),
                    None => {
                        let best = self.best.into_iter().flat_map(|(_, problems)| problems);
                        report.problems.extend(best);
                    }
                }
                report.problems.dedup();
                report.remarks.clear();
            }
        }
        report
    }

    fn certificate(&self, index: usize) -> &'a Certificate {
        self.pool
            .get(index)
            .map_or(self.leaf, |member| member.certificate)
    }

    /// Extends a path, given by the indices of its authorities, to one that holds; with what is remarked on it.
    fn extend(
        &mut self,
        path: &mut Vec<usize>,
        further: &mut Further<'_>,
    ) -> Option<(Vec<Certificate>, Vec<Problem>)> {
        let last = path.last().copied().unwrap_or(LEAF);
        let issuers = self.issuers_of(last);
        let has_namesakes = !issuers.is_empty();
        let fresh: Vec<usize> = issuers
            .into_iter()
            .filter(|issuer| !self.repeats(path, *issuer))
            .collect();
        if fresh.is_empty() {
            let certificate = self.certificate(last);
            let detail = if has_namesakes {
                format!(
                    "whoever is named `{}` stands in the path already: nobody vouches for itself",
                    certificate.issuer
                )
            } else {
                format!("nobody at hand is named `{}`", certificate.issuer)
            };
            self.tell(
                path,
                false,
                vec![problem(Reason::NoIssuer, certificate, detail)],
            );
            return None;
        }
        for issuer in fresh {
            if !self.step() {
                return None;
            }
            let signature = self.signature(last, issuer);
            path.push(issuer);
            let found = match signature {
                Some(problem) => {
                    self.tell(path, false, vec![problem]);
                    None
                }
                None => self.enter(path, issuer, further),
            };
            path.pop();
            if found.is_some() || self.halted.is_some() {
                return found;
            }
        }
        None
    }

    /// Judges the authority that a path now ends in, and goes on.
    fn enter(
        &mut self,
        path: &mut Vec<usize>,
        index: usize,
        further: &mut Further<'_>,
    ) -> Option<(Vec<Certificate>, Vec<Problem>)> {
        let is_anchor = self.pool.get(index).is_some_and(|member| member.is_anchor);
        let problems = self.own_problems(index, is_anchor);
        if !problems.is_empty() {
            self.tell(path, is_anchor, problems);
            return None;
        }
        if !is_anchor {
            // What is too deep already does not become a path further on.
            let between = path.iter().map(|index| self.certificate(*index));
            let depth = between.filter(|one| !one.is_self_issued()).count();
            if depth > self.rules.max_depth as usize {
                let detail = format!(
                    "{depth} authorities stand above it before any anchor; {} are allowed",
                    self.rules.max_depth
                );
                let problem = problem(Reason::PathTooLong, self.leaf, detail);
                self.tell(path, false, vec![problem]);
                return None;
            }
            if path.len() + 1 < MAX_PATH {
                return self.extend(path, further);
            }
            let detail = format!("the path has more than {MAX_PATH} certificates");
            let problem = problem(Reason::PathTooLong, self.leaf, detail);
            self.tell(path, false, vec![problem]);
            return None;
        }
        let mut whole = vec![self.leaf];
        whole.extend(path.iter().map(|index| self.certificate(*index)));
        let mut findings = whole::judge(&whole, self.rules, &mut self.work.comparisons);
        let budget = findings
            .problems
            .iter()
            .find(|problem| problem.reason == Reason::TooManyComparisons);
        self.halted = self.halted.take().or(budget.cloned());
        if findings.problems.is_empty() {
            findings.problems = further(&whole);
        }
        let holds = findings.problems.is_empty();
        let mut remarks = findings.remarks;
        self.tell_with(path, true, findings.problems, findings.checks);
        if !holds {
            return None;
        }
        for index in path.iter() {
            let own = self.pool.get(*index).and_then(|member| member.own.as_ref());
            remarks.extend(own.into_iter().flat_map(|own| own.remarks.iter().cloned()));
        }
        Some((whole.into_iter().cloned().collect(), remarks))
    }

    /// Whether a budget is left.
    fn step(&mut self) -> bool {
        self.work.steps += 1;
        if self.work.steps > MAX_STEPS && self.halted.is_none() {
            let detail = format!("more than {MAX_STEPS} steps of the search led to no path");
            self.halted = Some(problem(Reason::TooManySteps, self.leaf, detail));
        }
        self.halted.is_none()
    }

    /// Who may have issued a certificate: whoever bears the name, first those whose key identifier fits.
    fn issuers_of(&mut self, index: usize) -> Vec<usize> {
        if let Some(known) = self.issuers.get(&index) {
            return known.clone();
        }
        let certificate = self.certificate(index);
        let named = self
            .pool
            .iter()
            .enumerate()
            .filter(|(_, member)| member.certificate.subject_name.is(&certificate.issuer_name));
        let mut ranked: Vec<_> = named
            .map(|(position, member)| {
                let fits = match (
                    &certificate.authority_key_id,
                    &member.certificate.subject_key_id,
                ) {
                    (Some(wanted), Some(found)) if wanted == found => 0,
                    (Some(_), Some(_)) => 2,
                    _ => 1,
                };
                let ends = std::cmp::Reverse(member.certificate.not_after);
                ((fits, !member.is_anchor, ends, position), position)
            })
            .collect();
        ranked.arrange();
        let ordered: Vec<usize> = ranked.into_iter().map(|(_, position)| position).collect();
        self.issuers.insert(index, ordered.clone());
        ordered
    }

    /// Whether the name and key of an authority stand in the path already.
    fn repeats(&self, path: &[usize], index: usize) -> bool {
        let candidate = self.certificate(index);
        let same = |one: &Certificate| {
            one.key_info == candidate.key_info && one.subject_name.is(&candidate.subject_name)
        };
        same(self.leaf) || path.iter().any(|known| same(self.certificate(*known)))
    }

    fn own_problems(&mut self, index: usize, is_anchor: bool) -> Vec<Problem> {
        let rules = self.rules;
        let place = if is_anchor {
            Place::Anchor
        } else {
            Place::Between
        };
        let Some(member) = self.pool.get_mut(index) else {
            return Vec::new();
        };
        let certificate = member.certificate;
        let own = member
            .own
            .get_or_insert_with(|| rules::judge(certificate, place, rules));
        own.problems.clone()
    }

    /// Why a certificate is not signed by an authority's key, if it is not.
    fn signature(&mut self, signed: usize, by: usize) -> Option<Problem> {
        if let Some(known) = self.signatures.get(&(signed, by)) {
            return known.clone();
        }
        if self.work.signatures >= MAX_SIGNATURES {
            let detail = format!("{MAX_SIGNATURES} signatures were checked without a path");
            let problem = problem(Reason::TooManySignatures, self.leaf, detail);
            self.halted = Some(problem.clone());
            return Some(problem);
        }
        self.work.signatures += 1;
        let problem = check(self.certificate(signed), self.certificate(by));
        self.signatures.insert((signed, by), problem.clone());
        problem
    }

    fn tell(&mut self, path: &[usize], complete: bool, problems: Vec<Problem>) {
        self.tell_with(path, complete, problems, Vec::new());
    }

    /// Keeps a candidate: its problems if it is the best that fails, its checks if they are told.
    fn tell_with(
        &mut self,
        path: &[usize],
        complete: bool,
        problems: Vec<Problem>,
        last: Vec<Check>,
    ) {
        let rank = (complete, path.len(), usize::MAX - problems.len());
        if !problems.is_empty() && self.best.as_ref().is_none_or(|(best, _)| rank > *best) {
            self.best = Some((rank, problems.clone()));
        }
        if self.candidates.len() >= MAX_TOLD {
            self.untold += 1;
            return;
        }
        let mut candidate = Candidate {
            certificates: vec![self.leaf.name().to_owned()],
            complete,
            problems: self.own.problems.iter().cloned().chain(problems).collect(),
            checks: self.own.checks.clone(),
        };
        let mut below = LEAF;
        for index in path {
            let certificate = self.certificate(*index);
            candidate.certificates.push(certificate.name().to_owned());
            if self.rules.trace {
                let signature = self.signatures.get(&(below, *index)).cloned().flatten();
                candidate.checks.push(Check {
                    rule: "signature",
                    section: "RFC 5280 §6.1.3",
                    certificate: self.certificate(below).name().to_owned(),
                    problems: signature.into_iter().collect(),
                });
                let own = self.pool.get(*index).and_then(|member| member.own.as_ref());
                candidate
                    .checks
                    .extend(own.into_iter().flat_map(|own| own.checks.iter().cloned()));
            }
            below = *index;
        }
        candidate.checks.extend(last);
        self.candidates.push(candidate);
    }
}

fn problem(reason: Reason, certificate: &Certificate, detail: impl Into<String>) -> Problem {
    Problem {
        reason,
        certificate: certificate.name().to_owned(),
        detail: detail.into(),
    }
}

fn check(signed: &Certificate, by: &Certificate) -> Option<Problem> {
    let key = match &by.public_key {
        Ok(key) => key,
        Err(defect) => return Some(problem(Reason::WeakAlgorithm, by, defect.to_string())),
    };
    let verified =
        signed
            .signature_name
            .verify((key, &by.key_info), &signed.signed, &signed.signature);
    let identifiers = (&signed.authority_key_id, &by.subject_key_id);
    match verified {
        Ok(()) => None,
        Err(VerifyError::Invalid) => Some(match identifiers {
            (Some(wanted), Some(found)) if wanted != found => problem(
                Reason::NoIssuer,
                by,
                "it bears the issuer's name and is not the issuer: another key signed (key identifiers differ)",
            ),
            _ => {
                let detail = format!("it is not signed by the key of `{}`", by.name());
                problem(Reason::SignatureInvalid, signed, detail)
            }
        }),
        Err(error @ VerifyError::RsaTooSmall { .. }) => {
            Some(problem(Reason::WeakAlgorithm, by, error.to_string()))
        }
        Err(error) => Some(problem(Reason::WeakAlgorithm, signed, error.to_string())),
    }
}
