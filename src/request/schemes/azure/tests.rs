//! Signatures of Microsoft's own libraries, and what is refused.
//!
//! The vectors were made with a test key by azure-storage-blob 12.31.1, azure-storage-queue 12.18.1 and
//! azure-storage-file-share 12.27.1 for Python, and what those cannot say by azblob 1.8.3 for Go: `Range` and repeated
//! parameters.

use super::*;
use crate::kernel::time::Timestamp;
use crate::request::schemes::Scheme;
use crate::request::schemes::signed_tests::{Judge, added, changed, request, secret};
use crate::request::{BodyBinding, Message, Reason};

const NOW: i64 = 1_795_338_000; // 2026-11-22T09:00:00Z
const HOST: (&str, &str) = ("Host", "acme.blob.core.windows.net");

/// The bytes from 0 to 63.
fn key() -> Key {
    let bytes: Vec<u8> = (0..64).collect();
    secret("acme", &STANDARD.encode(bytes))
}

fn judge() -> Judge {
    Judge {
        scheme: Scheme::Azure,
        keys: vec![key()],
        at: NOW,
        lax: true,
    }
}

fn options() -> SignOptions<'static> {
    SignOptions {
        account: "acme",
        time: Timestamp::from_unix(NOW).unwrap(),
    }
}

/// The message signed, and the signature.
fn signed(message: &Message) -> (Message, String) {
    let (edit, _) = sign(message, &key(), &options()).unwrap();
    let (_, signature) = added(&edit, "Authorization").split_once(':').unwrap();
    (message.edited(&edit).unwrap(), signature.to_owned())
}

type Fields = &'static [(&'static str, &'static str)];

#[test]
fn signatures_are_those_of_microsofts_libraries() {
    const VECTORS: [(&str, Fields, &[u8], &str); 18] = [
        (
            "GET /c/plain.txt",
            &[("x-ms-version", "2026-02-06")],
            b"",
            "FA8RMXrMpzArHX+m/8rbl/7ZYt1LaLgVGy7chPflwMw=",
        ),
        (
            "GET /c/a%20b%2Bc%25d.txt",
            &[("x-ms-version", "2026-02-06")],
            b"",
            "YDilAnetnbE9H/BP4M8tHqCev3QrP9pOs8iUTjDIR/Y=",
        ),
        (
            "GET /c?restype=container&comp=list&prefix=a%2Fb%20c&marker=",
            &[("x-ms-version", "2026-02-06")],
            b"",
            "2oitJzOuzHapqmwOC5K2riQoM3kr6QNXSk39tgc1JlQ=",
        ),
        (
            "PUT /c/%C3%BC/%E6%97%A5.txt?comp=block&blockid=AAA%2B%3D",
            &[
                ("x-ms-version", "2026-02-06"),
                ("x-ms-blob-type", "BlockBlob"),
                ("Content-Type", "text/plain; charset=utf-8"),
                ("Content-MD5", "hBotaJrYa9FhFEdFPCLG/A=="),
            ],
            b"body",
            "2AtAHg2KvVWNAsNPTRVk8SjUPg+/rCdj88xpVDNhg1g=",
        ),
        (
            "PUT /c/o",
            &[
                ("x-ms-version", "2026-02-06"),
                ("x-ms-meta-foo-z", "1"),
                ("x-ms-meta-fooa", "2"),
                ("x-ms-meta-foo_b", "3"),
                ("x-ms-meta-foo1", "4"),
                ("x-ms-meta-foo", "5"),
                ("x-ms-meta-f-oo", "6"),
            ],
            b"\x00\xff",
            "n3gjlJVZ3ba/JduQ4IjScLODFGhk56WIgZFN1GScM1c=",
        ),
        (
            "PUT /c/o",
            &[
                ("x-ms-version", "2026-02-06"),
                ("x-ms-meta-a", "two  spaces"),
                ("x-ms-meta-e", ""),
                ("Content-Encoding", "gzip"),
                ("Content-Language", "de"),
            ],
            b"x",
            "0Pgcyiu/L4VVZk/NvoYVVxKKc/DgMaosIoa/594yzUA=",
        ),
        (
            "GET /c/o",
            &[
                ("x-ms-version", "2026-02-06"),
                ("If-Match", "\"0x1\""),
                ("If-None-Match", "*"),
                ("If-Modified-Since", "Sun, 22 Nov 2026 09:00:00 GMT"),
                ("If-Unmodified-Since", "Sun, 22 Nov 2026 09:00:00 GMT"),
                ("x-ms-range", "bytes=0-9"),
            ],
            b"",
            "1MjZD+hoE15coSYwkbFPDZQ8Pp2aqjS6ruu4fRKluuA=",
        ),
        (
            "POST /q/messages?visibilitytimeout=30&timeout=5",
            &[
                ("x-ms-version", "2026-02-06"),
                ("Content-Type", "application/xml"),
            ],
            b"<m/>",
            "IiDqyyBzSvBoMz3QIls+cLT/+xk/T7L7O2hHM0sDXjo=",
        ),
        (
            "PUT /s/d/f?restype=directory",
            &[("x-ms-version", "2026-02-06"), ("Content-Length", "0")],
            b"",
            "2a+OumLE/pLwu0e7Sqnxh9wYKhLGkVni3tgfQBrUANs=",
        ),
        (
            "DELETE /",
            &[("Date", "Sun, 22 Nov 2026 09:00:00 GMT")],
            b"",
            "pNYc4FRmZpFZST3ZRCv7ch4d10ptK5U1k8KxnDZtIjY=",
        ),
        (
            "GET //c/../x/./y?comp",
            &[("x-ms-version", "2026-02-06")],
            b"",
            "Y6HYQAYEhU+eomXGN7Gx3W3hANpskLSgK6jUauW7TcU=",
        ),
        (
            "HEAD /c/o?snapshot=2026-11-22T09%3A00%3A00.0000000Z",
            &[("x-ms-version", "2026-02-06")],
            b"",
            "LPQdmcZeMOJ+EvsOyNrmoiwp9gikG722G3LjfwMb9fw=",
        ),
        // From here on by the library for Go.
        (
            "GET /c/o",
            &[("Range", "bytes=0-9")],
            b"",
            "+3AB8OKKu+ZvQZHcKLODIUuo5hUEzNpEC6CwRZbiINE=",
        ),
        (
            "GET /c?comp=list&include=snapshots&include=metadata&restype=container",
            &[],
            b"",
            "Y73EDO17lGqjlR5ykb3t9TCIE3GdsWbMRNFVQD493cM=",
        ),
        (
            "GET /c?a=2&a=1&a=",
            &[],
            b"",
            "E7Y2ZZ6xtzLObr1irrKfG5nah23q5p3ZPT3jYbrmwKo=",
        ),
        (
            "PUT /c/o",
            &[
                ("Content-Encoding", "gzip"),
                ("Content-Language", "de"),
                ("x-ms-meta-foo-z", "1"),
                ("x-ms-meta-fooa", "2"),
            ],
            b"",
            "EmMhZ1dfUP/KNOTaA9j+zMoG9cZ4pnMdK9XJRbjeB1Q=",
        ),
        (
            "GET /c/a%2Fb%20c?x=%C3%BC%26%3D",
            &[],
            b"",
            "8/sf7h8DXpRx921pMLxmDARmysY3LRubFQpC0BVASrQ=",
        ),
        (
            "GET /?comp=list",
            &[],
            b"",
            "J5TDLxpH0Qdh+JnqfHhLTIiEMQULI71O+8pHAajSvJg=",
        ),
    ];
    for (line, fields, body, expected) in VECTORS {
        let message = request(line, &[&[HOST], fields].concat(), body);
        let (message, signature) = signed(&message);
        assert_eq!(signature, expected, "{line}");
        assert_eq!(judge().reasons(&message), [], "{line}");
    }
}

fn put() -> Message {
    let md5 = ("Content-MD5", "hBotaJrYa9FhFEdFPCLG/A==");
    let fields = [HOST, ("x-ms-version", "2026-02-06"), md5];
    request("PUT /c/o?a=1&b", &fields, b"body")
}

#[test]
fn no_flipped_bit_of_what_is_signed_is_accepted() {
    let judge = Judge {
        lax: false,
        ..judge()
    };
    judge.no_flip_of_what_is_signed_is_accepted(&signed(&put()).0);
}

#[test]
fn a_body_is_bound_by_its_md5_or_not_at_all() {
    let strict = Judge {
        lax: false,
        ..judge()
    };
    let (message, _) = signed(&put());
    let verdict = strict.verdict(&message).unwrap();
    assert_eq!(
        (verdict.reasons(), verdict.body),
        (vec![], BodyBinding::Signed)
    );
    assert!(verdict.notes.iter().any(|note| note.contains("MD5")));
    let other = changed(&message, "\r\n\r\nbody", "\r\n\r\nBody");
    assert_eq!(strict.reasons(&other), [Reason::DigestMismatch]);
    let (bare, _) = signed(&request("PUT /c/o", &[HOST], b"body"));
    assert_eq!(strict.reasons(&bare), [Reason::DigestMissing]);
    assert_eq!(judge().reasons(&bare), []);
}

#[test]
fn time_and_what_cannot_be_known_are_judged() {
    let (message, _) = signed(&put());
    let at = |seconds: i64| Judge {
        at: NOW + seconds,
        ..judge()
    };
    assert_eq!(at(900).reasons(&message), []);
    assert_eq!(at(901).reasons(&message), [Reason::TooOld]);
    assert_eq!(at(-901).reasons(&message), [Reason::FromTheFuture]);
    let date = "x-ms-date: Sun, 22 Nov 2026 09:00:00 GMT\r\n";
    let table = [
        (date, "", Reason::MacInvalid),
        (date, "x-ms-date: 2026\r\n", Reason::MacInvalid),
        (
            "x-ms-date",
            "Date: Sun, 22 Nov 2026 09:00:00 GMT\r\nx-ms-date",
            Reason::BaseUnbuildable,
        ),
        (
            "x-ms-version: 2",
            "x-ms-version: 2\r\nX-MS-version: 2",
            Reason::BaseUnbuildable,
        ),
        ("?a=1", "?a=1+", Reason::BaseUnbuildable),
        ("?a=1", "?a=1%0Ab:", Reason::BaseUnbuildable),
        ("?a=1", "?a%3A=1", Reason::BaseUnbuildable),
        ("?a=1", "?a=%1", Reason::BaseUnbuildable),
        ("SharedKey ", "SharedKeyLite ", Reason::SignatureMalformed),
        ("SharedKey ", "Bearer ", Reason::SignatureMissing),
        (
            "SharedKey acme",
            "SharedKey acme/c",
            Reason::SignatureMalformed,
        ),
        ("SharedKey acme", "SharedKey other", Reason::KeyNotFound),
    ];
    for (from, to, reason) in table {
        let reasons = at(0).reasons(&changed(&message, from, to));
        assert_eq!(reasons.first(), Some(&reason), "{to}");
    }
    let undated = at(0).reasons(&changed(&message, date, ""));
    assert_eq!(undated, [Reason::MacInvalid, Reason::CreatedMissing]);
    let plain = Judge {
        keys: vec![secret("acme", "not base64!")],
        ..judge()
    };
    assert_eq!(plain.reasons(&message), [Reason::KeyUnfit]);
    assert_eq!(
        sign(&message, &key(), &options()).unwrap_err(),
        SignError::AlreadyThere("authorization")
    );
}
