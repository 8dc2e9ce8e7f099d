//! What one row of each kind of log is credited as.

use super::*;
use crate::review::usage::json::{self, SLOTS};

fn read(format: &Format, row: &serde_json::Value) -> Result<(Outcome, Vec<String>), Reject> {
    let text = row.to_string();
    let mut values = [None; SLOTS];
    json::read(text.as_bytes(), &format.shape(), &mut values).unwrap();
    let head = format.head(&values)?;
    let mut credits = Vec::new();
    if head.outcome == Outcome::Use {
        format.credits(&values, &mut Buffers::default(), |principal, permission| {
            let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
            credits.push(format!("{} | {}", text(principal), text(permission)));
        })?;
    }
    Ok((head.outcome, credits))
}

fn used(format: &Format, row: &serde_json::Value) -> Vec<String> {
    let (outcome, credits) = read(format, row).unwrap();
    assert_eq!(outcome, Outcome::Use, "{row}");
    credits
}

fn failed(format: &Format, row: &serde_json::Value) {
    assert_eq!(
        read(format, row),
        Ok((Outcome::Failed, Vec::new())),
        "{row}"
    );
}

/// A row with some members more.
fn with(row: &serde_json::Value, more: serde_json::Value) -> serde_json::Value {
    let mut row = row.clone();
    for (name, value) in more.as_object().unwrap() {
        row[name] = value.clone();
    }
    row
}

#[test]
fn cloudtrail_credits_roles_and_no_failures() {
    let base = serde_json::json!({
        "eventTime": "2026-11-22T09:00:00Z", "eventSource": "s3.amazonaws.com", "eventName": "GetObject",
    });
    let by = |who: serde_json::Value| with(&base, serde_json::json!({ "userIdentity": who }));
    let session = "arn:aws-cn:sts::7:assumed-role/reader/ann@acme.example";
    for (who, principal) in [
        (
            serde_json::json!({ "type": "AssumedRole", "arn": session,
                "sessionContext": { "sessionIssuer": { "arn": "arn:aws-cn:iam::7:role/team/reader" } } }),
            "arn:aws-cn:iam::7:role/team/reader",
        ),
        (
            serde_json::json!({ "type": "AssumedRole", "arn": session }),
            "arn:aws-cn:iam::7:role/reader",
        ),
        (
            serde_json::json!({ "type": "IAMUser", "arn": "arn:aws:iam::7:user/ann",
                "sessionContext": { "sessionIssuer": {} } }),
            "arn:aws:iam::7:user/ann",
        ),
        (
            serde_json::json!({ "type": "IAMUser", "userName": "ann", "accountId": "7", "principalId": "AIDA" }),
            "arn:aws:iam::7:user/ann",
        ),
        (
            serde_json::json!({ "type": "Root", "arn": "arn:aws:iam::7:root" }),
            "arn:aws:iam::7:root",
        ),
        (
            serde_json::json!({ "type": "AWSService", "invokedBy": "ec2.amazonaws.com" }),
            "ec2.amazonaws.com",
        ),
        (
            serde_json::json!({ "accountId": "7", "invokedBy": "ec2.amazonaws.com" }),
            "ec2.amazonaws.com",
        ),
        (
            serde_json::json!({ "type": "AWSAccount", "accountId": "8" }),
            "8",
        ),
        (
            serde_json::json!({ "type": "SAMLUser", "principalId": "p:ann", "userName": "ann" }),
            "ann",
        ),
    ] {
        let row = by(who);
        assert_eq!(
            used(&Format::CloudTrail, &row),
            [format!("{principal} | s3:GetObject")],
            "{row}"
        );
    }
    let ann = by(serde_json::json!({ "arn": "arn:aws:iam::7:user/ann" }));
    used(
        &Format::CloudTrail,
        &with(
            &ann,
            serde_json::json!({ "errorCode": null, "errorMessage": "" }),
        ),
    );
    used(
        &Format::CloudTrail,
        &with(
            &ann,
            serde_json::json!({ "responseElements": { "ConsoleLogin": "Success" } }),
        ),
    );
    for failure in [
        serde_json::json!({ "errorCode": "AccessDenied" }),
        serde_json::json!({ "errorMessage": "Failed authentication" }),
        serde_json::json!({ "responseElements": { "ConsoleLogin": "Failure" } }),
    ] {
        failed(&Format::CloudTrail, &with(&ann, failure));
    }
    assert_eq!(read(&Format::CloudTrail, &base), Err(Reject::NoPrincipal));
    let timeless = with(&ann, serde_json::json!({ "eventTime": "yesterday" }));
    assert_eq!(read(&Format::CloudTrail, &timeless), Err(Reject::BadTime));
}

#[test]
fn okta_finds_the_app_by_its_type() {
    let app =
        serde_json::json!({ "type": "AppInstance", "alternateId": "Pay \"roll\"", "id": "0oa1" });
    let user = serde_json::json!({ "type": "AppUser", "alternateId": "ann@acme.example" });
    let base = serde_json::json!({
        "published": "2026-11-22T09:00:00.123Z", "uuid": "u", "eventType": "user.authentication.sso",
        "actor": { "id": "00u1", "alternateId": "ann@acme.example" }, "outcome": { "result": "SUCCESS" },
    });
    for targets in [
        serde_json::json!([app, user]),
        serde_json::json!([user, app]),
    ] {
        let row = with(&base, serde_json::json!({ "target": targets }));
        assert_eq!(
            used(&Format::Okta, &row),
            ["ann@acme.example | app:Pay \"roll\""]
        );
    }
    for targets in [
        serde_json::json!(null),
        serde_json::json!([]),
        serde_json::json!([user]),
    ] {
        let row = with(
            &base,
            serde_json::json!({ "target": targets, "outcome": { "result": "ALLOW" } }),
        );
        assert_eq!(
            used(&Format::Okta, &row),
            ["ann@acme.example | user.authentication.sso"]
        );
    }
    for result in ["FAILURE", "DENY", "SKIPPED", "CHALLENGE", "UNKNOWN"] {
        failed(
            &Format::Okta,
            &with(
                &base,
                serde_json::json!({ "outcome": { "result": result } }),
            ),
        );
    }
    let silent = with(&base, serde_json::json!({ "outcome": null }));
    assert_eq!(read(&Format::Okta, &silent), Err(Reject::NoOutcome));
}

#[test]
fn entra_counts_error_code_zero_alone() {
    let base = serde_json::json!({
        "id": "1", "createdDateTime": "2026-11-22T09:00:00Z", "userPrincipalName": "ann@acme.example",
        "appDisplayName": "Payroll", "appId": "a-1", "status": { "errorCode": 0 },
    });
    assert_eq!(
        used(&Format::Entra, &base),
        ["ann@acme.example | app:Payroll"]
    );
    let exported = serde_json::json!({ "time": "2026-11-22T09:00:01Z", "properties": base });
    assert_eq!(
        used(&Format::Entra, &exported),
        ["ann@acme.example | app:Payroll"]
    );
    failed(
        &Format::Entra,
        &with(
            &base,
            serde_json::json!({ "status": { "errorCode": 50126 } }),
        ),
    );
    assert_eq!(
        read(
            &Format::Entra,
            &with(&base, serde_json::json!({ "status": {} }))
        ),
        Err(Reject::NoOutcome)
    );
    let service = serde_json::json!({ "userPrincipalName": "", "userId": null, "servicePrincipalId": "sp-1", "appDisplayName": null });
    assert_eq!(
        used(&Format::Entra, &with(&base, service)),
        ["sp-1 | app:a-1"]
    );
}

#[test]
fn kubernetes_counts_completed_requests_and_credits_impersonation_twice() {
    let base = serde_json::json!({
        "auditID": "a", "stage": "ResponseComplete", "requestReceivedTimestamp": "2026-11-22T09:00:00.000001Z",
        "verb": "get", "user": { "username": "ann" }, "responseStatus": { "code": 200 },
        "objectRef": { "resource": "pods", "subresource": "log", "namespace": "web", "name": "x" },
    });
    let k8s = &Format::Kubernetes;
    assert_eq!(used(k8s, &base), ["ann | get pods/log@web"]);
    let scaled = serde_json::json!({ "objectRef": { "resource": "deployments", "apiGroup": "apps", "subresource": "scale" } });
    assert_eq!(
        used(k8s, &with(&base, scaled)),
        ["ann | get deployments.apps/scale"]
    );
    let health = serde_json::json!({ "objectRef": null, "requestURI": "/healthz?verbose" });
    assert_eq!(used(k8s, &with(&base, health)), ["ann | get /healthz"]);
    for stage in ["RequestReceived", "ResponseStarted", "Panic"] {
        let row = with(
            &base,
            serde_json::json!({ "stage": stage, "responseStatus": null }),
        );
        assert_eq!(read(k8s, &row), Ok((Outcome::Unfinished, Vec::new())));
    }
    failed(
        k8s,
        &with(
            &base,
            serde_json::json!({ "responseStatus": { "code": 403 } }),
        ),
    );
    let silent = with(&base, serde_json::json!({ "responseStatus": {} }));
    assert_eq!(read(k8s, &silent), Err(Reject::NoOutcome));
    let other = serde_json::json!({ "impersonatedUser": { "username": "bob", "groups": ["system:authenticated"] } });
    assert_eq!(
        used(k8s, &with(&base, other)),
        ["bob | get pods/log@web", "ann | impersonate users"]
    );
    let robot = serde_json::json!({ "impersonatedUser": { "username": "system:serviceaccount:ci:bot", "groups": ["root"] } });
    assert_eq!(
        used(k8s, &with(&base, robot)),
        [
            "system:serviceaccount:ci:bot | get pods/log@web",
            "ann | impersonate serviceaccounts@ci",
            "ann | impersonate groups"
        ]
    );
}

#[test]
fn any_log_is_read_by_its_mapping() {
    let path = |text: &str| text.parse::<Path>().unwrap();
    let mapping = Mapping {
        principal: path("actor.id"),
        permission: path("/a.b/c~1d"),
        time: path("t"),
        id: None,
        outcome: Some((path("ok"), vec!["true".to_owned(), "yes".to_owned()])),
        unit: Some(crate::review::usage::Unit::Milliseconds),
    };
    assert!(!mapping.repeats());
    let described =
        "principal=actor.id permission=/a.b/c~1d time=t unit=ms outcome=ok success=true|yes";
    assert_eq!(mapping.describe(), described);
    let format = Format::Generic(mapping);
    let row = serde_json::json!({ "actor": { "id": 7 }, "a.b": { "c/d": "x" }, "t": 1_700_000_000_123_u64, "ok": true });
    assert_eq!(used(&format, &row), ["7 | x"]);
    failed(&format, &with(&row, serde_json::json!({ "ok": "no" })));
    for (more, reject) in [
        (serde_json::json!({ "ok": null }), Reject::NoOutcome),
        (serde_json::json!({ "t": "1700000000" }), Reject::BadTime),
        (serde_json::json!({ "t": null }), Reject::NoTime),
        (
            serde_json::json!({ "actor": { "id": "" } }),
            Reject::NoPrincipal,
        ),
        (
            serde_json::json!({ "actor": { "id": ["x"] } }),
            Reject::NoPrincipal,
        ),
        (serde_json::json!({ "a.b": 1 }), Reject::NoPermission),
    ] {
        assert_eq!(read(&format, &with(&row, more)), Err(reject));
    }
    assert!("a..b".parse::<Path>().is_err() && "".parse::<Path>().is_err());
}
