//! Our YAML reader against the port of libyaml, on every manifest of the corpora.

use countersign::kernel::document::{Node, Value};
use countersign::kernel::source::Source;
use countersign::kernel::yaml::parse_stream;
use serde_yaml::Value as Other;

use super::{corpus, files};

#[test]
fn our_reader_and_libyaml_read_the_same() {
    let Some(folder) = corpus("manifests") else {
        return;
    };
    let (mut documents, mut exact, mut refused, mut bytes) = (0, 0, 0, 0);
    let files = files(&folder, &["yaml", "yml"]);
    for file in &files {
        let content = std::fs::read(file).unwrap();
        bytes += content.len();
        let source = Source::new(file.display().to_string(), content).unwrap();
        for document in parse_stream(&source).documents {
            documents += 1;
            let Ok(document) = document else {
                refused += 1;
                println!("refused: {}: {}", source.name(), document.unwrap_err());
                continue;
            };
            exact += usize::from(document.exact_spans);
            if !document.exact_spans {
                println!("second engine: {}", source.name());
            }
            compare_document(&source, &document.root);
        }
    }
    println!(
        "{} files, {bytes} bytes, {documents} documents, {exact} exact, {refused} refused",
        files.len()
    );
    assert!(
        documents > 1000,
        "the corpus shrank to {documents} documents"
    );
    assert_eq!(exact + refused, documents, "the second engine was needed");
}

/// Reads the bytes of the root again with the other engine. The span starts at a line's first token, so the
/// indentation before it is put back.
fn compare_document(source: &Source, root: &Node) {
    let text = source.text().unwrap();
    let start = root.span.start as usize;
    let indent = start - text[..start].rfind('\n').map_or(0, |at| at + 1);
    let padding = if text[..start].ends_with('\u{feff}') {
        0
    } else {
        indent
    };
    let chunk = format!("{}{}\n", " ".repeat(padding), &text[root.span.range()]);
    match serde_yaml::from_str::<Other>(&chunk) {
        Ok(theirs) => {
            let place = format!("{}:{}", source.name(), source.position(root.span.start));
            compare(source, root, &theirs, &place);
        }
        Err(error) if error.to_string().contains("duplicate entry") => {}
        Err(error) => panic!("{}: only ours accepts: {error}\n{chunk}", source.name()),
    }
}

fn compare(source: &Source, ours: &Node, theirs: &Other, place: &str) {
    match (&ours.value, theirs) {
        (Value::Sequence(a), Other::Sequence(b)) => {
            assert_eq!(a.len(), b.len(), "{place}");
            for (index, (a, b)) in a.iter().zip(b).enumerate() {
                compare(source, a, b, &format!("{place}/{index}"));
            }
        }
        (Value::Mapping(a), Other::Mapping(b)) => {
            assert_eq!(a.len(), b.len(), "{place}");
            for (entry, (key, value)) in a.iter().zip(b) {
                let place = format!("{place}/{}", entry.key);
                if let Other::String(key) = key {
                    let written = String::from_utf8_lossy(source.slice(entry.key_span));
                    assert!(*key == entry.key || *key == written, "{place}");
                }
                compare(source, &entry.value, value, &place);
            }
        }
        (Value::String(a), Other::String(b)) => assert_eq!(a.trim_end(), b.trim_end(), "{place}"),
        (Value::Null, Other::Null) => {}
        (Value::Bool(a), Other::Bool(b)) => assert_eq!(a, b, "{place}"),
        (Value::Number(a), Other::Number(b)) => assert_eq!(Some(a.float), b.as_f64(), "{place}"),
        // What only YAML 1.1 resolves: booleans such as `yes`, octal such as `0644`.
        (Value::Bool(_) | Value::Number(_), Other::String(text)) => {
            assert_eq!(text.as_bytes(), source.slice(ours.span), "{place}");
        }
        (ours, theirs) => panic!("{place}: {ours:?} is not {theirs:?}"),
    }
}
