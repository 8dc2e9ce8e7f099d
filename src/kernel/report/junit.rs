//! JUnit XML, as CI servers read it: a suite per rule, a failure per active finding.
//!
//! What was set aside is `skipped` with its reason, what could not be read is an `error`. A clean report has one
//! passing case, since servers take an empty file for a run that never happened.

use std::collections::BTreeMap;
use std::io;

use super::sanitize::html_escape;
use super::{Report, Summary};
use crate::kernel::finding::{Finding, Location, Status};

pub(super) fn render(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let mut suites: BTreeMap<&str, Suite> = BTreeMap::new();
    for finding in &report.findings {
        suites.entry(finding.rule.id).or_default().add(finding);
    }
    for note in report.notes.iter().filter(|note| note.is_failure()) {
        let suite = suites.entry(note.code).or_default();
        suite.errors += 1;
        let detail = format!("<error message=\"{}\"/>", html_escape(&note.message));
        suite.case(&note.message, note.location.as_ref(), &detail);
    }
    if suites.is_empty() {
        let summary = Summary::of(report).to_string();
        suites
            .entry("countersign")
            .or_default()
            .case(&summary, None, "");
    }
    let sum = |count: fn(&Suite) -> usize| suites.values().map(count).sum::<usize>();
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(
        out,
        "<testsuites name=\"countersign\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\">",
        sum(|suite| suite.tests),
        sum(|suite| suite.failures),
        sum(|suite| suite.errors),
        sum(|suite| suite.skipped),
    )?;
    for (name, suite) in &suites {
        writeln!(
            out,
            "  <testsuite name=\"{name}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\">",
            suite.tests, suite.failures, suite.errors, suite.skipped
        )?;
        out.write_all(suite.cases.as_bytes())?;
        writeln!(out, "  </testsuite>")?;
    }
    writeln!(out, "</testsuites>")
}

#[derive(Default)]
struct Suite {
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
    cases: String,
}

impl Suite {
    fn add(&mut self, finding: &Finding) {
        let detail = match &finding.status {
            Status::Active => {
                self.failures += 1;
                failure(finding)
            }
            Status::Suppressed { reason, .. } => {
                self.skipped += 1;
                format!("<skipped message=\"ignored: {}\"/>", html_escape(reason))
            }
            Status::Baselined => {
                self.skipped += 1;
                "<skipped message=\"in the baseline\"/>".to_owned()
            }
        };
        let name = match finding.subject.is_empty() {
            true => &finding.message,
            false => &finding.subject,
        };
        self.case(name, finding.primary.as_ref(), &detail);
    }

    fn case(&mut self, name: &str, place: Option<&Location>, detail: &str) {
        self.tests += 1;
        let class = place.map_or("countersign", |place| place.source.name());
        let line = place.map_or(String::new(), |place| {
            let line = place.source.position(place.span.start).line;
            format!(" file=\"{}\" line=\"{line}\"", html_escape(class))
        });
        self.cases.push_str(&format!(
            "    <testcase name=\"{}\" classname=\"{}\"{line}>{detail}</testcase>\n",
            html_escape(name),
            html_escape(class),
        ));
    }
}

fn failure(finding: &Finding) -> String {
    let mut details = Vec::new();
    if let Some(place) = &finding.primary {
        let at = place.source.position(place.span.start);
        details.push(format!("at {}:{at}", place.source.name()));
    }
    details.extend(finding.evidence.iter().map(|fact| format!("note: {fact}")));
    details.extend(finding.help.lines().map(|line| format!("help: {line}")));
    let details: Vec<String> = details
        .iter()
        .map(|detail| html_escape(detail).into_owned())
        .collect();
    format!(
        "<failure type=\"{}\" message=\"{}\">{}</failure>",
        finding.severity,
        html_escape(&finding.message),
        details.join("\n")
    )
}
