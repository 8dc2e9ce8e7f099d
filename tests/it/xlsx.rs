//! Spreadsheets against openpyxl, both ways. `COUNTERSIGN_PYTHON` names an interpreter that has it.

use std::path::Path;
use std::process::Command;

use countersign::kernel::xlsx::{Cell, Sheet, read, write};

/// Reads a sheet, checks each cell and its type, and writes the same values anew.
const SCRIPT: &str = r#"
import sys, openpyxl
book = openpyxl.load_workbook(sys.argv[1])
sheet = book.active
assert sheet.title == "review", sheet.title
rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
assert rows == [["id", "note", "n", "ok"], ["007", "=1+1", 2.5, True], ["1E5", "a\nb <&> \u00e9\U0001f600", -3, False]], rows
assert all(cell.data_type in "snb" for row in sheet.iter_rows() for cell in row)
assert sheet["B2"].quotePrefix and sheet["A2"].number_format == "@"
assert sheet.freeze_panes == "A2"
book.save(sys.argv[2])
new = openpyxl.Workbook()
new.active.append(["plain", 1, 2.25, True, None, " padded "])
new.save(sys.argv[3])
"#;

#[expect(
    clippy::disallowed_methods,
    reason = "only the environment knows where the peer is"
)]
fn python() -> Option<std::ffi::OsString> {
    std::env::var_os("COUNTERSIGN_PYTHON")
}

#[test]
fn openpyxl_reads_what_we_write_and_we_read_what_it_writes() {
    let Some(python) = python() else {
        println!("skipped: COUNTERSIGN_PYTHON names no interpreter with openpyxl");
        return;
    };
    let text = |text: &str| Cell::Text(text.to_owned());
    let sheet = Sheet {
        name: "review".to_owned(),
        rows: vec![
            vec![text("id"), text("note"), text("n"), text("ok")],
            vec![
                text("007"),
                text("=1+1"),
                Cell::Number(2.5),
                Cell::Bool(true),
            ],
            vec![
                text("1E5"),
                text("a\nb <&> é😀"),
                Cell::Number(-3.0),
                Cell::Bool(false),
            ],
        ],
    };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let [ours, theirs, new] =
        ["ours.xlsx", "theirs.xlsx", "new.xlsx"].map(|name| folder.join(name));
    std::fs::write(&ours, write(&sheet).unwrap()).unwrap();
    let status = Command::new(python)
        .arg("-c")
        .arg(SCRIPT)
        .args([&ours, &theirs, &new])
        .status();
    assert!(status.unwrap().success());
    // A formula's look is not kept by openpyxl: what begins with `=` it writes as one, and that is refused.
    let back = read(&std::fs::read(theirs).unwrap());
    match back {
        Ok(back) => assert_eq!(back, sheet),
        Err(error) => assert!(
            error.to_string().contains("cell B2 holds a formula"),
            "{error}"
        ),
    }
    let row = [
        text("plain"),
        Cell::Number(1.0),
        Cell::Number(2.25),
        Cell::Bool(true),
        Cell::Empty,
        text(" padded "),
    ];
    assert_eq!(read(&std::fs::read(new).unwrap()).unwrap().rows, [row]);
}
