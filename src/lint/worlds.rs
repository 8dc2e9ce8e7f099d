//! Worlds: several clusters or environments in one repository, each judged on its own.
//!
//! `overlays/production` and `overlays/staging` describe two clusters, or two states of one, and what one of them says
//! proves nothing about the other. Files that are below no such folder (a `base` beside the overlays) are part of each, and
//! so are folders below it that are called so.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path};
use std::sync::Arc;

use crate::kernel::finding::Location;
use crate::kernel::report::Note;
use crate::kernel::source::{Source, Span};

/// Folders that hold one environment or cluster each.
const MARKERS: [&str; 4] = ["overlays", "clusters", "environments", "envs"];

/// Those of them that hold a file for each, where they hold no folders. Overlays are folders always.
const FLAT: [&str; 3] = ["clusters", "environments", "envs"];

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

/// The worlds of the inputs, by name; one without a name where they are not kept apart. Never none. Relative names are
/// below `base`, so that it does not matter where they are named from.
pub fn split(sources: &[Arc<Source>], base: &Path) -> Vec<World> {
    let mut places: Vec<Place> = sources
        .iter()
        .map(|source| Place::of(source.name(), base))
        .collect();
    // What is above all of them tells none of them apart.
    let own = places.iter().map(|place| place.own).min().unwrap_or(0);
    places.iter_mut().for_each(|place| place.own = own);
    let with_folders: BTreeSet<String> = places.iter().flat_map(Place::markers).collect();
    let chains: Vec<Chain> = places
        .iter()
        .map(|place| place.chain(&with_folders))
        .collect();
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

/// Where a file is: the folders above it and its stem, and how many of the folders are above the base too.
struct Place {
    folders: Vec<String>,
    stem: String,
    own: usize,
}

impl Place {
    fn of(name: &str, base: &Path) -> Self {
        let below = folders_of(&base.join("-"));
        let mut parts = folders_of(&base.join(name).join("-"));
        let file = parts.pop().unwrap_or_default();
        let stem = Path::new(&file).file_stem();
        Self {
            own: parts.iter().zip(&below).take_while(|(a, b)| a == b).count(),
            stem: stem.map_or(String::new(), |stem| stem.to_string_lossy().into_owned()),
            folders: parts,
        }
    }

    /// The places of markers and of the worlds below them. What lies wholly in the base is the same for all.
    fn pairs(&self) -> impl Iterator<Item = (usize, &str, &str)> {
        let pairs = self.folders.windows(2).enumerate();
        pairs.filter_map(|(index, pair)| match pair {
            [marker, world] if MARKERS.contains(&marker.as_str()) && index + 2 > self.own => {
                Some((index, marker.as_str(), world.as_str()))
            }
            _ => None,
        })
    }

    /// The folders of markers below which there are folders of worlds.
    fn markers(&self) -> Vec<String> {
        let pairs = self.pairs().filter(|(_, _, world)| !is_shared(world));
        let above = |index: usize| self.folders.get(..=index).unwrap_or_default().join("/");
        pairs.map(|(index, ..)| above(index)).collect()
    }

    fn chain(&self, with_folders: &BTreeSet<String>) -> Chain {
        let mut chain = Chain::new();
        for (_, marker, world) in self.pairs() {
            // What is shared is part of every world beside it.
            if is_shared(world) {
                return chain;
            }
            chain.push(format!("{marker}/{world}"));
        }
        // A file for each environment instead of a folder.
        if let Some(marker) = self.folders.last()
            && FLAT.contains(&marker.as_str())
            && !with_folders.contains(&self.folders.join("/"))
            && !is_shared(&self.stem)
        {
            chain.push(format!("{marker}/{}", self.stem));
        }
        chain
    }
}

/// The names of a path without its last one; `..` goes up.
fn folders_of(path: &Path) -> Vec<String> {
    let mut parts = Vec::new();
    for part in path.components() {
        match part {
            Component::Normal(part) => parts.push(part.to_string_lossy().into_owned()),
            Component::ParentDir => {
                parts.pop();
            }
            _ => {}
        }
    }
    parts.pop();
    parts
}

/// Whether what is called so belongs to no environment but to all. `default` and `all` are names of clusters.
fn is_shared(name: &str) -> bool {
    is_ambiguous(name)
        || matches!(name, "base" | "bases" | "kustomization")
        || name.starts_with('_')
}

/// Whether what is called so may belong to all, and may be an environment itself.
fn is_ambiguous(name: &str) -> bool {
    matches!(name, "common" | "shared" | "global")
}

/// What does not tell whether it is a world or part of every other one, where it runs pods of its own.
pub fn doubts(sources: &[Arc<Source>], base: &Path) -> Option<Note> {
    if split(sources, base).len() < 2 {
        return None;
    }
    let runs_pods = |source: &Source| {
        let text = String::from_utf8_lossy(source.bytes());
        let mut kinds = text
            .lines()
            .filter_map(|line| line.trim().strip_prefix("kind:"));
        kinds.any(|kind| {
            let kind = kind.trim().trim_matches(['"', '\'']);
            [
                "Deployment",
                "StatefulSet",
                "DaemonSet",
                "Pod",
                "CronJob",
                "Job",
                "Rollout",
            ]
            .contains(&kind)
        })
    };
    sources.iter().find_map(|source| {
        let place = Place::of(source.name(), base);
        let folders = place.folders.windows(2);
        let mut named = folders.filter_map(|pair| match pair {
            [marker, world] => (MARKERS.contains(&marker.as_str()) && is_ambiguous(world)).then_some(world),
            _ => None,
        });
        let name = named.next().filter(|_| runs_pods(source))?;
        Some(Note {
            code: "invalid-world",
            message: format!(
                "`{name}` runs pods of its own: whether it is a world or part of every other one is not known; name \
                 the folders of one world at a time"
            ),
            location: Some(Location {
                source: Arc::clone(source),
                span: Span::new(0, 0),
                label: String::new(),
            }),
        })
    })
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
        worlds_at(names, "")
    }

    fn worlds_at(names: &[&str], base: &str) -> Vec<(Option<String>, Vec<String>)> {
        let sources: Vec<_> = names
            .iter()
            .map(|name| Source::new(*name, Vec::new()).unwrap())
            .collect();
        let named = |world: World| {
            let sources = world.sources.iter().map(|one| one.name().to_owned());
            (world.name, sources.collect())
        };
        split(&sources, Path::new(base))
            .into_iter()
            .map(named)
            .collect()
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

    fn named(names: &[&str], base: &str) -> Vec<String> {
        let worlds = worlds_at(names, base).into_iter();
        worlds.filter_map(|(name, _)| name).collect()
    }

    #[test]
    fn it_does_not_matter_where_worlds_are_named_from() {
        let both = ["overlays/dev", "overlays/prod"];
        assert_eq!(named(&["dev/a.yaml", "prod/a.yaml"], "/r/overlays"), both);
        assert_eq!(named(&["./dev/a.yaml", "prod/a.yaml"], "/r/overlays"), both);
        assert_eq!(
            named(&["a.yaml", "../dev/a.yaml"], "/r/overlays/prod"),
            both
        );
        assert_eq!(
            named(&["/r/overlays/dev/a.yaml", "/r/overlays/prod/a.yaml"], "/x"),
            both
        );
        // Where the whole repository is below such a folder, that tells nothing apart.
        let inside = ["overlays/dev/a.yaml", "overlays/prod/a.yaml", "base/a.yaml"];
        assert_eq!(named(&inside, "/clusters/mine/r"), both);
        assert!(named(&["a.yaml", "x/b.yaml"], "/r/overlays/prod").is_empty());
    }

    #[test]
    fn a_file_for_each_environment_is_a_world() {
        let both = ["envs/dev", "envs/prod"];
        assert_eq!(named(&["envs/dev.yaml", "envs/prod.yaml"], ""), both);
        assert_eq!(named(&["dev.yaml", "prod.yaml"], "/r/envs"), both);
        let found = worlds(&["envs/dev.yaml", "envs/prod.yaml", "envs/common.yaml"]);
        assert!(found.iter().all(|world| world.1.len() == 2), "{found:?}");
        // Beside folders a file is what they share.
        let found = worlds(&["envs/dev/a.yaml", "envs/prod/a.yaml", "envs/a.yaml"]);
        assert_eq!(found.len(), 2);
        assert!(found.iter().all(|world| world.1.len() == 2), "{found:?}");
    }

    #[test]
    fn what_is_called_common_is_part_of_every_world() {
        for shared in ["common", "base", "_lib"] {
            let shared = format!("environments/{shared}/a.yaml");
            let names = [
                "environments/dev/a.yaml",
                "environments/prod/a.yaml",
                &shared,
            ];
            let found = worlds(&names);
            assert_eq!(found.len(), 2, "{found:?}");
            assert!(
                found.iter().all(|world| world.1.contains(&shared)),
                "{found:?}"
            );
        }
    }

    /// A cluster may be called `default`; what is called `shared` and runs pods may be one too.
    #[test]
    fn a_name_that_clusters_have_too_is_a_world_or_a_doubt() {
        let names = ["clusters/default/a.yaml", "clusters/eu/a.yaml"];
        assert_eq!(named(&names, ""), ["clusters/default", "clusters/eu"]);
        let doubted = |text: &str| {
            let files = [
                ("clusters/eu/a.yaml", ""),
                ("clusters/us/a.yaml", ""),
                ("clusters/shared/a.yaml", text),
            ];
            let sources = files.map(|(name, text)| Source::new(name, text.into()).unwrap());
            doubts(&sources, Path::new("")).is_some()
        };
        assert!(doubted("kind: Deployment\n"));
        assert!(!doubted("kind: NetworkPolicy\n"));
    }

    #[test]
    fn one_environment_is_no_world_apart() {
        assert_eq!(worlds(&["overlays/prod/a.yaml", "base/a.yaml"]).len(), 1);
        assert_eq!(worlds(&["overlays/a.yaml", "overlays/b.yaml"]).len(), 1);
        assert_eq!(worlds(&[]).len(), 1);
    }
}
