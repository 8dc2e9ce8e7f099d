//! Tokens: what is minted verifies, what is changed by one bit does not, and the library's own reader agrees.

use std::sync::LazyLock;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{DecodingKey, EncodingKey, Header, Validation};
use proptest::prelude::*;
use serde_json::{Value, json};

use countersign::jwt::{
    self, Algorithm, Audience, Compact, Expectations, MintOptions, Profile, Reason,
    SignatureVerdict, TokenVerdict, Trial, check_signature,
};
use countersign::kernel::crypto::{MacAlgorithm, MacKey, SystemRandom};
use countersign::kernel::key::{
    Curve, Expected, Key, LoadOptions, Material, PrivateKey, PublicKey, generate_ec,
    generate_ed25519, load,
};
use countersign::kernel::pem;
use countersign::kernel::secret::Secret;
use countersign::kernel::time::Timestamp;

/// Made for these tests alone; it protects nothing.
const RSA: &[u8] = include_bytes!("../keys/rsa.pem");

/// One key of each kind; the secret is as long as the longest hash.
struct Keys {
    secret: Key,
    rsa: Key,
    p256: Key,
    p384: Key,
    p521: Key,
    secp256k1: Key,
    ed25519: Key,
}

static KEYS: LazyLock<Keys> = LazyLock::new(|| {
    let random = SystemRandom::default();
    let private = |key| Key::bare(Material::Private(key));
    let rsa = load(RSA, LoadOptions::plain(Expected::Private)).unwrap();
    Keys {
        secret: Key::bare(Material::Secret(Secret::new((0..64).collect()))),
        rsa: rsa.keys.into_iter().next().unwrap(),
        p256: private(generate_ec(Curve::P256, &random).unwrap()),
        p384: private(generate_ec(Curve::P384, &random).unwrap()),
        p521: private(generate_ec(Curve::P521, &random).unwrap()),
        secp256k1: private(generate_ec(Curve::Secp256k1, &random).unwrap()),
        ed25519: private(generate_ed25519(&random).unwrap()),
    }
});

fn key_for(algorithm: Algorithm) -> &'static Key {
    let keys = [
        &KEYS.secret,
        &KEYS.rsa,
        &KEYS.p256,
        &KEYS.p384,
        &KEYS.p521,
        &KEYS.secp256k1,
        &KEYS.ed25519,
    ];
    keys.into_iter()
        .find(|key| algorithm.fits(key.kind()))
        .unwrap()
}

/// What a verifier holds: the public half, or the secret itself.
fn verifying(key: &Key) -> Key {
    match key.public() {
        Some(public) => Key::bare(Material::Public(public)),
        None => key.clone(),
    }
}

fn now() -> Timestamp {
    Timestamp::parse("2026-11-22T09:00:00Z").unwrap()
}

fn options(algorithm: Algorithm) -> MintOptions {
    let mut options = MintOptions::new(Profile::Service, now(), "0001");
    options.algorithm = Some(algorithm);
    options.issuer = Some("https://auth.acme.example".into());
    options.subject = Some("service:api-gateway".into());
    options.audience = vec!["service:order-service".into()];
    options.scopes = vec!["read:orders".into()];
    options.device_posture = Some("compliant".into());
    options.ttl = Duration::from_secs(600);
    options
}

fn mint(algorithm: Algorithm) -> String {
    jwt::mint(key_for(algorithm), &options(algorithm)).unwrap()
}

fn expectations() -> Expectations {
    let mut expected = Expectations::at(now());
    expected.issuers = vec!["https://auth.acme.example".into()];
    expected.audiences = Audience::Named(vec!["service:order-service".into()]);
    expected.subjects = vec!["service:api-gateway".into()];
    expected.scopes = vec!["read:orders".into()];
    expected.required = vec!["jti".into()];
    expected
}

fn verify(token: &str, keys: &[Key]) -> TokenVerdict {
    jwt::verify(token, keys, &Algorithm::ALL, &expectations())
}

#[test]
fn what_is_minted_verifies_under_its_own_key_and_no_other() {
    let all = [
        &KEYS.secret,
        &KEYS.rsa,
        &KEYS.p256,
        &KEYS.p384,
        &KEYS.p521,
        &KEYS.secp256k1,
        &KEYS.ed25519,
    ];
    for algorithm in Algorithm::ALL {
        let token = mint(algorithm);
        let key = key_for(algorithm);
        let verdict = verify(&token, &[verifying(key)]);
        assert!(
            verdict.is_accepted(),
            "{algorithm}: {:?}",
            verdict.reasons()
        );
        for other in all.iter().filter(|other| other.kind() != key.kind()) {
            // The header may name the key's thumbprint; a bare key is tried whatever it says.
            let verdict = verify(&token, &[verifying(other)]);
            assert_eq!(verdict.reasons(), [Reason::NoKey], "{algorithm}");
        }
        let without = Algorithm::ALL.into_iter().filter(|one| *one != algorithm);
        let accepted: Vec<_> = without.collect();
        let verdict = jwt::verify(&token, &[verifying(key)], &accepted, &expectations());
        assert_eq!(verdict.reasons(), [Reason::AlgorithmRefused], "{algorithm}");
    }
}

#[test]
fn another_key_of_the_same_kind_never_verifies() {
    let random = SystemRandom::default();
    let other = |material| Key::bare(material);
    let others = [
        other(Material::Secret(Secret::new(vec![9; 64]))),
        verifying(&other(Material::Private(
            generate_ec(Curve::P256, &random).unwrap(),
        ))),
        verifying(&other(Material::Private(
            generate_ec(Curve::P384, &random).unwrap(),
        ))),
        verifying(&other(Material::Private(
            generate_ec(Curve::P521, &random).unwrap(),
        ))),
        verifying(&other(Material::Private(
            generate_ec(Curve::Secp256k1, &random).unwrap(),
        ))),
        verifying(&other(Material::Private(
            generate_ed25519(&random).unwrap(),
        ))),
    ];
    for algorithm in Algorithm::ALL {
        let fitting = others.iter().filter(|key| algorithm.fits(key.kind()));
        for key in fitting {
            let verdict = verify(&mint(algorithm), std::slice::from_ref(key));
            assert_eq!(verdict.reasons(), [Reason::SignatureInvalid], "{algorithm}");
        }
    }
}

#[test]
fn one_flipped_bit_anywhere_in_a_token_never_verifies() {
    for algorithm in [
        Algorithm::Hs256,
        Algorithm::Rs256,
        Algorithm::Ps256,
        Algorithm::Es256,
        Algorithm::Es384,
        Algorithm::Es512,
        Algorithm::Es256k,
        Algorithm::EdDsa,
    ] {
        let token = mint(algorithm);
        let keys = [verifying(key_for(algorithm))];
        // Those that take milliseconds each: one bit of every fifth byte, another in the next.
        let slow = [Algorithm::Es384, Algorithm::Es512, Algorithm::Es256k].contains(&algorithm);
        for at in (0..token.len()).step_by(if slow { 5 } else { 1 }) {
            let bits = if slow { at % 7..at % 7 + 1 } else { 0..7 };
            for bit in bits {
                let mut bytes = token.clone().into_bytes();
                bytes[at] ^= 1 << bit;
                let changed = String::from_utf8(bytes).unwrap();
                let verified = Compact::parse(&changed).is_ok_and(|token| {
                    let verdict = check_signature(&token, &keys, Trial::at(now(), &Algorithm::ALL));
                    matches!(verdict, SignatureVerdict::Valid { .. })
                });
                assert!(!verified, "{algorithm}: byte {at}, bit {bit}: {changed}");
            }
        }
    }
}

#[test]
fn a_public_key_is_never_a_mac_secret_in_any_of_its_forms() {
    for key in [
        &KEYS.rsa,
        &KEYS.p256,
        &KEYS.p384,
        &KEYS.p521,
        &KEYS.secp256k1,
        &KEYS.ed25519,
    ] {
        let public = key.public().unwrap();
        let spki = public.to_spki();
        let text = pem::write("PUBLIC KEY", &spki);
        let jwk = jwt_public(key).to_string();
        let forms = [
            text.as_bytes().to_vec(),
            text.trim_end().as_bytes().to_vec(),
            spki,
            jwk.into_bytes(),
        ];
        for form in forms {
            let secret = Key::bare(Material::Secret(Secret::new(form.clone())));
            for algorithm in [Algorithm::Hs256, Algorithm::Hs384, Algorithm::Hs512] {
                // RFC 7518 §3.2 makes some forms too short for the longer hashes.
                let Ok(token) = jwt::mint(&secret, &options(algorithm)) else {
                    continue;
                };
                let loaded = load(&form, LoadOptions::plain(Expected::Verification));
                let keys = match loaded {
                    Ok(set) => set.keys,
                    Err(_) => vec![verifying(key)],
                };
                assert!(keys.iter().all(|key| key.public().is_some()));
                assert_eq!(verify(&token, &keys).reasons(), [Reason::NoKey]);
                let accepted = jwt::algorithms_of(&keys);
                let verdict = jwt::verify(&token, &keys, &accepted, &expectations());
                assert_eq!(verdict.reasons(), [Reason::AlgorithmRefused]);
            }
        }
    }
}

fn jwt_public(key: &Key) -> Value {
    countersign::kernel::key::public_jwk(key).unwrap()
}

/// The library's form of a key, as the installed provider reads it.
fn decoding(key: &Key) -> DecodingKey {
    match &key.material {
        Material::Secret(secret) => DecodingKey::from_secret(secret.expose()),
        _ => match key.public().unwrap() {
            PublicKey::Rsa { n, e } => DecodingKey::from_rsa_raw_components(&n, &e),
            public @ PublicKey::Ec { .. } => DecodingKey::from_ec_der(&public.to_spki()),
            PublicKey::X25519(_) => panic!("X25519 signs nothing"),
            public @ PublicKey::Ed25519(_) => DecodingKey::from_ed_der(&public.to_spki()),
        },
    }
}

fn encoding(key: &Key) -> EncodingKey {
    match &key.material {
        Material::Secret(secret) => EncodingKey::from_secret(secret.expose()),
        Material::Private(key) => {
            let pkcs8 = key.to_pkcs8();
            match key {
                PrivateKey::Rsa { .. } => EncodingKey::from_rsa_der(&pkcs8),
                PrivateKey::Ec { .. } => EncodingKey::from_ec_der(&pkcs8),
                PrivateKey::X25519 { .. } => panic!("X25519 signs nothing"),
                PrivateKey::Ed25519 { .. } => EncodingKey::from_ed_der(&pkcs8),
            }
        }
        Material::Public(_) => panic!("a public key signs nothing"),
    }
}

fn theirs(algorithm: Algorithm) -> Option<jsonwebtoken::Algorithm> {
    // RFC 9864's name is younger than their closed list, and ES512 and ES256K are not in it.
    algorithm.name().parse().ok()
}

/// Their clock is the machine's, so that tokens for them are minted at its present.
#[expect(
    clippy::disallowed_methods,
    reason = "the library under comparison reads the machine's clock"
)]
fn machine_now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    Timestamp::from_unix(i64::try_from(since.unwrap().as_secs()).unwrap()).unwrap()
}

#[test]
fn the_library_s_own_reader_accepts_what_is_minted() {
    let mut seen = 0;
    for algorithm in Algorithm::ALL {
        let Some(theirs) = theirs(algorithm) else {
            let absent = [Algorithm::Ed25519, Algorithm::Es512, Algorithm::Es256k];
            assert!(absent.contains(&algorithm));
            continue;
        };
        let key = key_for(algorithm);
        let mut options = options(algorithm);
        options.now = machine_now();
        let token = jwt::mint(key, &options).unwrap();
        let mut validation = Validation::new(theirs);
        validation.set_issuer(&["https://auth.acme.example"]);
        validation.set_audience(&["service:order-service"]);
        validation.set_required_spec_claims(&["exp", "nbf", "iss", "aud", "sub"]);
        validation.validate_nbf = true;
        let decoded = jsonwebtoken::decode::<Value>(&token, &decoding(key), &validation).unwrap();
        assert_eq!(decoded.claims["sub"], "service:api-gateway");
        assert_eq!(decoded.claims["scope"], "read:orders");
        assert_eq!(decoded.header.typ.as_deref(), Some("JWT"));
        validation.set_audience(&["service:another"]);
        let refused = jsonwebtoken::decode::<Value>(&token, &decoding(key), &validation);
        assert!(refused.is_err());
        seen += 1;
    }
    assert_eq!(seen, 12);
}

#[test]
fn what_the_library_encodes_is_accepted() {
    // The first use of this crate installs the provider that the library needs.
    let _minted = mint(Algorithm::Hs256);
    let claims = json!({
        "iss": "https://auth.acme.example",
        "sub": "service:api-gateway",
        "aud": ["service:order-service", "service:audit"],
        "scope": "read:orders write:orders",
        "iat": now().unix(),
        "nbf": now().unix(),
        "exp": now().unix() + 600,
        "jti": "0002",
    });
    let mut seen = 0;
    for algorithm in Algorithm::ALL {
        let Some(theirs) = theirs(algorithm) else {
            continue;
        };
        let key = key_for(algorithm);
        let token = jsonwebtoken::encode(&Header::new(theirs), &claims, &encoding(key)).unwrap();
        let verdict = verify(&token, &[verifying(key)]);
        assert!(
            verdict.is_accepted(),
            "{algorithm}: {:?}",
            verdict.reasons()
        );
        seen += 1;
    }
    assert_eq!(seen, 12);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_claims_survive_the_journey(
        text in "\\PC{0,40}",
        scopes in proptest::collection::vec("[a-z]{1,8}:[a-z]{1,8}", 1..4),
        ttl in 1_u64..=900,
        elapsed in 0_u64..1200,
        index in 0..Algorithm::ALL.len(),
    ) {
        let algorithm = Algorithm::ALL[index];
        let key = key_for(algorithm);
        let mut options = options(algorithm);
        options.scopes = scopes.clone();
        options.ttl = Duration::from_secs(ttl);
        options.claims.insert("note".into(), json!({"deep": [text.clone()]}));
        let token = jwt::mint(key, &options).unwrap();
        let mut expected = expectations();
        expected.scopes = scopes;
        expected.now = now().plus(Duration::from_secs(elapsed));
        expected.leeway = countersign::kernel::time::Leeway::new(Duration::ZERO).unwrap();
        let verdict = jwt::verify(&token, &[verifying(key)], &Algorithm::ALL, &expected);
        // RFC 7519 §4.1.4: the present must be before `exp`.
        if elapsed < ttl {
            prop_assert!(verdict.is_accepted(), "{:?}", verdict.reasons());
        } else {
            prop_assert_eq!(verdict.reasons(), [Reason::Expired]);
        }
        let claims = verdict.claims.unwrap();
        let note = claims.get("note").unwrap().get("deep").unwrap();
        prop_assert_eq!(note.as_sequence().unwrap()[0].as_str(), Some(text.as_str()));
    }
}

/// Claims in many shapes, some of them out of the ordinary.
fn claims() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        Just("1795340400".to_owned()),
        Just("1795338000".to_owned()),
        Just("1795338000.5".to_owned()),
        Just("01".to_owned()),
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just("{\"a\":1}".to_owned()),
        Just("[\"service:order-service\",\"x\"]".to_owned()),
        Just("[]".to_owned()),
        Just("[\"a\",]".to_owned()),
        Just("\"service:order-service\"".to_owned()),
        Just("\"https://auth.acme.example\"".to_owned()),
        Just("\"https:\\/\\/auth.acme.example\"".to_owned()),
        Just("\"read:orders write\"".to_owned()),
        "\"[a-z\\\\\u{1}é]{0,4}\"",
    ];
    let name = prop_oneof![
        Just("exp"),
        Just("nbf"),
        Just("iat"),
        Just("iss"),
        Just("aud"),
        Just("sub"),
        Just("scope"),
        Just("cnf"),
        Just("jti"),
        Just("x"),
        Just("\\u0065xp"),
    ];
    let ordinary = Just(
        "\"iss\":\"https://auth.acme.example\",\"aud\":\"service:order-service\",\
        \"scope\":\"read:orders\",\"exp\":1795340400"
            .to_owned(),
    );
    let members = proptest::collection::vec((name, value), 0..4);
    (ordinary, members, any::<bool>(), "[ \n]{0,2}").prop_map(
        |(ordinary, members, first, space)| {
            let mut all: Vec<String> = members
                .iter()
                .map(|(name, value)| format!("\"{name}\":{space}{value}"))
                .collect();
            all.insert(if first { 0 } else { all.len() }, ordinary);
            format!("{space}{{{}}}{space}", all.join(","))
        },
    )
}

proptest! {
    /// The short way of a batch never says yes where the long way says no.
    #[test]
    fn the_short_way_accepts_nothing_that_is_refused(claims in claims(), header in prop_oneof![
        Just(r#"{"alg":"HS256"}"#), Just(r#"{"alg":"HS512"}"#), Just(r#"{"alg":"HS256","kid":"a"}"#),
        Just(r#"{"alg":"HS256","crit":["x"],"x":1}"#), Just(r#"{"alg":"HS256","alg":"HS256"}"#),
    ], damage in proptest::option::of((0usize..400, any::<u8>()))) {
        let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let input = format!("{}.{}", encode(header), encode(&claims));
        let algorithm = if header.contains("HS512") { MacAlgorithm::HmacSha512 } else { MacAlgorithm::HmacSha256 };
        let Material::Secret(secret) = &KEYS.secret.material else { panic!("a secret") };
        let tag = MacKey::new(algorithm, secret).sign(input.as_bytes());
        let mut token = format!("{input}.{}", URL_SAFE_NO_PAD.encode(tag)).into_bytes();
        if let Some((at, byte)) = damage {
            let at = at % token.len();
            token[at] = byte & 0x7f;
        }
        let token = String::from_utf8(token).unwrap();
        let mut expected = expectations();
        expected.subjects.clear();
        expected.required.clear();
        let keys = [KEYS.secret.clone()];
        let verdict = jwt::verify(&token, &keys, &Algorithm::ALL, &expected);
        // Judged twice, so that the second time the header is known.
        let mut quick = jwt::Quick::new(&keys, &Algorithm::ALL, &expected);
        for _ in 0..2 {
            prop_assert!(!quick.accepts(&token) || verdict.is_accepted(), "{claims} {:?}", verdict.reasons());
        }
    }
}

#[test]
fn the_short_way_accepts_what_is_plain() {
    let mut expected = expectations();
    expected.required.clear();
    for algorithm in Algorithm::ALL {
        let keys = [verifying(key_for(algorithm))];
        let mut quick = jwt::Quick::new(&keys, &Algorithm::ALL, &expected);
        assert!(quick.accepts(&mint(algorithm)), "{algorithm}");
    }
}
