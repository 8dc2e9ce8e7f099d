//! curl's options: which change the request, which do not, and which are refused because the request would depend on
//! something that the line does not hold.

use super::shell::Word;
use super::{CurlError, Problem, ReadFile};

/// A word of the line that stands for itself, with the option that brought it.
#[derive(Clone)]
pub(super) struct Given {
    pub(super) bytes: Vec<u8>,
    pub(super) offset: usize,
}

/// What the options say about the request.
#[derive(Default)]
pub(super) struct Settings {
    pub(super) url: Option<Given>,
    pub(super) method: Option<Given>,
    pub(super) target: Option<Given>,
    pub(super) headers: Vec<Given>,
    pub(super) data: Option<Vec<u8>>,
    pub(super) upload: Option<Upload>,
    pub(super) query: Option<Vec<u8>>,
    pub(super) cookies: Vec<Vec<u8>>,
    pub(super) user: Option<Given>,
    pub(super) bearer: Option<Given>,
    pub(super) agent: Option<Given>,
    pub(super) referer: Option<Given>,
    pub(super) range: Option<Given>,
    pub(super) proxy: Option<Given>,
    pub(super) https_by_default: bool,
    pub(super) json: bool,
    pub(super) get: bool,
    pub(super) head: bool,
    pub(super) compressed: bool,
    pub(super) path_as_is: bool,
    pub(super) glob_off: bool,
    pub(super) version: Version,
    /// Where the line ends, for what is missing.
    pub(super) end: usize,
}

/// A file to `PUT`.
pub(super) struct Upload {
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
    pub(super) offset: usize,
}

/// The version that is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Version {
    #[default]
    Http11,
    Http10,
    Newer,
}

/// What a flag does.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flag {
    Get,
    Head,
    Compressed,
    PathAsIs,
    GlobOff,
    Http(Version),
    /// It changes how curl connects, waits or writes, not what it sends.
    Ignored,
    Refused(&'static str),
}

/// What an option with a value does.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Valued {
    Url,
    Method,
    Target,
    Header,
    /// `-d`: files lose their line ends.
    Data,
    DataRaw,
    DataBinary,
    DataUrlencode,
    Json,
    Upload,
    UrlQuery,
    Cookie,
    User,
    Bearer,
    Agent,
    Referer,
    Range,
    Proxy,
    ProtoDefault,
    Ignored,
    Refused(&'static str),
}

const CHALLENGE: &str = "the credentials depend on the server's challenge";
const UNTOLD: &str = "what it adds depends on something outside the line";
const MULTIPART: &str = "the boundary of its parts is random";

const FLAGS: [(&str, char, Flag); 62] = [
    ("get", 'G', Flag::Get),
    ("head", 'I', Flag::Head),
    ("compressed", '\0', Flag::Compressed),
    ("path-as-is", '\0', Flag::PathAsIs),
    ("globoff", 'g', Flag::GlobOff),
    ("http1.0", '0', Flag::Http(Version::Http10)),
    ("http1.1", '\0', Flag::Http(Version::Http11)),
    ("http2", '\0', Flag::Http(Version::Newer)),
    ("http2-prior-knowledge", '\0', Flag::Http(Version::Newer)),
    ("http3", '\0', Flag::Http(Version::Newer)),
    ("http3-only", '\0', Flag::Http(Version::Newer)),
    ("insecure", 'k', Flag::Ignored),
    ("silent", 's', Flag::Ignored),
    ("show-error", 'S', Flag::Ignored),
    ("verbose", 'v', Flag::Ignored),
    ("include", 'i', Flag::Ignored),
    ("show-headers", '\0', Flag::Ignored),
    ("location", 'L', Flag::Ignored),
    ("location-trusted", '\0', Flag::Ignored),
    ("fail", 'f', Flag::Ignored),
    ("fail-early", '\0', Flag::Ignored),
    ("fail-with-body", '\0', Flag::Ignored),
    ("no-buffer", 'N', Flag::Ignored),
    ("remote-name", 'O', Flag::Ignored),
    ("remote-header-name", 'J', Flag::Ignored),
    ("remote-time", 'R', Flag::Ignored),
    ("create-dirs", '\0', Flag::Ignored),
    ("ipv4", '4', Flag::Ignored),
    ("ipv6", '6', Flag::Ignored),
    ("progress-bar", '#', Flag::Ignored),
    ("no-progress-meter", '\0', Flag::Ignored),
    ("disable", 'q', Flag::Ignored),
    ("tlsv1", '1', Flag::Ignored),
    ("tlsv1.0", '\0', Flag::Ignored),
    ("tlsv1.1", '\0', Flag::Ignored),
    ("tlsv1.2", '\0', Flag::Ignored),
    ("tlsv1.3", '\0', Flag::Ignored),
    ("ssl-no-revoke", '\0', Flag::Ignored),
    ("no-keepalive", '\0', Flag::Ignored),
    ("no-sessionid", '\0', Flag::Ignored),
    ("no-alpn", '\0', Flag::Ignored),
    ("junk-session-cookies", 'j', Flag::Ignored),
    ("tcp-nodelay", '\0', Flag::Ignored),
    ("tcp-fastopen", '\0', Flag::Ignored),
    ("trace-time", '\0', Flag::Ignored),
    ("basic", '\0', Flag::Ignored),
    ("post301", '\0', Flag::Ignored),
    ("post302", '\0', Flag::Ignored),
    ("post303", '\0', Flag::Ignored),
    ("retry-all-errors", '\0', Flag::Ignored),
    ("retry-connrefused", '\0', Flag::Ignored),
    ("raw", '\0', Flag::Ignored),
    ("digest", '\0', Flag::Refused(CHALLENGE)),
    ("ntlm", '\0', Flag::Refused(CHALLENGE)),
    ("negotiate", '\0', Flag::Refused(CHALLENGE)),
    ("anyauth", '\0', Flag::Refused(CHALLENGE)),
    ("netrc", 'n', Flag::Refused(UNTOLD)),
    ("netrc-optional", '\0', Flag::Refused(UNTOLD)),
    ("tr-encoding", '\0', Flag::Refused(UNTOLD)),
    ("crlf", '\0', Flag::Refused("it rewrites the body")),
    ("use-ascii", 'B', Flag::Refused("it may rewrite the body")),
    ("next", ':', Flag::Refused("one request at a time")),
];

const VALUED: [(&str, char, Valued); 66] = [
    ("url", '\0', Valued::Url),
    ("request", 'X', Valued::Method),
    ("request-target", '\0', Valued::Target),
    ("header", 'H', Valued::Header),
    ("data", 'd', Valued::Data),
    ("data-ascii", '\0', Valued::Data),
    ("data-raw", '\0', Valued::DataRaw),
    ("data-binary", '\0', Valued::DataBinary),
    ("data-urlencode", '\0', Valued::DataUrlencode),
    ("json", '\0', Valued::Json),
    ("upload-file", 'T', Valued::Upload),
    ("url-query", '\0', Valued::UrlQuery),
    ("cookie", 'b', Valued::Cookie),
    ("user", 'u', Valued::User),
    ("oauth2-bearer", '\0', Valued::Bearer),
    ("user-agent", 'A', Valued::Agent),
    ("referer", 'e', Valued::Referer),
    ("range", 'r', Valued::Range),
    ("proxy", 'x', Valued::Proxy),
    ("proto-default", '\0', Valued::ProtoDefault),
    ("output", 'o', Valued::Ignored),
    ("output-dir", '\0', Valued::Ignored),
    ("max-time", 'm', Valued::Ignored),
    ("connect-timeout", '\0', Valued::Ignored),
    ("expect100-timeout", '\0', Valued::Ignored),
    ("write-out", 'w', Valued::Ignored),
    ("dump-header", 'D', Valued::Ignored),
    ("cookie-jar", 'c', Valued::Ignored),
    ("stderr", '\0', Valued::Ignored),
    ("trace", '\0', Valued::Ignored),
    ("trace-ascii", '\0', Valued::Ignored),
    ("cacert", '\0', Valued::Ignored),
    ("capath", '\0', Valued::Ignored),
    ("cert", 'E', Valued::Ignored),
    ("cert-type", '\0', Valued::Ignored),
    ("key", '\0', Valued::Ignored),
    ("key-type", '\0', Valued::Ignored),
    ("pass", '\0', Valued::Ignored),
    ("ciphers", '\0', Valued::Ignored),
    ("tls-max", '\0', Valued::Ignored),
    ("tls13-ciphers", '\0', Valued::Ignored),
    ("pinnedpubkey", '\0', Valued::Ignored),
    ("resolve", '\0', Valued::Ignored),
    ("connect-to", '\0', Valued::Ignored),
    ("interface", '\0', Valued::Ignored),
    ("unix-socket", '\0', Valued::Ignored),
    ("retry", '\0', Valued::Ignored),
    ("retry-delay", '\0', Valued::Ignored),
    ("retry-max-time", '\0', Valued::Ignored),
    ("max-redirs", '\0', Valued::Ignored),
    ("max-filesize", '\0', Valued::Ignored),
    ("limit-rate", '\0', Valued::Ignored),
    ("speed-limit", 'Y', Valued::Ignored),
    ("speed-time", 'y', Valued::Ignored),
    ("keepalive-time", '\0', Valued::Ignored),
    ("noproxy", '\0', Valued::Ignored),
    ("proto", '\0', Valued::Ignored),
    ("form", 'F', Valued::Refused(MULTIPART)),
    ("form-string", '\0', Valued::Refused(MULTIPART)),
    (
        "aws-sigv4",
        '\0',
        Valued::Refused("curl signs with the time"),
    ),
    ("config", 'K', Valued::Refused(UNTOLD)),
    ("netrc-file", '\0', Valued::Refused(UNTOLD)),
    ("time-cond", 'z', Valued::Refused(UNTOLD)),
    ("etag-compare", '\0', Valued::Refused(UNTOLD)),
    ("hsts", '\0', Valued::Refused(UNTOLD)),
    ("alt-svc", '\0', Valued::Refused(UNTOLD)),
];

/// Reads the words after the program's name.
pub(super) fn read(words: &[Word], read_file: ReadFile<'_>) -> Result<Settings, CurlError> {
    let mut reader = Reader {
        words: words.iter(),
        read_file,
        settings: Settings::default(),
    };
    reader.settings.end = words.last().map_or(0, |word| word.offset);
    reader.read()?;
    Ok(reader.settings)
}

struct Reader<'a> {
    words: std::slice::Iter<'a, Word>,
    read_file: ReadFile<'a>,
    settings: Settings,
}

impl Reader<'_> {
    fn read(&mut self) -> Result<(), CurlError> {
        let mut only_urls = false;
        while let Some(word) = self.words.next() {
            match word.bytes.as_slice() {
                b"--" if !only_urls => only_urls = true,
                [b'-', b'-', name @ ..] if !only_urls => {
                    let name = String::from_utf8_lossy(name).into_owned();
                    self.long(&name, word.offset)?;
                }
                [b'-', short @ ..] if !only_urls && !short.is_empty() => {
                    self.short(short, word.offset)?;
                }
                url => self.url(url, word.offset)?,
            }
        }
        Ok(())
    }

    fn long(&mut self, name: &str, offset: usize) -> Result<(), CurlError> {
        let shown = format!("--{name}");
        if let Some((.., does)) = FLAGS.iter().find(|(long, ..)| *long == name) {
            return self.flag(*does, true, (&shown, offset));
        }
        if let Some((.., does)) = VALUED.iter().find(|(long, ..)| *long == name) {
            return self.valued_next(*does, (&shown, offset));
        }
        let off = name.strip_prefix("no-").unwrap_or_default();
        if let Some((.., does)) = FLAGS.iter().find(|(long, ..)| *long == off) {
            return self.flag(*does, false, (&shown, offset));
        }
        let known = FLAGS.iter().map(|(long, ..)| *long);
        let known = known.chain(VALUED.iter().map(|(long, ..)| *long));
        let near = known
            .map(|known| (strsim::jaro_winkler(known, name), known))
            .filter(|(likeness, _)| *likeness > 0.85)
            .max_by(|a, b| a.0.total_cmp(&b.0));
        let problem = Problem::UnknownOption {
            name: shown,
            hint: near.map(|(_, known)| format!("--{known}")),
        };
        Err(CurlError::new(offset, problem))
    }

    // `-sXPOST` is `-s -X POST`.
    fn short(&mut self, letters: &[u8], offset: usize) -> Result<(), CurlError> {
        for (index, letter) in letters.iter().enumerate() {
            let letter = char::from(*letter);
            let shown = format!("-{letter}");
            let is_it = |short: char| short == letter && letter != '\0';
            if let Some((.., does)) = FLAGS.iter().find(|(_, short, _)| is_it(*short)) {
                self.flag(*does, true, (&shown, offset))?;
            } else if let Some((.., does)) = VALUED.iter().find(|(_, short, _)| is_it(*short)) {
                let rest = letters.get(index + 1..).unwrap_or_default();
                if rest.is_empty() {
                    return self.valued_next(*does, (&shown, offset));
                }
                return self.valued(*does, rest, (&shown, offset));
            } else {
                let problem = Problem::UnknownOption {
                    name: shown,
                    hint: None,
                };
                return Err(CurlError::new(offset, problem));
            }
        }
        Ok(())
    }

    fn flag(&mut self, does: Flag, on: bool, at: (&str, usize)) -> Result<(), CurlError> {
        let settings = &mut self.settings;
        match does {
            Flag::Get => settings.get = on,
            Flag::Head => settings.head = on,
            Flag::Compressed => settings.compressed = on,
            Flag::PathAsIs => settings.path_as_is = on,
            Flag::GlobOff => settings.glob_off = on,
            Flag::Http(version) => settings.version = version,
            Flag::Refused(reason) if on => return Err(CurlError::refused(at.1, at.0, reason)),
            Flag::Refused(_) | Flag::Ignored => {}
        }
        Ok(())
    }

    fn valued_next(&mut self, does: Valued, at: (&str, usize)) -> Result<(), CurlError> {
        let value = self
            .words
            .next()
            .ok_or_else(|| CurlError::new(at.1, Problem::NoValue(at.0.to_owned())))?;
        self.valued(does, &value.bytes, (at.0, value.offset))
    }

    fn valued(&mut self, does: Valued, value: &[u8], at: (&str, usize)) -> Result<(), CurlError> {
        let (name, offset) = at;
        let given = Given {
            bytes: value.to_vec(),
            offset,
        };
        match does {
            Valued::Url => self.url(value, offset)?,
            Valued::Method => self.settings.method = Some(given),
            Valued::Target => self.settings.target = Some(given),
            Valued::Header if value.starts_with(b"@") => {
                let reason = "headers are not read from a file; write them out";
                return Err(CurlError::refused(offset, name, reason));
            }
            Valued::Header => self.settings.headers.push(given),
            Valued::Data | Valued::DataRaw | Valued::DataBinary | Valued::DataUrlencode => {
                let data = self.data(does, value, offset)?;
                self.add_data(&data, true);
            }
            Valued::Json => {
                let data = self.data(Valued::DataBinary, value, offset)?;
                self.add_data(&data, false);
                self.settings.json = true;
            }
            Valued::Upload => self.upload(value, at)?,
            Valued::UrlQuery => {
                let part = match value.strip_prefix(b"+") {
                    Some(raw) => raw.to_vec(),
                    None => self.data(Valued::DataUrlencode, value, offset)?,
                };
                join(&mut self.settings.query, &part);
            }
            // Without `=` it names a file of cookies; empty, it only switches cookies on.
            Valued::Cookie if value.is_empty() => {}
            Valued::Cookie if !value.contains(&b'=') => {
                let reason = "cookies are not read from a file; write them out";
                return Err(CurlError::refused(offset, name, reason));
            }
            Valued::Cookie => self.settings.cookies.push(value.to_vec()),
            Valued::User if !value.contains(&b':') => {
                let reason = "curl asks for the password; end the name with `:` if there is none";
                return Err(CurlError::refused(offset, name, reason));
            }
            Valued::User => self.settings.user = Some(given),
            Valued::Bearer => self.settings.bearer = Some(given),
            Valued::Agent => self.settings.agent = Some(given),
            Valued::Referer => self.settings.referer = Some(given),
            Valued::Range => self.settings.range = Some(given),
            Valued::Proxy => self.settings.proxy = Some(given),
            Valued::ProtoDefault => {
                self.settings.https_by_default = value.eq_ignore_ascii_case(b"https");
            }
            Valued::Ignored => {}
            Valued::Refused(reason) => return Err(CurlError::refused(offset, name, reason)),
        }
        Ok(())
    }

    fn url(&mut self, url: &[u8], offset: usize) -> Result<(), CurlError> {
        if self.settings.url.is_some() {
            return Err(CurlError::new(offset, Problem::SecondUrl));
        }
        self.settings.url = Some(Given {
            bytes: url.to_vec(),
            offset,
        });
        Ok(())
    }

    fn upload(&mut self, value: &[u8], at: (&str, usize)) -> Result<(), CurlError> {
        if matches!(value, b"-" | b".") {
            let reason = "curl sends standard input in chunks";
            return Err(CurlError::refused(at.1, at.0, reason));
        }
        self.settings.upload = Some(Upload {
            name: String::from_utf8_lossy(value).into_owned(),
            bytes: self.file(value, at.1)?,
            offset: at.1,
        });
        Ok(())
    }

    fn data(&self, kind: Valued, value: &[u8], offset: usize) -> Result<Vec<u8>, CurlError> {
        match (kind, value) {
            (Valued::Data, [b'@', name @ ..]) => {
                let mut bytes = self.file(name, offset)?;
                if bytes.contains(&0) {
                    let reason =
                        "versions of curl differ on the NUL in its file; use `--data-binary`";
                    return Err(CurlError::refused(offset, "--data", reason));
                }
                bytes.retain(|byte| !matches!(byte, b'\r' | b'\n'));
                Ok(bytes)
            }
            (Valued::DataBinary, [b'@', name @ ..]) => self.file(name, offset),
            (Valued::DataUrlencode, value) => self.urlencoded(value, offset),
            _ => Ok(value.to_vec()),
        }
    }

    // `content`, `=content`, `name=content`, `@file`, `name@file`; the name is not encoded.
    fn urlencoded(&self, value: &[u8], offset: usize) -> Result<Vec<u8>, CurlError> {
        let separator = memchr::memchr(b'=', value).or_else(|| memchr::memchr(b'@', value));
        let Some(separator) = separator else {
            return Ok(form_encode(value));
        };
        let (name, rest) = value.split_at(separator);
        let (sign, content) = rest.split_first().unwrap_or((&b'=', b""));
        let encoded = if *sign == b'@' {
            form_encode(&self.file(content, offset)?)
        } else {
            form_encode(content)
        };
        let mut out = name.to_vec();
        if !name.is_empty() {
            out.push(b'=');
        }
        out.extend(encoded);
        Ok(out)
    }

    fn file(&self, name: &[u8], offset: usize) -> Result<Vec<u8>, CurlError> {
        let name = String::from_utf8_lossy(name).into_owned();
        (self.read_file)(&name)
            .map_err(|reason| CurlError::new(offset, Problem::File { name, reason }))
    }

    // `--json` adds to what is there without the `&` of forms.
    fn add_data(&mut self, part: &[u8], with_separator: bool) {
        if with_separator {
            join(&mut self.settings.data, part);
        } else {
            let data = self.settings.data.get_or_insert_default();
            data.extend_from_slice(part);
        }
    }
}

fn join(to: &mut Option<Vec<u8>>, part: &[u8]) {
    match to {
        Some(there) => {
            there.push(b'&');
            there.extend_from_slice(part);
        }
        None => *to = Some(part.to_vec()),
    }
}

fn form_encode(content: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(content.len());
    for byte in content {
        match byte {
            b' ' => out.push(b'+'),
            byte if byte.is_ascii_alphanumeric() || b"-._~".contains(byte) => out.push(*byte),
            byte => out.extend_from_slice(format!("%{byte:02X}").as_bytes()),
        }
    }
    out
}
