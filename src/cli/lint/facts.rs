//! What every verb of `lint` takes: the inputs, and what the caller knows beside them.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args as ClapArgs;

use super::inputs::Inputs;
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::kernel::report::Note;
use crate::kernel::source::Source;
use crate::lint::cidr::{Cidr, CidrError};
use crate::lint::model::consul::Action;
use crate::lint::model::linkerd::Access;
use crate::lint::reachability::{Assumptions, Blocks};
use crate::lint::rendered::attributed;
use crate::lint::{Mode, Options};

/// What the caller knows about the cluster.
#[derive(Debug, Clone, ClapArgs)]
pub(super) struct Facts {
    /// The mesh's root namespace [default: istio-system]
    #[arg(long, value_name = "NAMESPACE")]
    root_namespace: Option<String>,
    /// What the input does not say: mesh-mtls=strict, =permissive or =disable, root-namespace=NAME,
    /// linkerd-default=POLICY (what Linkerd's control plane lets in where nothing says it, such as all-unauthenticated),
    /// consul-default=deny or =allow (the default policy of its ACLs), pod-cidr=CIDR (the pods' addresses), blocks-hold-no-pods, or closed-world (nothing is missing from the input)
    #[arg(long, value_name = "FACT=VALUE", value_parser = assumption)]
    assume: Vec<Assumption>,
}

/// Something that the caller knows about the cluster.
#[derive(Debug, Clone)]
enum Assumption {
    MeshMtls(Mode),
    RootNamespace(String),
    LinkerdDefault(Access),
    ConsulDefault(Action),
    PodCidr(Cidr),
    BlocksHoldNoPods,
    ClosedWorld,
}

fn assumption(text: &str) -> Result<Assumption, String> {
    match text.split_once('=') {
        Some(("mesh-mtls", mode)) => mesh_mode(mode).map(Assumption::MeshMtls),
        Some(("root-namespace", name)) if !name.is_empty() => {
            Ok(Assumption::RootNamespace(name.to_owned()))
        }
        Some(("linkerd-default", name)) => Access::from_name(name)
            .map(Assumption::LinkerdDefault)
            .ok_or_else(|| {
                let names = Access::ALL.map(Access::name).join(", ");
                format!("`{name}` is none of {names}")
            }),
        Some(("consul-default", "allow")) => Ok(Assumption::ConsulDefault(Action::Allow)),
        Some(("consul-default", "deny")) => Ok(Assumption::ConsulDefault(Action::Deny)),
        Some(("pod-cidr", block)) => block
            .parse()
            .map(Assumption::PodCidr)
            .map_err(|error: CidrError| error.to_string()),
        None if text == "blocks-hold-no-pods" => Ok(Assumption::BlocksHoldNoPods),
        None if text == "closed-world" => Ok(Assumption::ClosedWorld),
        _ => Err(
            "write `mesh-mtls=strict`, `mesh-mtls=permissive`, `mesh-mtls=disable`, `root-namespace=NAME`, \
             `linkerd-default=POLICY`, `consul-default=deny`, `consul-default=allow`, `pod-cidr=CIDR`, `blocks-hold-no-pods` or `closed-world`"
                .to_owned(),
        ),
    }
}

fn mesh_mode(name: &str) -> Result<Mode, String> {
    Mode::from_name(&name.to_ascii_uppercase())
        .ok_or_else(|| format!("`{name}` is none of strict, permissive, disable"))
}

impl Facts {
    /// The lint's options: flags, then the configuration.
    ///
    /// # Errors
    /// [`Failure`] where the configuration names no mode.
    pub(super) fn options(&self, env: &Env) -> Result<Options, Failure> {
        self.contradictions()?;
        let configured = env.settings.lint_mesh_mtls().map(mesh_mode).transpose();
        let mut options = Options {
            root_namespace: env.settings.lint_root_namespace().to_owned(),
            assume_mesh_mtls: configured.map_err(|error| {
                Failure::new(Kind::Configuration, format!("`lint.mesh-mtls`: {error}"))
            })?,
            assume_linkerd_default: None,
            assume_consul_default: None,
            closed_world: false,
            now: Some(env.now),
            base: env.cwd.clone(),
        };
        for assumption in &self.assume {
            match assumption {
                Assumption::MeshMtls(mode) => options.assume_mesh_mtls = Some(*mode),
                Assumption::RootNamespace(name) => options.root_namespace.clone_from(name),
                Assumption::LinkerdDefault(policy) => {
                    options.assume_linkerd_default = Some(*policy)
                }
                Assumption::ConsulDefault(action) => options.assume_consul_default = Some(*action),
                Assumption::ClosedWorld => options.closed_world = true,
                _ => {}
            }
        }
        if let Some(name) = &self.root_namespace {
            options.root_namespace.clone_from(name);
        }
        Ok(options)
    }

    /// Refuses what is said twice and differently: the last word would decide in silence.
    fn contradictions(&self) -> Result<(), Failure> {
        let mut modes = Vec::new();
        let mut roots: Vec<&String> = self.root_namespace.iter().collect();
        let mut defaults = Vec::new();
        let mut of_consul = Vec::new();
        let (mut cidr, mut no_pods) = (false, false);
        for assumption in &self.assume {
            match assumption {
                Assumption::MeshMtls(mode) => modes.push(*mode),
                Assumption::RootNamespace(name) => roots.push(name),
                Assumption::LinkerdDefault(policy) => defaults.push(*policy),
                Assumption::ConsulDefault(action) => of_consul.push(*action),
                Assumption::PodCidr(_) => cidr = true,
                Assumption::BlocksHoldNoPods => no_pods = true,
                Assumption::ClosedWorld => {}
            }
        }
        let differs = modes
            .windows(2)
            .any(|pair| matches!(pair, [a, b] if a != b))
            || roots
                .windows(2)
                .any(|pair| matches!(pair, [a, b] if a != b))
            || defaults
                .windows(2)
                .any(|pair| matches!(pair, [a, b] if a != b))
            || of_consul
                .windows(2)
                .any(|pair| matches!(pair, [a, b] if a != b))
            || (cidr && no_pods);
        if differs {
            return Err(Failure::usage("what is assumed contradicts itself"));
        }
        Ok(())
    }

    /// What the caller knows about the network.
    pub(super) fn network(&self) -> Assumptions {
        let mut assumptions = Assumptions::default();
        for assumption in &self.assume {
            match assumption {
                Assumption::PodCidr(block) => match &mut assumptions.blocks {
                    Blocks::PodsIn(blocks) => blocks.push(*block),
                    other => *other = Blocks::PodsIn(vec![*block]),
                },
                Assumption::BlocksHoldNoPods => assumptions.blocks = Blocks::HoldNoPods,
                Assumption::ClosedWorld => assumptions.closed_world = true,
                Assumption::MeshMtls(_)
                | Assumption::RootNamespace(_)
                | Assumption::LinkerdDefault(_)
                | Assumption::ConsulDefault(_) => {}
            }
        }
        assumptions
    }
}

/// The first part of the input that was not judged. Documents may be let pass, whole files never.
pub(super) fn unread(notes: &[Note], skip: bool) -> Option<String> {
    let note = notes
        .iter()
        .find(|note| note.code == "unreadable-file" || (!skip && note.is_failure()))?;
    let place = note.location.as_ref().map_or_else(String::new, |place| {
        let position = place.source.position(place.span.start);
        format!("{}:{position}: ", place.source.name())
    });
    Some(format!("{place}{}", note.message))
}

/// Reads every file that the paths lead to, with what could not be read.
///
/// # Errors
/// [`Failure`] where a path does not exist.
pub(super) fn sources(
    env: &Env,
    paths: &[PathBuf],
) -> Result<(Vec<Arc<Source>>, Vec<Note>), Failure> {
    let mut inputs = Inputs::default();
    for path in paths {
        inputs.add(env, path)?;
    }
    let mut sources = Vec::new();
    for source in inputs.read(env) {
        match is_stdin(paths).then(|| attributed(&source)).flatten() {
            Some(parts) => sources.extend(parts),
            None => sources.push(source),
        }
    }
    Ok((sources, inputs.notes))
}

/// Whether what is read is what another program rendered.
fn is_stdin(paths: &[PathBuf]) -> bool {
    matches!(paths, [only] if only.as_os_str() == "-")
}

/// Why there is nothing to judge: nobody could read it, or it is not there.
pub(super) fn nothing(files: usize, notes: &[Note]) -> Failure {
    if let Some(note) = notes.iter().find(|note| note.is_failure()) {
        let place = note.location.as_ref().map_or_else(String::new, |place| {
            let position = place.source.position(place.span.start);
            format!("{}:{position}: ", place.source.name())
        });
        return Failure::input(format!(
            "no manifest could be read: {place}{}",
            note.message
        ));
    }
    let what = match files {
        0 => "no manifest matched: the paths hold no *.yaml, *.yml or *.json".to_owned(),
        1 => "the input holds no Kubernetes resource".to_owned(),
        many => format!("none of the {many} files holds a Kubernetes resource"),
    };
    Failure::new(Kind::Nothing, what).hint(
        "name the folder of the manifests; for a chart: `helm template CHART | countersign lint -`",
    )
}
