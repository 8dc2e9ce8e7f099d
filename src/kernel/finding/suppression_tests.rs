//! Behaviour of inline ignores.

use super::*;

static RULE: Rule = Rule {
    id: "some-rule",
    title: "some rule",
    severity: Severity::High,
    confidence: Confidence::High,
    page: crate::kernel::finding::Page::Written(""),
};

/// Findings of `some-rule` on every `BAD`, comments found by their `#`, judged on 2026-06-15.
fn run(text: &str) -> Vec<Finding> {
    let source = Source::new("a.yaml", text.into()).unwrap();
    let mut findings: Vec<Finding> = text
        .match_indices("BAD")
        .map(|(at, bad)| {
            Finding::new(&RULE, "subject", "bad").at(&source, Span::new(at, at + bad.len()), "")
        })
        .collect();
    let comments: Vec<_> = text
        .match_indices('#')
        .map(|(at, _)| {
            let end = text[at..].find('\n').map_or(text.len(), |end| at + end);
            (Arc::clone(&source), Span::new(at, end))
        })
        .collect();
    let today = Timestamp::parse("2026-06-15T12:00:00Z").unwrap();
    apply(&mut findings, &comments, &|id| id == "some-rule", today);
    findings
}

/// `a` active, `s` suppressed, then the rules about ignores.
fn outcome(text: &str) -> String {
    run(text)
        .iter()
        .map(|finding| match (&finding.status, finding.rule.id) {
            (Status::Active, "some-rule") => "a".to_owned(),
            (Status::Suppressed { .. }, "some-rule") => "s".to_owned(),
            (_, other) => format!(" {other}"),
        })
        .collect()
}

#[test]
fn reaches_its_line_the_next_line_or_its_document() {
    let ok = "# countersign: ignore[some-rule] accepted";
    let table = [
        (format!("x: BAD {ok}\ny: BAD\n"), "sa"),
        (format!("w: 1\n{ok}\n\n# prose\nx: BAD\ny: BAD\n"), "sa"),
        (format!("w: 1\n{ok}\n{ok}\nx: BAD\n"), "s"),
        (format!("{ok}\nw: 1\nx: BAD\ny: BAD\n---\nz: BAD\n"), "ssa"),
        (format!("v: BAD\n--- \n# prose\n{ok}\nw: 1\nx: BAD\n"), "as"),
        (format!("w: 1\n{ok}\n"), " unused-ignore"),
        (format!("{ok}\n---\nx: BAD\n"), "a unused-ignore"),
        (format!("x: BAD\n{ok}\ny: 1\n"), "a unused-ignore"),
    ];
    for (text, expected) in table {
        assert_eq!(outcome(&text), expected, "{text}");
    }
}

#[test]
fn expiry_is_the_last_day_and_lets_the_finding_count_again() {
    let with =
        |until: &str| format!("w: 1\nx: BAD # countersign: ignore[some-rule] until={until} why\n");
    assert_eq!(outcome(&with("2026-06-15")), "s");
    assert_eq!(outcome(&with("2026-06-14")), "a expired-ignore");
    let findings = run(&with("2026-06-14"));
    assert_eq!(
        findings[0].evidence,
        ["an ignore for this expired on 2026-06-14"]
    );
    assert_eq!(
        outcome("x: BAD # countersign: ignore[some-rule] why until=2026-06-14"),
        "a expired-ignore"
    );
}

#[test]
fn keeps_the_reason_and_the_day() {
    let findings =
        run("w: 1\nx: BAD # countersign: ignore[some-rule] until=2027-01-01 seen by  Ann\n");
    assert_eq!(
        findings[0].status,
        Status::Suppressed {
            reason: "seen by Ann".into(),
            expires: Some("2027-01-01".into())
        }
    );
}

#[test]
fn a_malformed_ignore_sets_nothing_aside_and_says_why() {
    let table = [
        (
            "countersign: ignore",
            "an ignore needs a rule id in brackets",
        ),
        (
            "countersign: ignore some-rule why",
            "an ignore needs a rule id in brackets",
        ),
        (
            "countersign: ignore[] why",
            "an ignore needs a rule id in brackets",
        ),
        ("countersign: ignore[some-rule]", "an ignore needs a reason"),
        (
            "countersign: ignore[some-rule] --",
            "an ignore needs a reason",
        ),
        (
            "countersign: ignore[some-rule] until=2027-01-01",
            "an ignore needs a reason",
        ),
        (
            "countersign: ignore[same-rule] why",
            "no rule is called `same-rule`",
        ),
        ("countersign: ignore[*] why", "no rule is called `*`"),
        (
            "countersign: ignore[unused-ignore] why",
            "`unused-ignore` cannot be ignored",
        ),
        (
            "countersign: ignore[some-rule] until=31.12.2026 why",
            "`until=31.12.2026` is not a day such as `until=2026-12-31`",
        ),
        (
            "countersign: ignore[some-rule] until=2026-02-30 why",
            "`until=2026-02-30` is not a day such as `until=2026-12-31`",
        ),
        (
            "countersign: ignore[some-rule] until=2027-01-01 until=2027-01-02 why",
            "an ignore has one `until=` at most",
        ),
        (
            "countersign: disable",
            "expected `countersign: ignore[rule-id] reason`",
        ),
        (
            "Countersign ignore[some-rule] why",
            "expected `countersign: ignore[rule-id] reason`",
        ),
    ];
    for (comment, message) in table {
        let findings = run(&format!("x: BAD # {comment}\n"));
        assert!(findings[0].is_active(), "{comment}");
        assert_eq!(findings.len(), 2, "{comment}");
        assert_eq!(findings[1].rule.id, "malformed-ignore", "{comment}");
        assert_eq!(
            findings[1].message,
            format!("{message}; nothing is ignored")
        );
    }
}

#[test]
fn prose_about_us_is_not_an_ignore() {
    assert_eq!(outcome("x: BAD # countersign ignores this\n"), "a");
    assert_eq!(outcome("x: BAD # see the countersign guide\n"), "a");
}

#[test]
fn findings_without_a_place_are_out_of_reach() {
    let source = Source::new(
        "a",
        b"# countersign: ignore[some-rule] why\nx: 1\n".to_vec(),
    )
    .unwrap();
    let mut findings = vec![Finding::new(&RULE, "subject", "absent")];
    let today = Timestamp::from_unix(0).unwrap();
    apply(
        &mut findings,
        &[(source, Span::new(0, 36))],
        &|_| true,
        today,
    );
    assert!(findings[0].is_active());
    assert_eq!(findings[1].rule.id, "unused-ignore");
}

proptest::proptest! {
    #[test]
    fn any_text_is_survived(text in "[ -~\\n#é]{0,80}") {
        run(&text);
        run(&format!("# countersign: ignore[{text}"));
    }
}
