//! Lists of certificates to issue: CSV, YAML, or the ServiceAccounts of Kubernetes manifests.
//!
//! CSV has a header with some of `profile`, `spiffe_id`, `dns`, `ip`, `common_name`, `ttl`, `name`; several DNS names or
//! addresses in a cell are separated by spaces. YAML is a sequence of mappings with the same keys, where `dns` and `ip` may
//! be sequences. A ServiceAccount becomes `spiffe://TRUST-DOMAIN/ns/NAMESPACE/sa/NAME`, as Istio names it. A key that is
//! not known is an error, so that a misspelt one is never left out in silence.

use std::sync::Arc;
use std::time::Duration;

use super::names::Names;
use super::profile::IssuingProfile;
use crate::kernel::arrange::Arrange as _;
use crate::kernel::document::Node;
use crate::kernel::source::Source;
use crate::kernel::spiffe_id::TrustDomain;
use crate::kernel::time::parse_duration;
use crate::kernel::yaml;

/// One certificate to issue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The line of the list, from 1.
    pub line: usize,
    /// Where it goes, below the output directory: its name, or one made from its first name.
    pub place: String,
    /// What it is for.
    pub profile: IssuingProfile,
    /// Whom it names.
    pub names: Names,
    /// A common name.
    pub common_name: Option<String>,
    /// Its life.
    pub ttl: Option<Duration>,
}

/// A list as it was read.
#[derive(Debug, Default)]
pub struct List {
    /// What is to be issued.
    pub wanted: Vec<Wanted>,
    /// How many documents are no ServiceAccount.
    pub skipped: usize,
    /// The profile of rows that name none.
    usual: Option<IssuingProfile>,
}

/// Why a list cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct ListError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub problem: String,
}

/// The longest list.
const MAX_ROWS: usize = 1_000_000;

const COLUMNS: [&str; 7] = [
    "profile",
    "spiffe_id",
    "dns",
    "ip",
    "common_name",
    "ttl",
    "name",
];

fn error(line: usize, problem: impl Into<String>) -> ListError {
    ListError {
        line,
        problem: problem.into(),
    }
}

impl List {
    /// A list without rows; those that name no profile are of the usual one.
    fn of(usual: IssuingProfile) -> Self {
        Self {
            usual: Some(usual),
            ..Self::default()
        }
    }

    /// Reads CSV. Rows that name no profile are of the usual one.
    ///
    /// # Errors
    /// [`ListError`] with the first line that is wrong.
    pub fn from_csv(bytes: &[u8], usual: IssuingProfile) -> Result<Self, ListError> {
        let mut reader = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .from_reader(bytes);
        let bad = |problem: csv::Error| {
            let line = problem.position().map_or(1, csv::Position::line);
            let problem = match problem.kind() {
                csv::ErrorKind::UnequalLengths {
                    expected_len, len, ..
                } => format!("it has {len} cells where the header has {expected_len}"),
                csv::ErrorKind::Utf8 { .. } => "it is no UTF-8".to_owned(),
                _ => "it cannot be read".to_owned(),
            };
            error(usize::try_from(line).unwrap_or(0), problem)
        };
        let header = reader.headers().map_err(bad)?.clone();
        let header: Vec<&str> = header
            .iter()
            .map(|cell| cell.trim_start_matches('\u{feff}'))
            .collect();
        for (place, column) in header.iter().enumerate() {
            if !COLUMNS.contains(column) {
                let all = COLUMNS.join(", ");
                return Err(error(
                    1,
                    format!("there is no column `{column}`; there are {all}"),
                ));
            }
            if header.iter().take(place).any(|other| other == column) {
                return Err(error(1, format!("the column `{column}` stands twice")));
            }
        }
        let mut list = Self::of(usual);
        for record in reader.records() {
            let record = record.map_err(bad)?;
            let line = record.position().map_or(0, csv::Position::line);
            let cells = header.iter().copied().zip(record.iter());
            let cells = cells.map(|(column, cell)| (column, cell.to_owned()));
            list.add(usize::try_from(line).unwrap_or(0), cells.collect())?;
        }
        list.checked()
    }

    /// Reads YAML: sequences of mappings, and Kubernetes manifests. Rows that name no profile are of the usual one.
    ///
    /// # Errors
    /// [`ListError`] with the first line that is wrong.
    pub fn from_yaml(
        source: &Arc<Source>,
        (trust_domain, usual): (&TrustDomain, IssuingProfile),
    ) -> Result<Self, ListError> {
        let stream = yaml::parse_stream(source);
        let line = |node: &Node| source.position(node.span.start).line;
        let mut list = Self::of(usual);
        for document in stream.documents {
            let document = document.map_err(|problem| {
                let line = source.position(problem.span.start).line;
                error(line, problem.message)
            })?;
            if let Some(twice) = document.duplicates.first() {
                let line = source.position(twice.second.start).line;
                return Err(error(line, format!("the key `{}` stands twice", twice.key)));
            }
            match document.root.as_sequence() {
                Some(rows) => {
                    for row in rows {
                        list.add(line(row), cells(row, line(row))?)?;
                    }
                }
                None if document.root.is_null() => {}
                None => list.manifest(&document.root, trust_domain, &line)?,
            }
        }
        list.checked()
    }

    fn manifest(
        &mut self,
        root: &Node,
        trust_domain: &TrustDomain,
        line: &impl Fn(&Node) -> usize,
    ) -> Result<(), ListError> {
        let kind = root.get("kind").and_then(Node::as_str);
        if kind == Some("List") || kind == Some("ServiceAccountList") {
            let items = root.get("items").and_then(Node::as_sequence);
            for item in items.unwrap_or_default() {
                self.manifest(item, trust_domain, line)?;
            }
            return Ok(());
        }
        match kind {
            Some("ServiceAccount") => {}
            Some(_) => {
                self.skipped += 1;
                return Ok(());
            }
            None => {
                let problem = "this is neither a sequence of certificates nor a manifest";
                return Err(error(line(root), problem));
            }
        }
        let at = line(root);
        let name = root.at(&["metadata", "name"]).and_then(Node::as_str);
        let name = name.ok_or_else(|| error(at, "the ServiceAccount has no name"))?;
        let namespace = root.at(&["metadata", "namespace"]).and_then(Node::as_str);
        let namespace = namespace.unwrap_or("default");
        let id = format!("spiffe://{trust_domain}/ns/{namespace}/sa/{name}");
        self.add(at, vec![("spiffe_id", id)])
    }

    fn add(&mut self, line: usize, cells: Vec<(&str, String)>) -> Result<(), ListError> {
        if self.wanted.len() >= MAX_ROWS {
            return Err(error(line, format!("a list has at most {MAX_ROWS} rows")));
        }
        let mut names = Names::default();
        let mut profile = self.usual.unwrap_or(IssuingProfile::Svid);
        let (mut common_name, mut ttl, mut place) = (None, None, None);
        for (column, cell) in cells.into_iter().filter(|(_, cell)| !cell.is_empty()) {
            let words = || cell.split_whitespace();
            match column {
                "profile" => {
                    profile = IssuingProfile::from_name(&cell)
                        .filter(|profile| {
                            !profile.is_authority() && *profile != IssuingProfile::Ocsp
                        })
                        .ok_or_else(|| {
                            error(line, format!("`{cell}` is none of svid, server, client"))
                        })?;
                }
                "spiffe_id" => {
                    let id = cell.parse();
                    let id = id.map_err(|problem| error(line, format!("`{cell}`: {problem}")))?;
                    names.spiffe_id = Some(id);
                }
                "dns" => {
                    for word in words() {
                        let name = word.parse().map_err(|problem: super::BadDnsName| {
                            error(line, problem.to_string())
                        })?;
                        names.dns.push(name);
                    }
                }
                "ip" => {
                    for word in words() {
                        let address = word.parse();
                        let address = address
                            .map_err(|_| error(line, format!("`{word}` is not an address")))?;
                        names.addresses.push(address);
                    }
                }
                "common_name" => common_name = Some(cell),
                "ttl" => {
                    let life = parse_duration(&cell);
                    ttl = Some(life.map_err(|problem| error(line, problem.to_string()))?);
                }
                _ => place = Some(cell),
            }
        }
        let place = match place {
            Some(place) => place,
            None => place_of(&names).ok_or_else(|| error(line, "it names nobody"))?,
        };
        let segment = |part: &str| {
            let plain =
                |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '*');
            !part.is_empty() && !part.starts_with('.') && part.chars().all(plain)
        };
        if !place.split('/').all(segment) {
            return Err(error(line, format!("`{place}` is no name of a directory")));
        }
        self.wanted.push(Wanted {
            line,
            place,
            profile,
            names,
            common_name,
            ttl,
        });
        Ok(())
    }

    /// No two rows go to one place, nor one below another.
    fn checked(self) -> Result<Self, ListError> {
        let mut places: Vec<(&str, usize)> = self
            .wanted
            .iter()
            .map(|wanted| (wanted.place.as_str(), wanted.line))
            .collect();
        // `/` sorts before all that a segment begins with but `-` and `.`: compare by segments.
        places.arrange_by(|a, b| a.0.split('/').cmp(b.0.split('/')).then(a.1.cmp(&b.1)));
        for pair in places.windows(2) {
            let [(above, first), (below, second)] = pair else {
                continue;
            };
            let inside = below.strip_prefix(above);
            if inside.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) {
                let problem = format!("`{below}` goes to the place of line {first} already");
                return Err(error(*second, problem));
            }
        }
        Ok(self)
    }
}

fn place_of(names: &Names) -> Option<String> {
    if let Some(id) = &names.spiffe_id {
        return Some(id.path().trim_start_matches('/').to_owned());
    }
    let dns = names.dns.first().map(ToString::to_string);
    dns.or_else(|| names.addresses.first().map(ToString::to_string))
}

fn cells(row: &Node, line: usize) -> Result<Vec<(&'static str, String)>, ListError> {
    let entries = row
        .as_mapping()
        .ok_or_else(|| error(line, "a row is a mapping"))?;
    let mut cells = Vec::new();
    for entry in entries {
        let column = COLUMNS.into_iter().find(|column| *column == entry.key);
        let column = column.ok_or_else(|| {
            let all = COLUMNS.join(", ");
            error(
                line,
                format!("there is no key `{}`; there are {all}", entry.key),
            )
        })?;
        let text = |node: &Node| {
            let text = node.as_str().map(str::to_owned);
            text.ok_or_else(|| error(line, format!("`{column}` is {}, not text", node.kind())))
        };
        let cell = match entry.value.as_sequence() {
            Some(items) if matches!(column, "dns" | "ip") => {
                let items: Result<Vec<_>, _> = items.iter().map(text).collect();
                items?.join(" ")
            }
            _ => text(&entry.value)?,
        };
        cells.push((column, cell));
    }
    Ok(cells)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn yaml(text: &str) -> Result<List, ListError> {
        let source = Source::new("list.yaml", text.as_bytes().to_vec()).unwrap();
        let domain = "acme.example".parse().unwrap();
        List::from_yaml(&source, (&domain, IssuingProfile::Svid))
    }

    #[test]
    fn csv_and_yaml_say_the_same() {
        let csv = List::from_csv(
            b"spiffe_id,dns,ip,ttl\nspiffe://acme.example/a,a.example b.example,10.0.0.1,15m\n",
            IssuingProfile::Svid,
        )
        .unwrap();
        let yaml = yaml(
            "- spiffe_id: spiffe://acme.example/a\n  dns: [a.example, b.example]\n  ip: 10.0.0.1\n  ttl: 15m\n",
        )
        .unwrap();
        assert_eq!(csv.wanted[0].names, yaml.wanted[0].names);
        assert_eq!(csv.wanted[0].ttl, Some(Duration::from_secs(900)));
        assert_eq!(csv.wanted[0].place, "a");
        assert_eq!((csv.wanted[0].line, yaml.wanted[0].line), (2, 1));
    }

    #[test]
    fn a_row_that_names_its_profile_keeps_it() {
        let text = b"profile,spiffe_id,dns\nsvid,spiffe://acme.example/a,\n,,b.example\n";
        let list = List::from_csv(text, IssuingProfile::Server).unwrap();
        let profiles: Vec<_> = list.wanted.iter().map(|one| one.profile).collect();
        assert_eq!(profiles, [IssuingProfile::Svid, IssuingProfile::Server]);
    }

    #[test]
    fn service_accounts_are_named_as_istio_names_them() {
        let list = yaml(
            "kind: ServiceAccount\nmetadata: {name: pay, namespace: prod}\n---\nkind: List\nitems:\n- kind: ServiceAccount\n  metadata: {name: web}\n- kind: Service\n",
        )
        .unwrap();
        let ids: Vec<_> = list
            .wanted
            .iter()
            .flat_map(|one| one.names.list())
            .collect();
        assert_eq!(
            ids,
            [
                "spiffe://acme.example/ns/prod/sa/pay",
                "spiffe://acme.example/ns/default/sa/web"
            ]
        );
        assert_eq!(list.skipped, 1);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        let csv = |text: &str| {
            List::from_csv(text.as_bytes(), IssuingProfile::Svid)
                .unwrap_err()
                .to_string()
        };
        assert!(csv("spifeid\nx\n").starts_with("line 1: there is no column `spifeid`"));
        assert!(
            csv("spiffe_id\nspiffe://a/b\nspiffe://A/b\n").starts_with("line 3: `spiffe://A/b`")
        );
        assert!(csv("spiffe_id\nspiffe://a/b\nspiffe://a/b/c\n").contains("the place of line 2"));
        assert!(csv("spiffe_id,ttl\nspiffe://a/b,1\n").contains("not a duration"));
        assert!(csv("spiffe_id,name\nspiffe://a/b,../x\n").contains("no name of a directory"));
        assert!(csv("dns,dns\na,b\n").contains("stands twice"));
        assert!(csv("spiffe_id,dns\nspiffe://a/b\n").contains("1 cells where the header has 2"));
        assert!(yaml("- spiffe_id: 3\n").is_err());
        assert!(yaml("a: b\n").is_err());
        assert!(yaml("- {dns: a, dns: b}\n").is_err());
    }
}
