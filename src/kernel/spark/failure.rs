//! Why Spark could not answer, of what its server and Apache's client say.

use spark_connect_core::SparkError as ClientError;

/// Codes of gRPC: <https://grpc.io/docs/guides/status-codes/>.
const UNKNOWN: i32 = 2;
const PERMISSION_DENIED: i32 = 7;
const INTERNAL: i32 = 13;
const UNAVAILABLE: i32 = 14;
const UNAUTHENTICATED: i32 = 16;

/// Why Spark could not answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SparkError {
    /// Nothing listens there.
    #[error("no Spark Connect server answers at `{endpoint}`: {why}")]
    Unreachable {
        /// Where.
        endpoint: String,
        /// What was tried and failed.
        why: String,
    },
    /// A token that anyone on the way could read.
    #[error("the token would be sent in the clear")]
    InTheClear,
    /// Not a token.
    #[error("the token is empty, or holds what no header may hold")]
    Token,
    /// The server wants to know who asks, or does not let them.
    #[error("the server does not let us in: {0}")]
    Denied(String),
    /// One that lacks what the statements use.
    #[error("Spark 4 or later is needed, and the server has `{0}`")]
    Version(String),
    /// The server went away in the middle.
    #[error("the connection to the server was lost and could not be taken up again")]
    Lost(Option<Box<Self>>),
    /// The server knows nothing of the session any more.
    #[error("the session ended on the server before the result was whole: {0}")]
    SessionOver(String),
    /// It took longer than it may.
    #[error("it took longer than it may")]
    TooSlow,
    /// Somebody asked to stop.
    #[error("it was stopped")]
    Stopped,
    /// What came is no result.
    #[error("the server's result cannot be used: {0}")]
    Answer(String),
    /// What is wrong with the statement or with the data, as the server says it.
    #[error("{message}")]
    Statement {
        /// Spark's name for it, such as `TABLE_OR_VIEW_NOT_FOUND`; may be empty.
        class: String,
        /// Spark's message.
        message: String,
    },
}

impl SparkError {
    /// What the client says.
    pub(super) fn of(error: ClientError) -> Self {
        let class = error.error_class.clone();
        let message = match error.message.is_empty() {
            true => error.message(),
            false => error.message.clone(),
        };
        let message = first_lines(&message);
        match error.grpc_code {
            Some(UNAUTHENTICATED | PERMISSION_DENIED) => Self::Denied(message),
            Some(UNAVAILABLE) => Self::Lost(Some(Box::new(Self::Statement { class, message }))),
            _ if class.starts_with("INVALID_HANDLE") || message.contains("[INVALID_HANDLE.") => {
                Self::SessionOver(message)
            }
            _ => Self::Statement { class, message },
        }
    }

    /// Whether a stream that broke for this reason may be taken up again; the reason as an error where not.
    pub(super) fn over(error: ClientError) -> Result<Self, Self> {
        // What the server itself finds wrong has details; a connection that is cut has none.
        let cut = error.grpc_details.is_none();
        let again = match error.grpc_code {
            Some(UNAVAILABLE) => true,
            Some(UNKNOWN | INTERNAL) if cut => true,
            Some(INTERNAL) => error.message.contains("INVALID_CURSOR.DISCONNECTED"),
            _ => false,
        };
        let told = Self::of(error);
        if again { Ok(told) } else { Err(told) }
    }
}

/// What Spark says before it shows its own stack and the statement's text.
fn first_lines(message: &str) -> String {
    let lines = message.lines().map(str::trim);
    let told: Vec<&str> = lines
        .take_while(|line| {
            !line.starts_with("== SQL")
                && !line.starts_with("at ")
                && !line.starts_with("JVM stacktrace")
        })
        .take_while(|line| !line.starts_with("'") && !line.starts_with("+-"))
        .filter(|line| !line.is_empty())
        .take(4)
        .collect();
    let told = told.join(" ");
    crate::kernel::report::sanitize::shorten(&told, 700).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(code: i32, class: &str, message: &str) -> ClientError {
        let mut error = ClientError::connect_msg(message);
        error.grpc_code = Some(code);
        error.error_class = class.to_owned();
        error.grpc_details = Some(Vec::new());
        error
    }

    #[test]
    fn what_the_server_says_is_told_apart() {
        let told = SparkError::of(error(
            INTERNAL,
            "TABLE_OR_VIEW_NOT_FOUND",
            "[TABLE_OR_VIEW_NOT_FOUND] The table `a` cannot be found.\nVerify it.; line 3 pos 7;\n'WithCTE\n+- more",
        ));
        assert_eq!(
            told.to_string(),
            "[TABLE_OR_VIEW_NOT_FOUND] The table `a` cannot be found. Verify it.; line 3 pos 7;"
        );
        assert!(matches!(
            SparkError::of(error(16, "", "no")),
            SparkError::Denied(_)
        ));
        let over = error(INTERNAL, "INVALID_HANDLE.SESSION_CLOSED", "closed");
        assert!(matches!(SparkError::of(over), SparkError::SessionOver(_)));
    }

    #[test]
    fn only_a_broken_connection_is_taken_up_again() {
        assert!(SparkError::over(error(UNAVAILABLE, "", "reset")).is_ok());
        assert!(SparkError::over(error(INTERNAL, "", "INVALID_CURSOR.DISCONNECTED")).is_ok());
        assert!(SparkError::over(error(INTERNAL, "", "divided by zero")).is_err());
        let mut cut = error(
            UNKNOWN,
            "",
            "h2 protocol error: error reading a body from connection",
        );
        cut.grpc_details = None;
        assert!(SparkError::over(cut).is_ok());
        assert!(SparkError::over(error(UNAUTHENTICATED, "", "who")).is_err());
    }
}
