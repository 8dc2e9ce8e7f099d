//! The issuance log: an append-only Merkle tree of all that an authority has agreed to sign.
//!
//! An entry is written before its signature is made, so that a certificate without an entry is a forgery or a theft of the
//! key. The tree is that of RFC 6962 §2.1, stored as the tiles of C2SP `tlog-tiles`, its head a `tlog-checkpoint` in a
//! signed note, a proof for the road a `tlog-proof`. Everything here computes; files are read and written elsewhere.

mod anomaly;
mod append;
mod cosignature;
mod entry;
mod merkle;
mod note;
mod proof;
mod reasons;
mod tile;

pub use anomaly::{Anomaly, Baseline, Remark, WatchOptions};
pub use append::{Edge, File};
pub use cosignature::{BadWitnessPolicy, Judged, Witness, WitnessKey, WitnessPolicy};
pub use entry::{Entry, EntryError, ListEntry, ResponseEntry, Revocation};
pub use merkle::{
    Hash, ProofError, consistency_proof, empty_root, inclusion_proof, leaf_hash, root_at,
    verify_consistency, verify_inclusion,
};
pub use note::{Checkpoint, Note, NoteError, VerifierKey, sign_note};
pub use proof::OfflineProof;
pub use reasons::LogReason;
pub use tile::{TileError, TilePath, TreeReader, bundle_entries};
