//! The explainer beside webhooks: what a transport does to them, and what a signer gets wrong, is named.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use countersign::kernel::crypto::{MacAlgorithm, MacKey};
use countersign::kernel::key::Key;
use countersign::kernel::secret::Secret;
use countersign::kernel::source::Source;
use countersign::request::explain::Cause;
use countersign::request::{
    Context, Exchange, Message, Scheme, UriScheme, Verdict, custom, github, shopify, slack,
    standard_webhooks, stripe,
};

use super::tally::{BODIES, BODY_DEFECTS, Tally, hex};
use super::{field, key, message, policy};

const TIME: &str = "1795338000";
/// A webhook as its vendor signs it.
#[derive(Clone, Copy)]
struct Hook {
    scheme: fn() -> Scheme,
    /// The secret as it is shown.
    secret: &'static str,
    /// The bytes of the MAC's key.
    key: fn(&str) -> Vec<u8>,
    mac: MacAlgorithm,
    /// Of time and body, what is signed.
    text: fn(&str, &[u8]) -> Vec<u8>,
    /// Of the tag and the time, the fields.
    fields: fn(&[u8], &str) -> String,
}

fn joined(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

fn raw(secret: &str) -> Vec<u8> {
    secret.as_bytes().to_vec()
}

const CUSTOM: &str = "header = \"X-Acme-Signature\"\nsigned = \"{timestamp}.{body}\"\n\
                      algorithm = \"hmac-sha256\"\nencoding = \"hex\"\nprefix = \"sha256=\"\n\
                      [timestamp]\nheader = \"X-Acme-Timestamp\"\npast = \"5m\"\n";

fn hooks() -> [Hook; 6] {
    let github = Hook {
        scheme: || Scheme::Webhook(Box::new(github::description())),
        secret: "It's a Secret to Everybody",
        key: raw,
        mac: MacAlgorithm::HmacSha256,
        text: |_, body| body.to_vec(),
        fields: |tag, _| format!("X-Hub-Signature-256: sha256={}", hex(tag)),
    };
    [
        Hook {
            scheme: || Scheme::Webhook(Box::new(standard_webhooks::description())),
            secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            key: |secret| {
                STANDARD
                    .decode(secret.trim_start_matches("whsec_"))
                    .unwrap()
            },
            text: |time, body| joined(&[b"msg_1.", time.as_bytes(), b".", body]),
            fields: |tag, time| {
                let tag = STANDARD.encode(tag);
                format!(
                    "webhook-id: msg_1\r\nwebhook-timestamp: {time}\r\nwebhook-signature: v1,{tag}"
                )
            },
            ..github
        },
        Hook {
            scheme: || Scheme::Webhook(Box::new(stripe::description())),
            secret: "whsec_0123456789abcdef0123456789abcdef",
            text: |time, body| joined(&[time.as_bytes(), b".", body]),
            fields: |tag, time| format!("Stripe-Signature: t={time},v1={}", hex(tag)),
            ..github
        },
        Hook {
            scheme: || Scheme::Webhook(Box::new(slack::description())),
            secret: "8f742231b10e8888abcd99yyyzzz85a5",
            text: |time, body| joined(&[b"v0:", time.as_bytes(), b":", body]),
            fields: |tag, time| {
                let tag = hex(tag);
                format!("X-Slack-Request-Timestamp: {time}\r\nX-Slack-Signature: v0={tag}")
            },
            ..github
        },
        Hook {
            scheme: || Scheme::Webhook(Box::new(shopify::description())),
            secret: "hush-hush-this-is-the-client-secret",
            fields: |tag, _| format!("X-Shopify-Hmac-SHA256: {}", STANDARD.encode(tag)),
            ..github
        },
        Hook {
            scheme: || {
                let source = Source::new("acme.toml", CUSTOM.into()).unwrap();
                Scheme::Webhook(Box::new(custom::parse(&source).unwrap()))
            },
            secret: "0123456789abcdef0123456789abcdef",
            text: |time, body| joined(&[time.as_bytes(), b".", body]),
            fields: |tag, time| {
                let tag = hex(tag);
                format!("X-Acme-Timestamp: {time}\r\nX-Acme-Signature: sha256={tag}")
            },
            ..github
        },
        github,
    ]
}

impl Hook {
    fn deliver(&self, (kind, body): (&str, &str)) -> Message {
        let secret = Secret::new((self.key)(self.secret));
        let tag = MacKey::new(self.mac, &secret).sign(&(self.text)(TIME, body.as_bytes()));
        let fields = (self.fields)(&tag, TIME);
        message(
            format!(
                "POST /hook?x=1 HTTP/1.1\r\nHost: hooks.example\r\nContent-Type: {kind}\r\n{fields}\r\n\r\n{body}"
            )
            .as_bytes(),
        )
    }

    fn shown(&self) -> Key {
        key(self.secret.as_bytes())
    }
}

/// A mistake of a signer: the causes that name it, and how it signs.
type Mistake = (&'static [Cause], fn(Hook) -> Hook);

const MISTAKES: [Mistake; 13] = [
    (&[Cause::KeyReading], |hook| Hook {
        key: |secret| [secret.as_bytes(), b"\n"].concat(),
        ..hook
    }),
    (&[Cause::KeyReading], |hook| Hook {
        key: |secret| secret.trim_start_matches("whsec_").as_bytes().to_vec(),
        ..hook
    }),
    (&[Cause::KeyReading, Cause::WebhookKey], |hook| Hook {
        key: raw,
        ..hook
    }),
    (&[Cause::KeyReading], |hook| Hook {
        key: |secret| hex(secret.as_bytes()).into_bytes(),
        ..hook
    }),
    (&[Cause::KeyReading], |hook| Hook {
        key: |secret| STANDARD.encode(secret).into_bytes(),
        ..hook
    }),
    (&[Cause::WebhookAlgorithm], |hook| Hook {
        mac: MacAlgorithm::HmacSha1Legacy,
        ..hook
    }),
    (&[Cause::WebhookAlgorithm], |hook| Hook {
        mac: MacAlgorithm::HmacSha512,
        ..hook
    }),
    (&[Cause::WebhookBodyAlone], |hook| Hook {
        text: |_, body| body.to_vec(),
        ..hook
    }),
    (&[Cause::WebhookSeparator, Cause::WebhookPiece], |hook| {
        Hook {
            text: |time, body| joined(&[time.as_bytes(), b":", body]),
            ..hook
        }
    }),
    (&[Cause::WebhookSeparator, Cause::WebhookPiece], |hook| {
        Hook {
            text: |time, body| joined(&[time.as_bytes(), body]),
            ..hook
        }
    }),
    (&[Cause::WebhookPiece], |hook| Hook {
        text: |time, body| joined(&[body, b".", time.as_bytes()]),
        ..hook
    }),
    (&[Cause::BodyNewlineMissing, Cause::WebhookPiece], |hook| {
        Hook {
            text: |_, body| joined(&[body, b"\n"]),
            ..hook
        }
    }),
    (&[Cause::BodyMissing], |hook| Hook {
        text: |time, _| joined(&[b"msg_1.", time.as_bytes(), b"."]),
        ..hook
    }),
];

/// Which mistakes each of the hooks can make at all: a scheme without time cannot leave it out.
fn makes(hook: usize, mistake: usize) -> bool {
    match mistake {
        // Standard Webhooks decodes its secret; only Stripe and it have a prefix to cut.
        0 | 3 | 4 => hook != 0,
        1 => hook == 1,
        2 => hook == 0,
        7 => hook < 4 && hook != 3 || hook == 4,
        8 => hook == 1 || hook == 4,
        9 => hook == 1 || hook == 4,
        10 => hook == 1 || hook == 4,
        11 => hook == 3 || hook == 5,
        12 => hook == 0,
        _ => true,
    }
}

/// The causes that name it, and what is done to the field.
type Rewrite = (&'static [Cause], fn(&mut Message));

/// The signature in another form than the scheme's.
fn rewrites(hook: usize) -> Vec<Rewrite> {
    const ENCODED: &[Cause] = &[Cause::WebhookEncoding, Cause::SignatureEncoding];
    const PREFIX: &[Cause] = &[Cause::WebhookPrefix];
    fn hexed(text: &str) -> String {
        hex(&STANDARD.decode(text).unwrap())
    }
    fn based(text: &str) -> String {
        let bytes = (0..text.len()).step_by(2);
        let bytes: Vec<u8> = bytes
            .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
            .collect();
        STANDARD.encode(bytes)
    }
    fn urled(text: &str) -> String {
        URL_SAFE_NO_PAD.encode(STANDARD.decode(text).unwrap())
    }
    match hook {
        0 => vec![
            (ENCODED, |m| {
                field(m, "webhook-signature", |v| format!("v1,{}", hexed(&v[3..])))
            }),
            (ENCODED, |m| {
                field(m, "webhook-signature", |v| format!("v1,{}", urled(&v[3..])))
            }),
            (PREFIX, |m| {
                field(m, "webhook-signature", |v| v[3..].to_owned())
            }),
            (&[Cause::WebhookTimeUnit], |m| {
                field(m, "webhook-timestamp", |v| format!("{v}000"));
            }),
        ],
        1 => vec![
            (ENCODED, |m| {
                field(m, "stripe-signature", |v| {
                    let (time, tag) = v.split_once(",v1=").unwrap();
                    format!("{time},v1={}", tag.to_ascii_uppercase())
                });
            }),
            (ENCODED, |m| {
                field(m, "stripe-signature", |v| {
                    let (time, tag) = v.split_once(",v1=").unwrap();
                    format!("{time},v1={}", based(tag))
                });
            }),
            (&[Cause::WebhookTimeUnit], |m| {
                field(m, "stripe-signature", |v| {
                    v.replace(TIME, &format!("{TIME}000"))
                });
            }),
        ],
        2 => vec![
            (ENCODED, |m| {
                field(m, "x-slack-signature", |v| format!("v0={}", based(&v[3..])))
            }),
            (PREFIX, |m| {
                field(m, "x-slack-signature", |v| v[3..].to_owned())
            }),
            (&[Cause::WebhookTimeUnit], |m| {
                field(m, "x-slack-request-timestamp", |v| format!("{v}000"));
            }),
        ],
        3 => vec![
            (ENCODED, |m| field(m, "x-shopify-hmac-sha256", hexed)),
            (ENCODED, |m| field(m, "x-shopify-hmac-sha256", urled)),
            (PREFIX, |m| {
                field(m, "x-shopify-hmac-sha256", |v| format!("sha256={v}"))
            }),
            (ENCODED, |m| {
                field(m, "x-shopify-hmac-sha256", |v| format!("\"{v}\""))
            }),
        ],
        4 => vec![
            (PREFIX, |m| {
                field(m, "x-acme-signature", |v| v[7..].to_owned())
            }),
            (ENCODED, |m| {
                field(m, "x-acme-signature", |v| {
                    format!("sha256={}", based(&v[7..]))
                });
            }),
        ],
        _ => vec![
            (PREFIX, |m| {
                field(m, "x-hub-signature-256", |v| v[7..].to_owned())
            }),
            (PREFIX, |m| {
                field(m, "x-hub-signature-256", |v| v.replace("sha256=", "v1="));
            }),
            (ENCODED, |m| {
                field(m, "x-hub-signature-256", |v| {
                    format!("sha256={}", v[7..].to_ascii_uppercase())
                });
            }),
            (ENCODED, |m| {
                field(m, "x-hub-signature-256", |v| {
                    format!("sha256={}", based(&v[7..]))
                });
            }),
        ],
    }
}

#[test]
fn what_happens_to_a_webhook_is_named() {
    let mut tally = Tally::default();
    for (place, hook) in hooks().into_iter().enumerate() {
        let scheme = (hook.scheme)();
        let shown = hook.shown();
        for content in BODIES {
            let whole = hook.deliver(content);
            let context = Context::new(UriScheme::Https);
            let exchange = Exchange::new(&whole, &context);
            let keys = std::slice::from_ref(&shown);
            let verdicts = scheme.verify(exchange, keys, &policy()).unwrap();
            assert!(
                verdicts.iter().all(Verdict::is_accepted),
                "{}",
                scheme.name()
            );
            for (cause, defect) in BODY_DEFECTS {
                let mut damaged = whole.clone();
                defect(&mut damaged);
                tally.hold(&scheme, (&damaged, &shown), &[cause]);
            }
            for (causes, rewrite) in rewrites(place) {
                let mut damaged = whole.clone();
                rewrite(&mut damaged);
                tally.hold(&scheme, (&damaged, &shown), causes);
            }
        }
        for (number, (causes, mistake)) in MISTAKES.into_iter().enumerate() {
            if makes(place, number) {
                let signed = mistake(hook).deliver(BODIES[0]);
                tally.hold(&scheme, (&signed, &shown), causes);
            }
        }
    }
    tally.end(200);
}
