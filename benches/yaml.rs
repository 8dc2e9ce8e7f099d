//! Reading YAML with spans: bytes a second, over block style as people write manifests and over flow style.

use std::fmt::Write as _;
use std::sync::Arc;

use countersign::kernel::source::Source;
use countersign::kernel::yaml::parse_stream;
use divan::Bencher;

const DOCUMENTS: usize = 2_000;

fn stream(document: impl Fn(&mut String, usize)) -> Arc<Source> {
    let mut text = String::new();
    for index in 0..DOCUMENTS {
        text.push_str("---\n");
        document(&mut text, index);
    }
    Source::new("bench.yaml", text.into_bytes()).expect("a few megabytes")
}

fn block_style(text: &mut String, index: usize) {
    let _infallible = write!(
        text,
        "# service {index}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: service-{index}
  annotations:
    description: \"what it \\\"does\\\", in a sentence\"
spec:
  template:
    spec:
      containers:
        - name: server
          image: registry.acme.example/service-{index}:1.4.2
          args: [--listen, '0.0.0.0:8080']
          command:
            - sh
            - -c
            - |
              set -eu
              exec server --config /etc/server.yaml
"
    );
}

fn flow_style(text: &mut String, index: usize) {
    let _infallible = writeln!(
        text,
        "{{\"apiVersion\": \"v1\", \"kind\": \"Service\", \"metadata\": {{\"name\": \"service-{index}\"}}, \
         \"spec\": {{\"ports\": [{{\"port\": 8080, \"name\": \"http\"}}], \"selector\": {{\"app\": \"a\"}}}}}}"
    );
}

fn read(bencher: Bencher<'_, '_>, source: &Arc<Source>) {
    let documents = parse_stream(source).documents;
    assert!(documents.len() == DOCUMENTS && documents.iter().all(Result::is_ok));
    bencher
        .counter(divan::counter::BytesCount::new(source.bytes().len()))
        .bench_local(|| parse_stream(source));
}

#[divan::bench]
fn block(bencher: Bencher<'_, '_>) {
    read(bencher, &stream(block_style));
}

#[divan::bench]
fn flow(bencher: Bencher<'_, '_>) {
    read(bencher, &stream(flow_style));
}

fn main() {
    divan::main();
}
