//! Seeded defects: a signed message is changed in one way, and the explanation must name that way.

mod schemes;
mod tally;
mod webhooks;

use countersign::kernel::crypto::SystemRandom;
use countersign::kernel::key::{Key, Material};
use countersign::kernel::secret::Secret;
use countersign::kernel::source::Source;
use countersign::kernel::time::{Leeway, Timestamp};
use countersign::request::explain::{Case, Cause, Goal, search};
use countersign::request::rfc9421::{SignOptions, default_components, sign};
use countersign::request::{
    Algorithm, Context, Exchange, Field, Mac, Message, Policy, Scheme, Start, UriScheme, Verdict,
    Window,
};

const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";

/// Messages as they are signed: targets, hosts and bodies of different kinds.
const MESSAGES: [&str; 13] = [
    "POST /orders HTTP/1.1\r\nHost: shop.example\r\nContent-Type: application/json\r\n\r\n{\"a\":1,\"b\":\"x\"}",
    "POST /v1/orders/A%2F1?tenant=acme&region=eu HTTP/1.1\r\nHost: shop.example:8443\r\nContent-Type: application/json\r\n\r\n{\"b\": [1, 2.5], \"a\": \"\u{e9}/\"}",
    "GET /search?q=a%20b&page=2 HTTP/1.1\r\nHost: shop.example\r\nAccept: text/html\r\nAccept: */*\r\n\r\n",
    "PUT /files/readme.txt HTTP/1.1\r\nHost: files.example\r\nContent-Type: text/plain\r\n\r\nline 1\nline 2\n",
    "POST /form HTTP/1.1\r\nHost: shop.example\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\nname=J+Doe&city=K%C3%B6ln&z=1",
    "DELETE /api/v2/users/42/ HTTP/1.1\r\nHost: admin.example\r\nX-Trace: 1, 2\r\n\r\n",
    "POST /hook HTTP/1.1\r\nHost: hooks.example\r\nContent-Type: application/json; charset=utf-8\r\n\r\n{\n  \"id\": \"evt_1\",\n  \"paid\": true\n}",
    "GET /a//b/./c?x=1&x=2&y HTTP/1.1\r\nHost: cdn.example\r\nCache-Control: max-age=60, must-revalidate\r\n\r\n",
    "PATCH /items/7?dry+run=1 HTTP/1.1\r\nHost: Items.example\r\nContent-Type: application/merge-patch+json\r\n\r\n{\"price\":{\"amount\":12,\"currency\":\"EUR\"}}",
    "POST /rpc?z=1&a=2&m=3 HTTP/1.1\r\nHost: rpc.example\r\nContent-Type: text/plain\r\n\r\ncall(1);",
    "POST /v1/events?trace=1%202 HTTP/1.1\r\nHost: www.events.example\r\nContent-Type: application/json\r\nX-Trace: 7\r\n\r\n[{\"n\":1e3},{\"u\":\"\\u00fc\"}]",
    "PUT /a%2Fb/c?k=v+w&l= HTTP/1.1\r\nHost: store.example:9443\r\nContent-Type: text/csv; header=present\r\n\r\nid,name\r\n1,x\r\n",
    "POST /token HTTP/1.1\r\nHost: auth.example\r\nContent-Type: application/x-www-form-urlencoded\r\nCache-Control: no-store, private\r\n\r\ngrant_type=client_credentials&scope=a+b",
];

fn message(bytes: &[u8]) -> Message {
    Message::parse(&Source::new("seed", bytes.to_vec()).unwrap()).unwrap()
}

fn now() -> Timestamp {
    Timestamp::parse("2026-11-22T09:00:00Z").unwrap()
}

fn key(secret: &[u8]) -> Key {
    let mut key = Key::bare(Material::Secret(Secret::new(secret.to_vec())));
    key.origin = Some("test".to_owned());
    key
}

fn signed(text: &str) -> Message {
    let unsigned = message(text.as_bytes());
    let mut components = default_components(&unsigned);
    for name in ["accept", "x-trace", "cache-control"] {
        if unsigned.values(name).next().is_some() {
            components.push(countersign::request::component::Component::parse(name).unwrap());
        }
    }
    let options = SignOptions {
        label: "sig1".into(),
        components,
        algorithm: Algorithm::HmacSha256,
        created: Some(now()),
        expires: None,
        nonce: None,
        key_id: None,
        tag: None,
        digests: vec!["sha-256"],
    };
    let context = Context::new(UriScheme::Https);
    let exchange = Exchange::new(&unsigned, &context);
    let signed = sign(exchange, &key(SECRET), &options, &SystemRandom::default()).unwrap();
    unsigned.edited(&signed.edit).unwrap()
}

fn verdicts(message: &Message, key: &Key) -> Vec<Verdict> {
    let context = Context::new(UriScheme::Https);
    let keys = std::slice::from_ref(key);
    Scheme::Rfc9421
        .verify(Exchange::new(message, &context), keys, &policy())
        .unwrap()
}

fn policy() -> Policy {
    Policy::new(Window {
        now: now(),
        max_age: None,
        leeway: Leeway::default(),
    })
}

/// What somebody on the way does to a message, and the code that must name it.
type Defect = (Cause, fn(&mut Message));

const DEFECTS: [Defect; 34] = [
    (Cause::BodyTrailingNewline, |m| {
        body(m, |b| [b, b"\n"].concat())
    }),
    (Cause::BodyTrailingNewline, |m| {
        body(m, |b| [b, b"\r\n"].concat())
    }),
    (Cause::BodyNewlineMissing, |m| {
        body(m, |b| b.strip_suffix(b"\n").unwrap_or(b).to_vec())
    }),
    (Cause::BodyLineEnds, |m| {
        text(m, |b| b.replace('\n', "\r\n"))
    }),
    (Cause::BodyByteOrderMark, |m| {
        body(m, |b| [b"\xef\xbb\xbf".as_slice(), b].concat())
    }),
    (Cause::BodyWhiteSpace, |m| body(m, |b| [b, b"  "].concat())),
    (Cause::BodyContentCoding, |m| body(m, gzipped)),
    (Cause::BodyContentCoding, |m| {
        body(m, |b| miniz_oxide::deflate::compress_to_vec_zlib(b, 6))
    }),
    (Cause::BodyJsonReserialized, |m| {
        json(m, |v| serde_json::to_string(v).unwrap())
    }),
    (Cause::BodyJsonReserialized, |m| {
        json(m, |v| serde_json::to_string_pretty(v).unwrap())
    }),
    (Cause::BodyFormEncoding, |m| {
        text(m, |b| {
            if b.contains('=') {
                b.replace('+', "%20")
            } else {
                b.to_owned()
            }
        })
    }),
    (Cause::BodyFormEncoding, |m| {
        text(m, |b| {
            if b.contains('=') {
                b.replace("%C3%B6", "%c3%b6")
            } else {
                b.to_owned()
            }
        })
    }),
    (Cause::Authority, |m| {
        host(m, |h| {
            if h.contains(':') {
                h.split(':').next().unwrap().to_owned()
            } else {
                format!("{h}:8080")
            }
        })
    }),
    (Cause::Authority, |m| {
        let original = String::from_utf8(m.values("host").next().unwrap().to_vec()).unwrap();
        host(m, |_| "backend.internal".to_owned());
        add(m, "X-Forwarded-Host", &original);
    }),
    (Cause::Authority, |m| {
        let original = String::from_utf8(m.values("host").next().unwrap().to_vec()).unwrap();
        host(m, |_| "10.0.0.7:9000".to_owned());
        add(
            m,
            "Forwarded",
            &format!("for=192.0.2.1;host=\"{original}\";proto=https"),
        );
    }),
    (Cause::Method, |m| method(m, "post")),
    (Cause::PathSlash, |m| {
        target(m, |p, q| (toggle_slash(p), q.to_owned()))
    }),
    (Cause::PathEncoding, |m| {
        target(m, |p, q| (p.replace('%', "%25"), q.to_owned()))
    }),
    (Cause::PathEncoding, |m| {
        target(m, |p, q| (p.replace("%2F", "/"), q.to_owned()))
    }),
    (Cause::PathEncoding, |m| {
        target(m, |p, q| (p.replace("%2F", "%2f"), q.to_owned()))
    }),
    (Cause::PathPrefix, |m| {
        target(m, |p, q| {
            (
                p.strip_prefix("/v1")
                    .or(p.strip_prefix("/api"))
                    .unwrap_or(p)
                    .to_owned(),
                q.to_owned(),
            )
        })
    }),
    (Cause::PathPrefix, |m| {
        target(m, |p, q| (format!("/gateway{p}"), q.to_owned()))
    }),
    (Cause::QueryEncoding, |m| {
        target(m, |p, q| (p.to_owned(), q.replace("%20", "+")))
    }),
    (Cause::QueryEncoding, |m| {
        target(m, |p, q| (p.to_owned(), q.replace('+', "%20")))
    }),
    (Cause::QueryOrder, |m| {
        target(m, |p, q| (p.to_owned(), sorted(q)))
    }),
    (Cause::QueryAdded, |m| {
        target(m, |p, q| {
            (
                p.to_owned(),
                if q.is_empty() {
                    String::new()
                } else {
                    format!("{q}&utm_source=x")
                },
            )
        })
    }),
    (Cause::QueryMissing, |m| {
        target(m, |p, q| {
            (
                p.to_owned(),
                if q.is_empty() {
                    "utm_source=x".to_owned()
                } else {
                    q.to_owned()
                },
            )
        })
    }),
    (Cause::FieldWhiteSpace, |m| {
        field(m, "content-type", |v| v.replace("; ", ";"))
    }),
    (Cause::FieldParameter, |m| {
        field(m, "content-type", |v| {
            if v.contains(';') {
                v.to_owned()
            } else {
                format!("{v}; charset=utf-8")
            }
        })
    }),
    (Cause::FieldParameter, |m| {
        field(m, "content-type", |v| {
            v.split(';').next().unwrap().to_owned()
        })
    }),
    (Cause::FieldAppended, |m| {
        field(m, "x-trace", |v| format!("{v}, proxy-1"))
    }),
    (Cause::FieldJoining, |m| {
        field(m, "cache-control", |v| v.replace(", ", ","))
    }),
    (Cause::FieldJoining, |m| {
        field(m, "x-trace", |v| v.replace(", ", ","))
    }),
    (Cause::DigestStale, |m| {
        m.fields.retain_mut(|f| {
            if f.name() == "Content-Digest" {
                let empty = b"sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:";
                f.set_value(empty.to_vec());
            }
            true
        })
    }),
];

fn body(message: &mut Message, change: impl Fn(&[u8]) -> Vec<u8>) {
    let content = message.content().unwrap();
    if !content.is_empty() {
        *message = message.with_content(change(content));
    }
}

fn gzipped(content: &[u8]) -> Vec<u8> {
    let packed = miniz_oxide::deflate::compress_to_vec(content, 6);
    let check = countersign::kernel::crc32::crc32(content).to_le_bytes();
    let length = u32::try_from(content.len()).unwrap().to_le_bytes();
    let head = b"\x1f\x8b\x08\0\0\0\0\0\0\xff";
    [head.as_slice(), &packed, &check, &length].concat()
}

fn text(message: &mut Message, change: impl Fn(&str) -> String) {
    body(message, |content| {
        change(std::str::from_utf8(content).unwrap()).into_bytes()
    });
}

fn json(message: &mut Message, write: impl Fn(&serde_json::Value) -> String) {
    text(message, |content| match serde_json::from_str(content) {
        Ok(value) => write(&value),
        Err(_) => content.to_owned(),
    });
}

fn host(message: &mut Message, change: impl Fn(&str) -> String) {
    field(message, "host", change);
}

fn field(message: &mut Message, name: &str, change: impl Fn(&str) -> String) {
    for field in &mut message.fields {
        if field.name().eq_ignore_ascii_case(name) {
            let value = change(std::str::from_utf8(field.value()).unwrap());
            field.set_value(value.into_bytes());
        }
    }
}

fn add(message: &mut Message, name: &str, value: &str) {
    let field = Field::new(name, value.as_bytes()).unwrap();
    message.fields.push(field);
}

fn method(message: &mut Message, new: &str) {
    if let Start::Request { method, .. } = &mut message.start
        && method == "POST"
    {
        *method = new.to_owned();
    }
}

fn target(message: &mut Message, change: impl Fn(&str, &str) -> (String, String)) {
    if let Start::Request { target, .. } = &mut message.start {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let (path, query) = change(path, query);
        *target = if query.is_empty() {
            path
        } else {
            format!("{path}?{query}")
        };
    }
}

fn toggle_slash(path: &str) -> String {
    match path.strip_suffix('/') {
        Some(bare) => bare.to_owned(),
        None => format!("{path}/"),
    }
}

fn sorted(query: &str) -> String {
    let mut pairs: Vec<&str> = query.split('&').collect();
    pairs.sort_unstable();
    pairs.join("&")
}

#[test]
fn a_seeded_defect_is_named() {
    let context = Context::new(UriScheme::Https);
    let (mut seeded, mut named, mut missed) = (0, 0, Vec::new());
    for text in MESSAGES {
        let whole = signed(text);
        assert!(
            verdicts(&whole, &key(SECRET))
                .iter()
                .all(Verdict::is_accepted),
            "{text}"
        );
        for (cause, defect) in DEFECTS {
            let mut damaged = whole.clone();
            defect(&mut damaged);
            let right = key(SECRET);
            let found = verdicts(&damaged, &right);
            let [verdict] = found.as_slice() else {
                panic!("one verdict")
            };
            if verdict.is_accepted() {
                // Nothing in this message is touched by the defect.
                continue;
            }
            let goal = match verdict.mac {
                Mac::Valid { .. } => Goal::Body,
                _ => Goal::Mac,
            };
            seeded += 1;
            let policy = policy();
            let case = Case {
                scheme: &Scheme::Rfc9421,
                exchange: Exchange::new(&damaged, &context),
                keys: std::slice::from_ref(&right),
                alternatives: &[],
                policy: &policy,
            };
            let search = search(case, goal);
            let steps = search.found.unwrap_or_default();
            if steps.iter().any(|step| step.cause == cause) {
                named += 1;
            } else {
                missed.push(format!(
                    "{cause:?} in {:.60}: {steps:?}",
                    text.lines().next().unwrap()
                ));
            }
            // The explanation is no verdict.
            assert!(!verdicts(&damaged, &right).iter().any(Verdict::is_accepted));
        }
        for (cause, wrong) in secrets() {
            seeded += 1;
            let wrong = key(&wrong);
            assert!(!verdicts(&whole, &wrong).iter().any(Verdict::is_accepted));
            let policy = policy();
            let case = Case {
                scheme: &Scheme::Rfc9421,
                exchange: Exchange::new(&whole, &context),
                keys: std::slice::from_ref(&wrong),
                alternatives: &[],
                policy: &policy,
            };
            let steps = search(case, Goal::Mac).found.unwrap_or_default();
            if steps.iter().any(|step| step.cause == cause) {
                named += 1;
            } else {
                missed.push(format!("{cause:?}: {steps:?}"));
            }
        }
    }
    println!(
        "{named} of {seeded} seeded defects were named; not {}",
        missed.join("; ")
    );
    assert!(seeded >= 200, "{seeded}");
    assert!(
        named * 100 >= seeded * 95,
        "{named} of {seeded}\n{}",
        missed.join("\n")
    );
}

/// Secrets that are the right one read in a wrong way.
fn secrets() -> Vec<(Cause, Vec<u8>)> {
    use base64::Engine as _;
    let hex: String = SECRET.iter().map(|byte| format!("{byte:02x}")).collect();
    vec![
        (
            Cause::KeyReading,
            base64::engine::general_purpose::STANDARD
                .encode(SECRET)
                .into_bytes(),
        ),
        (Cause::KeyReading, hex.into_bytes()),
        (Cause::KeyReading, [b"\"", SECRET, b"\""].concat()),
        (Cause::KeyReading, [SECRET, b" "].concat()),
        (Cause::KeyReading, [b"whsec_", SECRET].concat()),
    ]
}

#[test]
fn a_message_of_somebody_else_is_not_explained() {
    let context = Context::new(UriScheme::Https);
    let whole = signed(MESSAGES[0]);
    let other = key(b"another secret of thirty-two bytes!!");
    let policy = policy();
    let case = Case {
        scheme: &Scheme::Rfc9421,
        exchange: Exchange::new(&whole, &context),
        keys: std::slice::from_ref(&other),
        alternatives: &[],
        policy: &policy,
    };
    let search = search(case, Goal::Mac);
    assert_eq!(search.found, None);
    assert!(search.tried > 1000, "{}", search.tried);
}

/// A trial costs more where the body is long, so that a search with nothing to find still ends within seconds.
#[test]
fn a_long_body_is_searched_less_often() {
    let context = Context::new(UriScheme::Https);
    let policy = policy();
    let right = key(SECRET);
    let tried = |length: usize| {
        let whole = signed(MESSAGES[0]);
        let damaged = whole.with_content(vec![b'x'; length]);
        let scheme = Scheme::Webhook(Box::new(countersign::request::github::description()));
        let mut hook = damaged.clone();
        add(
            &mut hook,
            "X-Hub-Signature-256",
            &format!("sha256={}", "00".repeat(32)),
        );
        let case = Case {
            scheme: &scheme,
            exchange: Exchange::new(&hook, &context),
            keys: std::slice::from_ref(&right),
            alternatives: &[],
            policy: &policy,
        };
        let found = search(case, Goal::Mac);
        assert_eq!(found.found, None);
        (found.tried, found.exhausted)
    };
    let (short, _) = tried(100);
    assert!(short > 1000, "{short}");
    let (long, exhausted) = tried(4 << 20);
    assert!(exhausted && (20..400).contains(&long), "{long}");
}
