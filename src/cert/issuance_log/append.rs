//! Appending: from the right edge of the tree and new entries to the files that change.
//!
//! The edge is what is not full: one tile a level and one bundle. What an append costs does not grow with the log.

use super::merkle::{Hash, empty_root, leaf_hash, node_hash};
use super::tile::{TileError, TilePath, WIDTH, hashes};

/// The right edge of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    size: u64,
    /// The hashes of the tile that is not full, for each level.
    levels: Vec<Vec<Hash>>,
    /// The bundle that is not full.
    bundle: Vec<u8>,
}

/// A file of the log and its bytes.
pub type File = (TilePath, Vec<u8>);

impl Edge {
    /// The edge of a tree without entries.
    pub fn empty() -> Self {
        Self {
            size: 0,
            levels: Vec::new(),
            bundle: Vec::new(),
        }
    }

    /// Reads the edge of a tree of that size.
    ///
    /// # Errors
    /// [`TileError`].
    pub fn load(
        size: u64,
        mut read: impl FnMut(TilePath) -> Result<Vec<u8>, String>,
    ) -> Result<Self, TileError> {
        let mut edge = Self {
            size,
            levels: Vec::new(),
            bundle: Vec::new(),
        };
        let mut count = size;
        let mut level = 0_u8;
        while count > 0 {
            let index = count / WIDTH;
            let tile = match TilePath::in_tree(Some(level), index, size) {
                Some(path) => hashes(path, &read(path).map_err(TileError::Unreadable)?)?,
                None => Vec::new(),
            };
            edge.levels.push(tile);
            count /= WIDTH;
            level += 1;
        }
        if let Some(path) = TilePath::in_tree(None, size / WIDTH, size) {
            let bytes = read(path).map_err(TileError::Unreadable)?;
            // A full bundle may stand in for a part of it: only the part is the edge.
            let entries = super::tile::bundle_entries(path, &bytes)?;
            let hashes = edge.levels.first().map(Vec::as_slice).unwrap_or_default();
            for (offset, (entry, hash)) in entries.iter().zip(hashes).enumerate() {
                if leaf_hash(entry) != *hash {
                    return Err(TileError::Changed(path.index * WIDTH + offset as u64));
                }
            }
            let length: usize = entries.iter().map(|entry| entry.len() + 2).sum();
            edge.bundle = bytes.get(..length).unwrap_or_default().to_vec();
        }
        Ok(edge)
    }

    /// How many entries the tree has.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root.
    pub fn root(&self) -> Hash {
        let mut root: Option<Hash> = None;
        for tile in &self.levels {
            // The full subtrees of a tile that is not full, the smallest last: one for each bit of its width.
            let mut end = tile.len();
            while end > 0 {
                let width = 1 << end.trailing_zeros();
                let subtree = full(tile.get(end - width..end).unwrap_or_default());
                root = Some(match root {
                    Some(right) => node_hash(&subtree, &right),
                    None => subtree,
                });
                end -= width;
            }
        }
        root.unwrap_or_else(empty_root)
    }

    /// Adds entries, each of at most 65,535 bytes, and gives the files to write: what has become full, and the new edge.
    pub fn append(&mut self, entries: &[Vec<u8>]) -> Vec<File> {
        let mut files = Vec::new();
        for entry in entries {
            let length = u16::try_from(entry.len()).expect("an entry is at most 65,535 bytes");
            self.bundle.extend(length.to_be_bytes());
            self.bundle.extend(entry);
            self.push(0, leaf_hash(entry), &mut files);
            self.size += 1;
            if self.size.is_multiple_of(WIDTH) {
                let path = TilePath {
                    level: None,
                    index: self.size / WIDTH - 1,
                    width: 256,
                };
                files.push((path, std::mem::take(&mut self.bundle)));
            }
        }
        files.extend(self.partial());
        files
    }

    fn push(&mut self, level: usize, hash: Hash, files: &mut Vec<File>) {
        if self.levels.len() <= level {
            self.levels.push(Vec::new());
        }
        let Some(tile) = self.levels.get_mut(level) else {
            return;
        };
        tile.push(hash);
        if tile.len() as u64 == WIDTH {
            let tile = std::mem::take(tile);
            let shift = (level as u32 + 1) * 8;
            let path = TilePath {
                level: u8::try_from(level).ok(),
                index: (self.size + 1) >> shift,
                width: 256,
            };
            let index = path.index - 1;
            files.push((TilePath { index, ..path }, tile.concat()));
            self.push(level + 1, full(&tile), files);
        }
    }

    /// The files of the edge.
    fn partial(&self) -> Vec<File> {
        let mut files = Vec::new();
        if let Some(path) = TilePath::in_tree(None, self.size / WIDTH, self.size) {
            files.push((path, self.bundle.clone()));
        }
        for (level, tile) in self.levels.iter().enumerate() {
            let Ok(number) = u8::try_from(level) else {
                continue;
            };
            let count = self.size >> (level * 8);
            if let Some(path) = TilePath::in_tree(Some(number), count / WIDTH, self.size) {
                files.push((path, tile.concat()));
            }
        }
        files
    }
}

/// The root of as many hashes as a power of two.
fn full(hashes: &[Hash]) -> Hash {
    match hashes {
        [] => empty_root(),
        [one] => *one,
        more => {
            let (left, right) = more.split_at(more.len() / 2);
            node_hash(&full(left), &full(right))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::cert::issuance_log::merkle::root_at;
    use crate::cert::issuance_log::tile::TreeReader;

    fn entry(index: u64) -> Vec<u8> {
        format!("entry {index}").into_bytes()
    }

    #[test]
    fn what_is_appended_in_any_portions_is_one_tree() {
        let mut stored: HashMap<String, Vec<u8>> = HashMap::new();
        let mut edge = Edge::empty();
        let mut next = 0;
        for portion in [1, 1, 3, 250, 1, 1, 255, 256, 257, 700, 0, 64_000, 500] {
            let entries: Vec<_> = (next..next + portion).map(entry).collect();
            next += portion;
            for (path, bytes) in edge.append(&entries) {
                stored.insert(path.to_string(), bytes);
            }
            let mut read = |path: TilePath| {
                let bytes = stored.get(&path.to_string());
                bytes.cloned().ok_or_else(|| format!("no {path}"))
            };
            assert_eq!(Edge::load(next, &mut read).unwrap(), edge);
            let mut tree = TreeReader::new(next, &mut read);
            let root = root_at(next, |level, index| tree.node(level, index)).unwrap();
            assert_eq!(root, edge.root(), "{next} entries");
            let last = tree.entries(tree.bundles().saturating_sub(1)).unwrap();
            assert_eq!(last.last(), Some(&entry(next - 1)));
        }
        assert_eq!(edge.size(), next);
    }

    #[test]
    fn a_changed_entry_is_found() {
        let mut edge = Edge::empty();
        let files = edge.append(&[entry(0), entry(1)]);
        let read = |path: TilePath| {
            let mut files = files.iter().filter(|(other, _)| *other == path);
            let mut bytes = files.next().unwrap().1.clone();
            if path.level.is_none() {
                bytes[3] ^= 1;
            }
            Ok(bytes)
        };
        assert_eq!(Edge::load(2, read), Err(TileError::Changed(0)));
    }
}
