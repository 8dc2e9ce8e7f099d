//! OpenSSL's certificates and revocation lists, judged here beside its own judgement.

use std::process::{Command, Stdio};

use crate::binary::{Ended, Folder};

/// A folder; none, with a word about it, where there is no OpenSSL.
fn scene(name: &str) -> Option<Folder> {
    let found = Command::new("openssl")
        .arg("version")
        .stdout(Stdio::null())
        .status();
    if !found.is_ok_and(|status| status.success()) {
        println!("skipped: openssl not found");
        return None;
    }
    Some(Folder::new(&format!("cert-peers-{name}")))
}

fn openssl(folder: &Folder, line: &str) -> Ended {
    let mut command = Command::new("openssl");
    command
        .args(line.split_whitespace())
        .current_dir(&folder.0)
        .stdin(Stdio::null());
    let output = command.output().unwrap();
    Ended {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

fn countersign(folder: &Folder, line: &str) -> Ended {
    folder.run(&line.split_whitespace().collect::<Vec<_>>(), "")
}

const AUTHORITY: &str = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n\
    subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n";

/// A key and a certificate for it, signed by another or by itself; `more` are its extensions.
fn certificate(
    folder: &Folder,
    name: &str,
    by: Option<&str>,
    (key, sign, more): (&str, &str, &str),
) {
    folder.file(&format!("{name}.ext"), more);
    folder.file("req.cnf", "[req]\ndistinguished_name=dn\n[dn]\n");
    openssl(folder, &format!("genpkey {key} -out {name}.key")).ends(0);
    openssl(
        folder,
        &format!("req -new -config req.cnf -key {name}.key -subj /CN={name} -out {name}.csr"),
    )
    .ends(0);
    let signer = match by {
        Some(by) => format!("-CA {by}.pem -CAkey {by}.key"),
        None => format!("-signkey {name}.key"),
    };
    let line = format!(
        "x509 -req -in {name}.csr {signer} -days 30 -extfile {name}.ext {sign} -out {name}.pem"
    );
    openssl(folder, &line).ends(0);
}

const P256: &str = "-algorithm EC -pkeyopt ec_paramgen_curve:P-256";

fn leaf(uri: &str) -> String {
    format!(
        "basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature\nsubjectAltName=URI:{uri}\nauthorityKeyIdentifier=keyid\n"
    )
}

#[test]
fn every_algorithm_of_openssl_verifies_here() {
    let Some(folder) = scene("algorithms") else {
        return;
    };
    let rsa = "-algorithm RSA -pkeyopt rsa_keygen_bits:2048";
    let pss = "-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest";
    // (kind of key, how it signs, whether it is accepted)
    let table = [
        (rsa, "-sha256".to_owned(), true),
        (rsa, "-sha512".to_owned(), true),
        (rsa, "-sha1".to_owned(), false),
        (rsa, format!("-sha256 {pss}"), true),
        (rsa, format!("-sha384 {pss}"), true),
        (
            rsa,
            "-sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:20".to_owned(),
            false,
        ),
        (P256, "-sha256".to_owned(), true),
        (P256, "-sha384".to_owned(), true),
        (
            "-algorithm EC -pkeyopt ec_paramgen_curve:P-384",
            "-sha384".to_owned(),
            true,
        ),
        (
            "-algorithm EC -pkeyopt ec_paramgen_curve:P-521",
            "-sha512".to_owned(),
            true,
        ),
        ("-algorithm ED25519", String::new(), true),
        ("-algorithm ED448", String::new(), false),
    ];
    for (key, sign, accepted) in table {
        certificate(&folder, "root", None, (key, "", AUTHORITY));
        certificate(
            &folder,
            "leaf",
            Some("root"),
            (P256, &sign, &leaf("spiffe://acme.example/a")),
        );
        let told = countersign(
            &folder,
            "cert verify --bundle root.pem --trust-domain acme.example leaf.pem",
        );
        assert_eq!(
            told.code,
            i32::from(!accepted),
            "{key} {sign}: {}",
            told.stdout
        );
    }
}

/// What an authority with a URI constraint may issue: OpenSSL is right on hosts and takes an address where RFC 5280
/// §4.2.1.10 refuses it.
#[test]
fn uri_constraints_are_judged_as_openssl_does_but_for_addresses() {
    let Some(folder) = scene("constraints") else {
        return;
    };
    certificate(&folder, "root", None, (P256, "", AUTHORITY));
    // (constraint, leaf's URI, whether OpenSSL takes it, whether we do)
    let table = [
        (
            "permitted;URI:example.org",
            "spiffe://example.org/a",
            true,
            true,
        ),
        (
            "permitted;URI:example.org",
            "spiffe://sub.example.org/a",
            false,
            false,
        ),
        (
            "permitted;URI:example.org",
            "spiffe://evil.test/a",
            false,
            false,
        ),
        (
            "permitted;URI:.example.org",
            "spiffe://example.org/a",
            false,
            false,
        ),
        (
            "permitted;URI:.example.org",
            "spiffe://sub.example.org/a",
            true,
            true,
        ),
        (
            "excluded;URI:example.org",
            "spiffe://example.org/a",
            false,
            false,
        ),
        (
            "excluded;URI:example.org",
            "spiffe://sub.example.org/a",
            true,
            true,
        ),
        (
            "excluded;URI:example.org",
            "spiffe://other.test/a",
            true,
            true,
        ),
        (
            "permitted;URI:spiffe://example.org",
            "spiffe://example.org/a",
            false,
            false,
        ),
        (
            "excluded;URI:other.test",
            "spiffe://10.0.0.1/a",
            true,
            false,
        ),
        ("excluded;URI:other.test", "urn:uuid:1", false, false),
        ("permitted;URI:single", "spiffe://single/a", true, true),
        (
            "permitted;URI:with_underscore",
            "spiffe://with_underscore/a",
            true,
            true,
        ),
    ];
    for (constraint, uri, theirs, ours) in table {
        let more = format!("{AUTHORITY}nameConstraints=critical,{constraint}\n");
        certificate(&folder, "issuing", Some("root"), (P256, "", &more));
        certificate(&folder, "leaf", Some("issuing"), (P256, "", &leaf(uri)));
        let told = openssl(
            &folder,
            "verify -x509_strict -CAfile root.pem -untrusted issuing.pem leaf.pem",
        );
        assert_eq!(
            told.code == 0,
            theirs,
            "{constraint} {uri}: {}{}",
            told.stdout,
            told.stderr
        );
        let line = "cert verify --profile mtls --bundle root.pem --intermediates issuing.pem --any-id leaf.pem";
        let told = countersign(&folder, line);
        assert_eq!(
            told.code,
            i32::from(!ours),
            "{constraint} {uri}: {}",
            told.stdout
        );
    }
}

#[test]
fn openssls_revocation_lists_are_obeyed() {
    let Some(folder) = scene("lists") else { return };
    certificate(&folder, "root", None, (P256, "", AUTHORITY));
    let uri = |name: &str| leaf(&format!("spiffe://acme.example/{name}"));
    certificate(&folder, "good", Some("root"), (P256, "", &uri("good")));
    certificate(&folder, "bad", Some("root"), (P256, "", &uri("bad")));
    folder.file("index.txt", "").file("crlnumber", "01\n").file(
        "ca.cnf",
        "[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\ncrlnumber=crlnumber\ncertificate=root.pem\nprivate_key=root.key\n\
         default_md=sha256\ndefault_crl_days=1\ncrl_extensions=x\n[x]\nauthorityKeyIdentifier=keyid\n",
    );
    openssl(
        &folder,
        "ca -config ca.cnf -revoke bad.pem -crl_reason keyCompromise",
    )
    .ends(0);
    openssl(&folder, "ca -config ca.cnf -gencrl -out crl.pem").ends(0);
    let verify = |more: &str| {
        countersign(
            &folder,
            &format!("cert verify --bundle root.pem --any-id --crl crl.pem {more}"),
        )
    };
    let good = verify("good.pem").ends(0);
    assert!(
        good.stdout.contains("not revoked (list 1 of `CN=root`)"),
        "{}",
        good.stdout
    );
    let bad = verify("bad.pem").ends(1);
    assert!(
        bad.stdout.contains("keyCompromise") && bad.stdout.contains("cert-revoked"),
        "{}",
        bad.stdout
    );
    let stale = verify("--at 2099-01-01T00:00:00Z good.pem").ends(1);
    assert!(stale.stdout.contains("cert-expired"), "{}", stale.stdout);
}

/// OpenSSL takes an address under a URI constraint; `cert explain` says so, and that others do not.
#[test]
fn what_is_said_of_openssl_is_what_openssl_does() {
    let Some(folder) = scene("explain") else {
        return;
    };
    certificate(&folder, "root", None, (P256, "", AUTHORITY));
    for (constraint, uri) in [
        ("excluded;URI:other.test", "spiffe://10.0.0.1/a"),
        ("permitted;URI:example.org", "spiffe://sub.example.org/a"),
        ("permitted;URI:example.org", "spiffe://example.org/a"),
    ] {
        let more = format!("{AUTHORITY}nameConstraints=critical,{constraint}\n");
        certificate(&folder, "issuing", Some("root"), (P256, "", &more));
        certificate(&folder, "leaf", Some("issuing"), (P256, "", &leaf(uri)));
        let theirs = openssl(
            &folder,
            "verify -CAfile root.pem -untrusted issuing.pem leaf.pem",
        )
        .code
            == 0;
        let chain = folder.read("leaf.pem") + &folder.read("issuing.pem");
        folder.file("chain.pem", chain);
        let told = countersign(
            &folder,
            "cert explain --bundle root.pem --format json chain.pem",
        )
        .json();
        let of = |name: &str| {
            let all = told["libraries"].as_array().unwrap();
            all.iter().find(|one| one["library"] == name).unwrap()["accepts"].clone()
        };
        assert_eq!(of("OpenSSL"), theirs, "{constraint} {uri}");
        assert_eq!(of("rustls-webpki"), false, "{constraint} {uri}");
    }
}
