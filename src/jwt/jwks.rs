//! A JWK set that is edited and rotated: members that are not touched stay as they are written, usable or not.
//!
//! A rotation is told by times in the keys themselves, so that the set is its own state: `iat` when a key was
//! published, `nbf` from when on it signs, `exp` until when it verifies. What a key is at a given time follows:
//!
//! - **next**: published, `nbf` is to come. Verifiers fetch it; nobody signs with it.
//! - **current**: of the keys whose `nbf` has come, the one with the latest. The signer.
//! - **retiring**: an earlier one. It signs nothing; tokens that it signed are verified until `exp`.
//! - **retired**: `exp` has come. It is taken out.

use std::time::Duration;

use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::claims::{self, TimeClaim};
use crate::kernel::document::{Document, Node};
use crate::kernel::key::{self, Expected, Key, KeyError, LoadOptions, Material};
use crate::kernel::time::Timestamp;

/// Why a set was not read or changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JwksError {
    /// Not a set.
    #[error("it is no JWK set: an object with a list `keys` is needed")]
    NotASet,
    /// The id is taken.
    #[error("the set has a key `{0}` already")]
    Taken(String),
    /// There is no such key.
    #[error("the set has no key `{0}`")]
    Absent(String),
    /// Several keys have the id.
    #[error("the set has {1} keys `{0}`")]
    Ambiguous(String, usize),
    /// A public key where a private one is needed.
    #[error("the set holds private keys; {0} could sign nothing")]
    PublicInPrivate(String),
}

/// What a key of the set is for, at one time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Published, not used yet.
    Next,
    /// The signer.
    Current,
    /// Verifies what it signed.
    Retiring,
    /// Of no use any more.
    Retired,
}

impl Phase {
    /// The name in every format.
    pub fn name(self) -> &'static str {
        match self {
            Self::Next => "next",
            Self::Current => "current",
            Self::Retiring => "retiring",
            Self::Retired => "retired",
        }
    }
}

/// A set as it is written.
#[derive(Debug)]
pub struct JwkSet {
    /// Other members of the object, as they are.
    others: Vec<(String, Zeroizing<String>)>,
    members: Vec<Member>,
}

/// A key of a set, as it is written.
#[derive(Debug)]
pub struct Member {
    text: Zeroizing<String>,
    /// `kid`
    pub id: Option<String>,
    /// The key, or why it cannot be used.
    pub key: Result<Key, KeyError>,
    /// From when on it signs.
    pub signs_from: Option<Timestamp>,
    /// Until when it verifies.
    pub verifies_until: Option<Timestamp>,
}

/// How a rotation is timed.
#[derive(Debug, Clone, Copy)]
pub struct Rotation {
    /// The present.
    pub now: Timestamp,
    /// How long a new key is published before it signs: as long as verifiers keep an old copy of the set.
    pub ahead: Duration,
    /// How long an old key is kept after its last signature: the longest life of a token.
    pub token_life: Duration,
}

/// What a rotation did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotated {
    /// The new key; None where one is on its way already.
    pub added: Option<String>,
    /// The key on its way that signs from now on, because no other is left.
    pub promoted: Option<String>,
    /// The keys that were taken out.
    pub removed: Vec<String>,
}

impl JwkSet {
    /// A set without keys.
    pub fn empty() -> Self {
        Self {
            others: Vec::new(),
            members: Vec::new(),
        }
    }

    /// Reads a set. Its keys may be unusable.
    ///
    /// # Errors
    /// [`JwksError::NotASet`].
    pub fn read(document: &Document) -> Result<Self, JwksError> {
        let text = |node: &Node| {
            let bytes = document.source.slice(node.span);
            Zeroizing::new(String::from_utf8_lossy(bytes).into_owned())
        };
        let entries = document.root.as_mapping().ok_or(JwksError::NotASet)?;
        let mut lists = entries.iter().filter(|entry| entry.key == "keys");
        let (Some(list), None) = (lists.next(), lists.next()) else {
            return Err(JwksError::NotASet);
        };
        let keys = list.value.as_sequence().ok_or(JwksError::NotASet)?;
        let others = entries.iter().filter(|entry| entry.key != "keys");
        Ok(Self {
            others: others
                .map(|entry| (entry.key.clone(), text(&entry.value)))
                .collect(),
            members: keys
                .iter()
                .map(|node| Member::of(node, text(node)))
                .collect(),
        })
    }

    /// The keys, in order.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// Whether it holds a private or shared key.
    pub fn is_private(&self) -> bool {
        let secret = |key: &Key| !matches!(key.material, Material::Public(_));
        self.members
            .iter()
            .any(|member| member.key.as_ref().is_ok_and(secret))
    }

    /// The set as text.
    pub fn to_text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::from("{\n"));
        for (name, value) in &self.others {
            text.push_str(&format!(
                "  {}: {},\n",
                Value::from(name.as_str()),
                value.as_str()
            ));
        }
        text.push_str("  \"keys\": [");
        for (index, member) in self.members.iter().enumerate() {
            text.push_str(if index == 0 { "\n    " } else { ",\n    " });
            text.push_str(&member.text);
        }
        text.push_str(if self.members.is_empty() {
            "]\n}\n"
        } else {
            "\n  ]\n}\n"
        });
        text
    }

    /// Adds a key, which needs an id.
    ///
    /// # Errors
    /// [`JwksError::Taken`], [`JwksError::PublicInPrivate`].
    pub fn add(&mut self, key: &Key) -> Result<(), JwksError> {
        if self.is_private() && matches!(key.material, Material::Public(_)) {
            return Err(JwksError::PublicInPrivate(key.name()));
        }
        self.insert(key, &[])
    }

    fn insert(&mut self, key: &Key, times: &[(&str, Timestamp)]) -> Result<(), JwksError> {
        let id = key.id.clone().unwrap_or_default();
        if self
            .members
            .iter()
            .any(|member| member.id.as_ref() == Some(&id))
        {
            return Err(JwksError::Taken(id));
        }
        let mut jwk = match key::private_jwk(key) {
            Value::Object(jwk) => jwk,
            _ => Map::new(),
        };
        for (name, time) in times {
            jwk.insert((*name).to_owned(), time.unix().into());
        }
        let time = |wanted: &str| {
            let mut named = times.iter().filter(|(name, _)| *name == wanted);
            named.next().map(|(_, time)| *time)
        };
        self.members.push(Member {
            text: Zeroizing::new(Value::from(jwk).to_string()),
            id: Some(id),
            key: Ok(key.clone()),
            signs_from: time("nbf"),
            verifies_until: time("exp"),
        });
        Ok(())
    }

    /// Takes a key out, usable or not.
    ///
    /// # Errors
    /// [`JwksError::Absent`], [`JwksError::Ambiguous`].
    pub fn remove(&mut self, id: &str) -> Result<(), JwksError> {
        let is_it = |member: &&Member| member.id.as_deref() == Some(id);
        match self.members.iter().filter(is_it).count() {
            0 => Err(JwksError::Absent(id.to_owned())),
            1 => {
                self.members.retain(|member| !is_it(&member));
                Ok(())
            }
            several => Err(JwksError::Ambiguous(id.to_owned(), several)),
        }
    }

    /// What each key is for at a time; None for a key that cannot be used.
    pub fn phases(&self, now: Timestamp) -> Vec<Option<Phase>> {
        let current = self.current(now);
        let phase = |(index, member): (usize, &Member)| {
            member.key.as_ref().ok()?;
            Some(if member.verifies_until.is_some_and(|end| end <= now) {
                Phase::Retired
            } else if member.signs_from.is_some_and(|start| start > now) {
                Phase::Next
            } else if current == Some(index) {
                Phase::Current
            } else {
                Phase::Retiring
            })
        };
        self.members.iter().enumerate().map(phase).collect()
    }

    /// The index of the key that signs at a time: the latest whose time has come.
    pub fn current(&self, now: Timestamp) -> Option<usize> {
        let signs = |member: &Member| {
            member.key.is_ok()
                && member.signs_from.is_none_or(|start| start <= now)
                && member.verifies_until.is_none_or(|end| end > now)
        };
        let candidates = self
            .members
            .iter()
            .enumerate()
            .filter(|(_, member)| signs(member));
        candidates
            .max_by_key(|(index, member)| (member.signs_from, *index))
            .map(|(index, _)| index)
    }

    /// Starts a rotation to a new key, and takes out what has retired. If a next key is published already, no other
    /// is added, so that the step can be repeated.
    ///
    /// # Errors
    /// [`JwksError`] if the new key has the id of another, or cannot sign.
    pub fn rotate(&mut self, new: &Key, rotation: &Rotation) -> Result<Rotated, JwksError> {
        let now = rotation.now;
        let removed = self.take_out_retired(now);
        let current = self.current(now);
        let phases = self.phases(now);
        if let Some(next) = phases.iter().position(|phase| *phase == Some(Phase::Next)) {
            let next = self.members.get_mut(next).filter(|_| current.is_none());
            let promoted = next.and_then(|member| {
                member.start(now);
                member.id.clone()
            });
            return Ok(Rotated {
                added: None,
                promoted,
                removed,
            });
        }
        // The first key of a set has no one to wait for.
        let start = match current {
            Some(_) => now.plus(rotation.ahead),
            None => now,
        };
        let mut added = new.clone();
        if !self.members.is_empty() && !self.is_private() {
            return Err(JwksError::PublicInPrivate(
                "the set's public keys".to_owned(),
            ));
        }
        added.id = Some(new.name());
        self.insert(&added, &[("iat", now), ("nbf", start)])?;
        if let Some(member) = current.and_then(|index| self.members.get_mut(index)) {
            member.end(start.plus(rotation.token_life));
        }
        Ok(Rotated {
            added: added.id,
            promoted: None,
            removed,
        })
    }

    fn take_out_retired(&mut self, now: Timestamp) -> Vec<String> {
        let phases = self.phases(now);
        let mut removed = Vec::new();
        let mut phases = phases.into_iter();
        self.members.retain(|member| {
            let keep = phases.next().flatten() != Some(Phase::Retired);
            if !keep {
                removed.push(member.id.clone().unwrap_or_default());
            }
            keep
        });
        removed
    }

    /// The public halves of what verifies at a time, with how many keys were left out: unusable, retired, shared.
    pub fn published(&self, now: Timestamp) -> (Vec<Value>, usize) {
        let phases = self.phases(now);
        let usable = self
            .members
            .iter()
            .zip(phases)
            .filter_map(|(member, phase)| {
                let key = member.key.as_ref().ok()?;
                (phase != Some(Phase::Retired))
                    .then(|| key::public_jwk(key))
                    .flatten()
            });
        let keys: Vec<Value> = usable.collect();
        let left_out = self.members.len() - keys.len();
        (keys, left_out)
    }
}

impl Member {
    fn of(node: &Node, text: Zeroizing<String>) -> Self {
        let time = |name| match claims::time(node, name) {
            TimeClaim::At { time, .. } => Some(time),
            _ => None,
        };
        let read = key::load(text.as_bytes(), LoadOptions::plain(Expected::Verification));
        Self {
            id: node.get("kid").and_then(Node::as_str).map(str::to_owned),
            key: read.and_then(|set| set.keys.into_iter().next().ok_or(KeyError::EmptySet)),
            signs_from: time("nbf"),
            verifies_until: time("exp"),
            text,
        }
    }

    /// Sets the end, unless there is an earlier one.
    fn end(&mut self, end: Timestamp) {
        if self.verifies_until.is_some_and(|earlier| earlier <= end) {
            return;
        }
        self.write("exp", end);
        self.verifies_until = Some(end);
    }

    fn start(&mut self, start: Timestamp) {
        self.write("nbf", start);
        self.signs_from = Some(start);
    }

    fn write(&mut self, name: &str, time: Timestamp) {
        // A key that can be used has no duplicate members and parses.
        if let Ok(Value::Object(mut jwk)) = serde_json::from_str(&self.text) {
            jwk.insert(name.to_owned(), time.unix().into());
            self.text = Zeroizing::new(Value::from(jwk).to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::crypto::SystemRandom;
    use crate::kernel::json;
    use crate::kernel::key::generate_ed25519;
    use crate::kernel::source::Source;

    fn now() -> Timestamp {
        Timestamp::parse("2026-11-22T09:00:00Z").unwrap()
    }

    fn key(id: &str) -> Key {
        let private = generate_ed25519(&SystemRandom::default()).unwrap();
        let mut key = Key::bare(Material::Private(private));
        key.id = Some(id.to_owned());
        key
    }

    fn read(text: &str) -> JwkSet {
        let source = Source::new("set", text.as_bytes().to_vec()).unwrap();
        JwkSet::read(&json::parse(&source).unwrap()).unwrap()
    }

    fn names(set: &JwkSet, now: Timestamp) -> Vec<(String, &'static str)> {
        let phases = set.phases(now).into_iter();
        let phases = phases.map(|phase| phase.map_or("unusable", Phase::name));
        let ids = set
            .members()
            .iter()
            .map(|member| member.id.clone().unwrap_or_default());
        ids.zip(phases).collect()
    }

    #[test]
    fn a_rotation_never_leaves_a_token_without_its_key() {
        let rotation = |now| Rotation {
            now,
            ahead: Duration::from_secs(86_400),
            token_life: Duration::from_secs(900),
        };
        let at = |seconds| now().plus(Duration::from_secs(seconds));
        let mut set = JwkSet::empty();
        set.rotate(&key("a"), &rotation(now())).unwrap();
        assert_eq!(names(&set, now()), [("a".to_owned(), "current")]);

        let rotated = set.rotate(&key("b"), &rotation(at(100))).unwrap();
        assert_eq!(rotated.added.as_deref(), Some("b"));
        // Repeated, it starts no second one.
        assert_eq!(
            set.rotate(&key("c"), &rotation(at(200))).unwrap().added,
            None
        );

        let phases = |seconds| -> Vec<&str> {
            names(&set, at(seconds))
                .into_iter()
                .map(|(_, name)| name)
                .collect()
        };
        let switch = 100 + 86_400;
        assert_eq!(phases(switch - 1), ["current", "next"]);
        assert_eq!(phases(switch), ["retiring", "current"]);
        // The last token of `a` was signed a second before, and lives no longer than 15 minutes.
        assert_eq!(phases(switch - 1 + 900), ["retiring", "current"]);
        assert_eq!(phases(switch + 900), ["retired", "current"]);
        assert_eq!(set.published(at(switch)).0.len(), 2);
        assert_eq!(set.published(at(switch + 900)).0.len(), 1);

        // What is written is the same state.
        let mut set = read(&set.to_text());
        let rotated = set.rotate(&key("d"), &rotation(at(switch + 900))).unwrap();
        assert_eq!(rotated.removed, ["a"]);
        assert_eq!(
            names(&set, at(switch + 900)),
            [("b".to_owned(), "current"), ("d".to_owned(), "next")]
        );
    }

    #[test]
    fn when_the_signer_is_taken_out_the_next_key_signs_at_once() {
        let rotation = Rotation {
            now: now(),
            ahead: Duration::from_secs(86_400),
            token_life: Duration::from_secs(900),
        };
        let mut set = JwkSet::empty();
        set.rotate(&key("a"), &rotation).unwrap();
        set.rotate(&key("b"), &rotation).unwrap();
        set.remove("a").unwrap();
        assert_eq!(set.current(now()), None);
        let rotated = set.rotate(&key("c"), &rotation).unwrap();
        assert_eq!(rotated.promoted.as_deref(), Some("b"));
        let again = read(&set.to_text());
        assert_eq!(names(&again, now()), [("b".to_owned(), "current")]);
    }

    #[test]
    fn members_that_are_not_touched_stay_as_they_are() {
        let odd = r#"{"kty":"XYZ",  "kid":"odd","n":1.70e9}"#;
        let mut set = read(&format!(
            r#"{{"spiffe_sequence":12, "keys":[{odd},{{"kid":"b"}}]}}"#
        ));
        set.add(&key("new")).unwrap();
        set.remove("b").unwrap();
        let text = set.to_text();
        assert!(
            text.contains(odd) && text.contains("\"spiffe_sequence\": 12"),
            "{}",
            *text
        );
        let again = read(&text);
        assert_eq!(
            names(&again, now()),
            [
                ("odd".to_owned(), "unusable"),
                ("new".to_owned(), "current")
            ]
        );
        assert_eq!(set.add(&key("odd")), Err(JwksError::Taken("odd".into())));
        assert_eq!(set.remove("z"), Err(JwksError::Absent("z".into())));
        let mut twice = read(r#"{"keys":[{"kid":"a"},{"kid":"a"}]}"#);
        assert_eq!(twice.remove("a"), Err(JwksError::Ambiguous("a".into(), 2)));
    }
}
