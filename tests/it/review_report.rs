//! Reports of a campaign: every form agrees with the others, none runs or loads anything, and the same campaign gives the
//! same bytes.

use base64::Engine as _;
use countersign::kernel::report::sanitize::is_hazardous;
use countersign::kernel::xlsx::{self, XlsxError};
use serde_json::Value;

use crate::binary::{Folder, fixture};
use crate::generated::conforms;

const ACT: &str = "--by grc --at 2026-11-22T09:00:00Z";
const FORMATS: [&str; 8] = [
    "human", "json", "markdown", "csv", "xlsx", "html", "oscal", "ocsf",
];
/// A name as an attacker writes it: markup, a title for the terminal, a right-to-left override, a formula.
const HOSTILE: &str =
    "=cmd|'/C calc'!A0</script><script>alert(1)</script>\u{1b}]0;x\u{7}\u{202e}&|@all";

fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

/// A campaign that is open; its roster and grants are files of the folder.
fn open(folder: &Folder, hr: &str, grants: &str, policy: &str) {
    for (kind, file) in [("hr", hr), ("grants", grants)] {
        let line = format!("review import {kind} {file} --campaign q4.review {ACT}");
        folder.run(&words(&line), "").ends(0);
    }
    let line = format!("review open q4.review --policy {policy} {ACT}");
    folder.run(&words(&line), "").ends(0);
}

/// Acme's campaign, in which one reviewer has answered in time and one too late.
fn acme(name: &str) -> Folder {
    let folder = Folder::new(name);
    let [hr, grants, policy] = ["hr.csv", "grants.csv", "review.toml"].map(fixture);
    open(&folder, &hr, &grants, &policy);
    folder
        .run(&words("review sheet q4.review --out sheets"), "")
        .ends(0);
    for (who, answer, day, code) in [
        ("dana.petrova", "\"accept\",\"=needed\",", "2026-11-24", 0),
        ("hana.sato", "\"revoke\",\"unused\",", "2026-12-20", 1),
    ] {
        let sheet = folder.read(&format!("sheets/{who}@acme.example.csv"));
        folder.file(
            "back.csv",
            sheet.replace("\r\n\"\",\"\",", &format!("\r\n{answer}")),
        );
        let line = format!(
            "review decide q4.review back.csv --as {who}@acme.example --by {who} --at {day}T09:00:00Z"
        );
        folder.run(&words(&line), "").ends(code);
    }
    folder
}

fn hostile(name: &str) -> Folder {
    let folder = Folder::new(name);
    let quoted = HOSTILE.replace('"', "\"\"");
    folder
        .file(
            "hr.csv",
            format!("employee_id,name,email,manager_id,status\n1,\"{quoted}\",a@x.example,2,active\n2,Bo,b@x.example,,active\n"),
        )
        .file(
            "grants.csv",
            format!("system,account,entitlement,employee_id\n\"{quoted}\",\"{quoted}\",\"{quoted}\",1\nerp,\"-{quoted}\",\"{quoted}\",1\n"),
        )
        .file("review.toml", format!("name = '''{}'''\nfallback = \"2\"\n", HOSTILE.replace(['\u{1b}', '\u{7}'], "")));
    open(&folder, "hr.csv", "grants.csv", "review.toml");
    folder
}

fn report(folder: &Folder, format: &str) -> Vec<u8> {
    let line = format!("review report q4.review --format {format} -o out");
    folder.run(&words(&line), "").ends(0);
    std::fs::read(folder.0.join("out")).unwrap()
}

fn text(folder: &Folder, format: &str) -> String {
    String::from_utf8(report(folder, format)).unwrap()
}

/// The table within a page, as its script sees it.
fn table(page: &str) -> Value {
    let (_, rest) = page
        .split_once("<script type=\"text/plain\" id=\"data\">")
        .unwrap();
    let (data, _) = rest.split_once("</script>").unwrap();
    let packed = base64::engine::general_purpose::STANDARD
        .decode(data)
        .unwrap();
    let text = miniz_oxide::inflate::decompress_to_vec_zlib(&packed).unwrap();
    serde_json::from_slice(&text).unwrap()
}

/// The rows of such a table.
fn rows(table: &Value) -> Vec<Vec<String>> {
    let count = table["rows"].as_u64().unwrap() as usize;
    let cell = |column: &Value, row: usize| {
        let at = column["rows"]
            .get(row)
            .map_or(0, |at| at.as_u64().unwrap() as usize);
        column["values"][at].as_str().unwrap().to_owned()
    };
    let columns = table["columns"].as_array().unwrap();
    (0..count)
        .map(|row| columns.iter().map(|column| cell(column, row)).collect())
        .collect()
}

#[test]
fn the_same_campaign_gives_the_same_bytes_in_every_form() {
    for folder in [acme("report-same"), hostile("report-same-hostile")] {
        for format in FORMATS {
            assert_eq!(report(&folder, format), report(&folder, format), "{format}");
        }
    }
}

#[test]
fn all_forms_hold_the_same_rows() {
    let folder = acme("report-rows");
    let json: Value = serde_json::from_str(&text(&folder, "json")).unwrap();
    conforms(&json, "review-report");
    let items = json["items"].as_array().unwrap();
    assert_eq!(items.len(), 26);
    assert_eq!(json["summary"]["outcomes"]["accept"], 2);
    // An answer after the deadline is shown, and does not count.
    assert_eq!(json["summary"]["outcomes"]["revoke"], 0);
    let late = items
        .iter()
        .filter(|item| item["answers"][0]["late"] == true);
    let late: Vec<&Value> = late.collect();
    assert_eq!(late.len(), 1);
    assert_eq!(
        (&late[0]["outcome"], &late[0]["decided_by"]),
        (&"no-response".into(), &"nobody yet".into())
    );
    let csv = report(&folder, "csv");
    let mut reader = csv::Reader::from_reader(csv.as_slice());
    let cells: Vec<Vec<String>> = reader
        .records()
        .map(|record| record.unwrap().iter().map(str::to_owned).collect())
        .collect();
    let page = table(&text(&folder, "html"));
    let on_page = rows(&page);
    assert_eq!((cells.len(), on_page.len()), (26, 26));
    for ((item, cells), page) in items.iter().zip(&cells).zip(&on_page) {
        assert_eq!(cells, page);
        for (at, name) in [
            (0, "item"),
            (2, "system"),
            (3, "account"),
            (6, "entitlement"),
            (17, "outcome"),
        ] {
            assert_eq!(item[name], cells[at].as_str());
        }
    }
    // The worst first, and each column's values in the order in which they are sorted.
    assert_eq!(items[0]["risk"], "critical");
    let risks = &page["columns"][1]["values"];
    assert_eq!(
        risks,
        &serde_json::json!(["critical", "high", "medium", ""])
    );
    let late = cells
        .iter()
        .filter(|row| row[20].ends_with("LATE: not counted"));
    assert_eq!(late.count(), 1);
    // A workbook of several sheets, which no reviewer's sheet is.
    assert_eq!(
        xlsx::read(&report(&folder, "xlsx")),
        Err(XlsxError::Sheets(5))
    );
}

#[test]
fn a_page_loads_nothing_and_holds_no_markup_of_others() {
    for folder in [acme("report-page"), hostile("report-page-hostile")] {
        let page = text(&folder, "html");
        assert!(!page.contains(|c| c != '\n' && is_hazardous(c)));
        let quiet = page.replace("setAttribute(", "");
        for forbidden in [
            " src=",
            "url(",
            "@import",
            "http:",
            "https:",
            " style=",
            " onclick",
            "eval(",
            "innerHTML",
            "fetch(",
        ] {
            assert!(!quiet.contains(forbidden), "{forbidden}");
        }
        assert_eq!(page.matches("<script").count(), 2);
        assert_eq!(page.matches("</script").count(), 2);
        assert!(page.contains("default-src 'none'; script-src 'sha256-"));
        for tag in [
            "table", "tr", "section", "svg", "dl", "figure", "select", "dialog",
        ] {
            let (start, end) = (format!("<{tag}"), format!("</{tag}>"));
            let more = usize::from(tag == "tr") * page.matches("<track").count();
            assert_eq!(
                page.matches(&start).count() - more,
                page.matches(&end).count(),
                "{tag}"
            );
        }
    }
}

#[test]
fn names_are_text_wherever_they_are_shown() {
    let folder = hostile("report-hostile");
    for format in ["human", "markdown", "csv", "html"] {
        let shown = text(&folder, format);
        let shown = shown.replace("\r\n", "\n");
        assert!(
            !shown.contains(|c| c != '\n' && is_hazardous(c)),
            "{format}"
        );
    }
    let json: Value = serde_json::from_str(&text(&folder, "json")).unwrap();
    conforms(&json, "review-report");
    assert_eq!(json["items"][0]["account"], HOSTILE);
    let csv = report(&folder, "csv");
    for record in csv::Reader::from_reader(csv.as_slice()).records() {
        for cell in &record.unwrap() {
            assert!(!cell.starts_with(['=', '+', '-', '@']), "{cell}");
        }
    }
    let markdown = text(&folder, "markdown");
    assert!(!markdown.contains("<script") && !markdown.contains("@all"));
    let shown = rows(&table(&text(&folder, "html")));
    assert!(
        shown[0][3].contains("</script><script>alert(1)</script>\\u{1b}]0;x\\u{7}\\u{202e}&|@all")
    );
}

#[test]
fn what_was_changed_or_is_not_open_has_no_report() {
    let folder = Folder::new("report-refused");
    let line = format!(
        "review import hr {} --campaign q4.review {ACT}",
        fixture("hr.csv")
    );
    folder.run(&words(&line), "").ends(0);
    let report = words("review report q4.review");
    assert!(folder.run(&report, "").ends(2).stderr.contains("not open"));
    let folder = acme("report-changed");
    folder.run(&report, "").ends(0);
    let path = folder.0.join("q4.review");
    let bytes = std::fs::read(&path).unwrap();
    let at = bytes
        .windows(7)
        .position(|window| window == b"=needed")
        .unwrap();
    let mut changed = bytes;
    changed[at + 1] = b'N';
    std::fs::write(&path, changed).unwrap();
    let refused = folder.run(&report, "").ends(2);
    assert!(
        refused.stderr.contains("not as it was written"),
        "{refused:#?}"
    );
    assert_eq!(refused.stdout, "");
}

/// All values of a member, wherever it is.
fn all<'a>(value: &'a Value, name: &str, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                match value.as_str() {
                    Some(text) if key == name => found.push(text),
                    _ => all(value, name, found),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| all(value, name, found)),
        _ => {}
    }
}

fn named<'a>(value: &'a Value, name: &str) -> Vec<&'a str> {
    let mut found = Vec::new();
    all(value, name, &mut found);
    found
}

/// `xxxxxxxx-xxxx-5xxx-[89ab]xxx-xxxxxxxxxxxx`, as OSCAL's datatype for UUIDs of version 4 or 5.
fn is_uuid(text: &str) -> bool {
    let marks = text.char_indices().all(|(at, c)| match at {
        8 | 13 | 18 | 23 => c == '-',
        14 => c == '5',
        19 => "89ab".contains(c),
        _ => c.is_ascii_hexdigit(),
    });
    text.len() == 36 && marks
}

#[test]
fn oscal_names_everything_once_and_refers_to_what_is_there() {
    let folders = [acme("report-oscal"), hostile("report-oscal-hostile")];
    for (folder, findings) in folders.iter().zip([16_usize, 0]) {
        let document: Value = serde_json::from_str(&text(folder, "oscal")).unwrap();
        let top = &document["assessment-results"];
        assert_eq!(top["metadata"]["oscal-version"], "1.1.2");
        let uuids = named(&document, "uuid");
        assert!(uuids.iter().all(|uuid| is_uuid(uuid)), "{uuids:?}");
        let unique: std::collections::BTreeSet<&str> = uuids.iter().copied().collect();
        assert_eq!(unique.len(), uuids.len());
        for name in [
            "subject-uuid",
            "observation-uuid",
            "risk-uuid",
            "party-uuid",
        ] {
            for reference in named(&document, name) {
                assert!(unique.contains(reference), "{name} {reference}");
            }
        }
        let href = top["import-ap"]["href"].as_str().unwrap();
        assert!(unique.contains(href.trim_start_matches('#')));
        let result = &top["results"][0];
        let observed = result["observations"].as_array().unwrap();
        let tested = observed.iter().filter(|one| one["types"][0] == "finding");
        assert!(tested.count() >= findings);
        // Empty lists and texts with blanks around them are not OSCAL.
        for name in ["title", "description", "value", "name", "prose", "remarks"] {
            for text in named(&document, name) {
                assert!(
                    !text.is_empty() && text == text.trim() && !text.contains('\n'),
                    "{text:?}"
                );
            }
        }
        assert!(!document.to_string().contains("[]"));
        // Nothing is met of which something could not be judged.
        let states = result["findings"].as_array().unwrap();
        let state = |control: &str| {
            let id = format!("{control}_obj");
            let found = states
                .iter()
                .find(|finding| finding["target"]["target-id"] == id.as_str());
            found.unwrap()["target"]["status"].clone()
        };
        assert_eq!(state("ac-6")["state"], "not-satisfied");
        assert_eq!(state("ac-6")["reason"], "other");
        assert_eq!(state("ac-2")["state"], "not-satisfied");
    }
}

#[test]
fn ocsf_findings_have_what_their_class_requires() {
    let folder = acme("report-ocsf");
    let lines = text(&folder, "ocsf");
    let events: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let json: Value = serde_json::from_str(&text(&folder, "json")).unwrap();
    let fired = json["summary"]["rules"].as_array().unwrap().iter();
    let fired: u64 = fired.map(|rule| rule["fired"].as_u64().unwrap()).sum();
    assert_eq!(events.len() as u64, fired);
    let mut uids = std::collections::BTreeSet::new();
    for event in &events {
        assert_eq!(
            (&event["class_uid"], &event["category_uid"]),
            (&2008.into(), &2.into())
        );
        let activity = event["activity_id"].as_u64().unwrap();
        assert_eq!(event["type_uid"], 200_800 + activity);
        assert!((1..=5).contains(&event["severity_id"].as_u64().unwrap()));
        assert!((1..=4).contains(&event["status_id"].as_u64().unwrap()));
        assert_eq!(event["time"].as_i64(), Some(1_795_338_000_000));
        assert_eq!(event["metadata"]["version"], "1.6.0");
        assert!(event["metadata"]["product"]["vendor_name"].is_string());
        assert!(event["finding_info"]["title"].is_string());
        assert!(uids.insert(event["finding_info"]["uid"].as_str().unwrap().to_owned()));
        let one_of = [
            "applications",
            "permission_analysis_results",
            "access_analysis_result",
            "identity_activity_metrics",
        ];
        assert!(
            one_of.iter().any(|name| !event[*name].is_null()),
            "{event:#}"
        );
    }
    // The late revocation does not count: nothing of it is settled.
    let status = |event: &&Value| event["status_id"] == 1;
    assert!(events.iter().filter(status).count() > 10);
    let hostile = text(&hostile("report-ocsf-hostile"), "ocsf");
    assert!(!hostile.contains(|c| c != '\n' && is_hazardous(c)));
}
