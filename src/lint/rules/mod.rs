//! The rules: one file and one page each. The page is what `explain` prints, and its examples are tests.

use crate::kernel::finding::{Finding, Rule};
use crate::lint::model::Model;

/// A rule and the function that looks for it.
#[derive(Debug, Clone, Copy)]
pub struct Check {
    /// The rule.
    pub rule: &'static Rule,
    /// Adds what it finds.
    pub run: fn(&Model<'_>, &mut Vec<Finding>),
}

/// Declares the modules of the rules and the list of their checks.
macro_rules! rules {
    ($($name:ident),+ $(,)?) => {
        $(mod $name;)+

        /// Every rule, in the order of their ids.
        pub static ALL: &[Check] = &[
            $(Check { rule: &$name::RULE, run: $name::check }),+
        ];
    };
}

rules! {
    access_logs_off,
    admin_policy_equal_priority,
    admin_policy_fails_closed,
    application_runs_as_proxy,
    authorization_ambient_deny_ignored,
    authorization_ambient_unsupported,
    authorization_any_identity,
    authorization_deny_exact_path,
    authorization_http_field_on_tcp_port,
    authorization_identity_without_mtls,
    authorization_policy_allow_all,
    authorization_policy_dry_run,
    authorization_policy_selects_nothing,
    authorization_port_is_service_port,
    authorization_principal_with_scheme,
    authorization_trust_domain_in_ambient,
    authorization_unknown_method,
    authorization_unknown_namespace,
    authorization_unknown_provider,
    authorization_waypoint_bypass,
    authorization_wildcard_in_the_middle,
    baseline_policy_dead,
    consul_intention_allows_everyone,
    consul_intentions_twice,
    consul_permissive_mtls,
    consul_ports_excluded,
    destination_rule_conflicts_with_server,
    destination_rule_disables_tls,
    destination_rule_port_drops_tls,
    destination_rule_skips_verification,
    destination_rule_subset_selects_nothing,
    destination_rule_tls_without_ca,
    destination_rule_unknown_host,
    duplicate_key,
    duplicate_resource,
    envoy_filter_operation_ignored,
    envoy_filter_relative_operation,
    gateway_conflict,
    gateway_credential_invalid,
    gateway_credential_missing,
    gateway_duplicate_certificate,
    gateway_http_without_redirect,
    gateway_port_without_service,
    gateway_selects_nothing,
    gateway_tls_version,
    gateway_wildcard_host,
    host_network_bypass,
    host_port,
    inbound_ports_excluded,
    indentation_lost,
    ingress_backend_missing,
    ingress_without_tls,
    injection_disabled,
    injection_labels_conflict,
    jwks_fetch_unrestricted,
    jwks_uri_insecure,
    jwt_claim_route_without_authentication,
    linkerd_admits_any_network,
    linkerd_any_identity,
    linkerd_policy_dangling,
    linkerd_policy_requires_nothing,
    linkerd_server_selects_nothing,
    linkerd_servers_overlap,
    linkerd_skips_ports,
    linkerd_unauthenticated,
    mesh_auto_mtls_disabled,
    mtls_not_strict,
    namespace_not_in_mesh,
    namespace_without_default_deny,
    network_policy_allows_everyone,
    network_policy_blocks_dns,
    network_policy_blocks_hbone,
    network_policy_dead_section,
    network_policy_default_allow,
    network_policy_metadata_endpoint,
    network_policy_named_port_unknown,
    network_policy_peer_or_typo,
    network_policy_peer_selects_nothing,
    network_policy_pods_unseen,
    network_policy_port_is_service_port,
    network_policy_port_without_protocol,
    network_policy_redundant_rule,
    network_policy_selects_host_network,
    network_policy_selects_nothing,
    network_policy_types_missing,
    network_policy_without_namespace,
    outbound_traffic_unrestricted,
    peer_authentication_ambiguous,
    peer_authentication_disable,
    peer_authentication_disable_in_ambient,
    peer_authentication_permissive,
    peer_authentication_selector_in_root,
    peer_authentication_selects_nothing,
    permissive_namespace_reaches_strict,
    pod_without_proxy,
    port_level_mtls_exception,
    port_level_mtls_unknown_port,
    request_authentication_secret_key,
    request_authentication_selects_nothing,
    request_authentication_without_authorization,
    selector_matches_nothing,
    selector_on_kubernetes_gateway,
    separator_with_comment,
    service_entry_protocol_conflict,
    service_entry_wildcard_host,
    service_exposed_outside,
    service_external_ips,
    service_selects_nothing,
    sidecar_ambiguous,
    sidecar_in_ambient,
    virtual_service_host_not_in_gateway,
    virtual_service_unknown_host,
    virtual_service_wildcard_host,
    workload_in_default_namespace,
}

/// For whom findings are shown: each sees what those before it see, and more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Persona {
    /// What has to be mended.
    Regular,
    /// What could be stricter, too.
    Pedantic,
    /// What a person should look at, too.
    Auditor,
}

/// Rules that not everyone wants to hear.
const PERSONAS: &[(&str, Persona)] = &[
    ("access-logs-off", Persona::Pedantic),
    ("authorization-any-identity", Persona::Pedantic),
    ("authorization-deny-exact-path", Persona::Auditor),
    ("gateway-wildcard-host", Persona::Pedantic),
    ("linkerd-any-identity", Persona::Pedantic),
    ("namespace-not-in-mesh", Persona::Auditor),
    ("network-policy-pods-unseen", Persona::Auditor),
    ("outbound-traffic-unrestricted", Persona::Pedantic),
    ("service-entry-wildcard-host", Persona::Pedantic),
    ("virtual-service-wildcard-host", Persona::Pedantic),
];

/// From which persona on a rule is shown.
pub fn persona(id: &str) -> Persona {
    let known = PERSONAS.iter().find(|(rule, _)| *rule == id);
    known.map_or(Persona::Regular, |(_, persona)| *persona)
}

/// The rule of an id.
pub fn rule(id: &str) -> Option<&'static Rule> {
    ALL.iter()
        .map(|check| check.rule)
        .find(|rule| rule.id == id)
}

#[cfg(test)]
mod tests;
