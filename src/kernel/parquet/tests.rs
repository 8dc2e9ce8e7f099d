//! A file that pyarrow wrote, whole, cut and changed at every byte; and lies that no writer tells.

use std::borrow::Cow;

use super::*;

/// Four rows, as pyarrow writes them: dictionaries, Snappy.
const LOG: &[u8] = include_bytes!("../../../fixtures/acme/logs/payroll.parquet");

/// All values of all columns, row by row, as texts.
fn read(bytes: &[u8]) -> Result<Vec<Vec<Option<String>>>, Error> {
    let mut file = Parquet::open(Arc::new(bytes.to_vec()))?;
    file.want((0..file.columns().len()).collect())?;
    let mut rows = Vec::new();
    for group in 0..file.groups().len() {
        let mut cursors = file.group(group)?;
        loop {
            let mut count = 3;
            for cursor in &mut cursors {
                count = count.min(cursor.ready()?);
            }
            let mut columns = Vec::new();
            for cursor in &mut cursors {
                let mut places = Vec::new();
                cursor.read(count, &mut places)?;
                let text = |place| {
                    let value = cursor.values().get(place)?;
                    cursor.column().kind.text(value).map(Cow::into_owned)
                };
                columns.push(places.into_iter().map(text).collect::<Vec<_>>());
            }
            if count == 0 || columns.is_empty() {
                break;
            }
            rows.extend((0..count).map(|row| columns.iter().map(|c| c[row].clone()).collect()));
        }
    }
    Ok(rows)
}

#[test]
fn rows_are_those_that_were_written() {
    let rows = read(LOG).unwrap();
    let log = include_str!("../../../fixtures/acme/logs/payroll.ndjson");
    let lines = log.lines().map(|line| {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        ["ts", "user", "action", "result"].map(|name| row[name].as_str().map(str::to_owned))
    });
    assert_eq!(rows, lines.collect::<Vec<_>>());
}

#[test]
fn what_is_cut_is_an_error_at_every_byte() {
    for length in 0..LOG.len() {
        let error = read(&LOG[..length]).unwrap_err().to_string();
        assert!(error.contains("damaged"), "{length}: {error}");
    }
}

#[test]
fn what_is_changed_is_rows_or_an_error_at_every_byte() {
    let mut errors = 0;
    for at in 0..LOG.len() {
        for byte in [0, 0x7f, 0xff, LOG[at] ^ 1] {
            let mut changed = LOG.to_vec();
            changed[at] = byte;
            match read(&changed) {
                Ok(rows) => assert!(rows.len() <= 4),
                Err(_) => errors += 1,
            }
        }
    }
    assert!(errors > LOG.len(), "{errors}");
}

#[test]
fn lengths_that_are_only_claimed_are_not_believed() {
    let footer = |footer: &[u8]| {
        let length = u32::try_from(footer.len()).unwrap().to_le_bytes();
        [&MAGIC[..], footer, &length, &MAGIC].concat()
    };
    // A list of 2^62 elements of a schema, of row groups, and one inside another without end.
    let huge = [0xff; 8];
    for (bytes, told) in [
        (
            [&[0x29, 0xfc][..], &huge, &[0x3f]].concat(),
            "inside a header",
        ),
        (
            [&[0x49, 0xfc][..], &huge, &[0x3f]].concat(),
            "inside a header",
        ),
        (vec![0x1c; 4_000], "nested too deeply"),
        (vec![0x19; 4_000], "nested too deeply"),
        (vec![0], "no schema"),
    ] {
        let error = Parquet::open(Arc::new(footer(&bytes))).unwrap_err();
        assert!(error.to_string().contains(told), "{error}");
    }
    let mut far = footer(&[0]);
    let at = far.len() - 8;
    far[at..at + 4].copy_from_slice(&u32::MAX.to_le_bytes());
    assert!(
        Parquet::open(Arc::new(far))
            .unwrap_err()
            .to_string()
            .contains("too long")
    );
}

#[test]
fn runs_and_packed_numbers_are_read_as_the_format_shows_them() {
    // Parquet's own example: 0 to 7 in three bits each.
    // Behind them: five times 6.
    let bytes = [0x03, 0x88, 0xc6, 0xfa, 0x0a, 0x06];
    let mut out = Vec::new();
    let mut hybrid = hybrid::Hybrid::new(3, 0, bytes.len()).unwrap();
    hybrid.read(&bytes, 9, &mut out).unwrap();
    hybrid.read(&bytes, 4, &mut out).unwrap();
    assert_eq!(out, [0, 1, 2, 3, 4, 5, 6, 7, 6, 6, 6, 6, 6]);
    assert!(hybrid.read(&bytes, 1, &mut out).is_err());
}

#[test]
fn copies_that_reach_before_the_page_are_refused() {
    let unpack = |codec, packed: &[u8], size| {
        let mut out = b"levels".to_vec();
        codec::unpack(codec, packed, size, &mut out).map(|()| out)
    };
    // Snappy: the literal `ab`, then six bytes from two bytes before.
    let snappy = [8, 0x04, b'a', b'b', 0x09, 0x02];
    assert_eq!(unpack(1, &snappy, 8).unwrap(), b"levelsabababab");
    assert!(unpack(1, &[8, 0x04, b'a', b'b', 0x09, 0x03], 8).is_err());
    assert!(unpack(1, &[8, 0x04, b'a', b'b', 0x09, 0x00], 8).is_err());
    // LZ4: the same.
    let lz4 = [0x22, b'a', b'b', 2, 0, 0x00];
    assert_eq!(unpack(7, &lz4, 8).unwrap(), b"levelsabababab");
    assert!(unpack(7, &[0x22, b'a', b'b', 3, 0, 0x00], 8).is_err());
    for codec in [0, 1, 7] {
        assert!(unpack(codec, &snappy, 1 << 40).is_err());
    }
}
