//! Published examples, verified by this very program: what anyone can run to see that it computes what others do.
//!
//! Each example is verified as printed, and again with one character of what it signs changed: the one must match and
//! the other must not.

use super::exchange::{Context, Exchange, UriScheme};
use super::freshness::Window;
use super::message::Message;
use super::policy::{Policy, Required};
use super::schemes::{Scheme, github, sigv4, standard_webhooks, twilio};
use super::verdict::{Mac, Verdict};
use crate::kernel::key::{Expected, Key, LoadOptions, load};
use crate::kernel::secret::Encoding;
use crate::kernel::source::Source;
use crate::kernel::time::{Leeway, Timestamp};

/// An example and what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checked {
    /// What it is.
    pub name: &'static str,
    /// Who published it.
    pub source: &'static str,
    /// Whether it matches as printed and does not match changed.
    pub holds: bool,
}

struct Example {
    name: &'static str,
    source: &'static str,
    scheme: fn() -> Scheme,
    message: &'static str,
    /// A text that is signed, and what it is changed to.
    changed: (&'static str, &'static str),
    key: (&'static str, Option<Encoding>),
    key_id: Option<&'static str>,
    /// The time of signing, in seconds since 1970.
    at: i64,
}

/// Verifies all examples.
pub fn run() -> Vec<Checked> {
    EXAMPLES
        .iter()
        .map(|example| Checked {
            name: example.name,
            source: example.source,
            holds: holds(example),
        })
        .collect()
}

fn holds(example: &Example) -> bool {
    let (from, to) = example.changed;
    let changed = example.message.replace(from, to);
    changed != example.message
        && matches(example, example.message) == Some(true)
        && matches(example, &changed) == Some(false)
}

// None where something cannot even be read.
fn matches(example: &Example, text: &str) -> Option<bool> {
    let source = Source::new(example.name, text.as_bytes().to_vec()).ok()?;
    let message = Message::parse(&source).ok()?;
    let (key, encoding) = example.key;
    let options = LoadOptions {
        encoding,
        ..LoadOptions::plain(Expected::Verification)
    };
    let keys = load(key.as_bytes(), options).ok()?.keys.into_iter();
    let keys: Vec<Key> = keys
        .map(|key| Key {
            id: example.key_id.map(str::to_owned),
            ..key
        })
        .collect();
    let mut policy = Policy::new(Window {
        now: Timestamp::from_unix(example.at)?,
        max_age: None,
        leeway: Leeway::default(),
    });
    policy.required = Required::Listed(Vec::new());
    let context = Context::new(UriScheme::Https);
    let scheme = (example.scheme)();
    let verdicts = scheme.verify(Exchange::new(&message, &context), &keys, &policy);
    let valid = |verdict: &Verdict| matches!(verdict.mac, Mac::Valid { .. });
    Some(verdicts.ok()?.iter().any(valid))
}

fn webhook(description: super::schemes::webhook::Description) -> Scheme {
    Scheme::Webhook(Box::new(description))
}

const ED25519: &str = "-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=
-----END PUBLIC KEY-----
";

const EXAMPLES: [Example; 7] = [
    Example {
        name: "rfc9421 hmac-sha256",
        source: "RFC 9421, appendix B.2.5",
        scheme: || Scheme::Rfc9421,
        message: "POST /foo?param=Value&Pet=dog HTTP/1.1\nHost: example.com\nDate: Tue, 20 Apr 2021 02:07:55 GMT\n\
            Content-Type: application/json\nContent-Length: 18\n\
            Signature-Input: sig-b25=(\"date\" \"@authority\" \"content-type\");created=1618884473;keyid=\"test-shared-secret\"\n\
            Signature: sig-b25=:pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=:\n\n{\"hello\": \"world\"}",
        changed: ("example.com", "example.net"),
        key: (
            "uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ==",
            Some(Encoding::Base64),
        ),
        key_id: Some("test-shared-secret"),
        at: 1_618_884_473,
    },
    Example {
        name: "rfc9421 ed25519",
        source: "RFC 9421, appendix B.2.6",
        scheme: || Scheme::Rfc9421,
        message: "POST /foo?param=Value&Pet=dog HTTP/1.1\nHost: example.com\nDate: Tue, 20 Apr 2021 02:07:55 GMT\n\
            Content-Type: application/json\nContent-Length: 18\n\
            Signature-Input: sig-b26=(\"date\" \"@method\" \"@path\" \"@authority\" \"content-type\" \"content-length\");created=1618884473;keyid=\"test-key-ed25519\"\n\
            Signature: sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==:\n\n{\"hello\": \"world\"}",
        changed: ("/foo", "/fooo"),
        key: (ED25519, None),
        key_id: Some("test-key-ed25519"),
        at: 1_618_884_473,
    },
    Example {
        name: "sigv4",
        source: "AWS, the signature suite's plain request",
        scheme: || Scheme::Sigv4(sigv4::Expected::default()),
        message: "GET / HTTP/1.1\nHost: example.amazonaws.com\nX-Amz-Date: 20150830T123600Z\n\
            Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
            SignedHeaders=host;x-amz-date, \
            Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31\n\n",
        changed: ("GET /", "GET /a"),
        key: ("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", None),
        key_id: Some("AKIDEXAMPLE"),
        at: 1_440_938_160,
    },
    Example {
        name: "standard-webhooks v1",
        source: "Standard Webhooks, the example of the specification",
        scheme: || webhook(standard_webhooks::description()),
        message: "POST / HTTP/1.1\nwebhook-id: msg_p5jXN8AQM9LWM0D4loKWxJek\nwebhook-timestamp: 1614265330\n\
            webhook-signature: v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=\nContent-Length: 20\n\n{\"test\": 2432232314}",
        changed: ("2432232314", "2432232315"),
        key: ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", None),
        key_id: None,
        at: 1_614_265_330,
    },
    Example {
        name: "standard-webhooks v1a",
        source: "Svix, the test of its server",
        scheme: || webhook(standard_webhooks::description()),
        message: "POST / HTTP/1.1\nwebhook-id: msg_p5jXN8AQM9LWM0D4loKWxJek\nwebhook-timestamp: 1614265330\n\
            webhook-signature: v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==\n\
            Content-Length: 20\n\n{\"test\": 2432232314}",
        changed: ("p5jX", "p5jY"),
        key: (
            "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==",
            None,
        ),
        key_id: None,
        at: 1_614_265_330,
    },
    Example {
        name: "github",
        source: "GitHub, the example of its documentation",
        scheme: || webhook(github::description()),
        message: "POST / HTTP/1.1\n\
            X-Hub-Signature-256: sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17\n\
            Content-Length: 13\n\nHello, World!",
        changed: ("World!", "World?"),
        key: ("It's a Secret to Everybody", None),
        key_id: None,
        at: 1_614_265_330,
    },
    Example {
        name: "twilio",
        source: "Twilio, the example of its documentation",
        scheme: || webhook(twilio::description()),
        message: "POST /myapp.php?foo=1&bar=2 HTTP/1.1\nHost: mycompany.com\n\
            Content-Type: application/x-www-form-urlencoded\nX-Twilio-Signature: RSOYDt4T1cUTdK1PDd93/VVr8B8=\n\
            Content-Length: 97\n\n\
            CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212",
        changed: ("Digits=1234", "Digits=1235"),
        key: ("12345", None),
        key_id: None,
        at: 1_614_265_330,
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_holds() {
        for checked in run() {
            assert!(checked.holds, "{}", checked.name);
        }
    }
}
