//! What each component is worth, and what has no value.

use super::*;
use crate::kernel::source::Source;
use crate::request::exchange::{Context, Exchange, UriScheme};
use crate::request::message::Message;
use crate::request::structured_field::FieldType;

fn message(text: &str) -> Message {
    let source = Source::new("m", text.as_bytes().to_vec()).unwrap();
    Message::parse(&source).unwrap()
}

fn context() -> Context {
    Context::new(UriScheme::Https)
}

fn value(head: &str, component: &str) -> Result<String, ComponentError> {
    let message = message(&format!("{head}\r\n\r\n"));
    let context = context();
    Values::new(Exchange::new(&message, &context)).get(&Component::parse(component)?)
}

#[test]
fn derived_components_follow_section_2_2() {
    let origin = "GET /p%20a//?q=a+b&x HTTP/1.1\r\nHost: Example.COM:443";
    let table = [
        ("@method", "GET"),
        ("@authority", "example.com"),
        ("@scheme", "https"),
        ("@path", "/p%20a//"),
        ("@query", "?q=a+b&x"),
        ("@request-target", "/p%20a//?q=a+b&x"),
        ("@target-uri", "https://example.com/p%20a//?q=a+b&x"),
        ("\"@query-param\";name=\"q\"", "a%20b"),
        ("\"@query-param\";name=\"x\"", ""),
    ];
    for (component, expected) in table {
        assert_eq!(
            value(origin, component).as_deref(),
            Ok(expected),
            "{component}"
        );
    }
    assert_eq!(value("GET /p HTTP/1.1", "@query").as_deref(), Ok("?"));
    let absolute = "GET http://www.example.com:8080?a HTTP/1.1";
    assert_eq!(value(absolute, "@path").as_deref(), Ok("/"));
    assert_eq!(
        value(absolute, "@authority").as_deref(),
        Ok("www.example.com:8080")
    );
    assert_eq!(value(absolute, "@scheme").as_deref(), Ok("http"));
    let ipv6 = "GET / HTTP/1.1\r\nHost: [::1]:443";
    assert_eq!(value(ipv6, "@authority").as_deref(), Ok("[::1]"));
}

#[test]
fn fields_are_joined_and_absence_is_an_error() {
    let head = "GET / HTTP/1.1\r\nA:  one \r\na: two\r\nEmpty:";
    assert_eq!(value(head, "a").as_deref(), Ok("one, two"));
    assert_eq!(value(head, "empty").as_deref(), Ok(""));
    assert!(matches!(value(head, "b"), Err(ComponentError::Absent(_))));
    assert!(matches!(
        value(head, "A"),
        Err(ComponentError::NotLowerCase(_))
    ));
}

#[test]
fn a_target_and_a_host_that_differ_are_a_conflict() {
    let check = |head: &str| check_target(&message(&format!("{head}\r\n\r\n")), &context());
    assert_eq!(check("GET / HTTP/1.1\r\nHost: a"), Ok(()));
    assert_eq!(check("GET / HTTP/1.1"), Ok(()));
    assert_eq!(check("GET https://A:443/ HTTP/1.1\r\nHost: a"), Ok(()));
    for head in [
        "GET https://b/ HTTP/1.1\r\nHost: a",
        "GET http://a/ HTTP/1.1\r\nHost: a",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: b",
    ] {
        assert!(check(head).is_err(), "{head}");
    }
}

#[test]
fn nothing_is_ignored() {
    let head = "GET http://a/?x=1&x=2 HTTP/1.1\r\nHost: b";
    assert!(matches!(
        value(head, "@status"),
        Err(ComponentError::WrongMessage { .. })
    ));
    assert!(matches!(
        value(head, "@signature-params"),
        Err(ComponentError::Unknown(_))
    ));
    assert!(matches!(
        value(head, "host;new"),
        Err(ComponentError::Parameter { .. })
    ));
    assert!(matches!(
        value(head, "@method;req"),
        Err(ComponentError::WrongMessage { .. })
    ));
    assert!(matches!(
        value(head, "@authority"),
        Err(ComponentError::AuthorityConflict { .. })
    ));
    let parameter = "\"@query-param\";name=\"x\"";
    assert!(matches!(
        value(head, parameter),
        Err(ComponentError::Repeated(_))
    ));
}

#[test]
fn fields_are_taken_whole_strictly_by_member_or_as_bytes() {
    let head = "GET / HTTP/1.1\r\nExample-Dict:  a=1,    b=2;x=1;y=2\r\nexample-dict: c=(a   b   c), d\r\n\
                Example-Header: value, with, lots\r\nExample-Header: of, commas\r\nPriority: u=1,  i";
    let context = Context {
        field_types: vec![("example-dict".into(), FieldType::Dictionary)],
        ..context()
    };
    let message = message(&format!("{head}\r\n\r\n"));
    let values = Values::new(Exchange::new(&message, &context));
    let get = |component: &str| values.get(&Component::parse(component).unwrap());
    for (component, expected) in [
        ("example-dict;sf", "a=1, b=2;x=1;y=2, c=(a b c), d"),
        ("example-dict;key=\"b\"", "2;x=1;y=2"),
        ("example-dict;key=\"c\"", "(a b c)"),
        ("example-dict;key=\"d\";sf", "?1"),
        (
            "example-header;bs",
            ":dmFsdWUsIHdpdGgsIGxvdHM=:, :b2YsIGNvbW1hcw==:",
        ),
        ("priority;sf", "u=1, i"),
    ] {
        assert_eq!(get(component).as_deref(), Ok(expected), "{component}");
    }
    assert!(matches!(
        get("example-header;sf"),
        Err(ComponentError::UnknownFieldType(_))
    ));
    assert!(matches!(
        get("example-dict;key=\"e\""),
        Err(ComponentError::NoMember { .. })
    ));
}

#[test]
fn parameters_that_do_not_go_together_are_errors() {
    for text in [
        "a;bs;sf",
        "a;key=\"x\";bs",
        "a;sf=?0",
        "a;key=x",
        "@method;sf",
        "@path;tr",
        "@query-param",
        "@query-param;name=x",
        "\"@query-param\";name=\"%61\"",
        "\"@query-param\";name=\"a b\"",
        "\"@query-param\";name=\"%c3%a4\"",
        "a;name=\"x\"",
    ] {
        let error = Component::parse(text).unwrap_err();
        assert!(matches!(error, ComponentError::Parameter { .. }), "{text}");
    }
    let one = Component::parse("a;sf;req").unwrap();
    assert!(one.same_as(&Component::parse("a;req;sf").unwrap()));
    assert_eq!(one.identifier(), "\"a\";sf;req");
}

#[test]
fn trailers_and_the_request_of_a_response_are_apart() {
    let response = message(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nA: head\r\n\r\n0\r\nA: tail\r\n\r\n",
    );
    let request = message("POST /x?y HTTP/1.1\r\nHost: h\r\nA: asked\r\n\r\n");
    let context = context();
    let mut exchange = Exchange::new(&response, &context);
    let get = |exchange: Exchange<'_>, component: &str| {
        Values::new(exchange).get(&Component::parse(component).unwrap())
    };
    assert_eq!(get(exchange, "@status").as_deref(), Ok("200"));
    assert_eq!(get(exchange, "a").as_deref(), Ok("head"));
    assert_eq!(get(exchange, "a;tr").as_deref(), Ok("tail"));
    assert!(matches!(
        get(exchange, "a;req"),
        Err(ComponentError::NoRequest(_))
    ));
    exchange.request = Some(&request);
    assert_eq!(get(exchange, "a;req").as_deref(), Ok("asked"));
    assert_eq!(get(exchange, "@path;req").as_deref(), Ok("/x"));
    for wrong in ["@path", "@status;req"] {
        let error = get(exchange, wrong).unwrap_err();
        assert!(
            matches!(error, ComponentError::WrongMessage { .. }),
            "{wrong}: {error}"
        );
    }
}

#[test]
fn a_stated_authority_replaces_that_of_the_proxy() {
    let message = message("GET /a HTTP/1.1\r\nHost: backend:8080\r\n\r\n");
    let context = Context {
        authority: Some("Shop.example:443".into()),
        ..context()
    };
    let values = Values::new(Exchange::new(&message, &context));
    let get = |component: &str| values.get(&Component::parse(component).unwrap());
    assert_eq!(get("@authority").as_deref(), Ok("shop.example"));
    assert_eq!(get("@target-uri").as_deref(), Ok("https://shop.example/a"));
    assert_eq!(get("host").as_deref(), Ok("backend:8080"));
}

#[test]
fn a_query_that_holds_a_url_names_no_place() {
    let text = ":method: GET\n:scheme: https\n:authority: good.example\n:path: /r?u=https://z.example/\n\n";
    let message = message(text);
    let context = context();
    let values = Values::new(Exchange::new(&message, &context));
    let uri = values.get(&Component::parse("@target-uri").unwrap());
    assert_eq!(
        uri.as_deref(),
        Ok("https://good.example/r?u=https://z.example/")
    );
}

#[test]
fn what_is_stated_and_what_the_message_says_must_be_one_place() {
    let check = |text: &str, stated: Option<&str>| {
        let mut context = context();
        context.authority = stated.map(str::to_owned);
        check_target(&message(text), &context)
    };
    let absolute = "GET https://evil.example/x HTTP/1.1\nHost: evil.example\n\n";
    assert!(check(absolute, Some("good.example")).is_err());
    assert_eq!(check(absolute, Some("Evil.example:443")), Ok(()));
    let behind_a_proxy = "GET /x HTTP/1.1\nHost: backend\n\n";
    assert_eq!(check(behind_a_proxy, Some("good.example")), Ok(()));
    let two = ":method: GET\n:authority: good.example\n:path: https://evil.example/x\n\n";
    assert!(check(two, None).is_err());
}
