//! AWS's own signing cases: canonical requests, strings-to-sign, signatures and signed requests, byte for byte.
//!
//! The requests of the corpus are not quite HTTP, so they are read here and not by the product's reader: lines end in
//! LF, fields stand as `Host:example` without a space, values are folded, targets hold spaces and UTF-8, and the head
//! of a request without a body ends without its empty line.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use countersign::kernel::crypto::{self, DigestAlgorithm, EcEncoding, SignatureAlgorithm, sha256};
use countersign::kernel::crypto::{SystemRandom, unhex};
use countersign::kernel::key::{Curve, Key, Material, PublicKey};
use countersign::kernel::secret::Secret;
use countersign::kernel::source::Source;
use countersign::kernel::time::{Leeway, Timestamp};
use countersign::request::sigv4::{
    self, Added, Credentials, Expected, Form, Parts, Payload, Rules, Settings, SignedParts,
    Variant, sign, v4a_private_key,
};

use countersign::request::{Context, Exchange, Message, Policy, UriScheme, Window};

use super::corpus;

/// A request of the corpus.
struct Raw {
    method: String,
    target: String,
    /// Folded lines are still in the values.
    fields: Vec<(String, Vec<u8>)>,
    /// The lines between the first one and the empty one, verbatim.
    head: String,
    body: String,
}

fn read(path: &Path) -> Raw {
    let text = fs::read_to_string(path).unwrap();
    let (head, body) = text.split_once("\n\n").unwrap_or((&text, ""));
    let (first, lines) = head.split_once('\n').unwrap();
    let (method, rest) = first.split_once(' ').unwrap();
    let target = rest.strip_suffix(" HTTP/1.1").unwrap();
    let mut fields: Vec<(String, Vec<u8>)> = Vec::new();
    for line in lines.lines().filter(|line| !line.is_empty()) {
        if line.starts_with(' ') {
            let (_, value) = fields.last_mut().unwrap();
            value.push(b'\n');
            value.extend_from_slice(line.as_bytes());
        } else {
            let (name, value) = line.split_once(':').unwrap();
            fields.push((name.to_owned(), value.as_bytes().to_vec()));
        }
    }
    Raw {
        method: method.to_owned(),
        target: target.to_owned(),
        fields,
        head: lines.trim_end_matches('\n').to_owned(),
        body: body.to_owned(),
    }
}

impl Raw {
    fn parts(&self) -> Parts<'_> {
        Parts {
            method: &self.method,
            target: &self.target,
            fields: self
                .fields
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_slice()))
                .collect(),
        }
    }

    /// The signed request as the corpus writes it.
    fn signed(&self, added: &Added) -> String {
        let mut lines = self.head.clone();
        let mut target = &self.target;
        match added {
            Added::Target(signed) => target = signed,
            Added::Fields(fields) => {
                for (name, value) in fields {
                    lines.push_str(&format!("\n{name}:{value}"));
                }
            }
        }
        let (method, body) = (&self.method, &self.body);
        format!("{method} {target} HTTP/1.1\n{lines}\n\n{body}")
    }
}

/// One case: its folder, its request, and how it is to be signed.
struct Case {
    folder: PathBuf,
    raw: Raw,
    context: Value,
}

fn cases(version: &str) -> Option<Vec<Case>> {
    let folder = corpus("signing-aws")?.join(version);
    let mut folders: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("header-canonical-request.txt").exists())
        .collect();
    folders.sort();
    let read = |folder: PathBuf| Case {
        raw: read(&folder.join("request.txt")),
        context: serde_json::from_slice(&fs::read(folder.join("context.json")).unwrap()).unwrap(),
        folder,
    };
    Some(folders.into_iter().map(read).collect())
}

impl Case {
    fn credential(&self, name: &str) -> Option<String> {
        let value = self.context["credentials"].get(name)?;
        Some(value.as_str().unwrap().to_owned())
    }

    fn secret(&self) -> Secret {
        Secret::new(self.credential("secret_access_key").unwrap().into_bytes())
    }

    fn switch(&self, name: &str) -> bool {
        self.context.get(name).is_some_and(|on| on == true)
    }

    fn rules(&self) -> Rules {
        Rules {
            normalize: self.switch("normalize"),
            double_encode: true,
        }
    }

    fn sign(&self, variant: Variant, query: bool) -> SignedParts {
        let text = |name: &str| self.context[name].as_str().unwrap();
        let expires = self.context["expiration_in_seconds"].as_u64().unwrap();
        let token = self.credential("token");
        let token = token.map(|token| Secret::new(token.into_bytes()));
        let secret = self.secret();
        let id = self.credential("access_key_id").unwrap();
        let credentials = Credentials {
            access_key_id: &id,
            secret: &secret,
            session_token: token.as_ref(),
        };
        let settings = Settings {
            variant,
            region: text("region"),
            service: text("service"),
            time: Timestamp::parse(text("timestamp")).unwrap(),
            form: if query {
                Form::Query { expires }
            } else {
                Form::Header
            },
            payload: Payload::Sha256(sha256(self.raw.body.as_bytes())),
            sign_body: self.switch("sign_body"),
            omit_session_token: self.switch("omit_session_token"),
            rules: self.rules(),
        };
        sign(
            &self.raw.parts(),
            credentials,
            &settings,
            &SystemRandom::default(),
        )
        .unwrap()
    }

    fn file(&self, name: &str) -> String {
        fs::read_to_string(self.folder.join(name)).unwrap()
    }

    /// Compares a file with what we computed; one file counts one.
    fn expect(&self, name: &str, ours: &str) -> usize {
        assert_eq!(ours, self.file(name), "{}/{name}", self.folder.display());
        1
    }

    /// Compares a canonical request and a string-to-sign, as the form's files hold them.
    fn expect_texts(&self, form: &str, signed: &SignedParts) -> usize {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let canonical = text(signed.canonical.bytes());
        let to_sign = text(signed.string_to_sign.bytes());
        self.expect(&format!("{form}-canonical-request.txt"), &canonical)
            + self.expect(&format!("{form}-string-to-sign.txt"), &to_sign)
    }
}

const FORMS: [(&str, bool); 2] = [("header", false), ("query", true)];

#[test]
fn version_4_gives_every_file_byte_for_byte() {
    let Some(cases) = cases("v4") else { return };
    let mut files = 0;
    for case in &cases {
        for (form, query) in FORMS {
            let signed = case.sign(Variant::V4, query);
            files += case.expect_texts(form, &signed);
            files += case.expect(&format!("{form}-signature.txt"), &signed.signature);
            let request = case.raw.signed(&signed.added);
            files += case.expect(&format!("{form}-signed-request.txt"), &request);
        }
    }
    assert_eq!((cases.len(), files), (38, 304));
}

#[test]
fn version_4a_gives_every_text_byte_for_byte_and_its_signatures_verify() {
    let Some(cases) = cases("v4a") else { return };
    let (mut texts, mut keys, mut theirs, mut ours) = (0, 0, 0, 0);
    for case in &cases {
        let id = case.credential("access_key_id").unwrap();
        let key = v4a_private_key(&id, &case.secret()).unwrap().public();
        assert_eq!(key, published_key(case), "{}", case.folder.display());
        keys += 1;
        for (form, query) in FORMS {
            let signed = case.sign(Variant::V4a, query);
            texts += case.expect_texts(form, &signed);
            let message = signed.string_to_sign.bytes();
            let signature = case.file(&format!("{form}-signature.txt"));
            let request = case.file(&format!("{form}-signed-request.txt"));
            for published in [signature.trim(), signature_in(&request)] {
                assert!(verifies(&key, &message, published), "{request}");
                theirs += 1;
            }
            assert!(verifies(&key, &message, &signed.signature));
            assert!(!verifies(&key, b"another message", &signed.signature));
            // But for the signature, which ECDSA makes anew each time, the request is the published one.
            let written = case.raw.signed(&signed.added);
            let same = written.replace(&signed.signature, signature_in(&request));
            assert_eq!(same, request, "{}", case.folder.display());
            ours += 1;
        }
    }
    assert_eq!((cases.len(), texts, keys), (38, 152, 38));
    assert_eq!((theirs, ours), (152, 76));
}

/// The published requests, read by the product's own reader and verified as a service does.
#[test]
fn the_published_signed_requests_verify() {
    let mut verified = 0;
    for (version, variant) in [("v4", Variant::V4), ("v4a", Variant::V4a)] {
        let Some(cases) = cases(version) else { return };
        for case in &cases {
            for (form, _) in FORMS {
                let text = case.file(&format!("{form}-signed-request.txt"));
                verdict(case, &text, variant);
                verified += 1;
            }
        }
    }
    assert_eq!(verified, 152);
}

fn verdict(case: &Case, request: &str, variant: Variant) {
    let source = Source::new("aws", request.as_bytes().to_vec()).unwrap();
    let message = Message::parse(&source).unwrap();
    let time = Timestamp::parse(case.context["timestamp"].as_str().unwrap()).unwrap();
    let policy = Policy::new(Window {
        now: time,
        max_age: Some(sigv4::SKEW),
        leeway: Leeway::default(),
    });
    let expected = Expected {
        variant: None,
        region: Some("us-east-1".to_owned()),
        service: Some("service".to_owned()),
        rules: Some(case.rules()),
        omit_session_token: case.switch("omit_session_token"),
    };
    let key = Key {
        id: case.credential("access_key_id"),
        ..Key::bare(Material::Secret(case.secret()))
    };
    let context = Context::new(UriScheme::Https);
    let exchange = Exchange::new(&message, &context);
    let verdict = sigv4::verify(exchange, &[key], &policy, &expected).unwrap();
    assert!(verdict.is_accepted(), "{request}\n{verdict:?}");
    assert_eq!(verdict.scheme, variant.to_string());
}

fn published_key(case: &Case) -> PublicKey {
    let json: Value = serde_json::from_str(&case.file("public-key.json")).unwrap();
    let mut point = vec![4];
    for coordinate in ["X", "Y"] {
        let hex = json[coordinate].as_str().unwrap();
        point.extend(unhex(hex.as_bytes()).unwrap());
    }
    PublicKey::Ec {
        curve: Curve::P256,
        point,
    }
}

/// The signature at the end of a field or parameter of a signed request.
fn signature_in(request: &str) -> &str {
    let (_, rest) = request.split_once("Signature=").unwrap();
    let end = rest.find(|c: char| !c.is_ascii_hexdigit()).unwrap();
    rest.get(..end).unwrap()
}

fn verifies(key: &PublicKey, message: &[u8], signature: &str) -> bool {
    let algorithm =
        SignatureAlgorithm::Ecdsa(Curve::P256, DigestAlgorithm::Sha256, EcEncoding::Asn1);
    let signature = unhex(signature.as_bytes()).unwrap();
    crypto::verify(algorithm, key, message, &signature).is_ok()
}
