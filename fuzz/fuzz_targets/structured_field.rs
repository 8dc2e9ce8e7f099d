//! What parses can be written, and what was written parses to the same.

#![no_main]

use countersign::request::structured_field::{
    parse_dictionary, parse_item, parse_list, serialize_dictionary, serialize_item, serialize_list,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(dictionary) = parse_dictionary(bytes) {
        let text = serialize_dictionary(&dictionary).expect("what parses can be written");
        assert_eq!(parse_dictionary(text.as_bytes()), Ok(dictionary));
    }
    if let Ok(list) = parse_list(bytes) {
        // An empty list is no field at all (RFC 9651 §4.1).
        match serialize_list(&list) {
            Ok(text) => assert_eq!(parse_list(text.as_bytes()), Ok(list)),
            Err(error) => assert!(list.is_empty(), "{error}"),
        }
    }
    if let Ok(item) = parse_item(bytes) {
        let text = serialize_item(&item).expect("what parses can be written");
        assert_eq!(parse_item(text.as_bytes()), Ok(item));
    }
});
