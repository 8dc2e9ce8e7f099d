//! Reads the one sheet of a spreadsheet.

use super::xml::{self, Piece, Reader, attribute};
use super::zip::Archive;
use super::{Cell, MAX_CELLS, Sheet, XlsxError, cell_name, cell_place};

/// Reads the one sheet.
///
/// # Errors
/// [`XlsxError`].
pub fn read(bytes: &[u8]) -> Result<Sheet, XlsxError> {
    let mut archive = Archive::open(bytes)?;
    let root = archive.file("_rels/.rels")?.ok_or(XlsxError::Foreign)?;
    let book = target(&root, "", |kind, _| kind.ends_with("/officeDocument"))?;
    let book = book.ok_or(XlsxError::Foreign)?;
    let text = archive.file(&book)?.ok_or(XlsxError::Foreign)?;
    let (folder, file) = book.rsplit_once('/').unwrap_or(("", &book));
    let relations = match folder {
        "" => format!("_rels/{file}.rels"),
        _ => format!("{folder}/_rels/{file}.rels"),
    };
    let relations = archive.file(&relations)?.ok_or(XlsxError::Foreign)?;
    let (name, id) = only_sheet(&text)?;
    let path = target(&relations, folder, |_, found| found == id)?;
    let strings = target(&relations, folder, |kind, _| {
        kind.ends_with("/sharedStrings")
    })?;
    let missing = || XlsxError::Damaged("its sheet is missing".to_owned());
    let strings = match strings {
        Some(path) => shared(&archive.file(&path)?.unwrap_or_default())?,
        None => Vec::new(),
    };
    let content = archive
        .file(&path.ok_or_else(missing)?)?
        .ok_or_else(missing)?;
    let rows = rows(&content, &strings)?;
    Ok(Sheet { name, rows })
}

/// The file that a relation of the wanted type or id points to.
fn target(
    relations: &str,
    folder: &str,
    wanted: impl Fn(&str, &str) -> bool,
) -> Result<Option<String>, XlsxError> {
    let mut reader = Reader::new(relations);
    while let Some(piece) = reader.next()? {
        let Piece::Start("Relationship", attributes) = piece else {
            continue;
        };
        let text = |name| attribute(attributes, name).map(Option::unwrap_or_default);
        if !wanted(&text("Type")?, &text("Id")?) {
            continue;
        }
        let path = text("Target")?;
        return Ok(Some(match path.strip_prefix('/') {
            Some(from_root) => from_root.to_owned(),
            None if folder.is_empty() => path,
            None => format!("{folder}/{path}"),
        }));
    }
    Ok(None)
}

/// The name of the sheet and the id of its relation.
fn only_sheet(book: &str) -> Result<(String, String), XlsxError> {
    let mut reader = Reader::new(book);
    let mut sheets = Vec::new();
    while let Some(piece) = reader.next()? {
        if let Piece::Start("sheet", attributes) = piece {
            let text = |name| attribute(attributes, name).map(Option::unwrap_or_default);
            sheets.push((text("name")?, text("id")?));
        }
    }
    match (sheets.len(), sheets.pop()) {
        (1, Some(sheet)) => Ok(sheet),
        (count, _) => Err(XlsxError::Sheets(count)),
    }
}

/// The texts that cells name by their number.
fn shared(xml: &str) -> Result<Vec<String>, XlsxError> {
    let mut reader = Reader::new(xml);
    let mut strings = Vec::new();
    while let Some(piece) = reader.next()? {
        if matches!(piece, Piece::Start("si", _)) {
            strings.push(rich_text(&mut reader, "si")?);
        }
    }
    Ok(strings)
}

/// The text up to the end of `element`, whose parts may be formatted apart; how it is pronounced is no part of it.
fn rich_text(reader: &mut Reader<'_>, element: &str) -> Result<String, XlsxError> {
    let mut text = String::new();
    let (mut inside, mut spoken) = (false, false);
    while let Some(piece) = reader.next()? {
        match piece {
            Piece::End(name) if name == element => break,
            Piece::Start("rPh", _) => spoken = true,
            Piece::End("rPh") => spoken = false,
            Piece::Start("t", _) => inside = true,
            Piece::End("t") => inside = false,
            Piece::Text(part) if inside && !spoken => text.push_str(&part),
            _ => {}
        }
    }
    Ok(xml::unguard(&text))
}

fn rows(xml: &str, strings: &[String]) -> Result<Vec<Vec<Cell>>, XlsxError> {
    let mut reader = Reader::new(xml);
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    let mut cells = 0;
    let mut at = (0, 0);
    while let Some(piece) = reader.next()? {
        match piece {
            Piece::Start("row", attributes) => {
                let told =
                    attribute(attributes, "r")?.and_then(|row| cell_place(&format!("A{row}")));
                at = (told.map_or(rows.len(), |(row, _)| row), 0);
            }
            Piece::Start("c", attributes) => {
                let name = attribute(attributes, "r")?;
                let place = match &name {
                    None => Some(at),
                    Some(name) => cell_place(name),
                };
                let place = place.ok_or_else(|| {
                    XlsxError::Damaged("a cell stands outside of the sheet".to_owned())
                })?;
                let kind = attribute(attributes, "t")?.unwrap_or_default();
                let cell = cell(&mut reader, &kind, strings, place)?;
                at = (place.0, place.1 + 1);
                if cell != Cell::Empty {
                    put(&mut rows, place, cell, &mut cells)?;
                }
            }
            Piece::End("sheetData") => break,
            _ => {}
        }
    }
    Ok(rows)
}

/// Puts a cell into its place, with empty ones before it.
fn put(
    rows: &mut Vec<Vec<Cell>>,
    (row, column): (usize, usize),
    cell: Cell,
    cells: &mut usize,
) -> Result<(), XlsxError> {
    if rows.len() <= row {
        *cells += row + 1 - rows.len();
        rows.resize_with(row + 1, Vec::new);
    }
    let Some(places) = rows.get_mut(row) else {
        return Ok(());
    };
    if places.len() <= column {
        *cells += column + 1 - places.len();
        if *cells > MAX_CELLS {
            return Err(XlsxError::Damaged("it holds too many cells".to_owned()));
        }
        places.resize(column + 1, Cell::Empty);
    }
    if let Some(place) = places.get_mut(column) {
        if *place != Cell::Empty {
            let why = format!("cell {} is there twice", cell_name(row, column));
            return Err(XlsxError::Damaged(why));
        }
        *place = cell;
    }
    Ok(())
}

/// Reads a cell to its end.
fn cell(
    reader: &mut Reader<'_>,
    kind: &str,
    strings: &[String],
    place: (usize, usize),
) -> Result<Cell, XlsxError> {
    let name = || cell_name(place.0, place.1);
    let wrong = || XlsxError::Damaged(format!("the value of cell {} cannot be read", name()));
    let mut value: Option<String> = None;
    let mut inside = false;
    while let Some(piece) = reader.next()? {
        match piece {
            Piece::End("c") => break,
            Piece::Start("f", _) => return Err(XlsxError::Formula(name())),
            Piece::Start("is", _) => value = Some(rich_text(reader, "is")?),
            Piece::Start("v", _) => inside = true,
            Piece::End("v") => inside = false,
            Piece::Text(text) if inside => value.get_or_insert_default().push_str(&text),
            _ => {}
        }
    }
    let Some(value) = value else {
        return Ok(Cell::Empty);
    };
    let text = |text: String| match text.is_empty() {
        true => Cell::Empty,
        false => Cell::Text(text),
    };
    match kind {
        "s" => {
            let index: usize = value.trim().parse().map_err(|_| wrong())?;
            strings.get(index).cloned().map(text).ok_or_else(wrong)
        }
        "inlineStr" => Ok(text(value)),
        "str" => Ok(text(xml::unguard(&value))),
        "d" => Ok(text(value)),
        "b" => match value.trim() {
            "1" | "true" => Ok(Cell::Bool(true)),
            "0" | "false" => Ok(Cell::Bool(false)),
            _ => Err(wrong()),
        },
        "" | "n" => match value.trim().parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Cell::Number(number)),
            _ => Err(wrong()),
        },
        "e" => Err(XlsxError::Formula(name())),
        _ => Err(wrong()),
    }
}
