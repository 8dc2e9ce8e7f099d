//! The tree and its proofs (RFC 6962 §2.1, RFC 9162 §2.1.3–2.1.4).

use crate::kernel::crypto::{Digest, DigestAlgorithm, sha256};

/// The hash of a leaf, a node or a tree.
pub type Hash = [u8; 32];

/// Why a proof does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// No such entry.
    #[error("the entry {index} is not in a log of {size} entries")]
    OutOfRange {
        /// The entry.
        index: u64,
        /// The size of the tree.
        size: u64,
    },
    /// The tree would have shrunk.
    #[error("a log of {new} entries is older than one of {old}")]
    Shrunk {
        /// The size before.
        old: u64,
        /// The size after.
        new: u64,
    },
    /// The wrong number of hashes.
    #[error("the proof has {found} hashes where {needed} belong")]
    Length {
        /// How many there are.
        found: usize,
        /// How many there should be.
        needed: usize,
    },
    /// The hashes come to another root.
    #[error("the proof leads to another root: `{computed}`, where the log's is `{stated}`")]
    Root {
        /// The root that the proof comes to, hexadecimal.
        computed: String,
        /// The root that was stated, hexadecimal.
        stated: String,
    },
    /// An old tree of no entries has the root of none.
    #[error("the root of the empty log is another one")]
    NotEmpty,
}

/// The root of a tree without entries.
pub fn empty_root() -> Hash {
    sha256(b"")
}

/// The hash of an entry.
pub fn leaf_hash(entry: &[u8]) -> Hash {
    digest(&[&[0], entry])
}

/// The hash of two nodes.
pub(super) fn node_hash(left: &Hash, right: &Hash) -> Hash {
    digest(&[&[1], left, right])
}

fn digest(parts: &[&[u8]]) -> Hash {
    let mut digest = Digest::new(DigestAlgorithm::Sha256);
    for part in parts {
        digest.update(part);
    }
    let mut out = [0; 32];
    out.copy_from_slice(&digest.finish());
    out
}

/// Checks that an entry is in a tree.
///
/// # Errors
/// [`ProofError`].
pub fn verify_inclusion(
    (index, size): (u64, u64),
    leaf: &Hash,
    proof: &[Hash],
    root: &Hash,
) -> Result<(), ProofError> {
    if index >= size {
        return Err(ProofError::OutOfRange { index, size });
    }
    let needed = inclusion_length(index, size);
    if proof.len() != needed {
        return Err(ProofError::Length {
            found: proof.len(),
            needed,
        });
    }
    // RFC 9162 §2.1.3.2
    let (mut node, mut last) = (index, size - 1);
    let mut hash = *leaf;
    for sibling in proof {
        if node & 1 == 1 || node == last {
            hash = node_hash(sibling, &hash);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    same_root(&hash, root)
}

/// How many hashes prove an entry: one for each level below the last common one, one for each set bit above.
fn inclusion_length(index: u64, size: u64) -> usize {
    let inner = 64 - (index ^ (size - 1)).leading_zeros();
    let border = index.checked_shr(inner).unwrap_or(0).count_ones();
    (inner + border) as usize
}

/// Checks that a tree holds an older one.
///
/// # Errors
/// [`ProofError`].
pub fn verify_consistency(
    (old, new): (u64, u64),
    old_root: &Hash,
    new_root: &Hash,
    proof: &[Hash],
) -> Result<(), ProofError> {
    if old > new {
        return Err(ProofError::Shrunk { old, new });
    }
    let needed = consistency_length(old, new);
    if proof.len() != needed {
        return Err(ProofError::Length {
            found: proof.len(),
            needed,
        });
    }
    if old == 0 {
        return if *old_root == empty_root() {
            Ok(())
        } else {
            Err(ProofError::NotEmpty)
        };
    }
    if old == new {
        return same_root(old_root, new_root);
    }
    // RFC 9162 §2.1.4.2: the old tree is itself a node of the new one if its size is a power of two.
    let mut hashes = proof.iter();
    let first = if old.is_power_of_two() {
        old_root
    } else {
        hashes
            .next()
            .ok_or(ProofError::Length { found: 0, needed })?
    };
    let (mut node, mut last) = (old - 1, new - 1);
    while node & 1 == 1 {
        node >>= 1;
        last >>= 1;
    }
    let (mut old_hash, mut new_hash) = (*first, *first);
    for sibling in hashes {
        if node & 1 == 1 || node == last {
            old_hash = node_hash(sibling, &old_hash);
            new_hash = node_hash(sibling, &new_hash);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            new_hash = node_hash(&new_hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    same_root(&old_hash, old_root)?;
    same_root(&new_hash, new_root)
}

fn consistency_length(old: u64, new: u64) -> usize {
    if old == 0 || old == new {
        return 0;
    }
    let skip = old.trailing_zeros();
    let path = inclusion_length((old - 1) >> skip, ((new - 1) >> skip) + 1);
    path + usize::from(!old.is_power_of_two())
}

fn same_root(computed: &Hash, stated: &Hash) -> Result<(), ProofError> {
    use crate::kernel::crypto::hex;
    if computed == stated {
        return Ok(());
    }
    Err(ProofError::Root {
        computed: hex(computed),
        stated: hex(stated),
    })
}

/// Gives the hashes of full subtrees: the node `index` of the level that is `level` above the leaves.
pub(super) type Node<'a, E> = &'a mut dyn FnMut(u32, u64) -> Result<Hash, E>;

/// The hash of the entries from `start` to before `end`, where `start` begins a subtree.
fn range<E>(start: u64, end: u64, node: Node<'_, E>) -> Result<Hash, E> {
    let length = end - start;
    if length.is_power_of_two() {
        let level = length.trailing_zeros();
        return node(level, start >> level);
    }
    let split = start + largest_power_below(length);
    let left = range(start, split, &mut *node)?;
    let right = range(split, end, node)?;
    Ok(node_hash(&left, &right))
}

/// RFC 6962 §2.1: the largest power of two that is smaller than `length`, which is at least 2.
fn largest_power_below(length: u64) -> u64 {
    1 << (63 - (length - 1).leading_zeros())
}

/// The root of the tree that the first `size` entries make.
///
/// # Errors
/// What reading a node fails with.
pub fn root_at<E>(size: u64, mut node: impl FnMut(u32, u64) -> Result<Hash, E>) -> Result<Hash, E> {
    if size == 0 {
        return Ok(empty_root());
    }
    range(0, size, &mut node)
}

/// The hashes that prove an entry below `size`, from the leaf up.
///
/// # Errors
/// What reading a node fails with.
pub fn inclusion_proof<E>(
    index: u64,
    size: u64,
    mut node: impl FnMut(u32, u64) -> Result<Hash, E>,
) -> Result<Vec<Hash>, E> {
    let (mut start, mut end) = (0, size);
    let mut path = Vec::new();
    while end - start > 1 {
        let split = start + largest_power_below(end - start);
        if index < split {
            path.push(range(split, end, &mut node)?);
            end = split;
        } else {
            path.push(range(start, split, &mut node)?);
            start = split;
        }
    }
    path.reverse();
    Ok(path)
}

/// The hashes that prove that the tree of `new` entries holds that of `old`, 0 < `old` ≤ `new`.
///
/// # Errors
/// What reading a node fails with.
pub fn consistency_proof<E>(
    old: u64,
    new: u64,
    mut node: impl FnMut(u32, u64) -> Result<Hash, E>,
) -> Result<Vec<Hash>, E> {
    // RFC 6962 §2.1.2
    let (mut start, mut end) = (0, new);
    let mut path = Vec::new();
    if old == 0 {
        return Ok(path);
    }
    while old != end {
        let split = start + largest_power_below(end - start);
        if old <= split {
            path.push(range(split, end, &mut node)?);
            end = split;
        } else {
            path.push(range(start, split, &mut node)?);
            start = split;
        }
    }
    if start > 0 {
        path.push(range(start, end, &mut node)?);
    }
    path.reverse();
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    fn tree(size: u64) -> impl FnMut(u32, u64) -> Result<Hash, Infallible> {
        fn node(level: u32, index: u64) -> Hash {
            match level {
                0 => leaf_hash(&index.to_be_bytes()),
                _ => node_hash(&node(level - 1, index * 2), &node(level - 1, index * 2 + 1)),
            }
        }
        move |level, index| {
            assert!((index + 1) << level <= size, "a node beyond the tree");
            Ok(node(level, index))
        }
    }

    #[test]
    fn every_proof_of_every_small_tree_holds_and_no_other() {
        for size in 1..=33_u64 {
            let root = root_at(size, tree(size)).unwrap();
            for index in 0..size {
                let proof = inclusion_proof(index, size, tree(size)).unwrap();
                let leaf = leaf_hash(&index.to_be_bytes());
                verify_inclusion((index, size), &leaf, &proof, &root).unwrap();
                let other = (index + 1) % size;
                let wrong = verify_inclusion((other, size), &leaf, &proof, &root);
                assert!(size == 1 || wrong.is_err(), "{index} of {size}");
                let longer = [proof.as_slice(), &[root]].concat();
                assert!(verify_inclusion((index, size), &leaf, &longer, &root).is_err());
            }
            for old in 0..=size {
                let old_root = root_at(old, tree(size)).unwrap();
                let proof = consistency_proof(old, size, tree(size)).unwrap();
                verify_consistency((old, size), &old_root, &root, &proof).unwrap();
                if old < size {
                    let wrong = verify_consistency((old, size), &root, &root, &proof);
                    assert!(wrong.is_err(), "{old} of {size}");
                }
            }
        }
    }
}
