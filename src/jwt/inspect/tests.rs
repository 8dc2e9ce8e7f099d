//! Damaged, unusual and nested tokens, taken apart as far as they go.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use proptest::prelude::*;

use super::*;

fn now() -> Timestamp {
    Timestamp::from_unix(1_717_000_000).unwrap()
}

fn b64(text: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(text)
}

fn messages(taken: &Dissection) -> Vec<&str> {
    taken
        .defects
        .iter()
        .map(|defect| defect.message.as_str())
        .collect()
}

#[test]
fn a_damaged_token_still_shows_what_decodes() {
    let header = STANDARD.encode(r#"{"alg":"ES256K","x":"~~~~"}"#);
    let claims = b64(r#"{"sub":"a","sub":"b"}"#);
    let taken = inspect(&format!("{header}.{claims}"), now());
    assert_eq!(taken.kind, Kind::Other(2));
    assert_eq!(taken.algorithm(), Some("ES256K"));
    assert_eq!(
        taken.claims.as_ref().unwrap().get("sub").unwrap().as_str(),
        Some("b")
    );
    let kinds: Vec<DefectKind> = taken.defects.iter().map(|defect| defect.kind).collect();
    assert_eq!(
        kinds,
        [DefectKind::Parts, DefectKind::Base64, DefectKind::Duplicate]
    );
}

#[test]
fn each_defect_is_named_at_its_byte() {
    let header = b64(r#"{"alg":"none"}"#);
    let typed = b64(r#"{"alg":"none","typ":"JWT"}"#);
    let table = [
        (
            format!("{header}.e3%%0."),
            "the payload is not base64url: the character '%' is outside the alphabet at byte 22, 2 in a row",
            22,
        ),
        (
            format!("{header}.e30=."),
            "the payload is not base64url: padding (`=`), which a token has not at byte 23",
            23,
        ),
        (
            format!("{header}.e31."),
            "the payload is not base64url: the last character has unused bits that are not zero at byte 22",
            22,
        ),
        (
            format!("{header}.e30A5."),
            "the payload is not base64url: the last character stands alone at byte 24",
            24,
        ),
        (
            format!("{header}.{}.", b64(b"{\"a\":\"\xff\"}")),
            "the payload is not UTF-8 from its byte 6 on, byte 28 of the token",
            28,
        ),
        (
            format!("{header}.{}.", b64("\u{feff}{}")),
            "the payload is not JSON: a byte order mark, which JSON forbids at byte 0 of it, byte 20 of the token",
            20,
        ),
        (
            format!("{header}.{}.", b64("{} x")),
            "the payload is not JSON: trailing characters after the value at byte 3 of it, byte 24 of the token",
            24,
        ),
        (
            format!("{typed}.{}.", b64("[1]")),
            "the payload is an array, not a JSON object",
            36,
        ),
        (
            format!("{header}.{}.", b64(r#"{"a":{"b":1,"b":2}}"#)),
            "the payload has the member `b` twice, again at its byte 12, byte 36 of the token",
            36,
        ),
    ];
    for (token, message, offset) in table {
        let taken = inspect(&token, now());
        assert_eq!(messages(&taken).first(), Some(&message), "{token}");
        assert_eq!(
            taken.defects.first().unwrap().offset,
            Some(offset),
            "{token}"
        );
    }
}

#[test]
fn claims_that_break_off_are_shown_up_to_there() {
    let whole = r#"{"iss":"a","deep":{"x":[1,2],"y":"\"}"},"exp":1717000000,"sub":"cut"}"#;
    for cut in 12..whole.len() - 1 {
        let token = format!("e30.{}.AAAA", b64(&whole[..cut]));
        let taken = inspect(&token, now());
        assert_eq!(taken.payload, Payload::Prefix, "{}", &whole[..cut]);
        let claims = taken.claims.as_ref().unwrap();
        assert_eq!(claims.get("iss").unwrap().as_str(), Some("a"));
        assert!(
            taken
                .defects
                .iter()
                .any(|defect| defect.kind == DefectKind::Json)
        );
    }
    let cut = &whole[..whole.len() - 1];
    let taken = inspect(&format!("e30.{}.AAAA", b64(cut)), now());
    let claims = taken.claims.unwrap();
    assert_eq!(
        json_text(&claims),
        r#"{"iss":"a","deep":{"x":[1,2],"y":"\"}"},"exp":1717000000}"#
    );
}

#[test]
fn numbers_and_duplicates_keep_their_text() {
    let text = r#"{"a":1.70e9,"a":12345678901234567890123,"b":-0}"#;
    let taken = inspect(&format!("e30.{}.AAAA", b64(text)), now());
    assert_eq!(json_text(&taken.claims.unwrap()), text);
}

#[test]
fn a_signature_that_its_algorithm_cannot_have_made_is_a_defect() {
    let sign = |alg: &str, signature: &[u8]| {
        let header = b64(format!(r#"{{"alg":"{alg}"}}"#));
        let taken = inspect(&format!("{header}.e30.{}", b64(signature)), now());
        messages(&taken).join("; ")
    };
    assert_eq!(sign("HS256", &[1; 32]), "");
    assert_eq!(sign("made-up", &[1; 3]), "");
    assert_eq!(sign("Ed448", &[1; 114]), "");
    assert_eq!(sign("ML-DSA-65", &[1; 3309]), "");
    assert_eq!(
        sign("HS256", &[]),
        "the signature is empty; the header says HS256"
    );
    assert_eq!(
        sign("ES512", &[1; 64]),
        "the signature has 64 bytes; one of ES512 has 132; it was cut, or belongs to another algorithm"
    );
    let mut der = vec![0x30, 68];
    der.extend([2; 68]);
    assert_eq!(
        sign("ES256", &der),
        "the signature has 70 bytes; one of ES256 has 64; it looks like DER, which JWS does not use"
    );
    assert!(sign("RS256", &[1; 64]).contains("256 at least"));
    assert!(sign("none", &[1; 3]).contains("one of none has 0"));
}

#[test]
fn an_encrypted_token_shows_its_header() {
    let header = b64(r#"{"alg":"dir","enc":"A256GCM"}"#);
    let (iv, tag) = (b64([0; 12]), b64([0; 16]));
    let taken = inspect(&format!("{header}..{iv}.AAAA.{tag}"), now());
    assert_eq!(taken.kind, Kind::Encrypted);
    assert!(taken.defects.is_empty(), "{:?}", taken.defects);
    let encryption = taken.encryption.unwrap();
    assert_eq!(encryption.sizes, [0, 12, 3, 16]);
    assert_eq!(encryption.content.unwrap().name, "A256GCM");
    let taken = inspect(&format!("{header}.AAAA.AA.AAAA.AA"), now());
    assert_eq!(messages(&taken).len(), 3, "{:?}", taken.defects);
    let header = b64(r#"{"alg":"PBES2-HS256+A128KW","enc":"A128GCM","p2c":2000000}"#);
    let taken = inspect(&format!("{header}.AAAA.{iv}.AAAA.{tag}"), now());
    let remarks = taken.encryption.unwrap().remarks;
    assert!(remarks[0].contains("more than 1200000"), "{remarks:?}");
}

#[test]
fn nested_tokens_are_followed_to_a_depth() {
    let mut token = format!(
        "{}.{}.AAAA",
        b64(r#"{"alg":"x"}"#),
        b64(r#"{"sub":"inmost"}"#)
    );
    for _ in 0..20 {
        token = format!("{}.{}.AAAA", b64(r#"{"alg":"x","cty":"JWT"}"#), b64(&token));
    }
    let taken = inspect(&token, now());
    let mut depth = 0;
    let mut at = &taken;
    while let Some(inner) = &at.nested {
        depth += 1;
        at = inner;
    }
    assert_eq!(depth, MAX_NESTING);
    assert_eq!(at.payload, Payload::Nested);
}

#[test]
fn payloads_that_are_no_claims_are_told_apart() {
    let plain = b64(r#"{"alg":"HS256"}"#);
    let raw = b64(r#"{"alg":"HS256","b64":false,"crit":["b64"]}"#);
    let zip = b64(r#"{"alg":"ES256","zip":"DEF"}"#);
    let table = [
        (format!("{plain}..{}", b64([0; 32])), Payload::Detached),
        (format!("{plain}.{}.x", b64("hello")), Payload::Text),
        (format!("{plain}.{}.x", b64("[1]")), Payload::Text),
        (format!("{plain}.{}.x", b64([0xff, 0, 1])), Payload::Bytes),
        (format!("{raw}.$02.x"), Payload::Unencoded),
        (format!("{raw}..x"), Payload::Detached),
        (format!("{zip}.{}.x", b64("deflated")), Payload::Compressed),
        (plain.clone(), Payload::Missing),
    ];
    for (token, payload) in table {
        assert_eq!(inspect(&token, now()).payload, payload, "{token}");
    }
}

#[test]
fn json_serializations_are_taken_apart() {
    let header = b64(r#"{"alg":"HS256","kid":"a"}"#);
    let signature = b64([7; 32]);
    let flat = format!(
        r#"{{"payload":"{}","protected":"{header}","header":{{"kid":"b"}},"signature":"{signature}"}}"#,
        b64(r#"{"sub":"x"}"#)
    );
    let taken = inspect(&flat, now());
    assert_eq!((taken.kind, taken.form), (Kind::Signed, Form::Flattened));
    assert_eq!(
        messages(&taken),
        ["the serialization has `kid` in the protected and in the unprotected header"]
    );
    let general = format!(
        r#"{{"signatures":[{{"protected":"{header}","signature":"{signature}"}},{{"protected":"%","signature":7}}]}}"#
    );
    let taken = inspect(&general, now());
    assert_eq!(
        (taken.form, taken.payload, taken.signatures.len()),
        (Form::General, Payload::Detached, 2)
    );
    assert!(messages(&taken).contains(&"`signature` is a number, not a string"));
    let bad = taken
        .defects
        .iter()
        .find(|defect| defect.kind == DefectKind::Base64)
        .unwrap();
    assert_eq!(general.as_bytes().get(bad.offset.unwrap()), Some(&b'%'));
    let sealed = format!(
        r#"{{"protected":"{}","iv":"{}","ciphertext":"AAAA","tag":"{}","recipients":[{{"header":{{"alg":"A128KW"}},"encrypted_key":"AAAA"}}]}}"#,
        b64(r#"{"enc":"A128GCM"}"#),
        b64([0; 12]),
        b64([0; 16])
    );
    let taken = inspect(&sealed, now());
    assert_eq!((taken.kind, messages(&taken).len()), (Kind::Encrypted, 0));
    assert_eq!(
        taken.encryption.unwrap().key_management.unwrap().name,
        "A128KW"
    );
}

#[test]
fn disclosures_are_held_against_their_digests() {
    // RFC 9901 §4.2.3: these disclosures and their digests are printed there.
    let name = "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0";
    let country = "WyJsa2x4RjVqTVlsR1RQVW92TU5JdkNBIiwgIkZSIl0";
    let claims = r#"{"_sd":["X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0","decoy"],
        "nationalities":["DE",{"...":"w0I8EKcdCtUPkGCNUrfwVp2xEgNjtoIDlOxc9-PlOhs"}]}"#;
    let issued = format!(
        "{}.{}.AAAA",
        b64(r#"{"alg":"x","typ":"dc+sd-jwt"}"#),
        b64(claims)
    );
    let taken = inspect(&format!("{issued}~{name}~{country}~"), now());
    assert_eq!(taken.form, Form::SelectiveDisclosure);
    assert!(taken.defects.is_empty(), "{:?}", taken.defects);
    let selective = taken.selective.unwrap();
    let vouched: Vec<_> = selective
        .disclosures
        .iter()
        .map(|d| d.vouched.as_deref().unwrap())
        .collect();
    assert_eq!(vouched, ["_sd[0]", "nationalities[1]"]);
    assert_eq!(
        selective.disclosures[0].name.as_deref(),
        Some("family_name")
    );
    assert_eq!(
        selective.disclosures[0].value.as_ref().unwrap().as_str(),
        Some("Möbius")
    );
    assert_eq!(
        (selective.withheld, selective.key_binding),
        (1, KeyBinding::Absent)
    );

    let changed = inspect(
        &format!("{issued}~{}~", b64(r#"["s","family_name","Other"]"#)),
        now(),
    );
    assert_eq!(changed.defects.len(), 1);
    assert!(messages(&changed)[0].contains("vouched for by no digest"));
    let twice = inspect(&format!("{issued}~{name}~{name}~"), now());
    assert!(messages(&twice)[0].contains("disclosure 2"));
}

/// RFC 9901 §7.1: what makes a verifier reject a token is said of it.
#[test]
fn disclosures_stand_where_their_kind_belongs_and_once() {
    let digest = |text: &str| b64(crate::kernel::crypto::sha256(text.as_bytes()));
    let told = |claims: &str, disclosures: &[&str]| {
        let texts: Vec<String> = disclosures.iter().map(b64).collect();
        let digests: Vec<String> = texts.iter().map(|text| digest(text)).collect();
        let claims = claims.replace("ALL", &format!("\"{}\"", digests.join("\",\"")));
        let claims = claims.replace("ONE", &digests[0]);
        let token = format!("{}.{}.AAAA", b64(r#"{"alg":"x"}"#), b64(claims));
        let taken = inspect(&format!("{token}~{}~", texts.join("~")), now());
        messages(&taken).join("; ")
    };
    let named = r#"["salt","iss","evil"]"#;
    let element = r#"["salt","DE"]"#;
    assert_eq!(told(r#"{"_sd":[ALL]}"#, &[named]), "");
    assert_eq!(told(r#"{"iss":"a","act":{"_sd":[ALL]}}"#, &[named]), "");
    assert_eq!(told(r#"{"a":["x",{"...":"ONE"}]}"#, &[element]), "");
    for (claims, disclosures, problem) in [
        (
            r#"{"iss":"https://i","_sd":[ALL]}"#,
            &[named][..],
            "names the claim `iss`",
        ),
        (
            r#"{"_sd":[ALL]}"#,
            &[named, r#"["pepper","iss","b"]"#],
            "names the claim `iss`",
        ),
        (r#"{"_sd":[ALL]}"#, &[element], "an element of an array"),
        (r#"{"a":[{"...":"ONE"}]}"#, &[named], "is a claim"),
        (r#"{"_sd":[ALL]}"#, &[r#"[1,"a","b"]"#], "no string"),
    ] {
        let told = told(claims, disclosures);
        assert!(
            told.contains(problem) && !told.contains(';'),
            "{claims}: {told}"
        );
    }
}

#[test]
fn a_key_binding_belongs_to_one_presentation() {
    let issued = format!("{}.{}.AAAA~", b64(r#"{"alg":"x"}"#), b64("{}"));
    let hash = b64(crate::kernel::crypto::sha256(issued.as_bytes()));
    let bind = |hash: &str| {
        let claims = b64(format!(r#"{{"sd_hash":"{hash}"}}"#));
        inspect(
            &format!("{issued}{}.{claims}.AAAA", b64(r#"{"alg":"x"}"#)),
            now(),
        )
    };
    let right = bind(&hash);
    assert_eq!(right.selective.unwrap().key_binding, KeyBinding::Matches);
    assert!(right.defects.is_empty());
    let wrong = bind("other");
    assert_eq!(wrong.defects[0].kind, DefectKind::KeyBinding);
}

proptest! {
    #[test]
    fn offsets_are_inside_the_token(text in "([A-Za-z0-9_.=+/~-]|eyJ|.|\\{\"a\":){0,60}") {
        for defect in inspect(&text, now()).defects {
            prop_assert!(defect.offset.is_none_or(|offset| offset < text.len().max(1)), "{defect:?}");
        }
    }

    #[test]
    fn any_payload_is_shown(header in ".{0,30}", payload in proptest::collection::vec(any::<u8>(), 0..60)) {
        let token = format!("{}.{}.AAAA", b64(header), b64(payload));
        for defect in inspect(&token, now()).defects {
            prop_assert!(defect.offset.is_none_or(|offset| offset < token.len()), "{defect:?}");
        }
    }
}
