//! A `curl` command line: read, and what was read of it is one line for each field.

#![no_main]

use countersign::request::curl;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|line: &str| {
    let read_file = |name: &str| match name {
        "f" => Ok(b"a\r\nb=c&d".to_vec()),
        _ => Err("no such file".to_owned()),
    };
    let Ok(parsed) = curl::parse(line, &read_file) else {
        return;
    };
    let head = parsed
        .message
        .windows(4)
        .position(|four| four == b"\r\n\r\n");
    let head = &parsed.message[..head.expect("a head ends")];
    let lines = head.split(|byte| *byte == b'\n');
    for line in lines.map(|line| line.strip_suffix(b"\r").unwrap_or(line)) {
        assert!(!line.is_empty() && !line.contains(&b'\r') && !line.contains(&0));
    }
});
