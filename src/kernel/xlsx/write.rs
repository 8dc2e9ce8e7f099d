//! Writes a sheet: the fewest files that Excel, LibreOffice and openpyxl need.

use std::fmt::Write as _;

use super::{Cell, MAX_COLUMNS, MAX_ROWS, MAX_TEXT, Sheet, XlsxError, cell_name, xml, zip};

const ROOT: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
const RELATION: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const CONTENT: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml";

/// Style 0 is plain; style 1 is text that stays text (format 49, `@`), whatever it begins with; style 2 is bold text.
const STYLES: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/><xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" quotePrefix="1" applyNumberFormat="1"/><xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0" quotePrefix="1" applyNumberFormat="1" applyFont="1"/></cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>"#;

/// How a sheet is shown, beyond its cells.
#[derive(Debug, Clone, Copy, Default)]
pub struct Look {
    /// A column, from 0, whose cells below the first are chosen from a list of words without a comma.
    pub choices: Option<(usize, &'static [&'static str])>,
    /// Whether the first row offers to filter.
    pub filter: bool,
}

/// Writes a sheet. The first row is its head: bold, and it stays in sight.
///
/// # Errors
/// [`XlsxError::TooMuch`], [`XlsxError::NotFinite`]: nothing is cut or changed to make it fit.
pub fn write(sheet: &Sheet) -> Result<Vec<u8>, XlsxError> {
    write_book(&[(sheet, Look::default())])
}

/// Writes several sheets, whose names differ, as one workbook.
///
/// # Errors
/// As [`write`].
pub fn write_book(sheets: &[(&Sheet, Look)]) -> Result<Vec<u8>, XlsxError> {
    let mut types = format!(
        "{HEAD}<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\
         <Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
         <Default Extension=\"xml\" ContentType=\"application/xml\"/>\
         <Override PartName=\"/xl/workbook.xml\" ContentType=\"{CONTENT}.sheet.main+xml\"/>\
         <Override PartName=\"/xl/styles.xml\" ContentType=\"{CONTENT}.styles+xml\"/>"
    );
    let mut relations = format!(
        "{HEAD}<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
         <Relationship Id=\"rId0\" Type=\"{RELATION}/styles\" Target=\"styles.xml\"/>"
    );
    let mut book = format!(
        "{HEAD}<workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" xmlns:r=\"{RELATION}\"><sheets>"
    );
    let mut contents = Vec::with_capacity(sheets.len());
    for ((sheet, look), number) in sheets.iter().zip(1..) {
        let name = &sheet.name;
        let fits = !name.is_empty() && name.encode_utf16().count() <= 31;
        if !fits || name.contains(['[', ']', ':', '*', '?', '/', '\\']) {
            return Err(XlsxError::TooMuch("the sheet's name"));
        }
        let file = format!("worksheets/sheet{number}.xml");
        types.push_str(&format!(
            "<Override PartName=\"/xl/{file}\" ContentType=\"{CONTENT}.worksheet+xml\"/>"
        ));
        relations.push_str(&format!(
            "<Relationship Id=\"rId{number}\" Type=\"{RELATION}/worksheet\" Target=\"{file}\"/>"
        ));
        book.push_str("<sheet name=\"");
        xml::escape(name, &mut book);
        book.push_str(&format!("\" sheetId=\"{number}\" r:id=\"rId{number}\"/>"));
        contents.push((format!("xl/{file}"), content(sheet, *look)?));
    }
    types.push_str("</Types>");
    relations.push_str("</Relationships>");
    book.push_str("</sheets></workbook>");
    let mut files = vec![
        ("[Content_Types].xml", types.as_str()),
        ("_rels/.rels", ROOT),
        ("xl/workbook.xml", &book),
        ("xl/_rels/workbook.xml.rels", &relations),
        ("xl/styles.xml", STYLES),
    ];
    files.extend(
        contents
            .iter()
            .map(|(name, text)| (name.as_str(), text.as_str())),
    );
    zip::write(&files)
}

fn content(sheet: &Sheet, look: Look) -> Result<String, XlsxError> {
    if sheet.rows.len() > MAX_ROWS {
        return Err(XlsxError::TooMuch("the number of rows"));
    }
    let mut out = String::from(
        r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>"#,
    );
    widths(sheet, &mut out);
    out.push_str("<sheetData>");
    for (row, cells) in sheet.rows.iter().enumerate() {
        if cells.len() > MAX_COLUMNS {
            return Err(XlsxError::TooMuch("the number of columns"));
        }
        out.push_str(&format!("<row r=\"{}\">", row + 1));
        for (column, cell) in cells.iter().enumerate() {
            write_cell(cell, (row, column), &mut out)?;
        }
        out.push_str("</row>");
    }
    out.push_str("</sheetData>");
    let columns = sheet.rows.first().map_or(0, Vec::len);
    if look.filter && columns > 0 {
        let last = cell_name(sheet.rows.len() - 1, columns - 1);
        out.push_str(&format!("<autoFilter ref=\"A1:{last}\"/>"));
    }
    if let Some((column, words)) = look.choices {
        let (first, last) = (cell_name(1, column), cell_name(MAX_ROWS - 1, column));
        out.push_str(&format!(
            "<dataValidations count=\"1\"><dataValidation type=\"list\" allowBlank=\"1\" showErrorMessage=\"1\" \
             sqref=\"{first}:{last}\"><formula1>\"{}\"</formula1></dataValidation></dataValidations>",
            words.join(",")
        ));
    }
    out.push_str("</worksheet>");
    Ok(out)
}

/// Columns as wide as their first rows need, within reason.
fn widths(sheet: &Sheet, out: &mut String) {
    let mut widths: Vec<usize> = Vec::new();
    for row in sheet.rows.iter().take(100) {
        widths.resize(widths.len().max(row.len()), 8);
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.text().chars().count().min(60).max(*width);
        }
    }
    if widths.is_empty() {
        return;
    }
    out.push_str("<cols>");
    for (index, width) in widths.iter().enumerate() {
        let (number, width) = (index + 1, width + 2);
        out.push_str(&format!(
            "<col min=\"{number}\" max=\"{number}\" width=\"{width}\" customWidth=\"1\"/>"
        ));
    }
    out.push_str("</cols>");
}

fn write_cell(
    cell: &Cell,
    (row, column): (usize, usize),
    out: &mut String,
) -> Result<(), XlsxError> {
    let name = cell_name(row, column);
    match cell {
        Cell::Empty => {}
        Cell::Bool(value) => {
            out.push_str(&format!(
                "<c r=\"{name}\" t=\"b\"><v>{}</v></c>",
                u8::from(*value)
            ));
        }
        Cell::Number(number) if number.is_finite() => {
            out.push_str(&format!("<c r=\"{name}\"><v>{number}</v></c>"));
        }
        Cell::Number(_) => return Err(XlsxError::NotFinite(name)),
        Cell::Text(text) => {
            if text.encode_utf16().count() > MAX_TEXT {
                return Err(XlsxError::TooMuch("the text of a cell"));
            }
            let style = if row == 0 { 2 } else { 1 };
            let _ = write!(
                out,
                "<c r=\"{name}\" s=\"{style}\" t=\"inlineStr\"><is><t xml:space=\"preserve\">"
            );
            xml::escape(&xml::guard(text), out);
            out.push_str("</t></is></c>");
        }
    }
    Ok(())
}
