//! Two texts line by line: which lines one has and the other has not.

/// A line of the comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineChange {
    /// In both.
    Same(String),
    /// In ours alone.
    Ours(String),
    /// In the expected text alone.
    Theirs(String),
}

/// The largest number of lines that are aligned; longer texts are compared line by line.
const MAX_LINES: usize = 2000;

/// Compares our text with the expected one, by the longest common subsequence of lines.
pub fn diff(ours: &str, theirs: &str) -> Vec<LineChange> {
    let a: Vec<&str> = ours.split('\n').collect();
    let b: Vec<&str> = theirs.split('\n').collect();
    if a.len() > MAX_LINES || b.len() > MAX_LINES {
        return by_place(&a, &b);
    }
    let width = b.len() + 1;
    let mut common = vec![0_u32; (a.len() + 1) * width];
    let cell = |row: usize, column: usize| row * width + column;
    for row in (0..a.len()).rev() {
        for column in (0..b.len()).rev() {
            let value = if a.get(row) == b.get(column) {
                common.get(cell(row + 1, column + 1)).map_or(0, |v| v + 1)
            } else {
                let down = common.get(cell(row + 1, column)).copied();
                down.max(common.get(cell(row, column + 1)).copied())
                    .unwrap_or(0)
            };
            if let Some(slot) = common.get_mut(cell(row, column)) {
                *slot = value;
            }
        }
    }
    let (mut row, mut column) = (0, 0);
    let mut out = Vec::new();
    loop {
        match (a.get(row), b.get(column)) {
            (Some(one), Some(other)) if one == other => {
                out.push(LineChange::Same((*one).to_owned()));
                row += 1;
                column += 1;
            }
            (Some(one), other) => {
                let down = common.get(cell(row + 1, column)).copied();
                let right = common.get(cell(row, column + 1)).copied();
                match other {
                    Some(other) if right > down => {
                        out.push(LineChange::Theirs((*other).to_owned()));
                        column += 1;
                    }
                    _ => {
                        out.push(LineChange::Ours((*one).to_owned()));
                        row += 1;
                    }
                }
            }
            (None, Some(other)) => {
                out.push(LineChange::Theirs((*other).to_owned()));
                column += 1;
            }
            (None, None) => return out,
        }
    }
}

fn by_place(a: &[&str], b: &[&str]) -> Vec<LineChange> {
    let mut out = Vec::new();
    for index in 0..a.len().max(b.len()) {
        match (a.get(index), b.get(index)) {
            (Some(one), Some(other)) if one == other => {
                out.push(LineChange::Same((*one).to_owned()));
            }
            (one, other) => {
                out.extend(one.map(|line| LineChange::Ours((*line).to_owned())));
                out.extend(other.map(|line| LineChange::Theirs((*line).to_owned())));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_line_stands_between_its_neighbours() {
        let changes = diff("a\nb\nc", "a\nx\nc\nd");
        let same = |text: &str| LineChange::Same(text.into());
        assert_eq!(
            changes,
            [
                same("a"),
                LineChange::Ours("b".into()),
                LineChange::Theirs("x".into()),
                same("c"),
                LineChange::Theirs("d".into()),
            ]
        );
        assert_eq!(diff("a", "a"), [same("a")]);
    }
}
