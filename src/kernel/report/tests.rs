//! Every format on one report full of hostile text.

use std::sync::Arc;

use serde_json::Value;

use super::*;
use crate::kernel::finding::{Confidence, Location, Rule, Severity, Status};
use crate::kernel::source::{Source, Span};

static HIGH: Rule = Rule {
    id: "mode-permissive",
    title: "plain text is accepted",
    severity: Severity::High,
    confidence: Confidence::High,
    page: crate::kernel::finding::Page::Written(
        "# mode-permissive\n\nPlain text is\naccepted.\n\n## Why\nBecause.\n",
    ),
};

static LOW: Rule = Rule {
    id: "label-missing",
    title: "a label is missing",
    severity: Severity::Low,
    confidence: Confidence::Medium,
    page: crate::kernel::finding::Page::Written("# label-missing\n\nA label is missing.\n"),
};

const HOSTILE: &str =
    "\u{1b}[2J\u{202e}x]]><script>&\"'|`@all ::error::%0A\r\n::stop[a](http://b){0}\0";

fn place(source: &Arc<Source>, text: &str, label: &str) -> Location {
    let start = source.text().unwrap().find(text).unwrap();
    Location {
        source: Arc::clone(source),
        span: Span::new(start, start + text.len()),
        label: label.into(),
    }
}

/// Two active findings (one hostile through and through), one ignored, one in the baseline, one note.
fn report() -> Report {
    let plain = Source::new(
        "./mesh/auth.yaml",
        b"spec:\n  mtls:\n    mode: PERMISSIVE\n".to_vec(),
    )
    .unwrap();
    let text = format!("a: \u{1F600}{HOSTILE}\nname: {HOSTILE}");
    let hostile = Source::new(format!("a b/{HOSTILE},c:d.yaml"), text.into()).unwrap();
    let mut first = Finding::new(
        &HIGH,
        "PeerAuthentication production/default",
        "mode is PERMISSIVE",
    )
    .help("set `mode: STRICT`\nafter every client has a sidecar")
    .because("no DestinationRule overrides it");
    first.primary = Some(place(&plain, "PERMISSIVE", "accepts plain text"));
    first
        .related
        .push(place(&plain, "mtls", "for the whole namespace"));
    let mut second = Finding::new(&LOW, HOSTILE, HOSTILE)
        .help(HOSTILE)
        .because(HOSTILE);
    second.primary = Some(place(&hostile, HOSTILE, HOSTILE));
    let mut ignored = Finding::new(&HIGH, "ignored", "set aside");
    ignored.primary = Some(place(&plain, "spec", ""));
    ignored.status = Status::Suppressed {
        reason: format!("accepted {HOSTILE}"),
        expires: Some("2027-01-01".into()),
    };
    let mut known = Finding::new(&LOW, "known", "an absence");
    known.status = Status::Baselined;
    Report {
        findings: vec![first, second, ignored, known],
        notes: vec![Note {
            code: "unparsable-document",
            message: format!("not YAML: {HOSTILE}"),
            location: Some(place(&hostile, "name", "")),
        }],
        counts: vec![("files", 2), ("resources", 3)],
    }
}

fn rendered(format: Format) -> String {
    let style = Style {
        color: false,
        width: 100,
        version: "1.2.3",
    };
    let mut out = Vec::new();
    render(&report(), format, &style, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[expect(
    clippy::disallowed_methods,
    reason = "how a test run is asked to write files"
)]
fn setting(name: &str) -> Option<std::ffi::OsString> {
    std::env::var_os(name)
}

fn parsed(format: Format) -> Value {
    serde_json::from_str(&rendered(format)).unwrap()
}

#[test]
fn formats_for_the_eye_hold_nothing_hazardous() {
    for format in [
        Format::Human,
        Format::Junit,
        Format::Github,
        Format::Markdown,
    ] {
        let text = rendered(format);
        let bad = text
            .chars()
            .find(|c| *c != '\n' && sanitize::is_hazardous(*c));
        assert_eq!(bad, None, "{format}");
    }
}

#[test]
fn human_shows_the_line_the_reasons_and_the_summary() {
    let text = rendered(Format::Human);
    let first = text.split("\n\n").next().unwrap();
    assert_eq!(first, HUMAN.trim_end());
    assert!(!text.contains("set aside"));
    assert!(text.ends_with(
        "2 findings: 1 high, 1 low (1 ignored, 1 in the baseline) in 2 files, 3 resources\n"
    ));
}

const HUMAN: &str = "\
high[mode-permissive]: mode is PERMISSIVE
 --> ./mesh/auth.yaml:3:11
  |
3 |     mode: PERMISSIVE
  |           ^^^^^^^^^^ accepts plain text
  |
 ::: ./mesh/auth.yaml:2:3
  |
2 |   mtls:
  |   ---- for the whole namespace
  |
  = about: PeerAuthentication production/default
  = note: no DestinationRule overrides it
  = help: set `mode: STRICT`
          after every client has a sidecar";

#[test]
fn human_cuts_very_long_lines_around_the_mark() {
    let text = format!("{}MARK{}", "ä".repeat(5_000), "b".repeat(5_000));
    let source = Source::new("long", text.into()).unwrap();
    let mut finding = Finding::new(&HIGH, "long", "long");
    finding.primary = Some(place(&source, "MARK", "here"));
    let report = Report {
        findings: vec![finding],
        ..Report::default()
    };
    let style = Style {
        color: true,
        width: 0,
        version: "1",
    };
    let mut out = Vec::new();
    render(&report, Format::Human, &style, &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(text.contains("MARK") && text.contains("here"), "{text}");
    assert!(text.contains(":1:5001"), "{text}");
    assert!(text.len() < 1_500, "{}", text.len());
    assert!(!text.contains('\u{fffd}'));
}

#[test]
fn json_is_as_its_schema_says() {
    let value = parsed(Format::Json);
    assert_eq!(schema_check::violations(&json::schema(), &value), [""; 0]);
    assert_eq!(value["summary"]["active"], 2);
    assert_eq!(value["summary"]["severities"]["high"], 1);
    let first = &value["findings"][0];
    assert_eq!(first["location"]["line"], 3);
    assert_eq!(first["location"]["column"], 11);
    assert_eq!(first["location"]["end_column"], 21);
    assert_eq!(value["findings"][1]["message"], HOSTILE);
    assert_eq!(value["findings"][2]["status"]["state"], "suppressed");
    assert_eq!(value["findings"][2]["status"]["expires"], "2027-01-01");
    assert_eq!(value["findings"][3]["location"], Value::Null);
}

#[test]
fn sarif_marks_what_is_set_aside_and_drops_nothing() {
    let log = parsed(Format::Sarif);
    let run = &log["runs"][0];
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 4);
    assert_eq!(results[0]["suppressions"], serde_json::json!([]));
    assert_eq!(results[2]["suppressions"][0]["kind"], "inSource");
    assert_eq!(results[3]["suppressions"][0]["kind"], "external");
    assert_eq!(results[3]["baselineState"], "unchanged");
    assert_eq!(run["invocations"][0]["executionSuccessful"], false);
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        let print = result["partialFingerprints"]["countersign/v1"].as_str();
        assert_eq!(print.unwrap().len(), 64);
    }
    assert_eq!(rules[1]["name"], "ModePermissive");
    assert_eq!(
        rules[1]["fullDescription"]["text"],
        "Plain text is accepted."
    );
}

#[test]
fn sarif_locates_in_utf16_and_encodes_paths() {
    let log = parsed(Format::Sarif);
    let physical =
        |index: usize| log["runs"][0]["results"][index]["locations"][0]["physicalLocation"].clone();
    assert_eq!(physical(0)["artifactLocation"]["uri"], "mesh/auth.yaml");
    assert_eq!(physical(0)["artifactLocation"]["uriBaseId"], "%SRCROOT%");
    // After `a: ` comes an emoji: one character, two UTF-16 units.
    assert_eq!(physical(1)["region"]["startColumn"], 6);
    let uri = physical(1)["artifactLocation"]["uri"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(uri.starts_with("a%20b/%1B%5B2J%E2%80%AE"), "{uri}");
    assert!(uri.bytes().all(|byte| byte.is_ascii_graphic()));
    let message = log["runs"][0]["results"][1]["message"]["text"]
        .as_str()
        .unwrap();
    assert!(message.contains("\\[a\\](http"), "{message}");
}

#[test]
fn junit_counts_add_up_and_text_stays_text() {
    let text = rendered(Format::Junit);
    assert!(text.contains(
        "<testsuites name=\"countersign\" tests=\"5\" failures=\"2\" errors=\"1\" skipped=\"2\">"
    ));
    assert!(!text.contains("<script>"));
    assert_eq!(text.matches("<testcase").count(), 5);
    let mut out = Vec::new();
    super::junit::render(&Report::default(), &mut out).unwrap();
    assert!(
        String::from_utf8(out)
            .unwrap()
            .contains("tests=\"1\" failures=\"0\"")
    );
}

#[test]
fn github_commands_cannot_be_forged() {
    let text = rendered(Format::Github);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 4, "{text}");
    assert_eq!(
        lines[0],
        "::error file=./mesh/auth.yaml,line=3,endLine=3,col=11,endColumn=21,title=mode-permissive (high)\
         ::mode is PERMISSIVE%0Anote: no DestinationRule overrides it%0Ahelp: set `mode: STRICT`%0Ahelp: after every client has a sidecar"
    );
    assert!(
        lines[1].starts_with("::notice file=a b/\\u{1b}[2J"),
        "{}",
        lines[1]
    );
    assert!(lines[1].contains("%250A"), "a percent sign is data");
    assert!(lines[1].contains("%2Cc%3Ad.yaml,line=1"), "{}", lines[1]);
    assert!(lines[2].starts_with("::error "));
}

#[test]
fn markdown_cells_stay_cells() {
    let text = rendered(Format::Markdown);
    let rows: Vec<&str> = text.lines().filter(|line| line.starts_with("| ")).collect();
    assert_eq!(rows.len(), 3, "{text}");
    let unescaped_bars = |row: &str| row.replace("\\|", "").matches('|').count();
    assert!(rows.iter().all(|row| unescaped_bars(row) == 5), "{rows:?}");
    assert!(!text.contains("<script>") && !text.contains("@all") && !text.contains("](http"));
}

/// Writes every format into the directory named by `RENDERED`, for checkers outside of this program.
#[test]
fn formats_can_be_handed_to_other_checkers() {
    let Some(directory) = setting("RENDERED") else {
        println!("skipped: `RENDERED` names no directory");
        return;
    };
    for format in Format::ALL {
        let file = std::path::Path::new(&directory).join(format.name());
        std::fs::write(file, rendered(format)).unwrap();
    }
}

proptest::proptest! {
    #[test]
    fn any_text_and_span_is_survived(
        bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..60),
        text in proptest::prelude::any::<String>(),
        start in 0usize..70,
        length in 0usize..70,
        width in 0usize..200,
    ) {
        for bytes in [bytes, text.clone().into_bytes()] {
            let source = Source::new(text.clone(), bytes).unwrap();
            let place = Location {
                source,
                span: Span::new(start, start + length),
                label: text.clone(),
            };
            let mut finding = Finding::new(&HIGH, text.clone(), text.clone()).because(text.clone());
            finding.help.clone_from(&text);
            finding.related.push(place.clone());
            finding.primary = Some(place);
            let report = Report { findings: vec![finding], ..Report::default() };
            let style = Style { color: false, width, version: "1" };
            for format in Format::ALL {
                let mut out = Vec::new();
                render(&report, format, &style, &mut out).unwrap();
                let out = String::from_utf8(out).unwrap();
                let hazard = out.chars().find(|c| *c != '\n' && sanitize::is_hazardous(*c));
                if !matches!(format, Format::Json | Format::Sarif) {
                    proptest::prop_assert_eq!(hazard, None, "{}", format);
                }
            }
        }
    }
}
