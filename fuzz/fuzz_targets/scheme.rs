//! A scheme described in TOML, held against a message: read, located where it is wrong, and never accepting without a
//! key.

#![no_main]

use countersign::kernel::source::Source;
use countersign::kernel::time::{Leeway, Timestamp};
use countersign::request::sigv4::Expected;
use countersign::request::{
    Context, Exchange, Message, Policy, Scheme, UriScheme, Window, custom, goog4, tencent, webhooks,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&[u8], &[u8])| {
    let (description, message) = input;
    let source = |bytes: &[u8]| Source::new("fuzz", bytes.to_vec()).ok();
    let mut schemes = vec![
        Scheme::Sigv4(Expected::default()),
        Scheme::Goog4(goog4::Expected::default()),
        Scheme::Tencent(tencent::Expected::default()),
        Scheme::Aliyun,
        Scheme::Azure,
        Scheme::Cavage,
    ];
    schemes.extend(
        webhooks()
            .into_iter()
            .map(|each| Scheme::Webhook(Box::new(each))),
    );
    if let Some(source) = source(description) {
        match custom::parse(&source) {
            Ok(scheme) => schemes.push(Scheme::Webhook(Box::new(scheme))),
            Err(error) => assert!(error.span.range().end <= description.len().max(1)),
        }
    }
    let Some(Ok(message)) = source(message).map(|source| Message::parse(&source)) else {
        return;
    };
    let policy = Policy::new(Window {
        now: Timestamp::from_unix(1_800_000_000).expect("a time of the calendar"),
        max_age: None,
        leeway: Leeway::default(),
    });
    let context = Context::new(UriScheme::Https);
    for scheme in schemes {
        let verdicts = scheme.verify(Exchange::new(&message, &context), &[], &policy);
        for verdict in verdicts.unwrap_or_default() {
            assert!(!verdict.is_accepted());
        }
    }
});
