//! OAuth 2.0 as a client speaks it: requests made, answers read, nothing sent.
//!
//! The grants are those of RFC 6749 without the ones that RFC 9700 forbids, with PKCE (RFC 7636), devices (RFC 8628) and
//! token exchange (RFC 8693). Sending, waiting and listening are the command line's.

mod answer;
mod callback;
mod client;
mod device;
mod error;
mod grant;
mod introspection;
mod pkce;
mod reasons;
mod rotation;

pub use answer::{AnswerError, DeviceCodes, Tokens, read_device_codes, read_tokens};
pub use callback::{Callback, CallbackError, Expected as ExpectedCallback, read_callback};
pub use client::{Authentication, Client, Method};
pub use device::{Polling, Step};
pub use error::{OAuthError, read_error};
pub use grant::{Asked, Form, Grant, SignInRequest, TokenKind, authorization_url};
pub use introspection::{Comparison, Introspection, Member, Standing, compare, read_introspection};
pub use pkce::{Verifier, random_word};
pub use reasons::Reason;
pub use rotation::{Answered, Family, Rotation, judge as judge_rotation};
