//! Signatures that fail for the usual reasons: each cause is named, and no token passes for it.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use countersign::jwt::forensics::{self, Cause};
use countersign::jwt::{self, Algorithm, Audience, Expectations};
use countersign::kernel::crypto::{
    self, DigestAlgorithm, EcEncoding, MacAlgorithm, MacKey, SignatureAlgorithm, SystemRandom, hex,
};
use countersign::kernel::key::{
    Curve, Expected, Key, LoadOptions, Material, PrivateKey, PssParameters, RsaUse, generate_ec,
    generate_ed25519, load, public_jwk,
};
use countersign::kernel::pem;
use countersign::kernel::secret::Secret;
use countersign::kernel::time::Timestamp;

const CLAIMS: &str = r#"{"sub":"alice","exp":4102444800}"#;
const SECRET: &[u8] = b"a shared secret of thirty-two bytes or more";

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn header(algorithm: &str) -> String {
    format!(r#"{{"alg":"{algorithm}","typ":"JWT"}}"#)
}

fn input(algorithm: &str) -> String {
    format!("{}.{}", encode(header(algorithm)), encode(CLAIMS))
}

fn token(algorithm: &str, signature: impl AsRef<[u8]>) -> String {
    format!("{}.{}", input(algorithm), encode(signature))
}

fn mac(secret: &[u8], over: &str) -> Vec<u8> {
    MacKey::new(MacAlgorithm::HmacSha256, &Secret::new(secret.to_vec())).sign(over.as_bytes())
}

fn secret(bytes: &[u8]) -> Key {
    Key::bare(Material::Secret(Secret::new(bytes.to_vec())))
}

fn signed(algorithm: SignatureAlgorithm, key: &PrivateKey, over: &str) -> Vec<u8> {
    crypto::sign(algorithm, key, over.as_bytes(), &SystemRandom::default()).unwrap()
}

/// What is found out about a token, which must be refused.
fn cause(token: &str, keys: &[Key], readings: &[(&'static str, Key)]) -> Option<Cause> {
    let mut expected = Expectations::at(Timestamp::parse("2026-11-22T09:00:00Z").unwrap());
    expected.audiences = Audience::Any;
    let verdict = jwt::verify(token, keys, &jwt::algorithms_of(keys), &expected);
    assert!(!verdict.is_accepted(), "{token}");
    let signature = verdict.signature.as_ref().unwrap();
    let found = forensics::search(token, signature, (keys, readings));
    found.map(|found| {
        assert!(
            !found.text.contains("  ") && !found.text.ends_with('.'),
            "{}",
            found.text
        );
        found.cause
    })
}

#[test]
fn secrets_in_another_writing_are_named() {
    let keys = [secret(SECRET)];
    let over = input("HS256");
    let made = |with: &[u8]| token("HS256", mac(with, &over));
    let with = |extra: &[u8]| [SECRET, extra].concat();
    let table = [
        (made(&with(b"\n")), Cause::SecretEdges),
        (made(&with(b"\r\n")), Cause::SecretEdges),
        (made(&[b"\"", SECRET, b"\""].concat()), Cause::SecretEdges),
        (
            made(STANDARD.encode(SECRET).as_bytes()),
            Cause::SecretEncoding,
        ),
        (made(encode(SECRET).as_bytes()), Cause::SecretEncoding),
        (made(hex(SECRET).as_bytes()), Cause::SecretEncoding),
    ];
    for (token, wanted) in table {
        assert_eq!(cause(&token, &keys, &[]), Some(wanted), "{token}");
    }
    let readings = [("base64", secret(b"decoded, as the signer had it, and long"))];
    let token = made(b"decoded, as the signer had it, and long");
    assert_eq!(cause(&token, &keys, &readings), Some(Cause::SecretEncoding));
    assert_eq!(
        cause(
            &made(b"an unknown secret of the same length, maybe"),
            &keys,
            &readings
        ),
        None
    );
}

#[test]
fn the_confusion_of_a_public_key_with_a_secret_is_named() {
    let rsa = load(
        include_bytes!("../keys/rsa.pem"),
        LoadOptions::plain(Expected::Private),
    )
    .unwrap();
    let random = SystemRandom::default();
    let kinds = [
        rsa.keys.into_iter().next().unwrap(),
        Key::bare(Material::Private(
            generate_ec(Curve::P256, &random).unwrap(),
        )),
        Key::bare(Material::Private(generate_ed25519(&random).unwrap())),
    ];
    for key in kinds {
        let public = key.public().unwrap();
        let keys = [Key::bare(Material::Public(public.clone()))];
        let text = pem::write("PUBLIC KEY", &public.to_spki());
        let jwk = public_jwk(&keys[0]).unwrap().to_string();
        for with in [
            text.as_bytes(),
            text.trim_end().as_bytes(),
            &public.to_spki(),
            jwk.as_bytes(),
        ] {
            let token = token("HS256", mac(with, &input("HS256")));
            assert_eq!(cause(&token, &keys, &[]), Some(Cause::AlgorithmConfusion));
        }
    }
}

#[test]
fn ecdsa_signatures_in_other_forms_are_named() {
    let private = generate_ec(Curve::P256, &SystemRandom::default()).unwrap();
    let keys = [Key::bare(Material::Public(private.public()))];
    let over = input("ES256");
    let der = SignatureAlgorithm::Ecdsa(Curve::P256, DigestAlgorithm::Sha256, EcEncoding::Asn1);
    let token_of = |signature: Vec<u8>| token("ES256", signature);
    assert_eq!(
        cause(&token_of(signed(der, &private, &over)), &keys, &[]),
        Some(Cause::EcdsaDer)
    );
    let fixed = SignatureAlgorithm::Ecdsa(Curve::P256, DigestAlgorithm::Sha256, EcEncoding::Fixed);
    // One in 256 signatures starts with a zero that a careless writer drops; a careful one never adds it.
    let dropped = std::iter::repeat_with(|| signed(fixed, &private, &over))
        .take(20_000)
        .find(|signature| signature[0] == 0)
        .unwrap();
    assert_eq!(
        cause(&token_of(dropped[1..].to_vec()), &keys, &[]),
        Some(Cause::EcdsaWidth)
    );
    let whole = signed(fixed, &private, &over);
    let padded = [&[0], &whole[..32], &[0], &whole[32..]].concat();
    assert_eq!(
        cause(&token_of(padded), &keys, &[]),
        Some(Cause::EcdsaWidth)
    );
}

#[test]
fn other_keys_and_algorithms_are_named() {
    let random = SystemRandom::default();
    let (one, two) = (
        generate_ec(Curve::P256, &random).unwrap(),
        generate_ec(Curve::P256, &random).unwrap(),
    );
    let named = |id: &str, key: &PrivateKey| {
        let mut key = Key::bare(Material::Public(key.public()));
        key.id = Some(id.into());
        key
    };
    let keys = [named("a", &one), named("b", &two)];
    let over = format!(
        "{}.{}",
        encode(r#"{"alg":"ES256","kid":"a"}"#),
        encode(CLAIMS)
    );
    let fixed = SignatureAlgorithm::Ecdsa(Curve::P256, DigestAlgorithm::Sha256, EcEncoding::Fixed);
    let token_b = format!("{over}.{}", encode(signed(fixed, &two, &over)));
    assert_eq!(cause(&token_b, &keys, &[]), Some(Cause::OtherKey));
    let mut reserved = keys.clone();
    reserved[1].id = Some("a".into());
    reserved[1].usage = Some("enc".into());
    assert_eq!(cause(&token_b, &reserved, &[]), Some(Cause::OtherKey));

    let rsa = load(
        include_bytes!("../keys/rsa.pem"),
        LoadOptions::plain(Expected::Private),
    )
    .unwrap();
    let Material::Private(private) = &rsa.keys[0].material else {
        panic!("the key is private")
    };
    let pss = signed(
        SignatureAlgorithm::RsaPss(DigestAlgorithm::Sha256),
        private,
        &input("RS256"),
    );
    let keys = [Key::bare(Material::Public(private.public()))];
    assert_eq!(
        cause(&token("RS256", pss), &keys, &[]),
        Some(Cause::OtherAlgorithm)
    );

    let jwk = public_jwk(&Key::bare(Material::Public(one.public()))).unwrap();
    let own = format!(r#"{{"alg":"ES256","jwk":{jwk}}}"#);
    let over = format!("{}.{}", encode(own), encode(CLAIMS));
    let own = format!("{over}.{}", encode(signed(fixed, &one, &over)));
    let keys = [Key::bare(Material::Public(two.public()))];
    assert_eq!(cause(&own, &keys, &[]), Some(Cause::EmbeddedKey));
}

#[test]
fn signatures_over_other_bytes_are_named() {
    let keys = [secret(SECRET)];
    let (head, tag) = (header("HS256"), mac(SECRET, &input("HS256")));
    let over = |bytes: &str| token("HS256", mac(SECRET, bytes));
    let padded = format!("{}.{}", URL_SAFE.encode(&head), URL_SAFE.encode(CLAIMS));
    let spaced = CLAIMS.replace(':', ": ").replace(',', ", ");
    let sorted = r#"{"exp":4102444800,"sub":"alice"}"#;
    let with = |claims: &str| format!("{}.{}", encode(&head), encode(claims));
    let table = [
        (over(&padded), Cause::SigningInput),
        (over(&format!("{head}.{CLAIMS}")), Cause::SigningInput),
        (over(&format!("{}\n", input("HS256"))), Cause::SigningInput),
        (over(&with(&spaced)), Cause::Rewritten),
        (over(&with(sorted)), Cause::Rewritten),
        (token("HS256", hex(&tag)), Cause::SignatureText),
        (token("HS256", STANDARD.encode(&tag)), Cause::SignatureText),
        (token("HS256", &tag[..16]), Cause::SignatureCut),
    ];
    for (token, wanted) in table {
        assert_eq!(cause(&token, &keys, &[]), Some(wanted), "{token}");
    }
    // Nothing is claimed of a token that was really changed.
    let forged = format!(
        "{}.{}",
        with(r#"{"sub":"mallory","exp":4102444800}"#),
        encode(&tag)
    );
    assert_eq!(cause(&forged, &keys, &[]), None);
}

#[test]
fn a_right_signature_whose_algorithm_is_not_accepted_is_no_riddle() {
    let keys = [secret(SECRET)];
    let made = token("HS256", mac(SECRET, &input("HS256")));
    let expected = Expectations::at(Timestamp::parse("2026-11-22T09:00:00Z").unwrap());
    let verdict = jwt::verify(&made, &keys, &[Algorithm::Hs512], &expected);
    let signature = verdict.signature.as_ref().unwrap();
    let found = forensics::search(&made, signature, (&keys, &[])).unwrap();
    assert_eq!(found.cause, Cause::AlgorithmNotAccepted);
    assert!(found.text.ends_with("HS256 is not accepted, only HS512"));
}

/// RFC 4055 §1.2, §3.3: what its container marks for RSASSA-PSS is for nothing else, and for no other hash than it says.
#[test]
fn a_key_for_pss_verifies_no_other_scheme() {
    let options = LoadOptions::plain(Expected::Private);
    let mut set = load(include_bytes!("../keys/rsa.pem"), options).unwrap();
    let mut key = set.keys.remove(0);
    let Material::Private(private) = key.material.clone() else {
        panic!("a private key");
    };
    let sha512 = PssParameters {
        digest: DigestAlgorithm::Sha512,
        salt: 64,
    };
    let all = [
        RsaUse::Any,
        RsaUse::Pss,
        RsaUse::PssWith(sha512),
        RsaUse::PssOther,
    ];
    let schemes = [
        (
            "RS256",
            SignatureAlgorithm::RsaPkcs1(DigestAlgorithm::Sha256),
            [true, false, false, false],
        ),
        (
            "PS256",
            SignatureAlgorithm::RsaPss(DigestAlgorithm::Sha256),
            [true, true, false, false],
        ),
        (
            "PS512",
            SignatureAlgorithm::RsaPss(DigestAlgorithm::Sha512),
            [true, true, true, false],
        ),
    ];
    let mut expected = Expectations::at(Timestamp::parse("2026-11-22T09:00:00Z").unwrap());
    expected.audiences = Audience::Any;
    for (name, scheme, verifies) in schemes {
        let token = token(name, signed(scheme, &private, &input(name)));
        for (rsa_use, verifies) in all.into_iter().zip(verifies) {
            key.rsa_use = rsa_use;
            let keys = [key.clone()];
            for accepted in [jwt::algorithms_of(&keys), Algorithm::ALL.to_vec()] {
                let verdict = jwt::verify(&token, &keys, &accepted, &expected);
                assert_eq!(verdict.is_accepted(), verifies, "{name} {rsa_use:?}");
            }
        }
    }
}
