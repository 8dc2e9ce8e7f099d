//! The explainer beside SigV4 and draft-cavage: what a transport does to a request, and what a signer gets wrong, is named.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use countersign::kernel::crypto::{MacAlgorithm, MacKey, SystemRandom};
use countersign::kernel::key::Key;
use countersign::kernel::secret::Secret;
use countersign::request::explain::Cause;
use countersign::request::{Context, Exchange, Message, Scheme, UriScheme, Verdict, cavage, sigv4};

use super::tally::{BODIES, BODY_DEFECTS, Tally, hex};
use super::{Defect, add, field, host, key, message, method, now, policy, target, toggle_slash};

const TARGETS: [&str; 3] = [
    "/v1/orders/A%2F1?tenant=a%20b&region=eu",
    "/files/readme.txt",
    "/api/items/?z=1&a=2",
];

/// What happens to targets, hosts and methods on the way.
const PLACE_DEFECTS: [Defect; 12] = [
    (Cause::Authority, |m| {
        host(m, |_| "backend.internal".to_owned());
        add(m, "X-Forwarded-Host", "shop.example");
    }),
    (Cause::Authority, |m| host(m, |h| format!("{h}:8443"))),
    (Cause::Authority, |m| host(m, |h| format!("{h}:443"))),
    (Cause::Method, |m| method(m, "PUT")),
    (Cause::PathSlash, |m| {
        target(m, |p, q| (toggle_slash(p), q.to_owned()))
    }),
    (Cause::PathEncoding, |m| {
        target(m, |p, q| (p.replace('%', "%25"), q.to_owned()))
    }),
    (Cause::PathEncoding, |m| {
        target(m, |p, q| (p.replace("%2F", "/"), q.to_owned()))
    }),
    (Cause::PathPrefix, |m| {
        target(m, |p, q| (format!("/gateway{p}"), q.to_owned()))
    }),
    (Cause::PathPrefix, |m| {
        target(m, |p, q| {
            let cut = p.strip_prefix("/v1").or(p.strip_prefix("/api"));
            (cut.unwrap_or(p).to_owned(), q.to_owned())
        });
    }),
    (Cause::QueryEncoding, |m| {
        target(m, |p, q| (p.to_owned(), q.replace("%20", "+")));
    }),
    (Cause::QueryAdded, |m| {
        target(m, |p, q| {
            let more = if q.is_empty() {
                String::new()
            } else {
                format!("{q}&utm_source=x")
            };
            (p.to_owned(), more)
        });
    }),
    (Cause::QueryMissing, |m| {
        target(m, |p, q| {
            let more = if q.is_empty() { "utm_source=x" } else { q };
            (p.to_owned(), more.to_owned())
        });
    }),
];

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const KEY_ID: &str = "AKIDEXAMPLE";

fn plain(target: &str, (kind, body): (&str, &str)) -> Message {
    let text = format!(
        "POST {target} HTTP/1.1\r\nHost: shop.example\r\nContent-Type: {kind}\r\nX-Trace: 1\r\n\r\n{body}"
    );
    message(text.as_bytes())
}

fn aws(target: &str, content: (&str, &str), form: sigv4::Form) -> Message {
    let unsigned = plain(target, content);
    let secret = Secret::new(SECRET.into());
    let credentials = sigv4::Credentials {
        access_key_id: KEY_ID,
        secret: &secret,
        session_token: None,
    };
    let settings = sigv4::Settings {
        variant: sigv4::Variant::V4,
        region: "eu-central-1",
        service: "execute-api",
        time: now(),
        form,
        payload: sigv4::payload_of(&unsigned).unwrap(),
        sign_body: false,
        omit_session_token: false,
        rules: sigv4::Rules::of_service("execute-api"),
    };
    let random = SystemRandom::default();
    let (edit, _) = sigv4::sign_message(&unsigned, credentials, &settings, &random).unwrap();
    unsigned.edited(&edit).unwrap()
}

fn draft(target: &str, content: (&str, &str)) -> Message {
    let unsigned = plain(target, content);
    let options = cavage::SignOptions {
        key_id: KEY_ID.to_owned(),
        algorithm: None,
        headers: ["(request-target)", "host", "date", "digest", "x-trace"]
            .map(str::to_owned)
            .to_vec(),
        created: now(),
        expires: None,
    };
    let random = SystemRandom::default();
    let key = key(SECRET.as_bytes());
    let (edit, _) = cavage::sign(&unsigned, &key, &options, &random).unwrap();
    unsigned.edited(&edit).unwrap()
}

/// Secrets that are the right one read in a wrong way.
fn secrets() -> Vec<(Cause, Key)> {
    let wrong = |bytes: Vec<u8>| (Cause::KeyReading, key(&bytes));
    let mut named = key(SECRET.as_bytes());
    named.id = Some("another-id".to_owned());
    vec![
        wrong(STANDARD.encode(SECRET).into_bytes()),
        wrong(hex(SECRET.as_bytes()).into_bytes()),
        wrong(format!("\"{SECRET}\"").into_bytes()),
        wrong(format!("{SECRET}\r").into_bytes()),
        wrong(format!("AWS4{SECRET}").into_bytes()),
        (Cause::KeyId, named),
    ]
}

fn everything(tally: &mut Tally, scheme: &Scheme, sign: impl Fn(&str, (&str, &str)) -> Message) {
    let right = key(SECRET.as_bytes());
    for (place, target) in TARGETS.into_iter().enumerate() {
        let whole = sign(target, BODIES[place]);
        let context = Context::new(UriScheme::Https);
        let verdicts = scheme.verify(
            Exchange::new(&whole, &context),
            std::slice::from_ref(&right),
            &policy(),
        );
        assert!(
            verdicts.unwrap().iter().all(Verdict::is_accepted),
            "{target}"
        );
        let appended: Defect = (Cause::FieldAppended, |m| {
            field(m, "x-trace", |v| format!("{v}, proxy-1"));
        });
        let all = PLACE_DEFECTS.into_iter().chain(BODY_DEFECTS);
        for (cause, defect) in all.chain([appended]) {
            let mut damaged = whole.clone();
            defect(&mut damaged);
            let mut causes = vec![cause];
            if cause == Cause::PathEncoding {
                causes.push(Cause::Sigv4Path);
            }
            tally.hold(scheme, (&damaged, &right), &causes);
        }
        for (cause, wrong) in secrets() {
            tally.hold(scheme, (&whole, &wrong), &[cause]);
        }
    }
}

#[test]
fn what_happens_to_a_request_to_aws_or_of_the_draft_is_named() {
    let mut tally = Tally::default();
    let scheme = Scheme::Sigv4(sigv4::Expected::default());
    everything(&mut tally, &scheme, |target, content| {
        aws(target, content, sigv4::Form::Header)
    });
    everything(&mut tally, &scheme, |target, content| {
        aws(target, content, sigv4::Form::Query { expires: 900 })
    });
    everything(&mut tally, &Scheme::Cavage, draft);
    tally.end(150);
}

#[test]
fn a_signing_string_of_the_draft_that_was_written_otherwise_is_named() {
    let mut tally = Tally::default();
    let lines = [
        "(request-target): post /files/readme.txt",
        "host: shop.example",
        "x-trace: 1",
    ];
    let upper = lines.join("\n").replace("post", "POST");
    let texts = [
        lines.join("\n") + "\n",
        lines.join("\r\n"),
        lines.join("\n").replace(": ", ":"),
        upper,
        lines
            .join("\n")
            .replace("host", "Host")
            .replace("x-trace", "X-Trace"),
    ];
    let secret = Secret::new(SECRET.into());
    let signed = |text: &str, mac| {
        let tag = STANDARD.encode(MacKey::new(mac, &secret).sign(text.as_bytes()));
        message(
            format!(
                "POST /files/readme.txt HTTP/1.1\r\nHost: shop.example\r\nX-Trace: 1\r\nSignature: keyId=\"{KEY_ID}\",\
                 algorithm=\"hmac-sha256\",headers=\"(request-target) host x-trace\",signature=\"{tag}\"\r\n\r\n"
            )
            .as_bytes(),
        )
    };
    let key = key(SECRET.as_bytes());
    for text in texts {
        let message = signed(&text, MacAlgorithm::HmacSha256);
        tally.hold(&Scheme::Cavage, (&message, &key), &[Cause::CavageText]);
    }
    let message = signed(&lines.join("\n"), MacAlgorithm::HmacSha512);
    tally.hold(&Scheme::Cavage, (&message, &key), &[Cause::CavageAlgorithm]);
    tally.end(6);
}

#[test]
fn every_cause_has_a_page_of_its_own() {
    let mut codes: Vec<&str> = Cause::ALL.iter().map(|cause| cause.code()).collect();
    codes.sort_unstable();
    let before = codes.len();
    codes.dedup();
    assert_eq!(codes.len(), before);
    for cause in Cause::ALL {
        let page = cause.page();
        assert!(page.code.starts_with("cause-"), "{}", page.code);
        assert!(page.text.len() > 40, "{}", page.code);
        let listed = countersign::cli::catalogue::entries();
        assert!(
            listed.iter().any(|entry| entry.code == page.code),
            "{}",
            page.code
        );
    }
}
