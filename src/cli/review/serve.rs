//! `countersign review serve`.
//!
//! The link carries its code behind `#`, which no browser sends: the page's script hands it in once for a session's secret, and
//! the secret goes with every request in a field that no other site can set. There is no cookie, so nothing can be forged with
//! one; the `Host` field must name this server, so that no name that was pointed at loopback reads anything.

use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use clap::Args as ClapArgs;
use serde_json::{Value, json};

use super::store::{self, Acting, File};
use super::view::Shown;
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::cli::exit::ExitCode;
use crate::cli::loopback::{self, Limits, Reply};
use crate::cli::outcome::{Body, Outcome};
use crate::cli::paint::Tone;
use crate::kernel::crypto::{Random as _, equal, hex, sha256};
use crate::kernel::fs;
use crate::kernel::json as kernel_json;
use crate::kernel::source::Source;
use crate::kernel::time::Timestamp;
use crate::request::Message;
use crate::review::campaign::desk::Desk;
use crate::review::sheets;

/// Decide in a browser, on this machine
///
/// Serves one reviewer's rows on loopback, to whoever opens the link first; it works once. Rows are kept, revoked, reduced or
/// passed on with a justification, under the same checks as `review decide`, and are on the disk when the page says so. Ctrl-C
/// ends it.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign review serve q4.review --as ada@acme.example
  countersign review serve q4.review --as E002 --port 8400

Exit codes: 0 ended and every answer was taken, 1 answers were refused or came late, 2 cannot answer, 3 nothing to decide")]
pub(crate) struct Args {
    #[command(flatten)]
    file: File,
    /// Who decides: the address or id of the reviewer
    #[arg(long = "as", value_name = "PERSON")]
    reviewer: String,
    /// The port; 0 takes a free one
    #[arg(long, default_value_t = 0)]
    port: u16,
    #[command(flatten)]
    acting: Acting,
}

const LIMITS: Limits = Limits {
    body: 16 << 20,
    connections: 16,
    patience: Duration::from_secs(10),
    messages: None,
};

/// What the connections share.
struct Shared<'e> {
    env: &'e Env,
    args: &'e Args,
    reviewer: i64,
    /// `127.0.0.1:8400`.
    authority: String,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// What the link carries, until somebody hands it in.
    code: Option<String>,
    session: Option<String>,
    taken: usize,
    passed: usize,
    refused: usize,
    late: usize,
}

/// Why a request is not answered.
type Denied = ((u16, &'static str), String);

/// Runs the verb.
pub(super) fn run(env: &Env, args: &Args) -> Result<Outcome, Failure> {
    let campaign = args.acting.open(env, &args.file.campaign)?;
    let desk = Desk::load(&campaign)?;
    let reviewer = store::person(&desk, &args.reviewer)?;
    if desk.state.name != "open" {
        return Err(Failure::usage(format!(
            "the campaign is {}",
            desk.state.name
        )));
    }
    if sheets::rows(&desk, &campaign.row_key()?, reviewer).is_empty() {
        let told = format!("{} has nothing to decide", desk.person_label(reviewer));
        return Err(Failure::new(Kind::Nothing, told));
    }
    if campaign.was_copied()? {
        return Err(crate::review::store::StoreError::Copied(args.file.campaign.clone()).into());
    }
    drop(campaign);
    let listener = loopback::listener(args.port)?;
    let stop = loopback::stop_flag()?;
    let address = listener.local_addr().map_err(|error| failed(&error))?;
    let code = secret(env)?;
    env.stderr(&format!(
        "open http://{address}/#{code}\nit works once, for {}; Ctrl-C ends it\n",
        crate::kernel::report::sanitize::line(&desk.person_label(reviewer)),
    ));
    let shared = Shared {
        env,
        args,
        reviewer,
        authority: address.to_string(),
        state: Mutex::new(State {
            code: Some(code),
            ..State::default()
        }),
    };
    let handler = |message: Message, _: SocketAddr| shared.answer(&message);
    loopback::serve(&listener, LIMITS, &stop, &handler).map_err(|error| failed(&error))?;
    let state = shared
        .state
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    let mut shown = Shown::new(json!({
        "schema": "countersign/review-served/v1",
        "reviewer": desk.person(reviewer).map(|person| person.key()),
        "accepted": state.taken,
        "reassigned": state.passed,
        "refused": state.refused,
        "late": state.late,
    }));
    let whole = state.refused == 0 && state.late == 0;
    let words = format!(
        " {} decisions; {} items were passed on, {} answers were refused, {} came late",
        state.taken, state.passed, state.refused, state.late,
    );
    shown.toned(if whole { Tone::Good } else { Tone::Warn }, "taken", words);
    Ok(Outcome {
        exit: if whole { ExitCode::Yes } else { ExitCode::No },
        ..Outcome::done(Body::View(Box::new(shown)))
    })
}

fn failed(error: &std::io::Error) -> Failure {
    let told = fs::describe(error);
    Failure::new(Kind::Network, format!("cannot go on listening: {told}"))
}

fn secret(env: &Env) -> Result<String, Failure> {
    let bytes: [u8; 32] = env
        .random
        .bytes()
        .map_err(|error| Failure::new(Kind::Output, error.to_string()))?;
    Ok(hex(&bytes))
}

impl Shared<'_> {
    fn answer(&self, message: &Message) -> Reply {
        let mut reply = match self.routed(message) {
            Ok(reply) => reply,
            Err((status, text)) => Reply::text(status, text),
        };
        for (name, value) in [
            ("Cache-Control", "no-store"),
            ("Content-Security-Policy", &sheets::policy()),
            ("Cross-Origin-Opener-Policy", "same-origin"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
            ("Referrer-Policy", "no-referrer"),
            ("X-Content-Type-Options", "nosniff"),
            ("X-Frame-Options", "DENY"),
        ] {
            reply
                .fields
                .push((name.to_owned(), value.as_bytes().to_vec()));
        }
        reply
    }

    fn routed(&self, message: &Message) -> Result<Reply, Denied> {
        let host: Vec<&[u8]> = message.values("host").collect();
        if host != [self.authority.as_bytes()] {
            let told = format!("this is {} and nothing else", self.authority);
            return Err(((421, "Misdirected Request"), told));
        }
        let origin = format!("http://{}", self.authority);
        if message
            .values("origin")
            .any(|from| from != origin.as_bytes())
        {
            return Err(((403, "Forbidden"), "another site asks".to_owned()));
        }
        let (method, target) = (message.method(), message.target().unwrap_or_default());
        match (method, target) {
            (Some("GET"), "/") => Ok(Reply {
                status: (200, "OK"),
                fields: vec![(
                    "Content-Type".to_owned(),
                    b"text/html; charset=utf-8".to_vec(),
                )],
                body: sheets::page().into_bytes(),
            }),
            (Some("POST"), "/session") => self.session(message),
            (Some("GET"), "/rows") => {
                self.knows_the_secret(message)?;
                self.rows()
            }
            (Some("POST"), "/decisions") => {
                self.knows_the_secret(message)?;
                self.decisions(message)
            }
            (_, "/" | "/session" | "/rows" | "/decisions") => {
                Err(((405, "Method Not Allowed"), "not in this way".to_owned()))
            }
            _ => Err(((404, "Not Found"), "there is nothing here".to_owned())),
        }
    }

    /// The code of the link for the session's secret, once.
    fn session(&self, message: &Message) -> Result<Reply, Denied> {
        let document = body(message)?;
        let code = kernel_json::parse(&document).ok();
        let code = code.and_then(|code| Some(code.root.get("code")?.as_str()?.to_owned()));
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let known = state.code.as_deref().unwrap_or_default();
        let fits =
            !known.is_empty() && code.is_some_and(|code| equal(code.as_bytes(), known.as_bytes()));
        if !fits {
            let told = "the link is not right, or was used already; start `countersign review serve` again";
            return Err(((403, "Forbidden"), told.to_owned()));
        }
        let session = secret(self.env).map_err(inside)?;
        state.code = None;
        state.session = Some(session.clone());
        Ok(answered(&json!({ "session": session })))
    }

    fn knows_the_secret(&self, message: &Message) -> Result<(), Denied> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let shown: Vec<&[u8]> = message.values("authorization").collect();
        let fits = state.session.as_ref().is_some_and(|session| {
            let expected = format!("Bearer {session}");
            matches!(shown.as_slice(), [one] if equal(one, expected.as_bytes()))
        });
        match fits {
            true => Ok(()),
            false => Err((
                (401, "Unauthorized"),
                "open the link that `countersign review serve` prints".to_owned(),
            )),
        }
    }

    fn rows(&self) -> Result<Reply, Denied> {
        let campaign = store::read(self.env, &self.args.file.campaign).map_err(inside)?;
        let desk = Desk::load(&campaign).map_err(|error| inside(error.into()))?;
        let key = campaign.row_key().map_err(|error| inside(error.into()))?;
        let deadline = desk.state.deadline.and_then(Timestamp::from_unix);
        let head = sheets::Head {
            name: &desk.policy.name,
            campaign: &desk.id,
            reviewer: &desk.person_label(self.reviewer),
            deadline: &deadline.map(|time| time.to_string()).unwrap_or_default(),
            file: "",
        };
        let rows = sheets::rows(&desk, &key, self.reviewer);
        Ok(answered(&sheets::rows_for(&head, &rows)))
    }

    fn decisions(&self, message: &Message) -> Result<Reply, Denied> {
        let source = body(message)?;
        let result = self.take(&source).map_err(inside)?;
        Ok(answered(&result))
    }

    /// What is taken is on the disk when this ends; one batch at a time.
    fn take(&self, source: &std::sync::Arc<Source>) -> Result<Value, Failure> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let acting = &self.args.acting;
        let mut campaign = acting.open(self.env, &self.args.file.campaign)?;
        let desk = Desk::load(&campaign)?;
        let now = acting.present(self.env);
        let row_key = campaign.row_key()?;
        let answers = sheets::answers(source, &desk, (&row_key, self.reviewer), now)?;
        let sheet = &answers.sheet;
        let actor = acting.actor(self.env);
        let body = json!({
            "via": "page",
            "sha256": hex(&sha256(source.bytes())),
            "unanswered": sheet.unanswered,
            "suggested": sheet.decisions.iter().filter(|d| d.justification == sheets::UNCHANGED).count(),
        });
        let mut refused: Vec<(String, String)> = sheet
            .refused
            .iter()
            .map(|trouble| (trouble.about.clone(), trouble.reason.clone()))
            .collect();
        let written = campaign.decide(&sheet.decisions, (&actor, body), now)?;
        refused.extend(written.refused.iter().map(|refusal| {
            let item = desk.item(refusal.item);
            let about =
                item.map(|item| format!("{}/{} {}", item.system, item.account, item.entitlement));
            (about.unwrap_or_default(), refusal.reason.clone())
        }));
        let mut passed = 0;
        if !answers.reassigned.is_empty() {
            match campaign.reassign(&answers.reassigned, (&actor, now)) {
                Ok(_) => passed = answers.reassigned.len(),
                Err(error) => refused.push(("passing on".to_owned(), error.to_string())),
            }
        }
        let late = written.late && written.accepted > 0;
        state.taken += written.accepted;
        state.passed += passed;
        state.refused += refused.len();
        state.late += if late { written.accepted } else { 0 };
        Ok(json!({
            "accepted": written.accepted,
            "repeated": written.repeated,
            "reassigned": passed,
            "late": late,
            "refused": refused.iter().map(|(about, reason)| json!({ "about": about, "reason": reason })).collect::<Vec<_>>(),
        }))
    }
}

/// The body as JSON; what another site's form could send is refused.
fn body(message: &Message) -> Result<std::sync::Arc<Source>, Denied> {
    let kind: Vec<&[u8]> = message.values("content-type").collect();
    if kind != [b"application/json".as_slice()] {
        return Err((
            (415, "Unsupported Media Type"),
            "only application/json".to_owned(),
        ));
    }
    let bytes = message.content().unwrap_or_default().to_vec();
    Source::new("the page's answers", bytes)
        .map_err(|error| ((413, "Content Too Large"), error.to_string()))
}

fn answered(value: &Value) -> Reply {
    Reply {
        status: (200, "OK"),
        fields: vec![("Content-Type".to_owned(), b"application/json".to_vec())],
        body: value.to_string().into_bytes(),
    }
}

fn inside(failure: Failure) -> Denied {
    ((409, "Conflict"), failure.message().to_owned())
}
