//! What is found, and where; what is left alone.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;

use super::*;

/// A token whose parts are long enough to be wrapped.
const TOKEN: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJodHRwczovL2F1dGguYWNtZS5leGFtcGxlIiwic3ViIjoic2VydmljZTphIiwiZXhwIjoxNzE3MDAwMDAwfQ.3kN9Ff0cZ3OQyQ0mYb1gW1mWq1o7rWJtQ1ZkJmQ2b0E";

fn places(text: &str) -> Vec<String> {
    let found = locate_all(text.as_bytes()).found;
    for each in &found {
        assert_eq!(each.token, TOKEN, "{text}");
        assert!(text.is_char_boundary(each.offset));
    }
    found
        .iter()
        .map(|each| format!("{}:{} {}", each.line, each.column, each.place))
        .collect()
}

#[test]
fn says_where_a_token_was_found() {
    let table = [
        ("§\n", "1:1 the whole input"),
        (
            "Authorization: Bearer §\r\n",
            "1:23 an `Authorization: Bearer` header",
        ),
        (
            "curl -H 'authorization: bearer §' https://x",
            "1:32 an `Authorization: Bearer` header",
        ),
        (
            "> authorization: DPoP §\n",
            "1:23 an `Authorization: DPoP` header",
        ),
        ("GET / HTTP/1.1\nDPoP: §\n", "2:7 a `DPoP` header"),
        ("Cookie: a=b; sid=§; c=d", "1:18 the cookie `sid`"),
        (
            "< Set-Cookie: sid=§; HttpOnly",
            "1:19 the cookie `sid` being set",
        ),
        (
            "{\"token_type\":\"x\",\n \"access_token\": \"§\"}",
            "2:19 the member `access_token` of an OAuth answer",
        ),
        ("{\"jwt\":\"§\"}", "1:9 the JSON member `jwt`"),
        (
            "{\"m\":\"{\\\"id_token\\\":\\\"§\\\"}\"}",
            "1:23 the member `id_token` of an OAuth answer",
        ),
        (
            "https://app/cb#access_token=§&state=1",
            "1:29 `#access_token=` of a URL",
        ),
        ("https://app/cb?id_token=§", "1:25 `?id_token=` of a URL"),
        (
            "grant_type=x&assertion=§",
            "1:24 the form parameter `assertion`",
        ),
        ("export API_TOKEN=§", "1:18 the variable `API_TOKEN`"),
        ("\"§\"", "1:2 quotes"),
        ("the token §.", "1:11 text"),
        ("X-Amzn-Oidc-Data: §", "1:19 the field `X-Amzn-Oidc-Data`"),
        (
            "kind: Config\nusers:\n- user:\n    token: §\n",
            "4:12 a user's token of a kubeconfig",
        ),
        (
            "kind: Secret\nstringData:\n  token: §\n",
            "3:10 `token` of a Kubernetes Secret",
        ),
        ("\u{1b}[32m§\u{1b}[0m", "1:6 text"),
        ("ä\n ö §", "2:4 text"),
    ];
    for (text, place) in table {
        assert_eq!(places(&text.replace('§', TOKEN)), [place], "{text}");
    }
}

#[test]
fn finds_what_is_encoded_wrapped_or_dumped() {
    let inner = STANDARD.encode(TOKEN);
    let (first, second) = inner.split_at(60);
    for secret in [
        format!("kind: Secret\ndata:\n  token: {inner}\n  other: YWJj\n"),
        format!("{{\"kind\": \"Secret\", \"data\": {{\"token\": \"{inner}\"}}}}"),
        format!("kind: Secret\ndata:\n  token: |\n    {first}\n    {second}\n  other: YWJj\n"),
    ] {
        let found = locate_all(secret.as_bytes()).found;
        let [one] = found.as_slice() else {
            panic!("{secret}: {found:?}");
        };
        assert_eq!(
            (one.token.as_str(), one.encoding),
            (TOKEN, Encoding::Base64)
        );
        assert_eq!(one.place, Place::Secret("data.token".into()));
    }
    for width in [20, 57, 64, 76] {
        let lines: Vec<&str> = TOKEN
            .as_bytes()
            .chunks(width)
            .map(|line| std::str::from_utf8(line).unwrap())
            .collect();
        let endings = ["\n", "\r\n", "\n    ", "\n> ", "\\\n"];
        for ending in endings {
            let text = format!("see:\n\n{}\n\nthanks\n", lines.join(ending));
            let found = locate_all(text.as_bytes()).found;
            assert_eq!(found.len(), 1, "{text}");
            assert_eq!(found[0].token, TOKEN, "{text}");
            assert!(found[0].wrapped);
        }
    }
    let request = format!("GET / HTTP/1.1\r\nAuthorization: Bearer {TOKEN}\r\n\r\n");
    let mut dump = String::from("=> Send header, 9 bytes (0x9)\n");
    for (index, line) in request.as_bytes().chunks(16).enumerate() {
        let octets: String = line.iter().map(|byte| format!("{byte:02x} ")).collect();
        dump.push_str(&format!("{:04x}: {octets:48} .\n", index * 16));
    }
    let found = locate_all(dump.as_bytes()).found;
    assert_eq!(found[0].token, TOKEN);
    assert_eq!((found[0].line, found[0].encoding), (4, Encoding::HexDump));
    let mut ascii = String::from("=> Send header, 9 bytes (0x9)\n");
    for (index, line) in format!("Authorization: Bearer {TOKEN}")
        .as_bytes()
        .chunks(64)
        .enumerate()
    {
        ascii.push_str(&format!(
            "{:04x}: {}\n",
            index * 64,
            std::str::from_utf8(line).unwrap()
        ));
    }
    ascii.push_str("0fff: Accept\n");
    assert_eq!(places(&ascii), ["2:29 an `Authorization: Bearer` header"]);
}

#[test]
fn several_tokens_are_kept_apart() {
    let text = format!("{TOKEN}\n{TOKEN}\n{TOKEN}\nEOF\n");
    assert_eq!(places(&text), ["1:1 text", "2:1 text", "3:1 text"]);
    let log: String = (0..1500).map(|_| format!("a {TOKEN}\n")).collect();
    let search = locate_all(log.as_bytes());
    assert_eq!((search.found.len(), search.total), (MAX_FOUND, 1500));
}

#[test]
fn other_words_are_no_tokens() {
    for text in [
        "",
        "\n",
        "hello",
        "eyes.example.com and eye.of.the.tiger",
        "a sentence. And another. And more.",
        "v1.2.3 of the program",
        "cursor=eyJpZCI6MX0&x=1",
        "\u{0}\u{1}\u{ff}",
    ] {
        assert_eq!(locate_all(text.as_bytes()).found, [], "{text}");
    }
    assert_eq!(locate_all(b"\xff\xfe\x00").found, []);
}

#[test]
fn a_damaged_token_is_taken_where_a_token_belongs() {
    let table = [
        ("a.b.c\n", "a.b.c"),
        ("Authorization: Bearer a.b.c\r\n", "a.b.c"),
        ("{\"access_token\": \"a.b.c\"}", "a.b.c"),
        ("https://app/#id_token=a.b.c&state=1", "a.b.c"),
        ("\"a.b.c\"", "a.b.c"),
        ("aa.b\n  b.c", "aa.bb.c"),
        ("eyJhbGc%iOiJ9.e30.%%", "eyJhbGc%iOiJ9.e30.%%"),
        (
            "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.",
            "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.",
        ),
        (
            "cut: eyJhbGciOiJub25lIn0.eyJzdWIiOiJh",
            "eyJhbGciOiJub25lIn0.eyJzdWIiOiJh",
        ),
    ];
    for (text, token) in table {
        assert_eq!(locate(text).token, token, "{text}");
    }
}

#[test]
fn json_serializations_are_found_with_their_bytes() {
    let object = "{\"payload\":\"e30\",\"protected\":\"e30\",\"signature\":\"AA\"}";
    for text in [
        object.to_owned(),
        format!("{{\"a\":[{object}]}}"),
        format!("12:00 got {object}\n12:01 done\n"),
        format!("{{\"x\":1}}\n{object}\n"),
    ] {
        let found = locate_all(text.as_bytes()).found;
        assert_eq!(found.len(), 1, "{text}");
        assert_eq!(found[0].token, object);
        assert_eq!(text.find(object), Some(found[0].offset));
    }
}

#[test]
fn utf_16_of_a_windows_shell_is_read() {
    let text = format!("Bearer {TOKEN}\r\n");
    let mut bytes = vec![0xff, 0xfe];
    bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    assert_eq!(locate_all(&bytes).found[0].token, TOKEN);
}

#[test]
fn for_a_verdict_nothing_is_searched_or_mended() {
    for (text, token) in [
        (" a.b.c\n", "a.b.c"),
        ("Authorization: Bearer a.b.c\r\n", "a.b.c"),
        ("bearer a.b.c", "a.b.c"),
        ("DPoP a.b.c", "a.b.c"),
        ("authorization: dpop a.b.c\r\n", "a.b.c"),
        ("a.b\n .c", "a.b\n .c"),
        ("Bearer a.b.c d", "a.b.c d"),
        (
            "{\"access_token\":\"a.b.c\"}",
            "{\"access_token\":\"a.b.c\"}",
        ),
    ] {
        assert_eq!(exact(text).token, token, "{text}");
    }
}

#[test]
fn hostile_text_takes_no_longer_than_other_text() {
    const SIZE: usize = 200_000;
    let cursor = "eyJpZCI6MTIzLCJjdXJzb3IiOiI0NTY3ODkwMTIifQ\n";
    for unit in [
        "+eyJ9",
        "+eyJ9.",
        cursor,
        "eyJ9.eyJ9.e\n",
        "+ZXlKOQ",
        "ZXlKcFpDSTZNVEl6TENKamRYSnpiM0lp\n",
        "eyJ9/",
        "0000: eyJ9\n",
    ] {
        let text = format!("x {}", unit.repeat(SIZE / unit.len()));
        let begin = std::time::Instant::now();
        let _found = locate_all(text.as_bytes());
        let took = begin.elapsed();
        // Quadratic search took minutes; a busy machine is allowed to be slow.
        assert!(took.as_secs() < 20, "{unit:?} took {took:?}");
    }
}

#[test]
fn a_token_behind_many_cursors_is_found() {
    let cursors = "eyJpZCI6MTIzLCJjdXJzb3IiOiI0NTY3ODkwMTIifQ\n".repeat(500);
    assert_eq!(places(&format!("{cursors}{TOKEN}\n")), ["501:1 text"]);
    assert_eq!(
        places(&format!("x {}{TOKEN}", "eyJ9 ".repeat(9))),
        ["1:48 text"]
    );
}

#[test]
fn what_stands_before_a_token_is_told_from_names_of_files() {
    assert_eq!(before_token(&format!("Token {TOKEN}")), Some("Token "));
    assert_eq!(before_token(&format!("x{TOKEN}")), Some("x"));
    for name in ["keys.json", "keys.production.json", "KeyList.json", "-"] {
        assert_eq!(before_token(name), None, "{name}");
    }
}

proptest! {
    #[test]
    fn offsets_are_inside_the_input(text in "([A-Za-z0-9_.=+/~ \n\"':-]|eyJ|ZXlK|\\{\"|\u{e4}){0,80}") {
        for found in locate_all(text.as_bytes()).found {
            prop_assert!(found.offset < text.len());
            prop_assert!(found.line >= 1 && found.column >= 1);
        }
    }

    #[test]
    fn any_bytes_are_searched(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let search = locate_all(&bytes);
        prop_assert!(search.total >= search.found.len());
    }
}
