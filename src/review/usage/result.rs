//! What a warehouse answered, taken back: CSV with the columns of the plan.

use std::collections::BTreeMap;
use std::io;

use super::ledger::LogSheet;
use super::merge::{Row, Run};
use super::reject::MAX_NAME;

/// Why a result cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResultError {
    /// Not the header of a plan's result.
    #[error("the header must be `kind,principal,permission,used_at,n`, not `{0}`")]
    Header(String),
    /// A row that cannot be.
    #[error("line {line}: {why}")]
    Row {
        /// Its line.
        line: u64,
        /// What is wrong.
        why: String,
    },
    /// A row of totals is missing.
    #[error("the row `{0}` is missing; the result was cut or is of another query")]
    NoTotal(&'static str),
    /// The totals do not match the rows.
    #[error("{what}: the result holds {found}, and says {told}; it was cut or edited")]
    Mismatch {
        /// Of what.
        what: &'static str,
        /// How many there are.
        found: u64,
        /// How many there should be.
        told: u64,
    },
}

/// The groups of a result.
#[derive(Debug)]
pub struct Answer {
    /// The account of the query, without name, size and digests.
    pub sheet: LogSheet,
    /// The groups, in order.
    pub rows: std::vec::IntoIter<Row>,
}

impl Run for Answer {
    fn next(&mut self, row: &mut Row) -> io::Result<bool> {
        let next = self.rows.next();
        let found = next.is_some();
        if let Some(next) = next {
            *row = next;
        }
        Ok(found)
    }
}

const TOTALS: [&str; 7] = [
    "rows", "used", "failed", "rejected", "groups", "first", "last",
];

/// Reads a result and holds it against its own totals.
///
/// # Errors
/// [`ResultError`].
pub fn answer(bytes: &[u8]) -> Result<Answer, ResultError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(bytes);
    let mut totals: BTreeMap<&'static str, (u32, u64)> = BTreeMap::new();
    let mut groups = Vec::new();
    let mut started = false;
    for record in reader.records() {
        let record = record.map_err(|error| ResultError::Row {
            line: error.position().map_or(0, csv::Position::line),
            why: "it is no CSV in UTF-8".to_owned(),
        })?;
        let line = record.position().map_or(0, csv::Position::line);
        let wrong = |why: String| ResultError::Row { line, why };
        let cells: Vec<&str> = record.iter().collect();
        if !started {
            let lower: Vec<String> = cells
                .iter()
                .map(|cell| cell.trim().to_lowercase())
                .collect();
            if lower != ["kind", "principal", "permission", "used_at", "n"] {
                return Err(ResultError::Header(cells.join(",")));
            }
            started = true;
            continue;
        }
        let [kind, principal, permission, at, n] = cells.as_slice() else {
            return Err(wrong(format!("{} cells in place of 5", cells.len())));
        };
        let at: u32 = at
            .parse()
            .map_err(|_| wrong(format!("`{at}` is no time in seconds")))?;
        let n: u64 = n.parse().map_err(|_| wrong(format!("`{n}` is no count")))?;
        if *kind == "use" {
            if principal.is_empty() || permission.is_empty() || n == 0 {
                return Err(wrong(
                    "a use without principal, permission or count".to_owned(),
                ));
            }
            if principal.len() > MAX_NAME || permission.len() > MAX_NAME {
                return Err(wrong("a name is too long".to_owned()));
            }
            groups.push(Row {
                principal: principal.as_bytes().to_vec(),
                permission: permission.as_bytes().to_vec(),
                last: at,
                plain: n,
                events: Vec::new(),
            });
            continue;
        }
        let Some(total) = TOTALS.into_iter().find(|total| total == kind) else {
            return Err(wrong(format!("`{kind}` is no kind of row")));
        };
        if totals.insert(total, (at, n)).is_some() {
            return Err(wrong(format!("`{kind}` is there twice")));
        }
    }
    if !started {
        return Err(ResultError::Header(String::new()));
    }
    groups.sort_by(|a, b| (&a.principal, &a.permission).cmp(&(&b.principal, &b.permission)));
    let sheet = sheet(&groups, &totals)?;
    Ok(Answer {
        sheet,
        rows: groups.into_iter(),
    })
}

fn sheet(
    groups: &[Row],
    totals: &BTreeMap<&'static str, (u32, u64)>,
) -> Result<LogSheet, ResultError> {
    let total = |name: &'static str| totals.get(name).copied().ok_or(ResultError::NoTotal(name));
    let count = |name: &'static str| total(name).map(|(_, n)| n);
    let same = |what: &'static str, found: u64, told: u64| match found == told {
        true => Ok(()),
        false => Err(ResultError::Mismatch { what, found, told }),
    };
    let (rows, used) = (count("rows")?, count("used")?);
    let (failed, rejected) = (count("failed")?, count("rejected")?);
    let different = groups
        .windows(2)
        .filter(|pair| matches!(pair, [a, b] if (&a.principal, &a.permission) != (&b.principal, &b.permission)))
        .count() as u64
        + u64::from(!groups.is_empty());
    same(
        "pairs of principal and permission",
        different,
        count("groups")?,
    )?;
    same("rows of uses", groups.len() as u64, different)?;
    let parts = used
        .checked_add(failed)
        .and_then(|sum| sum.checked_add(rejected));
    same(
        "rows used, failed and rejected",
        parts.unwrap_or(u64::MAX),
        rows,
    )?;
    let uses = groups
        .iter()
        .fold(0_u64, |sum, row| sum.saturating_add(row.plain));
    if uses > used {
        return Err(ResultError::Mismatch {
            what: "uses",
            found: uses,
            told: used,
        });
    }
    let (first, last) = (total("first")?, total("last")?);
    let latest = groups.iter().map(|row| row.last).max();
    if let Some(latest) = latest.filter(|latest| *latest > last.0) {
        return Err(ResultError::Mismatch {
            what: "the last second",
            found: u64::from(latest),
            told: u64::from(last.0),
        });
    }
    let seen = rows > rejected;
    let mut sheet = LogSheet {
        rows,
        used,
        failed,
        credits: used,
        first: seen.then_some(first.0),
        last: seen.then_some(last.0),
        ..LogSheet::default()
    };
    if seen {
        // Which days are silent a total cannot say: those of the span are taken to have rows.
        sheet.days = vec![(first.0 / 86_400, last.0 / 86_400)];
    }
    if rejected > 0 {
        sheet.rejected.insert("by-the-query".to_owned(), rejected);
    }
    Ok(sheet)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = "kind,principal,permission,used_at,n\nuse,ann,read,9,2\nuse,\"bo,b\",read,5,1\nrows,,,0,6\nused,,,0,3\nfailed,,,0,2\n\
                         rejected,,,0,1\nfirst,,,1,5\nlast,,,9,5\ngroups,,,0,2\n";

    #[test]
    fn a_whole_result_is_taken_and_one_that_was_cut_is_not() {
        let answer = answer(WHOLE.as_bytes()).unwrap();
        assert_eq!(
            (
                answer.sheet.rows,
                answer.sheet.used,
                answer.sheet.rejected()
            ),
            (6, 3, 1)
        );
        assert_eq!(
            answer.rows.map(|row| row.principal).collect::<Vec<_>>(),
            [b"ann".to_vec(), b"bo,b".to_vec()]
        );
        let lines: Vec<&str> = WHOLE.lines().collect();
        for left_out in 0..lines.len() {
            let mut cut = lines.clone();
            cut.remove(left_out);
            let cut = cut.join("\n");
            assert!(super::answer(cut.as_bytes()).is_err(), "{cut}");
        }
    }

    #[test]
    fn what_was_edited_is_refused() {
        for (from, to) in [
            ("use,ann,read,9,2", "use,ann,read,9,3"),
            ("use,ann,read,9,2", "use,ann,read,10,2"),
            ("use,ann,read,9,2", "use,\"bo,b\",read,9,2"),
            ("use,ann,read,9,2", "use,ann,read,9"),
            ("use,ann,read,9,2", "use,,read,9,2"),
            ("use,ann,read,9,2", "use,ann,read,x,2"),
            ("failed,,,0,2", "failed,,,0,3"),
            ("failed", "denied"),
            ("first,,,1,5", "last,,,1,5"),
        ] {
            assert!(answer(WHOLE.replace(from, to).as_bytes()).is_err(), "{to}");
        }
    }
}
