//! `request listen` and `request send` as two ends of a wire on loopback, and peers that are neither.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::binary::{Ended, Folder};
use crate::generated::conforms;

const SECRET: &str = "Rk3vT9wQz6Lm2Xb8Yc5Nd1Pf7Hg4Js0A";

/// A receiver that is running.
struct Receiver {
    child: Child,
    port: u16,
    stderr: BufReader<std::process::ChildStderr>,
}

impl Receiver {
    fn start(folder: &Folder, words: &str) -> Self {
        let line = format!("request listen --format json {words}");
        let words: Vec<&str> = line.split_whitespace().collect();
        let mut child = folder
            .command(&words)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut first = String::new();
        stderr.read_line(&mut first).unwrap();
        let port = first.trim().rsplit(':').next().unwrap().parse();
        let port = port.unwrap_or_else(|_| panic!("no port in {first:?}"));
        Self {
            child,
            port,
            stderr,
        }
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        stream
    }

    /// Sends bytes as they are, and reads the answer.
    fn raw(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect();
        stream.write_all(bytes).unwrap();
        answer(stream)
    }

    /// Waits for the end; the verdicts and what was said beside them.
    fn end(mut self) -> (i32, Vec<Value>, String) {
        let mut stdout = String::new();
        let out = self.child.stdout.as_mut().unwrap();
        out.read_to_string(&mut stdout).unwrap();
        let mut said = String::new();
        self.stderr.read_to_string(&mut said).unwrap();
        let code = self.child.wait().unwrap().code().unwrap();
        let verdicts = stdout
            .lines()
            .map(|line| serde_json::from_str(line).unwrap());
        (code, verdicts.collect(), said)
    }
}

fn answer(mut stream: TcpStream) -> String {
    let mut text = Vec::new();
    let _reset = stream.read_to_end(&mut text);
    String::from_utf8_lossy(&text).into_owned()
}

fn send(folder: &Folder, words: &str) -> Ended {
    let line = format!("request send --allow-local {words}");
    folder.run(&line.split_whitespace().collect::<Vec<_>>(), "")
}

fn scene(name: &str) -> Folder {
    let folder = Folder::new(name);
    folder.file("key", SECRET).file("body.json", "{\"a\": 1}\n");
    folder
}

#[test]
fn what_is_sent_is_accepted_once() {
    let folder = scene("listen-once");
    let receiver = Receiver::start(
        &folder,
        "--key file:key --replay-store seen.db --requests 3",
    );
    let url = receiver.url("/orders/A-1?x=a%20b&y");
    let sent = send(
        &folder,
        &format!(
            "--key file:key --key-id order --nonce n1 --url {url} --data body.json --format json"
        ),
    );
    let sent = sent.ends(0).json();
    conforms(&sent, "request-exchange");
    assert_eq!(sent["status"], 200);
    // The same nonce under the same key is a replay, whatever else changes.
    let again = format!("--key file:key --key-id order --nonce n1 --url {url}&z=1");
    let again = send(&folder, &again).ends(1);
    assert!(again.stdout.contains("request-replayed"), "{again:#?}");
    let fresh = format!("--key file:key --key-id order --nonce n2 --url {url}");
    send(&folder, &fresh).ends(0);
    let (code, verdicts, said) = receiver.end();
    assert_eq!(code, 1);
    let accepted: Vec<_> = verdicts
        .iter()
        .map(|each| each["accepted"].clone())
        .collect();
    assert_eq!(accepted, [true, false, true]);
    assert!(said.contains("3 requests answered, 1 refused"), "{said}");
}

#[test]
fn a_refused_request_is_told_what_would_do() {
    let folder = scene("listen-wish");
    let receiver = Receiver::start(&folder, "--key file:key --requests 2");
    let text = "POST /pay HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nab";
    let refused = receiver.raw(text.as_bytes());
    assert!(refused.starts_with("HTTP/1.1 401 "), "{refused}");
    folder.file("wish.http", refused).file("pay.http", text);
    let sign = "request sign --key file:key --accept wish.http pay.http";
    let signed = folder
        .run(&sign.split_whitespace().collect::<Vec<_>>(), "")
        .ends(0);
    let accepted = receiver.raw(signed.stdout.as_bytes());
    assert!(accepted.starts_with("HTTP/1.1 200 "), "{accepted}");
    assert_eq!(receiver.end().0, 1);
}

#[test]
fn everything_is_bounded() {
    let folder = scene("listen-bounds");
    let receiver = Receiver::start(
        &folder,
        "--key file:key --max-body 1000 --max-connections 2 --patience 1s",
    );
    let announced = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999\r\n\r\n";
    assert!(
        receiver
            .raw(announced.as_bytes())
            .starts_with("HTTP/1.1 413 ")
    );
    let chunked = format!(
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n{}",
        "1\r\na\r\n".repeat(400)
    );
    assert!(
        receiver
            .raw(chunked.as_bytes())
            .starts_with("HTTP/1.1 413 ")
    );
    let many = format!(
        "GET / HTTP/1.1\r\nHost: h\r\n{}\r\n",
        "A: b\r\n".repeat(2000)
    );
    assert!(receiver.raw(many.as_bytes()).starts_with("HTTP/1.1 400 "));
    let long = format!("GET / HTTP/1.1\r\nA: {}", "x".repeat(300 << 10));
    assert!(receiver.raw(long.as_bytes()).starts_with("HTTP/1.1 431 "));
    assert!(
        receiver
            .raw(b"nonsense\r\n\r\n")
            .starts_with("HTTP/1.1 400 ")
    );
    let both =
        b"POST / HTTP/1.1\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    assert!(receiver.raw(both).starts_with("HTTP/1.1 400 "));
    // Two that say nothing hold both places; a third is turned away, and the slow ones are ended.
    let idle = [receiver.connect(), receiver.connect()];
    std::thread::sleep(Duration::from_millis(200));
    assert!(answer(receiver.connect()).starts_with("HTTP/1.1 503 "));
    let started = Instant::now();
    for mut stream in idle {
        stream.write_all(b"GET / HT").unwrap();
        assert!(answer(stream).starts_with("HTTP/1.1 408 "));
    }
    assert!(started.elapsed() < Duration::from_secs(10));
    stop(&receiver);
    let (code, verdicts, _) = receiver.end();
    assert_eq!((code, verdicts.len()), (0, 0));
}

fn stop(receiver: &Receiver) {
    let id = receiver.child.id().to_string();
    let killed = Command::new("kill").args(["-INT", &id]).status().unwrap();
    assert!(killed.success());
}

#[test]
fn ctrl_c_answers_what_is_under_way() {
    let folder = scene("listen-stop");
    let receiver = Receiver::start(&folder, "--key file:key");
    let mut stream = receiver.connect();
    stream
        .write_all(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\na")
        .unwrap();
    std::thread::sleep(Duration::from_millis(200));
    stop(&receiver);
    std::thread::sleep(Duration::from_millis(200));
    stream.write_all(b"b").unwrap();
    assert!(answer(stream).starts_with("HTTP/1.1 401 "));
    let (code, verdicts, said) = receiver.end();
    assert_eq!((code, verdicts.len()), (1, 1));
    assert!(said.contains("1 requests answered, 1 refused"), "{said}");
}

#[test]
fn ctrl_c_does_not_wait_for_what_is_idle() {
    let folder = scene("listen-idle");
    let receiver = Receiver::start(&folder, "--key file:key --patience 10m");
    let idle = receiver.connect();
    std::thread::sleep(Duration::from_millis(200));
    let stopped = Instant::now();
    stop(&receiver);
    let (code, verdicts, said) = receiver.end();
    assert!(stopped.elapsed() < Duration::from_secs(10), "{said}");
    assert_eq!((code, verdicts.len()), (0, 0));
    assert!(said.contains("0 requests answered"), "{said}");
    assert_eq!(answer(idle), "");
}

#[test]
fn only_a_trusted_proxy_says_where_a_request_came_from() {
    let ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    let claims = "-H X-Forwarded-For:1.1.1.1 -H X_Forwarded_Host:a -H X-Real-IP:2.2.2.2 -H Forwarded:for=3.3.3.3";
    let passed = |trust: &str| {
        let folder = scene("listen-claims");
        let (port, heads) = canned(ok.to_owned(), 1);
        let words = format!(
            "--scheme github --key file:key --requests 1 --allow-local --forward http://127.0.0.1:{port} {trust}"
        );
        let front = Receiver::start(&folder, &words);
        let url = front.url("/a");
        let signed = format!("--scheme github --key file:key --url {url} --data body.json");
        send(&folder, &format!("{signed} {claims}")).ends(0);
        assert_eq!(front.end().0, 0);
        let heads = heads.join().unwrap().concat().to_ascii_lowercase();
        let names = [
            "x-forwarded-for",
            "x_forwarded_host",
            "x-real-ip",
            "forwarded",
        ];
        let lines = heads.lines().filter_map(|line| line.split_once(':'));
        let found = lines.filter(|(name, _)| names.contains(name));
        found.map(|(name, _)| name.to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(passed(""), [""; 0]);
    assert_eq!(passed("--trust-forwarded forwarded"), ["forwarded"]);
    let legacy = passed("--trust-forwarded x-forwarded");
    assert_eq!(legacy, ["x-forwarded-for", "x-real-ip"]);
}

#[test]
fn an_accepted_request_is_passed_on_with_a_signature_of_its_own() {
    let folder = scene("listen-forward");
    folder.file("next", "Zt8Km3Vw5Qx1Rb6Lc9Nd2Pf4Hg7Js0Ya");
    let behind = Receiver::start(&folder, "--key next=file:next --requests 1");
    let words = format!(
        "--key file:key --requests 2 --allow-local --forward {} --forward-key file:next --forward-key-id next",
        behind.url("")
    );
    let front = Receiver::start(&folder, &words);
    let url = front.url("/a/b?c=d");
    let good = format!("--key file:key --url {url} --data body.json");
    send(&folder, &good).ends(0);
    let bad = format!("--key file:next --url {url} --data body.json");
    let refused = send(&folder, &bad).ends(1);
    assert!(
        refused.stdout.contains("request-mac-invalid"),
        "{refused:#?}"
    );
    let (code, verdicts, _) = behind.end();
    assert_eq!(code, 0, "{verdicts:#?}");
    assert_eq!(verdicts[0]["signatures"][0]["key_id"], "next");
    assert_eq!(front.end().0, 1);
}

/// A server that gives one answer to everyone, and the heads it saw.
fn canned(answer: String, times: usize) -> (u16, std::thread::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let seen = std::thread::spawn(move || {
        let mut heads = Vec::new();
        for stream in listener.incoming().take(times) {
            let mut stream = stream.unwrap();
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() == 1 {
                head.push(byte[0]);
            }
            stream.write_all(answer.as_bytes()).unwrap();
            heads.push(String::from_utf8(head).unwrap());
        }
        heads
    });
    (port, seen)
}

#[test]
fn a_redirect_is_shown_and_not_followed() {
    let folder = scene("send-redirect");
    let answer = "HTTP/1.1 307 Temporary Redirect\r\nLocation: https://elsewhere.example/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let (port, seen) = canned(answer.to_owned(), 1);
    let sent = send(
        &folder,
        &format!("--key file:key --url http://127.0.0.1:{port}/"),
    );
    let sent = sent.ends(0);
    assert!(sent.stdout.contains("not followed"), "{sent:#?}");
    let heads = seen.join().unwrap();
    assert!(heads[0].contains("signature-input: sig1="), "{heads:?}");
}

#[test]
fn a_signed_answer_is_verified_with_the_request_it_belongs_to() {
    let folder = scene("send-response");
    let response = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok";
    folder
        .file("answer.http", response)
        .file("asked.http", "GET /x HTTP/1.1\r\nHost: h\r\n\r\n");
    let sign = "request sign --key file:key --cover @status --cover content-digest --cover @method;req \
                --cover @path;req --request asked.http answer.http";
    let signed = folder
        .run(&sign.split_whitespace().collect::<Vec<_>>(), "")
        .ends(0)
        .stdout;
    for (path, code) in [("/x", 0), ("/y", 1)] {
        let (port, seen) = canned(signed.clone(), 1);
        let words =
            format!("--key file:key --response-key file:key --url http://127.0.0.1:{port}{path}");
        let sent = send(&folder, &words).ends(code);
        assert!(sent.stdout.contains(if code == 0 {
            "accepted"
        } else {
            "request-mac-invalid"
        }));
        seen.join().unwrap();
    }
    let (port, seen) = canned(response.to_owned(), 1);
    let words = format!("--key file:key --response-key file:key --url http://127.0.0.1:{port}/x");
    let sent = send(&folder, &words).ends(1);
    assert!(
        sent.stdout.contains("request-signature-missing"),
        "{sent:#?}"
    );
    seen.join().unwrap();
}

#[test]
fn what_curl_signs_for_aws_is_accepted() {
    let curl = |words: &[&str]| Command::new("curl").args(words).output();
    if curl(&["--version"]).is_err() {
        println!("skipped: no curl");
        return;
    }
    let folder = scene("listen-aws");
    folder.file("aws", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
    let lines: [&[&str]; 6] = [
        &["/"],
        &["/a/b?x=1&y=2"],
        // Not with an escape in the path, nor with a query out of order: this curl (7.88) neither encodes the one
        // again nor sorts the other, so what it signs is not what AWS computes.
        &["/a/c?x=a%20b"],
        &["/?a=0&a=1&b=2"],
        &["-d", "a=1&b=2", "/form"],
        &[
            "-H",
            "X-Amz-Meta-Name: v",
            "-X",
            "PUT",
            "--data-binary",
            "{\"a\":1}",
            "/key",
        ],
    ];
    let words = format!(
        "--scheme sigv4 --key AKIDEXAMPLE=file:aws --region eu-central-1 --service execute-api --requests {}",
        lines.len()
    );
    let receiver = Receiver::start(&folder, &words);
    for line in lines {
        let (path, options) = line.split_last().unwrap();
        let url = receiver.url(path);
        let mut words = vec![
            "-s",
            "--aws-sigv4",
            "aws:amz:eu-central-1:execute-api",
            "--user",
            "AKIDEXAMPLE:wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
        ];
        words.extend_from_slice(options);
        words.push(&url);
        let told = curl(&words).unwrap();
        assert_eq!(
            String::from_utf8_lossy(&told.stdout),
            "accepted\n",
            "{line:?}"
        );
    }
    let (code, verdicts, _) = receiver.end();
    assert_eq!((code, verdicts.len()), (0, lines.len()));
}

#[test]
fn an_interrupted_run_leaves_nothing_behind() {
    let folder = scene("interrupted");
    let file = std::fs::File::create(folder.0.join("big.http")).unwrap();
    let head = "PUT /big HTTP/1.1\r\nHost: h\r\nContent-Length: 3000000000\r\n\r\n";
    (&file).write_all(head.as_bytes()).unwrap();
    // A hole takes no room on the disk; what is written of it may.
    file.set_len(head.len() as u64 + 3_000_000_000).unwrap();
    let words = "request sign --key file:key --cover @method -o signed.http big.http";
    let mut child = folder
        .command(&words.split_whitespace().collect::<Vec<_>>())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let under_way = || {
        let names = std::fs::read_dir(&folder.0).unwrap();
        let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names
            .filter(|name| name.contains("signed.http"))
            .collect::<Vec<_>>()
    };
    let started = Instant::now();
    while under_way().is_empty() {
        assert!(
            started.elapsed() < Duration::from_secs(60),
            "nothing is written"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
    let killed = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(killed.unwrap().success());
    let status = child.wait().unwrap();
    assert_eq!(
        std::os::unix::process::ExitStatusExt::signal(&status),
        Some(2)
    );
    assert_eq!(under_way(), [""; 0]);
}

#[test]
fn a_batch_answers_when_its_input_pauses() {
    let folder = scene("batch-pause");
    let words = [
        "request",
        "sign",
        "--key",
        "file:key",
        "--url",
        "https://a.example/",
    ];
    let message = folder.run(&words, "").ends(0).stdout;
    let line = serde_json::json!({ "id": "first", "message": message }).to_string();
    let words = "request verify --batch --format json --key file:key --replay-store seen.db";
    let mut child = folder
        .command(&words.split_whitespace().collect::<Vec<_>>())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut answers = Vec::new();
    // Part of a line is no line yet.
    let (begin, rest) = line.split_at(9);
    for text in [format!("{line}\n{begin}"), format!("{rest}\n")] {
        stdin.write_all(text.as_bytes()).unwrap();
        let mut answer = String::new();
        stdout.read_line(&mut answer).unwrap();
        answers.push(serde_json::from_str::<Value>(&answer).unwrap());
    }
    assert_eq!(answers[0]["accepted"], true, "{answers:?}");
    assert_eq!(answers[1]["reasons"][0], "request-replayed", "{answers:?}");
    drop(stdin);
    assert_eq!(child.wait().unwrap().code(), Some(1));
}
