//! Verbs that run once for a token or a message, read by their own arguments alone.
//!
//! Describing every noun and verb to the parser costs more than such a verb's work. Whatever is not read here (help,
//! mistakes, global options before the noun, other verbs) is left to the whole tree, which reads the same arguments.

use std::ffi::OsString;

use clap::{Args, Parser};

use super::args::Global;
use super::deferred::Deferred;
use super::{Cli, Command, jwt, request};

/// A verb's arguments and the global ones, as if there were no other verb.
#[derive(Debug, Parser)]
#[command(no_binary_name = true, disable_help_flag = true)]
struct Direct<T: Args> {
    #[command(flatten)]
    global: Global,
    #[command(flatten)]
    args: T,
}

/// The command line, if it is one that can be read directly.
pub(super) fn read(words: &[OsString]) -> Option<Cli> {
    let [_, noun, verb, rest @ ..] = words else {
        return None;
    };
    let (noun, verb) = (noun.to_str()?, verb.to_str()?);
    let (global, command) = match noun {
        "jwt" => {
            let (global, command) = jwt::Command::direct(verb, rest)?;
            (global, Command::Jwt(Deferred(command)))
        }
        "request" => {
            let (global, command) = request::Command::direct(verb, rest)?;
            (global, Command::Request(Deferred(command)))
        }
        _ => return None,
    };
    Some(Cli { global, command })
}

/// The arguments of one verb.
pub(super) fn arguments<T: Args>(words: &[OsString]) -> Option<(Global, T)> {
    let mut command = <Direct<T> as clap::CommandFactory>::command();
    let matches = command.try_get_matches_from_mut(words).ok()?;
    let read = <Direct<T> as clap::FromArgMatches>::from_arg_matches(&matches).ok()?;
    // Taking the description apart takes as long as making it, and the process ends soon.
    std::mem::forget((command, matches));
    Some((read.global, read.args))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// The command lines of `jwt` and `request` in the documents, without quoting, as far as the first redirection.
    fn documented() -> Vec<Vec<OsString>> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut lines = Vec::new();
        for folder in ["docs/guides", "tests/cmd/jwt", "tests/cmd/request"] {
            for entry in std::fs::read_dir(root.join(folder)).expect("a folder") {
                let text = std::fs::read_to_string(entry.expect("an entry").path()).expect("text");
                lines.extend(text.lines().filter_map(words));
            }
        }
        lines
    }

    fn words(line: &str) -> Option<Vec<OsString>> {
        let line = line.strip_prefix("$ ")?.split(['|', '>', '<']).next()?;
        let plain = line.starts_with("countersign ") && !line.contains(['\'', '"', '\\', '$']);
        plain.then(|| line.split_whitespace().map(OsString::from).collect())
    }

    #[test]
    fn a_line_means_the_same_to_the_verb_and_to_the_whole_tree() {
        let mut direct = 0;
        for words in documented() {
            if let Some(read) = read(&words) {
                let whole = Cli::try_parse_from(&words).expect("the whole tree reads it too");
                assert_eq!(format!("{read:?}"), format!("{whole:?}"), "{words:?}");
                direct += 1;
            }
        }
        assert!(direct > 50, "{direct}");
    }

    #[test]
    fn help_and_mistakes_are_left_to_the_whole_tree() {
        for line in [
            "countersign jwt inspect",
            "countersign jwt inspect --help",
            "countersign jwt inspect -h x",
            "countersign jwt verify x --nonsense",
            "countersign --format json jwt inspect x",
            "countersign jwt mint --key file:k",
            "countersign jwt",
        ] {
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            assert!(read(&words).is_none(), "{line}");
        }
    }
}
