//! Environments that must not reach each other, not even by way of what they share.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use super::names::missing;
use super::rulings::worsen;
use super::{AssertionError, Judgement};
use crate::kernel::arrange::Arrange as _;
use crate::kernel::source::Span;
use crate::lint::model::is_system_namespace;
use crate::lint::reachability::{Endpoint, Mesh, Path, Reachability, Reason, Ruling};

/// No way from one environment into another, directly or by way of pods that belong to none. Told is the first namespace
/// that is not there, where two environments are all the same.
pub(super) fn isolated(
    judgement: &mut Judgement,
    (reachability, mesh): (&Reachability<'_, '_>, &dyn Mesh),
    (environments, shared): (&BTreeMap<String, Vec<String>>, &[String]),
    span: Span,
) -> Result<Option<AssertionError>, AssertionError> {
    let endpoints = reachability.endpoints();
    let of_namespace: HashMap<&str, &str> = environments
        .iter()
        .flat_map(|(name, spaces)| {
            spaces
                .iter()
                .map(move |space| (space.as_str(), name.as_str()))
        })
        .collect();
    let is_seen = |space: &String| reachability.model().sees_namespace(space);
    let absent = environments.iter().find_map(|(name, spaces)| {
        let unseen = spaces.iter().find(|space| !is_seen(space))?;
        let message = format!("namespace `{unseen}` of environment `{name}` is not in the input");
        Some(missing(span, message))
    });
    let mut there = environments
        .values()
        .filter(|spaces| spaces.iter().any(is_seen));
    if let Some(absent) = &absent
        && there.by_ref().take(2).count() < 2
    {
        return Err(absent.clone());
    }
    let environment = |index: usize| {
        let endpoint = endpoints.get(index)?;
        of_namespace.get(endpoint.namespace()?).copied()
    };
    // Who can be called by whom, by index: surely, or perhaps.
    let mut calls: Vec<Vec<(usize, bool)>> = vec![Vec::new(); endpoints.len()];
    for group in reachability.every_group() {
        if !reachability.is_there(group.destination) {
            continue;
        }
        let there = group.sources.iter();
        for source in there.filter(|source| reachability.is_there(**source)) {
            // What an environment does within itself is its own.
            let (from, to) = (environment(*source), environment(group.destination));
            if from.is_some() && from == to {
                continue;
            }
            let open = (&group.surely, &group.may);
            let ends = [*source, group.destination];
            let is_sure = reachability.lets_through(mesh, ends, open);
            if let (Some(is_sure), Some(list)) = (is_sure, calls.get_mut(*source)) {
                list.push((group.destination, is_sure));
            }
        }
    }
    // A pod on the host network is the node's own traffic wherever it runs, and policies let that through.
    let hosts: Vec<usize> = (0..endpoints.len())
        .filter(|index| {
            endpoints
                .get(*index)
                .is_some_and(Endpoint::is_on_host_network)
        })
        .collect();
    let all: Vec<usize> = (0..endpoints.len())
        .filter(|index| matches!(endpoints.get(*index), Some(Endpoint::Pods(_))))
        .collect();
    for host in hosts {
        if let Some(list) = calls.get_mut(host) {
            list.extend(all.iter().map(|pod| (*pod, false)));
        }
    }
    // What is called outside may come back in from outside.
    for (index, endpoint) in endpoints.iter().enumerate() {
        if matches!(endpoint, Endpoint::Addresses(_))
            && let Some(list) = calls.get_mut(index)
        {
            list.iter_mut().for_each(|(_, sure)| *sure = false);
        }
    }
    let mut told = BTreeSet::new();
    // What belongs to no environment, and the first chain of each environment that leads there.
    let mut common: BTreeMap<usize, BTreeMap<&str, Vec<Path>>> = BTreeMap::new();
    let is_common = |end: usize| {
        let Some(endpoint @ Endpoint::Pods(_)) = endpoints.get(end) else {
            return false;
        };
        let space = endpoint.namespace().unwrap_or_default();
        let is_declared = shared.iter().any(|name| name == space);
        !is_declared && !is_system_namespace(reachability.model(), space)
    };
    for start in 0..endpoints.len() {
        let Some(home) = environment(start) else {
            continue;
        };
        let mut from: HashMap<usize, (usize, bool)> = HashMap::new();
        let mut queue = VecDeque::from([start]);
        while let Some(at) = queue.pop_front() {
            let so_far = from.get(&at).is_none_or(|(_, sure)| *sure);
            for (next, sure) in calls.get(at).into_iter().flatten() {
                let known = from
                    .get(next)
                    .is_some_and(|(_, known)| *known || !(so_far && *sure));
                if *next == start || known {
                    continue;
                }
                from.insert(*next, (at, so_far && *sure));
                match environment(*next) {
                    // Its own environment is where it began; another one is where it must not end.
                    Some(_) => {}
                    None => queue.push_back(*next),
                }
            }
        }
        let mut ends: Vec<(&usize, &(usize, bool))> = from.iter().collect();
        ends.arrange();
        for (end, (_, sure)) in ends {
            if environment(*end).is_none() && is_common(*end) {
                let chains = common.entry(*end).or_default();
                chains
                    .entry(home)
                    .or_insert_with(|| chain((reachability, mesh), &from, start, *end));
            }
            let Some(there) = environment(*end).filter(|there| *there != home) else {
                continue;
            };
            let ruling = if *sure {
                Ruling::Refuted
            } else {
                Ruling::Undecided
            };
            worsen(judgement, ruling);
            // One chain for each pair of environments and certainty is enough to act on; the count tells the rest.
            if told.insert((home, there, *sure)) {
                judgement
                    .chains
                    .push(chain((reachability, mesh), &from, start, *end));
            }
        }
    }
    share(judgement, common);
    Ok(absent)
}

/// Data that one environment hands to what it shares with another may come out there.
fn share(judgement: &mut Judgement, common: BTreeMap<usize, BTreeMap<&str, Vec<Path>>>) {
    let shared = common.into_values().filter(|chains| chains.len() > 1);
    for chains in shared {
        worsen(judgement, Ruling::Undecided);
        let names: Vec<&str> = chains.keys().copied().collect();
        let last = chains.values().next().and_then(|chain| chain.last());
        let what = last.map_or_else(String::new, |path| path.destination.to_string());
        judgement.remarks.push(Reason::absent(format!(
            "{} all call {what}, which belongs to none of them: data may flow by way of it; where it is meant to be \
             shared, name its namespace in `shared`",
            names.join(" and ")
        )));
        judgement.chains.extend(chains.into_values());
    }
}

fn chain(
    (reachability, mesh): (&Reachability<'_, '_>, &dyn Mesh),
    from: &HashMap<usize, (usize, bool)>,
    start: usize,
    end: usize,
) -> Vec<Path> {
    let mut chain = Vec::new();
    let mut at = end;
    while at != start {
        let Some((before, _)) = from.get(&at) else {
            break;
        };
        chain.push(reachability.path_through(mesh, *before, at));
        at = *before;
    }
    chain.reverse();
    chain
}
