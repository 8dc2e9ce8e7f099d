//! What a warehouse answered, taken back: rows with the columns of the plan, as CSV or as an engine gives them.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Seek as _};

use super::ledger::LogSheet;
use super::merge::{Merge, Row, Run};
use super::part;
use super::reject::MAX_NAME;
use crate::kernel::arrange::Arrange as _;
use crate::kernel::crypto::{Digest, DigestAlgorithm, hex};

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
    /// The groups have no room beside memory.
    #[error("cannot sort the groups into a file: {0}")]
    Scratch(String),
}

/// The groups of a result.
pub struct Answer {
    /// The account of the query, without name and query, with size and digest of the result in its one canonical order.
    pub sheet: LogSheet,
    /// The groups, in order.
    pub rows: Box<dyn Run>,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Answer({} rows)", self.sheet.rows)
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
    let scratch = || Err(io::Error::other("memory is enough"));
    let mut taken = Taken::new(usize::MAX, &scratch);
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
            if lower != HEADER {
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
        taken
            .row(kind, [principal, permission], at, n)
            .map_err(wrong)?;
    }
    if !started {
        return Err(ResultError::Header(String::new()));
    }
    taken.finish()
}

/// The names of the columns of a result.
pub const HEADER: [&str; 5] = ["kind", "principal", "permission", "used_at", "n"];

/// A result of which the rows come one by one.
pub struct Taken<'s> {
    groups: Vec<Row>,
    /// What the groups at hand take, and may take before they are sorted into a file.
    bytes: usize,
    memory: usize,
    scratch: &'s (dyn Fn() -> io::Result<File> + Sync),
    runs: Vec<Box<dyn Run>>,
    totals: BTreeMap<&'static str, (u32, u64)>,
    seen: Seen,
}

/// What the rows of uses come to.
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    rows: u64,
    uses: u64,
    latest: u32,
}

impl std::fmt::Debug for Taken<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Taken({} rows)", self.seen.rows)
    }
}

impl<'s> Taken<'s> {
    /// Nothing yet.
    pub fn new(memory: usize, scratch: &'s (dyn Fn() -> io::Result<File> + Sync)) -> Self {
        Self {
            groups: Vec::new(),
            bytes: 0,
            memory,
            scratch,
            runs: Vec::new(),
            totals: BTreeMap::new(),
            seen: Seen::default(),
        }
    }

    /// Takes a row.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn row(
        &mut self,
        kind: &str,
        [principal, permission]: [&str; 2],
        at: u32,
        n: u64,
    ) -> Result<(), String> {
        if kind != "use" {
            let Some(total) = TOTALS.into_iter().find(|total| *total == kind) else {
                return Err(format!("`{kind}` is no kind of row"));
            };
            return match self.totals.insert(total, (at, n)) {
                Some(_) => Err(format!("`{kind}` is there twice")),
                None => Ok(()),
            };
        }
        if principal.is_empty() || permission.is_empty() || n == 0 {
            return Err("a use without principal, permission or count".to_owned());
        }
        if principal.len() > MAX_NAME || permission.len() > MAX_NAME {
            return Err("a name is too long".to_owned());
        }
        self.seen.rows += 1;
        self.seen.uses = self.seen.uses.saturating_add(n);
        self.seen.latest = self.seen.latest.max(at);
        self.bytes += size_of::<Row>() + principal.len() + permission.len() + 2 * ALLOCATED;
        self.groups.push(Row {
            principal: principal.as_bytes().to_vec(),
            permission: permission.as_bytes().to_vec(),
            last: at,
            plain: n,
            events: Vec::new(),
        });
        match self.bytes > self.memory {
            true => self.spill().map_err(|error| spilling(&error).to_string()),
            false => Ok(()),
        }
    }

    /// Sorts the groups at hand into a file.
    fn spill(&mut self) -> io::Result<()> {
        let mut sorted = Sorted::new(std::mem::take(&mut self.groups));
        self.bytes = 0;
        self.runs.push(filed((self.scratch)()?, &mut sorted)?);
        Ok(())
    }

    /// Holds the rows against the totals.
    ///
    /// # Errors
    /// [`ResultError`].
    pub fn finish(mut self) -> Result<Answer, ResultError> {
        let rest = Sorted::new(std::mem::take(&mut self.groups));
        let spilled = !self.runs.is_empty();
        let mut runs = std::mem::take(&mut self.runs);
        let mut canonical = Canonical::new(&self.totals);
        let (different, rows): (u64, Box<dyn Run>) = match spilled {
            false => {
                let rows = rest.rows.as_slice();
                rows.iter().for_each(|row| canonical.row(row));
                let apart = |pair: &&[Row]| matches!(pair, [a, b] if (&a.principal, &a.permission) != (&b.principal, &b.permission));
                let different =
                    rows.windows(2).filter(apart).count() + usize::from(!rows.is_empty());
                (different as u64, Box::new(rest))
            }
            true => {
                runs.push(Box::new(rest));
                let failed = |error: io::Error| spilling(&error);
                let mut merge = Counting {
                    merge: Merge::new(runs).map_err(failed)?,
                    canonical: &mut canonical,
                    rows: 0,
                };
                let file = (self.scratch)().map_err(failed)?;
                let run = filed(file, &mut merge).map_err(failed)?;
                (merge.rows, run)
            }
        };
        let (bytes, sha256) = canonical.finish();
        let sheet = sheet(self.seen, different, &self.totals)?;
        let sheet = LogSheet {
            bytes,
            sha256,
            ..sheet
        };
        Ok(Answer { sheet, rows })
    }
}

/// What an allocation takes beside its bytes.
const ALLOCATED: usize = 16;

fn spilling(error: &io::Error) -> ResultError {
    ResultError::Scratch(crate::kernel::fs::describe(error))
}

/// Groups in order, in a file without a name.
fn filed(file: File, groups: &mut dyn Run) -> io::Result<Box<dyn Run>> {
    let writer = part::spill(BufWriter::with_capacity(1 << 20, file), groups)?;
    let mut file = writer
        .into_inner()
        .map_err(io::IntoInnerError::into_error)?;
    file.rewind()?;
    Ok(part::spilled(BufReader::with_capacity(256 << 10, file)))
}

/// Groups in order, in memory.
struct Sorted {
    rows: std::vec::IntoIter<Row>,
}

impl Sorted {
    fn new(mut groups: Vec<Row>) -> Self {
        groups.arrange_by(|a, b| (&a.principal, &a.permission).cmp(&(&b.principal, &b.permission)));
        Self {
            rows: groups.into_iter(),
        }
    }
}

impl Run for Sorted {
    fn next(&mut self, row: &mut Row) -> io::Result<bool> {
        let next = self.rows.next();
        let found = next.is_some();
        if let Some(next) = next {
            *row = next;
        }
        Ok(found)
    }
}

/// Groups that are counted and digested as they pass.
struct Counting<'c> {
    merge: Merge,
    canonical: &'c mut Canonical,
    rows: u64,
}

impl Run for Counting<'_> {
    fn next(&mut self, row: &mut Row) -> io::Result<bool> {
        let found = self.merge.next(row)?;
        if found {
            self.rows += 1;
            self.canonical.row(row);
        }
        Ok(found)
    }
}

/// The size and the digest of a result as CSV, first its totals and then its groups in order: the same for the same answer,
/// whatever the order in which it came.
struct Canonical {
    digest: Digest,
    bytes: u64,
}

impl Canonical {
    fn new(totals: &BTreeMap<&'static str, (u32, u64)>) -> Self {
        let mut canonical = Self {
            digest: Digest::new(DigestAlgorithm::Sha256),
            bytes: 0,
        };
        canonical.add(&(HEADER.join(",") + "\n"));
        for (kind, (at, n)) in totals {
            canonical.add(&format!("{kind},,,{at},{n}\n"));
        }
        canonical
    }

    fn row(&mut self, row: &Row) {
        let cell = |name: &[u8]| String::from_utf8_lossy(name).replace('"', "\"\"");
        let (principal, permission) = (cell(&row.principal), cell(&row.permission));
        let line = format!(
            "use,\"{principal}\",\"{permission}\",{},{}\n",
            row.last, row.plain
        );
        self.add(&line);
    }

    fn add(&mut self, text: &str) {
        self.bytes += text.len() as u64;
        self.digest.update(text.as_bytes());
    }

    fn finish(self) -> (u64, String) {
        (self.bytes, hex(&self.digest.finish()))
    }
}

fn sheet(
    seen: Seen,
    different: u64,
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
    same(
        "pairs of principal and permission",
        different,
        count("groups")?,
    )?;
    same("rows of uses", seen.rows, different)?;
    let parts = used
        .checked_add(failed)
        .and_then(|sum| sum.checked_add(rejected));
    same(
        "rows used, failed and rejected",
        parts.unwrap_or(u64::MAX),
        rows,
    )?;
    if seen.uses > used {
        return Err(ResultError::Mismatch {
            what: "uses",
            found: seen.uses,
            told: used,
        });
    }
    let (first, last) = (total("first")?, total("last")?);
    if seen.latest > last.0 {
        return Err(ResultError::Mismatch {
            what: "the last second",
            found: u64::from(seen.latest),
            told: u64::from(last.0),
        });
    }
    let some = rows > rejected;
    let mut sheet = LogSheet {
        rows,
        used,
        failed,
        credits: used,
        first: some.then_some(first.0),
        last: some.then_some(last.0),
        ..LogSheet::default()
    };
    if some {
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
        let mut answer = answer(WHOLE.as_bytes()).unwrap();
        assert_eq!(
            (
                answer.sheet.rows,
                answer.sheet.used,
                answer.sheet.rejected()
            ),
            (6, 3, 1)
        );
        assert_eq!(names(&mut *answer.rows), ["ann", "bo,b"]);
        let lines: Vec<&str> = WHOLE.lines().collect();
        for left_out in 0..lines.len() {
            let mut cut = lines.clone();
            cut.remove(left_out);
            let cut = cut.join("\n");
            assert!(super::answer(cut.as_bytes()).is_err(), "{cut}");
        }
    }

    fn names(rows: &mut dyn Run) -> Vec<String> {
        let mut row = Row::default();
        let mut names = Vec::new();
        while rows.next(&mut row).unwrap() {
            names.push(String::from_utf8(row.principal.clone()).unwrap());
        }
        names
    }

    /// A result of as many groups, in one of two orders.
    fn taken(memory: usize, count: u64, backwards: bool) -> Result<Answer, ResultError> {
        let number = std::sync::atomic::AtomicUsize::new(0);
        let scratch = || {
            let number = number.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let name = format!(
                "countersign-result-{}-{memory}-{backwards}-{number}",
                std::process::id()
            );
            let path = std::env::temp_dir().join(name);
            let file = File::options()
                .read(true)
                .write(true)
                .create_new(true)
                .open(&path)?;
            std::fs::remove_file(path).map(|()| file)
        };
        let mut taken = Taken::new(memory, &scratch);
        for index in 0..count {
            let index = if backwards { count - 1 - index } else { index };
            let who = format!("user{:03}", index % 100);
            let what = format!("may{index}");
            taken.row("use", [&who, &what], 9, 1).unwrap();
        }
        for (kind, at, n) in [
            ("rows", 0, count),
            ("used", 0, count),
            ("failed", 0, 0),
            ("rejected", 0, 0),
            ("first", 1, count),
            ("last", 9, count),
            ("groups", 0, count),
        ] {
            taken.row(kind, ["", ""], at, n).unwrap();
        }
        taken.finish()
    }

    #[test]
    fn neither_the_order_nor_the_memory_changes_the_answer() {
        let mut whole = taken(usize::MAX, 1_000, false).unwrap();
        let names_of_whole = names(&mut *whole.rows);
        for (memory, backwards) in [(0, false), (9_000, true), (usize::MAX, true)] {
            let mut other = taken(memory, 1_000, backwards).unwrap();
            assert_eq!(other.sheet, whole.sheet);
            assert_eq!(names(&mut *other.rows), names_of_whole);
        }
        assert_ne!(
            taken(0, 999, false).unwrap().sheet.sha256,
            whole.sheet.sha256
        );
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
