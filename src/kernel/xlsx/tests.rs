//! Sheets there and back, and what someone who means harm may send.

use proptest::prelude::*;

use super::*;

fn sheet(rows: Vec<Vec<Cell>>) -> Sheet {
    Sheet {
        name: "review & \"co\"".to_owned(),
        rows,
    }
}

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

/// An archive with another content in one file, or without the file.
fn with(name: &str, content: Option<&str>) -> Vec<u8> {
    let whole = write(&sheet(vec![vec![text("a")]])).unwrap();
    let mut archive = zip::Archive::open(&whole).unwrap();
    let names = [
        "[Content_Types].xml",
        "_rels/.rels",
        "xl/workbook.xml",
        "xl/_rels/workbook.xml.rels",
        "xl/styles.xml",
        "xl/worksheets/sheet1.xml",
    ];
    let mut files = Vec::new();
    for known in names {
        let old = archive.file(known).unwrap().unwrap();
        match content {
            _ if known != name => files.push((known, old)),
            Some(content) => files.push((known, content.to_owned())),
            None => {}
        }
    }
    let files: Vec<(&str, &str)> = files.iter().map(|(a, b)| (*a, b.as_str())).collect();
    zip::write(&files).unwrap()
}

fn cells(xml: &str) -> Result<Vec<Vec<Cell>>, XlsxError> {
    let content = format!("<worksheet><sheetData>{xml}</sheetData></worksheet>");
    read(&with("xl/worksheets/sheet1.xml", Some(&content))).map(|sheet| sheet.rows)
}

fn any_cell() -> impl Strategy<Value = Cell> {
    prop_oneof![
        Just(Cell::Empty),
        ".{1,9}".prop_map(Cell::Text),
        "[_x0-9A-F\t\n\r\u{1}\u{ffff}]{1,9}".prop_map(Cell::Text),
        (-1e15_f64..1e15).prop_map(Cell::Number),
        any::<bool>().prop_map(Cell::Bool),
    ]
}

/// The underscore that begins the spelling of one letter ends that of the letters before it.
#[test]
fn letters_that_are_spelt_do_not_end_a_spelling() {
    for text in [
        "_x0000\u{ffff}",
        "_x0041\u{1}_x",
        "__x00AF\u{1}",
        "_x0000_",
        "_x0000",
    ] {
        let whole = sheet(vec![vec![Cell::Text(text.to_owned())]]);
        assert_eq!(read(&write(&whole).unwrap()), Ok(whole), "{text:?}");
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_back_and_the_bytes_are_the_same(
        mut rows in prop::collection::vec(prop::collection::vec(any_cell(), 0..6), 0..6),
    ) {
        let whole = sheet(rows.clone());
        let bytes = write(&whole).unwrap();
        prop_assert_eq!(&bytes, &write(&whole).unwrap());
        for row in &mut rows {
            while row.last() == Some(&Cell::Empty) {
                row.pop();
            }
        }
        while rows.last().is_some_and(Vec::is_empty) {
            rows.pop();
        }
        prop_assert_eq!(read(&bytes), Ok(sheet(rows)));
    }

    #[test]
    fn damage_anywhere_is_an_error_and_no_panic(at: prop::sample::Index, bit in 0_u8..8) {
        let whole = sheet(vec![vec![text("a"), Cell::Number(1.0)], vec![text("=b")]]);
        let mut bytes = write(&whole).unwrap();
        let at = at.index(bytes.len());
        let cut = read(&bytes[..at]);
        prop_assert!(cut.is_err());
        bytes[at] ^= 1 << bit;
        // A flag, a date or a version may be changed without harm; the content may not.
        if let Ok(found) = read(&bytes) {
            prop_assert_eq!(found, whole);
        }
    }
}

#[test]
fn names_of_cells_and_their_places() {
    for (place, name) in [
        ((0, 0), "A1"),
        ((9, 25), "Z10"),
        ((0, 26), "AA1"),
        ((1_048_575, 16_383), "XFD1048576"),
    ] {
        assert_eq!(cell_name(place.0, place.1), name);
        assert_eq!(cell_place(name), Some(place));
    }
    for wrong in ["", "1", "A", "A0", "XFE1", "A1048577", "a1", "AAAA1", "A-1"] {
        assert_eq!(cell_place(wrong), None, "{wrong}");
    }
}

#[test]
fn other_programs_spellings_are_understood() {
    let rows = cells(
        "<row r='2'><x:c r='B2' t=\"str\"><x:v>a &lt; b</x:v></x:c><c r='C2' t='inlineStr'><is><r><rPr/><t>ri</t></r>\
         <r><t>ch</t></r><rPh><t>spoken</t></rPh></is></c></row><row><c><v>1E2</v></c><c t='b'><v>1</v></c><c s='3'/></row>",
    )
    .unwrap();
    assert_eq!(rows[0], []);
    assert_eq!(rows[1], [Cell::Empty, text("a < b"), text("rich")]);
    assert_eq!(rows[2], [Cell::Number(100.0), Cell::Bool(true)]);
}

#[test]
fn formulas_and_failures_are_refused_by_cell() {
    let formula = |name: &str| Err(XlsxError::Formula(name.to_owned()));
    assert_eq!(
        cells("<row r='1'><c r='B1'><f>1+1</f><v>2</v></c></row>"),
        formula("B1")
    );
    assert_eq!(
        cells("<row r='7'><c r='A7' t='e'><v>#REF!</v></c></row>"),
        formula("A7")
    );
}

#[test]
fn hostile_files_are_refused() {
    for xml in [
        "<row r='1'><c r='A1' t='s'><v>0</v></c></row>",
        "<row r='1'><c r='ZZZZ1'><v>0</v></c></row>",
        "<row r='1'><c r='A1'><v>NaN</v></c></row>",
        "<row r='1'><c r='A1'><v>1</v></c><c r='A1'><v>2</v></c></row>",
        "<row r='1'><c r='A1'><v>&bomb;</v></c></row>",
        "<!DOCTYPE x><row/>",
        "<row r='1'><c r='A1",
    ] {
        assert!(
            matches!(cells(xml), Err(XlsxError::Damaged(_))),
            "{xml}: {:?}",
            cells(xml)
        );
    }
    let far: String = (1..2_000)
        .map(|row| format!("<c r='XFD{row}'><v>1</v></c>"))
        .collect();
    assert_eq!(
        cells(&far),
        Err(XlsxError::Damaged("it holds too many cells".to_owned()))
    );
    let two = "<workbook><sheets><sheet name='a' r:id='rId1'/><sheet name='b' r:id='rId2'/></sheets></workbook>";
    assert_eq!(
        read(&with("xl/workbook.xml", Some(two))),
        Err(XlsxError::Sheets(2))
    );
    assert_eq!(read(&with("_rels/.rels", None)), Err(XlsxError::Foreign));
    assert_eq!(read(b"\xd0\xcf\x11\xe0rest"), Err(XlsxError::Old));
    assert_eq!(read(b"a,b\n1,2\n"), Err(XlsxError::Foreign));
    assert!(matches!(read(b"PK\x03\x04"), Err(XlsxError::Damaged(_))));
}

#[test]
fn a_size_that_lies_makes_no_room() {
    let mut bytes = write(&sheet(vec![vec![text("a")]])).unwrap();
    // The unpacked size of the first entry of the directory.
    let at = memchr::memmem::find(&bytes, b"PK\x01\x02").unwrap() + 24;
    bytes[at..at + 4].copy_from_slice(&(500_u32 << 20).to_le_bytes());
    let mut archive = zip::Archive::open(&bytes).unwrap();
    assert!(archive.file("[Content_Types].xml").is_err());
}

#[test]
fn what_does_not_fit_is_refused_whole() {
    assert!(write(&sheet(vec![vec![text(&"x".repeat(MAX_TEXT + 1))]])).is_err());
    assert!(write(&sheet(vec![vec![Cell::Number(f64::NAN)]])).is_err());
    assert!(write(&sheet(vec![vec![Cell::Empty; MAX_COLUMNS + 1]])).is_err());
    let nameless = Sheet::default();
    assert!(write(&nameless).is_err());
}
