//! What a log is made of: notes, checkpoints, cosignatures, policies, proofs, bundles and entries; and certificates as issuing reads them.

#![no_main]

use countersign::cert::issuance_log::{
    Checkpoint, Entry, Note, OfflineProof, TilePath, VerifierKey, WitnessKey, WitnessPolicy,
    bundle_entries,
};
use countersign::cert::{AuthorityCertificate, Fields};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let key = VerifierKey::new("a.example/log", [7; 32]).expect("a name");
    assert!(Checkpoint::verified(bytes, &key).is_err(), "nobody has this key");
    if let Ok(note) = Note::parse(bytes)
        && let Ok(checkpoint) = Checkpoint::parse(&note.text)
    {
        assert_eq!(Checkpoint::parse(&checkpoint.to_text()), Ok(checkpoint));
    }
    let witness = WitnessKey::new("a.example/witness", [7; 32]).expect("a name");
    if let Ok(note) = Note::parse(bytes) {
        assert!(!matches!(witness.cosigned(&note), Ok(Some(_))), "nobody has this key");
    }
    if let Ok(policy) = WitnessPolicy::parse(bytes) {
        let _demand = (policy.demand(), policy.allows(&key));
    }
    if let Ok(proof) = OfflineProof::parse(bytes) {
        assert_eq!(OfflineProof::parse(proof.to_text().as_bytes()), Ok(proof));
    }
    let path = TilePath::in_tree(None, 0, 3).expect("a bundle");
    let _entries = bundle_entries(path, bytes);
    if let Ok(entry @ Entry::Certificate(_)) = Entry::parse(bytes) {
        assert_eq!(entry.to_bytes().ok().as_deref(), Some(bytes));
    }
    if let Ok(fields) = Fields::of_certificate(bytes) {
        let _text = (fields.label(), fields.names(), fields.common_name());
    }
    let _authority = AuthorityCertificate::read(bytes);
});
