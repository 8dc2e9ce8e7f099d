//! Statements that an Apache Spark cluster runs for us, through Spark Connect.
//!
//! The transport is that of Apache's own client; TLS is rustls over ring, with the system's authorities. Above it, the
//! client's DataFrames are not used: their iterators take the end of a stream for the end of the result, but a server ends
//! each stream after two minutes and expects to be asked for the rest. Here a result is whole only once the server has said
//! so; a stream that ends or breaks before is taken up again where it was left.
//!
//! <https://github.com/apache/spark/blob/master/sql/connect/common/src/main/protobuf/spark/connect/base.proto>

mod address;
mod batch;
mod failure;

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use proto::execute_plan_response::ResponseType;
use spark_connect_core::{
    ChannelBuilder, ExecutePlanResponseReattachableIterator as Reattach, RetryPolicy,
    SparkConnectClient, SparkError as ClientError,
};
use spark_connect_proto as proto;

pub use address::{Address, AddressError};
pub use batch::Batch;
pub use failure::SparkError;

use crate::kernel::secret::Secret;

/// How often the clock and the flag are looked at.
const TICK: Duration = Duration::from_millis(100);
/// How long the server may take to listen, and to answer what is no statement.
const ANSWER: Duration = Duration::from_secs(20);
/// How long a stream may be silent; a server ends each after two minutes unless it is set up otherwise.
const SILENCE: Duration = Duration::from_secs(150);
/// How often in a row a broken stream is tried to be taken up again.
const LOST: u32 = 15;
/// How long to wait before it is tried again.
const AGAIN: Duration = Duration::from_secs(2);
/// How long the farewell may take.
const FAREWELL: Duration = Duration::from_secs(5);

/// What is done with each piece of a result.
pub type Take<'t> = &'t mut dyn FnMut(&Batch) -> Result<(), String>;

/// Whether a session may go on; asked ten times a second while the server is waited for.
pub type Watch = Box<dyn Fn() -> Result<(), SparkError>>;

/// A session of its own on a server.
pub struct Session {
    runtime: tokio::runtime::Handle,
    client: SparkConnectClient,
    address: Address,
    watch: Watch,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Session({})", self.address.endpoint())
    }
}

/// The messages of a statement.
type Messages = tonic::Streaming<proto::ExecutePlanResponse>;

/// Why a stream is over before the result is: nothing, where the server ended it.
type Over = Option<SparkError>;

impl Session {
    /// Begins a session.
    ///
    /// # Errors
    /// [`SparkError`].
    pub fn open(
        address: &Address,
        token: Option<&Secret>,
        watch: Watch,
    ) -> Result<Self, SparkError> {
        if token.is_some() && !address.tls() && !address.is_loopback() {
            return Err(SparkError::InTheClear);
        }
        address.reach(ANSWER)?;
        let mut channel = ChannelBuilder::parse(&address.url()).map_err(SparkError::of)?;
        // What is not set here, the client takes from the environment.
        channel.set(
            "user_agent",
            concat!("countersign/", env!("CARGO_PKG_VERSION")),
        );
        if let Some(token) = token {
            let text = std::str::from_utf8(token.expose()).map_err(|_| SparkError::Token)?;
            let text = text.trim_end_matches(['\r', '\n']);
            if text.is_empty() || !text.chars().all(|c| c.is_ascii_graphic()) {
                return Err(SparkError::Token);
            }
            channel.set("token", text);
        }
        let runtime = spark_connect_core::get_runtime().handle().clone();
        let mut client = runtime
            .block_on(SparkConnectClient::connect(&channel))
            .map_err(SparkError::of)?;
        // Whether to try again is decided here.
        client.set_retry_policy(RetryPolicy::no_retries());
        let session = Self {
            runtime,
            client,
            address: address.clone(),
            watch,
        };
        session.greet().map(|()| session)
    }

    /// The first word: whether it is Spark that answers, and a version that knows what the statements use.
    fn greet(&self) -> Result<(), SparkError> {
        let request = proto::AnalyzePlanRequest {
            session_id: self.client.session_id().to_owned(),
            user_context: Some(self.user()),
            analyze: Some(proto::analyze_plan_request::Analyze::SparkVersion(
                proto::analyze_plan_request::SparkVersion {},
            )),
            ..Default::default()
        };
        let answer = self.answer(self.client.analyze_plan(request));
        let answer = answer.map_err(|error| self.unheard(error))?;
        let Some(proto::analyze_plan_response::Result::SparkVersion(found)) = answer.result else {
            return Err(SparkError::Answer("it does not say its version".to_owned()));
        };
        let major = found
            .version
            .split('.')
            .next()
            .and_then(|major| major.parse::<u32>().ok());
        match major.is_some_and(|major| major >= 4) {
            true => Ok(()),
            false => Err(SparkError::Version(found.version)),
        }
    }

    /// Whoever does not answer the first word is not the server that was meant.
    fn unheard(&self, error: SparkError) -> SparkError {
        let why = match error {
            SparkError::Lost(None) => "it does not answer".to_owned(),
            SparkError::Lost(Some(why)) => why.to_string(),
            SparkError::Statement { class, message } if class.is_empty() => message,
            other => return other,
        };
        SparkError::Unreachable {
            endpoint: self.address.endpoint(),
            why: format!("it does not speak Spark Connect ({why})"),
        }
    }

    fn user(&self) -> proto::UserContext {
        proto::UserContext {
            user_id: self.address.user(),
            ..Default::default()
        }
    }

    /// Changes a setting of the session.
    ///
    /// # Errors
    /// [`SparkError`].
    pub fn set(&self, name: &str, value: &str) -> Result<(), SparkError> {
        self.answer(self.client.set_config(name, value))
    }

    /// Runs a statement and gives its result piece by piece.
    ///
    /// # Errors
    /// [`SparkError`], or what `take` finds wrong.
    pub fn run(&self, sql: &str, take: Take<'_>) -> Result<(), SparkError> {
        let reattach = Reattach::new(self.request(sql));
        let result = self.follow(&reattach, take);
        if result.is_ok() {
            // The server keeps what it sent until it is told.
            let release = self.runtime.block_on(reattach.create_release_request(true));
            let _kept_until_the_session_ends = self.answer(self.client.release_execute(release));
        }
        result
    }

    fn request(&self, sql: &str) -> proto::ExecutePlanRequest {
        let statement = proto::Sql {
            query: sql.to_owned(),
            ..Default::default()
        };
        let relation = proto::Relation {
            common: None,
            rel_type: Some(proto::relation::RelType::Sql(statement)),
        };
        proto::ExecutePlanRequest {
            session_id: self.client.session_id().to_owned(),
            user_context: Some(self.user()),
            plan: Some(proto::Plan {
                op_type: Some(proto::plan::OpType::Root(relation)),
            }),
            ..Default::default()
        }
    }

    fn follow(&self, reattach: &Reattach, take: Take<'_>) -> Result<(), SparkError> {
        let mut taken = 0;
        let mut messages = self.messages(self.client.execute_plan(reattach.request().clone()))?;
        let mut broken = 0;
        loop {
            let why = match messages {
                Err(over) => over,
                Ok(mut stream) => match self.read(&mut stream, reattach, &mut taken, take)? {
                    (_, None) => return Ok(()),
                    (progress, Some(over)) => {
                        if progress || over.is_none() {
                            broken = 0;
                        }
                        over
                    }
                },
            };
            self.pause(why, &mut broken)?;
            let rest = self.runtime.block_on(reattach.create_reattach_request());
            messages = self.messages(self.client.reattach_execute(rest))?;
        }
    }

    /// Waits for the first sign of a stream.
    fn messages(
        &self,
        stream: impl Future<Output = Result<Messages, ClientError>>,
    ) -> Result<Result<Messages, Over>, SparkError> {
        match self.wait(SILENCE, stream)? {
            None => Ok(Err(None)),
            Some(Ok(stream)) => Ok(Ok(stream)),
            Some(Err(error)) => SparkError::over(error).map(|over| Err(Some(over))),
        }
    }

    /// Reads a stream: whether anything came, and why it is over where the result is not.
    fn read(
        &self,
        stream: &mut Messages,
        reattach: &Reattach,
        taken: &mut i64,
        take: Take<'_>,
    ) -> Result<(bool, Option<Over>), SparkError> {
        let mut progress = false;
        loop {
            let message = match self.wait(SILENCE, stream.message())? {
                None | Some(Ok(None)) => return Ok((progress, Some(None))),
                Some(Ok(Some(message))) => message,
                Some(Err(status)) => {
                    let over = SparkError::over(ClientError::from_grpc_status(status))?;
                    return Ok((progress, Some(Some(over))));
                }
            };
            progress = true;
            self.runtime
                .block_on(reattach.set_last_response_id(&message));
            match message.response_type {
                Some(ResponseType::ArrowBatch(batch)) => batch::read(&batch, taken, take)?,
                Some(ResponseType::ResultComplete(_)) => return Ok((progress, None)),
                _ => {}
            }
        }
    }

    /// Before a stream is taken up again: whether the server is there, and not for the hundredth time in vain.
    fn pause(&self, why: Over, broken: &mut u32) -> Result<(), SparkError> {
        let Some(why) = why else {
            let there = self.address.reach(ANSWER);
            return there.map_err(|gone| SparkError::Lost(Some(Box::new(gone))));
        };
        *broken += 1;
        if *broken > LOST {
            return Err(SparkError::Lost(Some(Box::new(why))));
        }
        self.wait(SILENCE, async { tokio::time::sleep(AGAIN).await })?;
        Ok(())
    }

    /// Waits for what is no statement.
    fn answer<T>(
        &self,
        future: impl Future<Output = Result<T, ClientError>>,
    ) -> Result<T, SparkError> {
        match self.wait(ANSWER, future)? {
            Some(result) => result.map_err(SparkError::of),
            None => Err(SparkError::Lost(None)),
        }
    }

    /// Waits, but not past the end of the session; None where it takes longer than `patience`.
    fn wait<F: Future>(
        &self,
        patience: Duration,
        future: F,
    ) -> Result<Option<F::Output>, SparkError> {
        (self.watch)()?;
        let mut future = pin!(future);
        self.runtime.block_on(async {
            let mut waited = Duration::ZERO;
            loop {
                if let Ok(output) = tokio::time::timeout(TICK, future.as_mut()).await {
                    return Ok(Some(output));
                }
                (self.watch)()?;
                waited += TICK;
                if waited >= patience {
                    return Ok(None);
                }
            }
        })
    }
}

impl Drop for Session {
    /// The server ends with a session what still runs in it.
    fn drop(&mut self) {
        let release = self.client.release_session();
        let _gone_or_not = self
            .runtime
            .block_on(async { tokio::time::timeout(FAREWELL, release).await });
    }
}
