//! Configuration: what beats what, and what a pull request cannot do.

use super::{NOW, VERIFY, scene, words};

#[test]
fn a_project_file_tightens_and_never_loosens() {
    let folder = scene("project");
    let verify = |at: &str, vars: &[(&str, &str)], more: &str| {
        let line = format!(
            "request verify --key file:secret --key-encoding utf8 --at {at} {more} signed.http"
        );
        folder.run_with(&words(&line), "", vars)
    };
    let (soon, late) = ("2026-11-22T09:02:00Z", "2026-11-22T09:20:00Z");
    verify(soon, &[], "").ends(0);
    verify(late, &[], "").ends(1);
    folder.file("countersign.toml", "[request]\nmax-age = \"10h\"\n");
    let ignored = verify(late, &[], "").ends(1);
    assert!(
        ignored.stderr.contains("warning: `request.max-age`"),
        "{ignored:#?}"
    );
    assert!(ignored.stderr.contains("is ignored"));
    verify(late, &[], "--config countersign.toml").ends(0);
    let hours = [("COUNTERSIGN_REQUEST_MAX_AGE", "10h")];
    verify(late, &hours, "").ends(0);
    verify(late, &hours, "--max-age 5m").ends(1);
    folder.file("countersign.toml", "[request]\nmax-age = \"1m\"\n");
    let tightened = verify(soon, &[], "").ends(1);
    assert_eq!(tightened.stderr, "");
    verify(soon, &hours, "").ends(0);
    for text in [
        "audit-log = \"stolen\"\n",
        "[lint]\nmesh-mtls = \"strict\"\n",
        "[lint]\nroot-namespace = \"other\"\n",
        "[lint]\nfail-on = \"critical\"\n",
        "[jwt]\nleeway = \"5m\"\n",
    ] {
        folder.file("countersign.toml", text);
        let ended = verify(soon, &[], "").ends(0);
        assert!(ended.stderr.contains("is ignored"), "{text}: {ended:#?}");
    }
    assert!(!folder.0.join("stolen").exists());
    folder.file("countersign.toml", "[lint]\nfail-on = \"low\"\n");
    let shown = folder.run(&words("config show --origin"), "").ends(0);
    assert!(
        shown.stdout.contains("low            project file"),
        "{shown:#?}"
    );
    folder.file("countersign.toml", "key = \"hunter2\"\n");
    let unknown = verify(soon, &[], "").ends(2);
    assert!(!unknown.stderr.contains("hunter2"));
}

#[test]
fn no_variable_sets_the_clock_or_a_key() {
    let folder = scene("clock");
    let line = VERIFY.replace(&format!("--at {NOW}"), "");
    for name in [
        "SOURCE_DATE_EPOCH",
        "FAKETIME",
        "COUNTERSIGN_AT",
        "COUNTERSIGN_NOW",
        "COUNTERSIGN_KEY",
    ] {
        let line = format!("{line} --at 2026-11-23T09:00:00Z token");
        folder.run_with(&words(&line), "", &[(name, NOW)]).ends(1);
    }
    let far = folder
        .run(&words(&format!("{VERIFY} --leeway 6m token")), "")
        .ends(2);
    assert!(far.stderr.contains("5m"), "{far:#?}");
}
