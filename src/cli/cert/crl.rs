//! `countersign cert crl`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args as ClapArgs, ValueEnum};
use serde_json::{Value, json};

use super::directory::{Access, Session, Whose, certificates};
use super::revocations::{Complete, LISTS, Revocations};
use crate::cert::issuance_log::Entry;
use crate::cert::{self, AuthorityCertificate, ListOptions, PreviousList, Signs, UnsignedList};
use crate::cli::args::Clock;
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::cli::outcome::{Outcome, View};
use crate::cli::paint::{Paint, Tone};
use crate::kernel::crypto::hex;
use crate::kernel::fs::{self, Privacy, Replace};
use crate::kernel::pem;
use crate::kernel::record::{Decision, Verdict};
use crate::kernel::time::{Timestamp, parse_duration};

/// Make the revocation list of an authority
///
/// Lists go to `crl/` of the authority's directory, DER and PEM; the number grows with each. An expired certificate stays on
/// one list after its end. With `crl-shards` in the policy, there is a list for each shard as well, critically marked with the
/// place that its certificates name; the list of everything remains, for certificates that name none. `--istio` makes istiod's `ca-crl.pem` beside the files of a `istio-cacerts` certificate: one list
/// for every authority of the chain, because istiod refuses all further updates if one is missing. `--ocsp` makes responses
/// that servers staple, about certificates that the log holds; `--responder` signs them with the key of an `ocsp` certificate, so
/// that the issuing authority's own stays where it is.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign cert crl --ca ca --next-update 15m
  countersign cert crl --ca ca --by root --root-key /mnt/offline/root.key.pem --next-update 90d
  countersign cert crl --ca ca --ocsp tls/tls.crt --next-update 1h
  countersign cert crl --ca ca --ocsp tls/tls.crt --responder ocsp
  countersign cert crl --ca ca --istio cacerts --root-key /mnt/offline/root.key.pem

Exit codes: 0 made, 2 cannot make")]
pub(crate) struct Args {
    #[command(flatten)]
    access: Access,
    /// Whose list
    #[arg(
        long,
        value_enum,
        value_name = "AUTHORITY",
        default_value = "issuing",
        conflicts_with = "istio"
    )]
    by: By,
    /// When the next list is due
    #[arg(long, value_name = "DURATION", default_value = "1h", value_parser = parse_duration)]
    pub(super) next_update: Duration,
    /// Only what changed since the last complete list
    #[arg(long, conflicts_with = "istio")]
    delta: bool,
    /// The URL where it is published, if it is for certificates that name that place alone (critical)
    #[arg(long, value_name = "URL")]
    point: Vec<String>,
    /// The URL where its deltas are published; `{shard}` in it stands for the number of a list of the policy's `crl-shards`
    #[arg(long, value_name = "URL", conflicts_with = "delta")]
    delta_url: Vec<String>,
    /// Make `ca-crl.pem` in this directory of an `istio-cacerts` certificate instead
    #[arg(long, value_name = "DIR")]
    istio: Option<PathBuf>,
    /// Make the OCSP response of this certificate instead, for its server to staple (`crl/ocsp/SERIAL.der`); repeat for more
    #[arg(long, value_name = "FILE", conflicts_with_all = ["istio", "delta", "delta_url", "point"])]
    pub(super) ocsp: Vec<PathBuf>,
    /// Sign the OCSP responses with what `cert issue --profile ocsp` wrote to this directory, not with the issuer's key
    #[arg(long, value_name = "DIR", requires = "ocsp")]
    pub(super) responder: Option<PathBuf>,
    #[command(flatten)]
    clock: Clock,
}

/// Whose list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    /// The issuing authority's
    Issuing,
    /// The root's
    Root,
}

struct Listed {
    issuer: String,
    number: u64,
    base: Option<u64>,
    /// The number of its shard, if it is not of everything.
    shard: Option<u16>,
    point: Vec<String>,
    this_update: Timestamp,
    entries: usize,
    next_update: Timestamp,
}

struct ListView {
    lists: Vec<Listed>,
    files: Vec<String>,
    now: Timestamp,
}

impl View for ListView {
    fn human(&self, paint: &mut Paint) {
        for list in self.lists.iter().filter(|list| list.shard.is_none()) {
            let kind = match list.base {
                Some(base) => format!(" delta of {base}"),
                None => String::new(),
            };
            let rest = format!(": list {}{kind} of {}", list.number, list.issuer);
            paint.toned(Tone::Good, "made", &rest);
            paint.field("revoked", &list.entries.to_string(), None);
            let next = list.next_update;
            let text = format!("{next} ({})", next.relative_to(self.now));
            paint.field("next", &text, None);
        }
        let shards = self.lists.iter().filter(|list| list.shard.is_some());
        let (count, entries) = shards.fold((0, 0), |(count, entries), list| {
            (count + 1, entries + list.entries)
        });
        if count > 0 {
            let rest = format!(": {count} lists beside it, one for each shard");
            paint.toned(Tone::Good, "made", &rest);
            paint.field("revoked", &format!("{entries} in all of them"), None);
        }
        paint.field("files", &self.told_files(), None);
    }

    fn json(&self) -> Value {
        let lists: Vec<Value> = self
            .lists
            .iter()
            .map(|list| {
                json!({
                    "issuer": list.issuer,
                    "number": list.number,
                    "base": list.base,
                    "shard": list.shard,
                    "point": list.point,
                    "entries": list.entries,
                    "next_update": list.next_update.to_string(),
                })
            })
            .collect();
        json!({
            "schema": "countersign/revocation-lists/v1",
            "lists": lists,
            "files": self.files,
        })
    }
}

impl ListView {
    /// The files, of many the first and the last.
    fn told_files(&self) -> String {
        match self.files.as_slice() {
            [one, two, .., before, last] if self.files.len() > 4 => {
                format!("{one} {two} … {before} {last}")
            }
            few => few.join(" "),
        }
    }
}

/// Which of an authority's certificates a list is about, and where it goes.
struct Scope {
    /// Under which name it is written down when the list before it was made.
    key: String,
    /// What its files are called.
    stem: String,
    shard: Option<u16>,
    point: Vec<String>,
    deltas: Vec<String>,
}

/// What stands for the number of a shard in a URL.
const SHARD: &str = "{shard}";

/// Runs the verb.
pub(super) fn run(env: &Env, args: &Args) -> Result<Outcome, Failure> {
    for url in args.point.iter().chain(&args.delta_url) {
        let parsed = url::Url::parse(url).ok().filter(|_| url.is_ascii());
        let fetched = parsed.is_some_and(|url| {
            matches!(url.scheme(), "http" | "https" | "ldap" | "ldaps") && url.has_host()
        });
        if !fetched {
            return Err(Failure::usage(format!(
                "`{url}` is not a URL that a list can be fetched from (http, https, ldap)"
            )));
        }
    }
    let whose = match (args.by, &args.istio) {
        (_, Some(_)) | (By::Root, None) => Whose::Root,
        (By::Issuing, None) => Whose::Issuing,
    };
    if args.responder.is_some() && args.by == By::Root {
        return Err(Failure::usage(
            "a responder answers for the issuing authority, which certified it: `--by root` answers itself",
        ));
    }
    let mut session = match args.responder {
        // Of the authority's keys the log's alone is needed.
        Some(_) => Session::open_log(env, &args.access)?,
        None => Session::open(env, &args.access, whose)?,
    };
    let path = session.directory.path.clone();
    let mut revocations = super::revoke::opened(env, &path, &mut session)?;
    if !args.ocsp.is_empty() {
        return super::ocsp::respond(env, args, (&mut session, &revocations));
    }
    let outcome = match &args.istio {
        Some(istio) => for_istio(env, args, (&mut session, &mut revocations), istio)?,
        None => one(env, args, (&mut session, &mut revocations))?,
    };
    Ok(outcome)
}

type Open<'a> = (&'a mut Session, &'a mut Revocations);

impl Args {
    /// The time that counts.
    pub(super) fn now(&self, env: &Env) -> Timestamp {
        self.clock.at.unwrap_or(env.now)
    }
}

fn one(env: &Env, args: &Args, (session, revocations): Open<'_>) -> Result<Outcome, Failure> {
    let now = args.clock.at.unwrap_or(env.now);
    let authority = session.authority().clone();
    let path = session.directory.path.clone();
    let scopes = scopes(args, session, revocations)?;
    let made = make(
        env,
        args,
        (session, revocations),
        (&authority, None),
        &scopes,
    )?;
    let folder = path.join(LISTS);
    fs::create_directory(&folder)?;
    let (mut files, mut ders) = (Vec::new(), Vec::new());
    let mut lists = Vec::new();
    for (scope, (list, der)) in scopes.iter().zip(made) {
        let delta = if args.delta { "-delta" } else { "" };
        let text = pem::write("X509 CRL", &der);
        for (extension, bytes) in [("crl", der.as_slice()), ("pem", text.as_bytes())] {
            let file = folder.join(format!("{}{delta}.{extension}", scope.stem));
            fs::write(&file, bytes, Privacy::Shared, Replace::Always)?;
            files.push(file.display().to_string());
        }
        ders.extend(der);
        lists.push(list);
    }
    let keys = scopes.iter().map(|scope| scope.key.clone());
    published(revocations, &path, keys.zip(&lists))?;
    Ok(outcome(lists, files, &ders, now))
}

/// Which lists are to be made: that of everything, and one for each shard. A shard that the policy has no longer is still asked
/// for by certificates that name it, and a place that the policy named once stays one of its shard's.
fn scopes(
    args: &Args,
    session: &Session,
    revocations: &Revocations,
) -> Result<Vec<Scope>, Failure> {
    let issuer = hex(&session.authority().key_id);
    let policy = &session.directory.policy;
    let mut shards: BTreeMap<u16, Vec<String>> = BTreeMap::new();
    if session.whose == Whose::Issuing && args.point.is_empty() {
        for (shard, list) in revocations.shards(&issuer) {
            shards.insert(shard, list.point.clone());
        }
        for shard in policy.shards() {
            let urls = shards.entry(shard).or_default();
            // A delta is of the scope that its complete list has.
            let new = policy.shard_urls(shard).into_iter();
            let new: Vec<String> = new.filter(|url| !urls.contains(url)).collect();
            if !args.delta || urls.is_empty() {
                urls.extend(new);
            }
        }
    }
    let (of_shards, of_all): (Vec<&String>, Vec<&String>) =
        args.delta_url.iter().partition(|url| url.contains(SHARD));
    if let (Some(url), true) = (of_shards.first(), shards.is_empty()) {
        return Err(Failure::usage(format!(
            "`{url}` is for shards, and the policy has no `crl-shards`"
        )));
    }
    let stem = match session.whose {
        Whose::Issuing => "issuing",
        Whose::Root => "root",
    };
    let mut scopes = vec![Scope {
        key: issuer.clone(),
        stem: stem.to_owned(),
        shard: None,
        point: args.point.clone(),
        deltas: of_all.into_iter().cloned().collect(),
    }];
    for (shard, point) in shards {
        let deltas = of_shards.iter();
        let deltas = deltas.map(|url| url.replace(SHARD, &shard.to_string()));
        scopes.push(Scope {
            key: Revocations::shard_key(&issuer, shard),
            stem: format!("{stem}-{shard}"),
            shard: Some(shard),
            point,
            deltas: deltas.collect(),
        });
    }
    Ok(scopes)
}

fn outcome(lists: Vec<Listed>, files: Vec<String>, bytes: &[u8], now: Timestamp) -> Outcome {
    let issuers: Vec<&str> = lists.iter().map(|list| list.issuer.as_str()).collect();
    let mut record = Verdict::new("cert.crl", issuers.join("; "), bytes);
    record.decision = Decision::Yes;
    let mut outcome = Outcome::view(ListView { lists, files, now });
    outcome.verdicts.push(record);
    outcome
}

/// Writes down that complete lists are where verifiers fetch them: from now on deltas add to them.
fn published<'l>(
    revocations: &mut Revocations,
    path: &Path,
    lists: impl Iterator<Item = (String, &'l Listed)>,
) -> Result<(), Failure> {
    let covered = revocations.all.len();
    for (key, list) in lists.filter(|(_, list)| list.base.is_none()) {
        let complete = Complete {
            number: list.number,
            this_update: list.this_update,
            covered,
            point: list.point.clone(),
        };
        revocations.complete.insert(key, complete);
    }
    revocations.save(path)
}

/// RFC 5280 §5.1.2.4: of two lists the one with the larger number is the later one. A clock that was ahead once must not keep
/// a revocation from being told, so that it is only said; what was asked for by hand is refused.
fn check_order(env: &Env, args: &Args, before: &Complete) -> Result<(), Failure> {
    let problem = format!(
        "list {} says that it was made at {}, which is after this one: this clock is behind, or the one before was ahead",
        before.number, before.this_update
    );
    match args.clock.at {
        Some(at) if at < before.this_update => Err(Failure::usage(problem)),
        None if env.now < before.this_update => {
            env.warn(&problem);
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Plans lists of one authority, logs them together and signs them; the session's key signs unless another is given.
fn make(
    env: &Env,
    args: &Args,
    (session, revocations): Open<'_>,
    (authority, signer): (&AuthorityCertificate, Option<&dyn Signs>),
    scopes: &[Scope],
) -> Result<Vec<(Listed, Vec<u8>)>, Failure> {
    let path = session.directory.path.clone();
    let known = scopes.iter();
    let known = known.filter_map(|scope| revocations.complete.get(&scope.key));
    if let Some(latest) = known.max_by_key(|list| list.this_update) {
        check_order(env, args, latest)?;
    }
    let planned = scopes.iter().zip(revocations.number + 1..);
    let planned =
        planned.map(|(scope, number)| plan(env, args, revocations, (authority, scope, number)));
    let planned: Vec<(Listed, UnsignedList)> = planned.collect::<Result<_, _>>()?;
    revocations.number += scopes.len() as u64;
    // Written before the lists are: a number is never used twice, whenever this process ends.
    revocations.save(&path)?;
    if let Some((_, first)) = planned
        .first()
        .filter(|(_, list)| list.next_update > authority.not_after)
    {
        env.warn(&format!(
            "the next list is due {}, after `{}` ends at {}",
            first.next_update, authority.name, authority.not_after
        ));
    }
    let entries = planned.iter();
    let entries: Vec<Entry> = entries
        .map(|(_, list)| Entry::List(list.entry.clone()))
        .collect();
    session.log().append(&entries)?;
    let sealed = planned.into_iter().map(|(list, unsigned)| {
        let der = seal(session, &unsigned, signer)?;
        Ok((list, der))
    });
    sealed.collect()
}

/// Decides what a list says.
fn plan(
    env: &Env,
    args: &Args,
    revocations: &Revocations,
    (authority, scope, number): (&AuthorityCertificate, &Scope, u64),
) -> Result<(Listed, UnsignedList), Failure> {
    let complete = revocations.complete.get(&scope.key);
    let mut point = &scope.point;
    let base = match (args.delta, complete) {
        (false, _) => None,
        // RFC 5280 §5.2.4: a delta of another scope than its base adds to nothing, and verifiers pass over it in silence.
        (true, Some(list)) if !point.is_empty() && *point != list.point => {
            return Err(Failure::usage(
                "a delta is for the same `--point` as the complete list that it adds to",
            ));
        }
        (true, Some(list)) => {
            point = &list.point;
            Some(list.number)
        }
        (true, None) => {
            return Err(
                Failure::input("there is no complete list that a delta could add to")
                    .hint("make one: `countersign cert crl` without `--delta`"),
            );
        }
    };
    let options = ListOptions {
        number,
        base,
        this_update: args.clock.at.unwrap_or(env.now),
        life: args.next_update,
        point,
        divided: scope.shard.is_some(),
        deltas: &scope.deltas,
        previous: complete.map(|list| PreviousList {
            this_update: list.this_update,
            covered: list.covered,
        }),
    };
    let refuse = |error: cert::RevocationListError| {
        Failure::usage(error.to_string()).context("the revocation list is not made")
    };
    let unsigned = cert::plan_list(authority, &revocations.all, &options).map_err(refuse)?;
    let list = Listed {
        issuer: authority.name.clone(),
        number,
        base,
        shard: scope.shard,
        point: point.clone(),
        this_update: options.this_update,
        entries: unsigned.entries,
        next_update: unsigned.next_update,
    };
    Ok((list, unsigned))
}

fn seal(
    session: &Session,
    unsigned: &UnsignedList,
    signer: Option<&dyn Signs>,
) -> Result<Vec<u8>, Failure> {
    cert::seal_list(unsigned, signer.unwrap_or(session.signer()))
        .map_err(|error| Failure::new(Kind::Secret, error.to_string()))
}

/// One list for every authority of the chain, and the root's: istiod and Envoy want them all.
fn for_istio(
    env: &Env,
    args: &Args,
    (session, revocations): Open<'_>,
    istio: &Path,
) -> Result<Outcome, Failure> {
    let now = args.clock.at.unwrap_or(env.now);
    let chain = istio.join("cert-chain.pem");
    let ders = certificates(&fs::read(&chain, 1 << 20)?, &chain.display().to_string())?;
    let [der] = ders.as_slice() else {
        return Err(Failure::input(format!(
            "`{}` holds {} certificates, where the one that `cert issue --profile istio-cacerts` made belongs",
            chain.display(),
            ders.len()
        )));
    };
    let authority = AuthorityCertificate::read(der).map_err(|error| {
        Failure::input(error.to_string()).context(format!("cannot use `{}`", chain.display()))
    })?;
    let root = session.directory.root.clone();
    if !cert::signed_by(der, &root.key) {
        return Err(Failure::input(format!(
            "`{}` is not signed by `{}`",
            chain.display(),
            root.name
        )));
    }
    let signer = super::directory::plain_signer(
        env,
        &istio.join("ca-key.pem"),
        (&authority.name, &authority.key),
    )?;
    let mut lists = Vec::new();
    let mut text = String::new();
    for (authority, signer) in [(&authority, Some(signer.as_ref())), (&root, None)] {
        let scope = Scope {
            key: hex(&authority.key_id),
            stem: String::new(),
            shard: None,
            point: args.point.clone(),
            deltas: args.delta_url.clone(),
        };
        let open = (&mut *session, &mut *revocations);
        for (list, der) in make(env, args, open, (authority, signer), &[scope])? {
            text.push_str(&pem::write("X509 CRL", &der));
            lists.push(list);
        }
    }
    let file = istio.join("ca-crl.pem");
    fs::write(&file, text.as_bytes(), Privacy::Shared, Replace::Always)?;
    let made = [&authority, &root].map(|authority| hex(&authority.key_id));
    let made = made.into_iter().zip(&lists);
    published(revocations, &session.directory.path, made)?;
    let shown = file.display().to_string();
    Ok(outcome(lists, vec![shown], text.as_bytes(), now))
}
