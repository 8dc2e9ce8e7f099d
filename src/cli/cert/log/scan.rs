//! A log read from end to end: every entry held against its tile, every tile against the root.

use std::collections::HashMap;

use crate::cert::Fields;
use crate::cert::issuance_log::{
    Checkpoint, Edge, Entry, Hash, ListEntry, LogReason, ResponseEntry, Revocation, TileError,
    leaf_hash,
};
use crate::cli::cert::directory::Store;
use crate::cli::env::Env;
use crate::cli::progress::Progress;
use crate::kernel::crypto::hex;

/// A problem, with its code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) reason: LogReason,
    pub(super) subject: String,
    pub(super) detail: String,
}

impl Found {
    pub(super) fn new(
        reason: LogReason,
        subject: impl Into<String>,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            reason,
            subject: subject.into(),
            detail: detail.into(),
        }
    }
}

/// Reads all entries of a log, gives each to `visit`, and holds the whole against the checkpoint.
pub(super) fn entries(
    env: &Env,
    store: &Store,
    head: &Checkpoint,
    mut visit: impl FnMut(u64, &[u8]),
) -> Result<(), Found> {
    let damaged = |error: TileError| Found::new(LogReason::Damaged, "log", error.to_string());
    let mut tree = store.tree(head.size);
    let bundles = tree.bundles();
    let mut progress = Progress::start(
        env,
        "reading the log",
        usize::try_from(bundles).unwrap_or(usize::MAX),
    );
    // The whole tree again, from the entries alone.
    let mut edge = Edge::empty();
    let mut index = 0;
    for bundle in 0..bundles {
        let entries = tree.entries(bundle).map_err(damaged)?;
        for entry in &entries {
            visit(index, entry);
            index += 1;
        }
        edge.append(&entries);
        progress.step();
    }
    if edge.root() != head.root {
        return Err(Found::new(
            LogReason::Damaged,
            "log",
            "its entries make another root than the checkpoint's",
        ));
    }
    // And once more as its readers will, by the tiles above the entries.
    let stored = store.root(head.size, head.size).map_err(damaged)?;
    if stored == head.root {
        Ok(())
    } else {
        Err(Found::new(
            LogReason::Damaged,
            "log",
            "its upper tiles make another root than the checkpoint's",
        ))
    }
}

/// What a log holds, by what it is looked up by.
#[derive(Debug, Default)]
pub(super) struct Contents {
    /// The certificates' entries by their hash.
    pub(super) certificates: HashMap<Hash, u64>,
    /// Issuer's key and serial number to the entry.
    pub(super) serials: HashMap<(String, String), u64>,
    pub(super) revocations: Vec<Revocation>,
    pub(super) lists: Vec<ListEntry>,
    pub(super) responses: Vec<ResponseEntry>,
    pub(super) problems: Vec<Found>,
}

impl Contents {
    /// Takes an entry.
    pub(super) fn add(&mut self, index: u64, bytes: &[u8]) {
        let subject = format!("entry {index}");
        match Entry::parse(bytes) {
            Ok(Entry::Certificate(tbs)) => {
                self.certificates.insert(leaf_hash(bytes), index);
                if let Ok(fields) = Fields::of_to_be_signed(&tbs) {
                    let issuer = fields.issuer_key_id().unwrap_or_default();
                    let key = (issuer, fields.serial_hex());
                    if let Some(first) = self.serials.get(&key) {
                        let detail =
                            format!("the serial number {} is that of entry {first}", key.1);
                        let found = Found::new(LogReason::DuplicateSerial, subject, detail);
                        self.problems.push(found);
                    } else {
                        self.serials.insert(key, index);
                    }
                }
            }
            Ok(Entry::Revocation(revocation)) => self.revocations.push(revocation),
            Ok(Entry::List(list)) => self.lists.push(list),
            Ok(Entry::Response(response)) => self.responses.push(response),
            Ok(Entry::Unknown(kind)) => {
                let detail = format!("it is of type {kind}, which this version does not know");
                self.problems
                    .push(Found::new(LogReason::Damaged, subject, detail));
            }
            Err(error) => {
                let found = Found::new(LogReason::Damaged, subject, error.to_string());
                self.problems.push(found);
            }
        }
    }
}

/// The place of a certificate in a log, found by its hash alone.
pub(super) fn index_of(store: &Store, size: u64, leaf: &Hash) -> Result<Option<u64>, TileError> {
    let mut tree = store.tree(size);
    // The newest first: that is what is asked for most.
    for index in (0..size).rev() {
        if tree.node(0, index)? == *leaf {
            return Ok(Some(index));
        }
    }
    Ok(None)
}

/// The hash of a certificate's entry.
pub(super) fn hash_of(certificate: &[u8]) -> Option<Hash> {
    let entry = Entry::of_certificate(certificate).ok()?;
    Some(leaf_hash(&entry.to_bytes().ok()?))
}

/// A root for people.
pub(super) fn root_text(checkpoint: &Checkpoint) -> String {
    hex(&checkpoint.root)
}
