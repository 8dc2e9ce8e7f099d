//! What a report comes to in one line.

use std::fmt;

use super::Report;
use crate::kernel::finding::{Severity, Status};

/// How many findings there are of each kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Active findings, worst severity first; severities without one are left out.
    pub active: Vec<(Severity, usize)>,
    /// Findings set aside by a comment.
    pub ignored: usize,
    /// Findings known from the baseline.
    pub baselined: usize,
    /// What was looked at.
    pub counts: Vec<(&'static str, usize)>,
}

impl Summary {
    /// Counts a report.
    pub fn of(report: &Report) -> Self {
        let count = |holds: &dyn Fn(&Status) -> bool| {
            let findings = report.findings.iter();
            findings.filter(|finding| holds(&finding.status)).count()
        };
        let of_severity = |severity| {
            let findings = report.findings.iter();
            findings
                .filter(|finding| finding.is_active() && finding.severity == severity)
                .count()
        };
        Self {
            active: Severity::ALL
                .into_iter()
                .rev()
                .map(|severity| (severity, of_severity(severity)))
                .filter(|(_, count)| *count > 0)
                .collect(),
            ignored: count(&|status| matches!(status, Status::Suppressed { .. })),
            baselined: count(&|status| *status == Status::Baselined),
            counts: report.counts.clone(),
        }
    }

    /// How many findings count.
    pub fn total(&self) -> usize {
        self.active.iter().map(|(_, count)| count).sum()
    }
}

impl fmt::Display for Summary {
    /// `5 findings: 1 high, 4 medium (2 ignored, 1 in the baseline) in 9 files, 23 resources`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |parts: Vec<String>| parts.join(", ");
        match self.total() {
            0 => f.write_str("no findings")?,
            total => {
                let active = self.active.iter();
                let parts = active.map(|(severity, count)| format!("{count} {severity}"));
                write!(
                    f,
                    "{}: {}",
                    plural(total, "findings"),
                    list(parts.collect())
                )?;
            }
        }
        let aside = [
            (self.ignored, "ignored"),
            (self.baselined, "in the baseline"),
        ];
        let aside = aside.iter().filter(|(count, _)| *count > 0);
        let aside: Vec<String> = aside
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        if !aside.is_empty() {
            write!(f, " ({})", list(aside))?;
        }
        if !self.counts.is_empty() {
            let counts = self.counts.iter().map(|(what, count)| plural(*count, what));
            write!(f, " in {}", list(counts.collect()))?;
        }
        Ok(())
    }
}

/// A count with its noun, given in the plural.
fn plural(count: usize, nouns: &str) -> String {
    if count != 1 {
        return format!("{count} {nouns}");
    }
    match nouns.strip_suffix("ies") {
        Some(stem) => format!("1 {stem}y"),
        None => format!("1 {}", nouns.strip_suffix('s').unwrap_or(nouns)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_as_a_sentence() {
        let mut summary = Summary {
            active: vec![(Severity::High, 1), (Severity::Medium, 4)],
            ignored: 2,
            baselined: 1,
            counts: vec![("files", 9), ("policies", 1)],
        };
        assert_eq!(
            summary.to_string(),
            "5 findings: 1 high, 4 medium (2 ignored, 1 in the baseline) in 9 files, 1 policy"
        );
        summary.active.clear();
        summary.ignored = 0;
        summary.baselined = 0;
        summary.counts = vec![("files", 1)];
        assert_eq!(summary.to_string(), "no findings in 1 file");
    }
}
