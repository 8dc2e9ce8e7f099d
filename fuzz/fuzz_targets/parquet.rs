//! Any bytes as a Parquet file, every column of it read to its end: no panic, and no more values than rows.

#![no_main]

use std::sync::Arc;

use countersign::kernel::parquet::{Error, Parquet};
use libfuzzer_sys::fuzz_target;

/// The most rows that are worth the time.
const ROWS: u64 = 100_000;

fn read(bytes: &[u8]) -> Result<(), Error> {
    let mut file = Parquet::open(Arc::new(bytes.to_vec()))?;
    let all = file.columns().iter().enumerate();
    let wanted = all.filter(|(_, column)| !column.is_repeated()).map(|(index, _)| index);
    file.want(wanted.take(64).collect())?;
    for (group, rows) in file.groups().collect::<Vec<_>>().into_iter().enumerate() {
        if rows > ROWS {
            continue;
        }
        for mut cursor in file.group(group)? {
            let mut places = Vec::new();
            let mut read = 0;
            loop {
                let left = cursor.ready()?.min(4_096);
                if left == 0 {
                    break;
                }
                cursor.read(left, &mut places)?;
                assert_eq!(places.len(), left);
                read += left as u64;
                for place in &places {
                    if let Some(value) = cursor.values().get(*place) {
                        let _text = cursor.column().kind.text(value);
                    }
                }
            }
            assert!(read <= rows);
        }
    }
    Ok(())
}

fuzz_target!(|bytes: &[u8]| {
    let _told = read(bytes);
});
