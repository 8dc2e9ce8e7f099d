//! Kinds of token: what is minted as one verifies as that one and as no other, and each demand can fail.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use countersign::jwt::{
    self, Algorithm, Audience, BoundRequest, Confirmation, Expectations, MintOptions, Profile,
    Reason,
};
use countersign::kernel::crypto::{
    DigestAlgorithm, EcEncoding, SignatureAlgorithm, SystemRandom, sha256, sign,
};
use countersign::kernel::key::{Curve, Key, Material, generate_ec};
use countersign::kernel::time::Timestamp;
use serde_json::json;

const ISSUER: &str = "https://auth.acme.example";
const CLIENT: &str = "web";
const API: &str = "https://api.acme.example/orders";

fn now() -> Timestamp {
    Timestamp::parse("2026-11-22T09:00:00Z").unwrap()
}

fn key() -> Key {
    Key::bare(Material::Private(
        generate_ec(Curve::P256, &SystemRandom::default()).unwrap(),
    ))
}

/// A well-made token of a kind.
fn options(profile: Profile) -> MintOptions {
    let mut options = MintOptions::new(profile, now(), "d3f1c9a2-5b6e-4f7a-8c9d-0e1f2a3b4c5d");
    options.issuer = Some(ISSUER.into());
    options.subject = Some("alice".into());
    options.audience = vec!["service:orders".into()];
    match profile {
        Profile::Service => {
            options.subject = Some("service:gateway".into());
            options.scopes = vec!["read:orders".into()];
            options.device_posture = Some("compliant".into());
        }
        Profile::Access => options.client = Some(CLIENT.into()),
        Profile::Id | Profile::Logout => options.audience = vec![CLIENT.into()],
        Profile::ClientAssertion => {
            options.issuer = Some(CLIENT.into());
            options.subject = Some(CLIENT.into());
        }
        Profile::Dpop => {
            options.request = Some(BoundRequest {
                method: "GET".into(),
                uri: API.into(),
            });
        }
        Profile::JwtSvid => options.subject = Some("spiffe://acme.example/orders".into()),
        Profile::WitSvid => {
            options.subject = Some("spiffe://acme.example/orders".into());
            options.audience.clear();
            options.confirmation = Some(Confirmation::Key(Box::new(key())));
        }
        Profile::Refresh | Profile::Custom => {}
    }
    options
}

/// What its rightful verifier expects.
fn expected(profile: Profile) -> Expectations {
    let mut expected = Expectations::at(now());
    expected.profile = Some(profile);
    expected.audiences = Audience::Any;
    if !matches!(profile, Profile::ClientAssertion) {
        expected.issuers = vec![ISSUER.into()];
    }
    if matches!(profile, Profile::Id | Profile::Logout | Profile::Access) {
        expected.client = Some(CLIENT.into());
    }
    expected.trust_domain = Some("acme.example".parse().unwrap());
    if profile == Profile::Dpop {
        expected.issuers.clear();
        expected.binding.request = Some(BoundRequest {
            method: "GET".into(),
            uri: "https://API.acme.example:443/orders?page=2".into(),
        });
    }
    expected
}

fn reasons(token: &str, key: &Key, expected: &Expectations) -> Vec<Reason> {
    let keys = [Key::bare(Material::Public(key.public().unwrap()))];
    jwt::verify(token, &keys, &Algorithm::ALL, expected).reasons()
}

#[test]
fn each_kind_verifies_as_itself() {
    let key = key();
    for profile in Profile::ALL {
        let mut options = options(profile);
        if profile == Profile::Dpop {
            options.issuer = None;
            options.subject = None;
            options.audience.clear();
        }
        let token = jwt::mint(&key, &options).unwrap();
        let found = reasons(&token, &key, &expected(profile));
        // Nobody proves here that a workload holds its key.
        let wanted: &[Reason] = match profile {
            Profile::WitSvid => &[Reason::BindingUnchecked],
            _ => &[],
        };
        assert_eq!(found, wanted, "{profile}");
    }
}

#[test]
fn no_kind_passes_for_another_that_is_typed() {
    let key = key();
    let typed = [Profile::Access, Profile::Dpop, Profile::WitSvid];
    for minted in Profile::ALL {
        let token = jwt::mint(&key, &options(minted)).unwrap();
        for asked in typed.into_iter().filter(|asked| *asked != minted) {
            let found = reasons(&token, &key, &expected(asked));
            assert!(
                found.contains(&Reason::TypeMismatch),
                "{minted} as {asked}: {found:?}"
            );
        }
    }
    for minted in [
        Profile::Access,
        Profile::Logout,
        Profile::Refresh,
        Profile::ClientAssertion,
    ] {
        let token = jwt::mint(&key, &options(minted)).unwrap();
        let found = reasons(&token, &key, &expected(Profile::Id));
        assert!(
            found.contains(&Reason::TypeMismatch),
            "{minted} as id: {found:?}"
        );
    }
}

/// Mints with one thing changed and verifies as the same kind.
fn changed(
    profile: Profile,
    change: impl FnOnce(&mut MintOptions, &mut Expectations),
) -> Vec<Reason> {
    let key = key();
    let mut options = options(profile);
    let mut expected = expected(profile);
    change(&mut options, &mut expected);
    // What a profile refuses to mint is minted as anything else, to see whether a verifier would notice.
    if jwt::mint(&key, &options).is_err() {
        options.profile = Profile::Custom;
    }
    let token = jwt::mint(&key, &options).unwrap();
    reasons(&token, &key, &expected)
}

#[test]
fn an_id_token_is_for_this_client_and_this_sign_in() {
    use Reason::{AudienceMismatch, ClaimMissing, ClientMismatch, HashMismatch, NonceMismatch};
    let id = |change: fn(&mut MintOptions, &mut Expectations)| changed(Profile::Id, change);
    assert_eq!(
        id(|token, _| token.audience = vec!["other".into()]),
        [AudienceMismatch]
    );
    let two = id(|token, _| token.audience = vec![CLIENT.into(), "other".into()]);
    assert_eq!(two, [AudienceMismatch, ClaimMissing]);
    let trusted = id(|token, expected| {
        token.audience = vec![CLIENT.into(), "other".into()];
        token.claims.insert("azp".into(), json!(CLIENT));
        expected.audiences = Audience::Named(vec!["other".into()]);
    });
    assert_eq!(trusted, []);
    let party = id(|token, _| {
        token.claims.insert("azp".into(), json!("other"));
    });
    assert_eq!(party, [ClientMismatch]);
    assert_eq!(
        id(|_, expected| expected.nonce = Some("n".into())),
        [ClaimMissing]
    );
    let nonce = id(|token, expected| {
        token.nonce = Some("m".into());
        expected.nonce = Some("n".into());
    });
    assert_eq!(nonce, [NonceMismatch]);
    let hash = id(|token, expected| {
        token.access_token = Some("one".into());
        expected.binding.access_token = Some("two".into());
    });
    assert_eq!(hash, [HashMismatch]);
    let hashes = id(|token, expected| {
        token.access_token = Some("one".into());
        token.code = Some("code".into());
        expected.binding.access_token = Some("one".into());
        expected.binding.code = Some("code".into());
    });
    assert_eq!(hashes, []);
    let old = id(|token, expected| {
        token
            .claims
            .insert("auth_time".into(), json!(now().unix() - 3600));
        expected.sign_in.max_age = Some(Duration::from_secs(600));
    });
    assert_eq!(old, [Reason::AuthenticationOld]);
}

/// OIDC Core Appendix A.3: the hashes of the values that RFC 6749's example flow returns.
#[test]
fn at_hash_and_c_hash_are_those_of_the_specification() {
    let key = key();
    let mut options = options(Profile::Id);
    options.access_token = Some("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y".into());
    options.code = Some("Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk".into());
    let token = jwt::mint(&key, &options).unwrap();
    let claims = jwt::claims::read(&jwt::Compact::parse(&token).unwrap()).unwrap();
    assert_eq!(
        claims.get("at_hash").unwrap().as_str(),
        Some("77QmUPtjPfzWtF2AnpK9RQ")
    );
    assert_eq!(
        claims.get("c_hash").unwrap().as_str(),
        Some("LDktKdoQak3Pk0cnXxCltA")
    );
}

#[test]
fn a_token_bound_to_a_certificate_needs_that_certificate() {
    let bound = |presented: Option<&[u8]>| {
        let presented = presented.map(<[u8]>::to_vec);
        changed(Profile::Access, |token, expected| {
            token.confirmation = Some(Confirmation::Certificate(b"der".to_vec()));
            expected.binding.certificate = presented;
        })
    };
    assert_eq!(bound(Some(b"der")), []);
    assert_eq!(bound(Some(b"other")), [Reason::BindingMismatch]);
    assert_eq!(bound(None), [Reason::BindingUnchecked]);
    let unbound = changed(Profile::Access, |_, expected| {
        expected.binding.certificate = Some(b"der".to_vec());
    });
    assert_eq!(unbound, [Reason::ClaimMissing]);
}

#[test]
fn a_token_bound_to_a_key_needs_a_proof_of_that_key_for_this_request() {
    let (issuer, holder) = (key(), key());
    let mut access = options(Profile::Access);
    access.confirmation = Some(Confirmation::Key(Box::new(holder.clone())));
    let token = jwt::mint(&issuer, &access).unwrap();
    let proof = |key: &Key, change: fn(&mut MintOptions)| {
        let mut proof =
            MintOptions::new(Profile::Dpop, now(), "0b5a0c7e-1111-4222-8333-444455556666");
        proof.access_token = Some(token.clone());
        proof.request = Some(BoundRequest {
            method: "GET".into(),
            uri: API.into(),
        });
        change(&mut proof);
        jwt::mint(key, &proof).unwrap()
    };
    let judge = |proof: String| {
        let mut expected = expected(Profile::Access);
        expected.binding.proof = Some(proof);
        expected.binding.request = Some(BoundRequest {
            method: "GET".into(),
            uri: API.into(),
        });
        reasons(&token, &issuer, &expected)
    };
    assert_eq!(judge(proof(&holder, |_| ())), []);
    assert_eq!(
        judge(proof(&key(), |_| ())),
        [Reason::BindingMismatch, Reason::ProofInvalid]
    );
    let invalid = |found: Vec<Reason>, wanted: Reason| {
        assert_eq!(found, [wanted, Reason::ProofInvalid]);
    };
    invalid(
        judge(proof(&holder, |proof| {
            proof.access_token = Some("another".into())
        })),
        Reason::HashMismatch,
    );
    invalid(
        judge(proof(&holder, |proof| proof.access_token = None)),
        Reason::ClaimMissing,
    );
    invalid(
        judge(proof(&holder, |proof| {
            proof.now = proof.now.minus(Duration::from_secs(301))
        })),
        Reason::TooOld,
    );
    invalid(
        judge(proof(&holder, |proof| {
            proof.now = proof.now.plus(Duration::from_secs(1))
        })),
        Reason::IssuedInFuture,
    );
    let other = |proof: &mut MintOptions| {
        proof.request = Some(BoundRequest {
            method: "POST".into(),
            uri: API.into(),
        });
    };
    invalid(judge(proof(&holder, other)), Reason::RequestMismatch);
    let mut damaged = proof(&holder, |_| ());
    let last = damaged.pop();
    damaged.push(if last == Some('A') { 'Q' } else { 'A' });
    assert!(judge(damaged).contains(&Reason::ProofInvalid));
    // A token is no proof of itself.
    assert!(judge(token.clone()).contains(&Reason::ProofInvalid));
}

#[test]
fn workload_tokens_are_strict() {
    use Reason::{ClaimForbidden, ClaimMissing, ClaimValue, LeewayTooLarge};
    let svid = changed(Profile::JwtSvid, |token, _| {
        token.subject = Some("spiffe://Acme/x".into())
    });
    assert!(svid.contains(&ClaimValue), "{svid:?}");
    let wit = |change: fn(&mut MintOptions, &mut Expectations)| changed(Profile::WitSvid, change);
    let for_somebody = wit(|token, _| token.audience = vec!["x".into()]);
    assert!(for_somebody.contains(&ClaimForbidden), "{for_somebody:?}");
    let unbound = wit(|token, _| token.confirmation = None);
    assert!(unbound.contains(&ClaimMissing), "{unbound:?}");
    let lenient = wit(|_, expected| expected.leeway = "3m".parse().unwrap());
    assert!(lenient.contains(&LeewayTooLarge), "{lenient:?}");
    let pretended = wit(|_, expected| expected.binding.unproven = true);
    assert_eq!(pretended, [Reason::BindingUnchecked]);
}

#[test]
fn service_and_access_tokens_are_short_and_narrow() {
    let long = changed(Profile::Service, |token, _| {
        token.ttl = Duration::from_secs(3600)
    });
    assert_eq!(long, [Reason::LifetimeTooLong]);
    let posture = changed(Profile::Service, |token, _| {
        token.device_posture = Some("unknown".into())
    });
    assert_eq!(posture, [Reason::ClaimValue]);
    let broad = changed(Profile::Service, |token, _| {
        token.scopes = vec!["admin".into()]
    });
    assert_eq!(broad, [Reason::ClaimValue]);
    let nobody = changed(Profile::Access, |token, _| {
        token.client = Some("other".into())
    });
    assert_eq!(nobody, [Reason::ClientMismatch]);
}

#[test]
fn a_logout_token_is_no_id_token() {
    let nonce = changed(Profile::Logout, |token, _| token.nonce = Some("n".into()));
    assert!(nonce.contains(&Reason::ClaimForbidden), "{nonce:?}");
}

/// A proof over a workload identity token, as its holder makes it.
fn workload_proof(holder: &Key, token: &str, typ: &str, audience: &str) -> String {
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let hash = encode(&sha256(token.as_bytes()));
    let header = json!({"alg": "ES256", "typ": typ});
    let claims = json!({"aud": audience, "exp": now().unix() + 60, "jti": "1", "wth": hash});
    let input = format!(
        "{}.{}",
        encode(header.to_string().as_bytes()),
        encode(claims.to_string().as_bytes())
    );
    let Material::Private(private) = &holder.material else {
        panic!("the holder's key is private")
    };
    let algorithm =
        SignatureAlgorithm::Ecdsa(Curve::P256, DigestAlgorithm::Sha256, EcEncoding::Fixed);
    let signature = sign(
        algorithm,
        private,
        input.as_bytes(),
        &SystemRandom::default(),
    )
    .unwrap();
    format!("{input}.{}", encode(&signature))
}

#[test]
fn a_workload_token_is_accepted_with_its_holder_s_proof_alone() {
    let (issuer, holder) = (key(), key());
    let mut options = options(Profile::WitSvid);
    options.confirmation = Some(Confirmation::Key(Box::new(holder.clone())));
    let token = jwt::mint(&issuer, &options).unwrap();
    let judge = |proof: String, audience: &str| {
        let mut expected = expected(Profile::WitSvid);
        expected.audiences = Audience::Named(vec![audience.into()]);
        expected.binding.proof = Some(proof);
        reasons(&token, &issuer, &expected)
    };
    let good = workload_proof(&holder, &token, "wpt+jwt", "orders");
    assert_eq!(judge(good.clone(), "orders"), []);
    assert_eq!(judge(good, "billing"), [Reason::ProofInvalid]);
    for bad in [
        workload_proof(&key(), &token, "wpt+jwt", "orders"),
        workload_proof(&holder, "another token", "wpt+jwt", "orders"),
        workload_proof(&holder, &token, "JWT", "orders"),
        token.clone(),
    ] {
        assert_eq!(judge(bad, "orders"), [Reason::ProofInvalid]);
    }
}

#[test]
fn names_and_ids_are_texts() {
    use Reason::{ClaimType, ClaimValue};
    let key = key();
    let token = jwt::mint(&key, &options(Profile::Access)).unwrap();
    let access = |name: &str, value: serde_json::Value| {
        let token = remade(&token, &key, |claims| claims[name] = value);
        reasons(&token, &key, &expected(Profile::Access))
    };
    assert!(access("jti", json!(7)).contains(&ClaimType));
    assert!(access("client_id", json!([])).contains(&ClaimType));
    assert!(access("sub", json!("")).contains(&ClaimValue));
    assert!(access("sub", json!(["alice"])).contains(&ClaimType));
}

/// The token with other claims, signed again.
fn remade(token: &str, key: &Key, change: impl FnOnce(&mut serde_json::Value)) -> String {
    let parts: Vec<&str> = token.split('.').collect();
    let payload = URL_SAFE_NO_PAD.decode(parts[1]).unwrap();
    let mut claims = serde_json::from_slice(&payload).unwrap();
    change(&mut claims);
    let input = format!(
        "{}.{}",
        parts[0],
        URL_SAFE_NO_PAD.encode(claims.to_string())
    );
    let Material::Private(private) = &key.material else {
        panic!("the key is private")
    };
    let algorithm =
        SignatureAlgorithm::Ecdsa(Curve::P256, DigestAlgorithm::Sha256, EcEncoding::Fixed);
    let signature = sign(
        algorithm,
        private,
        input.as_bytes(),
        &SystemRandom::default(),
    )
    .unwrap();
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
}

#[test]
fn evidence_that_the_token_does_not_ask_for_is_no_evidence() {
    let found = changed(Profile::Access, |token, expected| {
        token.confirmation = Some(Confirmation::Certificate(b"der".to_vec()));
        expected.binding.certificate = Some(b"der".to_vec());
        expected.binding.proof = Some("eyJhbGciOiJIUzI1NiJ9.e30.AA".into());
    });
    assert_eq!(found, [Reason::BindingMismatch]);
    let found = changed(Profile::Access, |token, expected| {
        token.confirmation = Some(Confirmation::Key(Box::new(key())));
        expected.binding.certificate = Some(b"der".to_vec());
        expected.binding.unproven = true;
    });
    assert_eq!(found, [Reason::BindingMismatch]);
    let key = key();
    let token = jwt::mint(&key, &options(Profile::Access)).unwrap();
    let null = remade(&token, &key, |claims| claims["cnf"] = json!(null));
    assert_eq!(
        reasons(&null, &key, &expected(Profile::Access)),
        [Reason::ClaimType]
    );
}

#[test]
fn a_proof_is_of_the_key_that_its_access_token_is_bound_to() {
    let (issuer, holder) = (key(), key());
    let mut access = options(Profile::Access);
    access.confirmation = Some(Confirmation::Key(Box::new(holder.clone())));
    let token = jwt::mint(&issuer, &access).unwrap();
    let judge = |signer: &Key| {
        let mut proof = options(Profile::Dpop);
        (proof.issuer, proof.subject) = (None, None);
        proof.audience.clear();
        proof.access_token = Some(token.clone());
        let proof = jwt::mint(signer, &proof).unwrap();
        let mut expected = expected(Profile::Dpop);
        expected.binding.access_token = Some(token.clone());
        reasons(&proof, signer, &expected)
    };
    assert_eq!(judge(&holder), []);
    assert_eq!(judge(&key()), [Reason::BindingMismatch]);
}

#[test]
fn kinds_that_share_a_type_are_told_apart() {
    let key = key();
    let access = jwt::mint(&key, &options(Profile::Access)).unwrap();
    assert!(reasons(&access, &key, &expected(Profile::Refresh)).contains(&Reason::TypeMismatch));
    let id = jwt::mint(&key, &options(Profile::Id)).unwrap();
    let logout = remade(&id, &key, |claims| claims["events"] = json!({}));
    assert_eq!(
        reasons(&logout, &key, &expected(Profile::Id)),
        [Reason::ClaimForbidden]
    );
    let bearer = remade(&id, &key, |claims| claims["typ"] = json!("Bearer"));
    assert_eq!(
        reasons(&bearer, &key, &expected(Profile::Id)),
        [Reason::TypeMismatch]
    );
    let svid = changed(Profile::JwtSvid, |token, _| {
        token.subject = Some("spiffe://evil.example/orders".into());
    });
    assert_eq!(svid, [Reason::SubjectMismatch]);
}
