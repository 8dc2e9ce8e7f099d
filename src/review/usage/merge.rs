//! Groups in the order of their names, from several runs as one.
//!
//! The last use is the latest, counts add up, events are united: the order of the runs and how the rows were split
//! between them make no difference.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::io;

/// One principal's use of one permission.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// Who.
    pub principal: Vec<u8>,
    /// What.
    pub permission: Vec<u8>,
    /// When last, in seconds since 1970.
    pub last: u32,
    /// How often, by events without an id.
    pub plain: u64,
    /// The fingerprints of the events that have one, ascending.
    pub events: Vec<u64>,
}

impl Row {
    /// How often.
    pub fn count(&self) -> u64 {
        self.plain.saturating_add(self.events.len() as u64)
    }

    fn key(&self) -> (&[u8], &[u8]) {
        (&self.principal, &self.permission)
    }

    /// Adds what another run knows of the same group.
    fn add(&mut self, other: &Self) {
        self.last = self.last.max(other.last);
        self.plain = self.plain.saturating_add(other.plain);
        if !other.events.is_empty() {
            self.events.extend_from_slice(&other.events);
            self.events.sort_unstable();
            self.events.dedup();
        }
    }
}

/// Groups in ascending order of their names, each once.
pub trait Run: Send {
    /// Puts the next group into `row`; false after the last.
    ///
    /// # Errors
    /// What reading yields.
    fn next(&mut self, row: &mut Row) -> io::Result<bool>;
}

struct Head {
    row: Row,
    run: Box<dyn Run>,
}

// The smallest name is the greatest head, since the heap gives the greatest first.
impl Ord for Head {
    fn cmp(&self, other: &Self) -> Ordering {
        other.row.key().cmp(&self.row.key())
    }
}

impl PartialOrd for Head {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Head {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Head {}

/// Several runs as one.
pub struct Merge {
    heap: BinaryHeap<Head>,
}

impl std::fmt::Debug for Merge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Merge({} runs)", self.heap.len())
    }
}

impl Merge {
    /// Starts with the first group of each run.
    ///
    /// # Errors
    /// What reading yields.
    pub fn new(runs: Vec<Box<dyn Run>>) -> io::Result<Self> {
        let mut heap = BinaryHeap::with_capacity(runs.len());
        for mut run in runs {
            let mut row = Row::default();
            if run.next(&mut row)? {
                heap.push(Head { row, run });
            }
        }
        Ok(Self { heap })
    }

    /// Moves the first head's group into `row` and that run one further.
    fn pop(&mut self, row: &mut Row) -> io::Result<bool> {
        let Some(mut head) = self.heap.peek_mut() else {
            return Ok(false);
        };
        let Head { row: first, run } = &mut *head;
        std::mem::swap(first, row);
        if !run.next(first)? {
            std::collections::binary_heap::PeekMut::pop(head);
        }
        Ok(true)
    }
}

impl Run for Merge {
    fn next(&mut self, row: &mut Row) -> io::Result<bool> {
        if !self.pop(row)? {
            return Ok(false);
        }
        let mut same = Row::default();
        while self
            .heap
            .peek()
            .is_some_and(|head| head.row.key() == row.key())
        {
            self.pop(&mut same)?;
            row.add(&same);
        }
        Ok(true)
    }
}
