//! OpenSSL side by side: its keys load here, our certificates verify there.

use std::process::{Command, Stdio};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use countersign::cert::{self, Certificate, ExpectedId};

use crate::binary::{Ended, Folder, fixture};

const PASSWORD: &str = "correct horse battery staple";
const ID: &str = "spiffe://acme.example/ns/production/sa/payment-service";

/// A folder with a password in it; none, with a word about it, where there is no OpenSSL.
fn scene(name: &str) -> Option<Folder> {
    let found = Command::new("openssl")
        .arg("version")
        .stdout(Stdio::null())
        .status();
    if !found.is_ok_and(|status| status.success()) {
        println!("skipped: openssl not found");
        return None;
    }
    let folder = Folder::new(&format!("peers-{name}"));
    folder.file("password", PASSWORD);
    Some(folder)
}

fn openssl(folder: &Folder, line: &str) -> Ended {
    let mut command = Command::new("openssl");
    command.args(line.split_whitespace()).current_dir(&folder.0);
    // So that OpenSSL's own configuration is the same everywhere.
    command
        .env("OPENSSL_CONF", "/dev/null")
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

const KINDS: [(&str, &str, &[&str]); 4] = [
    (
        "rsa",
        "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048",
        &["RS256", "PS256"],
    ),
    (
        "p256",
        "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256",
        &["ES256"],
    ),
    (
        "p384",
        "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384",
        &["ES384"],
    ),
    ("ed25519", "genpkey -algorithm ED25519", &["EdDSA"]),
];

/// The ways of a key into other containers: from `KEY.pem`, PKCS#8, to a file of this name.
fn containers(kind: &str) -> Vec<(&'static str, String)> {
    let mut ways = vec![
        ("der", "pkey -in KEY.pem -outform DER".to_owned()),
        (
            "aes256",
            "pkcs8 -topk8 -in KEY.pem -v2 aes-256-cbc -passout file:password".to_owned(),
        ),
        (
            "aes128",
            "pkcs8 -topk8 -in KEY.pem -v2 aes-128-cbc -v2prf hmacWithSHA512 -passout file:password"
                .to_owned(),
        ),
        (
            "scrypt",
            "pkcs8 -topk8 -in KEY.pem -scrypt -passout file:password".to_owned(),
        ),
        (
            "aes256der",
            "pkcs8 -topk8 -in KEY.pem -v2 aes-256-cbc -passout file:password -outform DER"
                .to_owned(),
        ),
    ];
    match kind {
        "rsa" => {
            ways.push(("pkcs1", "rsa -in KEY.pem -traditional".to_owned()));
            ways.push((
                "pkcs1der",
                "rsa -in KEY.pem -traditional -outform DER".to_owned(),
            ));
        }
        "p256" | "p384" => {
            ways.push(("sec1", "ec -in KEY.pem".to_owned()));
            ways.push(("sec1der", "ec -in KEY.pem -outform DER".to_owned()));
        }
        _ => {}
    }
    ways
}

#[track_caller]
fn mints_and_verifies(folder: &Folder, (private, public): (&str, &str), alg: &str) {
    let mint = format!(
        "jwt mint --profile custom --sub a --ttl 1h --alg {alg} --key file:{private} --key-password file:password -o token"
    );
    countersign(folder, &mint).ends(0);
    let verify = |key: &str| {
        countersign(
            folder,
            &format!("jwt verify --any-aud --key file:{key} token"),
        )
    };
    let verified = verify(public).ends(0);
    assert!(
        verified.stdout.contains(&format!("valid, {alg} under")),
        "{verified:#?}"
    );
}

#[test]
fn keys_of_openssl_load_in_every_container() {
    let Some(folder) = scene("keys") else { return };
    for (kind, generate, algorithms) in KINDS {
        openssl(&folder, &format!("{generate} -out {kind}.pem")).ends(0);
        openssl(
            &folder,
            &format!("pkey -in {kind}.pem -pubout -out {kind}.pub.pem"),
        )
        .ends(0);
        openssl(
            &folder,
            &format!("pkey -in {kind}.pem -pubout -outform DER -out {kind}.pub.der"),
        )
        .ends(0);
        let (pem, public) = (format!("{kind}.pem"), format!("{kind}.pub.pem"));
        for alg in algorithms {
            mints_and_verifies(&folder, (&pem, &public), alg);
            mints_and_verifies(&folder, (&pem, &format!("{kind}.pub.der")), alg);
            mints_and_verifies(&folder, (&pem, &pem), alg);
        }
        for (name, way) in containers(kind) {
            let file = format!("{kind}.{name}");
            openssl(
                &folder,
                &format!("{} -out {file}", way.replace("KEY", kind)),
            )
            .ends(0);
            mints_and_verifies(&folder, (&file, &public), algorithms[0]);
        }
    }
    openssl(
        &folder,
        "ecparam -name prime256v1 -genkey -out parameters.pem",
    )
    .ends(0);
    assert!(folder.read("parameters.pem").contains("EC PARAMETERS"));
    openssl(
        &folder,
        "ec -in parameters.pem -pubout -out parameters.pub.pem",
    )
    .ends(0);
    mints_and_verifies(&folder, ("parameters.pem", "parameters.pub.pem"), "ES256");
    openssl(
        &folder,
        "rsa -in rsa.pem -RSAPublicKey_out -out rsa.pub1.pem",
    )
    .ends(0);
    mints_and_verifies(&folder, ("rsa.pem", "rsa.pub1.pem"), "RS256");
    let other = "jwt verify --any-aud --key file:p256.pub.pem token";
    countersign(&folder, other).ends(1);
    for (key, words) in [
        ("--key file:rsa.aes256", "encrypted"),
        (
            "--key file:rsa.aes256 --key-password file:rsa.pem",
            "password",
        ),
        ("--key file:p256.pub.pem", "public"),
    ] {
        let refused =
            countersign(&folder, &format!("jwt mint --profile custom --sub a {key}")).ends(2);
        assert!(refused.stderr.contains(words), "{key}: {refused:#?}");
    }
}

#[test]
fn openssl_and_we_agree_on_signatures() {
    let Some(folder) = scene("signatures") else {
        return;
    };
    openssl(
        &folder,
        "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out key.pem",
    )
    .ends(0);
    openssl(&folder, "pkey -in key.pem -pubout -out pub.pem").ends(0);
    let mint = "jwt mint --profile custom --sub a --alg RS256 --key file:key.pem";
    let token = countersign(&folder, mint).ends(0).stdout;
    let (input, signature) = token.trim().rsplit_once('.').unwrap();
    folder
        .file("input", input)
        .file("signature", URL_SAFE_NO_PAD.decode(signature).unwrap());
    openssl(
        &folder,
        "dgst -sha256 -verify pub.pem -signature signature input",
    )
    .ends(0);
    let claims = r#"{"sub":"b","exp":4102444800}"#;
    let input = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256"}"#),
        URL_SAFE_NO_PAD.encode(claims)
    );
    folder.file("input", &input);
    openssl(&folder, "dgst -sha256 -sign key.pem -out signature input").ends(0);
    let signature = std::fs::read(folder.0.join("signature")).unwrap();
    folder.file(
        "token",
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(&signature)),
    );
    countersign(&folder, "jwt verify --any-aud --key file:pub.pem token").ends(0);
    let mut changed = signature;
    *changed.last_mut().unwrap() ^= 1;
    folder.file(
        "token",
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(&changed)),
    );
    countersign(&folder, "jwt verify --any-aud --key file:pub.pem token").ends(1);
}

#[test]
fn a_key_of_the_wrong_kind_is_named() {
    let Some(folder) = scene("kinds") else { return };
    openssl(
        &folder,
        "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa.pem",
    )
    .ends(0);
    openssl(&folder, "pkey -in rsa.pem -pubout -out rsa.pub.pem").ends(0);
    openssl(
        &folder,
        "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out p256.pem",
    )
    .ends(0);
    let message = fixture("requests/payment.http");
    for (key, words) in [
        ("rsa.pub.pem", "this is an RSA (2048 bit) public key"),
        ("rsa.pem", "this is an RSA (2048 bit) private key"),
        ("p256.pem", "P-256"),
    ] {
        let line = format!("request sign --alg hmac-sha256 --key file:{key} {message}");
        let refused = countersign(&folder, &line).ends(2);
        assert!(refused.stderr.contains(words), "{refused:#?}");
        assert!(refused.stderr.contains("shared secret"), "{refused:#?}");
    }
    // Without a named algorithm the key decides, and a public key signs nothing.
    let sign =
        |key: &str| countersign(&folder, &format!("request sign --key file:{key} {message}"));
    sign("rsa.pub.pem").ends(2);
    sign("rsa.pem").ends(0);
    // A public key is no secret, whatever the token's header says.
    let forged = "jwt mint --profile custom --sub a --alg HS256 --key file:rsa.pub.pem";
    countersign(&folder, forged).ends(2);
}

/// An authority in `ca`, and a leaf in `svid`.
fn issue(folder: &Folder) {
    let init = "cert init ca --trust-domain acme.example --ca-password file:password";
    countersign(folder, init).ends(0);
    let issue = format!(
        "cert issue --ca ca --ca-password file:password --spiffe-id {ID} --dns payment.example --out svid"
    );
    countersign(folder, &issue).ends(0);
}

#[test]
fn openssl_accepts_what_we_issue() {
    let Some(folder) = scene("issued") else {
        return;
    };
    issue(&folder);
    for purpose in ["sslserver", "sslclient"] {
        let line = format!(
            "verify -x509_strict -check_ss_sig -purpose {purpose} -CAfile svid/bundle.pem -untrusted ca/issuing.pem svid/svid.pem"
        );
        let verified = openssl(&folder, &line).ends(0);
        assert!(verified.stdout.contains("OK"), "{verified:#?}");
    }
    openssl(
        &folder,
        "verify -x509_strict -CAfile ca/root.pem ca/issuing.pem",
    )
    .ends(0);
    let unlinked = openssl(&folder, "verify -CAfile svid/bundle.pem svid/svid.pem");
    assert_ne!(
        unlinked.code, 0,
        "without the issuing authority there is no path"
    );
    let text = openssl(&folder, "x509 -in svid/svid.pem -noout -ext subjectAltName").ends(0);
    assert!(text.stdout.contains(&format!("URI:{ID}")), "{text:#?}");
    openssl(&folder, "pkey -in svid/svid_key.pem -noout -check").ends(0);
}

#[test]
fn our_encrypted_keys_open_in_openssl_with_the_password_alone() {
    let Some(folder) = scene("encrypted") else {
        return;
    };
    issue(&folder);
    folder.file("wrong", "wrong");
    for key in ["ca/root.key.pem", "ca/issuing.key.pem"] {
        assert!(
            folder
                .read(key)
                .starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----")
        );
        openssl(
            &folder,
            &format!("pkey -in {key} -passin file:password -noout -check"),
        )
        .ends(0);
        let wrong = openssl(
            &folder,
            &format!("pkey -in {key} -passin file:wrong -noout"),
        );
        assert_ne!(wrong.code, 0);
    }
    let wrong = format!("cert issue --ca ca --ca-password file:wrong --spiffe-id {ID} --out other");
    countersign(&folder, &wrong).ends(2);
    assert!(!folder.0.join("other").exists());
}

/// The DER of each certificate of a PEM text.
fn ders(pem: &str) -> Vec<Vec<u8>> {
    let blocks = pem.split("-----BEGIN CERTIFICATE-----").skip(1);
    blocks
        .map(|block| {
            let body = block.split("-----END").next().unwrap();
            let body: String = body.split_whitespace().collect();
            STANDARD.decode(body).unwrap()
        })
        .collect()
}

#[test]
fn one_flipped_bit_is_refused() {
    let folder = Folder::new("peers-flipped");
    folder.file("password", PASSWORD);
    issue(&folder);
    let bundle = ders(&folder.read("svid/bundle.pem"));
    let bundle = [Certificate::parse(&bundle[0]).unwrap()];
    let expected = ExpectedId::Exactly(ID.parse().unwrap());
    let chain = ders(&folder.read("svid/svid.pem"));
    let now = Certificate::parse(&chain[0])
        .unwrap()
        .not_before
        .plus(Duration::from_secs(60));
    let accepted = |chain: &[Vec<u8>]| {
        let parsed: Result<Vec<_>, _> = chain.iter().map(|der| Certificate::parse(der)).collect();
        parsed.is_ok_and(|chain| {
            let (leaf, others) = chain.split_first().unwrap();
            cert::verify(leaf, others, &bundle, &expected, now).is_accepted()
        })
    };
    assert_eq!(chain.len(), 2);
    assert!(accepted(&chain));
    for (certificate, der) in chain.iter().enumerate() {
        for bit in 0..der.len() * 8 {
            let mut changed = chain.clone();
            changed[certificate][bit / 8] ^= 1 << (bit % 8);
            assert!(
                !accepted(&changed),
                "bit {bit} of certificate {certificate}"
            );
        }
    }
}

#[test]
fn chains_of_openssl_are_judged() {
    let Some(folder) = scene("chains") else {
        return;
    };
    let ec = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
    folder.file("req.cnf", "[req]\ndistinguished_name = dn\n[dn]\n");
    openssl(
        &folder,
        &format!(
            "req -config req.cnf -x509 {ec} -keyout ca.key -out ca.pem -days 30 -subj /CN=root \
             -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign"
        ),
    )
    .ends(0);
    let leaf = |name: &str, subject: &str, extensions: &str| {
        folder.file("extensions", extensions);
        let csr =
            format!("req -config req.cnf -new {ec} -keyout leaf.key -out leaf.csr -subj {subject}");
        openssl(&folder, &csr).ends(0);
        let sign =
            "x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -days 1 -extfile extensions -out";
        openssl(&folder, &format!("{sign} {name}")).ends(0);
    };
    let verify = |line: &str| {
        countersign(
            &folder,
            &format!("cert verify --bundle ca.pem --spiffe-id {ID} {line}"),
        )
    };
    let san = format!("subjectAltName=URI:{ID}\n");
    let proper = format!(
        "{san}keyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth,clientAuth\n"
    );
    leaf("proper.pem", "/CN=a", &proper);
    verify("proper.pem").ends(0);
    verify("--strict proper.pem").ends(0);
    leaf("loose.pem", "/CN=a", &san);
    assert!(verify("loose.pem").ends(0).stdout.contains("remark"));
    let strict = verify("--strict loose.pem --audit-log log").ends(1);
    assert!(
        strict.stdout.contains("cert-profile-violated"),
        "{strict:#?}"
    );
    assert!(folder.read("log").contains("cert-profile-violated"));
    for (extensions, reason) in [
        (
            "subjectAltName=DNS:a.example\n".to_owned(),
            "cert-no-spiffe-id",
        ),
        (
            format!("subjectAltName=URI:{ID},URI:https://a.example\n"),
            "cert-several-ids",
        ),
        (
            "subjectAltName=URI:spiffe://acme.example/other\n".to_owned(),
            "cert-spiffe-id-mismatch",
        ),
        (
            format!("{san}basicConstraints=critical,CA:TRUE\n"),
            "cert-authority-as-leaf",
        ),
        (
            format!("{san}keyUsage=keyCertSign\n"),
            "cert-authority-as-leaf",
        ),
        (
            format!("{san}1.2.3.4=critical,ASN1:NULL\n"),
            "cert-critical-extension",
        ),
    ] {
        leaf("bad.pem", "/CN=a", &extensions);
        let refused = verify("bad.pem").ends(1);
        assert!(refused.stdout.contains(reason), "{reason}: {refused:#?}");
    }
    leaf(
        "hostile.pem",
        "/CN=x\u{1b}[2J\u{1b}]0;owned\u{7}\u{202e}",
        "subjectAltName=DNS:a\n",
    );
    let hostile = verify("hostile.pem").ends(1);
    assert!(
        !hostile.stdout.contains(['\u{1b}', '\u{7}', '\u{202e}']),
        "{hostile:#?}"
    );
}

#[test]
fn recipes_compute_the_mac_that_the_message_carries() {
    let Some(folder) = scene("recipes") else {
        return;
    };
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    folder
        .file("key", "Rk3vT9wQz6Lm2Xb8Yc5Nd1Pf7Hg4Js0A")
        .file("whsec", secret);
    let message = fixture("requests/payment.http");
    let run = |line: &str| countersign(&folder, line).ends(0).stdout;
    let plain = run(&format!("request sign --key file:key {message}"));
    let hook = run(&format!(
        "request sign --scheme standard-webhooks --key file:whsec {message}"
    ));
    folder.file("plain.http", &plain).file("hook.http", &hook);
    let (_, after) = plain.split_once("Signature: sig1=:").unwrap();
    let plain_mac = after.split(':').next().unwrap();
    let (_, after) = hook.split_once("webhook-signature: v1,").unwrap();
    let hook_mac = after.lines().next().unwrap();
    let cases = [
        (
            "plain.http",
            "rfc9421",
            "Rk3vT9wQz6Lm2Xb8Yc5Nd1Pf7Hg4Js0A",
            plain_mac,
        ),
        ("hook.http", "standard-webhooks", secret, hook_mac),
    ];
    let mut ran = 0;
    for (file, scheme, secret, mac) in cases {
        for (language, program) in [("openssl", "sh"), ("python", "python3"), ("node", "node")] {
            let recipe = run(&format!(
                "request recipe --scheme {scheme} --in {language} {file}"
            ));
            assert!(!recipe.contains(mac), "a recipe tells no MAC");
            folder.file("recipe", &recipe);
            let command = std::process::Command::new(program)
                .arg("recipe")
                .current_dir(&folder.0)
                .env("SECRET", secret)
                .output();
            let Ok(output) = command else {
                println!("skipped: no {program}");
                continue;
            };
            let found = String::from_utf8_lossy(&output.stdout).into_owned();
            assert_eq!(
                found.trim(),
                mac,
                "{language}: {}",
                String::from_utf8_lossy(&output.stderr)
            );
            ran += 1;
        }
    }
    assert!(ran >= 2, "the shell at least");
}
