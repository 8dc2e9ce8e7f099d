//! `review serve` under a real HTTP client: who gets in, what is taken, and what another site or another name can do.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, ChildStderr, Stdio};
use std::time::Duration;

use reqwest::blocking::{Client, RequestBuilder, Response};
use serde_json::{Value, json};

use crate::binary::{Folder, fixture};

const AT: &str = "2026-11-24T09:00:00Z";

/// A server that is running.
struct Served {
    child: Child,
    stderr: BufReader<ChildStderr>,
    authority: String,
    code: String,
    client: Client,
}

fn acme(name: &str) -> Folder {
    let folder = Folder::new(name);
    folder.file(
        "review.toml",
        "name = \"Q4\"\nfallback = [\"ada.okafor@acme.example\", \"emil.sorensen@acme.example\"]\n[[stage]]\nreviewers = \"manager\"\n",
    );
    let act = "--by grc --at 2026-11-22T09:00:00Z";
    for line in [
        format!(
            "review import hr {} --campaign q4.review {act}",
            fixture("hr.csv")
        ),
        format!(
            "review import grants {} --campaign q4.review {act}",
            fixture("grants.csv")
        ),
        format!("review open q4.review --policy review.toml {act}"),
    ] {
        let words: Vec<&str> = line.split_whitespace().collect();
        folder.run(&words, "").ends(0);
    }
    folder
}

impl Served {
    fn start(folder: &Folder, reviewer: &str) -> Self {
        let line = format!(
            "review serve q4.review --as {reviewer} --by {reviewer} --at {AT} --format json"
        );
        let words: Vec<&str> = line.split_whitespace().collect();
        let mut command = folder.command(&words);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut link = String::new();
        stderr.read_line(&mut link).unwrap();
        let (authority, code) = link
            .trim()
            .strip_prefix("open http://")
            .and_then(|link| link.split_once("/#"))
            .unwrap_or_else(|| panic!("no link in {link:?}"));
        // The client is built for TLS, too, and wants to know whose.
        let _installed_before = rustls::crypto::ring::default_provider().install_default();
        Self {
            authority: authority.to_owned(),
            code: code.to_owned(),
            child,
            stderr,
            client: Client::builder()
                .no_proxy()
                .timeout(Duration::from_secs(20))
                .build()
                .unwrap(),
        }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.authority)
    }

    fn post(&self, path: &str, body: &Value) -> RequestBuilder {
        let request = self.client.post(self.url(path));
        request
            .header("Content-Type", "application/json")
            .body(body.to_string())
    }

    /// Hands the code in.
    fn enter(&self) -> String {
        let answer = self
            .post("/session", &json!({ "code": self.code }))
            .send()
            .unwrap();
        body(answer)["session"].as_str().unwrap().to_owned()
    }

    fn rows(&self, session: &str) -> Vec<Value> {
        let request = self.client.get(self.url("/rows")).bearer_auth(session);
        body(request.send().unwrap())["rows"]
            .as_array()
            .unwrap()
            .clone()
    }

    fn decide(&self, session: &str, rows: &[Value], reassign: &[Value]) -> Value {
        let answers = json!({ "rows": rows, "reassign": reassign });
        body(
            self.post("/decisions", &answers)
                .bearer_auth(session)
                .send()
                .unwrap(),
        )
    }

    /// Presses Ctrl-C; the exit code and the summary.
    fn end(mut self) -> (i32, Value) {
        let id = self.child.id().to_string();
        let sent = std::process::Command::new("kill")
            .args(["-INT", &id])
            .status();
        assert!(sent.unwrap().success());
        let mut summary = String::new();
        self.child
            .stdout
            .as_mut()
            .unwrap()
            .read_to_string(&mut summary)
            .unwrap();
        let mut said = String::new();
        self.stderr.read_to_string(&mut said).unwrap();
        let code = self.child.wait().unwrap().code().unwrap();
        (code, serde_json::from_str(&summary).unwrap())
    }
}

fn body(answer: Response) -> Value {
    let status = answer.status();
    let text = answer.text().unwrap();
    assert_eq!(status, 200, "{text}");
    serde_json::from_str(&text).unwrap()
}

fn answer(row: &Value, decision: &str, justification: &str) -> Value {
    json!({ "key": row["key"], "signed": row["signed"], "decision": decision, "justification": justification })
}

/// A reviewer with several rows.
fn busy(folder: &Folder) -> String {
    let line = "review sheet q4.review --out sheets --format json";
    let words: Vec<&str> = line.split_whitespace().collect();
    let sheets = folder.run(&words, "").ends(0).json();
    let most = sheets["sheets"]
        .as_array()
        .unwrap()
        .iter()
        .max_by_key(|sheet| sheet["rows"].as_u64());
    let file = most.unwrap()["file"].as_str().unwrap();
    file.trim_start_matches("sheets/")
        .trim_end_matches(".csv")
        .to_owned()
}

#[test]
fn a_reviewer_decides_in_the_page_under_the_checks_of_a_sheet() {
    let folder = acme("review-serve");
    let reviewer = busy(&folder);
    let served = Served::start(&folder, &reviewer);
    let session = served.enter();
    let rows = served.rows(&session);
    assert!(rows.len() > 2, "{rows:#?}");
    let risky = rows.iter().find(|row| row["shown"][0] != "").unwrap();
    let mut forged = answer(risky, "accept", "fine");
    forged["signed"][5] = json!("somebody-else");
    let taken = served.decide(&session, &[answer(risky, "accept", ""), forged], &[]);
    assert_eq!(taken["accepted"], 0);
    let reasons = taken["refused"].to_string();
    assert!(
        reasons.contains("needs a justification") && reasons.contains("its key does not fit"),
        "{reasons}"
    );
    let taken = served.decide(&session, &[answer(risky, "revoke", "not needed")], &[]);
    assert_eq!(
        (&taken["accepted"], &taken["late"]),
        (&json!(1), &json!(false))
    );
    // The same again, from a page that was not loaded anew, changes nothing.
    let again = served.decide(&session, &[answer(risky, "revoke", "not needed")], &[]);
    assert_eq!(
        (&again["accepted"], &again["repeated"]),
        (&json!(0), &json!(1))
    );
    let rows = served.rows(&session);
    assert!(rows.iter().any(|row| row["decision"] == "revoke"));
    let (code, summary) = served.end();
    assert_eq!(
        (code, &summary["accepted"], &summary["refused"]),
        (1, &json!(1), &json!(2))
    );
}

#[test]
fn an_item_is_passed_on_to_somebody_who_may_decide_on_it() {
    let folder = acme("review-serve-pass");
    let reviewer = busy(&folder);
    let served = Served::start(&folder, &reviewer);
    let session = served.enter();
    let rows = served.rows(&session);
    // Somebody's own access: the person in the row ends with their id in brackets.
    let row = rows
        .iter()
        .find(|row| row["signed"][9].as_str().unwrap().ends_with(')'))
        .unwrap();
    let person = row["signed"][9].as_str().unwrap();
    let own = person.rsplit('(').next().unwrap().trim_end_matches(')');
    let pass = |to: &str, why: &str| json!({ "key": row["key"], "signed": row["signed"], "to": to, "justification": why });
    for (to, why, expected) in [
        (own, "theirs", "nobody reviews their own access"),
        ("nobody@acme.example", "x", "is nobody on the roster"),
        (reviewer.as_str(), "x", "is asked about it already"),
        ("kim.tran@acme.example", " ", "needs a justification"),
    ] {
        let refused = served.decide(&session, &[], &[pass(to, why)]);
        assert_eq!(refused["reassigned"], 0);
        let said = refused["refused"][0]["reason"].as_str().unwrap();
        assert!(said.contains(expected), "{to}: {said}");
    }
    let to = [
        "kim.tran@acme.example",
        "hana.sato@acme.example",
        "dana.petrova@acme.example",
    ];
    let to = to.into_iter().find(|to| {
        served.decide(&session, &[], &[pass(to, "knows the system")])["reassigned"] == 1
    });
    let to = to.expect("one of them may decide on it");
    assert!(
        !served
            .rows(&session)
            .iter()
            .any(|left| left["key"] == row["key"])
    );
    // What the first reviewer still has in an old page is theirs no longer.
    let late = served.decide(&session, &[answer(row, "revoke", "x")], &[]);
    assert!(
        late["refused"][0]["reason"]
            .as_str()
            .unwrap()
            .contains("passed on"),
        "{late}"
    );
    served.end();
    let other = Served::start(&folder, to);
    let session = other.enter();
    let theirs = other.rows(&session);
    let passed = theirs
        .iter()
        .find(|there| there["signed"][0] == row["signed"][0])
        .unwrap();
    let taken = other.decide(&session, &[answer(passed, "revoke", "not needed")], &[]);
    assert_eq!(taken["accepted"], 1, "{taken}");
    let (code, _) = other.end();
    assert_eq!(code, 0);
    let status = folder.run(
        &[
            "review",
            "status",
            "q4.review",
            "--format",
            "json",
            "--at",
            AT,
        ],
        "",
    );
    assert_eq!(status.json()["tampering"], json!([]));
}

#[test]
fn nobody_else_gets_in() {
    let folder = acme("review-serve-gate");
    let reviewer = busy(&folder);
    let served = Served::start(&folder, &reviewer);
    let shell = served.client.get(served.url("/")).send().unwrap();
    let policy = shell.headers()["content-security-policy"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(
        policy.starts_with("default-src 'none'; script-src 'sha256-"),
        "{policy}"
    );
    assert!(!policy.contains("unsafe") && policy.contains("frame-ancestors 'none'"));
    let page = shell.text().unwrap();
    assert!(!page.contains("http://") && !page.contains("https://") && !page.contains("acme"));
    let status = |request: RequestBuilder| request.send().unwrap().status().as_u16();
    // Without the secret, with a wrong one, with a code that is not right.
    assert_eq!(status(served.client.get(served.url("/rows"))), 401);
    assert_eq!(
        status(
            served
                .client
                .get(served.url("/rows"))
                .bearer_auth(&served.code)
        ),
        401
    );
    assert_eq!(
        status(served.post("/session", &json!({ "code": "0".repeat(64) }))),
        403
    );
    assert_eq!(status(served.post("/session", &json!({ "code": "" }))), 403);
    // As a form of another site, from another site, and under another name.
    let code = json!({ "code": served.code });
    let form = served
        .client
        .post(served.url("/session"))
        .header("Content-Type", "text/plain");
    assert_eq!(status(form.body(code.to_string())), 415);
    assert_eq!(
        status(
            served
                .post("/session", &code)
                .header("Origin", "http://evil.example")
        ),
        403
    );
    assert_eq!(
        status(served.post("/session", &code).header("Origin", "null")),
        403
    );
    for host in ["evil.example", "localhost", "127.0.0.1", "127.0.0.1:1"] {
        let request = served.client.get(served.url("/")).header("Host", host);
        assert_eq!(status(request), 421, "{host}");
    }
    // The code works once.
    let session = served.enter();
    assert_eq!(status(served.post("/session", &code)), 403);
    assert!(!served.rows(&session).is_empty());
    assert_eq!(status(served.client.put(served.url("/rows"))), 405);
    assert_eq!(status(served.client.get(served.url("/../q4.review"))), 404);
    let broken = served
        .client
        .post(served.url("/decisions"))
        .bearer_auth(&session);
    let broken = broken
        .header("Content-Type", "application/json")
        .body("{\"rows\":");
    assert_eq!(status(broken), 409);
    let (code, summary) = served.end();
    assert_eq!((code, &summary["accepted"]), (0, &json!(0)));
}

#[test]
fn what_is_too_large_or_never_ends_is_turned_away() {
    let folder = acme("review-serve-bounds");
    let served = Served::start(&folder, &busy(&folder));
    let mut stream = TcpStream::connect(&served.authority).unwrap();
    let head = format!(
        "POST /decisions HTTP/1.1\r\nHost: {}\r\nContent-Length: 999999999999\r\n\r\n{{",
        served.authority
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    // Idle connections take what there is, and the next is told so; Ctrl-C closes them all.
    let idle: Vec<TcpStream> = (0..16)
        .map(|_| TcpStream::connect(&served.authority).unwrap())
        .collect();
    let mut told = String::new();
    for _ in 0..100 {
        let mut next = TcpStream::connect(&served.authority).unwrap();
        next.set_read_timeout(Some(Duration::from_millis(300)))
            .unwrap();
        if next.read_to_string(&mut told).is_ok() && told.starts_with("HTTP/1.1 503") {
            break;
        }
    }
    assert!(told.starts_with("HTTP/1.1 503"), "{told}");
    let (code, _) = served.end();
    assert_eq!(code, 0);
    drop(idle);
}
