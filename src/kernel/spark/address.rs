//! Where a Spark Connect server is: `sc://HOST[:PORT][/;KEY=VALUE…]`, as Spark's own clients write it.
//!
//! Of what such a URL may hold, a token is refused, since a command line is no place for one, and so is whatever would make
//! this client share a session with another.

use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs as _};
use std::str::FromStr;
use std::time::Duration;

use super::SparkError;
use crate::kernel::http::forbidden;

/// Spark's own port.
const PORT: u16 = 15_002;

/// The address of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    host: String,
    port: u16,
    tls: bool,
    user: Option<String>,
    headers: Vec<(String, String)>,
}

/// Why a text is no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Not of that form.
    #[error("it is not of the form `sc://HOST:PORT`")]
    Form,
    /// No port.
    #[error("`{0}` is no port")]
    Port(String),
    /// A secret on the command line.
    #[error("a token is given by reference, never in the URL")]
    Token,
    /// A user or a password before the host.
    #[error("a user or a password before the host is not part of such a URL")]
    Credentials,
    /// Something else than Spark or this client knows.
    #[error("`{0}` is none of `use_ssl`, `user_id` and headers that begin with `x-`")]
    Parameter(String),
    /// Neither true nor false.
    #[error("`use_ssl` is `true` or `false`, not `{0}`")]
    Tls(String),
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let rest = text.strip_prefix("sc://").ok_or(AddressError::Form)?;
        let (authority, parameters) = match rest.split_once('/') {
            None => (rest, ""),
            Some((authority, "")) => (authority, ""),
            Some((authority, rest)) => {
                (authority, rest.strip_prefix(';').ok_or(AddressError::Form)?)
            }
        };
        if authority.contains('@') {
            return Err(AddressError::Credentials);
        }
        let (host, port) = split(authority)?;
        let mut address = Self {
            host: host.to_ascii_lowercase(),
            port: match port {
                None => PORT,
                Some(port) => port
                    .parse()
                    .map_err(|_| AddressError::Port(port.to_owned()))?,
            },
            tls: false,
            user: None,
            headers: Vec::new(),
        };
        for pair in parameters.split(';').filter(|pair| !pair.is_empty()) {
            address.parameter(pair)?;
        }
        Ok(address)
    }
}

/// The host, without brackets, and the port.
fn split(authority: &str) -> Result<(&str, Option<&str>), AddressError> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (host, rest) = rest.split_once(']').ok_or(AddressError::Form)?;
            host.parse::<std::net::Ipv6Addr>()
                .map_err(|_| AddressError::Form)?;
            (
                host,
                rest.strip_prefix(':').or(rest.is_empty().then_some("")),
            )
        }
        None => match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, Some("")),
        },
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
    match port {
        Some(port) if !host.is_empty() && host.chars().all(plain) => {
            Ok((host, Some(port).filter(|port| !port.is_empty())))
        }
        _ => Err(AddressError::Form),
    }
}

impl Address {
    fn parameter(&mut self, pair: &str) -> Result<(), AddressError> {
        let (key, value) = pair.split_once('=').ok_or(AddressError::Form)?;
        let plain = |c: char| c.is_ascii_graphic() && !matches!(c, ';' | '=' | '%');
        match key {
            // The value is never repeated.
            "token" => return Err(AddressError::Token),
            _ if !value.chars().all(plain) => return Err(AddressError::Form),
            "use_ssl" if value.eq_ignore_ascii_case("true") => self.tls = true,
            "use_ssl" if value.eq_ignore_ascii_case("false") => self.tls = false,
            "use_ssl" => return Err(AddressError::Tls(value.to_owned())),
            "user_id" => self.user = Some(value.to_owned()),
            _ if key.starts_with("x-") => self.headers.push((key.to_owned(), value.to_owned())),
            _ => return Err(AddressError::Parameter(key.to_owned())),
        }
        Ok(())
    }

    /// Whether what is sent is encrypted.
    pub fn tls(&self) -> bool {
        self.tls
    }

    /// On whose behalf the statement runs, where it is said.
    pub(super) fn user(&self) -> String {
        self.user.clone().unwrap_or_default()
    }

    /// As a person writes it.
    pub fn endpoint(&self) -> String {
        match self.host.contains(':') {
            true => format!("[{}]:{}", self.host, self.port),
            false => format!("{}:{}", self.host, self.port),
        }
    }

    /// Whether it is this machine, from which nothing can be overheard.
    pub fn is_loopback(&self) -> bool {
        let literal: Option<IpAddr> = self.host.parse().ok();
        self.host == "localhost" || literal.is_some_and(|address| address.is_loopback())
    }

    /// As Apache's client reads it.
    pub(super) fn url(&self) -> String {
        let mut url = format!("sc://{}/;use_ssl={}", self.endpoint(), self.tls);
        if let Some(user) = &self.user {
            url.push_str(&format!(";user_id={user}"));
        }
        for (name, value) in &self.headers {
            url.push_str(&format!(";{name}={value}"));
        }
        url
    }

    /// Finds out whether anything listens there. The client itself would go on trying for a long time.
    pub(super) fn reach(&self, patience: Duration) -> Result<(), SparkError> {
        let failed = |why: String| SparkError::Unreachable {
            endpoint: self.endpoint(),
            why,
        };
        let addresses: Vec<SocketAddr> = (self.host.as_str(), self.port)
            .to_socket_addrs()
            .map_err(|_| failed("its name is not known".to_owned()))?
            .collect();
        let mut why = "its name has no address".to_owned();
        for address in addresses {
            let kind = forbidden(address.ip()).filter(|_| !address.ip().is_loopback());
            if let Some(kind) = kind {
                return Err(failed(format!("{} is {kind}", address.ip())));
            }
            match TcpStream::connect_timeout(&address, patience) {
                Ok(_) => return Ok(()),
                Err(error) => why = crate::kernel::fs::describe(&error),
            }
        }
        Err(failed(why))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_as_sparks_clients_write_it() {
        let read = |text: &str| text.parse::<Address>().map(|address| address.url());
        for (text, url) in [
            (
                "sc://spark.example",
                "sc://spark.example:15002/;use_ssl=false",
            ),
            (
                "sc://Spark.Example:443/;use_ssl=true",
                "sc://spark.example:443/;use_ssl=true",
            ),
            ("sc://[::1]:15002/", "sc://[::1]:15002/;use_ssl=false"),
            ("sc://[::1]", "sc://[::1]:15002/;use_ssl=false"),
            (
                "sc://h/;use_ssl=true;user_id=ann;x-cluster-id=7",
                "sc://h:15002/;use_ssl=true;user_id=ann;x-cluster-id=7",
            ),
        ] {
            assert_eq!(read(text).as_deref(), Ok(url));
        }
    }

    #[test]
    fn what_is_no_address_or_holds_a_secret_is_refused() {
        let read = |text: &str| text.parse::<Address>().unwrap_err();
        for text in [
            "",
            "http://h",
            "sc://",
            "sc://:1",
            "sc://h/path",
            "sc://h/;token",
            "sc://a b",
            "sc://[::1",
            "sc://[x]",
            "sc://h/;x-a=b%20c",
        ] {
            assert_eq!(read(text), AddressError::Form, "{text}");
        }
        assert_eq!(read("sc://h:70000"), AddressError::Port("70000".to_owned()));
        assert_eq!(read("sc://ann:pass@h"), AddressError::Credentials);
        let told = read("sc://h/;token=hunter2");
        assert_eq!(told, AddressError::Token);
        assert!(!told.to_string().contains("hunter2"));
        assert_eq!(
            read("sc://h/;session_id=1"),
            AddressError::Parameter("session_id".to_owned())
        );
        assert_eq!(
            read("sc://h/;use_ssl=yes"),
            AddressError::Tls("yes".to_owned())
        );
    }

    #[test]
    fn an_address_at_which_nothing_listens_is_told_at_once() {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address: Address = format!("sc://{}", free.local_addr().unwrap())
            .parse()
            .unwrap();
        assert!(address.is_loopback());
        assert!(address.reach(Duration::from_secs(2)).is_ok());
        drop(free);
        let told = address
            .reach(Duration::from_secs(2))
            .unwrap_err()
            .to_string();
        assert!(
            told.starts_with(&format!(
                "no Spark Connect server answers at `{}`: ",
                address.endpoint()
            )),
            "{told}"
        );
        let metadata: Address = "sc://169.254.169.254".parse().unwrap();
        let told = metadata
            .reach(Duration::from_secs(2))
            .unwrap_err()
            .to_string();
        assert!(told.contains("a cloud's metadata service"), "{told}");
    }
}
