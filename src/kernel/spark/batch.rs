//! A piece of a result: columns in Arrow, of which texts and integers are read.

use std::io::Cursor;

use arrow_array::{Array as _, Int64Array, RecordBatch, StringArray};
use arrow_ipc::reader::StreamReader;
use spark_connect_proto::execute_plan_response::ArrowBatch;

use super::{SparkError, Take};

/// Some rows of a result.
#[derive(Debug)]
pub struct Batch(RecordBatch);

impl Batch {
    /// How many rows.
    pub fn rows(&self) -> usize {
        self.0.num_rows()
    }

    /// The names of the columns.
    pub fn names(&self) -> Vec<String> {
        let schema = self.0.schema();
        let fields = schema.fields().iter();
        fields.map(|field| field.name().clone()).collect()
    }

    /// A text; None where it is null, or no text.
    pub fn text(&self, column: usize, row: usize) -> Option<&str> {
        let array = self.0.columns().get(column)?;
        let texts = array.as_any().downcast_ref::<StringArray>()?;
        (row < texts.len() && texts.is_valid(row)).then(|| texts.value(row))
    }

    /// An integer; None where it is null, or no integer of 64 bits.
    pub fn integer(&self, column: usize, row: usize) -> Option<i64> {
        let array = self.0.columns().get(column)?;
        let numbers = array.as_any().downcast_ref::<Int64Array>()?;
        (row < numbers.len() && numbers.is_valid(row)).then(|| numbers.value(row))
    }
}

/// Reads a piece. Rows are counted: a piece that follows none, or comes twice, is no part of a result.
pub(super) fn read(piece: &ArrowBatch, taken: &mut i64, take: Take<'_>) -> Result<(), SparkError> {
    let wrong = |why: String| SparkError::Answer(why);
    if piece.num_chunks_in_batch.is_some_and(|chunks| chunks > 1) {
        return Err(wrong(
            "a piece of it is cut in chunks, which was not asked for".to_owned(),
        ));
    }
    if let Some(offset) = piece.start_offset.filter(|offset| offset != taken) {
        return Err(wrong(format!(
            "a piece of it begins at row {offset}, and {taken} rows came before"
        )));
    }
    if piece.data.is_empty() {
        return Ok(());
    }
    let arrow = |error: &dyn std::error::Error| wrong(format!("it is no Arrow: {error}"));
    let before = *taken;
    let reader =
        StreamReader::try_new(Cursor::new(&piece.data[..]), None).map_err(|error| arrow(&error))?;
    for batch in reader {
        let batch = Batch(batch.map_err(|error| arrow(&error))?);
        *taken += i64::try_from(batch.rows()).unwrap_or(i64::MAX);
        take(&batch).map_err(wrong)?;
    }
    match *taken - before == piece.row_count {
        true => Ok(()),
        false => Err(wrong(format!(
            "a piece of it holds {} rows, and says {}",
            *taken - before,
            piece.row_count
        ))),
    }
}
