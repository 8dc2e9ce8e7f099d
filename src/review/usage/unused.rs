//! The groups that were not used for longest, picked out as all pass by.

use std::collections::BinaryHeap;
use std::io;

use super::merge::{Row, Run};

/// A group that was not used for long.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unused {
    /// When last, in seconds since 1970.
    pub last: u32,
    /// Who.
    pub principal: Vec<u8>,
    /// What.
    pub permission: Vec<u8>,
    /// How often.
    pub count: u64,
}

/// A run that is watched as it passes by.
pub struct Watched<'r> {
    run: &'r mut dyn Run,
    wanted: usize,
    found: BinaryHeap<Unused>,
    principals: u64,
    principal: Vec<u8>,
}

impl std::fmt::Debug for Watched<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Watched({} principals)", self.principals)
    }
}

impl<'r> Watched<'r> {
    /// Watches for the `wanted` groups that were not used for longest.
    pub fn new(run: &'r mut dyn Run, wanted: usize) -> Self {
        Self {
            run,
            wanted,
            found: BinaryHeap::new(),
            principals: 0,
            principal: Vec::new(),
        }
    }

    /// The groups, the longest unused first, and how many principals there were.
    pub fn finish(self) -> (Vec<Unused>, u64) {
        (self.found.into_sorted_vec(), self.principals)
    }
}

impl Run for Watched<'_> {
    fn next(&mut self, row: &mut Row) -> io::Result<bool> {
        if !self.run.next(row)? {
            return Ok(false);
        }
        if row.principal != self.principal || self.principals == 0 {
            self.principals += 1;
            self.principal.clone_from(&row.principal);
        }
        let full = self.found.len() >= self.wanted;
        // Of those of one time the first by name stay.
        if !full || self.found.peek().is_some_and(|most| row.last < most.last) {
            self.found.push(Unused {
                last: row.last,
                principal: row.principal.clone(),
                permission: row.permission.clone(),
                count: row.count(),
            });
            if self.found.len() > self.wanted {
                self.found.pop();
            }
        }
        Ok(true)
    }
}
