//! The rows in small: each column a list of its values in their order, and a number for each row; deflated.
//!
//! Since a column's values stand in their order, sorting and filtering compare numbers.

use std::collections::HashMap;

use base64::Engine as _;
use serde_json::{Value, json};

use super::super::row::place;
use super::super::{COLUMNS, Results};
use crate::kernel::report::sanitize::line;

/// How hard to pack: more takes longer and gains little.
const LEVEL: u8 = 4;

#[derive(Default)]
struct Values {
    known: HashMap<String, u32>,
    rows: Vec<u32>,
}

/// The data element's text: zlib (RFC 1950) in base64. Letters that would reorder a line or hide are written out.
pub(super) fn packed(results: &Results) -> String {
    let mut all: [Values; COLUMNS.len()] = std::array::from_fn(|_| Values::default());
    for row in results.rows() {
        for (values, cell) in all.iter_mut().zip(row.cells()) {
            values.push(&line(&cell));
        }
    }
    let columns = all.into_iter().zip(COLUMNS).enumerate();
    let columns = columns.map(|(index, (values, column))| {
        let (values, rows) = values.ordered(index);
        json!({
            "name": column.name,
            "heading": column.heading,
            "shown": column.width > 0,
            "values": values,
            "rows": if values.len() > 1 { rows.into() } else { Value::Null },
        })
    });
    let data = json!({
        "rows": results.summary.items(),
        "file": "review.csv",
        "columns": columns.collect::<Vec<_>>(),
    });
    let packed = miniz_oxide::deflate::compress_to_vec_zlib(data.to_string().as_bytes(), LEVEL);
    base64::engine::general_purpose::STANDARD.encode(packed)
}

impl Values {
    fn push(&mut self, value: &str) {
        let number = match self.known.get(value) {
            Some(number) => *number,
            None => {
                let number = u32::try_from(self.known.len()).unwrap_or(u32::MAX);
                self.known.insert(value.to_owned(), number);
                number
            }
        };
        self.rows.push(number);
    }

    /// The values in their order, and each row's place among them.
    fn ordered(self, column: usize) -> (Vec<String>, Vec<u32>) {
        let mut values: Vec<(String, u32)> = self.known.into_iter().collect();
        values.sort_by_cached_key(|(value, _)| place(column, value));
        let mut places = vec![0_u32; values.len()];
        for ((_, number), place) in values.iter().zip(0..) {
            if let Some(slot) = places.get_mut(*number as usize) {
                *slot = place;
            }
        }
        let place = |number: &u32| places.get(*number as usize).copied().unwrap_or_default();
        let rows = self.rows.iter().map(place).collect();
        (values.into_iter().map(|(value, _)| value).collect(), rows)
    }
}
