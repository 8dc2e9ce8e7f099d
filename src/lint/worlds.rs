//! Worlds: several clusters or environments in one repository, each judged on its own.
//!
//! `overlays/production` and `overlays/staging` describe two clusters, or two states of one, and what one of them says
//! proves nothing about the other. Files that are below no such folder (a `base` beside the overlays) are part of each.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crate::kernel::source::Source;

/// Folders that hold one environment or cluster each.
const MARKERS: [&str; 4] = ["overlays", "clusters", "environments", "envs"];

/// One cluster, or one state of it.
#[derive(Debug, Clone, Default)]
pub struct World {
    /// Its name, such as `overlays/production`; none where the input is one world.
    pub name: Option<String>,
    /// The inputs that describe it, in order.
    pub sources: Vec<Arc<Source>>,
}

/// A folder of a world within a folder of worlds, from the outside in: `[clusters/eu, overlays/production]`.
type Chain = Vec<String>;

/// The worlds of the inputs, by name; one without a name where they are not kept apart. Never none.
pub fn split(sources: &[Arc<Source>]) -> Vec<World> {
    let chains: Vec<Chain> = sources.iter().map(|source| chain(source.name())).collect();
    let mut worlds: BTreeMap<&Chain, Vec<Arc<Source>>> = BTreeMap::new();
    for world in &chains {
        let has_inner = |other: &Chain| other.len() > world.len() && other.starts_with(world);
        if !world.is_empty() && !worlds.contains_key(world) && !chains.iter().any(has_inner) {
            worlds.insert(world, Vec::new());
        }
    }
    if worlds.len() < 2 {
        return vec![World {
            name: None,
            sources: sources.to_vec(),
        }];
    }
    for (source, chain) in sources.iter().zip(&chains) {
        for (world, members) in &mut worlds {
            if world.starts_with(chain) {
                members.push(Arc::clone(source));
            }
        }
    }
    worlds
        .into_iter()
        .map(|(chain, sources)| World {
            name: Some(chain.join("/")),
            sources,
        })
        .collect()
}

fn chain(name: &str) -> Chain {
    let parts: Vec<_> = Path::new(name)
        .components()
        .map(|part| part.as_os_str().to_string_lossy())
        .collect();
    let folders = parts.split_last().map_or(&[][..], |(_, folders)| folders);
    let pairs = folders.windows(2);
    pairs
        .filter_map(|pair| match pair {
            [marker, world] if MARKERS.contains(&marker.as_ref()) => {
                Some(format!("{marker}/{world}"))
            }
            _ => None,
        })
        .collect()
}

/// Their names in words: `overlays/dev, overlays/prod`.
pub fn names(worlds: &[World]) -> String {
    let names = worlds.iter().filter_map(|world| world.name.as_deref());
    names.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn worlds(names: &[&str]) -> Vec<(Option<String>, Vec<String>)> {
        let sources: Vec<_> = names
            .iter()
            .map(|name| Source::new(*name, Vec::new()).unwrap())
            .collect();
        let named = |world: World| {
            let sources = world.sources.iter().map(|one| one.name().to_owned());
            (world.name, sources.collect())
        };
        split(&sources).into_iter().map(named).collect()
    }

    #[test]
    fn overlays_are_worlds_and_share_their_base() {
        let found = worlds(&[
            "base/a.yaml",
            "overlays/dev/a.yaml",
            "overlays/prod/x/a.yaml",
        ]);
        let world = |name: &str, own: &str| {
            (
                Some(name.to_owned()),
                vec!["base/a.yaml".to_owned(), own.to_owned()],
            )
        };
        assert_eq!(
            found,
            [
                world("overlays/dev", "overlays/dev/a.yaml"),
                world("overlays/prod", "overlays/prod/x/a.yaml")
            ]
        );
    }

    #[test]
    fn environments_of_clusters_are_worlds_each() {
        let found = worlds(&[
            "clusters/eu/overlays/dev/a.yaml",
            "clusters/eu/overlays/prod/a.yaml",
            "clusters/eu/shared.yaml",
            "clusters/us/a.yaml",
        ]);
        let names: Vec<_> = found
            .iter()
            .map(|world| world.0.as_deref().unwrap())
            .collect();
        assert_eq!(
            names,
            [
                "clusters/eu/overlays/dev",
                "clusters/eu/overlays/prod",
                "clusters/us"
            ]
        );
        let shared =
            |world: &(_, Vec<String>)| world.1.contains(&"clusters/eu/shared.yaml".to_owned());
        assert_eq!(
            found.iter().map(shared).collect::<Vec<_>>(),
            [true, true, false]
        );
    }

    #[test]
    fn one_environment_is_no_world_apart() {
        assert_eq!(worlds(&["overlays/prod/a.yaml", "base/a.yaml"]).len(), 1);
        assert_eq!(worlds(&["overlays/a.yaml", "overlays/b.yaml"]).len(), 1);
        assert_eq!(worlds(&[]).len(), 1);
    }
}
