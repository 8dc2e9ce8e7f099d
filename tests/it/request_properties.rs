//! Properties of structured fields and of signatures, over generated values.

use proptest::prelude::*;

use countersign::kernel::crypto::SystemRandom;
use countersign::kernel::key::{Curve, Key, Material, generate_ec, generate_ed25519};
use countersign::kernel::secret::Secret;
use countersign::kernel::source::Source;
use countersign::kernel::time::{Leeway, Timestamp};
use countersign::request::component::Component;
use countersign::request::rfc9421::{SignOptions, sign};
use countersign::request::structured_field::{
    BareItem, Dictionary, InnerList, Item, Member, Parameters, Text, parse_dictionary, parse_item,
    parse_list, serialize_dictionary, serialize_item, serialize_list,
};
use countersign::request::{
    Algorithm, Context, Exchange, Message, Policy, Scheme, UriScheme, Verdict, Window,
};

fn key() -> impl Strategy<Value = String> {
    "[a-z*][a-z0-9_.*-]{0,7}"
}

fn bare() -> impl Strategy<Value = BareItem> {
    const MAX: i64 = 999_999_999_999_999;
    prop_oneof![
        (-MAX..=MAX).prop_map(BareItem::Integer),
        (-MAX..=MAX).prop_map(BareItem::Decimal),
        "[ -~]{0,12}".prop_map(|text| BareItem::String(text.into())),
        "[A-Za-z*][A-Za-z0-9:/!#$%&'*+.^_`|~-]{0,8}".prop_map(BareItem::Token),
        proptest::collection::vec(any::<u8>(), 0..12).prop_map(BareItem::Bytes),
        any::<bool>().prop_map(BareItem::Boolean),
        (-MAX..=MAX).prop_map(BareItem::Date),
        "\\PC{0,8}".prop_map(BareItem::DisplayString),
    ]
}

fn parameters() -> impl Strategy<Value = Parameters> {
    proptest::collection::vec((key(), bare()), 0..4).prop_map(unique)
}

fn unique<T>(pairs: Vec<(String, T)>) -> Vec<(Text, T)> {
    let mut kept: Vec<(Text, T)> = Vec::new();
    for (key, value) in pairs {
        if kept.iter().all(|(known, _)| *known != key) {
            kept.push((key.into(), value));
        }
    }
    kept
}

fn item() -> impl Strategy<Value = Item> {
    (bare(), parameters()).prop_map(|(value, parameters)| Item { value, parameters })
}

fn member() -> impl Strategy<Value = Member> {
    let list = (proptest::collection::vec(item(), 0..4), parameters());
    prop_oneof![
        item().prop_map(Member::Item),
        list.prop_map(|(items, parameters)| Member::InnerList(InnerList { items, parameters })),
    ]
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(
        one in item(),
        list in proptest::collection::vec(member(), 1..5),
        members in proptest::collection::vec((key(), member()), 1..5),
    ) {
        let text = serialize_item(&one).unwrap();
        prop_assert_eq!(parse_item(text.as_bytes()).unwrap(), one);
        let text = serialize_list(&list).unwrap();
        prop_assert_eq!(parse_list(text.as_bytes()).unwrap(), list);
        let dictionary: Dictionary = unique(members);
        let text = serialize_dictionary(&dictionary).unwrap();
        prop_assert_eq!(parse_dictionary(text.as_bytes()).unwrap(), dictionary);
    }

    #[test]
    fn what_is_read_is_written_the_same_way_twice(text in "[ -~]{0,40}") {
        if let Ok(dictionary) = parse_dictionary(text.as_bytes()) {
            let once = serialize_dictionary(&dictionary).unwrap();
            let again = parse_dictionary(once.as_bytes()).unwrap();
            prop_assert_eq!(serialize_dictionary(&again).unwrap(), once);
        }
    }
}

/// What a message means, whatever its bytes are.
#[derive(Debug, PartialEq, Eq)]
struct Meaning {
    method: String,
    target: String,
    fields: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
}

fn meaning(message: &Message) -> Meaning {
    let field = |name: &str, value: &[u8]| {
        let name = name.to_ascii_lowercase();
        match name.as_str() {
            // RFC 9421 §2.2.3: the authority is in lower case, its default port left out.
            "host" => {
                let host = String::from_utf8(value.to_ascii_lowercase()).unwrap();
                let host = host.strip_suffix(":443").unwrap_or(&host);
                (name, host.as_bytes().to_vec())
            }
            // RFC 9651 §4.2: the signature's own fields are read, and the bits after the last byte are nobody's.
            "signature" | "signature-input" => {
                let members = parse_dictionary(value).unwrap();
                (name, serialize_dictionary(&members).unwrap().into_bytes())
            }
            _ => (name, value.to_vec()),
        }
    };
    let mut fields: Vec<_> = message
        .fields
        .iter()
        .map(|each| field(each.name(), each.value()))
        .collect();
    fields.sort();
    Meaning {
        method: message.method().unwrap().to_owned(),
        target: message.target().unwrap().to_owned(),
        fields,
        body: message.content().unwrap().to_vec(),
    }
}

fn keys() -> Vec<(Algorithm, Key)> {
    let random = SystemRandom::default();
    let private = |key| Key::bare(Material::Private(key));
    let secret = Secret::new(b"0123456789abcdef0123456789abcdef".to_vec());
    vec![
        (Algorithm::HmacSha256, Key::bare(Material::Secret(secret))),
        (
            Algorithm::Ed25519,
            private(generate_ed25519(&random).unwrap()),
        ),
        (
            Algorithm::EcdsaP256Sha256,
            private(generate_ec(Curve::P256, &random).unwrap()),
        ),
        (
            Algorithm::EcdsaP384Sha384,
            private(generate_ec(Curve::P384, &random).unwrap()),
        ),
    ]
}

fn accepted(message: &Message, key: &Key) -> bool {
    let mut policy = Policy::new(Window {
        now: Timestamp::from_unix(1_800_000_000).unwrap(),
        max_age: None,
        leeway: Leeway::default(),
    });
    policy.algorithms = None;
    let context = Context::new(UriScheme::Https);
    let exchange = Exchange::new(message, &context);
    let verdicts = Scheme::Rfc9421.verify(exchange, std::slice::from_ref(key), &policy);
    verdicts.is_ok_and(|verdicts| verdicts.iter().any(Verdict::is_accepted))
}

#[test]
fn a_flipped_bit_is_never_accepted_with_another_meaning() {
    let text = "PUT /a%2Fb/c?x=1&y=%20+ HTTP/1.1\r\nHost: Shop.example:443\r\nContent-Type: text/plain\r\n\
                X-List: a\r\nX-List: b, c\r\nContent-Length: 11\r\n\r\nhello world";
    let unsigned = Message::parse(&Source::new("m", text.into()).unwrap()).unwrap();
    let names = [
        "@method",
        "@authority",
        "@path",
        "@query",
        "content-type",
        "x-list",
        "content-length",
        "content-digest",
    ];
    let context = Context::new(UriScheme::Https);
    let (mut flips, mut neutral) = (0, 0);
    for (algorithm, key) in keys() {
        let options = SignOptions {
            label: "sig1".into(),
            components: names.map(|name| Component::parse(name).unwrap()).to_vec(),
            algorithm,
            created: Timestamp::from_unix(1_800_000_000),
            expires: None,
            nonce: Some("n".into()),
            key_id: Some("k".into()),
            tag: None,
            digests: vec!["sha-256"],
        };
        let exchange = Exchange::new(&unsigned, &context);
        let signed = sign(exchange, &key, &options, &SystemRandom::default()).unwrap();
        let whole = unsigned.edited(&signed.edit).unwrap();
        assert!(accepted(&whole, &key));
        let bytes = whole.source.bytes();
        // The public-key algorithms are slow without optimisation: one bit of a byte each.
        let step = if algorithm == Algorithm::HmacSha256 {
            1
        } else {
            13
        };
        for bit in (0..bytes.len() * 8).step_by(step) {
            let mut changed = bytes.to_vec();
            changed[bit / 8] ^= 1 << (bit % 8);
            let source = Source::new("m", changed).unwrap();
            let Ok(message) = Message::parse(&source) else {
                continue;
            };
            flips += 1;
            if accepted(&message, &key) {
                neutral += 1;
                assert_eq!(meaning(&message), meaning(&whole), "bit {bit}");
            }
        }
    }
    println!("{flips} flipped messages could be read, {neutral} of them mean the same");
    assert!(flips > 4000, "{flips}");
}
