//! Each connector on the shape that its system writes, and on what goes wrong with such files.

use super::*;
use crate::review::model::facts::{EntitlementKind, How, SignalKind};
use crate::review::model::{Kind, Mfa, Truth, When};

fn options() -> Options {
    Options {
        system: None,
        filter: String::new(),
        mapping: None,
        now: Timestamp::parse("2026-11-22T09:00:00Z").unwrap(),
    }
}

#[track_caller]
fn read(kind: &str, text: &str) -> Facts {
    read_with(kind, text, &options()).unwrap()
}

fn read_with(kind: &str, text: &str, options: &Options) -> Result<Facts, ReviewError> {
    let source = Source::new("export", text.as_bytes().to_vec()).unwrap();
    let facts = find(kind).unwrap().facts(&source, options)?;
    let sheet = &facts.sheet;
    assert_eq!(
        sheet.read,
        sheet.kept + sheet.rejected + sheet.duplicates + sheet.blank,
        "every record is counted once: {sheet:?}"
    );
    Ok(facts)
}

/// What an account holds, with how.
fn held(facts: &Facts, name: &str) -> Vec<(String, How)> {
    let account = facts
        .accounts
        .iter()
        .position(|account| account.name == name)
        .unwrap();
    let grants = facts
        .grants
        .iter()
        .filter(|grant| grant.account as usize == account);
    grants
        .map(|grant| {
            (
                facts.entitlements[grant.entitlement as usize].name.clone(),
                grant.how,
            )
        })
        .collect()
}

fn account<'a>(facts: &'a Facts, name: &str) -> &'a crate::review::model::facts::AccountFact {
    facts
        .accounts
        .iter()
        .find(|account| account.name == name)
        .unwrap()
}

#[test]
fn aws_credential_reports() {
    let header = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated";
    let rows = [
        "<root_account>,arn:aws:iam::123456789012:root,2019-01-01T00:00:00+00:00,not_supported,2026-01-02T00:00:00+00:00,not_supported,not_supported,TRUE,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A",
        "ann,arn:aws:iam::123456789012:user/ann,2020-01-01T00:00:00Z,true,no_information,2020-01-01T00:00:00Z,N/A,false,true,2026-01-01T00:00:00+00:00,2026-11-20T00:00:00+00:00,eu-west-1,s3,true,2024-01-01T00:00:00+00:00,N/A,N/A,N/A,false,N/A,false,N/A",
        "bot,arn:aws:iam::123456789012:user/bot,2020-01-01T00:00:00Z,false,N/A,N/A,N/A,false,true,2026-10-01T00:00:00+00:00,2026-11-20T00:00:00+00:00,eu-west-1,s3,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A",
        "gone,arn:aws:iam::123456789012:user/gone,2020-01-01T00:00:00Z,FALSE,N/A,N/A,N/A,false,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A",
        "ann,arn:aws:iam::123456789012:user/ann,2020-01-01T00:00:00Z,false,N/A,N/A,N/A,false,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A",
        "cut,arn",
    ];
    let text = format!("{header}\n{}\n", rows.join("\n"));
    let facts = read("aws-credentials", &text);
    assert_eq!(
        (facts.sheet.read, facts.sheet.kept, facts.sheet.rejected),
        (6, 4, 2)
    );
    assert_eq!(facts.accounts[0].system, "aws:123456789012");
    assert_eq!(account(&facts, "<root_account>").kind, Kind::Breakglass);
    let ann = account(&facts, "ann");
    // The oldest active key counts; it was never used.
    assert_eq!(
        (ann.key_rotated.text().as_str(), ann.key_used),
        ("2024-01-01T00:00:00Z", When::Never)
    );
    assert_eq!((ann.mfa, ann.enabled), (Mfa::None, Truth::Yes));
    assert_eq!(account(&facts, "bot").kind, Kind::Service);
    assert_eq!(account(&facts, "gone").enabled, Truth::No);
    // The API wraps the report in base64.
    use base64::Engine as _;
    let content = base64::engine::general_purpose::STANDARD.encode(&text);
    let wrapped =
        format!("{{\"Content\":\"{content}\",\"GeneratedTime\":\"2026-11-22T07:00:00+00:00\"}}");
    let wrapped = read("aws-credentials", &wrapped);
    assert_eq!(wrapped.accounts.len(), 4);
    assert_eq!(wrapped.exported.text(), "2026-11-22T07:00:00Z");
}

#[test]
fn okta_lists() {
    let users = r#"[{"id":"00u1","status":"ACTIVE","created":"2020-01-01T00:00:00.000Z","lastLogin":null,"profile":{"login":"ann@a.example","email":"ann@a.example","employeeNumber":"7","manager":"Bob"}},
        {"id":"00u2","status":"DEPROVISIONED","profile":{"login":"bob@a.example"}},{"id":"00u3","status":"ODD","profile":{}}]"#;
    let facts = read("okta-users", users);
    assert_eq!(account(&facts, "00u1").last_used, When::Never);
    assert_eq!(account(&facts, "00u1").employee_id.as_deref(), Some("7"));
    assert_eq!(account(&facts, "00u2").enabled, Truth::No);
    assert_eq!((facts.sheet.kept, facts.sheet.problems.len()), (3, 1));
    let factors = r#"[{"id":"f1","factorType":"webauthn","status":"PENDING_ACTIVATION","_links":{"self":{"href":"https://x/api/v1/users/00u1/factors/f1"}}},
        {"id":"f2","factorType":"sms","status":"ACTIVE","_links":{"self":{"href":"https://x/api/v1/users/00u1/factors/f2"}}},
        {"userId":"00u2","factors":[]}]"#;
    let facts = read("okta-factors", factors);
    assert_eq!(
        account(&facts, "00u1").mfa,
        Mfa::Sms,
        "only active factors count"
    );
    assert_eq!(account(&facts, "00u2").mfa, Mfa::None);
    let apps = r#"[{"id":"00u1","scope":"GROUP","created":"2021-01-01T00:00:00.000Z","_links":{"app":{"href":"https://x/api/v1/apps/0oa9"}}},{"id":"00u1","scope":"USER","appName":"erp"}]"#;
    assert_eq!(
        held(&read("okta-apps", apps), "00u1"),
        [
            ("0oa9".to_owned(), How::Inherited),
            ("erp".to_owned(), How::Direct)
        ]
    );
    let roles = r#"[{"type":"SUPER_ADMIN","assignmentType":"USER","_links":{"assignee":{"href":"https://x/api/v1/users/00u1"}}},{"type":"SUPER_ADMIN"}]"#;
    let facts = read("okta-roles", roles);
    assert_eq!((facts.sheet.kept, facts.sheet.rejected), (1, 1));
    assert_eq!(facts.entitlements[0].privileged, Truth::Yes);
    let groups = r#"[{"id":"00g1","type":"OKTA_GROUP","profile":{"name":"ops"},"users":[{"id":"00u1"}]},{"id":"00g2","profile":{"name":"bare"}}]"#;
    let facts = read("okta-groups", groups);
    assert!(
        facts.sheet.problems[0]
            .reason
            .contains("without their members")
    );
}

#[test]
fn entra_and_google_lists() {
    let users = "userPrincipalName,displayName,surname,mail,givenName,objectId,userType,jobTitle,department,accountEnabled\n\
        ann@a.example,Ann,A,ann@a.example,Ann,11,Member,,,True\nguest_b.example#EXT#@a.example,G,,g@b.example,G,12,Guest,,,False\n";
    let facts = read("entra-users", users);
    assert_eq!(
        (account(&facts, "11").kind, account(&facts, "12").kind),
        (Kind::Human, Kind::Guest)
    );
    assert_eq!(account(&facts, "12").enabled, Truth::No);
    let roles = r#"{"@odata.context":"x#roleManagement/directory/roleEligibilityScheduleInstances","@odata.nextLink":"https://more","value":[{"principalId":"11","roleDefinitionId":"62e90394-69f5-4237-9190-012177145e10","directoryScopeId":"/","endDateTime":"2026-12-31T00:00:00Z"}]}"#;
    let facts = read("entra-roles", roles);
    assert_eq!(facts.grants[0].how, How::Eligible);
    assert_eq!(facts.entitlements[0].privileged, Truth::Yes);
    assert!(facts.sheet.problems[0].reason.contains("further pages"));
    let sign_ins = r#"{"value":[{"id":"11","signInActivity":{"lastSignInDateTime":"2026-11-20T00:00:00Z"}},{"id":"12","signInActivity":{"lastSuccessfulSignInDateTime":"2026-11-20T00:00:00Z"}}]}"#;
    let facts = read("entra-signins", sign_ins);
    assert_eq!(
        account(&facts, "11").last_used,
        When::Empty,
        "an attempt is no use"
    );
    assert!(account(&facts, "12").last_used.time().is_some());
    let google = "Status [READ ONLY],First Name [Required],Email Address [Required],Last Sign In [READ ONLY],2sv Enrolled [READ ONLY],Password [Required]\n\
        Active,Ann,Ann@a.example,2026/08/27 15:15:08,True,****\nSuspended,Bob,bob@a.example,Never logged in,False,****\nActive,Cid,cid@a.example,27.08.2026,False,****\n";
    let facts = read("google-users", google);
    let ann = account(&facts, "ann@a.example");
    assert_eq!(
        (ann.last_used.text().as_str(), ann.mfa),
        ("2026-08-27T15:15:08Z", Mfa::Unspecified)
    );
    assert_eq!(account(&facts, "bob@a.example").last_used, When::Never);
    assert_eq!(account(&facts, "cid@a.example").last_used, When::Unreadable);
    assert_eq!(facts.sheet.problems.len(), 1);
}

#[test]
fn ids_of_entra_are_the_same_in_either_case_and_other_roles_may_be_privileged() {
    let roles = r#"{"value":[{"principalId":"AAAA-1","roleDefinitionId":"62E90394-69F5-4237-9190-012177145E10"},
        {"principalId":"aaaa-1","roleDefinitionId":"C4E39BD9-1100-46D3-8C65-FB160DA0071F"}]}"#;
    let facts = read("entra-roles", roles);
    assert_eq!(facts.accounts.len(), 1);
    let privileged: Vec<Truth> = facts.entitlements.iter().map(|e| e.privileged).collect();
    assert_eq!(privileged, [Truth::Yes, Truth::Unknown]);
}

#[test]
fn a_collaborator_of_two_repositories_has_two_grants_and_a_member_may_be_an_owner() {
    let both = r#"[{"login":"bob","role_name":"admin","repository":"o/a"},{"login":"bob","role_name":"read","repository":"o/b"}]"#;
    assert_eq!(read("github-members", both).grants.len(), 2);
    let alone = read("github-members", r#"[{"login":"ann"}]"#);
    assert_eq!(alone.entitlements[0].privileged, Truth::Unknown);
}

#[test]
fn code_hosts() {
    let page = |count: usize| {
        let members = (0..count)
            .map(|n| format!("{{\"login\":\"u{n}\",\"type\":\"User\",\"site_admin\":false}}"));
        format!("[{}]", members.collect::<Vec<_>>().join(","))
    };
    assert!(read("github-members", &page(29)).sheet.problems.is_empty());
    assert!(
        read("github-members", &page(30)).sheet.problems[0]
            .reason
            .contains("whole page")
    );
    let admins = Options {
        filter: "role=admin".to_owned(),
        ..options()
    };
    let facts = read_with("github-members", &page(1), &admins).unwrap();
    assert_eq!(
        (
            facts.entitlements[0].name.as_str(),
            facts.entitlements[0].privileged
        ),
        ("owner", Truth::Yes)
    );
    let teams = r#"[{"slug":"web","parent":{"slug":"eng"},"members":[{"login":"ann"}],"repositories":[{"full_name":"a/site","role_name":"admin"}]},{"slug":"eng","parent":null,"members":[]}]"#;
    let facts = read("github-teams", teams);
    assert_eq!(facts.implies.len(), 2);
    let gitlab = r#"[{"id":1,"username":"ann","name":"Ann","state":"active","access_level":50,"created_at":"2020-01-01T00:00:00.000Z","expires_at":"2026-01-01"},
        {"id":2,"username":"project_7_bot_x","state":"blocked","access_level":10},{"id":3,"access_level":10}]"#;
    let facts = read("gitlab-members", gitlab);
    assert_eq!(
        (
            facts.grants[0].expires.text().as_str(),
            facts.sheet.rejected
        ),
        ("2026-01-01", 1)
    );
    assert_eq!(account(&facts, "project_7_bot_x").kind, Kind::Service);
}

#[test]
fn kubernetes_roles_aggregate_to_a_fixpoint() {
    // `view` feeds `edit` feeds `admin`, all three with `rules: null`, as Kubernetes itself has them.
    let aggregate = |name: &str, to: &str| {
        let label = format!("rbac.example/aggregate-to-{to}");
        let own = format!("rbac.example/aggregate-to-{name}");
        format!(
            r#"{{"kind":"ClusterRole","metadata":{{"name":"{name}","labels":{{"{label}":"true"}}}},"rules":null,"aggregationRule":{{"clusterRoleSelectors":[{{"matchLabels":{{"{own}":"true"}}}}]}}}}"#
        )
    };
    let items = [
        aggregate("admin", "none"),
        aggregate("edit", "admin"),
        aggregate("view", "edit"),
        r#"{"kind":"ClusterRole","metadata":{"name":"see","labels":{"rbac.example/aggregate-to-view":"true"}},"rules":[{"apiGroups":[""],"resources":["secrets"],"verbs":["list"]}]}"#.to_owned(),
        r#"{"kind":"ServiceAccount","metadata":{"name":"ci","namespace":"prod","creationTimestamp":null}}"#.to_owned(),
        r#"{"kind":"RoleBinding","metadata":{"name":"ci","namespace":"prod"},"roleRef":{"kind":"ClusterRole","name":"admin"},"subjects":[{"kind":"ServiceAccount","name":"ci"},{"kind":"Group","name":"ops"}]}"#.to_owned(),
        r#"{"kind":"ClusterRoleBinding","metadata":{"name":"lost"},"roleRef":{"kind":"ClusterRole","name":"absent"},"subjects":[{"kind":"User","name":"ann@a.example"}]}"#.to_owned(),
        r#"{"kind":"Secret","metadata":{"name":"x"}}"#.to_owned(),
    ];
    let facts = read(
        "kubernetes",
        &format!("{{\"kind\":\"List\",\"items\":[{}]}}", items.join(",")),
    );
    assert_eq!(
        (facts.sheet.read, facts.sheet.kept, facts.sheet.rejected),
        (8, 7, 1)
    );
    let reads_secrets = facts
        .signals
        .iter()
        .filter(|s| s.kind == SignalKind::Escalation);
    assert_eq!(
        reads_secrets.count(),
        4,
        "view, edit and admin have what `see` has"
    );
    let dangling = facts
        .signals
        .iter()
        .filter(|s| s.kind == SignalKind::Dangling);
    assert_eq!(dangling.count(), 1);
    let ci = held(&facts, "system:serviceaccount:prod:ci");
    assert!(
        ci.contains(&("ClusterRole/admin".to_owned(), How::Direct)),
        "the subject's namespace is the binding's"
    );
    let scopes: Vec<&str> = facts
        .grants
        .iter()
        .map(|grant| grant.scope.as_str())
        .collect();
    assert!(scopes.contains(&"namespace prod"));
    assert_eq!(account(&facts, "group:ops").kind, Kind::Shared);
}

#[test]
fn databases_and_directories() {
    let postgres = r#"{"pg_roles":[{"oid":10,"rolname":"postgres","rolsuper":true,"rolcanlogin":true,"rolvaliduntil":null},
        {"oid":11,"rolname":"ann","rolcanlogin":true,"rolvaliduntil":"2026-12-31 00:00:00+00"},{"oid":12,"rolname":"readers","rolcanlogin":false},
        {"oid":13,"rolname":"pg_read_all_data","rolcanlogin":false}],
        "pg_auth_members":[{"roleid":12,"member":11,"grantor":10,"admin_option":false,"inherit_option":false,"set_option":true},{"roleid":13,"member":12,"grantor":10},{"roleid":99,"member":11}]}"#;
    let facts = read("postgresql", postgres);
    assert_eq!(
        (facts.sheet.read, facts.sheet.kept, facts.sheet.rejected),
        (7, 6, 1)
    );
    assert_eq!(
        held(&facts, "ann"),
        [
            ("LOGIN".to_owned(), How::Direct),
            ("readers".to_owned(), How::Eligible)
        ]
    );
    assert_eq!(facts.implies.len(), 1);
    let circle = r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":3,"Resources":[
        {"id":"g1","schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"A","members":[{"type":"Group","value":"g2","display":"B"}]},
        {"id":"g2","schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"B","members":[{"type":"Group","value":"g1","display":"A"},{"value":"u1"}]}]}"#;
    let facts = read("scim", circle);
    assert_eq!((facts.implies.len(), facts.grants.len()), (2, 1));
    assert!(
        facts.sheet.problems[0]
            .reason
            .contains("2 resources, but there are 3")
    );
    let workday = r#"{"Report_Entry":[{"Employee_ID":"1","Name":"Ann","businessTitle":"CTO","Email_-_Work":"ann@a.example"},
        {"Employee_ID":"2","Name":"Bob","Worker_s_Manager_group":[{"Manager_ID":"1"}]},{"Name":"Nobody"}]}"#;
    let facts = read("workday", workday);
    assert_eq!((facts.people.len(), facts.sheet.rejected), (2, 1));
    assert_eq!(facts.people[1].manager, "1");
    assert!(facts.remarks[0].contains("leavers cannot be told"));
}

#[test]
fn a_mapping_reads_anything() {
    let mapping = "delimiter = \";\"\n[constants]\nsystem = \"billing\"\n[columns]\naccount = \"Login\"\nentitlement = \"Profile\"\nprivileged = \"Level\"\nlast_used = \"Seen\"\n[values.privileged]\n\"9\" = \"yes\"\n\"1\" = \"no\"\n";
    let with = |mapping: &str| Options {
        mapping: Some(Source::new("map.toml", mapping.as_bytes().to_vec()).unwrap()),
        ..options()
    };
    let text = "Login;Profile;Level;Seen\nann;boss;9;2026-11-01\nbob;clerk;1;11/22/26\n;clerk;1;\ncid;clerk\n";
    let facts = read_with("mapped", text, &with(mapping)).unwrap();
    assert_eq!(
        (facts.sheet.read, facts.sheet.kept, facts.sheet.rejected),
        (4, 2, 2)
    );
    assert_eq!(facts.entitlements[0].privileged, Truth::Yes);
    assert_eq!(facts.entitlements[0].kind, EntitlementKind::Role);
    assert_eq!(
        facts.sheet.problems.iter().filter(|p| !p.rejected).count(),
        1
    );
    let json = "format = \"ndjson\"\n[columns]\naccount = \"user.name\"\nentitlement = \"role\"\nenabled = \"user.on\"\n";
    let lines = "{\"user\":{\"name\":\"ann\",\"on\":true},\"role\":\"r\"}\n{\"user\":{\"name\":\"b";
    let facts = read_with("mapped", lines, &with(json)).unwrap();
    assert_eq!(
        (facts.sheet.kept, facts.sheet.rejected),
        (1, 1),
        "a cut last line is counted"
    );
    for (mapping, says) in [
        ("[columns]\nacount = \"x\"", "`acount` is no field"),
        ("[columns]\naccount = \"x\"", "no column for `entitlement`"),
        (
            "format = \"xml\"\n[columns]\naccount = \"x\"\nentitlement = \"y\"",
            "`format` is none of",
        ),
        ("nonsense", "`map.toml`"),
    ] {
        let error = read_with("mapped", text, &with(mapping))
            .unwrap_err()
            .to_string();
        assert!(error.contains(says), "{error}");
    }
}

#[test]
fn damaged_json_is_refused_where_it_breaks() {
    for (text, says) in [
        ("[{\"id\":\"1\",\"status\":\"ACTIVE\"}", "cut off"),
        ("[{\"id\":\"1\",\"id\":\"2\"}]", "occurs twice"),
        ("", "no rows"),
        ("[{\"id\":1e}]", "line 1, column"),
    ] {
        let error = read_with("okta-users", text, &options())
            .unwrap_err()
            .to_string();
        assert!(error.contains(says), "{text}: {error}");
    }
    let utf16: Vec<u8> = "[{}]".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let source = Source::new("export", utf16).unwrap();
    assert!(
        find("okta-users")
            .unwrap()
            .facts(&source, &options())
            .is_err()
    );
    // The same id twice: once word for word, once not.
    let twice = r#"[{"id":"1","status":"ACTIVE"},{"id":"1","status":"ACTIVE"},{"id":"1","status":"SUSPENDED"}]"#;
    let facts = read("okta-users", twice);
    assert_eq!(
        (
            facts.sheet.kept,
            facts.sheet.duplicates,
            facts.sheet.rejected
        ),
        (1, 1, 1)
    );
    assert!(
        facts.sheet.problems[0]
            .reason
            .contains("is that of record 1")
    );
    let wide = format!(
        "user,arn,password_enabled,mfa_active{}\n",
        ",x".repeat(500_000)
    );
    let error = read_with("aws-credentials", &wide, &options())
        .unwrap_err()
        .to_string();
    assert!(error.contains("columns"), "{error}");
}

#[test]
fn scim_groups_are_told_by_their_id_whatever_their_members_call_them() {
    let text = r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":5,"Resources":[
        {"schemas":["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User","urn:ietf:params:scim:schemas:core:2.0:User"],
         "id":"u1","userName":"ann","groups":[{"value":"g9","display":"Domain Admins"},{"value":"g2"}],"roles":[{"display":"Owner"},{}]},
        {"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"id":"g1","displayName":"Admins","members":[{"value":"g2","type":"Group"}]},
        {"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"id":"g2","displayName":"Ops","members":[{"value":"u1"}]},
        {"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"id":"g3","displayName":"Root","members":[{"value":"g2"}]},
        {"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"id":"g4","displayName":"Renamed","members":[{"value":"g2","display":"ops","type":"Group"}]}]}"#;
    let facts = read("scim", text);
    assert_eq!(facts.sheet.rejected, 0);
    let names: Vec<String> = held(&facts, "u1")
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    assert_eq!(
        names,
        ["account", "Owner", "Domain Admins (g9)", "Ops (g2)"]
    );
    let nests = facts.implies.iter().map(|edge| {
        let name = |index: u32| facts.entitlements[index as usize].name.as_str();
        (name(edge.parent), name(edge.child))
    });
    let nests: Vec<_> = nests.collect();
    assert_eq!(
        nests,
        [
            ("Ops (g2)", "Admins (g1)"),
            ("Ops (g2)", "Root (g3)"),
            ("Ops (g2)", "Renamed (g4)")
        ]
    );
    assert_eq!(facts.accounts.len(), 1);
    assert!(facts.sheet.problems[0].reason.contains("without `value`"));
}

#[test]
fn a_postgresql_role_that_logs_in_is_a_group_to_its_members() {
    let text = r#"{"pg_roles":[
        {"oid":10,"rolname":"postgres","rolsuper":true,"rolcanlogin":true},
        {"oid":11,"rolname":"alice","rolcanlogin":true},{"oid":12,"rolname":"bob","rolcanlogin":true},
        {"oid":13,"rolname":"pg_execute_server_program","rolcanlogin":false},{"oid":14,"rolname":"team","rolcanlogin":false}],
        "pg_auth_members":[
        {"roleid":10,"member":11,"inherit_option":true,"set_option":true},
        {"roleid":12,"member":11,"inherit_option":true},
        {"roleid":13,"member":12,"inherit_option":true},
        {"roleid":13,"member":14,"admin_option":true},
        {"roleid":14,"member":12,"inherit_option":false,"set_option":false,"admin_option":false}]}"#;
    let facts = read("postgresql", text);
    let name = |index: u32| facts.entitlements[index as usize].name.as_str();
    let nests: Vec<_> = facts
        .implies
        .iter()
        .map(|edge| (name(edge.parent), name(edge.child)))
        .collect();
    for wanted in [
        ("postgres", "SUPERUSER"),
        ("bob", "pg_execute_server_program"),
        ("team", "ADMIN OPTION on pg_execute_server_program"),
    ] {
        assert!(nests.contains(&wanted), "{wanted:?} in {nests:?}");
    }
    let groups: Vec<String> = held(&facts, "alice")
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    assert_eq!(groups, ["LOGIN", "postgres", "bob"]);
    let postgres = facts
        .entitlements
        .iter()
        .find(|e| e.name == "postgres" && e.kind == EntitlementKind::Group);
    assert_eq!(postgres.unwrap().privileged, Truth::Yes);
    assert!(
        facts
            .sheet
            .problems
            .iter()
            .any(|p| p.reason.contains("without any option"))
    );
}

#[test]
fn what_aws_policies_are_missing_is_not_taken_for_nothing() {
    let text = r#"{"UserDetailList":[
        {"UserName":"bob","Arn":"arn:aws:iam::123456789012:user/bob","GroupList":["ghosts"],
         "AttachedManagedPolicies":[{"PolicyArn":"arn:aws:iam::aws:policy/AdministratorAccess"}]},
        {"UserName":"cyd","Arn":"arn:aws:iam::123456789012:user/cyd","UserPolicyList":[{"PolicyName":"all","PolicyDocument":
         {"Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"*"}]}}],
         "PermissionsBoundary":{"PermissionsBoundaryArn":"arn:aws:iam::aws:policy/PowerUserAccess"}},
        {"UserName":"dan","Arn":"arn:aws:iam::123456789012:user/dan","AttachedManagedPolicies":[
         {"PolicyArn":"arn:aws:iam::123456789012:policy/a/Deploy"},{"PolicyArn":"arn:aws:iam::123456789012:policy/b/Deploy"}]}],
        "GroupDetailList":[],"RoleDetailList":[{"RoleName":"adm","Arn":"arn:aws:iam::123456789012:role/adm","AssumeRolePolicyDocument":
         "%7B%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B%22AWS%22%3A%22arn%3Aaws%3Aiam%3A%3A123456789012%3Auser%2Fdan%22%7D%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%5D%7D"}],
        "Policies":[
        {"Arn":"arn:aws:iam::123456789012:policy/a/Deploy","PolicyVersionList":[{"IsDefaultVersion":true,"Document":{"Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}}]},
        {"Arn":"arn:aws:iam::123456789012:policy/b/Deploy","PolicyVersionList":[{"IsDefaultVersion":true,"Document":{"Statement":{"Effect":"Allow","Action":["s3:Get*","*:*"],"Resource":"arn:aws:*"}}}]}]}"#;
    let facts = read("aws-authorization", text);
    assert_eq!(
        held(&facts, "dan"),
        [
            ("a/Deploy".to_owned(), How::Direct),
            ("b/Deploy".to_owned(), How::Direct),
            ("role/adm".to_owned(), How::Eligible)
        ]
    );
    let wild = facts
        .signals
        .iter()
        .filter(|signal| signal.kind == SignalKind::Wildcard);
    let wild: Vec<&str> = wild.map(|signal| signal.text.as_str()).collect();
    assert_eq!(
        wild,
        [
            "it allows `*:*` on every resource",
            "it allows `iam:*` on every resource"
        ]
    );
    assert!(held(&facts, "bob").contains(&("ghosts".to_owned(), How::Direct)));
    let unknown = facts
        .entitlements
        .iter()
        .filter(|e| e.privileged == Truth::Unknown);
    let unknown: Vec<&str> = unknown.map(|e| e.name.as_str()).collect();
    assert_eq!(unknown, ["aws/AdministratorAccess", "ghosts"]);
    let cyd = facts
        .accounts
        .iter()
        .position(|account| account.name == "cyd")
        .unwrap();
    let about = crate::review::model::facts::About::Account(u32::try_from(cyd).unwrap());
    let gains = facts
        .signals
        .iter()
        .find(|signal| signal.about == about)
        .unwrap();
    assert!(gains.conditional && gains.kind == SignalKind::Escalation);
    assert!(
        facts
            .sheet
            .problems
            .iter()
            .any(|p| p.reason.contains("the boundary"))
    );
}

#[test]
fn a_kubernetes_binding_that_is_there_twice_grants_once() {
    let binding = r#"{"kind":"ClusterRoleBinding","metadata":{"name":"b"},"roleRef":{"kind":"ClusterRole","name":"r"},"subjects":[{"kind":"User","name":"ann"}]}"#;
    let other = binding.replace("ann", "bob");
    let facts = read(
        "kubernetes",
        &format!(r#"{{"items":[{binding},{binding},{other}]}}"#),
    );
    assert_eq!(
        (
            facts.grants.len(),
            facts.sheet.duplicates,
            facts.sheet.rejected
        ),
        (1, 1, 1)
    );
    assert_eq!(facts.entitlements[0].privileged, Truth::Unknown);
}
