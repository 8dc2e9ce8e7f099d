//! What the mesh's own configuration loosens: whom it trusts, how paths are read, which authorizer is asked.

use serde_json::Value;

use crate::lint::model::Model;
use crate::lint::model::istio::{Action, MeshConfig};
use crate::lint::reachability::Reason;

/// What is set, with the defaults where there is no configuration.
struct Settings<'m> {
    aliases: &'m [String],
    authorities: &'m [String],
    normalization: &'m str,
    minimum: &'m str,
    authorizers: &'m [(String, Value)],
}

impl<'m> Settings<'m> {
    fn of(config: Option<&'m MeshConfig<'_>>) -> Self {
        let said = |text: Option<&'m Option<String>>, default: &'m str| {
            text.and_then(Option::as_deref).unwrap_or(default)
        };
        Self {
            aliases: config.map_or(&[], |config| &config.aliases),
            authorities: config.map_or(&[], |config| &config.authorities),
            normalization: said(config.map(|config| &config.path_normalization), "DEFAULT"),
            minimum: said(config.map(|config| &config.minimum_tls), "TLS_AUTO"),
            authorizers: config.map_or(&[], |config| &config.authorizers),
        }
    }
}

/// What of it may let in more after than before: nobody compares that caller by caller.
pub(super) fn changed(before: &Model<'_>, after: &Model<'_>) -> Vec<Reason> {
    let [old, new] = [before, after].map(|model| &model.mesh.configs);
    let key = |config: &MeshConfig<'_>| {
        let resource = &config.resource;
        (
            resource.kind.to_owned(),
            resource.namespace.to_owned(),
            resource.name.to_owned(),
        )
    };
    let mut pairs: Vec<(Option<&MeshConfig<'_>>, Option<&MeshConfig<'_>>)> = Vec::new();
    match (old.as_slice(), new.as_slice()) {
        ([was], [is]) => pairs.push((Some(was), Some(is))),
        (old, new) => {
            for is in new {
                pairs.push((old.iter().find(|was| key(was) == key(is)), Some(is)));
            }
            let gone = old
                .iter()
                .filter(|was| !new.iter().any(|is| key(is) == key(was)));
            pairs.extend(gone.map(|was| (Some(was), None)));
        }
    }
    let mut found = Vec::new();
    for (was, is) in pairs {
        let Some(place) = is.or(was) else { continue };
        let loosened = loosened(&Settings::of(was), &Settings::of(is), after);
        found.extend(loosened.into_iter().map(|what| {
            let subject = place.resource.subject();
            let text = format!("{subject}: {what}: whether that lets in more is not compared");
            Reason::at(text, &place.resource, place.span)
        }));
    }
    found
}

fn loosened(was: &Settings<'_>, is: &Settings<'_>, after: &Model<'_>) -> Vec<String> {
    let mut found = Vec::new();
    for alias in is.aliases.iter().filter(|one| !was.aliases.contains(one)) {
        found.push(format!("`trustDomainAliases` has `{alias}` and had not"));
    }
    if is
        .authorities
        .iter()
        .any(|one| !was.authorities.contains(one))
    {
        found.push("`caCertificates` has an authority that it had not".to_owned());
    }
    let [old, new] = [was, is].map(|one| strictness(one.normalization));
    if was.normalization != is.normalization && (new < old || new.is_none()) {
        found.push(format!(
            "`pathNormalization` was {} and is {}",
            was.normalization, is.normalization
        ));
    }
    if was.minimum == "TLSV1_3" && is.minimum != "TLSV1_3" {
        found.push(format!(
            "`meshMTLS.minProtocolVersion` was {} and is {}",
            was.minimum, is.minimum
        ));
    }
    for (name, settings) in is.authorizers {
        let is_asked = after.authorization_policies.iter().any(|policy| {
            policy.action == Action::Custom
                && policy
                    .provider
                    .is_some_and(|provider| provider.text == name)
        });
        let earlier = was.authorizers.iter().find(|(known, _)| known == name);
        // One that was not known refused everybody: that is compared.
        if is_asked && earlier.is_some_and(|(_, earlier)| is_laxer(earlier, settings)) {
            found.push(format!("the external authorizer `{name}` is not as it was"));
        }
    }
    found
}

/// How much of a path is made equal before rules are asked.
fn strictness(normalization: &str) -> Option<u8> {
    match normalization {
        "NONE" => Some(0),
        "DEFAULT" | "BASE" => Some(1),
        "MERGE_SLASHES" => Some(2),
        "DECODE_AND_MERGE_SLASHES" => Some(3),
        _ => None,
    }
}

/// Whether an authorizer's settings differ by more than that its failure refuses now.
fn is_laxer(was: &Value, is: &Value) -> bool {
    let apart = |settings: &Value| {
        let mut rest = settings.clone();
        let mut opens = false;
        for (_, fields) in rest.as_object_mut().into_iter().flatten() {
            let fields = fields.as_object_mut();
            let fail_open = fields.and_then(|fields| fields.remove("failOpen"));
            opens |= fail_open.is_some_and(|open| open != Value::Bool(false));
        }
        (rest, opens)
    };
    let ((was, did_open), (is, opens)) = (apart(was), apart(is));
    was != is || opens && !did_open
}
