//! Uses by principal and permission while they are counted: names are kept once, and a group is a pair of their numbers.
//!
//! An event with an id is kept as a fingerprint with its group, so that a copy of it is not counted; the others are counted
//! as they come.

use std::hash::BuildHasher as _;
use std::io;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::merge::{Row, Run};

/// Texts, each with a number.
#[derive(Debug, Default)]
struct Names {
    bytes: Vec<u8>,
    ends: Vec<usize>,
    index: HashTable<Name>,
    hasher: DefaultHashBuilder,
}

/// A number, and where its text is: what is compared most often needs no look at the ends of all.
#[derive(Debug, Clone, Copy)]
struct Name {
    start: usize,
    length: u32,
    number: u32,
}

impl Name {
    fn text(self, bytes: &[u8]) -> &[u8] {
        let end = self.start + self.length as usize;
        bytes.get(self.start..end).unwrap_or_default()
    }
}

impl Names {
    fn get(&self, number: u32) -> &[u8] {
        slice(&self.bytes, &self.ends, number)
    }

    fn number(&mut self, name: &[u8]) -> u32 {
        let Self {
            bytes,
            ends,
            index,
            hasher,
        } = self;
        let hash = hasher.hash_one(name);
        if let Some(known) = index.find(hash, |known| known.text(bytes) == name) {
            return known.number;
        }
        let number = u32::try_from(ends.len()).unwrap_or(u32::MAX);
        let new = Name {
            start: bytes.len(),
            length: u32::try_from(name.len()).unwrap_or(u32::MAX),
            number,
        };
        bytes.extend_from_slice(name);
        ends.push(bytes.len());
        let hash_of = |known: &Name| hasher.hash_one(known.text(bytes));
        index.insert_unique(hash, new, hash_of);
        number
    }

    fn room(&self) -> usize {
        self.bytes.capacity() + self.ends.capacity() * 8 + self.index.allocation_size()
    }

    /// The place of each number in the order of the names, and the numbers in that order.
    fn ranks(&self) -> (Vec<u32>, Vec<u32>) {
        let mut order: Vec<u32> = (0..).take(self.ends.len()).collect();
        order.sort_unstable_by(|a, b| self.get(*a).cmp(self.get(*b)));
        let mut ranks = vec![0; order.len()];
        for (rank, number) in (0..).zip(&order) {
            if let Some(place) = ranks.get_mut(*number as usize) {
                *place = rank;
            }
        }
        (ranks, order)
    }
}

fn slice<'b>(bytes: &'b [u8], ends: &[usize], number: u32) -> &'b [u8] {
    let number = number as usize;
    let start = match number.checked_sub(1) {
        Some(before) => ends.get(before).copied().unwrap_or(0),
        None => 0,
    };
    let end = ends.get(number).copied().unwrap_or(0);
    bytes.get(start..end).unwrap_or_default()
}

#[derive(Debug, Clone, Copy)]
struct Group {
    principal: u32,
    permission: u32,
    last: u32,
    plain: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Event {
    principal: u32,
    permission: u32,
    fingerprint: u64,
}

/// The groups so far.
#[derive(Debug, Default)]
pub(super) struct Table {
    principals: Names,
    permissions: Names,
    groups: HashTable<Group>,
    hasher: DefaultHashBuilder,
    events: Vec<Event>,
    /// Counts that have become too large for their place: principal, permission, count.
    overflow: Vec<(u32, u32, u64)>,
}

impl Table {
    /// Counts one use.
    pub(super) fn add(
        &mut self,
        principal: &[u8],
        permission: &[u8],
        last: u32,
        fingerprint: Option<u64>,
    ) {
        let pair = (self.principal(principal), self.permission(permission));
        self.add_numbered(pair, last, fingerprint);
    }

    /// The number of a principal.
    pub(super) fn principal(&mut self, name: &[u8]) -> u32 {
        self.principals.number(name)
    }

    /// The number of a permission.
    pub(super) fn permission(&mut self, name: &[u8]) -> u32 {
        self.permissions.number(name)
    }

    /// The names of a principal and of a permission.
    pub(super) fn names(&self, (principal, permission): (u32, u32)) -> (&[u8], &[u8]) {
        let principal = self.principals.get(principal);
        (principal, self.permissions.get(permission))
    }

    /// Counts one use of a permission by a principal, both by their numbers.
    pub(super) fn add_numbered(
        &mut self,
        (principal, permission): (u32, u32),
        last: u32,
        fingerprint: Option<u64>,
    ) {
        if let Some(fingerprint) = fingerprint {
            self.events.push(Event {
                principal,
                permission,
                fingerprint,
            });
        }
        self.put(Group {
            principal,
            permission,
            last,
            plain: u32::from(fingerprint.is_none()),
        });
    }

    fn put(&mut self, new: Group) {
        let hasher = &self.hasher;
        let hash_of = |group: &Group| hasher.hash_one((group.principal, group.permission));
        let same =
            |group: &Group| group.principal == new.principal && group.permission == new.permission;
        let hash = hash_of(&new);
        match self.groups.find_mut(hash, same) {
            Some(group) => {
                group.last = group.last.max(new.last);
                match group.plain.checked_add(new.plain) {
                    Some(sum) => group.plain = sum,
                    None => {
                        let full = u64::from(group.plain);
                        self.overflow.push((new.principal, new.permission, full));
                        group.plain = new.plain;
                    }
                }
            }
            None => {
                self.groups.insert_unique(hash, new, hash_of);
            }
        }
    }

    /// Takes in another table.
    pub(super) fn absorb(&mut self, other: Self) {
        let map = |ours: &mut Names, theirs: &Names| -> Vec<u32> {
            let numbers = (0..).take(theirs.ends.len());
            numbers.map(|n| ours.number(theirs.get(n))).collect()
        };
        let principals = map(&mut self.principals, &other.principals);
        let permissions = map(&mut self.permissions, &other.permissions);
        let new = |map: &[u32], number: u32| map.get(number as usize).copied().unwrap_or(0);
        self.events.extend(other.events.iter().map(|event| Event {
            principal: new(&principals, event.principal),
            permission: new(&permissions, event.permission),
            fingerprint: event.fingerprint,
        }));
        for (principal, permission, count) in other.overflow {
            let principal = new(&principals, principal);
            let permission = new(&permissions, permission);
            self.overflow.push((principal, permission, count));
        }
        for group in other.groups {
            self.put(Group {
                principal: new(&principals, group.principal),
                permission: new(&permissions, group.permission),
                ..group
            });
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// The bytes it holds, and those it may come to hold while `more` uses are added.
    pub(super) fn room(&self, more: usize) -> usize {
        let grown = self.groups.len() + more > self.groups.capacity();
        // Growing keeps the old table until the new one, twice as large, is filled.
        let groups = self.groups.allocation_size() * if grown { 3 } else { 1 };
        let fuller = self.events.len() + more > self.events.capacity();
        let events = self.events.capacity() * size_of::<Event>() * if fuller { 3 } else { 1 };
        groups + events + self.principals.room() + self.permissions.room()
    }

    /// Drops copies of events, which leaves room for others.
    pub(super) fn compact(&mut self) {
        self.events.sort_unstable();
        self.events.dedup();
    }

    /// The groups by name.
    pub(super) fn sorted(self) -> Sorted {
        let (by_principal, principal_order) = self.principals.ranks();
        let (by_permission, permission_order) = self.permissions.ranks();
        let rank = |ranks: &[u32], number: u32| ranks.get(number as usize).copied().unwrap_or(0);
        let mut groups: Vec<Group> = self
            .groups
            .into_iter()
            .map(|group| Group {
                principal: rank(&by_principal, group.principal),
                permission: rank(&by_permission, group.permission),
                ..group
            })
            .collect();
        groups.sort_unstable_by_key(|group| (group.principal, group.permission));
        let mut events = self.events;
        for event in &mut events {
            event.principal = rank(&by_principal, event.principal);
            event.permission = rank(&by_permission, event.permission);
        }
        events.sort_unstable();
        events.dedup();
        let mut overflow = self.overflow;
        for (principal, permission, _) in &mut overflow {
            *principal = rank(&by_principal, *principal);
            *permission = rank(&by_permission, *permission);
        }
        overflow.sort_unstable();
        Sorted {
            principals: (self.principals, principal_order),
            permissions: (self.permissions, permission_order),
            groups: groups.into_iter(),
            events: events.into_iter().peekable(),
            overflow: overflow.into_iter().peekable(),
        }
    }
}

/// The groups of a table in the order of their names.
#[derive(Debug)]
pub(super) struct Sorted {
    principals: (Names, Vec<u32>),
    permissions: (Names, Vec<u32>),
    groups: std::vec::IntoIter<Group>,
    events: std::iter::Peekable<std::vec::IntoIter<Event>>,
    overflow: std::iter::Peekable<std::vec::IntoIter<(u32, u32, u64)>>,
}

impl Run for Sorted {
    fn next(&mut self, row: &mut Row) -> io::Result<bool> {
        let Some(group) = self.groups.next() else {
            return Ok(false);
        };
        let name = |(names, order): &(Names, Vec<u32>), rank: u32, out: &mut Vec<u8>| {
            let number = order.get(rank as usize).copied().unwrap_or(0);
            out.clear();
            out.extend_from_slice(names.get(number));
        };
        name(&self.principals, group.principal, &mut row.principal);
        name(&self.permissions, group.permission, &mut row.permission);
        row.last = group.last;
        row.plain = u64::from(group.plain);
        let here = (group.principal, group.permission);
        let of_group =
            |(principal, permission, _): &(u32, u32, u64)| (*principal, *permission) == here;
        while let Some((_, _, count)) = self.overflow.next_if(of_group) {
            row.plain = row.plain.saturating_add(count);
        }
        row.events.clear();
        let of_group = |event: &Event| (event.principal, event.permission) == here;
        while let Some(event) = self.events.next_if(of_group) {
            row.events.push(event.fingerprint);
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(table: Table) -> Vec<(String, String, u32, u64)> {
        let mut sorted = table.sorted();
        let mut row = Row::default();
        let mut rows = Vec::new();
        while sorted.next(&mut row).unwrap() {
            let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
            rows.push((
                text(&row.principal),
                text(&row.permission),
                row.last,
                row.count(),
            ));
        }
        rows
    }

    #[test]
    fn copies_of_an_event_count_once_and_other_uses_each() {
        let mut table = Table::default();
        let mut other = Table::default();
        other.add(b"bob", b"write", 3, None);
        for (time, id) in [
            (5, Some(1)),
            (5, Some(1)),
            (4, Some(2)),
            (9, None),
            (8, None),
        ] {
            table.add(b"bob", b"read", time, id);
            other.add(b"bob", b"read", time, id);
        }
        table.add(b"ann", b"write", 1, Some(1));
        table.compact();
        table.absorb(other);
        let expected = [
            ("ann", "write", 1, 1),
            ("bob", "read", 9, 6),
            ("bob", "write", 3, 1),
        ];
        let expected = expected.map(|(a, b, c, d)| (a.to_owned(), b.to_owned(), c, d));
        assert_eq!(rows(table), expected);
    }

    #[test]
    fn a_count_outgrows_its_place() {
        let mut table = Table::default();
        let group = |plain| Group {
            principal: 0,
            permission: 0,
            last: 7,
            plain,
        };
        table.add(b"a", b"b", 7, None);
        table.put(group(u32::MAX));
        table.put(group(u32::MAX));
        let mut whole = Table::default();
        whole.add(b"", b"", 0, None);
        whole.absorb(table);
        let found = rows(whole);
        assert_eq!(found[1].3, 1 + 2 * u64::from(u32::MAX));
    }
}
