//! Each rule fires, passes, stays out of scope, and says when it cannot know.

use crate::kernel::finding::Severity;
use crate::kernel::source::Source;
use crate::kernel::time::Timestamp;
use crate::review::{self, Options, Review};

const HR: &str = "employee_id,name,email,status,end_date\n\
                  1,Ann,ann@x.example,active,\n\
                  2,Bo,bo@x.example,terminated,2026-10-01\n\
                  3,Cy,cy@x.example,active,2026-11-21\n\
                  4,Di,di@x.example,terminated,\n\
                  5,Ed,shared@x.example,active,\n\
                  6,Fay,shared@x.example,active,\n\
                  7,Gus,gus@x.example,active,next week\n\
                  8,Hal,hal@x.example,,\n\
                  9,Ida,ida@x.example,active,2026-11-22\n";

fn review(hr: &str, grants: &str, options: Options) -> Review {
    let hr = Source::new("hr.csv", hr.into()).unwrap();
    let grants = Source::new("grants.csv", grants.into()).unwrap();
    let now = Timestamp::parse("2026-11-22T09:00:00Z").unwrap();
    review::run(&hr, &grants, options, now).unwrap()
}

/// What a rule says about the first account: a severity, `-` passed, `out`, or why it cannot know.
fn verdict(rule: &str, hr: &str, grants: &str, options: Options) -> String {
    let review = review(hr, grants, options);
    let tally = review
        .assessment
        .tallies
        .iter()
        .find(|tally| tally.rule.id == rule)
        .unwrap();
    assert_eq!(
        tally.fired + tally.passed + tally.out_of_scope + tally.not_evaluable,
        1
    );
    let fired = review
        .assessment
        .findings
        .iter()
        .find(|f| f.rule.id == rule);
    let unknown = review
        .assessment
        .not_evaluable
        .iter()
        .find(|n| n.rule.id == rule);
    match (fired, unknown) {
        (Some(finding), _) => finding.severity.to_string(),
        (None, Some(unknown)) => format!("? {}", unknown.reason),
        (None, None) if tally.passed == 1 => "-".to_owned(),
        (None, None) => "out".to_owned(),
    }
}

/// Rows are given without `system,account,entitlement`, which are the same in all.
fn judge(rule: &str, columns: &str, rows: &[&str]) -> String {
    let rows: Vec<String> = rows
        .iter()
        .enumerate()
        .map(|(n, row)| format!("aws,acc,e{n},{row}\n"))
        .collect();
    let grants = format!("system,account,entitlement,{columns}\n{}", rows.concat());
    verdict(rule, HR, &grants, Options::default())
}

#[test]
fn orphans() {
    let judge = |columns: &str, rows: &[&str]| judge("orphan-account", columns, rows);
    assert_eq!(judge("email", &["ANN@x.example"]), "-");
    assert_eq!(judge("employee_id", &["1"]), "-");
    assert_eq!(judge("employee_id,email", &["1,other@x.example"]), "-");
    assert_eq!(judge("email", &["who@x.example"]), "high");
    assert_eq!(judge("email", &[""]), "high");
    assert_eq!(judge("employee_id", &["99"]), "high");
    assert_eq!(
        judge("email", &["shared@x.example"]),
        "? 2 rows of the roster have the email address `shared@x.example`"
    );
    assert_eq!(
        judge("employee_id,email", &["1,bo@x.example"]),
        "? its employee id is Ann (1), but its email address is Bo (2)"
    );
    assert_eq!(
        judge("employee_id,email", &["99,ann@x.example"]),
        "? nobody on the roster has the employee id `99`, but its email address is that of Ann (1)"
    );
    assert_eq!(
        judge("email", &["ann@x.example", "bo@x.example"]),
        "? its rows name several people"
    );
    assert_eq!(
        judge("mfa", &["yes"]),
        "? the export has neither a column `account_email` nor `employee_id`"
    );
}

/// An account is somebody's only where every key of the person is theirs alone.
#[test]
fn a_person_whose_other_key_is_on_two_rows_is_unclear() {
    let hr = "employee_id,email,status,end_date\n\
              1,a@x.example,active,\n\
              1,b@x.example,terminated,2026-01-01\n\
              2,c@x.example,active,\n\
              3,C@x.example,terminated,2026-01-01\n";
    let judge = |rule: &str, columns: &str, row: &str| {
        let grants = format!("system,account,entitlement,{columns}\naws,acc,e,{row}\n");
        verdict(rule, hr, &grants, Options::default())
    };
    let id = "? 2 rows of the roster have the employee id `1`";
    let email = "? 2 rows of the roster have the email address `c@x.example`";
    for rule in ["leaver-with-access", "orphan-account"] {
        assert_eq!(judge(rule, "email", "a@x.example"), id);
        assert_eq!(judge(rule, "employee_id", "2"), email);
        assert_eq!(judge(rule, "employee_id,email", "2,c@x.example"), email);
        assert_eq!(judge(rule, "employee_id,email", "9,a@x.example"), id);
    }
    let owner = judge("orphan-account", "kind,owner", "service,a@x.example");
    assert_eq!(
        owner,
        "? its owner is unclear: 2 rows of the roster have the employee id `1`"
    );
}

#[test]
fn an_id_and_an_address_that_several_people_share_contradict_each_other() {
    let judged = judge(
        "orphan-account",
        "employee_id,email",
        &["1,shared@x.example"],
    );
    assert_eq!(
        judged,
        "? 2 rows of the roster have the email address `shared@x.example`"
    );
}

#[test]
fn an_owner_of_whom_the_roster_says_too_little_is_not_taken_to_be_here() {
    let grants = "system,account,entitlement,kind,owner\naws,bot,admin,service,1\n";
    let judged = verdict(
        "orphan-account",
        "employee_id,email\n1,a@x.example\n",
        grants,
        Options::default(),
    );
    assert_eq!(
        judged,
        "? of its owner, the roster has neither a column `status` nor `end_date`"
    );
}

#[test]
fn a_grant_that_is_still_to_come_says_nothing_about_use() {
    let judged = judge(
        "dormant-access",
        "last_used,granted_at",
        &["never,2099-01-01"],
    );
    assert_eq!(
        judged,
        "? it was never used, and its grant, 2099-01-01, lies after the time of this review"
    );
}

#[test]
fn names_never_join() {
    let grants = "system,account,entitlement,name\naws,Ann,admin,Ann\n";
    assert!(verdict("orphan-account", HR, grants, Options::default()).starts_with('?'));
    let grants = "system,account,entitlement\naws,ann@x.example,admin\n";
    assert_eq!(
        verdict("orphan-account", HR, grants, Options::default()),
        "-"
    );
}

#[test]
fn service_accounts_need_an_owner_who_is_here() {
    let judge = |row: &str| judge("orphan-account", "kind,owner,email", &[row]);
    assert_eq!(judge("service,ann@x.example,"), "-");
    assert_eq!(judge("service,1,"), "-");
    assert_eq!(judge("service,,ann@x.example"), "-");
    assert_eq!(judge("service,,"), "high");
    assert_eq!(judge("service,bo@x.example,"), "high");
    assert_eq!(
        judge("service,cy@x.example,"),
        "high",
        "by the end date, whatever the status"
    );
    assert_eq!(
        judge("service,gus@x.example,"),
        "? of its owner, the end date on the roster is unreadable"
    );
    assert_eq!(judge("service,gone@x.example,"), "high");
    assert_eq!(
        judge("service,shared@x.example,"),
        "? its owner is unclear: 2 rows of the roster have the email address `shared@x.example`"
    );
}

#[test]
fn leavers() {
    let judge = |row: &str| judge("leaver-with-access", "employee_id,enabled", &[row]);
    assert_eq!(judge("1,yes"), "-");
    assert_eq!(judge("2,yes"), "critical");
    assert_eq!(
        judge("2,"),
        "critical",
        "enabled unless the export says otherwise"
    );
    assert_eq!(judge("2,no"), "out");
    assert_eq!(
        judge("3,yes"),
        "high",
        "nine hours since the last day ended"
    );
    assert_eq!(judge("4,yes"), "high", "since when is not known");
    assert_eq!(judge("7,yes"), "? the end date on the roster is unreadable");
    assert_eq!(
        judge("8,yes"),
        "? the roster gives neither a status that we know nor an end date"
    );
    assert_eq!(judge("9,yes"), "-", "the last day is today");
    assert_eq!(judge("99,yes"), "? it belongs to nobody on the roster");
    let bare = "employee_id\n1\n";
    let grants = "system,account,entitlement,employee_id\naws,acc,e,1\n";
    assert_eq!(
        verdict("leaver-with-access", bare, grants, Options::default()),
        "? the roster has neither a column `status` nor `end_date`"
    );
}

#[test]
fn a_leaver_who_came_back_later_is_told() {
    let grants = "system,account,entitlement,employee_id,last_used\naws,acc,e,2,2026-11-02\n";
    let review = review(HR, grants, Options::default());
    let finding = &review.assessment.findings[0];
    assert_eq!(finding.severity, Severity::Critical);
    assert_eq!(
        finding.message,
        "Bo (2) left 51d 9h ago but `aws/acc` is enabled"
    );
    assert!(
        finding
            .evidence
            .contains(&"it was used on 2026-11-02 after the end date".to_owned())
    );
    assert_eq!(finding.related[0].source.name(), "hr.csv");
}

#[test]
fn privileged_accounts() {
    let judge = |rows: &[&str]| {
        judge(
            "privileged-without-mfa",
            "privileged,mfa,kind,enabled",
            rows,
        )
    };
    assert_eq!(judge(&["yes,none,human,yes"]), "critical");
    assert_eq!(judge(&["yes,none,,"]), "critical");
    assert_eq!(
        judge(&["no,none,human,yes", "yes,none,human,yes"]),
        "critical"
    );
    assert_eq!(judge(&["yes,otp,human,yes"]), "-");
    assert_eq!(judge(&["no,none,human,yes"]), "-");
    assert_eq!(judge(&["yes,none,service,yes"]), "out");
    assert_eq!(judge(&["yes,none,human,no"]), "out");
    assert_eq!(
        judge(&["yes,none,service,yes", "no,none,human,yes"]),
        "critical",
        "its kind is disputed"
    );
    assert_eq!(
        judge(&["yes,,human,yes"]),
        "? the export does not say whether it has a second factor"
    );
    assert_eq!(
        judge(&[",none,human,yes"]),
        "? the export does not say whether `e0` is privileged"
    );
    assert_eq!(judge(&[",otp,human,yes"]), "-");
    assert!(judge(&["yes,otp,,", "no,none,,"]).starts_with("? some of its rows"));
    let missing =
        |columns: &str, row: &str| super::tests::judge("privileged-without-mfa", columns, &[row]);
    assert_eq!(
        missing("privileged", "yes"),
        "? the export has no column `mfa`"
    );
    assert_eq!(
        missing("mfa", "none"),
        "? the export has no column `privileged`"
    );
}

#[test]
fn dormant_accounts() {
    let judge = |rows: &[&str]| judge("dormant-access", "last_used,granted_at,kind,enabled", rows);
    assert_eq!(judge(&["2026-11-01,,,"]), "-");
    assert_eq!(
        judge(&["2026-08-24T09:00:00Z,,,"]),
        "-",
        "90 days to the second"
    );
    assert_eq!(judge(&["2026-08-24T08:59:59Z,,,"]), "medium");
    assert_eq!(
        judge(&["2026-01-01,,,", "2026-11-01,,,"]),
        "-",
        "one use is a use of the account"
    );
    assert_eq!(judge(&["2026-01-01,,breakglass,"]), "out");
    assert_eq!(judge(&["2026-01-01,,,no"]), "out");
    assert_eq!(judge(&["never,2020-01-01,,"]), "medium");
    assert_eq!(judge(&["never,2026-11-01,,"]), "-");
    assert_eq!(
        judge(&["never,,,"]),
        "? it was never used, and the export does not say when it was granted"
    );
    assert_eq!(
        judge(&["2027-01-01,,,"]),
        "? its last use, 2027-01-01, lies after the time of this review"
    );
    assert_eq!(judge(&["last week,,,"]), "? its last use is unreadable");
    let unknown =
        "? the export gives no last use, and it is not known how far the log behind it reaches";
    assert_eq!(judge(&[",2020-01-01,,"]), unknown);
    assert_eq!(judge(&["2026-01-01,,,", ",,,"]), unknown);
    let missing = super::tests::judge("dormant-access", "mfa", &["yes"]);
    assert_eq!(missing, "? the export has no column `last_used`");
}

#[test]
fn an_empty_last_use_is_judged_by_how_far_the_log_reaches() {
    let grants = "system,account,entitlement,last_used,granted_at\naws,acc,e,,2020-01-01\n";
    let with = |days: u64| {
        let usage_window = Some(std::time::Duration::from_secs(days * 86_400));
        verdict(
            "dormant-access",
            HR,
            grants,
            Options {
                usage_window,
                ..Options::default()
            },
        )
    };
    assert_eq!(with(120), "medium");
    assert_eq!(
        with(30),
        "? the export gives no last use, and the log behind it covers 30d only"
    );
}

#[test]
fn old_keys() {
    let judge = |rows: &[&str]| {
        judge(
            "key-over-90-days",
            "key_created,key_last_rotated,enabled",
            rows,
        )
    };
    assert_eq!(judge(&["2020-01-01,2026-11-01,"]), "-");
    assert_eq!(judge(&["2020-01-01,,"]), "medium");
    assert_eq!(judge(&["2020-01-01,never,"]), "medium");
    assert_eq!(judge(&["2026-11-01,2026-01-01,"]), "medium");
    assert_eq!(judge(&["2026-11-01,,", "2026-01-01,,"]), "medium");
    assert_eq!(judge(&[",,"]), "out");
    assert_eq!(judge(&["2020-01-01,,no"]), "out");
    assert_eq!(
        judge(&["2026-11-01,soon,"]),
        "? the date of its key is unreadable"
    );
    assert_eq!(
        judge(&["2027-11-01,,"]),
        "? the date of its key lies after the time of this review"
    );
    let missing = super::tests::judge("key-over-90-days", "mfa", &["yes"]);
    assert!(missing.starts_with("? the export has neither a column `key_created`"));
}

#[test]
fn rules_have_pages_and_ids_of_their_own() {
    let mut ids: Vec<&str> = super::ALL.iter().map(|(rule, _)| rule.id).collect();
    for (rule, _) in super::ALL {
        assert!(
            rule.page.text().starts_with(&format!("# {}\n", rule.id)),
            "{}",
            rule.id
        );
        assert!(rule.page.text().contains("Not evaluable"), "{}", rule.id);
    }
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), super::ALL.len());
}

#[test]
fn repeated_people_make_joins_unclear_not_arbitrary() {
    let hr = "employee_id,status,end_date\n1,active,\n1,terminated,2020-01-01\n";
    let grants = "system,account,entitlement,employee_id\naws,acc,e,1\n";
    for rule in ["orphan-account", "leaver-with-access"] {
        assert_eq!(
            verdict(rule, hr, grants, Options::default()),
            "? 2 rows of the roster have the employee id `1`"
        );
    }
}
