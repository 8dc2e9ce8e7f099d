//! A saved HTTP message: read, edited, and verified without a key.

#![no_main]

use countersign::kernel::source::Source;
use countersign::kernel::time::{Leeway, Timestamp};
use countersign::request::{
    Context, Edit, Exchange, Message, Policy, Scheme, UriScheme, Window,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(source) = Source::new("fuzz", bytes.to_vec()) else {
        return;
    };
    let Ok(message) = Message::parse(&source) else {
        return;
    };
    let content = message.content().expect("no stream");
    // What is left over, or taken off, is forgiven aloud or a transfer coding.
    let coded = message.values("transfer-encoding").next().is_some();
    assert!(bytes.ends_with(content) || coded || !message.forgiven.is_empty());
    let mut edit = Edit::default();
    edit.add("X-Fuzz", "1");
    if let Ok(edited) = message.edited(&edit) {
        assert_eq!(edited.fields.len(), message.fields.len() + 1);
        assert_eq!(edited.content().map(<[u8]>::len), Some(content.len()));
    }
    let policy = Policy::new(Window {
        now: Timestamp::from_unix(1_800_000_000).expect("a time of the calendar"),
        max_age: None,
        leeway: Leeway::default(),
    });
    let context = Context::new(UriScheme::Https);
    let exchange = Exchange::new(&message, &context);
    for verdict in Scheme::Rfc9421.verify(exchange, &[], &policy).unwrap_or_default() {
        assert!(!verdict.is_accepted(), "nobody's key makes no valid MAC");
        assert!(!verdict.reasons().is_empty());
    }
});
