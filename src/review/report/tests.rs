//! Reports of the fixtures, and of exports that were written to break them.

use serde_json::Value;

use super::*;
use crate::kernel::report::sanitize::is_hazardous;
use crate::kernel::report::schema_check;
use crate::kernel::source::Source;
use crate::kernel::time::Timestamp;
use crate::review::{self, Options};

fn review(hr: &str, grants: &str) -> Review {
    let hr = Source::new("hr.csv", hr.into()).unwrap();
    let grants = Source::new("grants.csv", grants.into()).unwrap();
    let now = Timestamp::parse("2026-11-22T09:00:00Z").unwrap();
    review::run(&hr, &grants, Options::default(), now).unwrap()
}

fn acme() -> Review {
    review(
        include_str!("../../../fixtures/acme/hr.csv"),
        include_str!("../../../fixtures/acme/grants.csv"),
    )
}

fn hostile() -> Review {
    let text = "=cmd|'/C calc'!A0<script>alert(1)</script>\u{1b}]0;x\u{7}\u{202e}&\"\"'`";
    let hr = format!(
        "id,name,email,title,status,end_date\n1,\"{text}\",a@x.example,\"{text}\",terminated,2020-01-01\n2,\"{text}\",b,c\n"
    );
    let grants = format!(
        "system,account,entitlement,employee_id,owner,\"{text}\",last_used\n\"{text}\",\"{text}\",\"{text}\",1,\"{text}\",x,\"{text}\"\n"
    );
    review(&hr, &grants)
}

fn json(review: &Review, version: &str) -> String {
    serde_json::to_string_pretty(&super::json(review, version)).unwrap()
}

fn csv(
    write: fn(&Review, &mut dyn std::io::Write) -> std::io::Result<()>,
    review: &Review,
) -> String {
    let mut out = Vec::new();
    write(review, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn acme_has_one_of_everything() {
    let review = acme();
    assert!(review.is_complete());
    let found: Vec<String> = review
        .assessment
        .findings
        .iter()
        .map(|f| format!("{} {} {}", f.severity, f.rule.id, f.subject))
        .collect();
    assert_eq!(found, ACME.lines().collect::<Vec<_>>());
    let unknown: Vec<String> = review
        .assessment
        .not_evaluable
        .iter()
        .map(|n| format!("{} {}", n.rule.id, n.subject))
        .collect();
    assert_eq!(unknown, ACME_UNKNOWN.lines().collect::<Vec<_>>());
}

const ACME: &str = "\
critical leaver-with-access github/gilm
critical privileged-without-mfa aws/bruno.keller
high leaver-with-access github/ktran
high orphan-account aws/data-pipeline
high orphan-account aws/old-vendor
high orphan-account postgres/legacy_report
medium dormant-access aws/old-vendor
medium dormant-access okta/jo.lindqvist@acme.example
medium dormant-access postgres/ivo
medium dormant-access postgres/legacy_report
medium key-over-90-days aws/bruno.keller
medium key-over-90-days aws/ci-deployer";
const ACME_UNKNOWN: &str = "\
leaver-with-access aws/old-vendor
leaver-with-access postgres/legacy_report
privileged-without-mfa okta/lea.moreau@acme.example
dormant-access postgres/emil";

#[test]
fn the_same_inputs_give_the_same_bytes() {
    let all = |review: &Review| {
        [
            html(review, "1"),
            json(review, "1"),
            table(review, 100),
            csv(findings_csv, review),
            csv(population_csv, review),
        ]
    };
    assert_eq!(all(&acme()), all(&acme()));
    assert_eq!(all(&hostile()), all(&hostile()));
}

#[test]
fn json_is_as_its_schema_says() {
    for review in [acme(), hostile()] {
        let value: Value = serde_json::from_str(&json(&review, "1")).unwrap();
        assert_eq!(schema_check::violations(&schema(), &value), [""; 0]);
        assert_eq!(
            value["findings"].as_array().unwrap().len(),
            review.assessment.findings.len()
        );
        assert_eq!(value["complete"], review.is_complete());
    }
}

#[test]
fn html_holds_no_markup_from_exports_and_loads_nothing() {
    let text = html(&hostile(), "1");
    assert!(!text.contains("<script"));
    assert!(text.contains("&lt;script&gt;"));
    assert!(!text.contains(|c| c != '\n' && is_hazardous(c)));
    for page in [text, html(&acme(), "1")] {
        for forbidden in [
            " src=", "url(", "@import", "http:", "https:", " style=", " onclick",
        ] {
            assert!(!page.contains(forbidden), "{forbidden}");
        }
        assert_eq!(
            page.matches("<table>").count(),
            page.matches("</table>").count()
        );
        assert_eq!(page.matches("<tr>").count(), page.matches("</tr>").count());
    }
}

#[test]
fn spreadsheets_hold_no_formulas() {
    for review in [acme(), hostile()] {
        for text in [csv(findings_csv, &review), csv(population_csv, &review)] {
            let mut reader = ::csv::Reader::from_reader(text.as_bytes());
            for record in reader.records() {
                for cell in &record.unwrap() {
                    assert!(!cell.starts_with(['=', '+', '-', '@']), "{cell}");
                    assert!(!cell.contains(is_hazardous), "{cell:?}");
                }
            }
        }
    }
    let rows = csv(population_csv, &acme()).lines().count();
    assert_eq!(rows, acme().population.grants() + 1);
}

#[test]
fn terminals_get_nothing_that_moves_them() {
    for width in [0, 40, 80, 200, usize::MAX] {
        let text = table(&hostile(), width);
        assert!(!text.contains(|c| c != '\n' && is_hazardous(c)));
        assert!(text.contains("warning: `hr.csv` could not be used whole: 1 of 2 rows rejected"));
    }
    let text = table(&acme(), 100);
    // The last line is a sentence, which a terminal wraps.
    let lines = text.trim_end().lines().rev().skip(1);
    let widest = lines.map(|line| line.chars().count()).max().unwrap();
    assert!(widest <= 100, "{widest}");
}

#[test]
fn problems_are_in_every_report() {
    let review = hostile();
    assert!(table(&review, 100).contains("hr.csv:3: 4 cells, but the header has 6 (row rejected)"));
    assert!(html(&review, "1").contains("4 cells, but the header has 6"));
    assert!(json(&review, "1").contains("4 cells, but the header has 6"));
}

/// Writes the reports into the directory named by `RENDERED`, for checkers outside of this program.
#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "how a test run is asked to write files"
)]
fn reports_can_be_handed_to_other_checkers() {
    let Some(directory) = std::env::var_os("RENDERED") else {
        println!("skipped: `RENDERED` names no directory");
        return;
    };
    let directory = std::path::Path::new(&directory);
    for (name, review) in [("acme", acme()), ("hostile", hostile())] {
        let write = |kind: &str, text: String| {
            std::fs::write(directory.join(format!("{name}-{kind}")), text).unwrap();
        };
        write("report.html", html(&review, "1.2.3"));
        write("review.json", json(&review, "1.2.3"));
        write("findings.csv", csv(findings_csv, &review));
        write("population.csv", csv(population_csv, &review));
    }
}
