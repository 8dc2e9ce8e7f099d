//! CloudTrail of a real account: no event is lost.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;

use countersign::review::usage::{Format, Input, Merge, Options, Row, Run as _, fold};
use serde_json::Value;

use super::{corpus, files};

/// Whom an event is about, by the fields alone that this corpus has.
fn principal(event: &Value) -> String {
    let who = &event["userIdentity"];
    let issuer = who["sessionContext"]["sessionIssuer"]["arn"].as_str();
    if let Some(arn) = issuer.or(who["arn"].as_str()) {
        return arn.to_owned();
    }
    let text = |name: &str| who[name].as_str().unwrap_or_default();
    match text("type") {
        "IAMUser" => format!(
            "arn:aws:iam::{}:user/{}",
            text("accountId"),
            text("userName")
        ),
        _ => text("invokedBy").to_owned(),
    }
}

#[test]
fn every_event_is_a_use_or_a_failure() {
    let Some(folder) = corpus("review/cloudtrail") else {
        return;
    };
    let paths = files(&folder, &["json"]);
    assert_eq!(paths.len(), 55);
    let mut naive: BTreeMap<(String, String), (String, u64)> = BTreeMap::new();
    for path in &paths {
        let text = std::fs::read_to_string(path).unwrap();
        let document: Value = serde_json::from_str(&text).unwrap();
        for event in document["Records"].as_array().unwrap() {
            if !event["errorCode"].is_null() {
                continue;
            }
            let source = event["eventSource"].as_str().unwrap();
            let service = source.strip_suffix(".amazonaws.com").unwrap();
            let name = event["eventName"].as_str().unwrap();
            let group = naive
                .entry((principal(event), format!("{service}:{name}")))
                .or_default();
            let time = event["eventTime"].as_str().unwrap();
            group.0 = group.0.clone().max(time.to_owned());
            group.1 += 1;
        }
    }
    let scratch = || Err(io::Error::other("memory is enough"));
    let inputs = paths.iter().map(|path| {
        let name = path.display().to_string();
        Input::file(name, File::open(path).unwrap())
    });
    let options = Options {
        format: &Format::CloudTrail,
        until: u32::MAX,
        threads: 2,
        memory: 1 << 30,
        scratch: &scratch,
    };
    let counted = fold(inputs.collect(), options).unwrap();
    let total = |count: fn(&countersign::review::usage::LogSheet) -> u64| -> u64 {
        counted.sources.iter().map(count).sum()
    };
    assert_eq!(total(|log| log.rows), 2_900);
    assert_eq!(total(|log| log.failed), 300);
    assert_eq!(total(|log| log.used), 2_600);
    assert_eq!(total(|log| log.rejected()), 0);
    assert!(counted.sources.iter().all(|log| log.is_complete()));
    let mut found = BTreeMap::new();
    let mut merge = Merge::new(counted.runs).unwrap();
    let mut row = Row::default();
    while merge.next(&mut row).unwrap() {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let last = countersign::kernel::time::Timestamp::from_unix(i64::from(row.last)).unwrap();
        let key = (text(&row.principal), text(&row.permission));
        found.insert(key, (last.to_string(), row.count()));
    }
    assert_eq!(found, naive);
    assert!(found.len() > 100, "{}", found.len());
}
