//! Renewal: when, why, and the exchange of all files at one instant.

use std::time::Duration;

use super::{ID, issue, run, scene};
use crate::binary::Folder;

fn serial(folder: &Folder) -> String {
    let verdict = run(
        folder,
        "cert verify --any-id --bundle svid/bundle.pem svid/svid.pem --format json",
    );
    verdict.ends(0).json()["leaf"]["serial"].to_string()
}

/// Whether certificate and key of a directory belong together: the status says so if not.
fn whole(folder: &Folder) {
    let status = run(folder, "cert status svid --format json").json();
    let reasons = status["certificates"][0]["reasons"].to_string();
    assert!(!reasons.contains("key-mismatch"), "{status}");
}

#[test]
fn what_needs_renewal_is_told_with_its_reason() {
    let folder = scene("status");
    issue(&folder, "svid").ends(0);
    let reasons = |more: &str, code: i32| {
        let line = format!("cert status svid {more} --format json");
        let status = run(&folder, &line).ends(code).json();
        status["certificates"][0]["reasons"].to_string()
    };
    assert_eq!(reasons("--ca ca", 0), "[]");
    assert_eq!(reasons(&format!("--spiffe-id {ID}"), 0), "[]");
    assert_eq!(reasons("--dns a.acme.example", 1), "[\"names-drifted\"]");
    assert_eq!(reasons("--profile server", 1), "[\"profile-drifted\"]");
    assert_eq!(reasons("--threshold 1/1000", 1), "[\"due\"]");
    assert_eq!(reasons("--at 2099-01-01T00:00:00Z", 1), "[\"expired\"]");
    run(
        &folder,
        "cert init ca2 --trust-domain acme.example --plaintext-keys --generation 2",
    )
    .ends(0);
    assert_eq!(reasons("--ca ca2", 1), "[\"issuer-changed\"]");
    std::fs::remove_file(folder.0.join("svid/svid_key.pem")).unwrap();
    assert_eq!(reasons("", 1), "[\"key-mismatch\"]");
    run(&folder, "cert status ca").ends(3);
    run(&folder, "cert status absent").ends(3);
}

#[cfg(unix)]
#[test]
fn files_are_exchanged_as_one_set_and_keep_their_modes() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = scene("renew");
    let line = format!(
        "cert issue --ca ca --spiffe-id {ID} --dns a.acme.example --ip 10.0.0.1 --out svid"
    );
    run(&folder, &line).ends(0);
    let key = folder.0.join("svid/svid_key.pem");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o640)).unwrap();
    let first = serial(&folder);
    let early = run(&folder, "cert renew --ca ca svid").ends(0);
    assert!(early.stdout.starts_with("not due"), "{early:#?}");
    assert_eq!(serial(&folder), first);
    std::fs::write(
        folder.0.join("hook"),
        "#!/bin/sh\n/bin/cat \"$1/svid.pem\" > \"$1/told\"\n",
    )
    .unwrap();
    std::fs::set_permissions(
        folder.0.join("hook"),
        std::fs::Permissions::from_mode(0o755),
    )
    .unwrap();
    let mut seen = vec![first];
    for round in 0..3 {
        run(&folder, "cert renew --ca ca svid --force --hook ./hook").ends(0);
        let now = serial(&folder);
        assert!(!seen.contains(&now), "round {round}");
        seen.push(now);
        whole(&folder);
        assert_eq!(folder.read("svid/told"), folder.read("svid/svid.pem"));
        assert_eq!(key.metadata().unwrap().permissions().mode() & 0o777, 0o640);
    }
    let link = std::fs::read_link(folder.0.join("svid/..data")).unwrap();
    assert!(folder.0.join("svid").join(link).is_dir());
    let versions = folder.0.join("svid").read_dir().unwrap().flatten();
    let versions = versions.filter(|entry| entry.file_name().to_string_lossy().starts_with("..2"));
    assert_eq!(versions.count(), 2, "this version and the one before");
    let status = run(
        &folder,
        "cert status svid --dns a.acme.example --ip 10.0.0.1",
    );
    status.ends(0);
    let before = std::fs::read(&key).unwrap();
    run(&folder, "cert renew --ca ca svid --force --same-key").ends(0);
    assert_eq!(std::fs::read(&key).unwrap(), before);
    run(&folder, "cert renew --ca ca svid --dns b.acme.example").ends(0);
    run(&folder, "cert status svid --dns b.acme.example").ends(0);
    run(&folder, "cert log audit --ca ca svid").ends(0);
}

#[cfg(unix)]
#[test]
fn a_renewal_that_is_killed_leaves_a_pair_that_belongs_together() {
    let folder = scene("renew-kill");
    issue(&folder, "svid").ends(0);
    for round in 0..30_u64 {
        let words = ["cert", "renew", "--ca", "ca", "svid", "--force"];
        let mut command = folder.command(&words);
        let null = std::process::Stdio::null;
        let mut child = command.stdout(null()).stderr(null()).spawn().unwrap();
        std::thread::sleep(Duration::from_micros(2_000 + round * 700));
        let _may_be_done = child.kill();
        child.wait().unwrap();
        whole(&folder);
    }
    run(&folder, "cert renew --ca ca svid --force").ends(0);
    run(&folder, "cert log audit --ca ca svid").ends(0);
}

#[cfg(unix)]
#[test]
fn a_watch_renews_in_its_time_and_sees_what_others_changed() {
    let folder = scene("watch-renew");
    let line = format!("cert issue --ca ca --spiffe-id {ID} --ttl 6s --out svid");
    run(&folder, &line).ends(0);
    let first = serial(&folder);
    let words = [
        "cert",
        "watch",
        "--ca",
        "ca",
        "svid",
        "--interval",
        "1s",
        "-q",
    ];
    let mut child = folder.command(&words).spawn().unwrap();
    std::thread::sleep(Duration::from_secs(6));
    let running = child.try_wait().unwrap();
    let _ended = child.kill();
    child.wait().unwrap();
    assert_eq!(running, None, "it goes on");
    assert_ne!(serial(&folder), first);
    whole(&folder);
    // One round; an authority that is not there is told.
    run(&folder, "cert watch --ca ca svid --once").ends(0);
    run(&folder, "cert watch --ca absent svid --once").ends(2);
    let stdin = run(&folder, "cert watch --ca ca --ca-password stdin svid").ends(2);
    assert!(stdin.stderr.contains("at every renewal"), "{stdin:#?}");
}

#[cfg(unix)]
#[test]
fn a_responder_is_renewed_and_stays_one() {
    let folder = scene("renew-ocsp");
    issue(&folder, "svid").ends(0);
    run(&folder, "cert issue --ca ca --profile ocsp --out ocsp").ends(0);
    run(&folder, "cert status ocsp --ca ca").ends(0);
    let before = folder.read("ocsp/ocsp.pem");
    run(&folder, "cert renew --ca ca ocsp").ends(0);
    assert_eq!(folder.read("ocsp/ocsp.pem"), before);
    run(&folder, "cert renew --ca ca ocsp --force").ends(0);
    assert_ne!(folder.read("ocsp/ocsp.pem"), before);
    let respond = "cert crl --ca ca --ocsp svid/svid.pem --responder ocsp";
    run(&folder, respond).ends(0);
    for (dir, profile) in [("ocsp", "server"), ("svid", "ocsp")] {
        let line = format!("cert renew --ca ca {dir} --profile {profile}");
        let refused = run(&folder, &line).ends(2);
        assert!(refused.stderr.contains("stays one"), "{refused:#?}");
    }
}

#[cfg(unix)]
#[test]
fn a_renewal_after_plain_files_were_put_over_the_links_is_seen() {
    let folder = scene("renew-plain");
    issue(&folder, "svid").ends(0);
    run(&folder, "cert renew --ca ca svid --force").ends(0);
    let line = format!("cert issue --ca ca --spiffe-id {ID} --out svid --force");
    run(&folder, &line).ends(0);
    let before = serial(&folder);
    run(&folder, "cert renew --ca ca svid --force").ends(0);
    assert_ne!(serial(&folder), before);
    whole(&folder);
    run(&folder, "cert renew --ca ca svid").ends(0);
}

#[cfg(unix)]
#[test]
fn a_first_renewal_that_was_cut_off_is_made_up_for() {
    use std::os::unix::fs::symlink;
    let names = ["bundle.pem", "svid.pem", "svid_key.pem"];
    for linked in 0..=names.len() {
        let folder = scene(&format!("renew-cut-{linked}"));
        issue(&folder, "svid").ends(0);
        let dir = folder.0.join("svid");
        std::fs::create_dir(dir.join("..2000_first")).unwrap();
        for name in names {
            std::fs::copy(dir.join(name), dir.join("..2000_first").join(name)).unwrap();
        }
        symlink("..2000_first", dir.join("..data")).unwrap();
        for name in names.iter().take(linked) {
            std::fs::remove_file(dir.join(name)).unwrap();
            symlink(format!("..data/{name}"), dir.join(name)).unwrap();
        }
        let before = serial(&folder);
        run(&folder, "cert renew --ca ca svid --force").ends(0);
        assert_ne!(serial(&folder), before, "{linked} linked");
        whole(&folder);
    }
}
