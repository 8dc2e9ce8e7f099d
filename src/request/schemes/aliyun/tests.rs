//! Signatures of Alibaba's own libraries, and what is refused.
//!
//! The vectors were made with test keys by alibabacloud-tea-openapi 0.4.6, and alibabacloud-openapi-util 0.2.4 gave the
//! same.

use super::*;
use crate::kernel::key::Key;
use crate::kernel::secret::Secret;
use crate::kernel::time::Timestamp;
use crate::request::schemes::Scheme;
use crate::request::schemes::signed_tests::{Judge, added, changed, request, secret};
use crate::request::{BodyBinding, Message, Reason};

const NOW: i64 = 1_795_338_000; // 2026-11-22T09:00:00Z
const ID: &str = "LTAIEXAMPLE";
const HOST: (&str, &str) = ("Host", "ecs.cn-hangzhou.aliyuncs.com");
const ACTION: (&str, &str) = ("x-acs-action", "DescribeInstances");
const VERSION: (&str, &str) = ("x-acs-version", "2014-05-26");
const TOKEN: &str = "x-acs-security-token";

fn key() -> Key {
    secret(ID, "YourAccessKeySecretEXAMPLE")
}

fn judge() -> Judge {
    Judge {
        scheme: Scheme::Aliyun,
        keys: vec![key()],
        at: NOW,
        lax: false,
    }
}

fn options() -> SignOptions<'static> {
    SignOptions {
        access_key_id: ID,
        time: Timestamp::from_unix(NOW).unwrap(),
        nonce: "n-1",
        headers: Vec::new(),
        token: None,
    }
}

/// The message signed, and the signature.
fn signed(message: &Message, options: &SignOptions<'_>) -> (Message, String) {
    let (edit, _) = sign(message, &key(), options).unwrap();
    let (_, signature) = added(&edit, "Authorization").rsplit_once('=').unwrap();
    (message.edited(&edit).unwrap(), signature.to_owned())
}

type Fields = &'static [(&'static str, &'static str)];

#[test]
fn signatures_are_those_of_alibabas_library() {
    const VECTORS: [(&str, Fields, &[u8], &str); 12] = [
        (
            "GET /",
            &[],
            b"",
            "1dd07544edc19620264f5c83a191216c450a46e484e3811209444665a516c7f0",
        ),
        (
            "GET /?RegionId=cn-hangzhou&Limit=1",
            &[],
            b"",
            "0212b461e8cb673dab97875bef0ae5170d377678448e86473d3a5317c6eab996",
        ),
        (
            "POST /?Name=a+b%2Bc%25d%26%3D%2F~%2A%27%28%29%21",
            &[("content-type", "application/json; charset=utf-8")],
            b"{\"a\":1}",
            "3b277518723380d2e3f492aec3573ec06e41517d8da91cdd8cb3d4a32f2327f8",
        ),
        (
            "POST /?Name=%E6%97%A5%E6%9C%AC&Empty=",
            &[],
            b"\x00\xff",
            "5bec998e14c50f8c59c22a6e8562db476d3a8d2b4f3c9457844c709f99cff520",
        ),
        (
            "GET /clusters/a%20b%2Fc/x~y",
            &[],
            b"",
            "e01ce41f5486d971407bc50440b293fab3eb486590d5990fc88052bf5a2fc01d",
        ),
        (
            "PUT /api/%E6%97%A5?a=2&A=1&a.1=3&a-b=4&a1=5",
            &[("content-type", "application/octet-stream")],
            b"raw",
            "3ce4f06e65730e69640562b50022714c60cc97d4829a75904c01c11d8a519ed7",
        ),
        (
            "GET /?x=1",
            &[
                ("x-acs-security-token", "tok/en+="),
                ("x-acs-accesskey-id", "LTAIEXAMPLE"),
            ],
            b"",
            "803fa32f31afe6b8aa10fa059d6e8a9dd43a751bd94ef9685bfb7d51ce7e8593",
        ),
        (
            "GET /",
            &[("x-acs-meta", "  two  spaces\t")],
            b"",
            "658c76e2dbcfa84891b628e162d3ad89cb3160ad5959a5e85cf4b94ca75e6c54",
        ),
        (
            "GET /",
            &[("x-acs-m", "b"), ("X-Acs-M", "a")],
            b"",
            "28a3d031816caf8ecc23dca8e51f23725f1463d9074c64e505637e571926e9e1",
        ),
        (
            "DELETE //a/../b/./c",
            &[],
            b"",
            "43c2e8f274977001b9951d8a5606a4a37a2681397d04f9bc19ca6aba82f5522e",
        ),
        (
            "POST /",
            &[("content-type", "application/x-www-form-urlencoded")],
            b"a=b+c&d=%20",
            "1511403fa7318f6b6d641a4a22b39ed67780c4ae32db8ddf36a62cff4824c602",
        ),
        (
            "GET /?q=%252B%2B%2520+x",
            &[("accept", "application/json"), ("user-agent", "x")],
            b"",
            "8f5420b61089e0615c76c9ed4158e3ebbbd8e2fc99f70a1320f819f5d15a1f1b",
        ),
    ];
    for (line, fields, body, expected) in VECTORS {
        let token = fields.iter().find(|(name, _)| *name == TOKEN);
        let token = token.map(|(_, token)| Secret::new(token.as_bytes().to_vec()));
        let mut all = vec![HOST, ACTION, VERSION];
        all.extend(fields.iter().filter(|(name, _)| *name != TOKEN));
        let message = request(line, &all, body);
        // The library signs whatever it sends.
        let more = ["accept", "user-agent"].map(str::to_owned).into_iter();
        let more = more.filter(|name| fields.iter().any(|(field, _)| field == name));
        let options = SignOptions {
            headers: more.collect(),
            token: token.as_ref(),
            ..options()
        };
        let (message, signature) = signed(&message, &options);
        assert_eq!(signature, expected, "{line}");
        let verdict = judge().verdict(&message).unwrap();
        assert_eq!(verdict.reasons(), [], "{line}");
        assert_eq!(verdict.body, BodyBinding::Signed);
    }
}

fn post() -> Message {
    let fields = [HOST, ACTION, ("Content-Type", "application/json")];
    request("POST /a?b=1", &fields, b"{}")
}

#[test]
fn no_flipped_bit_of_what_is_signed_is_accepted() {
    judge().no_flip_of_what_is_signed_is_accepted(&signed(&post(), &options()).0);
}

#[test]
fn time_nonce_and_fields_are_judged() {
    let (message, _) = signed(&post(), &options());
    let at = |seconds: i64| Judge {
        at: NOW + seconds,
        ..judge()
    };
    assert_eq!(at(900).reasons(&message), []);
    assert_eq!(at(901).reasons(&message), [Reason::TooOld]);
    assert_eq!(at(-901).reasons(&message), [Reason::FromTheFuture]);
    let verdict = at(0).verdict(&message).unwrap();
    assert_eq!(verdict.replay_id.unwrap().id, b"n-1");
    let table = [
        ("x-acs-date: 2026", "x-acs-date: 26", Reason::MacInvalid),
        (
            "x-acs-date: 2026",
            "x-acs-date: 2026\r\nx-acs-date: 2026",
            Reason::SignatureMalformed,
        ),
        (
            "ACS3-HMAC-SHA256",
            "ACS3-HMAC-SM3",
            Reason::SignatureMalformed,
        ),
        (
            "ACS3-HMAC-SHA256",
            "acs3-HMAC-SHA256",
            Reason::SignatureMissing,
        ),
        ("?b=1", "?b=1&b=1", Reason::BaseUnbuildable),
        ("?b=1", "?b=1&%23=1", Reason::BaseUnbuildable),
        ("?b=1", "?b=%1", Reason::BaseUnbuildable),
        ("\r\n\r\n{}", "\r\n\r\n[]", Reason::DigestMismatch),
        (
            "Authorization:",
            "x-acs-extra: 1\r\nAuthorization:",
            Reason::ComponentNotCovered,
        ),
        ("LTAIEXAMPLE", "LTAIOTHER", Reason::KeyNotFound),
    ];
    for (from, to, reason) in table {
        let reasons = at(0).reasons(&changed(&message, from, to));
        assert_eq!(reasons.first(), Some(&reason), "{to}");
    }
    let unsigned_date = changed(&message, "x-acs-date;", "");
    let reasons = at(0).reasons(&unsigned_date);
    assert_eq!(
        reasons,
        [
            Reason::MacInvalid,
            Reason::CreatedMissing,
            Reason::ComponentNotCovered
        ]
    );
    assert_eq!(
        sign(&message, &key(), &options()).unwrap_err(),
        SignError::AlreadyThere("authorization")
    );
}
