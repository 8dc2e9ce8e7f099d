//! `review usage` as a process: what it keeps, adds, refuses and says.

use serde_json::Value;

use crate::binary::{Ended, Folder, root};
use crate::generated::conforms;

const GENERIC: &str = "review usage --log generic --map principal=user --map permission=action --map time=ts \
                       --map outcome=result --success ok --at 2026-11-22T09:00:00Z";

fn run(folder: &Folder, line: &str, stdin: &str) -> Ended {
    let words: Vec<&str> = line.split_whitespace().collect();
    folder.run(&words, stdin)
}

fn json(folder: &Folder, line: &str, code: i32) -> Value {
    let value = run(folder, &format!("{line} --format json"), "")
        .ends(code)
        .json();
    conforms(&value, "usage");
    value
}

#[test]
fn a_second_run_adds_to_the_first_and_no_log_counts_twice() {
    let folder = Folder::new("usage-into");
    let logs = root()
        .join("fixtures/acme/logs/cloudtrail")
        .display()
        .to_string();
    let line =
        format!("review usage --log cloudtrail --at 2026-11-22T09:00:00Z --into aws.usage {logs}");
    let first = json(&folder, &format!("{line}/20261121.json"), 0);
    assert_eq!((&first["uses"], &first["groups"]), (&3.into(), &2.into()));
    assert_eq!(
        first["silent_days"],
        serde_json::json!([["2026-10-02", "2026-11-19"]])
    );
    let second = json(&folder, &line, 0);
    assert_eq!((&second["uses"], &second["copies"]), (&4.into(), &1.into()));
    assert_eq!(
        second["left_out"][0]["name"],
        format!("{logs}/20261121.json")
    );
    let again = json(&folder, &line, 0);
    assert_eq!(again["left_out"].as_array().unwrap().len(), 2);
    assert_eq!(
        (&again["uses"], &again["rows"]),
        (&4.into(), &second["rows"])
    );
    // In one go, whatever the threads and the memory.
    let whole = run(
        &folder,
        &format!("review usage --log cloudtrail --format csv {logs}"),
        "",
    )
    .ends(0);
    for flags in ["--threads 1 --memory 0KiB", "--threads 7"] {
        let line = format!("review usage --log cloudtrail --format csv {flags} {logs}");
        assert_eq!(run(&folder, &line, "").ends(0).stdout, whole.stdout);
    }
    let kept = run(&folder, "review usage --format csv aws.usage", "").ends(0);
    assert_eq!(kept.stdout, whole.stdout);
    assert!(whole.stdout.contains("\"arn:aws:iam::111122223333:role/ci/deploy\",\"ecs:UpdateService\",\"2026-11-22T02:00:00Z\",\"2\""));
}

#[test]
fn rows_that_cannot_be_used_end_with_2_and_are_shown() {
    let folder = Folder::new("usage-rejected");
    folder.file("a.ndjson", "{\"user\":\"a\",\"action\":\"x\",\"ts\":\"2026-11-01T00:00:00Z\",\"result\":\"ok\"}\n{\"user\":");
    let value = json(&folder, &format!("{GENERIC} a.ndjson"), 2);
    assert_eq!(value["complete"], false);
    assert_eq!(value["sources"][0]["problems"][0]["row"], 2);
    assert_eq!(value["sources"][0]["rejected"]["truncated"], 1);
    json(&folder, &format!("{GENERIC} --allow-gaps a.ndjson"), 0);
    let told = run(&folder, &format!("{GENERIC} -q a.ndjson"), "")
        .ends(2)
        .stderr;
    assert!(
        told.contains("`a.ndjson` could not be used whole: 1 of 2 rows rejected"),
        "{told}"
    );
}

#[test]
fn standard_input_is_a_log_and_nothing_is_not() {
    let folder = Folder::new("usage-stdin");
    let row =
        "{\"user\":\"a\",\"action\":\"x\",\"ts\":\"2026-11-01T00:00:00Z\",\"result\":\"ok\"}\n";
    let line = format!("{GENERIC} --into p.usage -");
    run(&folder, &line, row).ends(0);
    let told = run(&folder, &line, row).ends(2).stderr;
    assert!(told.contains("`<stdin>` is counted already"), "{told}");
    run(&folder, &line.replace("p.usage", "q.usage"), "\n\n").ends(3);
    assert!(!folder.0.join("q.usage").exists());
}

#[test]
fn what_cannot_be_united_or_read_is_refused() {
    let folder = Folder::new("usage-refused");
    let row =
        "{\"user\":\"a\",\"action\":\"x\",\"ts\":\"2026-11-01T00:00:00Z\",\"result\":\"ok\"}\n";
    folder.file("a.ndjson", row).file("b.ndjson", row.repeat(2));
    for (part, log) in [
        ("a.usage", "a.ndjson"),
        ("b.usage", "b.ndjson"),
        ("c.usage", "a.ndjson b.ndjson"),
    ] {
        json(&folder, &format!("{GENERIC} --into {part} {log}"), 0);
    }
    let both = json(&folder, "review usage a.usage b.usage", 0);
    assert_eq!(both["uses"], 3);
    let told = |line: &str| run(&folder, line, "").ends(2).stderr;
    assert!(told("review usage a.usage c.usage").contains("`a.ndjson` is counted in both"));
    assert!(told("review usage a.ndjson").contains("what kind of log `a.ndjson` is was not said"));
    assert!(told("review usage --log okta --into a.usage b.ndjson").contains("`generic`"));
    assert!(told("review usage --log okta --map id=x a.ndjson").contains("about `--log generic`"));
    assert!(
        told(
            "review usage --log generic --map principal=a --map permission=b --map time=c a.ndjson"
        )
        .contains("which rows are successes")
    );
    assert!(told(&GENERIC.replace("permission=action", "permission=user")).contains("required"));
    assert!(
        told(&(GENERIC.replace("permission=action", "permission=user") + " a.ndjson"))
            .contains("two of the mapped members are one")
    );
    assert!(told("review usage --log okta missing.json").contains("cannot read `missing.json`"));
    let mut bytes = std::fs::read(folder.0.join("a.usage")).unwrap();
    bytes[30] ^= 1;
    folder.file("a.usage", bytes);
    assert!(told("review usage a.usage").contains("it was cut or changed"));
}

const PLAN: &str = "review usage plan --engine duckdb --table logs --map principal=user --map permission=action --map time=ts \
                    --map outcome=result --success ok --at 2026-11-22T09:00:00Z";

#[test]
fn a_plan_is_printed_and_its_answer_taken_back() {
    let folder = Folder::new("usage-plan");
    let sql = run(&folder, PLAN, "").ends(0).stdout;
    assert!(sql.starts_with("-- countersign usage 1, duckdb\n"), "{sql}");
    let plan = run(&folder, &format!("{PLAN} --format json"), "")
        .ends(0)
        .json();
    conforms(&plan, "usage-plan");
    assert_eq!(plan["sql"], sql);
    let answer = "kind,principal,permission,used_at,n\nuse,ann,read,1790000000,2\nrows,,,0,3\nused,,,0,2\nfailed,,,0,1\nrejected,,,0,0\n\
                  first,,,1780000000,3\nlast,,,1790000000,3\ngroups,,,0,1\n";
    folder.file("plan.sql", &sql).file("answer.csv", answer);
    let line = "review usage import --system payroll --query plan.sql --into p.usage answer.csv --at 2026-11-22T09:00:00Z";
    let value = json(&folder, line, 0);
    assert_eq!(
        (&value["rows"], &value["uses"], &value["groups"]),
        (&3.into(), &2.into(), &1.into())
    );
    assert_eq!(value["sources"][0]["query_sha256"], plan["sql_sha256"]);
    let told = run(&folder, line, "").ends(2).stderr;
    assert!(told.contains("`answer.csv` is counted already"), "{told}");
    folder.file("cut.csv", answer.replace("use,ann,read,1790000000,2\n", ""));
    let told = run(&folder, &line.replace("answer.csv", "cut.csv"), "")
        .ends(2)
        .stderr;
    assert!(told.contains("it was cut or edited"), "{told}");
}

#[test]
fn parquet_counts_as_its_rows_in_ndjson_do() {
    let folder = Folder::new("usage-parquet");
    let logs = root().join("fixtures/acme/logs").display().to_string();
    let line = format!("{GENERIC} --format csv {logs}");
    let lines = run(&folder, &format!("{line}/payroll.ndjson"), "").ends(0);
    for flags in ["", "--threads 1 --memory 0KiB", "--threads 5"] {
        let ours = run(&folder, &format!("{line}/payroll.parquet {flags}"), "").ends(0);
        assert_eq!(ours.stdout, lines.stdout);
    }
    let value = json(&folder, &format!("{GENERIC} {logs}/payroll.parquet"), 0);
    let bytes = std::fs::read(format!("{logs}/payroll.parquet")).unwrap();
    assert_eq!(value["sources"][0]["bytes"], bytes.len());
    // One that is cut in the middle of its download has no rows, and says so.
    folder.file("cut.parquet", "PAR1 and no more");
    let cut = json(&folder, &format!("{GENERIC} cut.parquet"), 2);
    assert_eq!(cut["complete"], false);
    assert_eq!(
        cut["sources"][0]["defect"],
        "the Parquet file is damaged: its end is missing"
    );
    let wrong = GENERIC.replace("user", "who");
    let told = run(&folder, &format!("{wrong} {logs}/payroll.parquet"), "").ends(2);
    assert!(
        told.stderr.contains("no column `who`; it has `ts`, `user`"),
        "{}",
        told.stderr
    );
    let okta = format!("review usage --log okta {logs}/payroll.parquet");
    let told = run(&folder, &okta, "").ends(2).stderr;
    assert!(told.contains("read as `cloudtrail` or `generic`"), "{told}");
}

#[test]
fn files_are_a_place_for_spark_alone() {
    let folder = Folder::new("usage-plan-spark");
    let line = PLAN.replace("duckdb --table logs", "spark --table json:s3a://logs/2026/");
    let plan = run(&folder, &format!("{line} --format json"), "")
        .ends(0)
        .json();
    conforms(&plan, "usage-plan");
    let sql = plan["sql"].as_str().unwrap();
    assert!(
        sql.starts_with("-- countersign usage 1, spark\n")
            && sql.contains("FROM text.`s3a://logs/2026/`"),
        "{sql}"
    );
    let told = |line: &str| run(&folder, line, "").ends(2).stderr;
    assert!(
        told(&line.replace("spark", "duckdb"))
            .contains("`duckdb` reads files through a table of its own")
    );
    assert!(
        told(&line.replace("json:", ""))
            .contains("write `json:s3a://logs/2026/` or `parquet:s3a://logs/2026/`")
    );
}

#[test]
fn an_engine_is_named_with_a_place_and_in_a_build_that_has_it() {
    let folder = Folder::new("usage-engine");
    let told = |line: &str| run(&folder, line, "").ends(2).stderr;
    let engine = format!("{GENERIC} --engine sc://127.0.0.1:1");
    assert!(told(&engine).contains("--from"));
    assert!(told(&format!("{GENERIC} --from audit.events")).contains("--engine"));
    assert!(
        told(&format!("{engine} --from audit.events a.ndjson")).contains("cannot be used with")
    );
    assert!(
        told(&format!("{engine} --from audit.events --threads 2")).contains("cannot be used with")
    );
    let told = told(&format!("{engine} --from audit.events"));
    match cfg!(feature = "spark") {
        true => assert!(
            told.contains("no Spark Connect server answers at `127.0.0.1:1`"),
            "{told}"
        ),
        false => assert!(
            told.contains("needs a build with the feature `spark`"),
            "{told}"
        ),
    }
}
