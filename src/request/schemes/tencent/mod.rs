//! Tencent Cloud's API signature, version 3: `TC3-HMAC-SHA256` in `Authorization`.
//!
//! A canonical request as AWS's, but path and query count as they are on the wire, and the values of signed fields in
//! lower case. The time is `X-TC-Timestamp`, in seconds since 1970. <https://www.tencentcloud.com/document/api/213/33224>

mod sign;
#[cfg(test)]
mod tests;
mod text;
mod verify;

use std::time::Duration;

pub use sign::{SignError, SignOptions, sign};
pub use text::TextError;
pub use verify::verify;

/// The scheme's name.
pub const NAME: &str = "tencent";
/// The algorithm's name in the message.
pub const ALGORITHM: &str = "TC3-HMAC-SHA256";
/// How far a signature's time may be from the present, on either side.
pub const SKEW: Duration = Duration::from_secs(300);

/// What ends every scope.
const TERMINATOR: &str = "tc3_request";
/// The field that says that the body is not signed; every other value of it means nothing.
const CONTENT_SHA256: &str = "x-tc-content-sha256";

/// What the verifier expects beside the policy.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Expected {
    /// The service, such as `cvm`; None takes any.
    pub service: Option<String>,
}
