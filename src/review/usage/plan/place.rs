//! Where a log lies that an engine reads: a table, or files that Spark reaches.

use std::fmt;
use std::str::FromStr;

/// Where a log lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A table, with the names before it.
    Table(Vec<String>),
    /// Files of JSON, at a path that Spark understands: a value a line, or CloudTrail's documents.
    Json(String),
    /// Files of Parquet, likewise.
    Parquet(String),
}

/// A text that names no place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlaceError {
    /// No table.
    #[error("`{0}` is no table, such as `audit.events`")]
    Table(String),
    /// A path whose files could be anything.
    #[error("whether `{0}` holds JSON or Parquet is not said; write `json:{0}` or `parquet:{0}`")]
    Kind(String),
}

impl FromStr for Place {
    type Err = PlaceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        for (prefix, place) in [
            ("json:", Self::Json as fn(String) -> Self),
            ("parquet:", Self::Parquet),
        ] {
            if let Some(path) = text.strip_prefix(prefix).filter(|path| !path.is_empty()) {
                return Ok(place(path.to_owned()));
            }
        }
        if text.contains("://") || text.starts_with('/') {
            return of_path(text);
        }
        let names: Vec<String> = text.split('.').map(str::to_owned).collect();
        match names.iter().any(String::is_empty) {
            true => Err(PlaceError::Table(text.to_owned())),
            false => Ok(Self::Table(names)),
        }
    }
}

/// Files whose names end as such files' do.
fn of_path(path: &str) -> Result<Place, PlaceError> {
    let packed = [".gz", ".zst", ".bz2", ".lz4"];
    let bare = packed.iter().find_map(|end| path.strip_suffix(end));
    let is = |ends: &[&str]| {
        let name = bare.unwrap_or(path).trim_end_matches('/');
        ends.iter().any(|end| name.ends_with(end))
    };
    if is(&[".parquet"]) {
        return Ok(Place::Parquet(path.to_owned()));
    }
    match is(&[".json", ".ndjson", ".jsonl"]) {
        true => Ok(Place::Json(path.to_owned())),
        false => Err(PlaceError::Kind(path.to_owned())),
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Table(names) => f.write_str(&names.join(".")),
            Self::Json(path) => write!(f, "json:{path}"),
            Self::Parquet(path) => write!(f, "parquet:{path}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_table_or_files_of_a_known_kind() {
        let read = |text: &str| text.parse::<Place>().map(|place| place.to_string());
        for (text, place) in [
            ("audit.events", "audit.events"),
            ("events", "events"),
            (
                "s3a://logs/2026/a.ndjson.gz",
                "json:s3a://logs/2026/a.ndjson.gz",
            ),
            ("s3a://logs/2026/*.json", "json:s3a://logs/2026/*.json"),
            ("/srv/logs/day.parquet/", "parquet:/srv/logs/day.parquet/"),
            ("json:s3a://logs/", "json:s3a://logs/"),
            ("parquet:hdfs://name/logs", "parquet:hdfs://name/logs"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(place));
        }
        for wrong in ["", "a..b", "s3a://logs/", "/srv/logs/today.csv", "."] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
