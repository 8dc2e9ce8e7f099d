//! What a careless or hurried hand asks for: flags without an effect, keys that are somebody's already, files left behind.

use super::{ID, INIT, issue, run, scene};
use crate::binary::Folder;

fn size(folder: &Folder) -> u64 {
    let checkpoint = folder.read("ca/log/checkpoint");
    checkpoint.lines().nth(1).unwrap().parse().unwrap()
}

#[track_caller]
fn refused(folder: &Folder, line: &str, part: &str) {
    let ended = run(folder, line).ends(2);
    assert!(ended.stderr.contains(part), "{ended:#?}");
}

#[test]
fn a_compromised_key_is_never_certified_again() {
    let folder = scene("compromised");
    issue(&folder, "svid").ends(0);
    run(&folder, "cert status --ca ca svid").ends(0);
    run(
        &folder,
        "cert revoke --ca ca svid/svid.pem --reason key-compromise",
    )
    .ends(0);
    let status = run(&folder, "cert status --ca ca svid --format json").ends(1);
    assert_eq!(status.json()["certificates"][0]["reasons"][0], "revoked");
    let again = format!("cert issue --ca ca --spiffe-id {ID} --key svid/svid_key.pem --out again");
    refused(
        &folder,
        &again,
        "(key-compromise): the key is never certified again",
    );
    refused(
        &folder,
        "cert renew --ca ca svid --same-key",
        "never certified again",
    );
    let asked =
        "cert request --spiffe-id spiffe://acme.example/x --key svid/svid_key.pem --out r.csr";
    run(&folder, asked).ends(0);
    refused(
        &folder,
        "cert issue --ca ca --csr r.csr --out again",
        "never certified again",
    );
    let renewed = run(&folder, "cert renew --ca ca svid --format json").ends(0);
    assert_eq!(renewed.json()["reasons"][0], "revoked");
    run(&folder, "cert status --ca ca svid").ends(0);
}

#[test]
fn an_authority_s_own_key_is_no_workload_s() {
    let folder = scene("own-key");
    for key in ["issuing", "root", "log"] {
        let line = format!("cert issue --ca ca --spiffe-id {ID} --key ca/{key}.key.pem --out svid");
        refused(
            &folder,
            &line,
            "whoever holds a certificate for it could issue",
        );
    }
    assert_eq!(size(&folder), 2);
}

#[test]
fn a_flag_that_has_nothing_to_do_is_refused() {
    let folder = scene("flags");
    issue(&folder, "svid").ends(0);
    run(
        &folder,
        &format!("cert issue --ca ca --spiffe-id {ID} --out p --proof"),
    )
    .ends(0);
    let manifest: serde_json::Value = serde_json::from_str(&folder.read("ca/ca.json")).unwrap();
    let proof = format!(
        "cert log verify --log-key {} --proof p/svid.tlog-proof p/svid.pem",
        manifest["log_key"].as_str().unwrap()
    );
    run(&folder, &proof).ends(0);
    refused(
        &folder,
        &format!("{proof} --since garbage"),
        "consistency proof",
    );
    for (line, part) in [
        (
            "issue --spiffe-id spiffe://acme.example/a --root-key x --out q",
            "`--root-key`",
        ),
        ("bundle export --as spiffe --name y", "`--name`"),
        (
            "bundle export --as pem --refresh-hint 5m",
            "`--refresh-hint`",
        ),
        ("bundle export --as pem --namespace x", "`--namespace`"),
        ("bundle export --as pkcs12 --namespace x", "`--namespace`"),
        ("bundle export --as pem --legacy", "`--legacy`"),
        ("bundle export --as secret --password env:X", "`--password`"),
        ("bundle export --as configmap --files svid", "`--files`"),
        ("bundle export --also ca/issuing.pem", "not self-signed"),
        ("crl --point javascript:alert(1)", "fetched from"),
    ] {
        refused(&folder, &format!("cert {line} --ca ca"), part);
    }
    let verify = "cert verify --bundle svid/bundle.pem --any-id svid/svid.pem";
    run(&folder, verify).ends(0);
    refused(
        &folder,
        &format!("{verify} --correlation-id x"),
        "--audit-log",
    );
    run(
        &folder,
        &format!("{verify} --correlation-id x --audit-log a.jsonl"),
    )
    .ends(0);
}

#[test]
fn a_secret_holds_a_pair_of_this_authority_that_lives() {
    let folder = scene("secret-pair");
    issue(&folder, "a").ends(0);
    issue(&folder, "b").ends(0);
    let export = |files: &str| format!("cert bundle export --ca ca --as secret --files {files}");
    run(&folder, &export("a")).ends(0);
    folder.file("mixed/svid.pem", folder.read("a/svid.pem"));
    folder.file("mixed/svid_key.pem", folder.read("b/svid_key.pem"));
    refused(&folder, &export("mixed"), "do not belong together");
    let other = INIT.replace("init ca", "init other");
    run(&folder, &other).ends(0);
    run(
        &folder,
        &format!("cert issue --ca other --spiffe-id {ID} --out foreign"),
    )
    .ends(0);
    refused(&folder, &export("foreign"), "is not signed by");
    let old =
        format!("cert issue --ca old --spiffe-id {ID} --out old-svid --at 2020-01-01T00:00:00Z");
    run(
        &folder,
        &format!(
            "{} --at 2020-01-01T00:00:00Z",
            INIT.replace("init ca", "init old")
        ),
    )
    .ends(0);
    run(&folder, &old).ends(0);
    let export = "cert bundle export --ca old --as secret --files old-svid";
    refused(&folder, export, "expired at");
}

#[test]
fn one_directory_holds_one_certificate() {
    let folder = scene("two-in-one");
    issue(&folder, "svid").ends(0);
    let server = "cert issue --ca ca --profile server --dns a.acme.example --out svid";
    refused(&folder, server, "holds another certificate");
    folder.file("svid/tls.crt", folder.read("svid/svid.pem"));
    refused(&folder, "cert status svid", "holds more than one");
}

#[test]
fn a_place_that_cannot_be_written_to_is_found_before_anything_is_logged() {
    let folder = scene("no-place");
    folder.file("file", "");
    let line = format!("cert issue --ca ca --spiffe-id {ID} --out file");
    refused(&folder, &line, "cannot write `file`");
    folder.file("list.csv", format!("spiffe_id\n{ID}\n"));
    refused(
        &folder,
        "cert issue --ca ca --from list.csv --out file",
        "cannot write `file`",
    );
    assert_eq!(size(&folder), 2);
}

#[test]
fn an_authority_is_made_in_the_directory_where_one_stands() {
    let folder = Folder::new("authority-here");
    std::fs::create_dir(folder.0.join("e")).unwrap();
    let mut command = folder.command(&[
        "cert",
        "init",
        ".",
        "--trust-domain",
        "acme.example",
        "--plaintext-keys",
    ]);
    let made = command.current_dir(folder.0.join("e")).output().unwrap();
    assert!(made.status.success(), "{made:?}");
    run(
        &folder,
        &format!("cert issue --ca e --spiffe-id {ID} --out svid"),
    )
    .ends(0);
    assert_eq!(folder.0.join("e").read_dir().unwrap().count(), 10);
}

#[test]
fn names_that_do_not_fit_are_refused_or_cut_alike() {
    let folder = Folder::new("authority-long-names");
    let long = format!("{}.example.org", "a".repeat(60));
    for (dir, domain) in [("under", "my_td"), ("long", long.as_str())] {
        run(
            &folder,
            &format!("cert init {dir} --trust-domain {domain} --plaintext-keys"),
        )
        .ends(0);
        let linkerd = format!("cert issue --ca {dir} --profile linkerd --out linkerd");
        refused(&folder, &linkerd, "Linkerd needs an issuer named");
        run(
            &folder,
            &format!("cert issue --ca {dir} --spiffe-id spiffe://{domain}/x --out {dir}-svid"),
        )
        .ends(0);
        let verify = format!(
            "cert verify --strict --bundle {dir}-svid/bundle.pem --any-id {dir}-svid/svid.pem"
        );
        run(&folder, &verify).ends(0);
    }
}

#[test]
fn what_a_request_asked_for_and_does_not_get_is_told() {
    let folder = scene("replaced-id");
    run(
        &folder,
        &format!("cert request --spiffe-id {ID} --key-out k.pem --out r.csr"),
    )
    .ends(0);
    let line = "cert issue --ca ca --csr r.csr --spiffe-id spiffe://acme.example/other --out svid --format json";
    let told = run(&folder, line).ends(0).json();
    let dropped = told["dropped"][0].as_str().unwrap();
    assert!(
        dropped.contains(ID) && dropped.contains("takes its place"),
        "{dropped}"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_forced_certificate_takes_the_place_of_another_as_one_set() {
    let folder = scene("forced");
    run(
        &folder,
        &format!("cert issue --ca ca --spiffe-id {ID} --out svid --proof"),
    )
    .ends(0);
    // What killed processes left behind, perhaps with a key inside.
    folder.file("svid/.svid_key.pem.4194303.new", "");
    folder.file("ca/.log.head.4194303.new", "");
    folder.file("ca/log/.checkpoint.4194303.new", "");
    run(
        &folder,
        &format!("cert issue --ca ca --spiffe-id {ID} --out svid --force"),
    )
    .ends(0);
    for name in ["svid.pem", "svid_key.pem", "bundle.pem"] {
        let target = std::fs::read_link(folder.0.join("svid").join(name)).unwrap();
        assert_eq!(target, std::path::Path::new("..data").join(name));
    }
    // The proof was that of the certificate before.
    assert!(!folder.0.join("svid/svid.tlog-proof").exists());
    run(&folder, "cert status --ca ca svid").ends(0);
    for gone in [
        "svid/.svid_key.pem.4194303.new",
        "ca/.log.head.4194303.new",
        "ca/log/.checkpoint.4194303.new",
    ] {
        assert!(!folder.0.join(gone).exists(), "{gone}");
    }
}

#[cfg(unix)]
#[test]
fn who_could_not_be_told_is_told_by_the_next() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = scene("untold");
    issue(&folder, "svid").ends(0);
    folder.file(
        "hook",
        "#!/bin/sh\ntest -f \"$1/../ready\" && touch \"$1/../told\"\n",
    );
    let hook = folder.0.join("hook");
    std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).unwrap();
    let renew = format!("cert renew --ca ca svid --hook {}", hook.display());
    refused(&folder, &format!("{renew} --force"), "was not told well");
    folder.file("ready", "");
    run(&folder, &renew).ends(0);
    assert!(folder.0.join("told").exists());
    std::fs::remove_file(folder.0.join("told")).unwrap();
    run(&folder, &renew).ends(0);
    assert!(!folder.0.join("told").exists(), "told once");
}

#[test]
fn a_list_reads_of_the_log_what_is_new_and_trusts_no_changed_past() {
    let folder = scene("log-read-once");
    for index in 0..3 {
        let out = format!("s{index}");
        issue(&folder, &out).ends(0);
        run(&folder, &format!("cert revoke --ca ca {out}/svid.pem")).ends(0);
        let made = run(&folder, "cert crl --ca ca --format json")
            .ends(0)
            .json();
        assert_eq!(made["lists"][0]["entries"], index + 1);
    }
    let lists: serde_json::Value = serde_json::from_str(&folder.read("ca/lists.json")).unwrap();
    // Size, root, revocations, their hash and the last list's number, signed with the log's key.
    let told: Vec<&str> = lists["log"].as_str().unwrap().lines().collect();
    assert_eq!((told[1], told[3], told[5]), ("10", "3", "2"), "{told:?}");
    let all = folder.read("ca/revocations.jsonl");
    folder.file("ca/revocations.jsonl", all.lines().next().unwrap());
    let ended = run(&folder, "cert crl --ca ca --format json").ends(0);
    assert_eq!(ended.json()["lists"][0]["entries"], 3);
    assert_eq!(folder.read("ca/revocations.jsonl"), all);
    // What is written down and not signed counts for nothing: the log is read from its first entry.
    let other = folder.read("ca/lists.json");
    folder.file("ca/lists.json", other.replace(told[2], &"0".repeat(64)));
    folder.file("ca/revocations.jsonl", "");
    let ended = run(&folder, "cert crl --ca ca --format json").ends(0);
    assert_eq!(ended.json()["lists"][0]["entries"], 3);
    assert_eq!(folder.read("ca/revocations.jsonl"), all);
}

#[test]
fn several_chains_are_judged_in_one_call() {
    let folder = scene("several-chains");
    issue(&folder, "a").ends(0);
    issue(&folder, "b").ends(0);
    folder.file("junk.der", [0x30, 0x03, 1, 2, 3]);
    let verify = "cert verify --bundle a/bundle.pem --format json --spiffe-id";
    let both = run(&folder, &format!("{verify} {ID} a/svid.pem b/svid.pem"))
        .ends(0)
        .json();
    assert_eq!(both["schema"], "countersign/chain-verdicts/v1");
    assert_eq!((&both["chains"], &both["accepted"]), (&2.into(), &2.into()));
    let undecided = run(&folder, &format!("{verify} {ID} a/svid.pem junk.der"))
        .ends(2)
        .json();
    assert_eq!(undecided["verdicts"][1]["reasons"][0], "cert-malformed");
    run(
        &folder,
        &format!("{verify} spiffe://acme.example/other a/svid.pem junk.der"),
    )
    .ends(1);
    folder.file(
        "junk.pem",
        "-----BEGIN CERTIFICATE-----\nMAMBAgM=\n-----END CERTIFICATE-----\n",
    );
    run(&folder, &format!("{verify} {ID} junk.pem")).ends(2);
}

#[test]
fn of_two_keys_in_a_file_none_is_chosen() {
    let folder = scene("two-keys");
    for out in ["a", "b"] {
        issue(&folder, out).ends(0);
    }
    let (one, other) = (folder.read("a/svid_key.pem"), folder.read("b/svid_key.pem"));
    folder.file("both.pem", format!("{one}{other}"));
    folder.file("twice.pem", format!("{one}{one}"));
    let line =
        |key: &str| format!("cert issue --ca ca --spiffe-id {ID} --key {key} --force --out c");
    refused(&folder, &line("both.pem"), "it holds 2 private keys");
    run(&folder, &line("twice.pem")).ends(0);
    refused(
        &folder,
        "cert request --key both.pem --dns a.acme.example --out r.pem",
        "it holds 2 private keys",
    );
    // Neither does an authority sign with the first of two.
    let issuing = folder.read("ca/issuing.key.pem");
    for both in [format!("{issuing}{other}"), format!("{other}{issuing}")] {
        folder.file("ca/issuing.key.pem", both);
        refused(&folder, &line("twice.pem"), "it holds 2 private keys");
    }
}
