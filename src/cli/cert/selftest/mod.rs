//! `countersign cert selftest`.

mod handshake;

use std::time::Duration;

use clap::Args as ClapArgs;
use serde_json::{Value, json};

use super::directory::{Access, Session, Whose};
use super::refuse;
use crate::cert::issuance_log::{Entry, Revocation};
use crate::cert::{
    self, IssuingProfile, KeyChoice, ListOptions, Names, Request, RevocationCause, SpiffeId,
    TrustDomain,
};
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::cli::exit::ExitCode;
use crate::cli::outcome::{Outcome, View};
use crate::cli::paint::{Paint, Tone};
use crate::kernel::arrange::Arrange as _;
use crate::kernel::crypto::hex;
use crate::kernel::record::{Decision, Verdict};
use crate::kernel::time::Timestamp;
use handshake::{Client, Credentials, Server, Trust};

/// Prove that mutual TLS works with this authority, and that it refuses what it must
///
/// A server and a client on the loopback interface, with certificates that this authority issues for the purpose (they are
/// logged like all others). TLS 1.3 alone, no resumption: the time is from the connection to the server's first byte. Then
/// clients without certificate, with an expired one, of another trust domain, with a revoked one, and with TLS 1.2: each of
/// them must fail.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign cert selftest --ca ca
  countersign cert selftest --ca ca --ca-password env:CA_PASSWORD --count 1000 --format json

Exit codes: 0 all is as it must be, 1 something is not, 2 cannot test")]
pub(crate) struct Args {
    #[command(flatten)]
    access: Access,
    /// How many handshakes are timed
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    count: u32,
    /// The path of the SPIFFE IDs, if the policy allows not any
    #[arg(long, value_name = "PATH", default_value = "/countersign/selftest")]
    path: String,
}

/// What the articles promise for a handshake.
const GOAL: Duration = Duration::from_millis(5);

struct Case {
    name: &'static str,
    refused: bool,
    detail: String,
}

struct SelftestView {
    times: Vec<Duration>,
    problem: Option<String>,
    cases: Vec<Case>,
}

impl SelftestView {
    fn passes(&self) -> bool {
        self.problem.is_none() && self.cases.iter().all(|case| case.refused)
    }

    /// The time that so many of a hundred handshakes stay below.
    fn percentile(&self, part: usize) -> Option<Duration> {
        let last = self.times.len().checked_sub(1)?;
        self.times
            .get((self.times.len() * part / 100).min(last))
            .copied()
    }
}

fn millis(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e5).round() / 100.0
}

impl View for SelftestView {
    fn human(&self, paint: &mut Paint) {
        if self.passes() {
            paint.toned(
                Tone::Good,
                "works",
                ": mutual TLS with this authority's certificates",
            );
        } else {
            paint.toned(
                Tone::Bad,
                "does not work",
                ": mutual TLS with this authority's certificates",
            );
        }
        if let Some(problem) = &self.problem {
            paint.field("handshake", problem, Some(Tone::Bad));
        }
        if let Some(median) = self.percentile(50) {
            let parts = [50, 90, 99].map(|part| {
                let time = self.percentile(part).unwrap_or_default();
                format!("p{part} {:.2} ms", millis(time))
            });
            let text = format!("{} of {} handshakes", parts.join(", "), self.times.len());
            paint.field("handshake", &text, None);
            let text = format!("{} ms", GOAL.as_millis());
            let tone = if median <= GOAL {
                Tone::Good
            } else {
                Tone::Warn
            };
            paint.field("goal", &text, Some(tone));
        }
        for case in &self.cases {
            let word = if case.refused { "refused" } else { "ACCEPTED" };
            let tone = if case.refused { Tone::Good } else { Tone::Bad };
            paint.field(word, &format!("{}: {}", case.name, case.detail), Some(tone));
        }
    }

    fn json(&self) -> Value {
        let time = |part: usize| self.percentile(part).map(millis);
        let cases: Vec<Value> = self
            .cases
            .iter()
            .map(
                |case| json!({ "case": case.name, "refused": case.refused, "detail": case.detail }),
            )
            .collect();
        json!({
            "schema": "countersign/certificate-selftest/v1",
            "passes": self.passes(),
            "problem": self.problem,
            "handshakes": self.times.len(),
            "p50_ms": time(50),
            "p90_ms": time(90),
            "p99_ms": time(99),
            "goal_ms": millis(GOAL),
            "cases": cases,
        })
    }
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: &Args) -> Result<Outcome, Failure> {
    let mut session = Session::open(env, &args.access, Whose::Issuing)?;
    let now = env.current_time();
    let short = Duration::from_secs(1);
    let usual = Duration::from_secs(600);
    let mut made = |role: &str, ttl| issue(env, &mut session, (args, role), ttl);
    let (server, _) = made("server", usual)?;
    let (client, _) = made("client", usual)?;
    let (expired, end) = made("expired", short)?;
    let (revoked, _) = made("revoked", usual)?;
    let foreign = foreign(env, now)?;
    let list = revocation_list(&mut session, &revoked, now)?;
    let trust = Trust {
        root: session.directory.root.der.clone(),
        lists: vec![list],
        trust_domain: session.directory.trust_domain.clone(),
    };
    drop(session);
    let mut view = SelftestView {
        times: Vec::new(),
        problem: None,
        cases: Vec::new(),
    };
    let cannot = |problem: String| Failure::new(Kind::Network, problem);
    let server = Server::start(&server, &trust).map_err(cannot)?;
    let good = Client::new(Some(&client), &trust, false).map_err(cannot)?;
    for _ in 0..args.count {
        let (result, time) = env.timed(|| good.connect(server.port()));
        match result {
            Ok(()) => view.times.push(time),
            Err(problem) => {
                view.problem = Some(problem);
                break;
            }
        }
    }
    view.times.arrange();
    // The clock decides: the last second of a life belongs to it.
    while env.current_time() <= end.plus(Duration::from_secs(1)) {
        std::thread::sleep(Duration::from_millis(50));
    }
    let negatives: [(&'static str, Option<&Credentials>, bool); 5] = [
        ("no certificate", None, false),
        ("an expired certificate", Some(&expired), false),
        ("another trust domain", Some(&foreign), false),
        ("a revoked certificate", Some(&revoked), false),
        ("TLS 1.2", Some(&client), true),
    ];
    for (name, credentials, old) in negatives {
        let client = Client::new(credentials, &trust, old).map_err(cannot)?;
        let result = client.connect(server.port());
        view.cases.push(Case {
            name,
            refused: result.is_err(),
            detail: result
                .err()
                .unwrap_or_else(|| "the server answered".to_owned()),
        });
    }
    let mut record = Verdict::new("cert.selftest", trust.trust_domain.as_str(), &trust.root);
    let passes = view.passes();
    record.decision = if passes { Decision::Yes } else { Decision::No };
    let exit = if passes { ExitCode::Yes } else { ExitCode::No };
    Ok(Outcome::verdict(exit, view, record))
}

fn id(trust_domain: &TrustDomain, (args, role): (&Args, &str)) -> Result<SpiffeId, Failure> {
    let text = format!("spiffe://{trust_domain}{}/{role}", args.path);
    text.parse()
        .map_err(|error| Failure::usage(format!("`{text}` is not a SPIFFE ID: {error}")))
}

fn issue(
    env: &Env,
    session: &mut Session,
    (args, role): (&Args, &str),
    ttl: Duration,
) -> Result<(Credentials, Timestamp), Failure> {
    let key = KeyChoice::P256.generate(&env.random).map_err(refuse)?;
    // The name that TLS asks for; a policy that allows no such name is no reason not to test.
    let names = Names {
        spiffe_id: Some(id(&session.directory.trust_domain, (args, role))?),
        ..Names::default()
    };
    let request = Request {
        profile: IssuingProfile::Svid,
        names,
        common_name: None,
        ttl: Some(ttl),
        key: key.public(),
    };
    let now = env.current_time();
    let unsigned = cert::plan(
        &request,
        &session.issuing(now),
        cert::Origin::Chance(&env.random),
    )
    .map_err(|error| {
        let policy = matches!(error, cert::IssueError::Policy(_));
        let failure = refuse(error);
        if policy {
            failure.hint("choose a path that the policy allows: `--path`")
        } else {
            failure
        }
    })?;
    session.record(std::slice::from_ref(&unsigned))?;
    let certificate = session.seal(&unsigned)?;
    let credentials = Credentials {
        chain: vec![certificate, session.directory.issuing.der.clone()],
        key: key.to_pkcs8(),
        serial: unsigned.serial.clone(),
    };
    Ok((credentials, unsigned.not_after))
}

/// A workload of another trust domain, with an authority of its own that nobody here trusts.
fn foreign(env: &Env, now: Timestamp) -> Result<Credentials, Failure> {
    let hour = Duration::from_secs(3600);
    let domain: TrustDomain = "another.example"
        .parse()
        .map_err(|error: cert::SpiffeIdError| Failure::usage(error.to_string()))?;
    let root = cert::root(&domain, hour, now, &env.random).map_err(refuse)?;
    let authority = cert::Authority {
        certificate: root.certificate,
        key: root.key,
        not_after: root.not_after,
        trust_domain: domain.clone(),
        max_ttl: hour,
    };
    let spiffe_id = format!("spiffe://{domain}/workload");
    let options = cert::LeafOptions {
        spiffe_id: spiffe_id
            .parse()
            .map_err(|error: cert::SpiffeIdError| Failure::usage(error.to_string()))?,
        dns_names: Vec::new(),
        ttl: hour,
        now,
    };
    let leaf = cert::leaf(&authority, &options, &env.random).map_err(refuse)?;
    Ok(Credentials {
        chain: vec![leaf.certificate],
        key: leaf.key.to_pkcs8(),
        serial: String::new(),
    })
}

/// A list that revokes one certificate, for this test alone: it is logged and not kept.
fn revocation_list(
    session: &mut Session,
    revoked: &Credentials,
    now: Timestamp,
) -> Result<Vec<u8>, Failure> {
    let authority = session.authority().clone();
    let revocation = Revocation {
        issuer: hex(&authority.key_id),
        serial: revoked.serial.clone(),
        reason: RevocationCause::Superseded.code(),
        revoked_at: now,
        invalid_since: None,
        not_after: authority.not_after,
        key: None,
        points: None,
    };
    let options = ListOptions {
        number: 0,
        base: None,
        this_update: now.minus(cert::BACKDATE),
        life: Duration::from_secs(3600),
        point: &[],
        deltas: &[],
        divided: false,
        previous: None,
    };
    let refuse = |error: cert::RevocationListError| Failure::usage(error.to_string());
    let unsigned = cert::plan_list(&authority, &[revocation], &options).map_err(refuse)?;
    session
        .log()
        .append(&[Entry::List(unsigned.entry.clone())])?;
    cert::seal_list(&unsigned, session.signer())
        .map_err(|error| Failure::new(Kind::Secret, error.to_string()))
}
