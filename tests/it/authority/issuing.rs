//! Issuing: refusals before anything is logged, lists, keys that are elsewhere, two at once.

use crate::binary::Folder;

use super::{ID, INIT, issue, run, scene};

fn size(folder: &Folder) -> u64 {
    let checkpoint = folder.read("ca/log/checkpoint");
    checkpoint.lines().nth(1).unwrap().parse().unwrap()
}

#[test]
fn what_is_refused_is_neither_logged_nor_written() {
    let folder = scene("refused");
    let before = size(&folder);
    for (line, part) in [
        ("--spiffe-id spiffe://evil.example/a", "trust domain"),
        (&format!("--spiffe-id {ID} --ttl 2h"), "more than the 1h"),
        ("--profile server", "needs a DNS name"),
        (
            &format!("--profile server --spiffe-id {ID}"),
            "bears no SPIFFE ID",
        ),
        (&format!("--spiffe-id {ID} --dns a..b"), "is not a DNS name"),
        (
            &format!("--spiffe-id {ID} --signer exec:/bin/true"),
            "has nothing to do",
        ),
    ] {
        let ended = run(&folder, &format!("cert issue --ca ca --out svid {line}")).ends(2);
        assert!(ended.stderr.contains(part), "{ended:#?}");
    }
    assert_eq!(size(&folder), before);
    assert!(!folder.0.join("svid").exists());
}

#[test]
fn a_directory_of_a_newer_version_is_left_alone() {
    let folder = scene("newer");
    let manifest = folder.read("ca/ca.json").replace("/v1", "/v2");
    folder.file("ca/ca.json", manifest);
    let ended = issue(&folder, "svid").ends(2);
    assert!(ended.stderr.contains("a newer countersign"), "{ended:#?}");
}

#[test]
fn the_policy_file_is_obeyed_and_its_mistakes_are_told() {
    let folder = scene("policy");
    folder.file(
        "ca/policy.toml",
        "version = 1\nmax-ttl = \"10m\"\npaths = [\"/ci/*\"]\ncrl-urls = [\"http://crl.acme.example/i.crl\"]\n[profiles.client]\nallowed = false\n",
    );
    let ended = issue(&folder, "svid").ends(2);
    assert!(ended.stderr.contains("its paths are `/ci/*`"), "{ended:#?}");
    let client = "cert issue --ca ca --profile client --dns a.b --out client";
    assert!(
        run(&folder, client)
            .ends(2)
            .stderr
            .contains("does not allow the profile")
    );
    let line = "cert issue --ca ca --spiffe-id spiffe://acme.example/ci/x --out svid --at 2099-01-01T00:00:00Z";
    assert!(run(&folder, line).ends(2).stderr.contains("expired"));
    run(
        &folder,
        &line
            .replace("2099", "2027")
            .replace(" --at 2027-01-01T00:00:00Z", ""),
    )
    .ends(0);
    folder.file("ca/policy.toml", "version = 1\nmax_ttl = \"10m\"\n");
    let ended = issue(&folder, "other").ends(2);
    assert!(
        ended.stderr.contains("line 2: unknown field `max_ttl`"),
        "{ended:#?}"
    );
}

#[test]
fn a_list_is_issued_whole_or_not_at_all_and_goes_on_where_it_stopped() {
    let folder = scene("list");
    let rows: String = (0..40)
        .map(|n| format!("spiffe://acme.example/w/{n},w{n}.acme.example\n"))
        .collect();
    folder.file("list.csv", format!("spiffe_id,dns\n{rows}"));
    folder.file(
        "bad.csv",
        format!("spiffe_id,dns\n{rows}spiffe://other.example/x,\n"),
    );
    let bad = run(&folder, "cert issue --ca ca --from bad.csv --out bulk").ends(2);
    assert!(bad.stderr.contains("line 42: "), "{bad:#?}");
    assert!(!folder.0.join("bulk").exists());
    run(&folder, "cert issue --ca ca --from list.csv --out bulk").ends(0);
    assert_eq!(size(&folder), 42);
    let again = run(&folder, "cert issue --ca ca --from list.csv --out bulk").ends(2);
    assert!(again.stderr.contains("--resume"), "{again:#?}");
    // Two rows are lost, one of them in part.
    std::fs::remove_dir_all(folder.0.join("bulk/w/7")).unwrap();
    std::fs::remove_file(folder.0.join("bulk/w/9/svid_key.pem")).unwrap();
    let line = "cert issue --ca ca --from list.csv --out bulk --resume --format json";
    let ended = run(&folder, line);
    assert_eq!(
        ended.code, 2,
        "a part of a row is not taken for nothing: {ended:#?}"
    );
    std::fs::remove_dir_all(folder.0.join("bulk/w/9")).unwrap();
    let resumed = run(&folder, line).ends(0).json();
    assert_eq!(
        (&resumed["issued"], &resumed["kept"]),
        (&2.into(), &38.into())
    );
    run(&folder, "cert log audit --ca ca bulk").ends(0);
    let line = "cert verify --any-id --bundle bulk/w/7/bundle.pem bulk/w/7/svid.pem";
    run(&folder, line).ends(0);
}

#[cfg(unix)]
#[test]
fn a_key_that_is_elsewhere_signs_through_a_program_that_is_not_believed() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new("authority-external");
    let openssl = |line: &str| {
        let mut command = std::process::Command::new("openssl");
        command.args(line.split_whitespace()).current_dir(&folder.0);
        command.output().is_ok_and(|output| output.status.success())
    };
    if !openssl("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out hsm.key") {
        println!("skipped: openssl not found");
        return;
    }
    assert!(openssl("pkey -in hsm.key -pubout -out hsm.pub"));
    assert!(openssl(
        "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out other.key"
    ));
    let program = |name: &str, body: &str| {
        let path = folder.0.join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    };
    let sign = |key: &str| {
        format!(
            "[ \"$1 $2\" = 'sign ecdsa-p256-sha256' ] || exit 9\nPATH=/usr/bin:/bin openssl dgst -sha256 -sign {key}"
        )
    };
    program("sign", &sign("hsm.key"));
    program("impostor", &sign("other.key"));
    program("refuses", "exit 3");
    run(&folder, &format!("{INIT} --issuing-public-key hsm.pub")).ends(0);
    assert!(!folder.0.join("ca/issuing.key.pem").exists());
    let missing = issue(&folder, "svid").ends(2);
    assert!(
        missing.stderr.contains("--signer exec:PROGRAM"),
        "{missing:#?}"
    );
    let with = |program: &str, out: &str| {
        let line =
            format!("cert issue --ca ca --signer exec:./{program} --spiffe-id {ID} --out {out}");
        run(&folder, &line)
    };
    assert!(
        with("impostor", "a")
            .ends(2)
            .stderr
            .contains("does not verify")
    );
    assert!(with("refuses", "b").ends(2).stderr.contains("ended with 3"));
    assert!(with("absent", "c").ends(2).stderr.contains("no such file"));
    with("sign", "svid").ends(0);
    run(
        &folder,
        "cert verify --any-id --bundle svid/bundle.pem svid/svid.pem",
    )
    .ends(0);
}

#[test]
fn two_issuers_at_once_both_succeed() {
    let folder = scene("two");
    let children: Vec<_> = (0..6)
        .map(|n| {
            let line = format!("cert issue --ca ca --spiffe-id {ID} --out svid{n}");
            let words: Vec<&str> = line.split_whitespace().collect();
            let mut command = folder.command(&words);
            command.stdout(std::process::Stdio::null());
            command.spawn().unwrap()
        })
        .collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(size(&folder), 8);
    run(&folder, "cert log audit --ca ca .").ends(0);
}

#[test]
fn a_common_name_is_held_against_what_dns_names_are_held_against() {
    let folder = Folder::new("authority-common-name");
    run(&folder, &format!("{INIT} --permit dns:acme.example")).ends(0);
    let with = |name: &str, code: i32, out: &str| {
        let line = format!("cert issue --ca ca --spiffe-id {ID} --common-name {name} --out {out}");
        run(&folder, &line).ends(code)
    };
    for name in ["www.evil.com", "WWW.evil.com.", "*.evil.com", "evil"] {
        let refused = with(name, 2, "bad");
        assert!(refused.stderr.contains("name constraints"), "{refused:#?}");
    }
    let refused = with("a_b.evil.com", 2, "bad");
    assert!(
        refused.stderr.contains("looks like a DNS name"),
        "{refused:#?}"
    );
    with("www.acme.example", 0, "good");
    let policy = folder.read("ca/policy.toml") + "\ndns = [\"a.acme.example\"]\n";
    std::fs::write(folder.0.join("ca/policy.toml"), policy).unwrap();
    let refused = with("b.acme.example", 2, "bad");
    assert!(
        refused.stderr.contains("the policy does not allow"),
        "{refused:#?}"
    );
    with("a.acme.example", 0, "also");
}

#[test]
fn an_address_in_disguise_is_not_issued() {
    let folder = Folder::new("authority-mapped");
    run(&folder, &format!("{INIT} --exclude ip:1.2.3.0/24")).ends(0);
    for address in ["::ffff:1.2.3.4", "::1.2.3.4"] {
        let line = format!("cert issue --ca ca --profile server --ip {address} --out bad");
        let refused = run(&folder, &line).ends(2);
        assert!(refused.stderr.contains("write it as IPv4"), "{refused:#?}");
    }
    run(
        &folder,
        "cert issue --ca ca --profile server --ip ::1 --out good",
    )
    .ends(0);
}

#[test]
fn the_key_of_a_new_authority_is_encrypted_unless_asked_otherwise() {
    let folder = scene("subordinate");
    let line = "cert issue --ca ca --profile ca";
    let refused = run(&folder, &format!("{line} --out sub")).ends(2);
    assert!(
        refused.stderr.contains("without a password"),
        "{refused:#?}"
    );
    assert!(!folder.0.join("sub/ca.key.pem").exists());
    run(&folder, &format!("{line} --out plain --plaintext-keys")).ends(0);
    assert!(
        folder
            .read("plain/ca.key.pem")
            .contains("BEGIN PRIVATE KEY")
    );
    std::fs::write(folder.0.join("password"), "correct horse battery").unwrap();
    run(
        &folder,
        &format!("{line} --out sealed --ca-password file:password"),
    )
    .ends(0);
    assert!(
        folder
            .read("sealed/ca.key.pem")
            .contains("BEGIN ENCRYPTED PRIVATE KEY")
    );
    let leaf = format!("cert issue --ca ca --spiffe-id {ID} --out svid --plaintext-keys");
    run(&folder, &leaf).ends(2);
}
