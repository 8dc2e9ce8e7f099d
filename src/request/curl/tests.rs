//! What curl would send, and what is refused because it cannot be known. `tests/it/curl.rs` asks curl itself.

use proptest::prelude::*;

use super::*;
use crate::request::parts::RequestParts;

fn read(name: &str) -> Result<Vec<u8>, String> {
    match name {
        "f" => Ok(b"a\r\nb\n".to_vec()),
        "nul" => Ok(b"a\0b".to_vec()),
        _ => Err("no such file".into()),
    }
}

#[track_caller]
fn message(line: &str) -> String {
    let parsed = parse(line, &read).unwrap_or_else(|error| panic!("{line}: {error}"));
    String::from_utf8(parsed.message).unwrap()
}

#[track_caller]
fn error(line: &str) -> CurlError {
    parse(line, &read).unwrap_err()
}

#[test]
fn a_line_copied_from_a_browser() {
    let line = "curl 'https://api.example/v1/orders?x=1#top' \\\n  -H 'accept: application/json' \\\n  \
                -H 'x-empty;' \\\n  -b 'sid=1; b=2' \\\n  --data-raw $'{\"note\":\"it\\'s \\u0021\"}' --compressed";
    let parsed = parse(line, &read).unwrap();
    assert_eq!(
        String::from_utf8(parsed.message).unwrap(),
        "POST /v1/orders?x=1 HTTP/1.1\r\nHost: api.example\r\nCookie: sid=1; b=2\r\naccept: application/json\r\n\
         x-empty:\r\nContent-Length: 17\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\n{\"note\":\"it's !\"}"
    );
    assert_eq!(parsed.scheme, UriScheme::Https);
    assert_eq!(parsed.unknown.len(), 2, "{:?}", parsed.unknown);
}

#[test]
fn data_is_joined_encoded_and_stripped_as_curl_does() {
    let body = |options: &str| {
        let message = message(&format!("curl {options} http://x/"));
        message.split_once("\r\n\r\n").unwrap().1.to_owned()
    };
    assert_eq!(body("-d a=b -d c"), "a=b&c");
    assert_eq!(
        body("-d @f --data-binary @f --data-raw @f"),
        "ab&a\r\nb\n&@f"
    );
    assert_eq!(
        body("--data-urlencode 'b= c&é' --data-urlencode '=x y'"),
        "b=+c%26%C3%A9&x+y"
    );
    assert_eq!(
        body("--data-urlencode 'n@f' --data-urlencode 'x!'"),
        "n=a%0D%0Ab%0A&x%21"
    );
    assert_eq!(body("-d b --json a -d c"), "ba&c");
    let query = message("curl -G -d 'a=1' --data-urlencode 'b=x y' 'http://x/p?q'");
    assert!(
        query.starts_with("GET /p?q&a=1&b=x+y HTTP/1.1\r\n"),
        "{query}"
    );
}

#[test]
fn an_unknown_or_undecidable_option_is_never_passed_over() {
    let table = [
        ("curl http://x --heade a", "did you mean `--header`?"),
        ("curl http://x -%", "unknown option `-%`"),
        ("curl http://x -F a=b", "boundary"),
        ("curl http://x -H @file", "headers are not read"),
        ("curl http://x -b cookies.txt", "cookies are not read"),
        ("curl http://x -u me", "asks for the password"),
        ("curl http://x -d @nope", "cannot read `nope`: no such file"),
        ("curl http://x -d @nul", "on the NUL in its file"),
        ("curl http://x --digest", "challenge"),
        ("curl http://x -H", "`-H` needs a value"),
        ("curl", "no URL"),
        ("curl http://x http://y", "a second URL"),
        ("curl ftp://x", "neither http nor https"),
        ("curl ftp.x", "guesses"),
        ("curl 'http://x/[1-2]'", "add `-g`"),
        ("curl 'http://x/a b'", "percent-encode"),
        ("curl 'http://é/'", "percent-encode"),
        ("curl http://x:99999/", "16 bits"),
        ("curl -I -d a http://x", "another method"),
        ("curl -X 'A B' http://x", "not a token"),
        ("curl -H 'Bad Name: x' http://x", "not a field"),
        ("curl -H $'X: a\\r\\nY: b' http://x", "not a field"),
        (
            "curl -H 'Transfer-Encoding: chunked' -d a http://x",
            "transfer coding",
        ),
        ("curl -x http://proxy http://x", "a proxy"),
        ("wget http://x", "not a `curl` command"),
        ("Invoke-WebRequest -Uri x", "PowerShell"),
        ("curl ^\"http://x^\"", "cmd"),
    ];
    for (line, expected) in table {
        let shown = error(line).to_string();
        assert!(shown.contains(expected), "{line}: {shown}");
    }
    assert_eq!(error("curl http://x -F a=b").offset, 17);
}

#[test]
fn errors_and_debug_repeat_no_credential() {
    for line in [
        "curl -u hunter2 http://x",
        "curl -H $'Authorization: hunter2\\n' http://x",
        "curl -H hunter2 --nope http://x",
        "curl -b hunter2 http://x",
        "curl 'http://u:hunter2@x/[1]'",
        "curl -A $'hunter2\\x01' http://x",
    ] {
        let error = error(line);
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{line}");
    }
    let parsed = parse("curl -u u:hunter2 -H hunter2 http://x", &read).unwrap();
    assert!(!format!("{parsed:?}").contains("hunter2"));
}

#[test]
fn urls_are_changed_as_curl_changes_them() {
    let first = |url: &str| {
        let message = message(&format!("curl -H Accept: -H User-Agent: '{url}'"));
        message.replace("\r\n", " ").trim_end().to_owned()
    };
    let table = [
        ("x", "GET / HTTP/1.1 Host: x"),
        ("http://x:80?q", "GET /?q HTTP/1.1 Host: x"),
        ("https://x:80", "GET / HTTP/1.1 Host: x:80"),
        ("http://x/a/../b/./c/..", "GET /b/ HTTP/1.1 Host: x"),
        ("http://x/a//..?/../", "GET /a/?/../ HTTP/1.1 Host: x"),
        (
            "http://[::1]:8080/a[]",
            "GET /a[] HTTP/1.1 Host: [::1]:8080",
        ),
        ("http://x/\\[1\\]", "GET /[1] HTTP/1.1 Host: x"),
        (
            "http://a%40:b@x/",
            "GET / HTTP/1.1 Host: x Authorization: Basic YUA6Yg==",
        ),
    ];
    for (url, expected) in table {
        assert_eq!(first(url), expected, "{url}");
    }
    let parsed = parse("curl http://127.1/%2e%2e/", &read).unwrap();
    assert_eq!(parsed.unknown.len(), 3, "{:?}", parsed.unknown);
}

fn field() -> impl Strategy<Value = (String, Vec<u8>)> {
    let name = "[A-Za-z][A-Za-z0-9-]{0,8}".prop_filter("curl's own place", |name| {
        !["host", "transfer-encoding"].contains(&name.to_ascii_lowercase().as_str())
    });
    let byte = prop_oneof![4 => 0x20_u8..0x7f, 1 => Just(b'\t'), 1 => 0x80_u8..];
    (name, prop::collection::vec(byte, 0..12))
        .prop_map(|(name, value)| (name, value.trim_ascii().to_vec()))
}

fn own_or_any() -> impl Strategy<Value = (String, Vec<u8>)> {
    let own = prop::sample::select(vec![
        "Accept",
        "user-agent",
        "Content-Type",
        "content-length",
        "Cookie",
    ]);
    prop_oneof![3 => field(), 1 => own.prop_map(|name| (name.to_owned(), b"7".to_vec()))]
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(
        method in "[A-Z]{1,7}",
        target in prop_oneof![
            3 => "/[ -~]{0,16}", 1 => "[*]", 1 => "/[a-zé./%2e?&]{0,12}", 1 => "http://a/[a-z]{0,4}"
        ],
        host in prop::sample::select(vec![None, Some("x.example:81"), Some("other"), Some("")]),
        fields in prop::collection::vec(own_or_any(), 0..6),
        body in prop_oneof![prop::collection::vec(any::<u8>(), 0..40), "@?[ -~\n']{0,40}".prop_map(String::into_bytes)],
    ) {
        let mut all: Vec<(&str, &[u8])> = Vec::new();
        all.extend(host.map(|host| ("Host", host.as_bytes())));
        all.extend(fields.iter().map(|(name, value)| (name.as_str(), value.as_slice())));
        let parts = RequestParts {
            scheme: UriScheme::Https,
            authority: "x.example:81",
            method: &method,
            target: &target,
            fields: &all,
            body: &body,
        };
        let written = write_curl(&parts).unwrap();
        let stdin = |name: &str| if name == "-" { Ok(body.clone()) } else { Err("another file".into()) };
        let parsed = parse(&written.line, &stdin).unwrap_or_else(|error| panic!("{}: {error}", written.line));
        let mut expected = format!("{method} {target} HTTP/1.1\r\n").into_bytes();
        for (name, value) in &all {
            let space: &[u8] = if value.is_empty() { b":" } else { b": " };
            expected.extend([name.as_bytes(), space, value, b"\r\n"].concat());
        }
        expected.extend_from_slice(b"\r\n");
        expected.extend_from_slice(&body);
        prop_assert_eq!(String::from_utf8_lossy(&parsed.message), String::from_utf8_lossy(&expected), "{}", written.line);
        prop_assert_eq!(parsed.scheme, UriScheme::Https);
        prop_assert!(parsed.unknown.is_empty(), "{:?}: {}", parsed.unknown, written.line);
    }

    #[test]
    fn never_panics(line in "(curl )?(-[a-zA-Z]|--[a-z-]{0,9}|[ -~é\n\\\\'\"$@]{0,12}| ){0,12}") {
        let _checked = parse(&line, &read).is_ok();
    }
}

#[test]
fn what_no_command_sends_is_not_written() {
    let parts = RequestParts {
        scheme: UriScheme::Http,
        authority: "x",
        method: "GET",
        target: "/",
        fields: &[],
        body: b"",
    };
    assert_eq!(
        write_curl(&parts).unwrap().line,
        "curl --http1.1 http://x/ -H Host: -H User-Agent: -H Accept:"
    );
    let fields: &[(&str, &[u8])] = &[("X", b"a\r\nY: b")];
    let error = write_curl(&RequestParts { fields, ..parts }).unwrap_err();
    assert_eq!(error, CurlWriteError::Field("X".into()));
    let fields: &[(&str, &[u8])] = &[("host", b"x"), ("Host", b"x")];
    let error = write_curl(&RequestParts { fields, ..parts }).unwrap_err();
    assert_eq!(error, CurlWriteError::Hosts);
    let target = "/\r\n";
    let error = write_curl(&RequestParts { target, ..parts }).unwrap_err();
    assert_eq!(error, CurlWriteError::Target);
    let body: &[u8] = b"a\0b";
    assert!(
        write_curl(&RequestParts { body, ..parts })
            .unwrap()
            .body_from_stdin
    );
}
