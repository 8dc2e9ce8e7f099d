//! Any bytes give a stream of documents, and every span lies inside the input.

#![no_main]

use countersign::kernel::document::{Node, Value};
use countersign::kernel::source::Source;
use countersign::kernel::yaml;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(source) = Source::new("fuzz", bytes.to_vec()) else {
        return;
    };
    for document in yaml::parse_stream(&source).documents {
        match document {
            Ok(document) => inside(&document.root, bytes.len()),
            Err(error) => {
                assert!(error.document.end as usize <= bytes.len());
                assert!(!error.message.is_empty());
            }
        }
    }
});

fn inside(node: &Node, length: usize) {
    assert!(node.span.start <= node.span.end && node.span.end as usize <= length);
    match &node.value {
        Value::Mapping(entries) => entries
            .iter()
            .for_each(|entry| inside(&entry.value, length)),
        Value::Sequence(items) => items.iter().for_each(|item| inside(item, length)),
        _ => {}
    }
}
