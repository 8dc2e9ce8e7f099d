//! Signatures of others, and what is refused.
//!
//! The vectors were made with test keys: the signed URLs by google-cloud-storage 3.17.1 (`generate_signed_url_v4`), the
//! HMAC fields by curl 7.88.1 (`--aws-sigv4 goog:goog:us-east1:storage`), the other forms by botocore 1.44.5 with the
//! names of Google in place of those of AWS. Signatures of RSA stand as the SHA-256 of their hexadecimal text.

use super::*;
use crate::kernel::crypto::{hex, sha256};
use crate::kernel::key::RsaUse;
use crate::request::schemes::Scheme;
use crate::request::schemes::signed_tests::{Judge, added, changed, pem, request, secret};
use crate::request::{BodyBinding, Reason};

const NOW: i64 = 1_795_338_000; // 2026-11-22T09:00:00Z
const ACCOUNT: &str = "sa@acme.iam.gserviceaccount.com";
const ACCESS_ID: &str = "GOOG1EXAMPLE";
const HOST: (&str, &str) = ("Host", "storage.googleapis.com");

fn hmac_key() -> Key {
    secret(ACCESS_ID, "bGoa+V7g/yqDXvKRqq+JTFn4uQZbPiQJo4pf9RzJ")
}

fn rsa_key() -> Key {
    pem(ACCOUNT, include_str!("test-key.pem"))
}

fn judge() -> Judge {
    Judge {
        scheme: Scheme::Goog4(Expected::default()),
        keys: vec![hmac_key(), rsa_key()],
        at: NOW,
        lax: false,
    }
}

fn options(message: &Message, key: &Key, form: Form) -> SignOptions {
    SignOptions {
        id: key.id.clone().unwrap(),
        location: "us-east1".to_owned(),
        time: Timestamp::from_unix(NOW).unwrap(),
        form,
        payload: sigv4::payload_of(message).unwrap(),
    }
}

/// The message signed, and the signature as the tables have it.
fn signed(message: &Message, key: &Key, options: &SignOptions) -> (Message, String) {
    let (edit, _) = sign(message, key, options, &SystemRandom::default()).unwrap();
    let end = match &edit.target {
        Some(target) => target.clone(),
        None => added(&edit, "Authorization").to_owned(),
    };
    let (_, signature) = end.rsplit_once("Signature=").unwrap();
    let shown = match signature.len() {
        64 => signature.to_owned(),
        _ => format!("sha256:{}", hex(&sha256(signature.as_bytes()))),
    };
    (message.edited(&edit).unwrap(), shown)
}

fn with_host<'a>(fields: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    [&[HOST], fields].concat()
}

type Fields = &'static [(&'static str, &'static str)];

#[test]
fn signed_urls_are_those_of_googles_library() {
    const VECTORS: [(&str, Fields, &str); 12] = [
        (
            "GET /bucket/plain.txt",
            &[],
            "sha256:469d979ed3a5c861842a7b9201f0082166e51228e2f519dfe118b28332af2381",
        ),
        (
            "GET /bucket/a%20b%2Bc%25d.txt",
            &[],
            "sha256:06ce2e14365e65e8355a621ba586435d29fde873c0e721b1eee3831ee876f3bf",
        ),
        (
            "PUT /bucket/%C3%BCml/%E6%97%A5~_-.txt",
            &[("Content-Type", "text/plain")],
            "sha256:2351cad9ea9390130b15d340ecb83358f4e3ac0c2905a8e2260fc926a9ed7d71",
        ),
        (
            "GET /bucket/x?q=a%20b%2Bc%25d%26%3D%2F%3F~&b=",
            &[],
            "sha256:88cfff104136c87cbf79b3b97553f55bfbf6d29dc8db7d44eef8f6f5d8c6be54",
        ),
        (
            "GET /bucket/x?%C3%BC=%E6%97%A5&A=1&a=2",
            &[],
            "sha256:7c4a9f49024d2f44ba447975f262afa3f1aea0bc26fa9e5b23da0d6b11689720",
        ),
        (
            "GET /?prefix=a%2Fb&delimiter=%2F",
            &[],
            "sha256:437e564d504001ad3eb85509c6602716232e224b440026d46d62cae99737feb6",
        ),
        (
            "POST /bucket/o?uploads=",
            &[
                ("x-goog-meta-a", "  one   two  "),
                ("X-Goog-Acl", "private"),
            ],
            "sha256:9ea82ca812fec9a6771027c99948f7bd581034df406f9f5c726a556ac3c27b1d",
        ),
        (
            "PUT /bucket/o",
            &[(
                "x-goog-content-sha256",
                "230d8358dc8e8890b4c58deeb62912ee2f20357ae92a5cc861b98e68fe31acb5",
            )],
            "sha256:8f9fe4aa62970153170ef5b4ea42a2a750109ddf5679f658321b7b6b1d47e751",
        ),
        (
            "PUT /bucket/o",
            &[("x-goog-content-sha256", "UNSIGNED-PAYLOAD")],
            "sha256:5338881e073d5473f77d5a760f0b77495e415a2794325b07469d849748ec3f01",
        ),
        (
            "DELETE /bucket//a/../b/./c?generation=12",
            &[],
            "sha256:a617a300a18db3cf089d5522a985a09ee355100d9cb074b58578a24d7224624e",
        ),
        (
            "GET /bucket/o?response-content-disposition=attachment%3B%20filename%3D%22%C3%A4%20b.txt%22",
            &[("Range", "bytes=0-9")],
            "sha256:d6a3f84b900a3ace838e96da5725d6b7a684d20ef56c54adf48b1f3eea1f0fb4",
        ),
        (
            "HEAD /bucket/%28o%29%2A%27%21",
            &[],
            "sha256:47417e600cf069faa966dfdd867c23b133b80327ca6a35d590bfeecce569df1d",
        ),
    ];
    let key = rsa_key();
    for (line, fields, expected) in VECTORS {
        let message = request(line, &with_host(fields), b"");
        let options = SignOptions {
            location: AUTO.to_owned(),
            ..options(&message, &key, Form::Query { expires: 3600 })
        };
        let (message, signature) = signed(&message, &key, &options);
        assert_eq!(signature, expected, "{line}");
        let verdict = judge().verdict(&message).unwrap();
        let body_is_named =
            line.contains("/o") && fields.iter().any(|(_, value)| value.len() == 64);
        // The body that the hash in the field names is not there.
        assert_eq!(verdict.is_accepted(), !body_is_named, "{line}");
    }
}

#[test]
fn hmac_keys_sign_both_forms() {
    const VECTORS: [(bool, &str, Fields, &[u8], &str); 14] = [
        (
            false,
            "GET /bucket/plain.txt",
            &[],
            b"",
            "67158b61c8aee6268825fc8d361da7b5af049ca57e956370b32afb9f95f5155f",
        ),
        (
            true,
            "GET /bucket/plain.txt",
            &[],
            b"",
            "0891a2c5ab072bbfee3adbb92d8c7dc78e3a8c2d6b163f74dcb4328f7f5afef0",
        ),
        (
            false,
            "PUT /bucket/a%20b%2Bc%25d.txt",
            &[("Content-Type", "text/plain"), ("Content-Length", "4")],
            b"body",
            "f21e2537af8d449cd1cc80c420cd2eb14afdba426d1b013eec76bd19fd678344",
        ),
        (
            true,
            "PUT /bucket/a%20b%2Bc%25d.txt",
            &[("Content-Type", "text/plain")],
            b"",
            "d15ab090b7fe65ccafd1ce470571ece2b848240ecdc67841d0960aea8662da9b",
        ),
        (
            false,
            "GET /bucket/x?q=a%20b%2Bc%25d&b=",
            &[],
            b"",
            "44875077729d23eb1091404d90b9171fe8ffc87168911a69e1cc51d5b5214b9c",
        ),
        (
            true,
            "GET /bucket/x?q=a%20b%2Bc%25d&b=",
            &[],
            b"",
            "100b5b600d3557423696cf8ee1f0f08d7457248152f17a240534c5380a606dd2",
        ),
        (
            false,
            "GET /bucket/x?%C3%BC=%E6%97%A5&A=1&a=2",
            &[],
            b"",
            "c28caf90cac00033da61acd6f5afde62ea014f6c0e4b98de9954f5afb723b93c",
        ),
        (
            true,
            "GET /bucket/x?%C3%BC=%E6%97%A5&A=1&a=2",
            &[],
            b"",
            "52c2e07d9361e9a351acbcc34aa4bb47bf24575c0db2c5de34ee6fccdd9694d7",
        ),
        (
            false,
            "PUT /bucket/o",
            &[("x-goog-meta-a", "  one   two  "), ("Content-Length", "2")],
            b"\x00\xff",
            "5878c84bfbfdd212419c4881efb085130f3717f6a560e448ad785e83ad6939cf",
        ),
        (
            true,
            "PUT /bucket/o",
            &[("x-goog-meta-a", "  one   two  ")],
            b"",
            "b63cf6af9d36c3232cfae55fc5b000ab43db50afe9fbaed8624dba31a8ecdb97",
        ),
        (
            false,
            "DELETE /bucket//a/../b/./c?generation=12",
            &[],
            b"",
            "6b89c402e6c79ac5c03f1e483069a4c1d4dc4a9bd5f02082897f3a84729cb33f",
        ),
        (
            true,
            "DELETE /bucket//a/../b/./c?generation=12",
            &[],
            b"",
            "c79965360f70dcf1d6d2ddc1b2f833e2301f552666e6a1c802f21d50b3fa4dfd",
        ),
        (
            false,
            "GET /",
            &[],
            b"",
            "5d0ec624392c47bd16768fcea8c8088751804f0e3f5b400376e592088b6baeae",
        ),
        (
            true,
            "GET /",
            &[],
            b"",
            "415f5b326f03e91c45d4b87e6cc91326a8f0eb2c1426c871dc9ab64b56baafb4",
        ),
    ];
    let key = hmac_key();
    for (url, line, fields, body, expected) in VECTORS {
        let form = if url {
            Form::Query { expires: 600 }
        } else {
            Form::Header
        };
        let message = request(line, &with_host(fields), body);
        let (message, signature) = signed(&message, &key, &options(&message, &key, form));
        assert_eq!(signature, expected, "{line}");
        assert_eq!(judge().reasons(&message), [], "{line}");
    }
}

#[test]
fn a_service_account_signs_in_a_field_too() {
    const VECTORS: [(&str, Fields, &[u8], &str); 7] = [
        (
            "GET /bucket/plain.txt",
            &[],
            b"",
            "sha256:392fbc55e75829a1d0ba4b7decfd12da266dc1c3ff10f2b3ace3da6898b8d888",
        ),
        (
            "PUT /bucket/a%20b%2Bc%25d.txt",
            &[("Content-Type", "text/plain"), ("Content-Length", "4")],
            b"body",
            "sha256:c94a6537f93dd301239f5cec9b1ff91d33d11f8eaa294ba3aa2f1728f6aec878",
        ),
        (
            "GET /bucket/x?q=a%20b%2Bc%25d&b=",
            &[],
            b"",
            "sha256:3047c958fbffc89f75b624b005c40176cb88fc09de7a7f3158696e00f16b46a7",
        ),
        (
            "GET /bucket/x?%C3%BC=%E6%97%A5&A=1&a=2",
            &[],
            b"",
            "sha256:a65053426323e237d147fba278821f096e9dd70b1a779fefea36c6fcd95b2523",
        ),
        (
            "PUT /bucket/o",
            &[("x-goog-meta-a", "  one   two  "), ("Content-Length", "2")],
            b"\x00\xff",
            "sha256:e44f3fe299a2e57fa85b73f8dc16bc40b55ee681cef78143739d58a742f348b4",
        ),
        (
            "DELETE /bucket//a/../b/./c?generation=12",
            &[],
            b"",
            "sha256:979c8ab3b3d13228b26b68ab63f39b0f95cda5273795113c4ca357b282bc7ffa",
        ),
        (
            "GET /",
            &[],
            b"",
            "sha256:7abd27dd82fc2ab19591b4c97ce3f80443e74fae2b5f0ec7ad40fa81a8cf06ae",
        ),
    ];
    let key = rsa_key();
    for (line, fields, body, expected) in VECTORS {
        let message = request(line, &with_host(fields), body);
        let options = options(&message, &key, Form::Header);
        let (message, signature) = signed(&message, &key, &options);
        assert_eq!(signature, expected, "{line}");
        assert_eq!(judge().reasons(&message), [], "{line}");
    }
}

const CURL: [&str; 4] = [
    "GET /bucket/plain.txt HTTP/1.1\r\n\
    Host: storage.googleapis.com\r\n\
    Authorization: GOOG4-HMAC-SHA256 Credential=GOOG1EXAMPLE/20261122/us-east1/storage/goog4_request, SignedHeaders=host;x-goog-content-sha256;x-goog-date, Signature=5e91ffd3d94a1349d5459c1df4537dabb0c71815a94cc1d52eefb3a51bd1e5fd\r\n\
    X-Goog-Date: 20261122T111817Z\r\n\
    User-Agent: curl/7.88.1\r\n\
    Accept: */*\r\n\
    x-goog-content-sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\r\n\r\n\
",
    "PUT /bucket/a%20b.txt HTTP/1.1\r\n\
    Host: storage.googleapis.com\r\n\
    Authorization: GOOG4-HMAC-SHA256 Credential=GOOG1EXAMPLE/20261122/us-east1/storage/goog4_request, SignedHeaders=content-type;host;x-goog-content-sha256;x-goog-date;x-goog-meta-a, Signature=b6ce4c2e4cb4ac26cb09773a93a0783c0c9f1083fdca70347b364a7776d99582\r\n\
    X-Goog-Date: 20261122T111817Z\r\n\
    User-Agent: curl/7.88.1\r\n\
    Accept: */*\r\n\
    x-goog-content-sha256: 230d8358dc8e8890b4c58deeb62912ee2f20357ae92a5cc861b98e68fe31acb5\r\n\
    Content-Type: text/plain\r\n\
    x-goog-meta-a: one\r\n\
    Content-Length: 4\r\n\r\n\
    body",
    "GET /bucket/x?a=1&b=2 HTTP/1.1\r\n\
    Host: storage.googleapis.com\r\n\
    Authorization: GOOG4-HMAC-SHA256 Credential=GOOG1EXAMPLE/20261122/us-east1/storage/goog4_request, SignedHeaders=host;x-goog-content-sha256;x-goog-date, Signature=46a62e09c62f6c69afb87c9c489ab72621a40062e8afd2c0b0c4d3ff5a21c552\r\n\
    X-Goog-Date: 20261122T111817Z\r\n\
    User-Agent: curl/7.88.1\r\n\
    Accept: */*\r\n\
    x-goog-content-sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\r\n\r\n\
",
    "PUT /bucket/o HTTP/1.1\r\n\
    Host: storage.googleapis.com\r\n\
    Authorization: GOOG4-HMAC-SHA256 Credential=GOOG1EXAMPLE/20261122/us-east1/storage/goog4_request, SignedHeaders=host;x-goog-acl;x-goog-content-sha256;x-goog-date, Signature=531f2653fff1f427d1003de2f009f1da2a4b275ea094496788f77ee4563ce137\r\n\
    X-Goog-Date: 20261122T111817Z\r\n\
    User-Agent: curl/7.88.1\r\n\
    Accept: */*\r\n\
    x-goog-content-sha256: 887fcea6a80333c6c02ae7e79735f0edad8d811f0b61431495f796f4bf6a7c19\r\n\
    x-goog-acl: private\r\n\
    Content-Length: 3\r\n\
    Content-Type: application/x-www-form-urlencoded\r\n\r\n\
    x y",
];

#[test]
fn what_curl_sends_is_accepted() {
    for text in CURL {
        let (line, _) = text.split_once(" HTTP/1.1").unwrap();
        let message = changed(
            &request("GET /replaced", &[], b""),
            "GET /replaced HTTP/1.1\r\n\r\n",
            text,
        );
        let judge = Judge {
            at: 1_795_346_297,
            ..judge()
        };
        let verdict = judge.verdict(&message).unwrap();
        assert_eq!(verdict.reasons(), [], "{line}");
        assert_eq!(verdict.body, BodyBinding::Signed);
    }
}

#[test]
fn no_flipped_bit_of_what_is_signed_is_accepted() {
    let line = "PUT /bucket/o?a=1";
    let get = request("GET /b/o", &[HOST], b"");
    let put = request(line, &[HOST, ("x-goog-meta-a", "m")], b"body");
    let rounds = [
        (&put, hmac_key(), Form::Header),
        (&get, hmac_key(), Form::Query { expires: 60 }),
        (&get, rsa_key(), Form::Header),
    ];
    for (message, key, form) in rounds {
        let (message, _) = signed(message, &key, &options(message, &key, form));
        judge().no_flip_of_what_is_signed_is_accepted(&message);
    }
}

#[test]
fn time_scope_and_fields_are_judged() {
    let message = request("PUT /bucket/o", &[HOST], b"body");
    let key = hmac_key();
    let (header, _) = signed(&message, &key, &options(&message, &key, Form::Header));
    let at = |seconds: i64| Judge {
        at: NOW + seconds,
        ..judge()
    };
    assert_eq!(at(901).reasons(&header), [Reason::TooOld]);
    assert_eq!(at(-901).reasons(&header), [Reason::FromTheFuture]);
    let other_body = changed(&header, "body", "Body");
    assert_eq!(at(0).reasons(&other_body), [Reason::DigestMismatch]);
    let extra = changed(
        &header,
        "Authorization:",
        "x-goog-acl: public\r\nAuthorization:",
    );
    assert_eq!(at(0).reasons(&extra), [Reason::ComponentNotCovered]);
    let plus = changed(&header, "/o HTTP", "/o?a=b+c HTTP");
    assert_eq!(at(0).reasons(&plus), [Reason::BaseUnbuildable]);
    let twice = changed(&header, "/o HTTP", "/o?a=1&%61=1 HTTP");
    assert_eq!(at(0).reasons(&twice), [Reason::BaseUnbuildable]);
    let elsewhere = Judge {
        scheme: Scheme::Goog4(Expected {
            location: Some("eu".to_owned()),
        }),
        ..judge()
    };
    assert_eq!(elsewhere.reasons(&header), [Reason::ScopeMismatch]);
    let aws = Judge {
        scheme: Scheme::Sigv4(sigv4::Expected::default()),
        ..judge()
    };
    assert_eq!(aws.reasons(&header), [Reason::SignatureMissing]);
    let form = Form::Query { expires: 60 };
    let (url, _) = signed(&message, &key, &options(&message, &key, form));
    assert_eq!(at(0).reasons(&url), [Reason::DigestMissing]);
    let lax = Judge {
        lax: true,
        ..judge()
    };
    assert_eq!(lax.reasons(&url), []);
    assert_eq!(
        at(61).reasons(&url),
        [Reason::SignatureExpired, Reason::DigestMissing]
    );
}

#[test]
fn a_key_signs_and_verifies_only_what_it_is_for() {
    let message = request("GET /bucket/o", &[HOST], b"");
    let (account, access) = (rsa_key(), hmac_key());
    let (by_account, _) = signed(
        &message,
        &account,
        &options(&message, &account, Form::Header),
    );
    let mut swapped = judge();
    swapped.keys = vec![Key {
        id: account.id.clone(),
        ..hmac_key()
    }];
    assert_eq!(swapped.reasons(&by_account), [Reason::KeyUnfit]);
    swapped.keys = vec![Key {
        rsa_use: RsaUse::Pss,
        ..rsa_key()
    }];
    assert_eq!(swapped.reasons(&by_account), [Reason::KeyUnfit]);
    let (by_access, _) = signed(&message, &access, &options(&message, &access, Form::Header));
    swapped.keys = vec![Key {
        id: access.id.clone(),
        ..rsa_key()
    }];
    assert_eq!(swapped.reasons(&by_access), [Reason::KeyUnfit]);
    let pss = Key {
        rsa_use: RsaUse::Pss,
        ..rsa_key()
    };
    let refused = sign(
        &message,
        &pss,
        &options(&message, &pss, Form::Header),
        &SystemRandom::default(),
    );
    assert_eq!(refused.unwrap_err(), SignError::Key(KeyError::Kind));
}

// Google's documentation sorts by names. Its Python library sorts `name=value`, which differs where one name begins
// with another.
#[test]
fn parameters_are_sorted_by_their_names_and_each_stands_once() {
    let key = hmac_key();
    let message = request("GET /bucket?a1=1&a=2&a-b=3", &[HOST], b"");
    let (_, text) = sign(
        &message,
        &key,
        &options(&message, &key, Form::Header),
        &SystemRandom::default(),
    )
    .unwrap();
    let shown = text.shown();
    let line = String::from_utf8(shown[0].lines[2].text.clone()).unwrap();
    assert_eq!(line.trim_end(), "a=2&a-b=3&a1=1");
    let twice = request("GET /bucket?a=2&b=1&a=1", &[HOST], b"");
    let refused = sign(
        &twice,
        &key,
        &options(&twice, &key, Form::Header),
        &SystemRandom::default(),
    );
    let told = refused.unwrap_err().to_string();
    assert!(
        told.contains("`a` is in the query more than once"),
        "{told}"
    );
}

#[test]
fn a_signed_url_lives_seven_days_at_most() {
    let key = hmac_key();
    let message = request("GET /bucket/o", &[HOST], b"");
    let form = Form::Query { expires: 604_800 };
    let (url, _) = signed(&message, &key, &options(&message, &key, form));
    assert_eq!(judge().reasons(&url), []);
    let form = Form::Query { expires: 604_801 };
    let refused = sign(
        &message,
        &key,
        &options(&message, &key, form),
        &SystemRandom::default(),
    );
    assert!(refused.is_err());
    // One that its signer made longer is refused whatever its MAC.
    for life in ["604801", "0", "-1", "1e3", "+60"] {
        let longer = changed(
            &url,
            "X-Goog-Expires=604800",
            &format!("X-Goog-Expires={life}"),
        );
        let reasons = judge().reasons(&longer);
        assert!(
            reasons.contains(&Reason::SignatureMalformed),
            "{life}: {reasons:?}"
        );
    }
}
