//! A campaign from its first import to its evidence, by the binary; and what happens when it is killed on the way.

use std::fmt::Write as _;
use std::process::Stdio;
use std::time::Duration;

use countersign::kernel::xlsx::{self, Cell};
use countersign::review::store::Store;
use serde_json::Value;

use crate::binary::{Folder, fixture};
use crate::generated::conforms;

const POLICY: &str = "name = \"2026 Q4\"\nfallback = [\"ada.okafor@acme.example\", \"emil.sorensen@acme.example\"]\n\
    [[stage]]\nreviewers = \"manager\"\n";
const ACT: &str = "--by grc --at 2026-11-22T09:00:00Z";

fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

fn json(folder: &Folder, line: &str, code: i32) -> Value {
    let words = [words(line), words("--format json")].concat();
    let value = folder.run(&words, "").ends(code).json();
    let view = value["schema"].as_str().unwrap();
    conforms(&value, view.split('/').nth(1).unwrap());
    value
}

/// Acme's campaign, open.
fn acme(name: &str) -> Folder {
    let folder = Folder::new(name);
    folder.file("review.toml", POLICY);
    for (kind, file) in [("hr", "hr.csv"), ("grants", "grants.csv")] {
        let line = format!(
            "review import {kind} {} --campaign q4.review {ACT}",
            fixture(file)
        );
        folder.run(&words(&line), "").ends(0);
    }
    let open = format!("review open q4.review --policy review.toml {ACT}");
    let opened = json(&folder, &open, 0);
    assert_eq!(opened["grants"], 26);
    assert_eq!(opened["unassigned"], 0);
    folder
}

/// Answers every row of a sheet: `revoke` where there is a finding, else `accept`.
fn answered(sheet: &str) -> String {
    let mut lines = sheet.split("\r\n");
    let mut out = format!("{}\r\n", lines.next().unwrap());
    for line in lines.filter(|line| !line.is_empty()) {
        let rest = line
            .strip_prefix("\"\",\"\",")
            .unwrap_or_else(|| panic!("a new row suggests nothing: {line}"));
        let answer = if rest.starts_with("\"\"") {
            "accept"
        } else {
            "revoke"
        };
        write!(out, "\"{answer}\",\"looked at\",{rest}\r\n").unwrap();
    }
    out
}

#[test]
fn a_mapped_parquet_file_is_imported_as_the_same_rows_in_ndjson() {
    let folder = Folder::new("review-parquet");
    let mapping = "[constants]\nsystem = \"payroll\"\n[columns]\naccount = \"user\"\nentitlement = \"action\"\n\
                   last_used = \"ts\"\n";
    let mut imported = Vec::new();
    for format in ["ndjson", "parquet"] {
        folder.file("map.toml", format!("format = \"{format}\"\n{mapping}"));
        let log = fixture(&format!("logs/payroll.{format}"));
        let line = format!(
            "review import mapped {log} --mapping map.toml --campaign {format}.review {ACT}"
        );
        let value = json(&folder, &line, 0);
        let same = ["rows", "accounts", "entitlements", "grants", "problems"];
        imported.push(same.map(|name| value[name].clone()));
        assert_eq!(value["bytes"], std::fs::read(&log).unwrap().len());
    }
    assert_eq!(imported[0], imported[1]);
    assert_eq!(imported[0][0]["kept"], 4);
    let log = fixture("logs/payroll.parquet");
    folder.file(
        "map.toml",
        format!("format = \"parquet\"\n{mapping}owner = \"boss\"\n"),
    );
    for (line, told) in [
        (format!("mapped {log} --mapping map.toml"), "`boss`"),
        (format!("grants {log}"), "`format = \"parquet\"`"),
        ("mapped - --mapping map.toml".to_owned(), "give a file"),
    ] {
        let line = format!("review import {line} --campaign other.review {ACT}");
        let ended = folder.run(&words(&line), "PAR1").ends(2);
        assert!(ended.stderr.contains(told), "{}", ended.stderr);
    }
}

#[test]
fn a_campaign_runs_from_import_to_evidence() {
    let folder = acme("review-campaign");
    let sheets = json(&folder, "review sheet q4.review --out sheets", 0);
    let sheets = sheets["sheets"].as_array().unwrap().clone();
    assert!(sheets.len() > 3);
    for sheet in &sheets {
        let file = sheet["file"].as_str().unwrap();
        let text = folder.read(file);
        folder.file("back.csv", answered(&text));
        let reviewer = file.trim_start_matches("sheets/").trim_end_matches(".csv");
        let line = format!(
            "review decide q4.review back.csv --as {reviewer} --by {reviewer} --at 2026-11-24T09:00:00Z"
        );
        let taken = json(&folder, &line, 0);
        assert_eq!(taken["accepted"], sheet["rows"], "{taken:#}");
        // The same sheet again changes nothing.
        let again = json(&folder, &line, 0);
        assert_eq!(
            (&again["accepted"], &again["repeated"]),
            (&Value::from(0), &sheet["rows"])
        );
        // Somebody else's sheet is not theirs to answer.
        let other =
            "review decide q4.review back.csv --as kim.tran@acme.example --at 2026-11-24T09:00:00Z";
        assert_eq!(json(&folder, other, 1)["accepted"], 0);
    }
    let status = json(
        &folder,
        "review status q4.review --at 2026-11-25T09:00:00Z",
        0,
    );
    assert_eq!(status["tampering"], serde_json::json!([]));
    assert_eq!(status["owed"], serde_json::json!([]));
    folder
        .run(
            &words("review remind q4.review --at 2026-11-25T09:00:00Z"),
            "",
        )
        .ends(0);
    let close = "review close q4.review --acknowledged-by ada.okafor@acme.example --by grc --at 2026-12-08T09:00:00Z";
    let closed = json(&folder, close, 0);
    let revoked = closed["closing"]["outcomes"]["revoke"].as_u64().unwrap();
    assert_eq!(closed["closing"]["by_policy"], 0);
    assert!(revoked > 5, "{closed:#}");
    let remedies = json(&folder, "review remediate q4.review", 0);
    assert_eq!(
        remedies["remedies"].as_array().unwrap().len() as u64,
        revoked
    );

    // Nothing was done yet: the same export proves that.
    // Exports that were made after the close: an earlier one, or one of unknown age, proves nothing.
    let made = "--by grc --exported-at 2026-12-08T12:00:00Z --at 2026-12-08T13:00:00Z";
    let after = |file: &str| format!("review import grants {file} --campaign {file}.review {made}");
    folder
        .run(
            &words(&after(&fixture("grants.csv")).replace(
                &format!("--campaign {}", fixture("grants.csv")),
                "--campaign same.csv",
            )),
            "",
        )
        .ends(0);
    let verify = "review verify-remediation q4.review --with same.csv.review --by grc --at 2026-12-09T09:00:00Z";
    let still = json(&folder, verify, 1);
    assert!(
        still["fates"]
            .as_array()
            .unwrap()
            .iter()
            .all(|fate| fate["fate"] == "still-there")
    );
    // All that was revoked is taken out of the export; then one comes back.
    let gone: Vec<(String, String)> = still["fates"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fate| {
            let account = fate["account"].as_str().unwrap().split_once('/').unwrap().1;
            let role = fate["entitlement"]
                .as_str()
                .unwrap()
                .trim_start_matches("role ");
            (account.to_owned(), role.to_owned())
        })
        .collect();
    let all = std::fs::read_to_string(fixture("grants.csv")).unwrap();
    let is_gone = |line: &str| {
        gone.iter().any(|(account, role)| {
            let cells: Vec<&str> = line.split(',').collect();
            cells[1] == account && cells[5] == role
        })
    };
    let left: String = all
        .lines()
        .filter(|line| !is_gone(line))
        .fold(String::new(), |text, line| text + line + "\n");
    folder.file("left.csv", &left);
    folder.run(&words(&after("left.csv")), "").ends(0);
    let verify = |file: &str, day: u32| {
        format!(
            "review verify-remediation q4.review --with {file}.review --by grc --at 2026-12-{day}T09:00:00Z"
        )
    };
    json(&folder, &verify("left.csv", 10), 0);
    for (name, told) in [
        ("early.csv", "--exported-at 2026-11-23T00:00:00Z"),
        ("unknown.csv", ""),
    ] {
        folder.file(name, &left);
        let line = format!(
            "review import grants {name} --campaign {name}.review {told} --by grc --at 2026-12-08T13:00:00Z"
        );
        folder.run(&words(&line), "").ends(0);
        let fates = json(&folder, &verify(name, 10), 1);
        let fates = fates["fates"].as_array().unwrap();
        assert!(
            fates.iter().any(|fate| fate["fate"] == "not-evaluable"),
            "{name}"
        );
    }
    let first = all.lines().find(|line| is_gone(line)).unwrap();
    folder.file("back.csv", format!("{left}{first}\n"));
    folder.run(&words(&after("back.csv")), "").ends(0);
    let back = json(&folder, &verify("back.csv", 11), 1);
    let back = back["fates"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|fate| fate["fate"] == "came-back");
    assert_eq!(back.count(), 1);

    // Evidence, twice the same, and every change of it noticed.
    folder
        .run(&words("jwt jwks generate --kind EdDSA -o key.jwk"), "")
        .ends(0);
    folder
        .run(
            &words("jwt jwks convert --key file:key.jwk --public --to pem -o public.pem"),
            "",
        )
        .ends(0);
    for out in ["one", "two"] {
        let line = format!("review evidence create q4.review --key file:key.jwk --out {out}");
        folder.run(&words(&line), "").ends(0);
    }
    let verify = "review evidence verify one --key file:public.pem";
    let valid = json(&folder, verify, 0);
    assert_eq!(valid["valid"], true, "{valid:#}");
    for entry in std::fs::read_dir(folder.0.join("one")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let bytes = std::fs::read(&path).unwrap();
        assert_eq!(
            bytes,
            std::fs::read(folder.0.join("two").join(&name)).unwrap(),
            "{name}"
        );
        let mut changed = bytes.clone();
        let middle = changed.len() / 2;
        changed[middle] ^= 1;
        std::fs::write(&path, changed).unwrap();
        let said = folder.run(&words(verify), "");
        assert_eq!(said.code, 1, "{name}: {said:#?}");
        std::fs::remove_file(&path).unwrap();
        assert_eq!(folder.run(&words(verify), "").code, 1, "without {name}");
        std::fs::write(&path, bytes).unwrap();
    }
    std::fs::write(folder.0.join("one/more.txt"), "x").unwrap();
    assert_eq!(folder.run(&words(verify), "").code, 1);
}

#[test]
fn sheets_that_were_tampered_with_are_refused_row_by_row() {
    let folder = acme("review-tampered");
    json(
        &folder,
        "review sheet q4.review --out sheets --reviewer ada.okafor@acme.example",
        0,
    );
    let sheet = answered(&folder.read("sheets/ada.okafor@acme.example.csv"));
    let decide =
        "review decide q4.review back.csv --as ada.okafor@acme.example --at 2026-11-24T09:00:00Z";
    let rows = sheet.matches("\r\n").count() as u64 - 1;
    let reasons = |text: &str, code: i32| -> (u64, String) {
        folder.file("back.csv", text);
        let taken = json(&folder, decide, code);
        let reasons = taken["refused"]
            .as_array()
            .unwrap()
            .iter()
            .map(|each| each["reason"].as_str().unwrap());
        (
            taken["accepted"].as_u64().unwrap(),
            reasons.collect::<Vec<_>>().join("; "),
        )
    };
    let edited = sheet.replacen("legacy_report", "other_report", 1);
    let (taken, why) = reasons(&edited, 1);
    assert_eq!(
        (taken, why.contains("its key does not fit")),
        (rows - 1, true),
        "{why}"
    );
    // A row twice with two answers: neither.
    let twice = sheet.replacen("\"accept\"", "\"revoke\"", 1);
    let other = twice.lines().find(|line| !sheet.contains(*line)).unwrap();
    let (_, why) = reasons(&format!("{sheet}{other}\r\n"), 1);
    assert!(why.contains("answers it differently"), "{why}");
    // What was decided meanwhile is not overwritten by a sheet that did not see it.
    let (_, why) = reasons(&sheet.replace("\"accept\"", "\"not-decided\""), 1);
    assert!(why.contains("meanwhile"), "{why}");
    let (_, why) = reasons(&sheet.replace("\"revoke\"", "\"maybe\""), 1);
    assert!(why.contains("`maybe`"), "{why}");
    let bare = sheet.replace("\"revoke\",\"looked at\"", "\"accept\",\"\"");
    assert!(reasons(&bare, 1).1.contains("needs a justification"));
    // Semicolons and a byte order mark, as a spreadsheet may write it.
    let excel = sheet.replace("\",\"", "\";\"");
    folder.file("back.csv", format!("\u{feff}{excel}"));
    let taken = json(&folder, decide, 0);
    assert_eq!(taken["rows"], rows);
    // After the deadline: kept, marked, not counted.
    let late = decide.replace("2026-11-24", "2027-01-04");
    json(
        &folder,
        "review sheet q4.review --out late --reviewer ada.okafor@acme.example",
        0,
    );
    let again = folder
        .read("late/ada.okafor@acme.example.csv")
        .replace("looked at", "looked again");
    folder.file("back.csv", again);
    let taken = json(&folder, &late, 1);
    assert_eq!(
        (&taken["late"], taken["accepted"].as_u64()),
        (&Value::Bool(true), Some(rows))
    );
}

#[test]
fn workbooks_come_back_as_tables_do() {
    let folder = acme("review-workbook");
    let out = "review sheet q4.review --out sheets --as xlsx --reviewer ada.okafor@acme.example";
    let sheets = json(&folder, out, 0);
    let file = folder.0.join("sheets/ada.okafor@acme.example.xlsx");
    let mut sheet = xlsx::read(&std::fs::read(&file).unwrap()).unwrap();
    let decide =
        "review decide q4.review back.xlsx --as ada.okafor@acme.example --at 2026-11-24T09:00:00Z";
    let back = |sheet: &xlsx::Sheet| folder.file("back.xlsx", xlsx::write(sheet).unwrap());
    back(&sheet).run(&words(decide), "").ends(3);
    let text = |text: &str| Cell::Text(text.to_owned());
    for row in sheet.rows.iter_mut().skip(1) {
        row[0] = text("Revoke");
        row[1] = text("looked at");
    }
    let mut edited = sheet.clone();
    let account = edited.rows[0]
        .iter()
        .position(|cell| cell.text() == "account");
    edited.rows[1][account.unwrap()] = text("someone-else");
    back(&edited);
    let taken = json(&folder, decide, 1);
    assert_eq!(taken["refused"].as_array().unwrap().len(), 1);
    let why = taken["refused"][0]["reason"].as_str().unwrap();
    assert!(why.contains("its key does not fit"), "{why}");
    assert!(
        taken["refused"][0]["about"]
            .as_str()
            .unwrap()
            .starts_with("line 2: ")
    );
    back(&sheet);
    let taken = json(&folder, decide, 0);
    assert_eq!(taken["rows"], sheets["sheets"][0]["rows"]);
    assert_eq!(
        (&taken["accepted"], &taken["unanswered"]),
        (&1.into(), &0.into())
    );
    for (bytes, why) in [
        (b"PK\x03\x04 cut".to_vec(), "damaged"),
        (b"\xd0\xcf\x11\xe0 old".to_vec(), "save it as .xlsx"),
        (
            xlsx::write(&xlsx::Sheet {
                name: "x".to_owned(),
                rows: vec![vec![text("a")]],
            })
            .unwrap(),
            "no column `decision`",
        ),
    ] {
        folder.file("back.xlsx", bytes);
        let said = folder.run(&words(decide), "").ends(2).stderr;
        assert!(said.contains(why), "{said}");
    }
}

#[test]
fn a_kill_at_any_instant_loses_no_accepted_decision() {
    const PEOPLE: usize = 200;
    const ROUND: usize = 5;
    let folder = Folder::new("review-killed");
    let mut hr = "employee_id,email,manager_id,status\nboss,boss@a.example,,active\nother,other@a.example,,active\n".to_owned();
    let mut grants = "system,account,entitlement,employee_id\n".to_owned();
    for n in 0..PEOPLE {
        writeln!(hr, "{n},p{n}@a.example,boss,active").unwrap();
        writeln!(grants, "erp,p{n},reader,{n}").unwrap();
    }
    folder
        .file("hr.csv", hr)
        .file("grants.csv", grants)
        .file("review.toml", "fallback = \"other\"\n");
    for kind in ["hr", "grants"] {
        let line = format!("review import {kind} {kind}.csv --campaign q4.review {ACT}");
        folder.run(&words(&line), "").ends(0);
    }
    folder
        .run(
            &words(&format!("review open q4.review --policy review.toml {ACT}")),
            "",
        )
        .ends(0);
    folder
        .run(&words("review sheet q4.review --out sheets"), "")
        .ends(0);
    let sheet = folder
        .read("sheets/boss@a.example.csv")
        .replace("\"\",\"\",", "\"accept\",\"seen\",");
    let mut lines = sheet.split("\r\n");
    let header = lines.next().unwrap().to_owned();
    let rows: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
    assert_eq!(rows.len(), PEOPLE);
    let (mut told, mut killed) = (0, 0);
    for (round, rows) in rows.chunks(ROUND).enumerate() {
        folder.file("back.csv", format!("{header}\r\n{}\r\n", rows.join("\r\n")));
        let line =
            "review decide q4.review back.csv --as boss --at 2026-11-24T09:00:00Z --format json";
        let mut child = folder
            .command(&words(line))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(2 * round as u64));
        child.kill().unwrap();
        let ended = child.wait_with_output().unwrap();
        if ended.status.success() {
            told += ROUND;
        } else {
            killed += 1;
        }
        let store = Store::open(&folder.0.join("q4.review")).unwrap();
        let there = store.decisions().unwrap().len();
        // All of a batch or nothing of it, and whatever was said to be taken.
        assert_eq!(there % ROUND, 0, "round {round}");
        assert!(
            there >= told,
            "round {round}: {told} were told, {there} are there"
        );
        assert_eq!(store.verify().unwrap(), [], "round {round}");
    }
    println!("killed {killed} of {} writers", PEOPLE / ROUND);
    assert!(killed > 0, "at least the first was killed");
}
