//! Times in every way that people write them, lives, and claims with something to say.

use super::*;
use crate::kernel::json;

fn now() -> Timestamp {
    Timestamp::from_unix(1_717_000_000).unwrap()
}

fn told(name: &str, value: &str) -> String {
    let (node, _) = json::parse_text(value).unwrap();
    claim(name, &node, now()).unwrap().text
}

#[test]
fn times_are_read_as_they_were_meant() {
    let table = [
        ("1717000060", "expires 2024-05-29T16:27:40Z, in 1m"),
        ("1.717e9", "expires 2024-05-29T16:26:40Z, now"),
        (
            "1717000060.5",
            "expires 2024-05-29T16:27:40Z, in 1m (a fraction cut off)",
        ),
        (
            "1717000060000",
            "expires 2024-05-29T16:27:40Z, in 1m (in milliseconds, where seconds belong)",
        ),
        (
            "1717000060000000",
            "expires 2024-05-29T16:27:40Z, in 1m (in microseconds, where seconds belong)",
        ),
        (
            "\"1717000060\"",
            "expires 2024-05-29T16:27:40Z, in 1m (in quotes, where a number belongs)",
        ),
        ("1e300", "expires 1e300, outside the calendar"),
        ("\"soon\"", "expires a string, not a number of seconds"),
        ("null", "expires null, not a number of seconds"),
    ];
    for (value, text) in table {
        assert_eq!(told("exp", value), text);
    }
}

#[test]
fn values_say_more_than_names() {
    let table = [
        (
            "amr",
            r#"["pwd","otp","x"]"#,
            "by which methods the user was authenticated: password, one-time password",
        ),
        (
            "act",
            r#"{"sub":"b","act":{"sub":"a"}}"#,
            "who acts for the subject; the outermost is the current one: b, before that a",
        ),
        (
            "cnf",
            r#"{"jkt":"x"}"#,
            "the key that the sender must prove to hold: SHA-256 thumbprint of the DPoP key (RFC 9449 §6.1)",
        ),
        (
            "sub",
            r#""system:serviceaccount:shop:web""#,
            "subject: the service account web of the namespace shop",
        ),
        (
            "sub",
            r#""spiffe://acme.example/ns/a""#,
            "subject: a workload of the trust domain acme.example",
        ),
        ("sub", r#""alice""#, "subject"),
        (
            "kubernetes.io",
            r#"{"namespace":"shop","serviceaccount":{"name":"web"},"pod":{"name":"web-1"}}"#,
            "the objects it is bound to: service account web, of the namespace shop, pod web-1",
        ),
    ];
    for (name, value, text) in table {
        assert_eq!(told(name, value), text);
    }
    let (node, _) = json::parse_text("\"ES512\"").unwrap();
    let alg = header_parameter("alg", &node).unwrap();
    assert_eq!(alg.text, "ECDSA on P-521 with SHA-512");
}

#[test]
fn a_life_is_told_from_any_point_of_it() {
    let life = |claims: &str| {
        let (node, _) = json::parse_text(claims).unwrap();
        let life = Lifetime::of(&node, now()).unwrap();
        (life.stage(), life.in_words(), life.cells_passed(10))
    };
    let table = [
        (
            r#"{"iat":1716999400,"exp":1717000600}"#,
            Stage::Alive,
            "10m left of 20m",
            Some(5),
        ),
        (
            r#"{"iat":1716990000,"exp":1716991000}"#,
            Stage::Over,
            "over for 2h 30m, lived 16m 40s",
            Some(10),
        ),
        (
            r#"{"iat":1716999000,"exp":1717000000}"#,
            Stage::Over,
            "over now, after 16m 40s",
            Some(10),
        ),
        (
            r#"{"iat":1,"nbf":1717000100,"exp":1717000200}"#,
            Stage::NotYet,
            "begins in 1m 40s",
            Some(0),
        ),
        (r#"{"iat":1717000000}"#, Stage::Endless, "has no end", None),
        (
            r#"{"iat":1717000000,"exp":1716000000}"#,
            Stage::Never,
            "ends before it begins",
            None,
        ),
        (r#"{"exp":1717000060}"#, Stage::Alive, "1m left", None),
    ];
    for (claims, stage, words, cells) in table {
        assert_eq!(life(claims), (stage, words.to_owned(), cells), "{claims}");
    }
}
