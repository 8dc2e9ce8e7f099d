//! What an authority hands out, judged by programs that are not ours: OCSP responses and PKCS#12 by OpenSSL.

use super::{INIT, issue, run, scene};
use crate::binary::{Ended, Folder};

pub(super) fn openssl(folder: &Folder, line: &str) -> Option<Ended> {
    let mut command = std::process::Command::new("openssl");
    command.args(line.split_whitespace()).current_dir(&folder.0);
    match command.output() {
        Ok(output) => Some(Ended {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }),
        Err(_) => {
            println!("skipped: openssl not found");
            None
        }
    }
}

#[test]
fn an_ocsp_response_says_what_the_log_says() {
    for key in ["p256", "p384", "ed25519"] {
        let folder = Folder::new(&format!("authority-ocsp-{key}"));
        run(&folder, &format!("{INIT} --key-type {key}")).ends(0);
        issue(&folder, "good").ends(0);
        issue(&folder, "bad").ends(0);
        run(
            &folder,
            "cert revoke --ca ca bad/svid.pem --reason key-compromise",
        )
        .ends(0);
        let line = "cert crl --ca ca --ocsp good/svid.pem --ocsp bad/svid.pem --next-update 15m --format json";
        let made = run(&folder, line).ends(0).json();
        for (index, name, status) in [(0, "good", "good"), (1, "bad", "revoked")] {
            let one = &made["responses"][index];
            assert_eq!(one["status"], status);
            let file = one["file"].as_str().unwrap();
            let line = format!(
                "ocsp -respin {file} -issuer ca/issuing.pem -cert {name}/svid.pem -CAfile ca/root.pem -verify_other ca/issuing.pem -no_nonce"
            );
            let Some(told) = openssl(&folder, &line) else {
                return;
            };
            let told = told.ends(0);
            assert!(told.stderr.contains("Response verify OK"), "{told:#?}");
            assert!(
                told.stdout.contains(&format!("{name}/svid.pem: {status}")),
                "{told:#?}"
            );
        }
        assert_eq!(made["responses"][1]["reason"], "key-compromise");
    }
}

#[test]
fn a_responder_answers_in_the_issuer_s_place() {
    let folder = scene("ocsp-responder");
    issue(&folder, "good").ends(0);
    issue(&folder, "bad").ends(0);
    run(&folder, "cert revoke --ca ca bad/svid.pem").ends(0);
    run(&folder, "cert issue --ca ca --profile ocsp --out ocsp").ends(0);
    // The issuer's key stays elsewhere.
    std::fs::rename(folder.0.join("ca/issuing.key.pem"), folder.0.join("away")).unwrap();
    let line = "cert crl --ca ca --ocsp good/svid.pem --ocsp bad/svid.pem --responder ocsp --next-update 15m --format json";
    let made = run(&folder, line).ends(0).json();
    let bundle = format!(
        "{}{}",
        folder.read("ca/issuing.pem"),
        folder.read("ca/root.pem")
    );
    folder.file("chain.pem", &bundle);
    for (index, name, status) in [(0, "good", "good"), (1, "bad", "revoked")] {
        let one = &made["responses"][index];
        assert_eq!(one["status"], status);
        let responder = one["responder"].as_str().unwrap();
        assert!(responder.contains("OCSP responder"), "{responder}");
        let file = one["file"].as_str().unwrap();
        let line = format!(
            "ocsp -respin {file} -issuer ca/issuing.pem -cert {name}/svid.pem -CAfile chain.pem -no_nonce"
        );
        let Some(told) = openssl(&folder, &line) else {
            return;
        };
        let told = told.ends(0);
        assert!(told.stderr.contains("Response verify OK"), "{told:#?}");
        assert!(
            told.stdout.contains(&format!("{name}/svid.pem: {status}")),
            "{told:#?}"
        );
    }
    let text = openssl(&folder, "x509 -in ocsp/ocsp.pem -noout -text")
        .unwrap()
        .ends(0);
    assert!(text.stdout.contains("OCSP Signing"), "{}", text.stdout);
    assert!(text.stdout.contains("OCSP No Check"), "{}", text.stdout);
    run(&folder, "cert log audit --ca ca").ends(0);
    run(&folder, "cert lint ocsp/ocsp.pem").ends(0);
    // Its certificate ends in an hour: no response counts longer.
    let line = "cert crl --ca ca --ocsp good/svid.pem --responder ocsp --next-update 5h";
    let ended = run(&folder, line).ends(0);
    assert!(
        ended
            .stderr
            .contains("when its responder's certificate ends"),
        "{ended:#?}"
    );
}

#[test]
fn who_is_no_responder_of_the_issuer_signs_nothing() {
    let folder = scene("ocsp-no-responder");
    issue(&folder, "good").ends(0);
    run(&folder, "cert issue --ca ca --profile ocsp --out ocsp").ends(0);
    let other = Folder::new("authority-ocsp-foreign");
    run(&other, INIT).ends(0);
    run(&other, "cert issue --ca ca --profile ocsp --out ocsp").ends(0);
    for (dir, certificate, key) in [
        (
            "leaf",
            folder.read("good/svid.pem"),
            folder.read("good/svid_key.pem"),
        ),
        (
            "foreign",
            other.read("ocsp/ocsp.pem"),
            other.read("ocsp/ocsp_key.pem"),
        ),
        (
            "mixed",
            folder.read("ocsp/ocsp.pem"),
            folder.read("good/svid_key.pem"),
        ),
    ] {
        std::fs::create_dir(folder.0.join(dir)).unwrap();
        folder.file(&format!("{dir}/ocsp.pem"), certificate);
        folder.file(&format!("{dir}/ocsp_key.pem"), key);
        let line = format!("cert crl --ca ca --ocsp good/svid.pem --responder {dir}");
        let ended = run(&folder, &line).ends(2);
        let said = [
            "OCSPSigning",
            "not certified by the issuer",
            "do not belong together",
        ];
        assert!(
            said.iter().any(|one| ended.stderr.contains(one)),
            "{ended:#?}"
        );
    }
    let root = "cert crl --ca ca --by root --ocsp ca/issuing.pem --responder ocsp";
    run(&folder, root).ends(2);
    run(&folder, "cert revoke --ca ca ocsp/ocsp.pem").ends(0);
    let ended = run(
        &folder,
        "cert crl --ca ca --ocsp good/svid.pem --responder ocsp",
    )
    .ends(2);
    assert!(ended.stderr.contains("it is revoked"), "{ended:#?}");
    let named = "cert issue --ca ca --profile ocsp --dns ocsp.acme.example --out named";
    run(&folder, named).ends(2);
    assert!(!folder.0.join("ca/crl/ocsp").exists());
}

#[test]
fn what_the_log_does_not_hold_gets_no_response() {
    let folder = scene("ocsp-rogue");
    issue(&folder, "svid").ends(0);
    let other = Folder::new("authority-ocsp-other");
    run(&other, INIT).ends(0);
    issue(&other, "svid").ends(0);
    folder.file("other.pem", other.read("svid/svid.pem"));
    let ended = run(&folder, "cert crl --ca ca --ocsp other.pem").ends(2);
    assert!(ended.stderr.contains("is not signed by"), "{ended:#?}");
    let root = run(
        &folder,
        "cert crl --ca ca --by root --ocsp ca/issuing.pem --format json",
    )
    .ends(0);
    assert_eq!(root.json()["responses"][0]["status"], "good");
    run(&folder, "cert crl --ca ca --ocsp svid/svid.pem --delta").ends(2);
}

#[test]
fn pkcs12_opens_elsewhere_and_what_others_wrote_opens_here() {
    let folder = scene("pkcs12");
    issue(&folder, "svid").ends(0);
    folder.file("password", "correct horse\n");
    let export = "cert bundle export --ca ca --as pkcs12 --password file:password";
    run(
        &folder,
        &format!("{export} --files svid --name payment -o key.p12"),
    )
    .ends(0);
    run(
        &folder,
        &format!("{export} --files svid --legacy -o old.p12"),
    )
    .ends(0);
    let older = format!("{export} --files svid --legacy=rc2-40 -o older.p12");
    let older = run(&folder, &older).ends(0);
    assert!(older.stderr.contains("RC2 with 40 bits hides nothing"));
    run(&folder, &format!("{export} -o trust.p12")).ends(0);
    let files = [
        ("key.p12", "", ["PBES2", "PBES2"]),
        (
            "old.p12",
            "-legacy",
            ["pbeWithSHA1And3-KeyTripleDES-CBC"; 2],
        ),
        (
            "older.p12",
            "-legacy",
            [
                "pbeWithSHA1And40BitRC2-CBC",
                "pbeWithSHA1And3-KeyTripleDES-CBC",
            ],
        ),
    ];
    for (file, legacy, [certificates, keys]) in files {
        let told = format!("pkcs12 -in {file} -passin file:password -noout -info {legacy}");
        let Some(told) = openssl(&folder, &told) else {
            return;
        };
        let told = told.ends(0).stderr;
        let has = |what: &str, scheme: &str| {
            let mut lines = told.lines().filter(|line| line.starts_with(what));
            lines.next().is_some_and(|line| line.contains(scheme))
        };
        assert!(has("PKCS7 Encrypted data", certificates), "{told}");
        assert!(has("Shrouded Keybag", keys), "{told}");
        let show = format!("pkcs12 -in {file} -passin file:password -nodes {legacy}");
        let Some(told) = openssl(&folder, &show) else {
            return;
        };
        let told = told.ends(0);
        assert_eq!(
            told.stdout.matches("BEGIN CERTIFICATE").count(),
            3,
            "{told:#?}"
        );
        assert_eq!(told.stdout.matches("BEGIN PRIVATE KEY").count(), 1);
        let seen = run(
            &folder,
            &format!("cert inspect {file} --password file:password --format json"),
        )
        .ends(0)
        .json();
        let kinds: Vec<_> = seen["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["kind"].as_str().unwrap())
            .collect();
        assert_eq!(
            kinds,
            [
                "PKCS#12",
                "certificate",
                "certificate",
                "certificate",
                "private key"
            ]
        );
    }
    let trust = openssl(
        &folder,
        "pkcs12 -in trust.p12 -passin file:password -nokeys",
    )
    .unwrap()
    .ends(0);
    assert_eq!(trust.stdout.matches("BEGIN CERTIFICATE").count(), 1);
    // OpenSSL's own, of today and of before.
    for how in [
        "",
        "-legacy",
        "-keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES -macalg sha1",
        "-macalg sha512",
    ] {
        let line = format!(
            "pkcs12 -export -in svid/svid.pem -inkey svid/svid_key.pem -out theirs.p12 -passout file:password -name theirs {how}"
        );
        let made = openssl(&folder, &line).unwrap();
        if made.code != 0 && how == "-legacy" {
            println!("skipped: this OpenSSL has no legacy provider");
            continue;
        }
        made.ends(0);
        let seen = run(
            &folder,
            "cert inspect theirs.p12 --password file:password --format json",
        )
        .ends(0)
        .json();
        assert_eq!(seen["items"].as_array().unwrap().len(), 4, "{how}");
        assert!(seen.to_string().contains("theirs"));
    }
    folder.file("wrong", "battery staple\n");
    let wrong = run(&folder, "cert inspect key.p12 --password file:wrong").ends(2);
    assert!(
        wrong.stderr.contains("does not open with this password"),
        "{wrong:#?}"
    );
    run(
        &folder,
        "cert inspect svid/svid.pem --password file:password",
    )
    .ends(2);
    run(&folder, "cert bundle export --ca ca --as pkcs12").ends(2);
    let argv = run(
        &folder,
        "cert bundle export --ca ca --as pkcs12 --password hunter2",
    )
    .ends(2);
    assert!(!argv.stderr.contains("hunter2"), "{argv:#?}");
}
