//! The baseline: a file of fingerprints of findings that are known and not counted.
//!
//! It marks findings, it never removes them. Entries that match nothing any more are counted, so that a baseline
//! shrinks as findings are fixed. A finding that covers less than an entry did is known; one that covers more is not, so
//! that a policy which is made wider is not hidden by what it was. The file is JSON, sorted, one finding an entry, so that a review sees what changed.

use crate::kernel::arrange::Arrange as _;
use std::collections::{BTreeSet, HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::fingerprint::{covered, fingerprints, kin, normalise_path};
use super::{Finding, Status};

/// The schema that a baseline file names.
pub const SCHEMA: &str = "countersign/baseline/v1";

/// Why a baseline could not be read.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// Not JSON, or not of this shape.
    #[error("the baseline cannot be read: {0}")]
    NotABaseline(#[from] serde_json::Error),
    /// Of another version.
    #[error("the baseline says it is `{0}`, but this version reads `{SCHEMA}`")]
    OtherSchema(String),
}

/// A baseline that was read.
#[derive(Debug, Clone)]
pub struct Baseline {
    fingerprints: HashSet<String>,
    /// The entries that cover something, by what they are about.
    groups: HashMap<String, Vec<Group>>,
}

/// An entry that covers something.
#[derive(Debug, Clone)]
struct Group {
    fingerprint: String,
    covers: BTreeSet<String>,
}

/// What applying a baseline came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Applied {
    /// The findings now marked [`Status::Baselined`].
    pub baselined: usize,
    /// The entries of the file that match no finding any more.
    pub stale: usize,
}

impl Baseline {
    /// Reads a baseline file.
    ///
    /// # Errors
    /// [`BaselineError`] where the bytes are not a baseline of this version.
    pub fn load(bytes: &[u8]) -> Result<Self, BaselineError> {
        let named: Named = serde_json::from_slice(bytes)?;
        if named.schema != SCHEMA {
            return Err(BaselineError::OtherSchema(named.schema));
        }
        let file: File = serde_json::from_slice(bytes)?;
        let mut baseline = Self {
            fingerprints: HashSet::new(),
            groups: HashMap::new(),
        };
        for entry in file.findings {
            baseline.fingerprints.insert(entry.fingerprint.clone());
            if let Some(kin) = entry.kin {
                baseline.groups.entry(kin).or_default().push(Group {
                    fingerprint: entry.fingerprint,
                    covers: entry.covers.into_iter().collect(),
                });
            }
        }
        Ok(baseline)
    }

    /// Marks the active findings that the baseline knows. `findings` must be the whole list, since fingerprints
    /// count equal ones.
    pub fn apply(&self, findings: &mut [Finding]) -> Applied {
        let prints = fingerprints(findings);
        let mut baselined = 0;
        let mut present: HashSet<&String> = prints.iter().collect();
        for (finding, print) in findings.iter_mut().zip(&prints) {
            let is_known = self.fingerprints.contains(print) || {
                // Each entry stands for one finding.
                let wider = self.wider(finding, &present);
                wider.is_some_and(|entry| present.insert(entry))
            };
            if finding.is_active() && is_known {
                finding.status = Status::Baselined;
                baselined += 1;
            }
        }
        let stale = self
            .fingerprints
            .iter()
            .filter(|p| !present.contains(p))
            .count();
        Applied { baselined, stale }
    }

    /// An entry about the same that no finding has used and that covers at least as much.
    fn wider(&self, finding: &Finding, used: &HashSet<&String>) -> Option<&String> {
        let covered = covered(finding);
        if covered.is_empty() || self.groups.is_empty() {
            return None;
        }
        let groups = self.groups.get(&kin(finding))?;
        let wider = groups.iter().find(|group| {
            !used.contains(&group.fingerprint)
                && covered.iter().all(|one| group.covers.contains(*one))
        });
        wider.map(|group| &group.fingerprint)
    }
}

/// The baseline file of a whole list of findings: all but those that a comment already sets aside.
///
/// The same findings give the same bytes, in whatever order they come.
pub fn write(findings: &[Finding]) -> String {
    let prints = fingerprints(findings);
    let mut entries: Vec<Entry> = findings
        .iter()
        .zip(prints)
        .filter(|(finding, _)| !matches!(finding.status, Status::Suppressed { .. }))
        .map(|(finding, fingerprint)| Entry {
            rule: finding.rule.id.to_owned(),
            subject: finding.subject.clone(),
            path: finding
                .primary
                .as_ref()
                .map(|place| normalise_path(place.source.name())),
            message: finding.message.clone(),
            covers: covered(finding).into_iter().map(str::to_owned).collect(),
            kin: (!covered(finding).is_empty()).then(|| kin(finding)),
            fingerprint,
        })
        .collect();
    entries.arrange();
    let file = File {
        schema: SCHEMA.to_owned(),
        findings: entries,
    };
    let mut text = serde_json::to_string_pretty(&file).expect("strings and lists serialise");
    text.push('\n');
    text
}

#[derive(Deserialize)]
struct Named {
    schema: String,
}

#[derive(Serialize, Deserialize)]
struct File {
    schema: String,
    findings: Vec<Entry>,
}

/// The fingerprint decides, and for what covers less `kin` and `covers`; the rest tells a reader what was accepted.
#[derive(Serialize, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    #[serde(default)]
    rule: String,
    #[serde(default)]
    path: Option<String>,
    #[serde(default)]
    subject: String,
    fingerprint: String,
    #[serde(default)]
    message: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    covers: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kin: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::finding::{Confidence, Rule, Severity};

    static RULE: Rule = Rule {
        id: "some-rule",
        title: "some rule",
        severity: Severity::High,
        confidence: Confidence::High,
        page: crate::kernel::finding::Page::Written(""),
    };

    fn findings(subjects: &[&str]) -> Vec<Finding> {
        subjects
            .iter()
            .map(|subject| Finding::new(&RULE, *subject, "message"))
            .collect()
    }

    #[test]
    fn what_is_written_marks_the_same_findings_and_counts_the_stale() {
        let file = write(&findings(&["a", "b", "gone"]));
        let baseline = Baseline::load(file.as_bytes()).unwrap();
        let mut now = findings(&["new", "b", "a"]);
        let applied = baseline.apply(&mut now);
        assert_eq!(
            applied,
            Applied {
                baselined: 2,
                stale: 1
            }
        );
        assert_eq!(now[0].status, Status::Active);
        assert_eq!(now[1].status, Status::Baselined);
        assert_eq!(now.len(), 3);
    }

    #[test]
    fn what_covers_less_is_known_and_what_covers_more_is_not() {
        let of = |covers: &[&str]| {
            let mut finding = Finding::new(&RULE, "policy", "message");
            finding.covers = covers.iter().map(|one| (*one).to_owned()).collect();
            finding
        };
        let marked = |before: &[Finding], now: Finding| {
            let baseline = Baseline::load(write(before).as_bytes()).unwrap();
            let mut now = [now];
            let applied = baseline.apply(&mut now);
            (now[0].status == Status::Baselined, applied.stale)
        };
        let before = [of(&["pods a", "pods b"])];
        assert_eq!(marked(&before, of(&["pods b", "pods a"])), (true, 0));
        assert_eq!(marked(&before, of(&["pods b"])), (true, 0));
        assert_eq!(marked(&before, of(&["pods a", "pods c"])), (false, 1));
        assert_eq!(marked(&before, of(&[])), (false, 1));
        // One entry does not stand for two findings.
        let baseline = Baseline::load(write(&before).as_bytes()).unwrap();
        let mut both = [of(&["pods a"]), of(&["pods b"])];
        assert_eq!(baseline.apply(&mut both).baselined, 1);
    }

    #[test]
    fn bytes_do_not_depend_on_the_order() {
        assert_eq!(write(&findings(&["a", "b"])), write(&findings(&["b", "a"])));
    }

    #[test]
    fn a_suppressed_finding_is_neither_written_nor_stale() {
        let baseline = Baseline::load(write(&findings(&["a"])).as_bytes()).unwrap();
        let mut now = findings(&["a"]);
        now[0].status = Status::Suppressed {
            reason: "why".into(),
            expires: None,
        };
        assert!(!write(&now).contains("some-rule"));
        assert_eq!(
            baseline.apply(&mut now),
            Applied {
                baselined: 0,
                stale: 0
            }
        );
    }

    #[test]
    fn other_versions_and_other_files_are_refused() {
        let error = Baseline::load(br#"{"schema":"countersign/baseline/v2","entries":[]}"#);
        assert_eq!(
            error.unwrap_err().to_string(),
            "the baseline says it is `countersign/baseline/v2`, but this version reads `countersign/baseline/v1`"
        );
        assert!(Baseline::load(b"").is_err());
        assert!(Baseline::load(br#"{"schema":"countersign/baseline/v1"}"#).is_err());
        assert!(
            Baseline::load(br#"{"schema":"countersign/baseline/v1","findings":[{}]}"#).is_err()
        );
    }
}
