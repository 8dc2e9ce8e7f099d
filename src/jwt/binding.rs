//! What a token is bound to: the token and code of one sign-in, the sender's certificate or key (RFC 8705, RFC 9449).
//!
//! A token that names a key in `cnf` is worth something only in the hands of who holds that key. Without proof of that
//! nothing is known of the sender, and the token is refused.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::algorithm::Algorithm;
use super::check::{Checks, show};
use super::claims::audiences;
use super::compact::Compact;
use super::dpop;
use super::expectations::{Audience, Expectations};
use super::profile::Profile;
use super::reasons::Reason;
use super::signature::{self, SignatureVerdict, Trial};
use crate::kernel::crypto::{DigestAlgorithm, sha256};
use crate::kernel::document::Node;
use crate::kernel::key::{Key, Material, from_jwk, thumbprint};

/// Checks what the token is bound to.
pub(super) fn check(checks: &mut Checks<'_>) {
    let binding = &checks.expected.binding;
    if checks.expected.profile == Some(Profile::Id) {
        if let Some(token) = &binding.access_token {
            hash(checks, "at_hash", token);
        }
        if let Some(code) = &binding.code {
            hash(checks, "c_hash", code);
        }
    }
    // A DPoP proof is itself the proof; what it is bound to is checked with its profile.
    if checks.expected.profile == Some(Profile::Dpop) {
        return;
    }
    let Some(confirmation) = checks.claims.get("cnf") else {
        if binding.certificate.is_some() || binding.proof.is_some() {
            let wanted = "the key that the sender proved to hold";
            checks.add("cnf", (wanted, "(none)"), Some(Reason::ClaimMissing));
        }
        return;
    };
    let Some(members) = confirmation.as_mapping() else {
        let failure = Some(Reason::ClaimType);
        return checks.add("cnf", ("an object", confirmation.kind()), failure);
    };
    if members.is_empty() {
        let failure = Some(Reason::BindingUnchecked);
        return checks.add("cnf", ("a key", "an empty object"), failure);
    }
    let has = |name: &str| members.iter().any(|member| member.key == name);
    // What the sender presented must be what the token asks for: evidence that proves nothing is no evidence.
    if binding.certificate.is_some() && !has("x5t#S256") {
        let failure = Some(Reason::BindingMismatch);
        checks.add(
            "cnf",
            ("`x5t#S256`, for the certificate", &show(Some(confirmation))),
            failure,
        );
    }
    let by_workload = checks.expected.profile == Some(Profile::WitSvid) && has("jwk");
    if binding.proof.is_some() && !has("jkt") && !by_workload {
        let failure = Some(Reason::BindingMismatch);
        checks.add(
            "cnf",
            ("`jkt`, for the proof", &show(Some(confirmation))),
            failure,
        );
    }
    for member in members {
        match member.key.as_str() {
            "x5t#S256" => certificate(checks, &member.value),
            "jkt" => key(checks, &member.value),
            "jwk" if checks.expected.profile == Some(Profile::WitSvid) => {
                workload(checks, &member.value);
            }
            name => unproven(
                checks,
                &format!("cnf.{name}"),
                "a kind of proof that is known",
            ),
        }
    }
}

fn hash(checks: &mut Checks<'_>, claim: &str, text: &str) {
    match half_hash(&checks.token.algorithm, text) {
        Some(wanted) => checks.one_of(claim, &[wanted], Reason::HashMismatch),
        None => {
            let shown = show(checks.claims.get(claim));
            let wanted = ("the hash of a known algorithm", shown.as_str());
            checks.add(claim, wanted, Some(Reason::HashMismatch));
        }
    }
}

/// `at_hash` and `c_hash` (OIDC Core §3.1.3.6, §3.3.2.11): the left half of the hash of the ASCII text, by the hash of
/// the ID token's algorithm.
pub(super) fn half_hash(algorithm: &str, text: &str) -> Option<String> {
    let whole = digest_of(algorithm)?.digest(text.as_bytes());
    Some(URL_SAFE_NO_PAD.encode(whole.get(..whole.len() / 2)?))
}

/// `ath` (RFC 9449 §4.2): the SHA-256 of a token's text, base64url.
pub(super) fn hash_of_token(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(sha256(token.as_bytes()))
}

/// The hash of a signature algorithm. Ed25519 hashes with SHA-512 (RFC 8032 §5.1).
fn digest_of(algorithm: &str) -> Option<DigestAlgorithm> {
    Algorithm::from_name(algorithm)?;
    match algorithm.get(2..5)? {
        "256" => Some(DigestAlgorithm::Sha256),
        "384" => Some(DigestAlgorithm::Sha384),
        "512" | "DSA" | "255" => Some(DigestAlgorithm::Sha512),
        _ => None,
    }
}

// RFC 8705 §3.1: base64url of the SHA-256 of the certificate's DER, without padding.
fn certificate(checks: &mut Checks<'_>, claim: &Node) {
    let Some(der) = &checks.expected.binding.certificate else {
        return unproven(checks, "cnf.x5t#S256", "the sender's certificate");
    };
    let wanted = URL_SAFE_NO_PAD.encode(sha256(der));
    let failure = (claim.as_str() != Some(wanted.as_str())).then_some(Reason::BindingMismatch);
    checks.add("cnf.x5t#S256", (&wanted, &show(Some(claim))), failure);
}

// RFC 9449 §6.1: the SHA-256 thumbprint of the proof's key.
fn key(checks: &mut Checks<'_>, claim: &Node) {
    let expected = checks.expected;
    let Some(proof) = &expected.binding.proof else {
        return unproven(checks, "cnf.jkt", "a DPoP proof of the sender's key");
    };
    // RFC 9449 §4.3: with an access token, the proof must name its hash.
    let mut demanded = Expectations::at(expected.now);
    demanded.leeway = expected.leeway;
    demanded.profile = Some(Profile::Dpop);
    demanded.binding = expected.binding.clone();
    demanded.binding.access_token = Some(checks.token.text());
    let verdict = super::verify(proof, &[], &Algorithm::ALL, &demanded);
    let holds = verdict.is_accepted();
    for failed in verdict.failures() {
        let name = format!("proof {}", failed.claim);
        checks.add(&name, (&failed.expected, &failed.actual), failed.failure);
    }
    let text = match &verdict.signature {
        Err(error) => error.to_string(),
        Ok(SignatureVerdict::Valid { .. }) if holds => "valid".into(),
        Ok(SignatureVerdict::Valid { .. }) => "its signature is right, its claims are not".into(),
        Ok(_) => "its signature is not that of the key in it".to_owned(),
    };
    let failure = (!holds).then_some(Reason::ProofInvalid);
    checks.add("proof", ("a valid DPoP proof", &text), failure);
    let print = Compact::parse(proof)
        .ok()
        .and_then(|proof| dpop::embedded_key(&proof).ok())
        .and_then(|key| key.public())
        .map(|public| thumbprint(&public));
    let wanted = print.unwrap_or_else(|| "the thumbprint of the proof's key".into());
    let failure = (claim.as_str() != Some(wanted.as_str())).then_some(Reason::BindingMismatch);
    checks.add("cnf.jkt", (&wanted, &show(Some(claim))), failure);
}

// A workload identity token is never a bearer token: its holder signs a proof over it with the key in `cnf.jwk`.
fn workload(checks: &mut Checks<'_>, claim: &Node) {
    let expected = checks.expected;
    let read = from_jwk(claim);
    let key = match read {
        Err(error) => {
            let failure = Some(Reason::ClaimValue);
            return checks.add("cnf.jwk", ("a public key", &error.to_string()), failure);
        }
        Ok(key) if !matches!(key.material, Material::Public(_)) => {
            let failure = Some(Reason::ClaimValue);
            return checks.add("cnf.jwk", ("a public key", &key.describe()), failure);
        }
        Ok(key) => key,
    };
    let Some(proof) = &expected.binding.proof else {
        let wanted = "a proof that the sender holds the key";
        return checks.add(
            "cnf.jwk",
            (wanted, "(none given)"),
            Some(Reason::BindingUnchecked),
        );
    };
    let outcome = workload_proof(checks, proof, &key);
    let failure = outcome.is_err().then_some(Reason::ProofInvalid);
    let text = match outcome {
        Ok(()) => "valid".to_owned(),
        Err(problem) => problem,
    };
    checks.add("proof", ("a proof by the key of `cnf.jwk`", &text), failure);
}

// draft-ietf-wimse-wpt: `typ` is `wpt+jwt`, `wth` the hash of the token, `aud` and `exp` are there.
fn workload_proof(checks: &Checks<'_>, proof: &str, key: &Key) -> Result<(), String> {
    let proof = Compact::parse(proof).map_err(|error| error.to_string())?;
    if proof
        .header_text("typ")
        .map(str::to_ascii_lowercase)
        .as_deref()
        != Some("wpt+jwt")
    {
        return Err("its `typ` is not `wpt+jwt`".into());
    }
    let named = key.algorithm.as_deref().and_then(Algorithm::from_name);
    let accepted: Vec<Algorithm> = named.into_iter().collect();
    let keys = std::slice::from_ref(key);
    if !matches!(
        signature::check(&proof, keys, Trial::of(checks.expected, &accepted)),
        SignatureVerdict::Valid { .. }
    ) {
        return Err("its signature is not that of the key in `cnf.jwk`".into());
    }
    let claims = super::claims::read(&proof).map_err(|error| error.to_string())?;
    let hash = hash_of_token(&checks.token.text());
    if claims.get("wth").and_then(Node::as_str) != Some(hash.as_str()) {
        return Err("its `wth` is not the hash of this token".into());
    }
    let mut demanded = Expectations::at(checks.expected.now);
    demanded.leeway = checks.expected.leeway;
    demanded.audiences = match &checks.expected.audiences {
        Audience::Unknown => Audience::Unknown,
        known => known.clone(),
    };
    demanded.required = vec!["jti".into(), "aud".into()];
    let failed = super::check::check(&proof, &claims, &demanded);
    let names: Vec<String> = failed
        .into_iter()
        .filter(|check| check.failure.is_some())
        .map(|check| {
            format!(
                "`{}` is {}, expected {}",
                check.claim, check.actual, check.expected
            )
        })
        .collect();
    if claims.get("aud").and_then(audiences).is_none() {
        return Err("it names no audience".into());
    }
    match names.as_slice() {
        [] => Ok(()),
        names => Err(names.join("; ")),
    }
}

fn unproven(checks: &mut Checks<'_>, claim: &str, wanted: &str) {
    let accepted =
        checks.expected.binding.unproven && checks.expected.profile != Some(Profile::WitSvid);
    let failure = (!accepted).then_some(Reason::BindingUnchecked);
    checks.add(claim, (wanted, "not proven"), failure);
}
