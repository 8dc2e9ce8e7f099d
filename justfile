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

# Fuzz one parser: calico_policy, certificate, cilium_policy, consul_intentions, csv, curl_line, har, http_message, issuance_log, issuing_policy, json, jwe, jwt, jwt_locate, jwt_serialized, key_set, keys, linkerd_policy, oauth, ocsp_response, parquet, review_export, revocation_list, scheme, signing_request, structured_field, usage_log, usage_part, xlsx or yaml
fuzz target seconds="60":
    fuzz/seed
    cargo +nightly fuzz run {{ target }} -- -max_total_time={{ seconds }}

# Measure the hot paths
bench:
    cargo bench

# The release binary and its size in bytes
size:
    cargo build --release --locked
    wc -c target/release/countersign
