//! Cosignatures of witnesses on a checkpoint (C2SP tlog-cosignature), and the policy that says whose are needed (C2SP
//! tlog-policy).
//!
//! A log that its owner can rewrite proves nothing by itself. A witness signs a checkpoint only if it holds all that the
//! witness saw before; a verifier who demands enough of them cannot be shown a log of his own. Ed25519 cosignatures are
//! verified. One of ML-DSA-44 may stand in a policy; it counts as absent, and the verdict says so.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::note::{self, ED25519, Note, NoteError, VerifierKey, is_name, key_id};
use crate::kernel::crypto::{self, SignatureAlgorithm};
use crate::kernel::key::PublicKey;
use crate::kernel::time::Timestamp;

/// The type bytes of the keys of witnesses.
const COSIGNATURE: u8 = 4;
const ML_DSA_44: u8 = 6;
/// How far the clock of a witness may be ahead, in seconds.
const AHEAD: i64 = 300;

/// The key of a witness and its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WitnessKey {
    name: String,
    kind: u8,
    key: Vec<u8>,
}

impl WitnessKey {
    /// Reads `name+id+key`.
    ///
    /// # Errors
    /// [`NoteError::NotAKey`], [`NoteError::NotAWitness`].
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoteError::NotAKey);
        };
        let bytes = STANDARD.decode(key).map_err(|_| NoteError::NotAKey)?;
        let (kind, key) = bytes.split_first().ok_or(NoteError::NotAKey)?;
        match (*kind, key.len()) {
            (COSIGNATURE, 32) | (ML_DSA_44, 1312) => {}
            (ED25519, 32) => return Err(NoteError::NotAWitness),
            _ => return Err(NoteError::NotAKey),
        }
        let read = Self {
            name: name.to_owned(),
            kind: *kind,
            key: key.to_vec(),
        };
        if is_name(name) && crypto::hex(&read.id()) == id {
            Ok(read)
        } else {
            Err(NoteError::NotAKey)
        }
    }

    /// An Ed25519 key of that name.
    ///
    /// # Errors
    /// [`NoteError::NotAKey`] if a note cannot hold the name.
    pub fn new(name: &str, key: [u8; 32]) -> Result<Self, NoteError> {
        if !is_name(name) {
            return Err(NoteError::NotAKey);
        }
        Ok(Self {
            name: name.to_owned(),
            kind: COSIGNATURE,
            key: key.to_vec(),
        })
    }

    /// The witness's name in a note.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether its cosignatures can be verified here.
    pub fn is_verifiable(&self) -> bool {
        self.kind == COSIGNATURE
    }

    fn id(&self) -> [u8; 4] {
        key_id(&self.name, self.kind, &self.key)
    }

    /// Its lines in a note, as they stand there.
    pub fn lines(&self, note: &Note) -> String {
        let id = self.id();
        let all = note.signatures_of(&self.name, id);
        all.map(|bytes| note::line(&self.name, id, bytes)).collect()
    }

    /// What it signs at a time.
    pub fn message(time: u64, text: &str) -> String {
        format!("cosignature/v1\ntime {time}\n{text}")
    }

    /// When it cosigned a note, the latest if it did so several times; None if it did not, or not verifiably.
    ///
    /// # Errors
    /// [`NoteError::Invalid`] for a cosignature of this key that is wrong: such a note is refused.
    pub fn cosigned(&self, note: &Note) -> Result<Option<Timestamp>, NoteError> {
        let wrong = || NoteError::Invalid(self.name.clone());
        let Ok(key) = <[u8; 32]>::try_from(self.key.as_slice()) else {
            return Ok(None);
        };
        let mut latest = None;
        for bytes in note.signatures_of(&self.name, self.id()) {
            let (time, signature) = bytes.split_first_chunk().ok_or_else(wrong)?;
            let time = u64::from_be_bytes(*time);
            let at = i64::try_from(time).ok().and_then(Timestamp::from_unix);
            let at = at.ok_or_else(wrong)?;
            let message = Self::message(time, &note.text);
            let public = PublicKey::Ed25519(key);
            let algorithm = SignatureAlgorithm::Ed25519;
            crypto::verify(algorithm, &public, message.as_bytes(), signature)
                .map_err(|_| wrong())?;
            latest = latest.max(Some(at));
        }
        Ok(latest)
    }
}

impl std::fmt::Display for WitnessKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let key = STANDARD.encode([&[self.kind], self.key.as_slice()].concat());
        write!(f, "{}+{}+{key}", self.name, crypto::hex(&self.id()))
    }
}

/// A witness of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witness {
    /// What the policy calls it.
    pub label: String,
    /// Its key.
    pub key: WitnessKey,
    /// Where checkpoints are submitted to it.
    pub url: Option<String>,
}

/// Whose cosignatures a checkpoint needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WitnessPolicy {
    logs: Vec<VerifierKey>,
    witnesses: Vec<Witness>,
    groups: Vec<Group>,
    /// None for `quorum none`.
    quorum: Option<Member>,
    quorum_name: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Group {
    label: String,
    threshold: usize,
    members: Vec<Member>,
}

/// A witness or a group, by its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Member {
    Witness(usize),
    Group(usize),
}

/// Why a file is no policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct BadWitnessPolicy {
    /// Which line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub problem: String,
}

/// What a policy makes of a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// Whether enough witnesses cosigned.
    pub holds: bool,
    /// Who did, and when.
    pub cosigned: Vec<(String, Timestamp)>,
    /// What else there is to say.
    pub notes: Vec<String>,
}

/// The largest policy, in bytes, and the most lines of a kind.
const MAX_POLICY: usize = 1 << 17;
const MAX_LINES: usize = 256;

impl WitnessPolicy {
    /// Reads a policy.
    ///
    /// # Errors
    /// [`BadWitnessPolicy`].
    pub fn parse(bytes: &[u8]) -> Result<Self, BadWitnessPolicy> {
        let first = |problem: &str| BadWitnessPolicy {
            line: 1,
            problem: problem.to_owned(),
        };
        if bytes.len() > MAX_POLICY {
            return Err(first("the policy is too large"));
        }
        let text = std::str::from_utf8(bytes).map_err(|_| first("the policy is no UTF-8"))?;
        let mut reading = Reading::default();
        for (index, line) in text.split('\n').enumerate() {
            let line_number = index + 1;
            reading.line(line).map_err(|problem| BadWitnessPolicy {
                line: line_number,
                problem,
            })?;
        }
        let (quorum, quorum_name) = reading.quorum.ok_or_else(|| BadWitnessPolicy {
            line: text.lines().count().max(1),
            problem: "the policy ends without a `quorum` line".to_owned(),
        })?;
        Ok(Self {
            logs: reading.logs,
            witnesses: reading.witnesses,
            groups: reading.groups,
            quorum,
            quorum_name,
        })
    }

    /// The witnesses, in the order of the file.
    pub fn witnesses(&self) -> &[Witness] {
        &self.witnesses
    }

    /// Whether it is about a log: one that it lists, or any if it lists none.
    pub fn allows(&self, log: &VerifierKey) -> bool {
        self.logs.is_empty() || self.logs.contains(log)
    }

    /// What its quorum demands, in words.
    pub fn demand(&self) -> String {
        match self.quorum {
            None => "no witness".to_owned(),
            Some(member) => self.words(member),
        }
    }

    fn words(&self, member: Member) -> String {
        match member {
            Member::Witness(index) => self
                .witnesses
                .get(index)
                .map_or_else(String::new, |witness| format!("`{}`", witness.label)),
            Member::Group(index) => self.groups.get(index).map_or_else(String::new, |group| {
                let count = group.members.len();
                format!("{} of the {count} of `{}`", group.threshold, group.label)
            }),
        }
    }

    /// Judges a checkpoint, whose log's signature is judged elsewhere.
    ///
    /// # Errors
    /// [`NoteError::Invalid`] if a cosignature of one of its witnesses is wrong.
    pub fn judge(&self, note: &Note, now: Timestamp) -> Result<Judged, NoteError> {
        let mut judged = Judged {
            holds: false,
            cosigned: Vec::new(),
            notes: Vec::new(),
        };
        let mut present = Vec::with_capacity(self.witnesses.len());
        for witness in &self.witnesses {
            let at = witness.key.cosigned(note)?;
            let ahead = at.filter(|at| at.unix() > now.unix().saturating_add(AHEAD));
            if let Some(at) = ahead {
                let label = &witness.label;
                judged.notes.push(format!(
                    "the cosignature of `{label}` is of {at}, in the future: it does not count"
                ));
            }
            if !witness.key.is_verifiable() {
                let label = &witness.label;
                judged.notes.push(format!(
                    "the key of `{label}` is for ML-DSA-44, which this build cannot verify: it does not count"
                ));
            }
            let counted = at.filter(|_| ahead.is_none());
            present.push(counted.is_some());
            judged
                .cosigned
                .extend(counted.map(|at| (witness.label.clone(), at)));
        }
        // A group names only those before it.
        let mut groups: Vec<bool> = Vec::with_capacity(self.groups.len());
        let met = |member: &Member, groups: &[bool]| match member {
            Member::Witness(index) => present.get(*index).copied().unwrap_or(false),
            Member::Group(index) => groups.get(*index).copied().unwrap_or(false),
        };
        for group in &self.groups {
            let members = group.members.iter();
            let count = members.filter(|member| met(member, &groups)).count();
            groups.push(count >= group.threshold);
        }
        judged.holds = self.quorum.is_none_or(|member| met(&member, &groups));
        Ok(judged)
    }

    /// The name of its quorum.
    pub fn quorum(&self) -> &str {
        &self.quorum_name
    }
}

/// A policy that is being read.
#[derive(Default)]
struct Reading {
    logs: Vec<VerifierKey>,
    witnesses: Vec<Witness>,
    groups: Vec<Group>,
    quorum: Option<(Option<Member>, String)>,
    /// The names that are members of a group already.
    used: Vec<String>,
}

impl Reading {
    fn line(&mut self, line: &str) -> Result<(), String> {
        if line
            .bytes()
            .any(|byte| byte.is_ascii_control() && byte != b'\t')
        {
            return Err("it holds a control character".to_owned());
        }
        let mut words = line.split([' ', '\t']).filter(|word| !word.is_empty());
        let Some(kind) = words.next().filter(|word| !word.starts_with('#')) else {
            return Ok(());
        };
        let rest: Vec<&str> = words.collect();
        match (kind, rest.as_slice()) {
            ("log", [key] | [key, _]) => self.log(key),
            ("witness", [name, key]) => self.witness(name, key, None),
            ("witness", [name, key, url]) => self.witness(name, key, Some(url)),
            ("group", [name, threshold, members @ ..]) => self.group(name, threshold, members),
            ("quorum", [name]) => self.set_quorum(name),
            ("log" | "witness" | "group" | "quorum", _) => {
                Err(format!("`{kind}` has another number of words after it"))
            }
            _ => Err(format!(
                "`{kind}` is none of `log`, `witness`, `group` and `quorum`"
            )),
        }
    }

    fn log(&mut self, key: &str) -> Result<(), String> {
        let key = VerifierKey::parse(key).map_err(|error| error.to_string())?;
        if self
            .logs
            .iter()
            .any(|log| log.public_key() == key.public_key())
        {
            return Err("this log's key is there already".to_owned());
        }
        bounded(self.logs.len())?;
        self.logs.push(key);
        Ok(())
    }

    fn witness(&mut self, name: &str, key: &str, url: Option<&str>) -> Result<(), String> {
        self.fresh(name)?;
        let key = WitnessKey::parse(key).map_err(|error| error.to_string())?;
        if self.witnesses.iter().any(|known| known.key.key == key.key) {
            return Err("this witness's key is there already".to_owned());
        }
        bounded(self.witnesses.len())?;
        self.witnesses.push(Witness {
            label: name.to_owned(),
            key,
            url: url.map(str::to_owned),
        });
        Ok(())
    }

    fn group(&mut self, name: &str, threshold: &str, members: &[&str]) -> Result<(), String> {
        self.fresh(name)?;
        bounded(self.groups.len())?;
        let count = members.len();
        let digits = threshold.bytes().all(|byte| byte.is_ascii_digit());
        let threshold = match threshold {
            "any" => Some(1),
            "all" => Some(count),
            number => number.parse().ok().filter(|_| digits),
        };
        let threshold = threshold
            .filter(|threshold| (1..=count).contains(threshold))
            .ok_or_else(|| format!("a group of {count} needs `any`, `all`, or 1 to {count}"))?;
        let mut found = Vec::with_capacity(count);
        for member in members {
            if self.used.iter().any(|used| used == member) {
                return Err(format!("`{member}` is a member of a group already"));
            }
            self.used.push((*member).to_owned());
            found.push(self.named(member)?);
        }
        self.groups.push(Group {
            label: name.to_owned(),
            threshold,
            members: found,
        });
        Ok(())
    }

    fn set_quorum(&mut self, name: &str) -> Result<(), String> {
        if self.quorum.is_some() {
            return Err("there is a `quorum` already".to_owned());
        }
        let member = match name {
            "none" => None,
            name => Some(self.named(name)?),
        };
        self.quorum = Some((member, name.to_owned()));
        Ok(())
    }

    fn named(&self, name: &str) -> Result<Member, String> {
        let witness = self.witnesses.iter().position(|one| one.label == name);
        let group = self.groups.iter().position(|one| one.label == name);
        let member = witness.map(Member::Witness).or(group.map(Member::Group));
        member.ok_or_else(|| format!("no line above names `{name}`"))
    }

    fn fresh(&self, name: &str) -> Result<(), String> {
        match self.named(name) {
            _ if name == "none" => Err("`none` is the name of no quorum at all".to_owned()),
            Ok(_) => Err(format!("`{name}` is there already")),
            Err(_) => Ok(()),
        }
    }
}

fn bounded(count: usize) -> Result<(), String> {
    match count < MAX_LINES {
        true => Ok(()),
        false => Err(format!("there are more than {MAX_LINES} of them")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::crypto::{SystemRandom, sign};
    use crate::kernel::key::{PrivateKey, generate_ed25519};

    const NOTE: &str =
        "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

    fn now() -> Timestamp {
        Timestamp::parse("2026-11-22T09:00:00Z").unwrap()
    }

    fn witness(name: &str) -> (PrivateKey, WitnessKey) {
        let key = generate_ed25519(&SystemRandom::default()).unwrap();
        let PublicKey::Ed25519(public) = key.public() else {
            panic!("an Ed25519 key was made");
        };
        (key, WitnessKey::new(name, public).unwrap())
    }

    fn cosign(key: &PrivateKey, witness: &WitnessKey, time: u64) -> String {
        let message = WitnessKey::message(time, NOTE);
        let random = SystemRandom::default();
        let signature = sign(
            SignatureAlgorithm::Ed25519,
            key,
            message.as_bytes(),
            &random,
        )
        .unwrap();
        let bytes = [time.to_be_bytes().as_slice(), &signature].concat();
        note::line(witness.name(), witness.id(), &bytes)
    }

    fn note(lines: &[String]) -> Note {
        let other = "\u{2014} example.com/behind-the-sofa AAAAAAAA\n";
        Note::parse(format!("{NOTE}\n{other}{}", lines.concat()).as_bytes()).unwrap()
    }

    #[test]
    fn the_policy_says_how_many_and_whose() {
        let names = ["x1", "x2", "y1"];
        let all = names.map(|name| witness(&format!("witness.example/{name}")));
        let mut text = String::new();
        for (name, (_, key)) in names.iter().zip(&all) {
            text.push_str(&format!("witness {name} {key} https://{name}.example\n"));
        }
        text.push_str(
            "# two organisations\n\tgroup x any x1 x2 \ngroup both all x y1\nquorum both\n",
        );
        let policy = WitnessPolicy::parse(text.as_bytes()).unwrap();
        assert_eq!(policy.demand(), "2 of the 2 of `both`");
        let line = |index: usize| cosign(&all[index].0, &all[index].1, 1_679_315_147);
        let holds = |lines: &[String]| policy.judge(&note(lines), now()).unwrap().holds;
        assert!(!holds(&[]));
        assert!(!holds(&[line(0), line(1)]));
        assert!(!holds(&[line(2)]));
        assert!(holds(&[line(1), line(2)]));
        assert!(holds(&[line(0), line(1), line(2)]));
        // One that is wrong spoils the note, as a wrong signature of the log does.
        let stranger = witness("witness.example/x1").0;
        let forged = cosign(&stranger, &all[0].1, 1_679_315_147);
        let verdict = policy.judge(&note(&[forged, line(1), line(2)]), now());
        assert_eq!(
            verdict,
            Err(NoteError::Invalid("witness.example/x1".into()))
        );
        // Its time is part of what is signed, and is not in the future.
        let late = cosign(&all[1].0, &all[1].1, 4_000_000_000);
        let judged = policy.judge(&note(&[late, line(2)]), now()).unwrap();
        assert!(!judged.holds && judged.notes[0].contains("in the future"));
        let nobody = WitnessPolicy::parse(b"quorum none").unwrap();
        assert!(nobody.judge(&note(&[]), now()).unwrap().holds);
    }

    #[test]
    fn what_is_no_policy_is_refused_at_its_line() {
        let (_, key) = witness("w");
        let (_, other) = witness("v");
        let log = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
        let two = format!("witness a {key}\nwitness b {other}\n");
        for (text, line, problem) in [
            (String::new(), 1, "without a `quorum`"),
            ("quorum a\n".into(), 1, "no line above names `a`"),
            ("quorum none\nquorum none\n".into(), 2, "already"),
            (format!("witness a {log}\n"), 1, "a log's key"),
            (format!("log {key}\n"), 1, "not a verifier key"),
            (format!("log {log}\nlog {log}\n"), 2, "already"),
            (format!("witness none {key}\n"), 1, "`none`"),
            (format!("witness a {key}\nwitness b {key}\n"), 2, "already"),
            (
                format!("witness a {key}\nwitness a {other}\n"),
                2,
                "already",
            ),
            (format!("{two}group g 3 a b\n"), 3, "1 to 2"),
            (format!("{two}group g +1 a b\n"), 3, "1 to 2"),
            (format!("{two}group g 0 a b\n"), 3, "1 to 2"),
            (format!("{two}group g any\n"), 3, "group of 0"),
            (format!("{two}group g all a a\n"), 3, "already"),
            (format!("{two}group g any a\ngroup h any a\n"), 4, "already"),
            (format!("{two}group g any g\n"), 3, "no line above"),
            ("quorum none\r\n".into(), 1, "control character"),
            ("quorums none\n".into(), 1, "none of `log`"),
            ("quorum\n".into(), 1, "number of words"),
        ] {
            let error = WitnessPolicy::parse(text.as_bytes()).unwrap_err();
            assert_eq!(error.line, line, "{text}: {error}");
            assert!(error.problem.contains(problem), "{text}: {error}");
        }
        assert!(WitnessPolicy::parse(&[0xff]).is_err());
    }

    #[test]
    fn a_key_for_ml_dsa_is_known_and_does_not_count() {
        let key = vec![7; 1312];
        let id = crypto::hex(&key_id("pq", ML_DSA_44, &key));
        let encoded = STANDARD.encode([&[ML_DSA_44], key.as_slice()].concat());
        let text = format!("witness pq pq+{id}+{encoded}\nquorum pq\n");
        let policy = WitnessPolicy::parse(text.as_bytes()).unwrap();
        let judged = policy.judge(&note(&[]), now()).unwrap();
        assert!(!judged.holds && judged.notes[0].contains("ML-DSA-44"));
    }
}
