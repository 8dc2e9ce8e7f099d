//! The integration tests: one binary.

mod corpora;
