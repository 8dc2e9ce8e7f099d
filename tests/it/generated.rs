//! Completions, manual pages, reference and schemas in the repository are what the code generates.
//!
//! `UPDATE=1 cargo test --test it generated` writes them anew. A file that nothing generates must not lie beside them.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::Path;

use countersign::cli::{reference, schema};
use serde_json::Value;

use crate::binary::{Folder, fixture, root};
use crate::schema_check::violations;

#[expect(
    clippy::disallowed_methods,
    reason = "how a test run is asked to write files"
)]
fn updates() -> bool {
    std::env::var_os("UPDATE").is_some()
}

/// Holds a folder against what it is to hold; the names in `others` are no concern of it.
fn hold(folder: &str, files: &BTreeMap<String, Vec<u8>>, others: &[&str]) {
    let path = root().join(folder);
    if updates() {
        rewrite(&path, files, others);
    }
    for (name, expected) in files {
        let found = std::fs::read(path.join(name)).unwrap_or_default();
        assert!(
            found == *expected,
            "{folder}/{name} is stale: UPDATE=1 cargo test --test it generated"
        );
    }
    let known: BTreeSet<&str> = files.keys().map(String::as_str).collect();
    for name in present(&path) {
        let expected = known.contains(name.as_str()) || others.contains(&name.as_str());
        assert!(expected, "{folder}/{name}: nothing generates it any more");
    }
}

fn rewrite(path: &Path, files: &BTreeMap<String, Vec<u8>>, others: &[&str]) {
    std::fs::create_dir_all(path).unwrap();
    for name in present(path) {
        if !others.contains(&name.as_str()) {
            std::fs::remove_file(path.join(name)).unwrap();
        }
    }
    for (name, bytes) in files {
        std::fs::write(path.join(name), bytes).unwrap();
    }
}

fn present(path: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(path).into_iter().flatten();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[test]
fn completions() {
    let files = reference::completions().into_iter();
    let files = files.map(|(name, script)| (name.to_owned(), script));
    hold("completions", &files.collect(), &[]);
}

#[test]
fn manual_pages() {
    let mut files = BTreeMap::new();
    for (name, command) in reference::verbs() {
        let title = name.replace(' ', "-");
        let mut page = Vec::new();
        clap_mangen::Man::new(command)
            .title(title.clone())
            .source(concat!("countersign ", env!("CARGO_PKG_VERSION")))
            .manual("countersign")
            .render(&mut page)
            .unwrap();
        files.insert(format!("{title}.1"), page);
    }
    assert!(files.contains_key("countersign.1"));
    assert!(files.contains_key("countersign-jwt-jwks-fetch.1"));
    hold("man", &files, &[]);
}

#[test]
fn reference_pages() {
    let pages = reference::pages().into_iter();
    let pages = pages.map(|(name, text)| (name.to_owned(), text.into_bytes()));
    hold("docs/reference", &pages.collect(), &["schemas"]);
}

#[test]
fn schemas() {
    let schemas = schema::all().into_iter();
    let schemas = schemas.map(|(name, schema)| {
        let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
        (format!("{name}.schema.json"), text.into_bytes())
    });
    hold("docs/reference/schemas", &schemas.collect(), &[]);
}

/// Holds a value against the schema that it names.
#[track_caller]
pub(crate) fn conforms(value: &Value, view: &str) {
    assert_eq!(value["schema"], format!("countersign/{view}/v1"));
    let (_, schema) = schema::all()
        .into_iter()
        .find(|(name, _)| *name == format!("{view}-v1"))
        .unwrap_or_else(|| panic!("{view} has a schema"));
    let found = violations(&schema, value);
    assert!(found.is_empty(), "{view}: {found:#?}\n{value:#}");
    for (name, other) in schema::all() {
        if name != format!("{view}-v1") {
            assert!(!violations(&other, value).is_empty(), "{view} is no {name}");
        }
    }
}

#[track_caller]
fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// The words of a command line.
fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

#[test]
fn schemas_of_the_whole_program_hold_its_output() {
    let folder = Folder::new("schemas-house");
    let json = |line: &str, code: i32| {
        let words = [words(line), words("--format json")].concat();
        folder.run(&words, "").ends(code).json()
    };
    conforms(&json("explain", 0), "catalogue");
    conforms(&json("explain jwt-expired", 0), "explanation");
    conforms(&json("explain orphan-account", 0), "explanation");
    conforms(&json("config show --origin", 0), "config");
    let manifests = fixture("manifests");
    let lint = format!("lint {manifests} --write-baseline known.json --audit-log log.ndjson");
    conforms(&json(&lint, 1), "findings");
    conforms(&json(&format!("lint mtls {manifests}"), 1), "mtls");
    conforms(&json("lint rules", 0), "catalogue");
    conforms(&parsed(&folder.read("known.json")), "baseline");
    for line in ["lint absent.yaml", "lint .", "nonsense", "cert init"] {
        let words = [words(line), words("--format json")].concat();
        let ended = folder.run(&words, "");
        assert!(ended.code >= 2, "{ended:#?}");
        assert_eq!(ended.stdout, "");
        conforms(&parsed(&ended.stderr), "error");
    }
    let (hr, grants) = (fixture("hr.csv"), fixture("grants.csv"));
    let review = format!("review run --hr {hr} --grants {grants} --at 2026-11-22T09:00:00Z");
    conforms(&json(&review, 1), "review");
    for correlation in [
        "order-17",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    ] {
        let line = format!("{lint} --correlation-id {correlation}");
        json(&line, 1);
    }
    let log = folder.read("log.ndjson");
    assert_eq!(log.lines().count(), 3);
    for line in log.lines() {
        conforms(&parsed(line), "decision");
    }
}

#[test]
fn schemas_of_requests_hold_its_output() {
    let folder = Folder::new("schemas-request");
    let (key, message) = (fixture("keys/order.key"), fixture("requests/payment.http"));
    let at = "--at 2026-11-22T09:00:00Z --format json";
    let sign = format!("request sign --key file:{key} --key-id order {at} {message}");
    let signed = folder.run(&words(&sign), "").ends(0).json();
    conforms(&signed, "signed-request");
    let message = signed["message"].as_str().unwrap();
    let verify = |more: &str, stdin: &str| {
        let line = format!("request verify --key file:{key} {more} {at} -");
        folder.run(&words(&line), stdin)
    };
    conforms(&verify("", message).ends(0).json(), "request-verdict");
    let based = verify("--show-base", message).ends(0).json();
    conforms(&based, "request-verdict");
    assert!(based["signatures"][0]["signed_text"].is_string());
    folder.file("signed.http", message);
    let several = verify("signed.http signed.http", message).ends(0).json();
    conforms(&several, "request-verdicts");
    let changed = message.replace("129.90", "999.90");
    conforms(&verify("", &changed).ends(1).json(), "request-verdict");
    conforms(
        &parsed(
            &folder
                .run(
                    &words(&format!("request explain --key file:{key} {at} -")),
                    &changed,
                )
                .ends(1)
                .stdout,
        ),
        "request-explanation",
    );
    let line = |text: &str| serde_json::json!({"id": "a", "message": text}).to_string();
    let batch = format!("{}\n\n{}\nnonsense\n", line(message), line(&changed));
    let verify_batch = format!("request verify --batch --key file:{key} {at}");
    let answers = folder.run(&words(&verify_batch), &batch).ends(1).stdout;
    let answers: Vec<Value> = answers.lines().map(parsed).collect();
    let [one, two, three, end] = answers.as_slice() else {
        panic!("{answers:#?}")
    };
    for answer in [one, two, three] {
        conforms(answer, "request-batch");
    }
    conforms(end, "request-batch-summary");
    let told: Vec<_> = [one, two, three]
        .map(|each| (&each["line"], &each["accepted"]))
        .into();
    assert_eq!(
        serde_json::json!(told),
        serde_json::json!([[1, true], [3, false], [4, null]])
    );
    conforms(
        &folder
            .run(&words("request selftest --format json"), "")
            .ends(0)
            .json(),
        "request-selftest",
    );
    let late = verify("--at 2027-01-01T00:00:00Z", message);
    assert_eq!(late.code, 2, "`--at` is given twice");
    let unsigned = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    conforms(&verify("", unsigned).ends(1).json(), "request-verdict");
}

#[test]
fn schemas_of_tokens_hold_its_output() {
    let folder = Folder::new("schemas-jwt");
    folder.file("secret", "a shared secret of thirty-two bytes or more");
    let mint = "jwt mint --iss https://a.example --sub service:a --aud service:b --device-posture compliant --allow jwt-symmetric --allow jwt-weak-secret --ttl 10m \
        --scope read:orders --key file:secret --key-encoding utf8 --at 2026-11-22T09:00:00Z --format json";
    let minted = folder.run(&words(mint), "").ends(0).json();
    conforms(&minted, "minted-token");
    let token = minted["token"].as_str().unwrap();
    let damaged = token.get(..token.len() - 8).unwrap();
    let none = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIiwiZXhwIjoxNzAwMDAwMDAwMDAwfQ.";
    for text in [
        token,
        damaged,
        none,
        "eyJhbGciOiJSUzI1NiJ9.aGVsbG8.x",
        "a.%%%.b",
        "eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0..AAAA.AAAA.AAAA",
        "{\"payload\":\"e30\",\"protected\":\"eyJhbGciOiJIUzI1NiJ9\",\"signature\":\"AAAA\"}",
        "eyJhbGciOiJIUzI1NiIsImN0eSI6IkpXVCJ9.ZXlKaGJHY2lPaUp1YjI1bEluMC5lMzAu.AAAA",
        "eyJhbGciOiJIUzI1NiJ9.eyJfc2QiOlsiQSJdfQ.AAAA~WyJhIiwiYiIsMV0~",
    ] {
        let shown = folder.run(&words("jwt inspect - --format json"), text);
        conforms(&shown.ends(0).json(), "token");
    }
    let several = format!("Bearer {token}\nBearer {token}\n");
    let shown = folder.run(&words("jwt inspect - --format json"), &several);
    conforms(&shown.ends(0).json(), "tokens");
    for (text, options, code) in [
        (token, "--aud service:b", 0),
        (token, "--aud service:c --iss https://b.example", 1),
        (damaged, "--any-aud", 1),
        (none, "--any-aud", 1),
        ("%%%", "--any-aud", 1),
    ] {
        let line = format!(
            "jwt verify - --key file:secret --key-encoding utf8 {options} --at 2026-11-22T09:01:00Z --format json"
        );
        let ended = folder.run(&words(&line), text).ends(code);
        conforms(&ended.json(), "token-verdict");
    }
}

#[test]
fn schemas_of_keys_hold_its_output() {
    let folder = Folder::new("schemas-keys");
    let json = |line: &str, code: i32| {
        let words = [words(line), words("--format json")].concat();
        folder.run(&words, "").ends(code).json()
    };
    conforms(&json("jwt jwks generate", 0), "key");
    conforms(&json("jwt jwks generate --kind HS256", 0), "key");
    for _ in 0..2 {
        let rotate = "jwt jwks rotate signing.jwks --publish public.json";
        conforms(&json(rotate, 0), "key-set");
    }
    conforms(&json("jwt jwks current signing.jwks", 0), "key");
    conforms(&json("jwt jwks public signing.jwks", 0), "jwks");
    let thumbprint = "jwt jwks thumbprint --key file:public.json";
    conforms(&json(thumbprint, 0), "thumbprints");
    folder.run(&words("jwt jwks generate -o k.jwk"), "").ends(0);
    conforms(
        &json("jwt jwks add signing.jwks --key file:k.jwk --kid a", 0),
        "key-set",
    );
    conforms(&json("jwt jwks remove signing.jwks a", 0), "key-set");
    for form in ["jwk", "jwks", "pem", "der"] {
        let line = format!("jwt jwks convert --key file:k.jwk --to {form}");
        conforms(&json(&line, 0), "converted-keys");
    }
    conforms(&json("jwt lint k.jwk", 1), "findings");
    let none = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIiwiZXhwIjoxNzAwMDAwMDAwMDAwfQ.";
    let some = "eyJhbGciOiJFUzI1NiJ9.e30.AA";
    conforms(&json(&format!("jwt diff {none} {some}"), 1), "token-diff");
    conforms(&json(&format!("jwt diff {none} {none}"), 0), "token-diff");
}

#[test]
fn schemas_of_certificates_hold_its_output() {
    let folder = Folder::new("schemas-cert");
    folder.file("password", "correct horse battery staple");
    let json = |line: &str, code: i32| {
        let words = [words(line), words("--format json")].concat();
        folder.run(&words, "").ends(code).json()
    };
    let init = "cert init ca --trust-domain acme.example --ca-password file:password";
    conforms(&json(init, 0), "authority");
    conforms(&parsed(&folder.read("ca/ca.json")), "ca");
    let id = "spiffe://acme.example/ns/production/sa/payment-service";
    let issue =
        format!("cert issue --ca ca --ca-password file:password --spiffe-id {id} --out svid");
    conforms(&json(&issue, 0), "issued-certificate");
    let with = |line: &str| line.replace("CA", "--ca ca --ca-password file:password");
    folder.file("list.csv", "spiffe_id\nspiffe://acme.example/a\n");
    let bulk = with("cert issue CA --from list.csv --out many");
    conforms(&json(&bulk, 0), "issued-certificates");
    let revoke = with("cert revoke CA many/a/svid.pem");
    conforms(&json(&revoke, 0), "revoked-certificate");
    conforms(&json(&with("cert crl CA"), 0), "revocation-lists");
    conforms(&parsed(&folder.read("ca/lists.json")), "ca-lists");
    let responses = json(&with("cert crl CA --ocsp svid/svid.pem"), 0);
    conforms(&responses, "ocsp-responses");
    conforms(
        &json("cert log prove --ca ca svid/svid.pem", 0),
        "log-proof",
    );
    conforms(&json("cert log verify --ca ca", 0), "log-verdict");
    conforms(&json("cert log audit --ca ca .", 0), "log-verdict");
    conforms(&json("cert log watch --ca ca", 1), "log-watch");
    conforms(&json("cert bundle export --ca ca", 0), "exported-bundle");
    conforms(
        &json("cert bundle plan --ca ca --next ca", 1),
        "rotation-plan",
    );
    conforms(&json("cert status svid many/a", 0), "certificate-status");
    let renew = with("cert renew CA svid");
    conforms(&json(&renew, 0), "renewed-certificate");
    let test = with("cert selftest CA --count 3");
    conforms(&json(&test, 0), "certificate-selftest");
    let verify = |more: &str, code: i32| {
        let line = format!("cert verify --bundle svid/bundle.pem {more}");
        conforms(&json(&line, code), "chain-verdict");
    };
    verify(&format!("--spiffe-id {id} svid/svid.pem"), 0);
    verify("--spiffe-id spiffe://acme.example/other svid/svid.pem", 1);
    verify("--any-id --at 2040-01-01T00:00:00Z svid/svid.pem", 1);
    folder.file(
        "bad.pem",
        "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n",
    );
    verify("--any-id bad.pem", 2);
    let both = "cert verify --bundle svid/bundle.pem --any-id svid/svid.pem svid/svid.pem";
    conforms(&json(both, 0), "chain-verdicts");
    let store = "cert bundle export --ca ca --as pkcs12 --password file:password";
    conforms(&json(store, 0), "exported-bundle");
    verify("--any-id --trace --revocation chain svid/svid.pem", 1);
    conforms(
        &json("cert inspect svid/svid.pem", 0),
        "certificate-inspection",
    );
    conforms(&json("cert inspect bad.pem", 2), "certificate-inspection");
    let explain = "cert explain --bundle svid/bundle.pem svid/svid.pem";
    conforms(&json(explain, 0), "chain-comparison");
    let diff = "cert inspect --diff svid/bundle.pem svid/svid.pem";
    conforms(&json(diff, 0), "certificate-difference");
}

/// Answers one request with a body; the URL to ask.
fn serve_once(body: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/jwks.json", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
        while lines.next().is_some_and(|line| !line.unwrap().is_empty()) {}
        let length = body.len();
        let head =
            format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
        stream.write_all((head + &body).as_bytes()).unwrap();
    });
    url
}

#[test]
fn the_schema_of_key_sets_holds_what_is_fetched() {
    let folder = Folder::new("schemas-jwks");
    // RFC 8037 appendix A.2, and the P-256 key of RFC 7517 appendix A.1.
    let keys = r#"{"keys":[
        {"kty":"OKP","crv":"Ed25519","kid":"a","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
        {"kty":"EC","crv":"P-256","use":"sig","alg":"ES256",
         "x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
         "y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"},
        {"kty":"RSA","e":"AQAB","kid":"too-small","n":"AQAB"}]}"#;
    let url = serve_once(keys.to_owned());
    let line = format!("jwt jwks fetch --allow-local --format json {url}");
    let fetched = folder.run(&words(&line), "").ends(0).json();
    conforms(&fetched, "jwks");
    assert_eq!(fetched["keys"].as_array().unwrap().len(), 2);
}
