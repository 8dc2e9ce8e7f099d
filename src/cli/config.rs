//! Layered configuration: flag > `COUNTERSIGN_*` > `--config` or the nearest `countersign.toml` > the user's file >
//! built-in.
//!
//! A discovered project file comes with the repository: in CI a pull request can add one. It may make a verification
//! stricter and choose how results look; what would loosen a check, or say where records go, is ignored with a
//! warning. A file named with `--config` is the caller's own and may do both.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::ValueEnum as _;

use super::args::{ColorChoice, Format, severity};
use super::env::Env;
use super::error::{Failure, Kind, did_you_mean};
use crate::kernel::finding::Severity;
use crate::kernel::fs;
use crate::kernel::time::{Leeway, parse_duration};

/// A setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    /// `format`
    Format,
    /// `color`
    Color,
    /// `audit-log`
    AuditLog,
    /// `jwt.leeway`
    JwtLeeway,
    /// `request.max-age`
    RequestMaxAge,
    /// `lint.fail-on`
    LintFailOn,
    /// `lint.root-namespace`
    LintRootNamespace,
    /// `lint.mesh-mtls`
    LintMeshMtls,
}

/// What a discovered project file may do with a setting.
enum ProjectMay {
    /// Set it.
    Set,
    /// Set it to something at least as strict.
    Tighten(fn(&str) -> Option<u64>),
    /// Nothing.
    Nothing,
}

impl Key {
    /// All settings, in the order of `config show`.
    pub(crate) const ALL: [Self; 8] = [
        Self::Format,
        Self::Color,
        Self::AuditLog,
        Self::JwtLeeway,
        Self::RequestMaxAge,
        Self::LintFailOn,
        Self::LintRootNamespace,
        Self::LintMeshMtls,
    ];

    /// The name in a file.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Format => "format",
            Self::Color => "color",
            Self::AuditLog => "audit-log",
            Self::JwtLeeway => "jwt.leeway",
            Self::RequestMaxAge => "request.max-age",
            Self::LintFailOn => "lint.fail-on",
            Self::LintRootNamespace => "lint.root-namespace",
            Self::LintMeshMtls => "lint.mesh-mtls",
        }
    }

    /// The name in the environment.
    pub(crate) fn variable(self) -> String {
        let name = self.name().to_ascii_uppercase().replace(['.', '-'], "_");
        format!("COUNTERSIGN_{name}")
    }

    /// The value where nothing else says one.
    pub(super) fn built_in(self) -> Option<&'static str> {
        match self {
            Self::Format => Some("human"),
            Self::Color => Some("auto"),
            Self::JwtLeeway => Some("0s"),
            Self::RequestMaxAge => Some("5m"),
            Self::LintFailOn => Some("medium"),
            Self::LintRootNamespace => Some("istio-system"),
            Self::AuditLog | Self::LintMeshMtls => None,
        }
    }

    fn check(self, value: &str) -> Result<(), String> {
        let words = |known: &[&str]| {
            if known.contains(&value) {
                Ok(())
            } else {
                Err(format!("`{value}` is none of {}", known.join(", ")))
            }
        };
        match self {
            Self::Format => Format::from_str(value, false).map(drop),
            Self::Color => ColorChoice::from_str(value, false).map(drop),
            Self::JwtLeeway => value.parse::<Leeway>().map(drop).map_err(|e| e.to_string()),
            Self::RequestMaxAge => parse_duration(value).map(drop).map_err(|e| e.to_string()),
            Self::LintFailOn => severity(value).map(drop),
            Self::LintMeshMtls => words(&["strict", "permissive", "disable"]),
            Self::AuditLog | Self::LintRootNamespace if value.is_empty() => {
                Err("it is empty".into())
            }
            Self::AuditLog | Self::LintRootNamespace => Ok(()),
        }
    }

    /// What a project's file may do with it, as `docs/reference/configuration.md` says it.
    pub(super) fn project_right(self) -> &'static str {
        match self.project_may() {
            ProjectMay::Set => "set it",
            ProjectMay::Tighten(_) => "make it stricter",
            ProjectMay::Nothing => "do nothing",
        }
    }

    /// For settings that may be tightened: a number that is smaller the stricter the value is.
    fn project_may(self) -> ProjectMay {
        let seconds = |value: &str| parse_duration(value).ok().map(|value| value.as_secs());
        match self {
            Self::Format | Self::Color => ProjectMay::Set,
            Self::JwtLeeway | Self::RequestMaxAge => ProjectMay::Tighten(seconds),
            Self::LintFailOn => {
                ProjectMay::Tighten(|value| severity(value).ok().map(|severity| severity as u64))
            }
            Self::AuditLog | Self::LintRootNamespace | Self::LintMeshMtls => ProjectMay::Nothing,
        }
    }
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The program itself.
    BuiltIn,
    /// The user's own file.
    User(PathBuf),
    /// A file found in the project.
    Project(PathBuf),
    /// The file named with `--config`.
    Named(PathBuf),
    /// An environment variable.
    Variable(String),
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::BuiltIn => f.write_str("built-in"),
            Self::User(path) => write!(f, "user file {}", path.display()),
            Self::Project(path) => write!(f, "project file {}", path.display()),
            Self::Named(path) => write!(f, "--config {}", path.display()),
            Self::Variable(name) => write!(f, "environment variable {name}"),
        }
    }
}

/// The values in force, one for each setting that has one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Settings(Vec<(Key, String, Origin)>);

const FILE_NAME: &str = "countersign.toml";
const MAX_FILE_BYTES: u64 = 1 << 20;

impl Settings {
    /// Reads all layers.
    ///
    /// # Errors
    /// [`Failure`] for a file that cannot be read, an unknown setting or a bad value.
    pub(crate) fn load(env: &Env) -> Result<Self, Failure> {
        let mut settings = Self::default();
        for key in Key::ALL {
            if let Some(value) = key.built_in() {
                settings.put(key, value.to_owned(), Origin::BuiltIn);
            }
        }
        if let Some(path) = user_file(env).filter(|path| path.is_file()) {
            settings.add_file(&path, Origin::User(path.clone()), env)?;
        }
        if let Some(path) = &env.global.config {
            settings.add_file(path, Origin::Named(path.clone()), env)?;
        } else if let Some(path) = project_file(&env.cwd) {
            let path = path
                .strip_prefix(&env.cwd)
                .map_or(path.clone(), Path::to_owned);
            settings.add_file(&path, Origin::Project(path.clone()), env)?;
        }
        settings.add_variables(env)?;
        Ok(settings)
    }

    /// All values with their origins.
    pub(crate) fn all(&self) -> impl Iterator<Item = (Key, Option<(&str, &Origin)>)> {
        Key::ALL.into_iter().map(|key| (key, self.find(key)))
    }

    fn find(&self, key: Key) -> Option<(&str, &Origin)> {
        self.0
            .iter()
            .find(|(known, ..)| *known == key)
            .map(|(_, value, origin)| (value.as_str(), origin))
    }

    fn value(&self, key: Key) -> Option<&str> {
        self.find(key).map(|(value, _)| value)
    }

    fn put(&mut self, key: Key, value: String, origin: Origin) {
        self.0.retain(|(known, ..)| *known != key);
        self.0.push((key, value, origin));
    }

    fn add_file(&mut self, path: &Path, origin: Origin, env: &Env) -> Result<(), Failure> {
        let bytes = fs::read(path, MAX_FILE_BYTES)
            .map_err(|error| Failure::new(Kind::Configuration, error.to_string()))?;
        let bad = |text: String| {
            Failure::new(Kind::Configuration, text).context(format!("in `{}`", path.display()))
        };
        let text = String::from_utf8(bytes).map_err(|_| bad("it is not UTF-8".into()))?;
        let table: toml::Table = text
            .parse()
            .map_err(|error: toml::de::Error| bad(error.message().to_owned()))?;
        for (name, value) in flatten(&table, "") {
            let key = Key::ALL
                .into_iter()
                .find(|key| key.name() == name)
                .ok_or_else(|| {
                    let failure = bad(format!("there is no setting `{name}`"));
                    match did_you_mean(&name, Key::ALL.map(Key::name)) {
                        Some(close) => failure.hint(format!("did you mean `{close}`?")),
                        None => failure.hint("`countersign config show` lists the settings"),
                    }
                })?;
            let value = value.ok_or_else(|| bad(format!("`{name}` is not a string")))?;
            key.check(&value)
                .map_err(|problem| bad(format!("`{name}`: {problem}")))?;
            if matches!(origin, Origin::Project(_)) && !self.allows(key, &value, env, path) {
                continue;
            }
            self.put(key, value, origin.clone());
        }
        Ok(())
    }

    fn allows(&self, key: Key, value: &str, env: &Env, path: &Path) -> bool {
        let refused = match key.project_may() {
            ProjectMay::Set => return true,
            ProjectMay::Nothing => "a project file may not set it",
            ProjectMay::Tighten(rank) => {
                let before = self.value(key).and_then(rank);
                if rank(value) <= before {
                    return true;
                }
                "a project file may make a check stricter, never looser"
            }
        };
        env.warn(&format!(
            "`{}` in `{}` is ignored: {refused} (name the file with `--config` to trust it)",
            key.name(),
            path.display()
        ));
        false
    }

    fn add_variables(&mut self, env: &Env) -> Result<(), Failure> {
        for (name, value) in env.vars_with("COUNTERSIGN_") {
            let Some(key) = Key::ALL.into_iter().find(|key| key.variable() == name) else {
                continue;
            };
            let bad = |problem: &str| {
                Failure::new(Kind::Configuration, problem.to_owned())
                    .context(format!("in the environment variable `{name}`"))
            };
            let value = value.to_str().ok_or_else(|| bad("it is not UTF-8"))?;
            if value.is_empty() {
                continue;
            }
            key.check(value).map_err(|problem| bad(&problem))?;
            self.put(key, value.to_owned(), Origin::Variable(name.to_owned()));
        }
        Ok(())
    }

    /// `format`
    pub(crate) fn format(&self) -> Option<Format> {
        Format::from_str(self.value(Key::Format)?, false).ok()
    }

    /// `color`
    pub(crate) fn color(&self) -> Option<ColorChoice> {
        ColorChoice::from_str(self.value(Key::Color)?, false).ok()
    }

    /// `audit-log`
    pub(crate) fn audit_log(&self) -> Option<PathBuf> {
        self.value(Key::AuditLog).map(PathBuf::from)
    }

    /// `jwt.leeway`
    pub(crate) fn jwt_leeway(&self) -> Leeway {
        let value = self
            .value(Key::JwtLeeway)
            .and_then(|value| value.parse().ok());
        value.unwrap_or_default()
    }

    /// `request.max-age`
    pub(crate) fn request_max_age(&self) -> Duration {
        let value = self
            .value(Key::RequestMaxAge)
            .and_then(|value| parse_duration(value).ok());
        value.unwrap_or(Duration::from_secs(300))
    }

    /// `lint.fail-on`
    pub(crate) fn lint_fail_on(&self) -> Severity {
        let value = self
            .value(Key::LintFailOn)
            .and_then(|value| severity(value).ok());
        value.unwrap_or(Severity::Medium)
    }

    /// `lint.root-namespace`
    pub(crate) fn lint_root_namespace(&self) -> &str {
        self.value(Key::LintRootNamespace).unwrap_or("istio-system")
    }

    /// `lint.mesh-mtls`
    pub(crate) fn lint_mesh_mtls(&self) -> Option<&str> {
        self.value(Key::LintMeshMtls)
    }
}

/// All values of a file with dotted names; None where a value is no string.
fn flatten(table: &toml::Table, prefix: &str) -> Vec<(String, Option<String>)> {
    let mut values = Vec::new();
    for (name, value) in table {
        let name = format!("{prefix}{name}");
        match value {
            toml::Value::Table(inner) => values.extend(flatten(inner, &format!("{name}."))),
            toml::Value::String(text) => values.push((name, Some(text.clone()))),
            _ => values.push((name, None)),
        }
    }
    values
}

fn user_file(env: &Env) -> Option<PathBuf> {
    let base = match env.var("XDG_CONFIG_HOME").or_else(|| env.var("APPDATA")) {
        Some(base) => PathBuf::from(base),
        None => Path::new(env.var("HOME")?).join(".config"),
    };
    Some(base.join("countersign").join("config.toml"))
}

/// The nearest file, from the working directory up to the root of the repository it is in.
fn project_file(cwd: &Path) -> Option<PathBuf> {
    let in_repository = cwd.ancestors().any(|dir| dir.join(".git").exists());
    for dir in cwd.ancestors() {
        let path = dir.join(FILE_NAME);
        if path.is_file() {
            return Some(path);
        }
        if !in_repository || dir.join(".git").exists() {
            return None;
        }
    }
    None
}
