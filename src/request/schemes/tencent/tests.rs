//! Signatures of Tencent's own library, and what is refused.
//!
//! The vectors were made with test keys by tencentcloud-sdk-python-common 3.1.195; the two examples are those of
//! Tencent's documentation, whose keys hold asterisks.

use super::*;
use crate::kernel::key::Key;
use crate::kernel::secret::Secret;
use crate::kernel::time::Timestamp;
use crate::request::schemes::Scheme;
use crate::request::schemes::signed_tests::{Judge, added, changed, request, secret};
use crate::request::{Message, Reason};

const NOW: i64 = 1_795_338_000; // 2026-11-22T09:00:00Z
const ID: &str = "AKIDEXAMPLE";
const HOST: (&str, &str) = ("Host", "cvm.tencentcloudapi.com");
const ACTION: (&str, &str) = ("X-TC-Action", "DescribeInstances");

fn key() -> Key {
    secret(ID, "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE")
}

fn judge() -> Judge {
    Judge {
        scheme: Scheme::Tencent(Expected::default()),
        keys: vec![key()],
        at: NOW,
        lax: false,
    }
}

fn options() -> SignOptions<'static> {
    SignOptions {
        secret_id: ID,
        service: "cvm",
        time: Timestamp::from_unix(NOW).unwrap(),
        headers: Vec::new(),
        unsigned_payload: false,
        token: None,
    }
}

/// The message signed, and the signature.
fn signed(message: &Message, key: &Key, options: &SignOptions<'_>) -> (Message, String) {
    let (edit, _) = sign(message, key, options).unwrap();
    let (_, signature) = added(&edit, "Authorization").rsplit_once('=').unwrap();
    (message.edited(&edit).unwrap(), signature.to_owned())
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// Request line, content type, body, whether the body is left out, token, signature.
type Vector = (
    &'static str,
    &'static str,
    &'static [u8],
    bool,
    &'static str,
    &'static str,
);

#[test]
fn signatures_are_those_of_tencents_library() {
    const VECTORS: [Vector; 12] = [
        ("GET /?Limit=1&Offset=0", "application/x-www-form-urlencoded", b"", false, "", "b802adcd10b4d885a1b0b56d7613754193c0243ef89d87195104e59927bbe547"),
        ("GET /", "application/x-www-form-urlencoded", b"", false, "", "1b73e336d41056451ced9b52cb4455d541437941e6d57be8b2cb941d53cd1d8c"),
        ("GET /?Name=a+b%2Bc%25d%26%3D%2F~&Empty=", "application/x-www-form-urlencoded", b"", false, "", "ad389de8c76fca3a8969b2aef020de4a603a300140da8db85d59b028aedf26a2"),
        ("GET /?Zone=%E5%B9%BF%E5%B7%9E&A.0=%C3%BC", "application/x-www-form-urlencoded", b"", false, "", "92ae539c1e1a64c389903a7326cd79b4949163954b8225930113079e4ffa38ac"),
        ("GET /?b=2&a=1&Filters.0.Name=x&Filters.0.Values.0=1&Filters.0.Values.1=1", "application/x-www-form-urlencoded", b"", false, "", "babde0b7d9a0e34a3db9b596384126c985a8f63e042c1814811987bc5cfc549d"),
        ("POST /", "application/json", b"{\"Limit\": 1, \"Filters\": [{\"Values\": [\"\\u672a\\u547d\\u540d\"], \"Name\": \"instance-name\"}]}", false, "", "dc912505ebda55ad4a9ccf22acd0f62a74d19fc0bd247d5382381661d2afe8ad"),
        ("POST /", "application/json", b"{}", false, "", "0bbadd9a400b27215957e49eb54d9297c787179035020c28b39752a0a4f703c6"),
        ("POST /", "application/json", b"{\"Data\": \"a b\\t\\u0000\\\"\\\\\"}", true, "", "3e982482888b7a23b2c1c360c521ee0f3330f024d5041180676787180d1ec52d"),
        ("POST /", "application/json", b"{\"A\": \"x\"}", false, "token/+=", "ba37241ee7b039800e85ec03ba10735b8f593cb2a3c530f2759995cfd7d88e0d"),
        ("POST /", "application/octet-stream", b"\x00\xff\r\n raw", false, "", "1b393e3ad8eb493883b0a991949591b25c04f77c89a67d69d852d4dd73f071f2"),
        ("POST /", "application/octet-stream", b"", false, "", "d012ed983798dfa4702ce4636a24364dfd2d398e80ba31bc339d5db0979b0baf"),
        ("POST /", "multipart/form-data; boundary=0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f", b"--0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f\r\nContent-Disposition: form-data; name=\"Image\"; filename=\"Image\"\r\n\r\n\x89PNG\r\n--0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f\r\nContent-Disposition: form-data; name=\"Name\"\r\n\r\nn\r\n--0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f--\r\n", false, "", "655cac859c8015f042a27d920f60a30d4022b038e6c9afd0568ad9d203c06b81"),
    ];
    for (line, content_type, body, unsigned, token, expected) in VECTORS {
        let fields = [("Content-Type", content_type), HOST, ACTION];
        let message = request(line, &fields, body);
        let token = Secret::new(token.as_bytes().to_vec());
        let options = SignOptions {
            headers: names(&["content-type", "host"]),
            unsigned_payload: unsigned,
            token: Some(&token).filter(|token| !token.is_empty()),
            ..options()
        };
        let (message, signature) = signed(&message, &key(), &options);
        assert_eq!(signature, expected, "{line}");
        let verdict = judge().verdict(&message).unwrap();
        let reasons: &[Reason] = if unsigned {
            &[Reason::DigestMissing]
        } else {
            &[]
        };
        assert_eq!(verdict.reasons(), reasons, "{line}");
        // The library signs neither; the verdict says so.
        assert!(
            verdict
                .notes
                .iter()
                .any(|note| note.contains("`x-tc-action`"))
        );
    }
}

#[test]
fn the_documented_examples_hold_and_the_action_is_signed_in_lower_case() {
    let body = br#"{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}"#;
    let content_type = ("Content-Type", "application/json; charset=utf-8");
    let message = request("POST /", &[content_type, HOST, ACTION], body);
    let asterisks = "*".repeat(32);
    let table: [(&str, &[&str], &str); 2] = [
        (
            "Gu5t9xGARNpq86cd98joQYCN3*******",
            &["content-type", "host"],
            "2230eefd229f582d8b1b891af7107b91597240707d778ab3738f756258d7652c",
        ),
        (
            &asterisks,
            &[],
            "10b1a37a7301a02ca19a647ad722d5e43b4b3cff309d421d85b46093f6ab6c4f",
        ),
    ];
    for (text, headers, expected) in table {
        let options = SignOptions {
            time: Timestamp::from_unix(1_551_113_065).unwrap(),
            headers: names(headers),
            ..options()
        };
        let key = secret(ID, text);
        assert_eq!(signed(&message, &key, &options).1, expected);
    }
}

fn post() -> Message {
    let fields = [("Content-Type", "application/json"), HOST, ACTION];
    request("POST /?a=1", &fields, b"{}")
}

#[test]
fn no_flipped_bit_of_what_is_signed_is_accepted() {
    let (message, _) = signed(&post(), &key(), &options());
    judge().no_flip_of_what_is_signed_is_accepted(&message);
}

#[test]
fn time_scope_and_fields_are_judged() {
    let (message, _) = signed(&post(), &key(), &options());
    let at = |seconds: i64| Judge {
        at: NOW + seconds,
        ..judge()
    };
    assert_eq!(at(300).reasons(&message), []);
    assert_eq!(at(301).reasons(&message), [Reason::TooOld]);
    assert_eq!(at(-301).reasons(&message), [Reason::FromTheFuture]);
    let service = |name: &str| Judge {
        scheme: Scheme::Tencent(Expected {
            service: Some(name.to_owned()),
        }),
        ..judge()
    };
    assert_eq!(service("cvm").reasons(&message), []);
    assert_eq!(service("cls").reasons(&message), [Reason::ScopeMismatch]);
    let table = [
        ("/2026-11-22/", "/2026-11-21/", Reason::SignatureMalformed),
        (
            "X-TC-Timestamp: 1",
            "X-TC-Timestamp: +1",
            Reason::SignatureMalformed,
        ),
        (
            "X-TC-Timestamp: 1",
            "X-TC-Timestamp: 1\r\nX-TC-Timestamp: 1",
            Reason::SignatureMalformed,
        ),
        (
            "TC3-HMAC-SHA256",
            "TC3-HMAC-SHA512",
            Reason::SignatureMalformed,
        ),
        (
            "TC3-HMAC-SHA256",
            "TC4-HMAC-SHA256",
            Reason::SignatureMissing,
        ),
        ("tc3_request", "tc4_request", Reason::SignatureMalformed),
        (
            "SignedHeaders=content-type;host",
            "SignedHeaders=host;content-type",
            Reason::SignatureMalformed,
        ),
        (
            "SignedHeaders=content-type;",
            "SignedHeaders=",
            Reason::MacInvalid,
        ),
        (
            "X-TC-Action: D",
            "X-TC-Action: D\r\nX-TC-Action: D",
            Reason::BaseUnbuildable,
        ),
        ("\r\n\r\n{}", "\r\n\r\n[]", Reason::MacInvalid),
        ("AKIDEXAMPLE", "AKIDOTHER", Reason::KeyNotFound),
    ];
    for (from, to, reason) in table {
        let reasons = at(0).reasons(&changed(&message, from, to));
        assert_eq!(reasons.first(), Some(&reason), "{to}");
    }
    let only_host = SignOptions {
        headers: names(&["host"]),
        ..options()
    };
    assert_eq!(
        sign(&post(), &key(), &only_host).unwrap_err(),
        SignError::Missing("content-type")
    );
    assert_eq!(
        sign(&message, &key(), &options()).unwrap_err(),
        SignError::AlreadyThere("authorization")
    );
}
