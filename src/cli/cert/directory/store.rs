//! The log on the disk: tiles and entries below `log/`, the checkpoint, and the head that the directory last saw.
//!
//! The checkpoint is the moment at which entries are in the log: tiles are written before it, signatures made after it.
//! What a killed process leaves behind beyond the checkpoint belongs to no tree, and is written over.

use std::path::{Path, PathBuf};

use crate::cert::issuance_log::{
    Checkpoint, Edge, Entry, Hash, Note, NoteError, Revocation, TileError, TilePath, TreeReader,
    VerifierKey, root_at, sign_note,
};
use crate::cli::error::{Failure, Kind};
use crate::kernel::crypto::SystemRandom;
use crate::kernel::fs::{self, Privacy, Replace};
use crate::kernel::key::PrivateKey;

const HEAD: &str = "log.head";
const CHECKPOINT: &str = "checkpoint";
/// Entries in a full bundle.
const BUNDLE: u64 = 256;
const MAX_NOTE: u64 = 1 << 16;
/// 256 entries of 65,535 bytes, and their lengths.
const MAX_TILE: u64 = 256 * (65_535 + 2);

/// A log that is read.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    directory: PathBuf,
    key: VerifierKey,
}

/// A tree that is read from the disk.
pub(crate) type Tree<'a> = TreeReader<Box<dyn FnMut(TilePath) -> Result<Vec<u8>, String> + 'a>>;

impl Store {
    /// The log of an authority's directory.
    pub(crate) fn new(directory: &Path, key: VerifierKey) -> Self {
        Self {
            directory: directory.to_owned(),
            key,
        }
    }

    /// The key that its checkpoints verify with.
    pub(crate) fn key(&self) -> &VerifierKey {
        &self.key
    }

    fn path(&self, tile: TilePath) -> PathBuf {
        self.directory.join("log").join(tile.to_string())
    }

    /// A tile or bundle; the full one stands in for a part of it.
    fn read(&self, tile: TilePath) -> Result<Vec<u8>, String> {
        match fs::read(&self.path(tile), MAX_TILE) {
            Ok(bytes) => Ok(bytes),
            Err(error) => {
                fs::read(&self.path(tile.full()), MAX_TILE).map_err(|_| error.to_string())
            }
        }
    }

    /// The checkpoint as text, and what it says, its signature verified.
    pub(crate) fn checkpoint(&self) -> Result<(Checkpoint, String), Failure> {
        self.note(&self.directory.join("log").join(CHECKPOINT))
    }

    fn note(&self, path: &Path) -> Result<(Checkpoint, String), Failure> {
        let bytes = fs::read(path, MAX_NOTE)?;
        let checkpoint = self
            .verified(&bytes)
            .map_err(|error| damaged(&error.to_string(), path))?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Ok((checkpoint, text))
    }

    /// The text of a statement that [`LogWriter::vouch`] signed; None if it did not.
    pub(crate) fn vouched(&self, note: &str) -> Option<String> {
        let key = VerifierKey::new(&statement_name(&self.key), *self.key.public_key()).ok()?;
        let note = Note::parse(note.as_bytes()).ok()?;
        note.verify(&key).ok()?;
        Some(note.text)
    }

    /// Reads a checkpoint of this log.
    pub(crate) fn verified(&self, bytes: &[u8]) -> Result<Checkpoint, NoteError> {
        Checkpoint::verified(bytes, &self.key)
    }

    /// The tree of a size.
    pub(crate) fn tree(&self, size: u64) -> Tree<'_> {
        TreeReader::new(size, Box::new(|tile| self.read(tile)))
    }

    /// The root that the first `size` entries make, read from a tree of `within`.
    pub(crate) fn root(&self, size: u64, within: u64) -> Result<Hash, TileError> {
        let mut tree = self.tree(within);
        root_at(size, |level, index| tree.node(level, index))
    }

    /// The revocations that the log holds from an index on, in their order, and the largest number of a revocation list
    /// there. The entries before are those that made the root `seen`; all that follow are held against the head.
    pub(crate) fn revocations(
        &self,
        head: &Checkpoint,
        (from, seen): (u64, &Hash),
    ) -> Result<(Vec<Revocation>, u64), Failure> {
        let bad = |problem: String| {
            Failure::input(problem)
                .context("the issuance log cannot be read")
                .hint("nothing is signed until that is understood: `cert log verify` tells more")
        };
        let size = head.size;
        // A part of a tile that has grown since is no longer there: the larger one holds it.
        let mut edge = Edge::load(from, |tile| {
            let grown = TilePath::in_tree(tile.level, tile.index, size).unwrap_or(tile);
            self.read(grown)
        })
        .map_err(|error| bad(error.to_string()))?;
        if edge.root() != *seen {
            return Err(bad(format!(
                "its first {from} entries are others than they were"
            )));
        }
        let mut tree = self.tree(size);
        let (mut revocations, mut number) = (Vec::new(), 0);
        for bundle in from / BUNDLE..tree.bundles() {
            let entries = tree.entries(bundle);
            let mut entries = entries.map_err(|error| bad(error.to_string()))?;
            let known = from.saturating_sub(bundle * BUNDLE).min(BUNDLE);
            entries.drain(..entries.len().min(usize::try_from(known).unwrap_or(0)));
            for entry in entries.iter().filter(|entry| !Entry::is_certificate(entry)) {
                match Entry::parse(entry).map_err(|error| bad(error.to_string()))? {
                    Entry::Revocation(revocation) => revocations.push(revocation),
                    Entry::List(list) => number = number.max(list.number),
                    Entry::Certificate(_) | Entry::Response(_) | Entry::Unknown(_) => {}
                }
            }
            edge.append(&entries);
        }
        if edge.root() != head.root {
            let problem = "its entries make another root than its checkpoint".to_owned();
            return Err(bad(problem));
        }
        Ok((revocations, number))
    }

    /// The head that this directory saw last.
    pub(crate) fn last_seen(&self) -> Result<Checkpoint, Failure> {
        Ok(self.note(&self.directory.join(HEAD))?.0)
    }

    /// The log's head, held against the one that this directory saw last. A log that is behind or forked is no basis to
    /// sign on.
    pub(crate) fn trusted_head(&self) -> Result<(Checkpoint, String), Failure> {
        let (mut checkpoint, mut text) = self.checkpoint()?;
        let (head, seen) = self.note(&self.directory.join(HEAD))?;
        if head.size > checkpoint.size {
            // Somebody may have appended between the two looks: the checkpoint is written first.
            (checkpoint, text) = self.checkpoint()?;
        }
        if seen == text {
            return Ok((checkpoint, text));
        }
        let broken = |problem: String| {
            Failure::new(Kind::Input, problem)
                .context("the issuance log is not the one that this authority wrote")
                .hint("nothing is signed until that is understood: `cert log verify` tells more")
        };
        if head.size > checkpoint.size {
            return Err(broken(format!(
                "it has {} entries, and had {}: it is behind",
                checkpoint.size, head.size
            )));
        }
        let root = self
            .root(head.size, checkpoint.size)
            .map_err(|error| broken(error.to_string()))?;
        if root != head.root {
            return Err(broken(format!(
                "its first {} entries are others than they were: it is forked",
                head.size
            )));
        }
        Ok((checkpoint, text))
    }
}

fn statement_name(key: &VerifierKey) -> String {
    format!("{}/statement", key.name())
}

fn damaged(problem: &str, path: &Path) -> Failure {
    Failure::input(problem.to_owned()).context(format!(
        "the issuance log cannot be used: `{}`",
        path.display()
    ))
}

/// A log that is appended to. Its directory is locked meanwhile.
#[derive(Debug)]
pub(crate) struct LogWriter {
    store: Store,
    edge: Edge,
    key: PrivateKey,
    random: SystemRandom,
    checkpoint: String,
    head: Checkpoint,
    _lock: Option<fs::Lock>,
}

impl LogWriter {
    /// A log without entries, in a directory that nobody else knows of yet.
    pub(crate) fn create(
        store: Store,
        key: PrivateKey,
        random: &SystemRandom,
    ) -> Result<Self, Failure> {
        let edge = Edge::empty();
        let mut writer = Self {
            head: Checkpoint {
                origin: store.key.name().to_owned(),
                size: 0,
                root: edge.root(),
            },
            store,
            edge,
            key,
            random: random.clone(),
            checkpoint: String::new(),
            _lock: None,
        };
        fs::create_private_dir(&writer.store.directory.join("log"))?;
        writer.publish()?;
        Ok(writer)
    }

    /// Opens the log of a directory: waits for whoever writes to it, then checks that it is the one that was written.
    pub(crate) fn open(
        store: Store,
        key: PrivateKey,
        random: &SystemRandom,
    ) -> Result<Self, Failure> {
        let lock = fs::lock(&store.directory.join("lock"))?;
        // Whoever holds the lock is alone: what is half-written is a killed process's.
        for folder in ["", "log", "crl"] {
            fs::sweep(&store.directory.join(folder), None);
        }
        let (head, checkpoint) = store.trusted_head()?;
        let forked = |problem: String| {
            Failure::input(problem)
                .context("the issuance log is not the one that this authority wrote")
                .hint("nothing is signed until that is understood: `cert log verify` tells more")
        };
        let edge = Edge::load(head.size, |tile| store.read(tile))
            .map_err(|error| forked(error.to_string()))?;
        if edge.root() != head.root {
            return Err(forked(
                "its tiles make another root than its checkpoint".into(),
            ));
        }
        Ok(Self {
            store,
            edge,
            key,
            random: random.clone(),
            checkpoint,
            head,
            _lock: Some(lock),
        })
    }

    /// Adds entries; the index of the first. When it returns they are on the disk, under a signed checkpoint.
    pub(crate) fn append(&mut self, entries: &[Entry]) -> Result<u64, Failure> {
        let first = self.edge.size();
        let bytes: Result<Vec<_>, _> = entries.iter().map(Entry::to_bytes).collect();
        let bytes = bytes.map_err(|error| Failure::input(error.to_string()))?;
        // The edge moves on only with what is on the disk.
        let mut edge = self.edge.clone();
        let files = edge.append(&bytes);
        for (tile, bytes) in &files {
            let path = self.store.path(*tile);
            if let Some(parent) = path.parent() {
                fs::create_directory(parent)?;
            }
            fs::write(&path, bytes, Privacy::Shared, Replace::Always)?;
        }
        self.edge = edge;
        self.publish()?;
        for (tile, _) in &files {
            self.clear(*tile);
        }
        Ok(first)
    }

    /// The checkpoint of all that is appended.
    pub(crate) fn checkpoint(&self) -> (&Checkpoint, &str) {
        (&self.head, &self.checkpoint)
    }

    /// The size of all that is appended, which is the index of what comes next, and its root.
    pub(crate) fn end(&self) -> (u64, Hash) {
        (self.edge.size(), self.edge.root())
    }

    /// The log behind it.
    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    /// A statement of this authority about its own files, signed with the log's key under a name that no log has.
    pub(crate) fn vouch(&self, text: &str) -> Result<String, Failure> {
        let name = statement_name(&self.store.key);
        sign_note(text, &name, &self.key, &self.random)
            .map_err(|error| Failure::new(Kind::Secret, error.to_string()))
    }

    fn publish(&mut self) -> Result<(), Failure> {
        let head = Checkpoint {
            origin: self.store.key.name().to_owned(),
            size: self.edge.size(),
            root: self.edge.root(),
        };
        let note = sign_note(&head.to_text(), &head.origin, &self.key, &self.random)
            .map_err(|error| Failure::new(Kind::Secret, error.to_string()))?;
        let checkpoint = self.store.directory.join("log").join(CHECKPOINT);
        let seen = self.store.directory.join(HEAD);
        fs::write(
            &checkpoint,
            note.as_bytes(),
            Privacy::Shared,
            Replace::Always,
        )?;
        // The checkpoint is on the disk. If the power goes before this move is, the older head is there, which the log extends.
        fs::stage(&seen, note.as_bytes(), Privacy::Shared, Replace::Always)?.commit_unsynced()?;
        self.checkpoint = note;
        self.head = head;
        Ok(())
    }

    /// Removes what a new tile stands in for: the parts of a full one, and all parts but the last two of another.
    fn clear(&self, tile: TilePath) {
        let full = self.store.path(tile.full());
        let mut parts = full.into_os_string();
        parts.push(".p");
        let parts = PathBuf::from(parts);
        if tile.width == 256 {
            let _none_there = std::fs::remove_dir_all(&parts);
            return;
        }
        let Ok(found) = parts.read_dir() else { return };
        for entry in found.flatten() {
            let width = entry.file_name().to_string_lossy().parse::<u16>();
            if width.is_ok_and(|width| width + 1 < tile.width || width > tile.width) {
                let _kept = std::fs::remove_file(entry.path());
            }
        }
    }
}
