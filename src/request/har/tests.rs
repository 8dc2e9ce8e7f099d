//! Recordings as Chrome and Firefox write them, what they leave out, and our own read back.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::kernel::time::Timestamp;
use crate::request::parts::{RequestParts, ResponseParts};

fn entries(text: &str) -> Result<Vec<Entry>, HarError> {
    read(&Source::new("t.har", text.as_bytes().to_vec()).unwrap())
}

#[track_caller]
fn only(request: serde_json::Value, response: serde_json::Value) -> Entry {
    let har = json!({ "log": { "entries": [{ "request": request, "response": response }] } });
    let mut entries = entries(&har.to_string()).unwrap();
    assert_eq!(entries.len(), 1);
    entries.remove(0)
}

fn shown(message: &Message) -> String {
    String::from_utf8(message.bytes.clone()).unwrap()
}

/// As Chrome exports an HTTP/2 exchange with a compressed response.
const CHROME: &str = r#"{"log":{"version":"1.2","creator":{"name":"WebInspector","version":"537.36"},"pages":[],"entries":[{
 "_initiator":{"type":"script"},"_priority":"High","_resourceType":"fetch","cache":{},"connection":"443",
 "request":{"method":"POST","url":"https://api.example/v1/orders?x=1","httpVersion":"http/2.0","headers":[
  {"name":":authority","value":"api.example"},{"name":":method","value":"POST"},
  {"name":":path","value":"/v1/orders?x=1"},{"name":":scheme","value":"https"},
  {"name":"content-length","value":"14"},{"name":"content-type","value":"application/json"}],
  "queryString":[{"name":"x","value":"1"}],"cookies":[],"headersSize":-1,"bodySize":14,
  "postData":{"mimeType":"application/json","text":"{\"amount\": 10}"}},
 "response":{"status":200,"statusText":"","httpVersion":"http/2.0","headers":[
  {"name":"content-encoding","value":"br"},{"name":"set-cookie","value":"a=1\nb=2"}],
  "cookies":[],"content":{"size":11,"mimeType":"application/json","text":"{\"ok\":true}"},
  "redirectURL":"","headersSize":-1,"bodySize":-1,"_transferSize":120,"_error":null},
 "serverIPAddress":"192.0.2.1","startedDateTime":"2026-11-22T09:00:00.000Z","time":12.5,"timings":{}}]}}"#;

/// As Firefox exports an HTTP/1.1 exchange with an image.
const FIREFOX: &str = r#"{"log":{"version":"1.2","creator":{"name":"Firefox","version":"140.0"},"browser":{},"pages":[],"entries":[{
 "startedDateTime":"2026-11-22T09:00:00.000+01:00","request":{"bodySize":0,"method":"GET",
  "url":"http://img.example/a.png#top","httpVersion":"HTTP/1.1","headers":[
  {"name":"Host","value":"img.example"},{"name":"Accept","value":"image/*"}],"cookies":[],"queryString":[],"headersSize":310},
 "response":{"status":200,"statusText":"OK","httpVersion":"HTTP/1.1","headers":[
  {"name":"Content-Length","value":"4"},{"name":"Content-Type","value":"image/png"}],"cookies":[],
  "content":{"mimeType":"image/png","size":4,"encoding":"base64","text":"iVBO/w=="},
  "redirectURL":"","headersSize":100,"bodySize":104},"cache":{},"timings":{},"time":3}]}}"#;

#[test]
fn a_recording_of_chrome() {
    let entry = entries(CHROME).unwrap().remove(0);
    assert_eq!((entry.index, entry.scheme), (0, UriScheme::Https));
    assert!(CHROME[entry.offset..].starts_with("{\n \"_initiator\""));
    assert_eq!(
        shown(&entry.request),
        "POST /v1/orders?x=1 HTTP/1.1\r\nHost: api.example\r\ncontent-length: 14\r\n\
         content-type: application/json\r\n\r\n{\"amount\": 10}"
    );
    assert_eq!(entry.request.undecidable, [""; 0]);
    let response = entry.response.unwrap();
    assert_eq!(
        shown(&response),
        "HTTP/1.1 200 \r\ncontent-encoding: br\r\nset-cookie: a=1\r\nset-cookie: b=2\r\n\r\n{\"ok\":true}"
    );
    assert_eq!(
        response.undecidable,
        ["the body was sent in a content coding and recorded without it"]
    );
}

#[test]
fn a_recording_of_firefox() {
    let entry = entries(&format!("\u{feff}{FIREFOX}")).unwrap().remove(0);
    assert!(FIREFOX[entry.offset - 3..].starts_with("{\n \"startedDateTime\""));
    let expected = "GET /a.png HTTP/1.1\r\nHost: img.example\r\nAccept: image/*\r\n\r\n";
    assert_eq!(shown(&entry.request), expected);
    assert_eq!(entry.request.undecidable, [""; 0]);
    let response = entry.response.unwrap();
    assert!(response.bytes.ends_with(b"\r\n\r\n\x89PN\xff"));
    assert_eq!(response.undecidable, [""; 0]);
}

#[test]
fn says_what_the_recording_does_not_tell() {
    let host = json!({ "name": "Host", "value": "x" });
    let request = |more: serde_json::Value| {
        let mut request = json!({ "method": "POST", "url": "https://x/", "headers": [host] });
        let fields = more.as_object().unwrap().clone();
        request.as_object_mut().unwrap().extend(fields);
        let message = only(request, json!(null)).request;
        [message.undecidable, message.unreliable].concat()
    };
    let with = |name: &str, value: &str| json!([host, { "name": name, "value": value }]);
    let table = [
        (json!({ "headers": [] }), "the recording has no `Host`"),
        (json!({ "headers": [] }), "the recording has no fields"),
        (
            json!({ "cookies": [{ "name": "a" }] }),
            "cookies but no `Cookie`",
        ),
        (
            json!({ "bodySize": 5 }),
            "`bodySize` says 5 bytes, the recorded body has 0",
        ),
        (json!({ "bodySize": 5.0 }), "`bodySize` says 5 bytes"),
        (
            json!({ "postData": { "params": [{ "name": "a" }] } }),
            "`postData` has no `text`",
        ),
        (
            json!({ "postData": { "text": "abc" }, "bodySize": 9 }),
            "`bodySize` says 9 bytes, the recorded body has 3",
        ),
        (
            json!({ "postData": { "text": "abc" }, "headers": with("content-length", "4") }),
            "`Content-Length` says 4 bytes, the recorded body has 3",
        ),
        (
            json!({ "headers": with("content-length", "4") }),
            "`Content-Length` says 4 bytes, the recorded body has 0",
        ),
        (
            json!({ "postData": { "text": "abc" }, "headers": with("Content-Encoding", "gzip") }),
            "content coding",
        ),
        (
            json!({ "postData": { "text": "a\u{fffd}" } }),
            "replacement characters",
        ),
        (
            json!({ "postData": { "text": "é", "mimeType": "text/plain; charset=iso-8859-1" } }),
            "another encoding than UTF-8",
        ),
        (
            json!({ "postData": { "text": "?", "encoding": "base64" } }),
            "says that it is base64 and is not",
        ),
        (
            json!({ "postData": { "text": "a", "encoding": "rot13" } }),
            "an encoding that is not known",
        ),
        (json!({ "headers": with("x", "é") }), "`x` holds characters"),
        (json!({ "url": "https://x/é" }), "the URL holds characters"),
    ];
    for (more, expected) in table {
        let reasons = request(more.clone());
        let said = reasons.iter().any(|reason| reason.contains(expected));
        assert!(said, "{more}: {reasons:?}");
    }
    let whole = json!({ "postData": { "text": "abc" }, "bodySize": 3, "headers": with("content-length", "3") });
    assert_eq!(request(whole), [""; 0]);
    let lost = json!({ "status": 200, "headers": [host], "content": { "size": 7 } });
    let response = only(
        json!({ "method": "GET", "url": "http://x", "headers": [host] }),
        lost,
    );
    let reasons = response.response.unwrap().unreliable;
    assert_eq!(
        reasons,
        ["`content` has no `text`: the body was not recorded"]
    );
}

type Headers = &'static [(&'static str, &'static str)];

#[test]
fn what_contradicts_itself_is_unreliable() {
    let request = |url: &str, headers: &[(&str, &str)]| {
        let headers = headers.iter();
        let headers: Vec<_> = headers
            .map(|(name, value)| json!({ "name": name, "value": value }))
            .collect();
        let request = json!({ "method": "GET", "url": url, "headers": headers });
        only(request, json!(null)).request.unreliable
    };
    let table: [(&str, Headers, &str); 9] = [
        (
            "https://a.example/",
            &[("Host", "b.example")],
            "the URL's host and `Host`",
        ),
        (
            "https://a.example/",
            &[(":authority", "b.example")],
            "the URL's host and `:authority`",
        ),
        (
            "https://a.example/",
            &[("Host", "a.example"), (":authority", "b.example")],
            "`Host` and `:authority`",
        ),
        (
            "https://a.example:8443/",
            &[("Host", "a.example")],
            "the URL's host and `Host`",
        ),
        (
            "https://a.example:80/",
            &[("Host", "a.example")],
            "the URL's host and `Host`",
        ),
        (
            "https://a.example/x",
            &[("Host", "a.example"), (":path", "/y")],
            "the URL's path and `:path`",
        ),
        (
            "https://a.example/",
            &[("Host", "a.example"), (":method", "PUT")],
            "the method and `:method`",
        ),
        (
            "https://a.example/",
            &[("Host", "a.example"), (":scheme", "http")],
            "the URL's scheme and `:scheme`",
        ),
        (
            "https://a.example/",
            &[("Host", "")],
            "the URL's host and `Host`",
        ),
    ];
    for (url, headers, expected) in table {
        let reasons = request(url, headers);
        let said = reasons.contains(&format!("{expected} differ in the recording"));
        assert!(said, "{url} {headers:?}: {reasons:?}");
    }
    let same: [(&str, Headers); 4] = [
        ("https://a.example/", &[("Host", "A.example:443")]),
        ("http://a.example:80/", &[("Host", "a.example")]),
        ("https://[::1]/", &[("Host", "[::1]:443")]),
        (
            "https://a.example/é",
            &[(":authority", "a.example"), (":path", "/%C3%A9")],
        ),
    ];
    for (url, headers) in same {
        assert_eq!(request(url, headers), [""; 0], "{url} {headers:?}");
    }
    let host = json!({ "name": "Host", "value": "x" });
    let asked = json!({ "method": "GET", "url": "http://x", "headers": [host] });
    let status = json!([{ "name": ":status", "value": "500" }]);
    let answer = json!({ "status": 200, "headers": status, "content": { "size": 0, "text": "" } });
    assert_eq!(
        only(asked, answer).response.unwrap().unreliable,
        ["the status and `:status` differ in the recording"]
    );
}

#[test]
fn responses_without_a_body_tell_a_length_all_the_same() {
    let host = json!({ "name": "Host", "value": "x" });
    let length = json!({ "name": "Content-Length", "value": "90" });
    for (method, status) in [("HEAD", 200), ("GET", 304), ("PUT", 204)] {
        let entry = only(
            json!({ "method": method, "url": "http://x", "headers": [host] }),
            json!({ "status": status, "headers": [length], "content": { "size": 0 }, "bodySize": 0 }),
        );
        let response = entry.response.unwrap();
        assert_eq!(response.undecidable, [""; 0], "{method}");
        assert_eq!(response.unreliable, [""; 0], "{method}");
    }
}

#[test]
fn defects_are_located_and_repeat_no_value() {
    let with = |entry: &str| format!("{{\"log\":{{\"entries\":[{entry}]}}}}");
    let table = [
        ("{".to_owned(), "the text ends too early at byte 1"),
        ("[]".to_owned(), "no `log` at byte 0"),
        (
            r#"{"log":{"entries":{}}}"#.to_owned(),
            "`entries` is a mapping, not a list at byte 18",
        ),
        (with("{}"), "no `request` at byte 19"),
        (
            with(r#"{"request":{"url":1}}"#),
            "`url` is a number, not a string at byte 37",
        ),
        (
            with(r#"{"request":{"url":"ftp://hunter2@x"}}"#),
            "the URL is not",
        ),
        (
            with(r#"{"request":{"url":"http://hunter2@"}}"#),
            "the URL is not",
        ),
        (
            with(r#"{"request":{"url":"http://x","method":"A B"}}"#),
            "the method is not a token at byte 57",
        ),
        (
            with(
                r#"{"request":{"url":"http://x","method":"A","headers":[{"name":"Cookie","value":"hunter2\r\nX: y"}]}}"#,
            ),
            "a field that no message can hold at byte 72",
        ),
        (
            with(r#"{"request":{"url":"http://x","url":"http://y"}}"#),
            "a name that stands twice in one object at byte 48",
        ),
        (
            with(
                r#"{"request":{"url":"http://x","method":"A","headers":[]},"response":{"status":7}}"#,
            ),
            "the status is not",
        ),
        (
            with("1,".repeat(MAX_ENTRIES + 1).trim_end_matches(',')),
            "more than 10000 entries at byte 20019",
        ),
    ];
    for (text, expected) in table {
        let error = entries(&text).unwrap_err();
        let shown = error.to_string();
        assert!(shown.contains(expected), "{expected}: {shown}");
        assert!(!format!("{error:?} {shown}").contains("hunter2"));
    }
    let secret = CHROME.replace("application/json", "hunter2");
    assert!(!format!("{:?}", entries(&secret).unwrap()).contains("hunter2"));
}

#[test]
fn a_transfer_coding_is_left_out_and_a_failed_request_has_no_response() {
    let entry = only(
        json!({ "method": "GET", "url": "http://x?q", "headers": [
            { "name": "Host", "value": "x" }, { "name": "Transfer-Encoding", "value": "chunked" }] }),
        json!({ "status": 0, "headers": [] }),
    );
    assert_eq!(shown(&entry.request), "GET /?q HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_eq!(entry.request.notes.len(), 1);
    assert_eq!(entry.response, None);
}

fn fields() -> impl Strategy<Value = Vec<(String, String)>> {
    let name = "[A-Za-z][A-Za-z0-9-]{0,8}".prop_filter("has a meaning", |name| {
        let name = name.to_ascii_lowercase();
        !["host", "transfer-encoding", "content-length", "set-cookie"].contains(&name.as_str())
    });
    let value = "[ -~]{0,12}".prop_map(|value: String| value.trim().to_owned());
    prop::collection::vec((name, value), 1..6)
}

fn as_parts(fields: &[(String, String)]) -> Vec<(&str, &[u8])> {
    let parts = fields.iter();
    parts
        .map(|(name, value)| (name.as_str(), value.as_bytes()))
        .collect()
}

fn expected(first: &str, fields: &[(&str, &[u8])], body: &[u8]) -> Vec<u8> {
    let mut expected = format!("{first}\r\n").into_bytes();
    for (name, value) in fields {
        expected.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
    }
    expected.extend_from_slice(b"\r\n");
    expected.extend_from_slice(body);
    expected
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(
        target in "/[!-\"$-~]{0,16}",
        request_fields in fields(),
        response_fields in fields(),
        bodies in prop::array::uniform2(prop_oneof![
            prop::collection::vec(any::<u8>(), 0..40), ".{0,20}".prop_map(String::into_bytes)
        ]),
    ) {
        let mut fields = vec![("Host", b"x.example".as_slice())];
        fields.extend(as_parts(&request_fields));
        let request = RequestParts {
            scheme: UriScheme::Http,
            authority: "x.example",
            method: "PUT",
            target: &target,
            fields: &fields,
            body: &bodies[0],
        };
        let of_response = as_parts(&response_fields);
        let response = ResponseParts { status: 418, reason: "I'm a teapot", fields: &of_response, body: &bodies[1] };
        let started = Timestamp::from_unix(1_800_000_000).unwrap();
        let har = write_har(&request, Some(&response), started).unwrap();
        let entry = entries(&har.to_string()).unwrap().remove(0);
        prop_assert_eq!(entry.scheme, UriScheme::Http);
        prop_assert_eq!(entry.request.undecidable, [""; 0]);
        let line = format!("PUT {target} HTTP/1.1");
        prop_assert_eq!(entry.request.bytes, expected(&line, &fields, &bodies[0]));
        let read = entry.response.unwrap();
        prop_assert_eq!(read.undecidable, [""; 0]);
        prop_assert_eq!(read.bytes, expected("HTTP/1.1 418 I'm a teapot", &of_response, &bodies[1]));
    }
}

#[test]
fn what_a_har_cannot_hold_is_not_written() {
    let started = Timestamp::from_unix(1_800_000_000).unwrap();
    let parts = RequestParts {
        scheme: UriScheme::Https,
        authority: "x",
        method: "GET",
        target: "/",
        fields: &[("X", b"\xff")],
        body: b"",
    };
    let error = write_har(&parts, None, started).unwrap_err();
    assert_eq!(error, HarWriteError::FieldNotText("X".into()));
    let (target, fields) = ("*", &[] as &[(&str, &[u8])]);
    let error = write_har(&RequestParts { target, ..parts }, None, started).unwrap_err();
    assert_eq!(error, HarWriteError::Target);
    let har = write_har(&RequestParts { fields, ..parts }, None, started).unwrap();
    let entry = entries(&har.to_string()).unwrap().remove(0);
    assert_eq!(entry.response, None);
}
