//! Credentials from a profile of the AWS command line: an access key id, its secret, perhaps a session token.

use std::path::PathBuf;

use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind, did_you_mean};
use crate::kernel::fs;
use crate::kernel::secret::Secret;

/// The credentials of a profile.
#[derive(Debug)]
pub(super) struct Profile {
    pub(super) access_key_id: String,
    pub(super) secret: Secret,
    pub(super) session_token: Option<Secret>,
}

const MAX_BYTES: u64 = 1 << 20;

/// Reads a profile from `AWS_SHARED_CREDENTIALS_FILE` or `~/.aws/credentials`.
pub(super) fn read(env: &Env, name: &str) -> Result<Profile, Failure> {
    let path = match (env.var("AWS_SHARED_CREDENTIALS_FILE"), env.var("HOME")) {
        (Some(path), _) => PathBuf::from(path),
        (None, Some(home)) => PathBuf::from(home).join(".aws/credentials"),
        (None, None) => {
            return Err(Failure::new(
                Kind::Secret,
                "there is no home folder to look for AWS profiles in",
            ));
        }
    };
    let bytes = zeroize::Zeroizing::new(fs::read(&path, MAX_BYTES)?);
    let shown = path.display();
    let text = std::str::from_utf8(&bytes)
        .map_err(|_| Failure::new(Kind::Secret, format!("`{shown}` is not UTF-8")))?;
    let sections = sections(text);
    let section = sections.iter().find(|(section, _)| *section == name);
    let (_, lines) = section.ok_or_else(|| {
        let failure = Failure::new(Kind::Secret, format!("`{shown}` has no profile `{name}`"));
        match did_you_mean(name, sections.iter().map(|(section, _)| *section)) {
            Some(near) => failure.hint(format!("did you mean `{near}`?")),
            None => failure,
        }
    })?;
    let value = |key: &str| {
        let line = lines
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(key));
        line.map(|(_, value)| *value)
    };
    let missing = |key: &str| {
        Failure::new(
            Kind::Secret,
            format!("the profile `{name}` of `{shown}` has no `{key}`"),
        )
    };
    let secret = |key: &str| value(key).map(|value| Secret::new(value.as_bytes().to_vec()));
    Ok(Profile {
        access_key_id: value("aws_access_key_id")
            .ok_or_else(|| missing("aws_access_key_id"))?
            .to_owned(),
        secret: secret("aws_secret_access_key").ok_or_else(|| missing("aws_secret_access_key"))?,
        session_token: secret("aws_session_token"),
    })
}

type Section<'t> = (&'t str, Vec<(&'t str, &'t str)>);

// The INI of the AWS command line: `[name]`, `key = value`, comments at the start of a line.
fn sections(text: &str) -> Vec<Section<'_>> {
    let mut sections: Vec<Section<'_>> = Vec::new();
    for line in text.lines().map(str::trim) {
        if line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = line
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
        {
            sections.push((name.trim(), Vec::new()));
        } else if let (Some((_, lines)), Some((key, value))) =
            (sections.last_mut(), line.split_once('='))
        {
            lines.push((key.trim(), value.trim()));
        }
    }
    sections
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_are_read_as_the_aws_command_line_writes_them() {
        let text = "# mine\n[default]\naws_access_key_id = AKIA1\naws_secret_access_key=a=b/+\n\n[ dev ]\naws_session_token = t\n";
        let found = sections(text);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].1[1], ("aws_secret_access_key", "a=b/+"));
        assert_eq!(found[1], ("dev", vec![("aws_session_token", "t")]));
    }
}
