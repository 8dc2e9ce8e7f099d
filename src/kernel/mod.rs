//! What every job shares. Nothing here names a job.

pub mod crc32;
pub mod crypto;
pub mod der;
pub mod document;
pub mod finding;
pub mod fs;
pub mod gzip;
pub mod http;
pub mod integer;
pub mod json;
pub mod key;
pub mod parallel;
pub mod parquet;
pub mod pem;
pub mod pkcs12;
pub mod reason;
pub mod record;
pub mod replay;
pub mod report;
pub mod secret;
pub mod source;
pub mod spiffe_id;
pub mod time;
pub mod xlsx;
pub mod yaml;
pub mod zstd;
