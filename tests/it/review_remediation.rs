//! What was revoked is gone only where later exports would show it: renamed, wider, elsewhere, in parts, by other filters.

use serde_json::Value;

use crate::binary::Folder;

const HR: &str = "\
employee_id,name,email,department,title,manager_email,status,start_date,end_date
E1,Boss,boss@x.example,Eng,CTO,,active,2020-01-01,
E2,Two,two@x.example,Eng,COO,boss@x.example,active,2020-01-01,
E3,Ann,ann@x.example,Eng,Dev,two@x.example,active,2020-01-01,
E4,Bob,bob@x.example,Eng,Dev,two@x.example,active,2020-01-01,
";
/// Whatever nobody answers goes.
const POLICY: &str = "\
name = \"T\"
duration = \"14d\"
time_zone = \"+00:00\"
fallback = [\"boss@x.example\", \"two@x.example\"]
undecided = \"revoke\"
[[stage]]
reviewers = \"manager\"
strategy = \"all-must-accept\"
";

/// An export: its kind, more words of the import, its text.
type Export<'e> = (&'e str, &'e str, &'e str);

fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

/// What became of each item that a campaign on the one exports revoked, by the others; `exported` is when these were made.
fn fates(name: &str, before: &[Export<'_>], after: &[Export<'_>], exported: &str) -> Vec<Value> {
    let folder = Folder::new(name);
    folder.file("hr.csv", HR).file("review.toml", POLICY);
    let import = |campaign: &str, all: &[Export<'_>], made: &str| {
        let line = format!("review import hr hr.csv --campaign {campaign} --by g {made}");
        folder.run(&words(&line), "").ends(0);
        for (index, (kind, more, text)) in all.iter().enumerate() {
            let file = format!("{campaign}-{index}");
            folder.file(&file, text);
            let line =
                format!("review import {kind} {file} --campaign {campaign} --by g {made} {more}");
            folder.run(&words(&line), "").ends(0);
        }
    };
    let made = "--at 2026-11-22T09:00:00Z --exported-at 2026-11-21T08:00:00Z";
    import("q.review", before, made);
    // What nobody answers is told by the exit code of the close.
    for (line, code) in [
        (
            "review open q.review --policy review.toml --by g --at 2026-11-22T09:00:00Z",
            0,
        ),
        (
            "review close q.review --acknowledged-by boss@x.example --by g --at 2026-12-08T09:00:00Z",
            1,
        ),
    ] {
        folder.run(&words(line), "").ends(code);
    }
    let made = format!("--at 2026-12-15T09:00:00Z --exported-at {exported}");
    import("after.review", after, &made);
    let line = "review verify-remediation q.review --with after.review --by g --at 2026-12-15T09:00:00Z --format json";
    let ended = folder.run(&words(line), "");
    let report = ended.json();
    report["fates"].as_array().unwrap().clone()
}

const LATER: &str = "2026-12-14T08:00:00Z";

/// What became of the access of such a name.
#[track_caller]
fn assert_fate(found: &[Value], access: &str, fate: &str, why: &str) {
    let of = |one: &&Value| one["entitlement"].as_str().unwrap().ends_with(access);
    let one = found
        .iter()
        .find(of)
        .unwrap_or_else(|| panic!("{found:#?}"));
    assert_eq!(one["fate"], fate, "{one}");
    assert!(one["why"].as_str().unwrap().contains(why), "{one}");
}

fn grants(rows: &str) -> String {
    format!("system,account,account_email,entitlement\n{rows}")
}

#[test]
fn what_is_not_there_in_a_whole_later_export_is_gone() {
    let before = grants("erp,ann,ann@x.example,Admin\nerp,bob,bob@x.example,Read\n");
    let after = grants("erp,ann,ann@x.example,Other\n");
    let found = fates(
        "fate-gone",
        &[("grants", "", &before)],
        &[("grants", "", &after)],
        LATER,
    );
    assert_fate(&found, "Admin", "gone", "");
    assert_fate(&found, "Read", "account-gone", "");
}

/// Nobody answered: it was to go at the close, and what was exported before that proves nothing.
#[test]
fn an_export_made_before_the_close_proves_nothing() {
    let before = grants("erp,ann,ann@x.example,Admin\n");
    let after = grants("erp,ann,ann@x.example,Other\n");
    let export = [("grants", "", after.as_str())];
    let made = "2026-11-25T00:00:00Z";
    let found = fates("fate-early", &[("grants", "", &before)], &export, made);
    assert_fate(
        &found,
        "Admin",
        "not-evaluable",
        "exported after the decision",
    );
}

#[test]
fn what_is_there_in_other_words_is_not_gone() {
    for (before, after, fate, why) in [
        (
            "erp,ann,,Admin\n",
            "erp,ann,,ADMIN\n",
            "not-evaluable",
            "nearly the same name",
        ),
        ("erp,ann,,Admin\n", "erp,ann,,Admin \u{a0}x\n", "gone", ""),
        (
            "erp,zo\u{eb},,Admin\n",
            "erp,zoe\u{308},,Admin\n",
            "not-evaluable",
            "nearly the same name",
        ),
        // The same person by another account, which the campaign did not know.
        (
            "erp,ann,ann@x.example,Admin\n",
            "erp,ann2,ANN@x.example,Admin\n",
            "other-way",
            "erp/ann2 holds role Admin",
        ),
    ] {
        let (before, after) = (grants(before), grants(after));
        let found = fates(
            "fate-words",
            &[("grants", "", &before)],
            &[("grants", "", &after)],
            LATER,
        );
        assert_fate(&found, "Admin", fate, why);
    }
}

/// An export of another system, of another filter, or of another part of the same says nothing about what it leaves out.
#[test]
fn an_export_of_something_else_proves_nothing() {
    let erp = grants("erp,ann,ann@x.example,Admin\n");
    let other = grants("erp,bob,bob@x.example,Read\n");
    let crm = grants("crm,bob,bob@x.example,Read\n");
    for (before, after, why) in [
        (
            ("grants", "", erp.as_str()),
            ("grants", "", crm.as_str()),
            "no later grants tells of erp",
        ),
        (
            ("grants", "--filter all", erp.as_str()),
            ("grants", "--filter sales", other.as_str()),
            "by the same filter, `all`",
        ),
    ] {
        let found = fates("fate-else", &[before], &[after], LATER);
        assert_fate(&found, "Admin", "not-evaluable", why);
    }
    // One Okta application a file.
    let app = |id: &str, label: &str, user: &str| {
        format!(
            "[{{\"id\": \"{user}\", \"status\": \"ACTIVE\", \"scope\": \"USER\", \"credentials\": {{\"userName\": \"{user}@x.example\"}}, \
             \"_links\": {{\"app\": {{\"href\": \"https://x.okta.com/api/v1/apps/{id}\"}}}}, \
             \"app\": {{\"id\": \"{id}\", \"label\": \"{label}\"}}}}]"
        )
    };
    let (aws, jira) = (app("0oa1", "AWS", "00u1"), app("0oa2", "Jira", "00u1"));
    let found = fates(
        "fate-app",
        &[("okta-apps", "", &aws)],
        &[("okta-apps", "", &jira)],
        LATER,
    );
    assert_fate(
        &found,
        "AWS",
        "not-evaluable",
        "no later okta-apps is of AWS",
    );
}

/// A user who is deactivated holds the roles still, and opens no application.
#[test]
fn a_disabled_account_opens_nothing() {
    let users = |status: &str| {
        let user = |id: &str, status: &str| {
            format!(
                "{{\"id\": \"{id}\", \"status\": \"{status}\", \"created\": \"2020-01-01T00:00:00.000Z\", \
                 \"profile\": {{\"login\": \"{id}@x.example\", \"email\": \"{id}@x.example\"}}}}"
            )
        };
        format!("[{}, {}]", user("00u1", status), user("00u2", "ACTIVE"))
    };
    let (before, after) = (users("ACTIVE"), users("DEPROVISIONED"));
    let found = fates(
        "fate-disabled",
        &[("okta-users", "", &before)],
        &[("okta-users", "", &after)],
        LATER,
    );
    let of = |account: &str| found.iter().find(|one| one["account"] == account).unwrap();
    assert_fate(
        std::slice::from_ref(of("okta/00u1")),
        "Okta",
        "account-disabled",
        "okta/00u1 holds app Okta",
    );
    assert_eq!(of("okta/00u2")["fate"], "still-there");
}

#[test]
fn an_export_from_the_future_is_refused() {
    let folder = Folder::new("fate-future");
    folder.file("hr.csv", HR);
    let line = "review import hr hr.csv --campaign q.review --by g --at 2026-11-22T09:00:00Z --exported-at 2030-01-01T00:00:00Z";
    let ended = folder.run(&words(line), "").ends(2);
    assert!(ended.stderr.contains("--exported-at"), "{}", ended.stderr);
}
