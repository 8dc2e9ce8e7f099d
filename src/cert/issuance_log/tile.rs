//! Tiles: where the hashes and the entries of a log stand (C2SP tlog-tiles).
//!
//! A tile holds up to 256 hashes of one level; the levels between are computed. A tile or bundle that is not full is
//! stored under its width, and is replaced by the full one in time.

use super::merkle::{Hash, leaf_hash, node_hash};

/// Hashes in a full tile, entries in a full bundle.
pub(super) const WIDTH: u64 = 256;

/// The place of a tile or of a bundle of entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TilePath {
    /// The level, from 0; None for the entries themselves.
    pub level: Option<u8>,
    /// Which of the level.
    pub index: u64,
    /// How much it holds: 1 to 256.
    pub width: u16,
}

/// Why a log cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TileError {
    /// A file that is missing or cannot be read.
    #[error("{0}")]
    Unreadable(String),
    /// A tile of another length.
    #[error("`{0}` does not hold as many hashes as it says")]
    BadTile(TilePath),
    /// A bundle that does not hold its entries.
    #[error("`{0}` does not hold as many entries as it says")]
    BadBundle(TilePath),
    /// An entry that its tile does not vouch for.
    #[error("the entry {0} is not the one that the tree holds: the log was changed")]
    Changed(u64),
}

impl std::fmt::Display for TilePath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.level {
            Some(level) => write!(f, "tile/{level}/")?,
            None => f.write_str("tile/entries/")?,
        }
        let mut groups = Vec::new();
        let mut rest = self.index;
        loop {
            groups.push(rest % 1000);
            rest /= 1000;
            if rest == 0 {
                break;
            }
        }
        for group in groups.iter().skip(1).rev() {
            write!(f, "x{group:03}/")?;
        }
        write!(f, "{:03}", groups.first().unwrap_or(&0))?;
        if u64::from(self.width) < WIDTH {
            write!(f, ".p/{}", self.width)?;
        }
        Ok(())
    }
}

impl TilePath {
    /// The tile of that index in a tree of that size; None if the tree does not reach it.
    pub fn in_tree(level: Option<u8>, index: u64, size: u64) -> Option<Self> {
        let shift = u32::from(level.unwrap_or(0)) * 8;
        let hashes = size.checked_shr(shift).unwrap_or(0);
        let held = hashes.checked_sub(index.checked_mul(WIDTH)?)?;
        let width = u16::try_from(held.min(WIDTH)).ok()?;
        (width > 0).then_some(Self {
            level,
            index,
            width,
        })
    }

    /// The same place, full.
    #[must_use]
    pub fn full(self) -> Self {
        Self { width: 256, ..self }
    }
}

/// Reads the hashes of a tile.
pub(super) fn hashes(path: TilePath, bytes: &[u8]) -> Result<Vec<Hash>, TileError> {
    let (chunks, rest) = bytes.as_chunks::<32>();
    let width = usize::from(path.width);
    // A full tile stands in for a part of it.
    if !rest.is_empty() || chunks.len() < width {
        return Err(TileError::BadTile(path));
    }
    Ok(chunks.iter().take(width).copied().collect())
}

/// The entries of a bundle.
///
/// # Errors
/// [`TileError::BadBundle`].
pub fn bundle_entries(path: TilePath, bytes: &[u8]) -> Result<Vec<&[u8]>, TileError> {
    let bad = || TileError::BadBundle(path);
    let mut rest = bytes;
    let mut entries = Vec::with_capacity(usize::from(path.width));
    while entries.len() < usize::from(path.width) {
        let (length, after) = rest.split_first_chunk::<2>().ok_or_else(bad)?;
        let length = usize::from(u16::from_be_bytes(*length));
        let (entry, after) = after.split_at_checked(length).ok_or_else(bad)?;
        entries.push(entry);
        rest = after;
    }
    Ok(entries)
}

/// Reads a tree of one size from its tiles, which it keeps.
pub struct TreeReader<F> {
    size: u64,
    read: F,
    tiles: std::collections::HashMap<(u8, u64), Vec<Hash>>,
}

impl<F> std::fmt::Debug for TreeReader<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TreeReader({})", self.size)
    }
}

impl<F: FnMut(TilePath) -> Result<Vec<u8>, String>> TreeReader<F> {
    /// A tree whose tiles `read` gives.
    pub fn new(size: u64, read: F) -> Self {
        Self {
            size,
            read,
            tiles: std::collections::HashMap::new(),
        }
    }

    /// The node `index` of the level that is `level` above the leaves, a full subtree.
    ///
    /// # Errors
    /// [`TileError`].
    pub fn node(&mut self, level: u32, index: u64) -> Result<Hash, TileError> {
        let tile_level = u8::try_from(level / 8).unwrap_or(u8::MAX);
        let row = level % 8;
        let first = index << row;
        let (tile, offset) = (first / WIDTH, first % WIDTH);
        let hashes = self.tile(tile_level, tile)?;
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        let end = offset.saturating_add(1 << row);
        let mut row: Vec<Hash> = match hashes.get(offset..end) {
            Some(row) => row.to_vec(),
            None => return Err(TileError::Unreadable("the tree ends before that".into())),
        };
        while row.len() > 1 {
            row = row
                .as_chunks::<2>()
                .0
                .iter()
                .map(|[left, right]| node_hash(left, right))
                .collect();
        }
        row.first()
            .copied()
            .ok_or_else(|| TileError::Unreadable("the tree ends before that".into()))
    }

    fn tile(&mut self, level: u8, index: u64) -> Result<&[Hash], TileError> {
        if !self.tiles.contains_key(&(level, index)) {
            let path = TilePath::in_tree(Some(level), index, self.size).ok_or_else(|| {
                TileError::Unreadable(format!("the tree of {} ends before that", self.size))
            })?;
            let bytes = (self.read)(path).map_err(TileError::Unreadable)?;
            // A walk over a large log needs each tile once, and not all at the same time.
            if self.tiles.len() > 4096 {
                self.tiles.clear();
            }
            self.tiles.insert((level, index), hashes(path, &bytes)?);
        }
        Ok(self
            .tiles
            .get(&(level, index))
            .map(Vec::as_slice)
            .unwrap_or_default())
    }

    /// The entries of a bundle, each held against the tree.
    ///
    /// # Errors
    /// [`TileError`].
    pub fn entries(&mut self, index: u64) -> Result<Vec<Vec<u8>>, TileError> {
        let Some(path) = TilePath::in_tree(None, index, self.size) else {
            return Ok(Vec::new());
        };
        let bytes = (self.read)(path).map_err(TileError::Unreadable)?;
        let entries = bundle_entries(path, &bytes)?;
        let hashes = self.tile(0, index)?;
        for (offset, (entry, hash)) in entries.iter().zip(hashes).enumerate() {
            if leaf_hash(entry) != *hash {
                return Err(TileError::Changed(index * WIDTH + offset as u64));
            }
        }
        Ok(entries.into_iter().map(<[u8]>::to_vec).collect())
    }

    /// How many bundles there are.
    pub fn bundles(&self) -> u64 {
        self.size.div_ceil(WIDTH)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_the_specification() {
        let path = |level, index, width| {
            TilePath {
                level,
                index,
                width,
            }
            .to_string()
        };
        assert_eq!(path(Some(0), 1_234_067, 256), "tile/0/x001/x234/067");
        assert_eq!(path(None, 5, 256), "tile/entries/005");
        assert_eq!(path(Some(1), 0, 17), "tile/1/000.p/17");
        // 70,000 entries: 273 full tiles and 112 hashes; one full tile and 17; one.
        let at = |level, index| TilePath::in_tree(Some(level), index, 70_000).map(|p| p.width);
        assert_eq!(at(0, 272), Some(256));
        assert_eq!(at(0, 273), Some(112));
        assert_eq!(at(0, 274), None);
        assert_eq!(at(1, 0), Some(256));
        assert_eq!(at(1, 1), Some(17));
        assert_eq!(at(2, 0), Some(1));
        assert_eq!(at(3, 0), None);
        assert_eq!(TilePath::in_tree(Some(63), 1 << 62, u64::MAX), None);
    }

    #[test]
    fn bundles_that_end_early_are_refused() {
        let path = |width| TilePath {
            level: None,
            index: 0,
            width,
        };
        assert_eq!(
            bundle_entries(path(2), b"\0\x01a\0\0").unwrap(),
            [&b"a"[..], b""]
        );
        assert_eq!(bundle_entries(path(1), b"\0\x01a\0\0").unwrap(), [b"a"]);
        for bytes in [&b"\0\x02a"[..], b"\0", b""] {
            assert!(bundle_entries(path(1), bytes).is_err());
        }
        let tile = TilePath {
            level: Some(0),
            index: 0,
            width: 2,
        };
        assert!(hashes(tile, &[0; 64]).is_ok());
        assert!(hashes(tile, &[0; 32]).is_err());
        assert!(hashes(tile, &[0; 65]).is_err());
    }
}
