//! Merkle proofs of inclusion and consistency, made by the transparency project for all implementations.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use countersign::cert::issuance_log::{Hash, verify_consistency, verify_inclusion};
use serde_json::Value;

use super::{corpus, files};

/// A hash of the corpus; None for what is no SHA-256, which the types exclude.
fn hash(value: &Value) -> Option<Hash> {
    STANDARD.decode(value.as_str()?).ok()?.try_into().ok()
}

fn proof(value: &Value) -> Option<Vec<Hash>> {
    match value {
        Value::Null => Some(Vec::new()),
        _ => value.as_array()?.iter().map(hash).collect(),
    }
}

fn holds(case: &Value) -> Option<bool> {
    let number = |name: &str| case[name].as_u64();
    let proof = proof(&case["proof"])?;
    Some(match number("leafIdx") {
        Some(index) => {
            let place = (index, number("treeSize")?);
            let (leaf, root) = (hash(&case["leafHash"])?, hash(&case["root"])?);
            verify_inclusion(place, &leaf, &proof, &root).is_ok()
        }
        None => {
            let sizes = (number("size1")?, number("size2")?);
            let (old, new) = (hash(&case["root1"])?, hash(&case["root2"])?);
            verify_consistency(sizes, &old, &new, &proof).is_ok()
        }
    })
}

#[test]
fn every_merkle_proof_is_judged_as_it_should_be() {
    let Some(folder) = corpus("merkle") else {
        return;
    };
    let (mut accepted, mut refused) = (0, 0);
    for path in files(&folder, &["json"]) {
        let case: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let wanted = !case["wantErr"].as_bool().unwrap();
        assert_eq!(holds(&case).unwrap_or(false), wanted, "{}", path.display());
        *(if wanted { &mut accepted } else { &mut refused }) += 1;
    }
    println!("merkle: {accepted} proofs hold, {refused} are refused");
    assert_eq!((accepted, refused), (6, 86));
}
