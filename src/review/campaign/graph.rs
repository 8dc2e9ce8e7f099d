//! From what is given to what is held: groups in groups, roles in groups, policies in roles, each with its path.
//!
//! Of several paths from one given grant the shortest is kept, and of equally short ones the first by name. A circle of
//! groups ends where it closes and is reported. A way of very many steps is told by its ends and its digest. What an account holds twice, by two given grants, is there twice: to
//! take it away, both must go.

use std::collections::VecDeque;

use crate::kernel::crypto::{hex, sha256};
use crate::review::model::facts::{How, count};
use crate::review::model::population::{Grant, Population};

/// The most effective grants; beyond that an export nests without sense.
pub const MAX_GRANTS: usize = 40_000_000;

/// More grants than [`MAX_GRANTS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the nesting of groups and roles yields more than {MAX_GRANTS} grants")]
pub struct TooMany;

/// Everything reached from one entitlement: the entitlement and the text of its path.
type Reached = Vec<(u32, u32)>;

/// Adds the inherited grants, sorts all by account, and finds the circles.
///
/// # Errors
/// [`TooMany`].
pub fn expand(population: &mut Population) -> Result<(), TooMany> {
    let children = children(population);
    population.cycles = cycles(&children);
    let mut reached: Vec<Option<Reached>> = vec![None; population.entitlements.len()];
    let given = population.grants.len();
    for index in 0..given {
        let Some(grant) = population.grants.get(index).copied() else {
            break;
        };
        let root = grant.entitlement;
        let nests = children.get(root as usize).is_some_and(|c| !c.is_empty());
        if !nests {
            continue;
        }
        let known = reached.get(root as usize).is_some_and(Option::is_some);
        if !known {
            let found = reach(population, &children, root);
            if let Some(slot) = reached.get_mut(root as usize) {
                *slot = Some(found);
            }
        }
        let found = reached.get(root as usize).and_then(Option::as_ref);
        for (entitlement, path) in found.into_iter().flatten() {
            if population.grants.len() >= MAX_GRANTS {
                return Err(TooMany);
            }
            let how = match grant.how {
                How::Eligible => How::Eligible,
                How::Direct | How::Inherited => How::Inherited,
            };
            population.grants.push(Grant {
                entitlement: *entitlement,
                path: *path,
                how,
                ..grant
            });
        }
    }
    let places = population.order_of_accounts();
    let place = |grant: &Grant| places.get(grant.account as usize).copied();
    let key = |grant: &Grant| (place(grant), grant.entitlement, grant.given, grant.path);
    population.grants.sort_unstable_by_key(key);
    population.index_grants();
    Ok(())
}

/// The children of each entitlement, by name.
fn children(population: &Population) -> Vec<Vec<u32>> {
    let mut children = vec![Vec::new(); population.entitlements.len()];
    for (parent, child, _) in &population.implies {
        if let Some(list) = children.get_mut(*parent as usize) {
            list.push(*child);
        }
    }
    let name = |index: &u32| {
        let found = population.entitlements.get(*index as usize);
        found.map(|found| (found.name.clone(), found.kind))
    };
    for list in &mut children {
        list.sort_by_key(name);
        list.dedup();
    }
    children
}

/// How many steps of a path are told one by one; of a longer one the first and the last half.
const STEPS: usize = 16;

/// The way to a group, kept so that a chain of any length takes little.
#[derive(Debug, Clone)]
struct Path {
    /// The first steps, at most [`STEPS`].
    first: Vec<u32>,
    /// The last steps, at most half of those.
    last: VecDeque<u32>,
    steps: usize,
    /// The digest of the whole way, so that two of one shape are told apart.
    digest: [u8; 32],
}

impl Path {
    fn new() -> Self {
        Self {
            first: Vec::new(),
            last: VecDeque::new(),
            steps: 0,
            digest: [0; 32],
        }
    }

    fn step(&self, to: u32, label: &str) -> Self {
        let mut next = self.clone();
        if next.first.len() < STEPS {
            next.first.push(to);
        }
        if next.last.len() == STEPS / 2 {
            next.last.pop_front();
        }
        next.last.push_back(to);
        next.steps += 1;
        next.digest = sha256(&[&self.digest[..], label.as_bytes()].concat());
        next
    }

    fn text(&self, population: &Population) -> String {
        let label = |step: &u32| {
            let found = population.entitlements.get(*step as usize);
            found.map(|found| found.label()).unwrap_or_default()
        };
        if self.steps <= STEPS {
            let labels: Vec<String> = self.first.iter().map(label).collect();
            return labels.join(" > ");
        }
        let short = hex(&self.digest);
        let between = format!(
            "({} more, SHA-256 {})",
            self.steps - STEPS,
            short.get(..16).unwrap_or_default()
        );
        let first = self.first.iter().take(STEPS / 2).map(label);
        let last = self.last.iter().map(label);
        let labels: Vec<String> = first.chain([between]).chain(last).collect();
        labels.join(" > ")
    }
}

fn reach(population: &mut Population, children: &[Vec<u32>], root: u32) -> Reached {
    let mut seen = std::collections::HashSet::from([root]);
    let mut reached = Reached::new();
    let mut queue = VecDeque::from([(root, Path::new())]);
    while let Some((parent, before)) = queue.pop_front() {
        let next = children.get(parent as usize).map_or(&[][..], Vec::as_slice);
        let fresh: Vec<u32> = next.iter().copied().filter(|c| seen.insert(*c)).collect();
        if fresh.is_empty() {
            continue;
        }
        let label = population.entitlements.get(parent as usize);
        let label = label.map(|found| found.label()).unwrap_or_default();
        let path = before.step(parent, &label);
        let text = count(population.texts.len());
        population.texts.push(path.text(population));
        for child in fresh {
            reached.push((child, text));
            queue.push_back((child, path.clone()));
        }
    }
    reached
}

/// The strongly connected components of more than one member, and the loops (Tarjan, without recursion).
fn cycles(children: &[Vec<u32>]) -> Vec<Vec<u32>> {
    const NONE: u32 = u32::MAX;
    let nodes = children.len();
    let (mut order, mut low) = (vec![NONE; nodes], vec![NONE; nodes]);
    let mut on_stack = vec![false; nodes];
    let (mut stack, mut next, mut found) = (Vec::new(), 0, Vec::new());
    for start in 0..nodes {
        if order.get(start) != Some(&NONE) {
            continue;
        }
        let mut work = vec![(start, 0_usize)];
        while let Some((node, step)) = work.pop() {
            if step == 0 {
                set(&mut order, node, next);
                set(&mut low, node, next);
                next += 1;
                stack.push(node);
                set(&mut on_stack, node, true);
            }
            let list = children.get(node).map_or(&[][..], Vec::as_slice);
            if let Some(child) = list.get(step) {
                let child = *child as usize;
                work.push((node, step + 1));
                if order.get(child) == Some(&NONE) {
                    work.push((child, 0));
                } else if on_stack.get(child) == Some(&true) {
                    let least = value(&low, node).min(value(&order, child));
                    set(&mut low, node, least);
                }
                continue;
            }
            if let Some((parent, _)) = work.last() {
                let least = value(&low, *parent).min(value(&low, node));
                set(&mut low, *parent, least);
            }
            if value(&low, node) == value(&order, node) {
                let mut members = Vec::new();
                while let Some(member) = stack.pop() {
                    set(&mut on_stack, member, false);
                    members.push(count(member));
                    if member == node {
                        break;
                    }
                }
                let loops = list.contains(&count(node));
                if members.len() > 1 || loops {
                    members.sort_unstable();
                    found.push(members);
                }
            }
        }
    }
    found.sort();
    found
}

fn value(list: &[u32], index: usize) -> u32 {
    list.get(index).copied().unwrap_or(u32::MAX)
}

fn set<T>(list: &mut [T], index: usize, value: T) {
    if let Some(slot) = list.get_mut(index) {
        *slot = value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::review::model::Truth;
    use crate::review::model::facts::EntitlementKind;
    use crate::review::model::population::{Entitlement, Place};

    fn graph(edges: &[(u32, u32)], nodes: usize) -> Vec<Vec<u32>> {
        let mut children = vec![Vec::new(); nodes];
        for (parent, child) in edges {
            children[*parent as usize].push(*child);
        }
        children
    }

    /// A chain of groups by these names, and an account that holds the first: the last path, and the size of all.
    fn deepest(names: &[String]) -> (String, usize) {
        let mut population = Population {
            texts: vec![String::new()],
            ..Population::default()
        };
        population.entitlements = names.iter().map(|name| group(name)).collect();
        let children: Vec<Vec<u32>> = (1..=names.len() as u32)
            .map(|next| {
                if next as usize == names.len() {
                    Vec::new()
                } else {
                    vec![next]
                }
            })
            .collect();
        let reached = reach(&mut population, &children, 0);
        assert_eq!(reached.len(), names.len() - 1);
        let size = population.texts.iter().map(String::len).sum();
        (population.texts.last().unwrap().clone(), size)
    }

    fn group(name: &str) -> Entitlement {
        Entitlement {
            system: "x".to_owned(),
            kind: EntitlementKind::Group,
            name: name.to_owned(),
            privileged: Truth::Unknown,
            owner_text: None,
            place: Place::default(),
        }
    }

    #[test]
    fn a_long_way_is_told_by_its_ends_and_takes_no_more() {
        let names = |count: usize| (0..count).map(|n| format!("g{n}")).collect::<Vec<_>>();
        let (path, _) = deepest(&names(17));
        assert_eq!(path.matches(" > ").count(), 15);
        assert!(path.starts_with("group g0 > group g1 > ") && path.ends_with("> group g15"));
        let (path, size) = deepest(&names(10_000));
        assert!(size < 10_000 * 250, "{size}");
        assert!(path.contains("group g7 > (9983 more, SHA-256 "), "{path}");
        assert!(path.ends_with("group g9997 > group g9998"), "{path}");
        // One other step in the middle is another way.
        let mut other = names(10_000);
        other[5_000] = "elsewhere".to_owned();
        assert_ne!(deepest(&other).0, path);
    }

    #[test]
    fn circles_are_found_however_they_close() {
        assert_eq!(cycles(&graph(&[(0, 1), (1, 2)], 3)), [[0_u32; 0]; 0]);
        assert_eq!(cycles(&graph(&[(0, 1), (1, 0)], 2)), [[0, 1]]);
        assert_eq!(cycles(&graph(&[(0, 0)], 1)), [[0]]);
        let two = graph(&[(0, 1), (1, 2), (2, 1), (2, 3), (3, 4), (4, 3), (4, 5)], 6);
        assert_eq!(cycles(&two), [[1, 2], [3, 4]]);
        // A long chain does not recurse.
        let edges: Vec<(u32, u32)> = (0..50_000).map(|n| (n, n + 1)).collect();
        assert!(cycles(&graph(&edges, 50_001)).is_empty());
    }
}
