//! What a check reports: a rule, where it holds, how sure we are, and what to do.
//!
//! Jobs make [`Finding`]s; suppressions and the baseline change their [`Status`] but never remove them, so that
//! every renderer can show what was set aside and why.

pub mod baseline;
pub mod fingerprint;
mod pages;
pub mod suppression;

use std::fmt;
use std::sync::Arc;

use super::source::{Source, Span};
pub use pages::Page;
pub(crate) use pages::page;

/// How bad it is when the finding is true.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing; nothing to fix.
    Info,
    /// A weakness that needs other failures to matter.
    Low,
    /// A gap in a defence.
    Medium,
    /// A defence is missing or void.
    High,
    /// Exploitable as it stands.
    Critical,
}

impl Severity {
    /// All severities, from the mildest.
    pub const ALL: [Self; 5] = [
        Self::Info,
        Self::Low,
        Self::Medium,
        Self::High,
        Self::Critical,
    ];

    /// The lower-case name used in every format and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How sure the check is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// A hint: the input lacks what would settle it.
    Low,
    /// True unless something outside the input contradicts it.
    Medium,
    /// Proven from the input.
    High,
}

impl Confidence {
    /// The lower-case name used in every format.
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// A check with a stable id and a page that explains it.
#[derive(Debug)]
pub struct Rule {
    /// The stable id, kebab case, such as `peer-authentication-permissive`.
    pub id: &'static str,
    /// One line: what is wrong when it fires.
    pub title: &'static str,
    /// The severity unless a finding says otherwise.
    pub severity: Severity,
    /// The confidence unless a finding says otherwise.
    pub confidence: Confidence,
    /// The rule's page in Markdown: what `countersign explain` prints.
    pub page: Page,
}

/// A place in an input.
#[derive(Debug, Clone)]
pub struct Location {
    /// The input.
    pub source: Arc<Source>,
    /// The bytes.
    pub span: Span,
    /// What is to be seen there, a few words; may be empty.
    pub label: String,
}

/// Whether a finding counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// It counts.
    Active,
    /// Set aside by a comment in the input, with its reason.
    Suppressed {
        /// The reason given.
        reason: String,
        /// The last day on which the suppression holds, `YYYY-MM-DD`.
        expires: Option<String>,
    },
    /// Known from the baseline file.
    Baselined,
}

/// One thing found.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The rule that fired.
    pub rule: &'static Rule,
    /// How bad it is here.
    pub severity: Severity,
    /// How sure it is here.
    pub confidence: Confidence,
    /// What is wrong, one sentence without a full stop.
    pub message: String,
    /// What it is about, such as `Deployment production/payment-service`.
    pub subject: String,
    /// Whom else it concerns: the members of the group that one finding speaks for. They are part of its fingerprint,
    /// so that a new member is not hidden by a baseline that knows the others.
    pub affected: Vec<String>,
    /// What it opens, in words that compare: selected pods, rules. They are part of its fingerprint as the members are.
    pub covers: Vec<String>,
    /// Where to look first. None where the evidence is an absence.
    pub primary: Option<Location>,
    /// Further places that prove it.
    pub related: Vec<Location>,
    /// Facts that have no place, such as "no PeerAuthentication in istio-system".
    pub evidence: Vec<String>,
    /// Whether it says that the input cannot settle the question. A run with such a finding does not pass.
    pub undecided: bool,
    /// What to do, one or more lines.
    pub help: String,
    /// Whether it counts.
    pub status: Status,
}

impl Finding {
    /// A finding with the rule's own severity and confidence.
    pub fn new(
        rule: &'static Rule,
        subject: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            rule,
            severity: rule.severity,
            confidence: rule.confidence,
            message: message.into(),
            subject: subject.into(),
            affected: Vec::new(),
            covers: Vec::new(),
            primary: None,
            related: Vec::new(),
            evidence: Vec::new(),
            undecided: false,
            help: String::new(),
            status: Status::Active,
        }
    }

    /// Sets the place to look first.
    #[must_use]
    pub fn at(mut self, source: &Arc<Source>, span: Span, label: impl Into<String>) -> Self {
        self.primary = Some(Location {
            source: Arc::clone(source),
            span,
            label: label.into(),
        });
        self
    }

    /// Adds a further place.
    #[must_use]
    pub fn and(mut self, source: &Arc<Source>, span: Span, label: impl Into<String>) -> Self {
        self.related.push(Location {
            source: Arc::clone(source),
            span,
            label: label.into(),
        });
        self
    }

    /// Sets whom else it concerns.
    #[must_use]
    pub fn affecting(mut self, members: Vec<String>) -> Self {
        self.affected = members;
        self
    }

    /// Adds a fact without a place.
    #[must_use]
    pub fn because(mut self, fact: impl Into<String>) -> Self {
        self.evidence.push(fact.into());
        self
    }

    /// Sets what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    /// Whether the finding counts towards the exit code.
    pub fn is_active(&self) -> bool {
        self.status == Status::Active
    }
}

/// Sorts findings as a reader meets them: by input, place, rule; those without a place last, by subject.
pub fn sort(findings: &mut [Finding]) {
    findings.sort_by(|a, b| sort_key(a).cmp(&sort_key(b)));
}

fn sort_key(finding: &Finding) -> (bool, &str, u32, &str, &str, &str) {
    let (name, start) = finding
        .primary
        .as_ref()
        .map_or(("", 0), |place| (place.source.name(), place.span.start));
    (
        finding.primary.is_none(),
        name,
        start,
        finding.rule.id,
        &finding.subject,
        &finding.message,
    )
}
