//! Any bytes as a log of each kind, counted by one thread and by three: the same groups, and every row is accounted for. The
//! first byte says which kind.

#![no_main]

use std::fs::File;
use std::io;

use countersign::review::usage::{Format, Input, Mapping, Merge, Options, Row, Run as _, fold};
use libfuzzer_sys::fuzz_target;

type Groups = Vec<(Vec<u8>, Vec<u8>, u32, u64)>;

fn count(format: &Format, log: &[u8], threads: usize) -> Option<(Groups, u64)> {
    // There is room enough, and Parquet that passes by has none here.
    let scratch = || -> io::Result<File> { Err(io::ErrorKind::Unsupported.into()) };
    let options = Options {
        format,
        until: 1_800_000_000,
        threads,
        memory: 1 << 30,
        scratch: &scratch,
    };
    let counted = fold(vec![Input::stream("fuzz", io::Cursor::new(log.to_vec()))], options).ok()?;
    let sheet = counted.sources.first()?;
    let rejected: u64 = sheet.rejected.values().sum();
    assert_eq!(sheet.rows, sheet.used + sheet.failed + sheet.unfinished + rejected);
    let rows = sheet.rows;
    let mut groups = Groups::new();
    let mut merge = Merge::new(counted.runs).ok()?;
    let mut row = Row::default();
    while merge.next(&mut row).ok()? {
        groups.push((row.principal.clone(), row.permission.clone(), row.last, row.count()));
    }
    Some((groups, rows))
}

fuzz_target!(|bytes: &[u8]| {
    let Some((first, log)) = bytes.split_first() else {
        return;
    };
    let path = |text: &str| text.parse().expect("a path");
    let formats = [
        Format::CloudTrail,
        Format::Okta,
        Format::Entra,
        Format::Kubernetes,
        Format::Generic(Mapping {
            principal: path("user"),
            permission: path("action"),
            time: path("ts"),
            id: Some(path("id")),
            outcome: Some((path("result"), vec!["ok".to_owned()])),
            unit: None,
        }),
    ];
    let format = &formats[usize::from(*first) % formats.len()];
    assert_eq!(count(format, log, 1), count(format, log, 3));
});
