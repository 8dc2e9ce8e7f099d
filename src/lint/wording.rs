//! Sentences: counting and listing so that a person can read it.

/// `1 workload`, `2 workloads`.
pub(crate) fn count(number: usize, one: &str) -> String {
    if number == 1 {
        format!("1 {one}")
    } else {
        format!("{number} {one}s")
    }
}

/// `selects none of the 2 workloads`, `does not select the only workload`.
pub(crate) fn selects_none_of(workloads: usize) -> String {
    if workloads == 1 {
        "does not select the only workload".to_owned()
    } else {
        format!("selects none of the {workloads} workloads")
    }
}

/// `a`, `a and b`, `a, b and 3 more`.
pub(crate) fn list<T: AsRef<str>>(items: &[T]) -> String {
    const SHOWN: usize = 3;
    let shown: Vec<&str> = items.iter().take(SHOWN).map(AsRef::as_ref).collect();
    let rest = items.len().saturating_sub(SHOWN);
    match (shown.as_slice(), rest) {
        ([], _) => String::new(),
        ([only], _) => (*only).to_owned(),
        (all, 1..) => format!("{} and {rest} more", all.join(", ")),
        ([most @ .., last], 0) => format!("{} and {last}", most.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_read_like_sentences() {
        assert_eq!(list(&["a"]), "a");
        assert_eq!(list(&["a", "b", "c"]), "a, b and c");
        assert_eq!(list(&["a", "b", "c", "d", "e"]), "a, b, c and 2 more");
        assert_eq!(count(1, "workload"), "1 workload");
        assert_eq!(count(0, "workload"), "0 workloads");
    }
}
