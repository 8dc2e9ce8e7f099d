//! Bundle endpoints: served and fetched over TLS, by both profiles, and what a fetch refuses.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};

use serde_json::Value;

use super::{run, scene};
use crate::binary::{Ended, Folder};
use crate::generated::conforms;

const ENDPOINT: &str = "spiffe://acme.example/bundle-endpoint";

/// A server that is running: what it said first tells its port.
struct Serving {
    child: Child,
    stderr: BufReader<ChildStderr>,
    port: u16,
}

impl Serving {
    fn start(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut first = String::new();
        stderr.read_line(&mut first).unwrap();
        let port = first.split("127.0.0.1:").nth(1).unwrap_or(&first);
        let digits: String = port.chars().take_while(char::is_ascii_digit).collect();
        let port = digits.parse().unwrap_or_else(|_| panic!("{first}"));
        Self {
            child,
            stderr,
            port,
        }
    }

    /// Our own, for the bundle and the certificate of an authority.
    fn ours(folder: &Folder, more: &str) -> Self {
        let line = format!(
            "cert bundle serve --bundle bundle.json --cert svid/svid.pem --key svid/svid_key.pem --listen 127.0.0.1:0 {more}"
        );
        let words: Vec<&str> = line.split_whitespace().collect();
        Self::start(folder.command(&words))
    }

    fn url(&self, path: &str) -> String {
        format!("https://127.0.0.1:{}{path}", self.port)
    }

    /// Asks it to end; its exit code and what it said.
    fn end(mut self) -> (Option<i32>, String) {
        let id = self.child.id().to_string();
        let told = Command::new("kill").args(["-TERM", &id]).status();
        assert!(told.unwrap().success());
        let mut said = String::new();
        self.stderr.read_to_string(&mut said).unwrap();
        (self.child.wait().unwrap().code(), said)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ended = self.child.kill();
    }
}

/// An authority, its bundle, and the certificate of its endpoint.
fn endpoint(name: &str) -> Folder {
    let folder = scene(name);
    let line = format!("cert issue --ca ca --spiffe-id {ENDPOINT} --ip 127.0.0.1 --out svid");
    run(&folder, &line).ends(0);
    export(&folder, "");
    folder
}

fn export(folder: &Folder, more: &str) {
    let line = format!("cert bundle export --ca ca --as spiffe -o bundle.json {more}");
    run(folder, &line).ends(0);
}

fn fetch(folder: &Folder, url: &str, more: &str) -> Ended {
    let line = format!(
        "cert bundle fetch --trust-domain acme.example --url {url} --store store.json --allow-local --timeout 5s --format json {more}"
    );
    run(folder, &line)
}

const SPIFFE: &str = "--profile https_spiffe --endpoint-id spiffe://acme.example/bundle-endpoint --endpoint-bundle bundle.json";

#[test]
fn a_bundle_is_served_and_fetched_by_both_profiles() {
    let folder = endpoint("federation");
    let serving = Serving::ours(&folder, "");
    let url = serving.url("/");
    let fetched = fetch(&folder, &url, SPIFFE).ends(0).json();
    conforms(&fetched, "kept-bundle");
    assert_eq!(fetched["result"], "stored");
    assert_eq!(fetched["profile"], "https_spiffe");
    assert_eq!(fetched["authorities"].as_array().unwrap().len(), 1);
    let stored: Value = serde_json::from_str(&folder.read("store.json")).unwrap();
    assert!(stored["trust_domains"]["acme.example"]["keys"].is_array());
    // Its own bundle is the one that was fetched, once there is one.
    let later = "--profile https_spiffe --endpoint-id spiffe://acme.example/bundle-endpoint";
    let again = fetch(&folder, &url, later).ends(0).json();
    assert_eq!(again["result"], "unchanged");
    run(
        &folder,
        &format!("cert verify --bundle store.json --spiffe-id {ENDPOINT} svid/svid.pem"),
    )
    .ends(0);
    let web = fetch(&folder, &url, "--profile https_web --ca-file ca/root.pem").ends(0);
    assert_eq!(web.json()["result"], "unchanged");
    // What changes is served, without a new start.
    let second = scene("federation-second");
    folder.file("second.pem", second.read("ca/root.pem"));
    export(&folder, "--also second.pem");
    let more = fetch(&folder, &url, SPIFFE).ends(0).json();
    assert_eq!(more["result"], "stored");
    assert_eq!(more["authorities"].as_array().unwrap().len(), 2);
    assert!(more["sequence"].as_u64() > more["sequence_before"].as_u64());
    folder.file("bundle.json", "{");
    assert_eq!(
        fetch(&folder, &url, later).ends(0).json()["result"],
        "unchanged"
    );
    let missing = fetch(&folder, &serving.url("/elsewhere"), later).ends(2);
    assert!(missing.stderr.contains("status 404"), "{missing:#?}");
    let (code, said) = serving.end();
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("still served") && said.contains("6 requests answered"),
        "{said}"
    );
}

#[test]
fn an_endpoint_is_who_it_is_said_to_be_and_no_profile_falls_back() {
    let folder = endpoint("federation-refused");
    let serving = Serving::ours(&folder, "");
    let url = serving.url("/");
    let other_id = SPIFFE.replace("/bundle-endpoint", "/another");
    let other = fetch(&folder, &url, &other_id).ends(2);
    assert!(
        other.stderr.contains("the endpoint is refused"),
        "{other:#?}"
    );
    let stranger = endpoint("federation-stranger");
    folder.file("stranger.json", stranger.read("bundle.json"));
    let other_bundle = SPIFFE.replace("bundle.json", "stranger.json");
    fetch(&folder, &url, &other_bundle).ends(2);
    // The system's authorities do not know this one.
    fetch(&folder, &url, "--profile https_web").ends(2);
    assert!(!folder.0.join("store.json").exists());
    for (more, told) in [
        ("--profile https_spiffe", "needs the SPIFFE ID"),
        (
            "--profile https_spiffe --endpoint-id spiffe://acme.example/bundle-endpoint",
            "--endpoint-bundle",
        ),
        (
            "--profile https_web --endpoint-id spiffe://acme.example/x",
            "nothing to do with `https_web`",
        ),
        (
            &format!("{SPIFFE} --ca-file ca/root.pem"),
            "nothing to do with `https_spiffe`",
        ),
    ] {
        let refused = fetch(&folder, &url, more).ends(2);
        assert!(refused.stderr.contains(told), "{more}: {refused:#?}");
    }
    for bad in [
        url.replace("https", "http"),
        url.replace("https://", "https://user:secret@"),
        "bundle.json".to_owned(),
    ] {
        fetch(&folder, &bad, SPIFFE).ends(2);
    }
    let unsaid = run(
        &folder,
        &format!("cert bundle fetch --trust-domain acme.example --store s --url {url}"),
    )
    .ends(2);
    assert!(unsaid.stderr.contains("--profile"), "{unsaid:#?}");
}

#[test]
fn a_bundle_that_is_older_is_not_taken() {
    let folder = endpoint("federation-older");
    let text = folder.read("bundle.json");
    let mut bundle: Value = serde_json::from_str(&text).unwrap();
    let import = |bundle: &Value, code: i32| {
        folder.file("offered.json", bundle.to_string());
        let line = "cert bundle import --trust-domain partner.example --store store.json offered.json --format json";
        let view = run(&folder, line).ends(code).json();
        conforms(&view, "kept-bundle");
        view["result"].as_str().unwrap().to_owned()
    };
    bundle["spiffe_sequence"] = 7.into();
    assert_eq!(import(&bundle, 0), "stored");
    assert_eq!(import(&bundle, 0), "unchanged");
    bundle["spiffe_sequence"] = 6.into();
    assert_eq!(import(&bundle, 1), "older");
    let before = folder.read("store.json");
    folder.file("offered.json", before);
    let map = "cert bundle import --trust-domain partner.example --store store.json offered.json";
    let refused = run(&folder, map).ends(2);
    assert!(refused.stderr.contains("map of bundles"), "{refused:#?}");
    // The change between two files.
    folder.file("old.json", &text);
    let second = scene("federation-older-second");
    folder.file("second.pem", second.read("ca/root.pem"));
    export(&folder, "--also second.pem");
    let line = "cert bundle diff old.json bundle.json --format json";
    let changed = run(&folder, line).ends(1).json();
    conforms(&changed, "bundle-difference");
    assert_eq!(changed["bundles"][0]["added"].as_array().unwrap().len(), 1);
    assert_eq!(changed["bundles"][0]["kept"], 1);
    run(&folder, "cert bundle diff bundle.json bundle.json").ends(0);
}

/// Python's HTTP server over its own TLS, which sends on as its path says.
const SENDING_ON: &str = r#"
import http.server, ssl, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        own = f"https://127.0.0.1:{self.server.server_address[1]}"
        to = {
            "/moved": own + "/bundle",
            "/relative": "bundle",
            "/plain": own.replace("https", "http") + "/bundle",
            "/user": own.replace("https://", "https://u:p@") + "/bundle",
            "/round": own + "/round",
        }.get(self.path)
        if to:
            self.send_response(307)
            self.send_header("Location", to)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        body = open("bundle.json", "rb").read() if self.path == "/bundle" else b"<html>"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("svid/svid.pem", "svid/svid_key.pem")
server.socket = context.wrap_socket(server.socket, server_side=True)
print(f"on 127.0.0.1:{server.server_address[1]}", file=sys.stderr, flush=True)
server.serve_forever()
"#;

#[test]
fn an_endpoint_may_send_on_under_the_same_rules() {
    let folder = endpoint("federation-sent-on");
    let mut python = Command::new("python3");
    python.args(["-c", SENDING_ON]).current_dir(&folder.0);
    if Command::new("python3").arg("--version").output().is_err() {
        println!("skipped: python3 not found");
        return;
    }
    let serving = Serving::start(python);
    for path in ["/moved", "/relative"] {
        let sent_on = fetch(&folder, &serving.url(path), SPIFFE).ends(0).json();
        assert_eq!(sent_on["redirects"][0], serving.url("/bundle"));
        assert_eq!(sent_on["source"], serving.url(path));
    }
    for (path, told) in [
        ("/plain", "is not https"),
        ("/user", "user name or password"),
        ("/round", "more than 3 times"),
        ("/else", "gives no bundle"),
    ] {
        let refused = fetch(&folder, &serving.url(path), SPIFFE).ends(2);
        assert!(refused.stderr.contains(told), "{path}: {refused:#?}");
    }
    // A failure waits for its next time, and a watch goes on.
    let watch = format!("{SPIFFE} --watch --interval 1s --rounds 2");
    let watched = fetch(&folder, &serving.url("/plain"), &watch).ends(2);
    let said = watched.stderr;
    assert_eq!(said.matches("is not https").count(), 2, "{said}");
    assert_eq!(said.matches("the next look is in 1s").count(), 1, "{said}");
    let watched = fetch(&folder, &serving.url("/moved"), &watch).ends(0);
    assert_eq!(watched.json()["result"], "unchanged");
}

#[test]
fn a_server_asks_for_no_certificate_and_answers_the_path_alone() {
    let folder = endpoint("federation-openssl");
    let serving = Serving::ours(&folder, "--path /b.json");
    let ask = |request: &str| {
        let line = format!(
            "printf '{request}' | timeout 10 openssl s_client -quiet -ign_eof -connect 127.0.0.1:{} -CAfile ca/root.pem -verify_return_error 2>verify.txt",
            serving.port
        );
        let output = Command::new("sh")
            .args(["-c", &line])
            .current_dir(&folder.0)
            .output()
            .unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    if !Path::new("/usr/bin/openssl").exists() {
        println!("skipped: openssl not found");
        return;
    }
    let good = ask(r"GET /b.json?x=1 HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(
        good.starts_with("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"),
        "{good}"
    );
    assert!(good.ends_with(&folder.read("bundle.json")), "{good}");
    let head = ask(r"HEAD /b.json HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(
        head.ends_with("\r\n\r\n") && head.contains("200 OK"),
        "{head}"
    );
    assert!(ask(r"GET / HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 404"));
    assert!(ask(r"POST /b.json HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 405"));
    assert!(ask(r"nonsense\r\n\r\n").starts_with("HTTP/1.1 400"));
}
