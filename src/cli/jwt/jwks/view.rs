//! How keys and sets look: `countersign/key/v1`, `countersign/key-set/v1`.

use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::cli::outcome::View;
use crate::cli::paint::{Paint, Tone};
use crate::jwt::jwks::{JwkSet, Phase};
use crate::kernel::fs::{Privacy, Replace};
use crate::kernel::key::{Key, Material, private_jwk, thumbprint, thumbprint_uri};
use crate::kernel::time::Timestamp;

/// One key as JWK.
pub(super) struct KeyView {
    pub(super) key: Key,
    pub(super) replace: Replace,
}

impl View for KeyView {
    fn human(&self, paint: &mut Paint) {
        let text = Zeroizing::new(format!("{:#}", private_jwk(&self.key)));
        text.lines().for_each(|line| paint.line(line));
    }

    fn json(&self) -> Value {
        let public = self.key.public();
        json!({
            "schema": "countersign/key/v1",
            "private": self.privacy() == Privacy::Private,
            "thumbprint": public.as_ref().map(thumbprint),
            "thumbprint_uri": public.as_ref().map(thumbprint_uri),
            "key": private_jwk(&self.key),
        })
    }

    fn privacy(&self) -> Privacy {
        match self.key.material {
            Material::Public(_) => Privacy::Shared,
            Material::Private(_) | Material::Secret(_) => Privacy::Private,
        }
    }

    fn replace(&self) -> Replace {
        self.replace
    }
}

/// What a set holds, at one time.
pub(super) struct SetView {
    pub(super) file: String,
    pub(super) set: JwkSet,
    pub(super) now: Timestamp,
    pub(super) added: Option<String>,
    pub(super) removed: Vec<String>,
}

impl View for SetView {
    fn human(&self, paint: &mut Paint) {
        if let Some(id) = &self.added {
            paint.toned(Tone::Good, "added", &format!(": {id}"));
        }
        for id in &self.removed {
            paint.toned(Tone::Warn, "removed", &format!(": {id}"));
        }
        let count = self.set.members().len();
        let keys = if count == 1 { "key" } else { "keys" };
        paint.line(&format!("{}: {count} {keys} at {}", self.file, self.now));
        for (member, phase) in self.set.members().iter().zip(self.set.phases(self.now)) {
            let id = member.id.as_deref().unwrap_or("(no id)");
            let (word, tone) = match phase {
                None => ("unusable", Tone::Bad),
                Some(Phase::Current) => ("current", Tone::Good),
                Some(phase) => (phase.name(), Tone::Dim),
            };
            let kind = match &member.key {
                Ok(key) => key.describe(),
                Err(error) => error.to_string(),
            };
            let times = [
                ("signs from", member.signs_from),
                ("verifies until", member.verifies_until),
            ];
            let times = times.into_iter().filter_map(|(what, time)| {
                let time = time?;
                Some(format!("; {what} {time} ({})", time.relative_to(self.now)))
            });
            let times: String = times.collect();
            paint.field(word, &format!("{id}  {kind}{times}"), Some(tone));
        }
    }

    fn json(&self) -> Value {
        let phases = self.set.phases(self.now);
        let keys = self
            .set
            .members()
            .iter()
            .zip(phases)
            .map(|(member, phase)| {
                json!({
                    "kid": member.id,
                    "kind": member.key.as_ref().ok().map(Key::describe),
                    "phase": phase.map_or("unusable", Phase::name),
                    "signs_from": member.signs_from.map(|time| time.to_string()),
                    "verifies_until": member.verifies_until.map(|time| time.to_string()),
                    "problem": member.key.as_ref().err().map(ToString::to_string),
                })
            });
        json!({
            "schema": "countersign/key-set/v1",
            "file": self.file,
            "judged_at": self.now.to_string(),
            "added": self.added,
            "removed": self.removed,
            "keys": keys.collect::<Vec<Value>>(),
        })
    }
}
