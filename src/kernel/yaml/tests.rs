//! What the reader accepts, what it means, and where it is.

use super::*;
use crate::kernel::document::{Node, Value};

fn stream(text: &str) -> (Arc<Source>, Stream) {
    let source = Source::new("x.yaml", text.as_bytes().to_vec()).unwrap();
    let stream = parse_stream(&source);
    (source, stream)
}

fn document(text: &str) -> Document {
    let (_, mut stream) = stream(text);
    assert_eq!(stream.documents.len(), 1, "{text:?}");
    stream.documents.remove(0).unwrap()
}

fn exact(text: &str) -> serde_json::Value {
    let document = document(text);
    assert!(document.exact_spans, "our own reader refuses {text:?}");
    document.root.to_json()
}

fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn reads_what_kubectl_reads() {
    let cases = [
        ("a: 1\nb: x y\n", r#"{"a":1,"b":"x y"}"#),
        ("a:\n- 1\n- 2\nb:\n  - x\n", r#"{"a":[1,2],"b":["x"]}"#),
        (
            "- - 1\n  - 2\n-\n  - 3\n- a: 1\n  b: 2\n",
            r#"[[1,2],[3],{"a":1,"b":2}]"#,
        ),
        ("a:\t1\t# c\n", r#"{"a":1}"#),
        (
            "a: [\n  1,\n  2\n]\nb: {c: d\n}\n",
            r#"{"a":[1,2],"b":{"c":"d"}}"#,
        ),
        ("a:\n  b: [x,\nz\n]\n", r#"{"a":{"b":["x","z"]}}"#),
        ("a:\n  b: \"x\ny\n\n z\"\n", r#"{"a":{"b":"x y\nz"}}"#),
        ("a: x\n  y\n\n  z # c\n", r#"{"a":"x y\nz"}"#),
        (
            "a: |\n  x\n   y\n\n  z\n\nb: 1",
            r#"{"a":"x\n y\n\nz\n","b":1}"#,
        ),
        ("a: |-\n  x\n\nb: |+\n  x\n\n", r#"{"a":"x","b":"x\n\n"}"#),
        (
            "a: >\n  x\n  y\n\n  z\n   w\n  v\n",
            r#"{"a":"x y\nz\n w\nv\n"}"#,
        ),
        ("a: |2\n   x\n", r#"{"a":" x\n"}"#),
        ("a: |\n  x", r#"{"a":"x"}"#),
        ("a: |\nb: 1\n", r#"{"a":"","b":1}"#),
        (
            "a: 'it''s'\nb: \"\\u00e9\\n\\x41\"\n",
            r#"{"a":"it's","b":"é\nA"}"#,
        ),
        ("a: \"x\\\n   y\"\n", r#"{"a":"xy"}"#),
        (
            "a:\r\n  b: c\r\n  d: |\r\n    e\r\n",
            r#"{"a":{"b":"c","d":"e\n"}}"#,
        ),
        ("a: &x\n  b: 1\nc: *x\n", r#"{"a":{"b":1},"c":{"b":1}}"#),
        ("a: &x 1\nb: [*x, *x]\n", r#"{"a":1,"b":[1,1]}"#),
        (
            "x: &x {b: 1, c: 2}\nz:\n  <<: *x\n  c: 3\n",
            r#"{"x":{"b":1,"c":2},"z":{"b":1,"c":3}}"#,
        ),
        (
            "a: !!str 1\nb: !x y\nc: !!int \"3\"\n",
            r#"{"a":"1","b":"y","c":3}"#,
        ),
        (
            "a: \"yes\"\nb: yes\nc: 0644\nd: 2024-01-01\n",
            r#"{"a":"yes","b":true,"c":420,"d":"2024-01-01"}"#,
        ),
        ("8080:\n  mode: STRICT\n", r#"{"8080":{"mode":"STRICT"}}"#),
        (
            "a: http://x:80/y#z\nb: x:y\nc: -1x\nd: :x\n",
            r#"{"a":"http://x:80/y#z","b":"x:y","c":"-1x","d":":x"}"#,
        ),
        (
            "a:\nb: ~\nc: # nothing\n",
            r#"{"a":null,"b":null,"c":null}"#,
        ),
        ("\"a b\" : 1\n'c': 2\n", r#"{"a b":1,"c":2}"#),
        (
            "a: {b, c: , \"d\":1, e: [f: g]}\n",
            r#"{"a":{"b":null,"c":null,"d":1,"e":[{"f":"g"}]}}"#,
        ),
        ("- # c\n  a: 1\n# c\n- b\n", r#"[{"a":1},"b"]"#),
        ("a: b#c\n", r#"{"a":"b#c"}"#),
        ("{\"a\"\n: \"\\ud83d\\ude00\"}", r#"{"a":"😀"}"#),
        ("[a, b]", r#"["a","b"]"#),
        ("{\r\"a\":\r1}\r", r#"{"a":1}"#),
        ("plain words", r#""plain words""#),
    ];
    for (text, expected) in cases {
        assert_eq!(exact(text), json(expected), "{text:?}");
    }
}

#[test]
fn leaves_the_rare_to_the_other_engine() {
    for (text, expected) in [
        ("? a\n: b\n", r#"{"a":"b"}"#),
        ("a: 1\rb: yes\r", r#"{"a":1,"b":true}"#),
        ("- &x a: 1\n- *x\n", r#"[{"a":1},"a"]"#),
    ] {
        let document = document(text);
        assert!(!document.exact_spans, "{text:?}");
        assert_eq!(document.root.to_json(), json(expected), "{text:?}");
    }
}

#[test]
fn refuses_with_a_place_and_a_reason() {
    for (text, at, message) in [
        ("a: b: c\n", 4, "a mapping is not allowed here"),
        ("a: 1\n  b: 2\n", 8, "a key is not allowed inside a value"),
        ("a: \"x\n", 3, "this quote is never closed"),
        ("a: [1, 2\n", 9, "this `[` is never closed"),
        ("a: *x\n", 5, "the alias `*x` has no anchor before it"),
        ("a:\n\tb: 1\n", 3, "a tab cannot indent"),
        ("a\nb: 1\n", 3, "a key is not allowed inside"),
        ("a: @x\n", 3, "no value can start with this character"),
        ("a: 1\n b\nc\n", 8, "this key has no `:`"),
        ("? a\n? a\n", 0, "a key occurs twice"),
    ] {
        let (_, mut stream) = stream(text);
        let error = stream.documents.remove(0).unwrap_err();
        assert!(error.message.contains(message), "{text:?}: {error}");
        assert_eq!(error.span.start, at, "{text:?}: {error}");
    }
}

#[test]
fn one_bad_document_does_not_end_the_stream() {
    let (_, stream) = stream("a: 1\n---\n: [\n---\nb: 2\n--- x\nc: 3\n");
    let read: Vec<_> = stream.documents.iter().map(Result::is_ok).collect();
    assert_eq!(read, [true, false, true, false, true]);
}

#[test]
fn splits_by_lines_and_remarks_on_what_is_lost_elsewhere() {
    let (source, stream) =
        stream("\u{feff}--- # first\na: 1\n--- # second\nb: 2\n...\nc: 3\n---\n# only\n---\n\n");
    let kinds: Vec<_> = stream.remarks.iter().map(|remark| remark.kind).collect();
    assert_eq!(
        kinds,
        [
            RemarkKind::ByteOrderMark,
            RemarkKind::SeparatorWithComment,
            RemarkKind::TextAfterEnd
        ]
    );
    assert_eq!(source.slice(stream.remarks[1].span), b"--- # second");
    let roots: Vec<_> = stream
        .documents
        .iter()
        .map(|document| document.as_ref().unwrap().root.to_json().to_string())
        .collect();
    assert_eq!(roots, [r#"{"a":1}"#, r#"{"b":2}"#, "null"]);
}

#[test]
fn reads_a_stream_of_json_values() {
    let (_, stream) = stream("{\"a\":1}\n{\"a\":\n\t2}\n---\n{\"a\":3} x\n");
    let read: Vec<_> = stream.documents.iter().map(Result::is_ok).collect();
    assert_eq!(read, [true, true, true, false]);
}

#[test]
fn sees_duplicate_keys_with_both_places() {
    let text = "a: 1\nb: {c: 1, c: 2}\na: 3\n";
    let document = document(text);
    let seen: Vec<_> = document
        .duplicates
        .iter()
        .map(|d| (d.key.as_str(), d.first.start, d.second.start))
        .collect();
    assert_eq!(seen, [("c", 9, 15), ("a", 0, 21)]);
    assert_eq!(document.root.get("a").and_then(Node::as_i64), Some(3));
}

#[test]
fn a_merge_after_a_key_overrides_it_and_is_remarked() {
    let document = document("x: &x {b: 1}\nz:\n  b: 2\n  <<: *x\n");
    assert_eq!(document.duplicates.len(), 1);
    assert_eq!(
        document.root.at(&["z", "b"]).and_then(Node::as_i64),
        Some(1)
    );
}

#[test]
fn spans_are_the_bytes_of_keys_and_values() {
    let text = "# c\nmetadata:\n  name:  \"a b\"  # d\n  labels: {x: y}\nlist:\n- one two\n- |\n  z\nlast: 1";
    let document = document(text);
    let slice = |span: Span| &text[span.range()];
    let root = &document.root;
    let name = root
        .at(&["metadata"])
        .and_then(|m| m.entry("name"))
        .unwrap();
    assert_eq!(slice(name.key_span), "name");
    assert_eq!(slice(name.value.span), "\"a b\"");
    assert_eq!(
        slice(root.at(&["metadata", "labels"]).unwrap().span),
        "{x: y}"
    );
    assert_eq!(
        slice(root.get("metadata").unwrap().span),
        "name:  \"a b\"  # d\n  labels: {x: y}"
    );
    let list = root.get("list").unwrap();
    assert_eq!(slice(list.span), "- one two\n- |\n  z");
    assert_eq!(slice(list.as_sequence().unwrap()[0].span), "one two");
    assert_eq!(slice(list.as_sequence().unwrap()[1].span), "|\n  z");
    assert_eq!(slice(root.get("last").unwrap().span), "1");
    let comments: Vec<_> = document.comments.iter().map(|span| slice(*span)).collect();
    assert_eq!(comments, ["# c", "# d"]);
    let looked_ahead = self::document("a: [\"x\" # e\n]\n");
    assert_eq!(looked_ahead.comments.len(), 1);
}

#[test]
fn bounds_depth_and_aliases() {
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    let bomb = "a: &a [1,1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n\
                c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n\
                e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\n";
    let wide = format!("a: &a {}\nb: [{}]\n", "x".repeat(1 << 20), "*a,".repeat(64));
    for (text, reason) in [
        (deep.as_str(), "collections nest deeper"),
        (bomb, "mostly aliases"),
        (wide.as_str(), "aliases repeat more than"),
    ] {
        let (_, mut stream) = stream(text);
        let error = stream.documents.remove(0).unwrap_err();
        assert!(error.message.contains(reason), "{error}");
    }
}

#[test]
fn bounds_the_documents_of_a_stream() {
    for text in [
        "a\n---\n".repeat(MAX_DOCUMENTS + 5),
        "{}".repeat(MAX_DOCUMENTS + 5),
    ] {
        let (_, stream) = stream(&text);
        assert_eq!(stream.documents.len(), MAX_DOCUMENTS + 1);
        let error = stream.documents.last().unwrap().as_ref().unwrap_err();
        assert!(
            error.message.contains("more than 100000 documents"),
            "{error}"
        );
    }
}

#[test]
fn names_bytes_that_are_not_text() {
    for (bytes, reason) in [(&b"a: \xff\n"[..], "not UTF-8"), (b"\xff\xfea\0", "UTF-16")] {
        let source = Source::new("x", bytes.to_vec()).unwrap();
        let error = parse_stream(&source).documents.remove(0).unwrap_err();
        assert!(error.message.contains(reason), "{error}");
    }
    let (_, stream) = stream("");
    assert!(stream.documents.is_empty());
}

/// Every span of the tree is inside the source and cuts characters whole.
pub(crate) fn assert_spans_hold(text: &str, node: &Node) {
    assert!(text.get(node.span.range()).is_some(), "{:?}", node.span);
    match &node.value {
        Value::Sequence(items) => items.iter().for_each(|item| assert_spans_hold(text, item)),
        Value::Mapping(entries) => {
            for entry in entries {
                assert!(text.get(entry.key_span.range()).is_some());
                assert_spans_hold(text, &entry.value);
            }
        }
        _ => {}
    }
}

mod properties {
    use proptest::prelude::*;

    use super::*;

    /// Words and signs that YAML is made of, so that random texts often parse.
    fn yaml_like() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            4 => prop::sample::select(vec![
                "a", "b", ": ", ":\n", "\n", "\n  ", "\n    ", "- ", "\n- ", "\n  - ", "x y", " ", "1", "yes",
            ]),
            2 => prop::sample::select(vec![
                "\"", "'", "[", "]", "{", "}", ", ", ",", "#", " # c", "|", ">", "|-\n", ">+\n", "|2", "~", "é", "\\",
                "\\n", "\t", "\r\n", "''", "?", "? ", "-", ":", "\n\n", "<<: ", "!!str ",
            ]),
            1 => prop::sample::select(vec![
                "&a ", "*a", "*a ", "\n---\n", "\n...\n", "!x ", "%", "@", "`", "\u{feff}", "\u{85}", "\r", "\0", "0644",
            ]),
        ];
        prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2048, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_bytes_give_a_stream(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let source = Source::new("x", bytes).unwrap();
            let _ = parse_stream(&source);
        }

        #[test]
        fn spans_stay_in_bounds(text in yaml_like()) {
            let (source, stream) = stream(&text);
            for document in stream.documents {
                match document {
                    Ok(document) => assert_spans_hold(&text, &document.root),
                    Err(error) => {
                        prop_assert!(error.span.end as usize <= source.bytes().len());
                        prop_assert!(error.document.end as usize <= source.bytes().len());
                    }
                }
            }
        }

        /// What our reader accepts, the port of libyaml accepts with the same meaning.
        #[test]
        fn agrees_with_the_port_of_libyaml(text in yaml_like()) {
            let mut reader = reader::Reader::new(&text, 0, text.len());
            let splits = text.contains("---") || text.contains("...") || text.starts_with('\u{feff}');
            if splits {
                return Ok(());
            }
            if let Ok(root) = reader.document() {
                if !reader.duplicates.is_empty() || text.contains("<<") || text.contains('!') {
                    return Ok(());
                }
                let other = serde_yaml::from_str::<serde_yaml::Value>(&text);
                match other {
                    Ok(other) => prop_assert!(same(&text, &root, &other), "{text:?}\nours {root:?}\ntheirs {other:?}"),
                    Err(error) => prop_assert!(false, "{text:?}: only ours accepts: {root:?}; {error}"),
                }
            }
        }
    }

    fn same(text: &str, ours: &Node, theirs: &serde_yaml::Value) -> bool {
        use serde_yaml::Value as Other;
        match (&ours.value, theirs) {
            (Value::Sequence(a), Other::Sequence(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(text, a, b))
            }
            (Value::Mapping(a), Other::Mapping(b)) => {
                a.len() == b.len()
                    && a.iter().zip(b).all(|(a, (key, value))| {
                        let key_text = &text[a.key_span.range()];
                        let same_key = match key {
                            Other::String(key) => *key == a.key || key == key_text,
                            _ => true,
                        };
                        same_key && same(text, &a.value, value)
                    })
            }
            (Value::String(a), Other::String(b)) => a == b,
            (Value::Sequence(_) | Value::Mapping(_), _)
            | (_, Other::Sequence(_) | Other::Mapping(_)) => false,
            (Value::String(a), other) => {
                // Resolved otherwise: dates and the like.
                serde_yaml::from_str::<Other>(a).is_ok_and(|value| value == *other)
            }
            (_, Other::String(b)) => resolve::plain(b.as_str().into()).kind_eq(&ours.value),
            (Value::Null, other) => other.is_null(),
            (Value::Bool(a), other) => other.as_bool() == Some(*a),
            (Value::Number(a), other) => other
                .as_f64()
                .is_some_and(|b| b == a.float || a.float.is_nan()),
        }
    }

    trait KindEq {
        fn kind_eq(&self, other: &Self) -> bool;
    }

    impl KindEq for Value {
        fn kind_eq(&self, other: &Self) -> bool {
            std::mem::discriminant(self) == std::mem::discriminant(other)
        }
    }
}
