//! The fold against a naive one, however the rows are split, ordered, packed and spilled.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Cursor, Write as _};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::ledger::LogSheet;
use super::*;
use crate::kernel::crc32::crc32;
use crate::kernel::time::Timestamp;

const NOW: u32 = 1_800_000_000;

fn generic(with_id: bool) -> Format {
    let path = |text: &str| text.parse::<Path>().unwrap();
    Format::Generic(Mapping {
        principal: path("who"),
        permission: path("what"),
        time: path("at"),
        id: with_id.then(|| path("id")),
        outcome: Some((path("ok"), vec!["yes".to_owned()])),
        unit: None,
    })
}

fn scratch() -> io::Result<File> {
    let (a, b) = (std::process::id(), std::thread::current().id());
    let path = std::env::temp_dir().join(format!(".countersign-test-{a}-{b:?}"));
    let mut options = File::options();
    let file = options
        .read(true)
        .write(true)
        .create_new(true)
        .open(&path)?;
    std::fs::remove_file(&path)?;
    Ok(file)
}

fn count(format: &Format, logs: &[Vec<u8>], threads: usize, memory: usize) -> Counted {
    let input = |(index, log): (usize, &Vec<u8>)| {
        Input::stream(format!("log {index}"), Cursor::new(log.clone()))
    };
    let options = Options {
        format,
        until: NOW,
        threads,
        memory,
        scratch: &scratch,
    };
    fold(logs.iter().enumerate().map(input).collect(), options).unwrap()
}

fn rows(runs: Vec<Box<dyn Run>>) -> Vec<Row> {
    let mut merge = Merge::new(runs).unwrap();
    let mut rows = Vec::new();
    let mut row = Row::default();
    while merge.next(&mut row).unwrap() {
        rows.push(row.clone());
    }
    rows
}

fn ledger(sources: Vec<LogSheet>) -> Ledger {
    Ledger {
        tool: "0".to_owned(),
        system: "s".to_owned(),
        format: "generic".to_owned(),
        mapping: None,
        sources,
        groups: 0,
        uses: 0,
        events_kept: true,
    }
}

fn part_of(counted: Counted) -> (Vec<u8>, Ledger) {
    let mut ledger = ledger(counted.sources);
    let mut bytes = Vec::new();
    write(
        &mut bytes,
        &mut Merge::new(counted.runs).unwrap(),
        &mut ledger,
    )
    .unwrap();
    (bytes, ledger)
}

fn opened(bytes: &[u8]) -> Result<Part<Cursor<Vec<u8>>>, PartError> {
    Part::open(Cursor::new(bytes.to_vec()))
}

type Naive = BTreeMap<(String, String), (u32, u64)>;

/// The same by serde_json, maps and sets.
fn naive(lines: &[String], with_id: bool) -> Naive {
    let mut groups = Naive::new();
    let mut seen = BTreeSet::new();
    for line in lines {
        let Ok(row) = serde_json::from_str::<Value>(line) else {
            continue;
        };
        let text = |name: &str| row[name].as_str().filter(|text| !text.is_empty());
        let (Some("yes"), Some(who), Some(what), Some(at)) =
            (text("ok"), text("who"), text("what"), text("at"))
        else {
            continue;
        };
        let Ok(at) = Timestamp::parse(at) else {
            continue;
        };
        let time = u32::try_from(at.unix()).unwrap();
        let key = (who.to_owned(), what.to_owned());
        let group = groups.entry(key.clone()).or_default();
        group.0 = group.0.max(time);
        match text("id") {
            Some(id) if with_id && !seen.insert((id.to_owned(), key, time)) => {}
            _ => group.1 += 1,
        }
    }
    groups
}

fn as_naive(rows: &[Row]) -> Naive {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    rows.iter()
        .map(|row| {
            let key = (text(&row.principal), text(&row.permission));
            (key, (row.last, row.count()))
        })
        .collect()
}

fn line() -> impl Strategy<Value = String> {
    let name = prop_oneof![Just("ann".to_owned()), Just("bob".to_owned()), ".{1,6}"];
    let what = prop_oneof![Just("read".to_owned()), "[a-c]"];
    let whole = (name, what, 0_i64..2_000_000_000, prop::option::of(0_u8..9), 0..5)
        .prop_map(|(who, what, at, id, ok)| {
            let at = Timestamp::from_unix(at % 1_799_999_999).unwrap().to_string();
            let ok = if ok > 0 { "yes" } else { "no" };
            json!({ "x": { "who": 1 }, "who": who, "what": what, "at": at, "ok": ok, "id": id.map(|id| id.to_string()) })
                .to_string()
        });
    let broken = prop_oneof![
        Just(String::new()),
        Just("{\"who\":".to_owned()),
        Just("7".to_owned())
    ];
    prop_oneof![12 => whole, 1 => broken]
}

/// Splits lines into logs at random places.
fn logs(lines: &[String], parts: usize) -> Vec<Vec<u8>> {
    let mut logs = vec![Vec::new(); parts.max(1)];
    for (index, line) in lines.iter().enumerate() {
        let at = index * 7919 % logs.len();
        logs[at].extend_from_slice(line.as_bytes());
        logs[at].push(b'\n');
    }
    logs
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_split_order_memory_and_number_of_threads_gives_the_naive_answer(
        lines in prop::collection::vec(line(), 1..60), parts in 1_usize..5, threads in 1_usize..4, with_id: bool,
    ) {
        let format = generic(with_id);
        let expected = naive(&lines, with_id);
        let split = logs(&lines, parts);
        let ample = count(&format, &split, threads, usize::MAX / 4);
        prop_assert_eq!(ample.spilled, 0);
        let tight = count(&format, &split, threads, 0);
        prop_assert!(tight.spilled > 0 || expected.is_empty());
        prop_assert_eq!(&ample.sources, &tight.sources);
        let ample = rows(ample.runs);
        prop_assert_eq!(as_naive(&ample), expected);
        prop_assert_eq!(&ample, &rows(tight.runs));
        // Parts merge in any order.
        let mut parts: Vec<Vec<u8>> = split
            .iter()
            .map(|log| part_of(count(&format, std::slice::from_ref(log), 1, usize::MAX / 4)).0)
            .collect();
        for _ in 0..2 {
            let runs = parts.iter().map(|part| -> Box<dyn Run> {
                Box::new(opened(part).unwrap().rows().unwrap())
            });
            prop_assert_eq!(&ample, &rows(runs.collect()));
            parts.reverse();
        }
    }

    #[test]
    fn a_part_that_was_changed_anywhere_is_refused(lines in prop::collection::vec(line(), 1..9), at: prop::sample::Index) {
        let (mut bytes, ledger) = part_of(count(&generic(true), &logs(&lines, 1), 1, 1 << 20));
        prop_assert_eq!(opened(&bytes).unwrap().ledger, ledger);
        let at = at.index(bytes.len());
        bytes[at] ^= 1;
        prop_assert!(opened(&bytes).is_err());
        bytes.truncate(at);
        prop_assert!(opened(&bytes).is_err());
    }

    #[test]
    fn bytes_that_are_no_part_are_refused_without_a_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(opened(&bytes).is_err());
        let mut whole = MAGIC.to_vec();
        whole.append(&mut bytes);
        whole.extend(crate::kernel::crypto::sha256(&whole));
        if let Ok(part) = opened(&whole) {
            let mut run = part.rows().unwrap();
            let mut row = Row::default();
            while matches!(run.next(&mut row), Ok(true)) {}
        }
    }
}

fn sheet(counted: &Counted) -> &LogSheet {
    counted.sources.first().unwrap()
}

#[test]
fn wrong_rows_are_located_and_counted_by_reason() {
    let good = r#"{"who":"ann","what":"read","at":"2026-11-22T09:00:00Z","ok":"yes"}"#;
    let mut log = Vec::new();
    for line in [
        good.as_bytes(),
        b"",
        b"{\"who\":\"a\",}",
        b"\xff{}",
        b"[1]",
        good.replace("ann", "").as_bytes(),
        good.replace("2026-11-22T09", "2036-11-22T09").as_bytes(),
        good.replace("\"ok\"", "\"who\"").as_bytes(),
        good.replace("ann", "\\ud800").as_bytes(),
        good.replace("ann", &"n".repeat(MAX_NAME + 1)).as_bytes(),
        good.replace("yes", "no").as_bytes(),
        b"  \r",
    ] {
        log.extend_from_slice(line);
        log.push(b'\n');
    }
    log.extend_from_slice(&good.as_bytes()[..20]);
    let counted = count(&generic(false), &[log.clone()], 3, 1 << 20);
    let sheet = sheet(&counted);
    let rejected: Vec<(&str, u64)> = sheet
        .rejected
        .iter()
        .map(|(a, b)| (a.as_str(), *b))
        .collect();
    let expected = [
        ("duplicate-member", 1),
        ("in-the-future", 1),
        ("long-name", 1),
        ("no-principal", 1),
        ("not-an-object", 1),
        ("not-json", 1),
        ("not-text", 1),
        ("not-utf8", 1),
        ("truncated", 1),
    ];
    assert_eq!(rejected, expected);
    let places: Vec<(u64, &str)> = sheet
        .problems
        .iter()
        .map(|p| (p.row, p.reason.as_str()))
        .collect();
    let expected = [
        (3, "not-json"),
        (4, "not-utf8"),
        (5, "not-an-object"),
        (6, "no-principal"),
        (7, "in-the-future"),
        (8, "duplicate-member"),
        (9, "not-text"),
        (10, "long-name"),
        (13, "truncated"),
    ];
    assert_eq!(places, expected);
    assert_eq!(
        (sheet.rows, sheet.used, sheet.failed, sheet.blank),
        (11, 1, 1, 2)
    );
    assert_eq!(sheet.problems[0].byte, Some(11));
    assert_eq!(sheet.bytes, log.len() as u64);
    assert!(!sheet.is_complete());
}

fn cloudtrail(records: &[Value]) -> Vec<u8> {
    json!({ "Records": records }).to_string().into_bytes()
}

fn event(id: u32) -> Value {
    json!({ "eventTime": "2026-11-22T09:00:00Z", "eventSource": "s3.amazonaws.com", "eventName": "GetObject",
            "eventID": id.to_string(), "userIdentity": { "arn": "arn:aws:iam::1:user/]}\"ann\\" } })
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
    bytes.extend(miniz_oxide::deflate::compress_to_vec(content, 1));
    bytes.extend(crc32(content).to_le_bytes());
    bytes.extend(u32::try_from(content.len()).unwrap().to_le_bytes());
    bytes
}

/// A zstd frame of raw blocks (RFC 8878 §3.1.1).
fn zstd(content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x28, 0xb5, 0x2f, 0xfd, 0, 0x58];
    let blocks: Vec<&[u8]> = content.chunks(100_000).collect();
    for (index, block) in blocks.iter().enumerate() {
        let last = u32::from(index + 1 == blocks.len());
        let header = u32::try_from(block.len()).unwrap() << 3 | last;
        bytes.extend_from_slice(&header.to_le_bytes()[..3]);
        bytes.extend_from_slice(block);
    }
    bytes
}

#[test]
fn documents_are_read_plain_and_packed_and_events_count_once() {
    let many: Vec<Value> = (0..40_000).map(event).collect();
    let plain = cloudtrail(&many);
    assert!(plain.len() > 5 << 20);
    let pretty =
        serde_json::to_vec_pretty(&json!({ "v": [{}, "x"], "Records": many, "z": 1 })).unwrap();
    let array = serde_json::to_vec(&many).unwrap();
    let twice = [&plain[..], b"\n", &cloudtrail(&[event(7), event(50_000)])].concat();
    let lines: Vec<u8> = many
        .iter()
        .flat_map(|event| format!("{event}\n").into_bytes())
        .collect();
    for (log, events) in [
        (gzip(&plain), 40_000),
        (zstd(&plain), 40_000),
        (plain, 40_000),
        (pretty, 40_000),
        (array, 40_000),
        (twice, 40_001),
        (lines, 40_000),
    ] {
        let counted = count(&Format::CloudTrail, &[log], 2, 1 << 20);
        assert_eq!(
            (
                sheet(&counted).is_complete(),
                sheet(&counted).defect.as_deref()
            ),
            (true, None)
        );
        assert!(sheet(&counted).used >= events);
        let rows = rows(counted.runs);
        assert_eq!((rows.len(), rows[0].count()), (1, events));
        assert_eq!(rows[0].principal, b"arn:aws:iam::1:user/]}\"ann\\");
    }
}

#[test]
fn a_damaged_document_keeps_what_came_before_and_says_so() {
    let whole = cloudtrail(&[event(1), event(2)]);
    let text = String::from_utf8(whole.clone()).unwrap();
    let second = text.rfind("{\"eventTime\"").unwrap();
    for (log, used, defect) in [
        (whole[..second].to_vec(), 1, "it ends in or after record 1"),
        (
            whole[..second + 9].to_vec(),
            1,
            "it ends in or after record 1",
        ),
        (
            whole[..whole.len() - 1].to_vec(),
            2,
            "it ends in or after record 2",
        ),
        (
            text.replace("},{\"eventTime\"", "};{\"eventTime\"")
                .into_bytes(),
            1,
            "no array of records any more",
        ),
        (
            text.replace("]}", ",]}").replace("],}", "]}").into_bytes(),
            2,
            "no array of records any more",
        ),
        (
            [&whole[..], b"x"].concat(),
            2,
            "no array of records any more",
        ),
    ] {
        let counted = count(&Format::CloudTrail, &[log], 1, 1 << 20);
        let sheet = sheet(&counted);
        assert_eq!(sheet.used, used, "{sheet:?}");
        assert!(
            sheet.defect.as_deref().unwrap_or_default().contains(defect),
            "{sheet:?}"
        );
    }
    let packed = gzip(&whole);
    let cut = packed[..packed.len() - 9].to_vec();
    let counted = count(&Format::CloudTrail, std::slice::from_ref(&cut), 1, 1 << 20);
    assert!(
        sheet(&counted)
            .defect
            .as_deref()
            .unwrap()
            .contains("ends too early")
    );
    assert_eq!(sheet(&counted).bytes, cut.len() as u64);
    let wrong = text
        .replacen("\"eventTime\"", "\"eventTime\" 1", 1)
        .into_bytes();
    let counted = count(&Format::CloudTrail, &[wrong], 1, 1 << 20);
    assert_eq!((sheet(&counted).used, sheet(&counted).rejected()), (1, 1));
}

#[test]
fn lines_longer_than_a_row_may_be_are_passed_and_the_next_is_found() {
    let good =
        "{\"who\":\"ann\",\"what\":\"read\",\"at\":\"2026-11-22T09:00:00Z\",\"ok\":\"yes\"}\n";
    let mut log = good.as_bytes().to_vec();
    log.resize(log.len() + MAX_ROW + (5 << 20), b' ');
    log.write_all(b"x\n").unwrap();
    log.write_all(good.as_bytes()).unwrap();
    let counted = count(&generic(false), &[log], 2, 1 << 20);
    let sheet = sheet(&counted);
    assert_eq!((sheet.used, sheet.rejected()), (2, 1));
    assert_eq!(
        (sheet.problems[0].row, sheet.problems[0].reason.as_str()),
        (2, "too-long")
    );
}

#[test]
fn what_is_no_utf8_text_at_all_is_an_error() {
    let utf16: Vec<u8> = "\u{feff}{}"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let input = Input::stream("x".to_owned(), Cursor::new(utf16));
    let options = Options {
        format: &Format::Okta,
        until: NOW,
        threads: 2,
        memory: 0,
        scratch: &scratch,
    };
    let error = fold(vec![input], options).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot read `x`: it is UTF-16; logs are UTF-8"
    );
}

#[test]
fn a_part_of_another_version_and_a_foreign_file_are_told_apart() {
    assert!(matches!(
        opened(b"countersign-usage 2\nxxxxx"),
        Err(PartError::Version)
    ));
    assert!(matches!(opened(b"PK\x03\x04"), Err(PartError::Foreign)));
    assert!(matches!(opened(MAGIC), Err(PartError::Damaged(_))));
}
