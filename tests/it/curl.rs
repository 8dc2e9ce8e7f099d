//! curl side by side: what it sends from a command line is what we read from it, byte for byte.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use countersign::request::curl::{self, write_curl};
use countersign::request::{RequestParts, UriScheme};

use crate::binary::Folder;

/// Files that command lines name.
const FILES: [(&str, &[u8]); 3] = [
    ("data", b"a b\r\nc\0d\n"),
    ("text", b"a b\r\n\nc\n"),
    ("empty", b""),
];

/// Lines that curl sends; `PORT` is the listener's.
const LINES: [&str; 47] = [
    "curl http://localhost:PORT",
    "curl 'http://localhost:PORT?x=1#top'",
    "curl http://localhost:PORT/? -0",
    "curl -X POST -H 'X-A: 1' -H 'User-Agent: x' -H 'accept: q' -d a=b -d c http://u:p@localhost:PORT/a/../b/./c?x#f",
    "curl -H 'Host: foo' -H 'Content-Type: t' -d ab localhost:PORT",
    "curl -H 'host:   foo  ' -H 'Host: bar' localhost:PORT",
    "curl -H 'Host:' localhost:PORT",
    "curl -H 'Host;' localhost:PORT",
    "curl -H 'X-Empty;' -H 'Accept:' -H 'User-Agent:' -H 'X-No:' -H 'X-S:   v  ' -H 'Z; ' -H nocolon localhost:PORT",
    "curl -H 'Content-Type:' -d a localhost:PORT",
    "curl -H 'Content-Length: 3' -H 'Content-Type: x' -H 'Accept: y' -d abc localhost:PORT",
    "curl -H 'X-A: 1' -H 'X-A: 2' -H 'X-A:' -H 'x-b:1;' localhost:PORT",
    "curl -G -d a=1 -d b 'localhost:PORT/p?q=1'",
    "curl -G --data-urlencode 'b= c&é' --data-urlencode '=x y' localhost:PORT/%C3",
    "curl --data-urlencode 'b= c&é' --data-urlencode 'x y*!~' --data-urlencode 'n@data' --data-urlencode @data localhost:PORT",
    "curl -d @text --data-binary @data --data-raw @data --data-ascii @empty localhost:PORT/",
    "curl --data-raw '' --compressed localhost:PORT/",
    "curl -d '' -G localhost:PORT",
    "curl --json '{\"a\":1}' --json ',2' -H 'X: 1' localhost:PORT/",
    "curl --json '{\"a\":1}' -H 'Content-Type: foo' -H 'Accept: bar' localhost:PORT/",
    "curl -d b --json a -d c localhost:PORT",
    "curl -G --json a localhost:PORT",
    "curl -I localhost:PORT/",
    "curl -I -G -d a localhost:PORT/",
    "curl -I -X GET localhost:PORT/",
    "curl -u user:pa:ss -A agent -e ref -b 'c=1' -b 'd=2' --compressed localhost:PORT/",
    "curl -u x:y http://u:p@localhost:PORT/",
    "curl 'http://a%40:b%20@localhost:PORT/' -A ''",
    "curl -H 'Authorization: x' -u a:b -e 'http://r/;auto' localhost:PORT/",
    "curl --oauth2-bearer t -r 0-5 localhost:PORT",
    "curl -b 'a=1' -H 'Cookie: z=2' -e r -H 'Referer: q' localhost:PORT/",
    "curl -b '' -r 5 localhost:PORT/",
    "curl --url-query 'a=b c' --url-query '+raw' --url-query 'n@data' 'localhost:PORT/?z'",
    "curl --request-target '*' -X OPTIONS localhost:PORT",
    "curl --request-target '/a b' localhost:PORT/x",
    "curl --path-as-is 'localhost:PORT/a/../b'",
    "curl 'localhost:PORT/a//b/..?x=/../y'",
    "curl 'localhost:PORT/a/.../b/..c/.d/..'",
    "curl -g 'localhost:PORT/[1-2]{a,b}'",
    "curl 'localhost:PORT/\\[x\\]?a[]=1'",
    "curl -sSXPUT -dfoo --url localhost:PORT -o out --max-time 3 -kL --no-compressed --http1.1",
    "curl -T data -H 'Expect:' localhost:PORT/a/?q",
    "curl -T data -H Expect: 'localhost:PORT/x?y'",
    "curl http://localhost:PORT/a'b'\"c\"\\d $'-H' $'X: \\x41\\u0021\\'' # a comment",
    "curl \\\n  'localhost:PORT/a%zz%7e\"<c>|^`' \\\n  -H 'X: é'\n",
    "curl -X GET -d a -- localhost:PORT",
    "curl -d 'a' --data-urlencode 'b=c d' --data-binary $'\\xff\\n' localhost:PORT | cat",
];

/// Lines that neither curl nor we make a request of.
const REFUSED: [&str; 9] = [
    "curl 'localhost:PORT/a b'",
    "curl -G -d 'b c' localhost:PORT",
    "curl -I -d a localhost:PORT/",
    "curl -d a -T data localhost:PORT/",
    "curl --data=foo localhost:PORT",
    "curl 'localhost:PORT/[x]'",
    "curl 'localhost:PORT/{a'",
    "curl localhost:PORT -H",
    "curl -sS",
];

fn scene(name: &str) -> Option<Folder> {
    for program in ["bash", "curl"] {
        let mut found = Command::new(program);
        found.arg("--version").stdout(Stdio::null());
        if !found.status().is_ok_and(|status| status.success()) {
            println!("skipped: {program} not found");
            return None;
        }
    }
    let folder = Folder::new(&format!("curl-{name}"));
    for (name, content) in FILES {
        folder.file(name, content);
    }
    Some(folder)
}

/// What curl sends for a line and a standard input; none where it sends nothing.
fn sent(folder: &Folder, listener: &TcpListener, line: &str, stdin: &[u8]) -> Option<Vec<u8>> {
    let path = "/usr/local/bin:/usr/bin:/bin";
    // No configuration, no proxy of the environment, and an end.
    let script = format!("curl() {{ command curl -q -sS -m 5 \"$@\"; }}\n{line}");
    let mut child = Command::new("bash")
        .args(["-c", &script])
        .current_dir(&folder.0)
        .env_clear()
        .env("PATH", path)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let _may_be_unread = child.stdin.take().unwrap().write_all(stdin);
    listener.set_nonblocking(true).unwrap();
    let start = Instant::now();
    let received = loop {
        match listener.accept() {
            Ok((stream, _)) => break Some(answer(stream)),
            Err(_) if child.try_wait().unwrap().is_some() => break None,
            Err(_) if start.elapsed() > Duration::from_secs(10) => break None,
            Err(_) => std::thread::sleep(Duration::from_millis(2)),
        }
    };
    child.wait().unwrap();
    received
}

fn answer(mut stream: TcpStream) -> Vec<u8> {
    stream.set_nonblocking(false).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(5)))
        .unwrap();
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    while !is_whole(&bytes) {
        let read = stream.read(&mut buffer).unwrap();
        if read == 0 {
            break;
        }
        bytes.extend_from_slice(&buffer[..read]);
    }
    stream
        .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        .unwrap();
    bytes
}

fn is_whole(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let Some((head, _)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head.to_ascii_lowercase();
    let length = length
        .split_once("\r\ncontent-length:")
        .map_or(0, |(_, rest)| {
            rest.lines().next().unwrap().trim().parse().unwrap()
        });
    let start = bytes
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .unwrap()
        + 4;
    bytes.len() >= start + length
}

/// curl's bytes without what we said that we cannot know.
fn known(bytes: &[u8], unknown: &[String]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut in_head = true;
    for (index, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let says = |start: &[u8], word: &str| {
            in_head && line.starts_with(start) && unknown.iter().any(|note| note.contains(word))
        };
        if says(b"User-Agent: curl/", "User-Agent") || says(b"Accept-Encoding: ", "--compressed") {
            continue;
        }
        if index == 0 && unknown.iter().any(|note| note.contains("the case of")) {
            out.extend(line.to_ascii_lowercase());
        } else {
            out.extend_from_slice(line);
        }
        in_head &= line != b"\r\n";
    }
    out
}

fn read_file(name: &str) -> Result<Vec<u8>, String> {
    let file = FILES.iter().find(|(known, _)| *known == name);
    file.map(|(_, content)| content.to_vec())
        .ok_or_else(|| "no such file".to_owned())
}

#[test]
fn curl_sends_what_we_read_from_its_command_line() {
    let Some(folder) = scene("oracle") else {
        return;
    };
    for line in LINES {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port().to_string();
        let line = line.replace("PORT", &port);
        let theirs = sent(&folder, &listener, &line, b"");
        let theirs = theirs.unwrap_or_else(|| panic!("curl sends nothing for {line}"));
        let ours = curl::parse(&line, &read_file).unwrap_or_else(|error| panic!("{line}: {error}"));
        assert_eq!(
            String::from_utf8_lossy(&known(&ours.message, &ours.unknown)),
            String::from_utf8_lossy(&known(&theirs, &ours.unknown)),
            "{line}"
        );
    }
}

#[test]
fn what_curl_refuses_we_refuse() {
    let Some(folder) = scene("refused") else {
        return;
    };
    for line in REFUSED {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port().to_string();
        let line = line.replace("PORT", &port);
        assert!(curl::parse(&line, &read_file).is_err(), "{line}");
        assert_eq!(sent(&folder, &listener, &line, b""), None, "{line}");
    }
}

#[test]
fn a_written_command_makes_curl_send_the_message() {
    let Some(folder) = scene("written") else {
        return;
    };
    let bodies: [&[u8]; 6] = [
        b"",
        b"{\"a\": 1}",
        b"@data",
        b"it's\r\n\xff\xfe\t\\",
        b"a\0b",
        b"a=b&c",
    ];
    for (body, target) in bodies
        .iter()
        .flat_map(|body| ["/a/../b?x[]={1}", "/plain", "/a b"].map(|target| (*body, target)))
    {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let authority = format!("127.0.0.1:{}", listener.local_addr().unwrap().port());
        let length = body.len().to_string();
        let fields: [(&str, &[u8]); 5] = [
            ("Host", authority.as_bytes()),
            ("x-quoted", b"it's \"$HOME\" `x` \\"),
            ("X-Empty", b""),
            ("Content-Length", length.as_bytes()),
            ("Signature-Input", b"sig1=(\"@method\");created=1"),
        ];
        let parts = RequestParts {
            scheme: UriScheme::Http,
            authority: &authority,
            method: "PATCH",
            target,
            fields: &fields,
            body,
        };
        let command = write_curl(&parts).unwrap();
        assert_eq!(command.body_from_stdin, body.contains(&0));
        let received = sent(&folder, &listener, &command.line, body);
        let received = received.unwrap_or_else(|| panic!("curl sends nothing for {command:?}"));
        let mut expected = format!("PATCH {target} HTTP/1.1\r\n").into_bytes();
        for (name, value) in fields {
            let colon: &[u8] = if value.is_empty() { b":" } else { b": " };
            expected.extend([name.as_bytes(), colon, value, b"\r\n"].concat());
        }
        expected.extend_from_slice(b"\r\n");
        expected.extend_from_slice(body);
        assert_eq!(
            String::from_utf8_lossy(&received),
            String::from_utf8_lossy(&expected),
            "{}",
            command.line
        );
    }
}
