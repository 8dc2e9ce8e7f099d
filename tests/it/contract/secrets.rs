//! Secrets are references: never on the command line, never in an output, in files their owner alone can read.

use super::{NOW, SECRET, VERIFY, scene, words};

#[test]
fn a_secret_on_the_command_line_is_refused_and_never_shown() {
    let folder = scene("argv");
    let verbs = [
        "request sign signed.http --key",
        "request verify signed.http --key",
        "jwt mint --sub a --key",
        "jwt verify token --any-aud --key",
        "jwt verify token --any-aud --key file:secret --key-password",
        "cert init ca --trust-domain a.example --ca-password",
        "cert issue --ca ca --spiffe-id spiffe://a.example/b --out out --ca-password",
    ];
    folder.file(
        "ca/issuing.key.pem",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\n",
    );
    for verb in verbs {
        for secret in [
            "hunter2-Tr0ub4dor",
            "--hunter2-Tr0ub4dor",
            "envy:hunter2-Tr0ub4dor",
        ] {
            for format in ["human", "json"] {
                let line = [words(verb), vec![secret, "--format", format]].concat();
                let ended = folder.run(&line, "").ends(2);
                assert_eq!(ended.stdout, "");
                assert!(!ended.stderr.contains("Tr0ub4dor"), "{verb}: {ended:#?}");
                assert!(
                    ended.stderr.contains("env:NAME"),
                    "{verb}: it teaches: {ended:#?}"
                );
            }
        }
    }
    assert!(!folder.0.join("ca/ca.json").exists());
}

#[test]
fn secrets_stay_out_of_outputs_and_records() {
    let folder = scene("leak");
    for line in [
        format!("{VERIFY} token --audit-log log --format json"),
        format!("{VERIFY} --iss https://b.example token --audit-log log"),
        format!(
            "request verify --key file:secret --key-encoding utf8 --at {NOW} signed.http --audit-log log"
        ),
    ] {
        let ended = folder.run(&words(&line), "");
        assert!(!format!("{ended:?}").contains(SECRET), "{ended:#?}");
    }
    let token = folder.read("token");
    let (body, signature) = token.trim().rsplit_once('.').unwrap();
    let log = folder.read("log");
    assert_eq!(log.lines().count(), 3);
    for part in [SECRET, body, signature] {
        assert!(!log.contains(part), "{log}");
    }
}

#[cfg(unix)]
#[test]
fn files_that_hold_secrets_are_their_owner_s() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = scene("modes");
    folder
        .run(
            &words("cert init ca --trust-domain a.example --plaintext-keys"),
            "",
        )
        .ends(0);
    let issue = "cert issue --ca ca --spiffe-id spiffe://a.example/b --out svid";
    folder.run(&words(issue), "").ends(0);
    for name in [
        "token",
        "ca/root.key.pem",
        "ca/issuing.key.pem",
        "svid/svid_key.pem",
    ] {
        let mode = folder.0.join(name).metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    let before = folder.read("svid/svid_key.pem");
    let again = folder.run(&words(issue), "").ends(2);
    assert!(again.stderr.contains("--force"));
    assert_eq!(folder.read("svid/svid_key.pem"), before);
    folder
        .run(
            &words("cert init ca --trust-domain b.example --plaintext-keys"),
            "",
        )
        .ends(2);
    assert!(folder.read("ca/ca.json").contains("a.example"));
}

#[test]
fn standard_input_is_named_once() {
    let folder = scene("stdin");
    for line in [
        "jwt verify --any-aud --key stdin -",
        "request verify --key stdin --key stdin signed.http",
        "jwt verify --any-aud --key stdin --key stdin token",
        "review run --hr - --grants -",
    ] {
        let ended = folder.run(&words(line), SECRET).ends(2);
        assert!(
            ended.stderr.contains("standard input cannot be both"),
            "{line}: {ended:#?}"
        );
    }
    let once = VERIFY.replace("file:secret", "stdin");
    folder.run(&words(&format!("{once} token")), SECRET).ends(0);
}
