# Thin names over cargo. `just` lists them.

_list:
    @just --list

# Format and lints, as CI checks them
check:
    cargo fmt --check
    cargo clippy --locked --all-targets -- -D warnings

# All tests
test:
    cargo test --locked

# Rewrite what is generated and what transcripts expect; then read the diff
bless:
    UPDATE=1 cargo test --test it

# Fuzz one parser: yaml, json, jwt, jwe, structured_field, keys, key_set, http_message, curl_line, har, oauth, scheme, csv or certificate
fuzz target seconds="60":
    cargo +nightly fuzz run {{ target }} -- -max_total_time={{ seconds }}

# Measure the hot paths
bench:
    cargo bench

# The release binary and its size in bytes
size:
    cargo build --release --locked
    wc -c target/release/countersign
