//! `countersign cert log audit`.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::scan::{Contents, Found, entries, hash_of};
use super::verify::head;
use super::view::{VerdictView, verdict};
use super::wild;
use crate::cert::issuance_log::LogReason;
use crate::cert::{self, signed_by};
use crate::cli::cert::directory::Directory;
use crate::cli::cert::revocations::{Revocations, list_files, response_files};
use crate::cli::env::Env;
use crate::cli::error::Failure;
use crate::cli::outcome::Outcome;
use crate::kernel::arrange::Arrange as _;
use crate::kernel::crypto::hex;

/// Hold the log against the authority's directory, and against certificates seen in the wild
///
/// The log is read whole. The authority's own certificates, its revocations and its revocation lists must be in it; every
/// serial number once; every issuer one of this authority. Each path is searched for certificates: those that this authority
/// signed must be in the log, and those that only say so are forgeries.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign cert log audit --ca ca
  countersign cert log audit --ca ca /etc/ssl/workloads captured/

Exit codes: 0 all is as it should be, 1 something is not, 2 cannot answer")]
pub(crate) struct Args {
    /// The authority's directory
    #[arg(long, value_name = "DIR")]
    ca: PathBuf,
    /// Files and directories to search for certificates
    paths: Vec<PathBuf>,
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: &Args) -> Result<Outcome, Failure> {
    let directory = Directory::read(&args.ca)?;
    let mut view = VerdictView {
        name: directory.log.name().to_owned(),
        ..VerdictView::default()
    };
    let Some(head) = head(&directory, &mut view)? else {
        return Ok(verdict("cert.log.audit", view));
    };
    let mut contents = Contents::default();
    let read = entries(env, &directory.store(), &head, |index, bytes| {
        contents.add(index, bytes);
    });
    if let Err(found) = read {
        view.problems.push(found);
    }
    view.problems.append(&mut contents.problems);
    let count = contents.certificates.len();
    view.held.push(format!("{count} certificates are logged"));
    own(&directory, &contents, &mut view);
    revocations(&directory, &contents, &mut view)?;
    if !args.paths.is_empty() {
        let seen = wild::look(&args.paths, &directory, &contents)?;
        view.held.push(format!(
            "{} certificates of this authority were seen, {} of others",
            seen.ours, seen.others
        ));
        view.problems.extend(seen.problems);
    }
    Ok(verdict("cert.log.audit", view))
}

/// The authority's own certificates, and the issuers of all the others.
fn own(directory: &Directory, contents: &Contents, view: &mut VerdictView) {
    for authority in [&directory.root, &directory.issuing] {
        let logged =
            hash_of(&authority.der).is_some_and(|hash| contents.certificates.contains_key(&hash));
        if !logged {
            let detail = "the authority's own certificate is not in the log";
            view.problems.push(Found::new(
                LogReason::Disagrees,
                authority.name.clone(),
                detail,
            ));
        }
    }
    let known = [
        hex(&directory.root.key_id),
        hex(&directory.issuing.key_id),
        // A root names no issuer.
        String::new(),
    ];
    let mut foreign: Vec<_> = contents
        .serials
        .iter()
        .filter(|((issuer, _), _)| !known.contains(issuer))
        .collect();
    foreign.arrange_by_key(|(_, index)| **index);
    for ((issuer, serial), index) in foreign {
        let detail = format!("serial {serial} is for the issuer with the key {issuer}");
        let found = Found::new(LogReason::ForeignIssuer, format!("entry {index}"), detail);
        view.problems.push(found);
    }
}

fn revocations(
    directory: &Directory,
    contents: &Contents,
    view: &mut VerdictView,
) -> Result<(), Failure> {
    let file = Revocations::read(&directory.path)?;
    for revocation in &file.all {
        if !contents.revocations.contains(revocation) {
            let detail = "revoked in the directory and not in the log";
            view.problems.push(Found::new(
                LogReason::Disagrees,
                format!("serial {}", revocation.serial),
                detail,
            ));
        }
    }
    for revocation in &contents.revocations {
        if !file.all.contains(revocation) {
            let detail = "revoked in the log and not in the directory: the next list lacks it";
            view.problems.push(Found::new(
                LogReason::Disagrees,
                format!("serial {}", revocation.serial),
                detail,
            ));
        }
    }
    let signed = |der: &[u8]| {
        let authorities = [&directory.root, &directory.issuing];
        authorities
            .iter()
            .any(|authority| signed_by(der, &authority.key))
    };
    // A responder answers in the place of the issuing authority, if that certified it by way of the log.
    let delegated = |der: &[u8]| {
        cert::responder_of(der, &directory.issuing)
            .and_then(|responder| hash_of(&responder.der))
            .is_some_and(|hash| contents.certificates.contains_key(&hash))
    };
    let lists = list_files(&directory.path)?;
    let listed = |sha256: &str| contents.lists.iter().any(|entry| entry.sha256 == sha256);
    let responses = response_files(&directory.path)?;
    let answered = |sha256: &str| {
        contents
            .responses
            .iter()
            .any(|entry| entry.sha256 == sha256)
    };
    let lists = lists.into_iter().map(|(path, file)| {
        let known = listed(&file.sha256);
        (path, file, known, "revocation list")
    });
    let responses = responses.into_iter().map(|(path, file)| {
        let known = answered(&file.sha256);
        (path, file, known, "OCSP response")
    });
    let mut count = 0;
    for (path, file, known, what) in lists.chain(responses) {
        count += 1;
        let is_signed = signed(&file.der) || what == "OCSP response" && delegated(&file.der);
        let detail = match (is_signed, known) {
            (false, _) => format!("the {what} is signed by none of this authority's keys"),
            (true, false) => format!("the {what} is not in the log"),
            (true, true) => continue,
        };
        let found = Found::new(LogReason::Disagrees, path, detail);
        view.problems.push(found);
    }
    let revoked = file.all.len();
    view.held.push(format!(
        "{revoked} revocations and {count} lists and responses were looked up"
    ));
    Ok(())
}
