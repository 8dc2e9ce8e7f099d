//! `cert issue --from`: a list, planned and signed on all cores, each portion logged before it is signed.
//!
//! Every row is checked before the first is issued. A row's directory appears whole: it is written beside its place and
//! moved there. `--resume` keeps the rows whose certificate is there, says the same, lives, and has its key and bundle.

use std::path::{Path, PathBuf};

use super::files::Layout;
use super::{Args, Output};
use crate::cert::{
    self, Fields, IssuingProfile, KeyChoice, KeyOf, List, Origin, Request, Unsigned, Wanted,
};
use crate::cli::cert::directory::{Directory, Session, Whose, certificates};
use crate::cli::cert::issued_view::BulkView;
use crate::cli::cert::place::key;
use crate::cli::cert::refuse;
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::cli::outcome::Outcome;
use crate::cli::progress::Progress;
use crate::kernel::arrange::Arrange as _;
use crate::kernel::crypto::hex;
use crate::kernel::fs;
use crate::kernel::key::PrivateKey;
use crate::kernel::record::{Decision, Verdict};
use crate::kernel::time::Timestamp;

/// How many are logged under one checkpoint.
const PORTION: usize = 1024;
/// How many refused rows are told.
const TOLD: usize = 10;

type Planned<'a> = (&'a Wanted, PrivateKey, Unsigned);

/// Runs the verb.
pub(super) fn run(env: &Env, args: &Args) -> Result<Outcome, Failure> {
    if args.profile.is_authority() || args.profile == IssuingProfile::Ocsp {
        return Err(Failure::usage("a list issues leaves: svid, server, client"));
    }
    let now = args.clock.at.unwrap_or(env.now);
    let seed = args.reproducible.seed(env)?;
    let directory = Directory::read(&args.access.ca)?;
    let mut list = read(env, args, &directory.trust_domain)?;
    if list.wanted.is_empty() {
        return Err(Failure::new(Kind::Nothing, "the list names no certificate"));
    }
    for wanted in &mut list.wanted {
        wanted.ttl = wanted.ttl.or(args.ttl);
    }
    let total = list.wanted.len();
    let mut rows = Vec::with_capacity(total);
    for wanted in &list.wanted {
        if !(args.resume && is_there(args, wanted, now, &directory)) {
            rows.push(wanted);
        }
    }
    check_places(args, &rows)?;
    let kept = total - rows.len();
    let mut session = Session::open(env, &args.access, Whose::Issuing)?;
    check_rows(env, &session, &rows, now)?;
    fs::create_private_dir(&args.out)?;
    fs::check_writable(&args.out)?;
    for wanted in &rows {
        // What a killed run left behind may hold private keys.
        let target = args.out.join(&wanted.place);
        let name = target.file_name().unwrap_or_default();
        fs::sweep(target.parent().unwrap_or(&args.out), Some(name));
    }
    let mut progress = Progress::start(env, "issuing", rows.len());
    let mut verdicts = Vec::new();
    for portion in rows.chunks(PORTION) {
        let place = |later| session.origin(env, seed.as_ref(), later);
        let planned = plan(&session, (portion, args.key_type.into(), now), place)?;
        let entries: Vec<Unsigned> = planned.iter().map(|(_, _, one)| one.clone()).collect();
        session.record(&entries)?;
        let written = write(args, &session, &planned)?;
        for (row, certificate) in planned.iter().zip(&written) {
            progress.step();
            if env.records() {
                let mut verdict = Verdict::new("cert.issue", row.2.serial.clone(), certificate);
                verdict.actor = row.0.names.list().into_iter().next();
                verdict.decision = Decision::Yes;
                verdicts.push(verdict);
            }
        }
    }
    drop(progress);
    let (head, _) = session.log().checkpoint();
    let mut outcome = Outcome::view(BulkView {
        issued: rows.len(),
        kept,
        skipped: list.skipped,
        out: args.out.display().to_string(),
        size: head.size,
        root: hex(&head.root),
    });
    outcome.verdicts = verdicts;
    Ok(outcome)
}

fn read(env: &Env, args: &Args, trust_domain: &cert::TrustDomain) -> Result<List, Failure> {
    let path = args.from.clone().unwrap_or_default();
    let source = env.source(&path)?;
    let csv = path
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("csv"));
    let list = if csv {
        List::from_csv(source.bytes(), args.profile)
    } else {
        List::from_yaml(&source, (trust_domain, args.profile))
    };
    list.map_err(|error| {
        let failure = Failure::input(error.to_string())
            .context(format!("cannot use the list `{}`", source.name()));
        if csv {
            failure
        } else {
            failure.hint("a list is read as YAML, or as CSV if its name ends with `.csv`")
        }
    })
}

fn output<'a>(args: &Args, dir: &'a Path, wanted: &Wanted) -> Output<'a> {
    Output {
        dir,
        profile: wanted.profile,
        force: args.force,
        plaintext: true,
    }
}

fn check_places(args: &Args, rows: &[&Wanted]) -> Result<(), Failure> {
    for wanted in rows {
        let dir = args.out.join(&wanted.place);
        output(args, &dir, wanted)
            .check(true)
            .map_err(|failure| failure.hint("`--resume` keeps what an interrupted run issued"))?;
    }
    Ok(())
}

/// Whether an earlier run has issued a row: its certificate is of this issuer, says what is wanted, and lives; its key and
/// the root are beside it. After a loss of power any of the files may be empty.
fn is_there(args: &Args, wanted: &Wanted, now: Timestamp, directory: &Directory) -> bool {
    let dir = args.out.join(&wanted.place);
    let layout = Layout::of(wanted.profile);
    let read = || {
        let key = key(&dir.join(layout.key))?.public().to_spki();
        let bundle = fs::read(&dir.join(layout.bundle), 1 << 20).ok()?;
        let roots = certificates(&bundle, layout.bundle).ok()?;
        let bytes = fs::read(&dir.join(layout.chain), 1 << 20).ok()?;
        let ders = certificates(&bytes, layout.chain).ok()?;
        let leaf = ders.first()?;
        let fields = Fields::of_certificate(leaf).ok()?;
        let mut names = wanted.names.list();
        names.arrange();
        let same = fields.names().sorted() == names;
        let ours = fields.issuer_key_id() == Some(hex(&directory.issuing.key_id));
        let profile = wanted.profile != IssuingProfile::Client || !fields.serves();
        let profile = profile && (wanted.profile == IssuingProfile::Client || fields.serves());
        let said = profile && fields.common_name() == wanted.common_name && fields.key == key;
        let whole = roots == [directory.root.der.clone()] && ders.len() == 2;
        Some(same && ours && said && whole && fields.not_after > now)
    };
    read().unwrap_or(false)
}

fn request(wanted: &Wanted, key: &PrivateKey) -> Request {
    Request {
        profile: wanted.profile,
        names: wanted.names.clone(),
        common_name: wanted.common_name.clone(),
        ttl: wanted.ttl,
        key: key.public(),
    }
}

/// Checks every row with a key that is thrown away, so that a list is issued whole or not at all.
fn check_rows(
    env: &Env,
    session: &Session,
    rows: &[&Wanted],
    now: Timestamp,
) -> Result<(), Failure> {
    let key = KeyChoice::P256.generate(&env.random).map_err(refuse)?;
    let issuing = session.issuing(now);
    let mut refused = Vec::new();
    for wanted in rows {
        if let Err(error) = cert::check(&request(wanted, &key), &issuing) {
            refused.push(format!("line {}: {error}", wanted.line));
        }
    }
    if refused.is_empty() {
        return Ok(());
    }
    let count = refused.len();
    let mut failure = Failure::usage(format!(
        "{count} of {} rows are refused, so that none is issued",
        rows.len()
    ));
    for problem in refused.iter().take(TOLD) {
        failure = failure.cause(problem);
    }
    Err(match count.checked_sub(TOLD) {
        Some(more @ 1..) => failure.cause(format!("and {more} more")),
        _ => failure,
    })
}

/// Keys and plans on all cores, in the order of the rows.
fn plan<'a>(
    session: &Session,
    (rows, choice, now): (&[&'a Wanted], KeyChoice, Timestamp),
    origin: impl Fn(usize) -> Origin<'a> + Sync,
) -> Result<Vec<Planned<'a>>, Failure> {
    let issuing = session.issuing(now);
    let rows: Vec<_> = rows.iter().enumerate().collect();
    parallel(&rows, |(later, wanted)| {
        let whose = KeyOf::Certified {
            profile: wanted.profile,
            names: &wanted.names,
            common_name: wanted.common_name.as_deref(),
        };
        let origin = origin(*later);
        let key = origin.key(choice, whose).map_err(refuse)?;
        let unsigned = cert::plan(&request(wanted, &key), &issuing, origin).map_err(refuse)?;
        Ok((**wanted, key, unsigned))
    })
}

/// Signs and writes on all cores; the certificates.
fn write(args: &Args, session: &Session, planned: &[Planned<'_>]) -> Result<Vec<Vec<u8>>, Failure> {
    parallel(planned, |(wanted, key, unsigned)| {
        let certificate = session.seal(unsigned)?;
        let target = args.out.join(&wanted.place);
        if target.exists() {
            for file in output(args, &target, wanted).files(session, &certificate, Some(key))? {
                fs::write(&file.path, &file.bytes, file.privacy, file.replace)?;
            }
            return Ok(certificate);
        }
        let beside = beside(&target);
        if let Some(parent) = target.parent() {
            fs::create_private_dir(parent)?;
        }
        fs::create_private_dir(&beside)?;
        let moved = output(args, &beside, wanted)
            .files(session, &certificate, Some(key))
            .and_then(|files| {
                for file in files {
                    // The directory is moved when all are there; what a loss of power costs, `--resume` sees.
                    fs::write_unsynced(&file.path, &file.bytes, file.privacy)?;
                }
                Ok(fs::move_directory(&beside, &target)?)
            });
        if moved.is_err() {
            let _gone = std::fs::remove_dir_all(&beside);
        }
        moved.map(|()| certificate)
    })
}

fn beside(target: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(target.file_name().unwrap_or_default());
    name.push(format!(".{}.new", std::process::id()));
    target.with_file_name(name)
}

/// Works on items on all cores; the results in order, or the first failure.
fn parallel<T: Sync, R: Send>(
    items: &[T],
    work: impl Fn(&T) -> Result<R, Failure> + Sync,
) -> Result<Vec<R>, Failure> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let share = items.len().div_ceil(threads).max(1);
    let work = &work;
    std::thread::scope(|scope| {
        let running: Vec<_> = items
            .chunks(share)
            .map(|chunk| {
                scope.spawn(move || chunk.iter().map(work).collect::<Result<Vec<R>, Failure>>())
            })
            .collect();
        let mut results = Vec::with_capacity(items.len());
        for thread in running {
            let part = thread.join().unwrap_or_else(|_| {
                Err(Failure::new(
                    Kind::Output,
                    "a thread of the issuing ended early",
                ))
            });
            results.extend(part?);
        }
        Ok(results)
    })
}
