//! The examples of draft-cavage-http-signatures-12, appendix C: their signatures hold over our signature strings.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use countersign::kernel::key::{Key, Material, PublicKey, public_from_spki};
use countersign::kernel::source::Source;
use countersign::kernel::time::{Leeway, Timestamp};
use countersign::request::{
    Context, Exchange, Freshness, Message, Policy, UriScheme, Verdict, Window, cavage,
};

/// Sun, 05 Jan 2014 21:31:40 GMT
const NOW: i64 = 1_388_957_500;
const EXAMPLE: &str = "POST /foo?param=value&pet=dog HTTP/1.1\r\nHost: example.com\r\n\
    Date: Sun, 05 Jan 2014 21:31:40 GMT\r\nContent-Type: application/json\r\n\
    Digest: SHA-256=X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=\r\nContent-Length: 18\r\n\r\n\
    {\"hello\": \"world\"}";
/// 1024 bits.
const EXAMPLE_KEY: &str = "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDCFENGw33yGihy92pDjZQhl0C36rPJj+CvfSC8\
    +q28hxA161QFNUd13wuCTUcq0Qd2qsBe/2hFyc2DCJJg0h1L78+6Z4UMR7EOcpfdUE9Hf3m/hs+FUR45uBJeDK1HSFHD8bHKD6kv8FPG\
    fJTotc+2xjJwoYi+1hqp1fIekaxsyQIDAQAB";

fn verdict(field: &str, keys: &[Key]) -> Verdict {
    let text = EXAMPLE.replace("Content-Type", &format!("{field}\r\nContent-Type"));
    let message = Message::parse(&Source::new("draft", text.into_bytes()).unwrap()).unwrap();
    let policy = Policy::new(Window {
        now: Timestamp::from_unix(NOW).unwrap(),
        max_age: Some(Duration::from_secs(300)),
        leeway: Leeway::default(),
    });
    let context = Context::new(UriScheme::Https);
    cavage::verify(Exchange::new(&message, &context), keys, &policy).unwrap()
}

/// The examples' key is too short for the product, which says so; here it is held against ring itself.
#[test]
fn the_examples_of_the_draft_have_their_signature_strings() {
    let spki = STANDARD.decode(EXAMPLE_KEY).unwrap();
    let public = public_from_spki(&spki).unwrap();
    let PublicKey::Rsa { n, e } = public.clone() else {
        unreachable!("the example's key is RSA")
    };
    let components = ring::signature::RsaPublicKeyComponents { n, e };
    let algorithm = &ring::signature::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY;
    let table = [
        (
            "",
            "SjWJWbWN7i0wzBvtPl8rbASWz5xQW6mcJmn+ibttBqtifLN7Sazz6m79cNfwwb8DMJ5cou1s7uEGKKCs+FLEEaDV5lp7q25WqS+lav\
             g7T8hc0GppauB6hbgEKTwblDHYGEtbGmtdHgVCk9SuS13F0hZ8FD0k/5OxEPXe5WozsbM=",
        ),
        (
            "headers=\"(request-target) host date\",",
            "qdx+H7PHHDZgy4y/Ahn9Tny9V3GP6YgBPyUXMmoxWtLbHpUnXS2mg2+SbrQDMCJypxBLSPQR2aAjn7ndmw2iicw3HMbe8VfEdKFYRq\
             zic+efkb3nndiv/x1xSHDJWeSWkx3ButlYSuBskLu6kd9Fswtemr3lgdDEmn04swr2Os0=",
        ),
        (
            "headers=\"(request-target) host date content-type digest content-length\",",
            "vSdrb+dS3EceC9bcwHSo4MlyKS59iFIrhgYkz8+oVLEEzmYZZvRs8rgOp+63LEM3v+MFHB32NfpB2bEKBIvB1q52LaEUHFv120V01I\
             L+TAD48XaERZFukWgHoBTLMhYS2Gb51gWxpeIq8knRmPnYePbF5MOkR0Zkly4zKH7s1dE=",
        ),
    ];
    let keys = [Key::bare(Material::Public(public))];
    for (headers, signature) in table {
        let field = format!(
            "Authorization: Signature keyId=\"Test\",algorithm=\"rsa-sha256\",{headers}signature=\"{signature}\""
        );
        let verdict = verdict(&field, &keys);
        let text = verdict.signed.as_ref().unwrap().last_text();
        let bytes = STANDARD.decode(signature).unwrap();
        assert!(
            components.verify(algorithm, &text, &bytes).is_ok(),
            "{headers}"
        );
        assert!(!verdict.is_accepted());
        let created = Timestamp::from_unix(NOW);
        assert!(
            matches!(verdict.freshness, Freshness::Fresh { created: found, .. } if found == created)
        );
    }
}
