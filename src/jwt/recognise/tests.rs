//! Each kind and issuer by a token in the form that its documentation shows.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::*;
use crate::jwt::inspect;
use crate::kernel::time::Timestamp;

fn recognised(header: &str, claims: &str) -> Recognition {
    let b64 = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let token = format!("{}.{}.AAAA", b64(header), b64(claims));
    inspect(&token, Timestamp::from_unix(1_717_000_000).unwrap()).recognition
}

fn names(found: &Recognition) -> (Option<&'static str>, Option<&'static str>) {
    let kind = found.kind.as_ref().map(|(kind, _)| kind.name());
    let issuer = found.issuer.as_ref().map(|(issuer, _)| issuer.name());
    (kind, issuer)
}

#[test]
fn kinds_and_issuers_are_recognised() {
    let plain = r#"{"alg":"RS256","kid":"a","typ":"JWT"}"#;
    let table = [
        (
            r#"{"alg":"ES256","typ":"at+jwt"}"#,
            r#"{"sub":"a"}"#,
            Some("access-token"),
            None,
        ),
        (
            r#"{"alg":"ES256","typ":"application/AT+JWT"}"#,
            "{}",
            Some("access-token"),
            None,
        ),
        (
            r#"{"alg":"ES256","typ":"dpop+jwt","jwk":{}}"#,
            r#"{"htm":"GET","htu":"https://a"}"#,
            Some("dpop-proof"),
            None,
        ),
        (
            plain,
            r#"{"iss":"https://accounts.google.com","sub":"1","aud":"c","exp":1,"iat":0,"email":"a@b.c"}"#,
            Some("id-token"),
            Some("google"),
        ),
        (
            plain,
            r#"{"iss":"https://login.microsoftonline.com/t/v2.0","aud":"c","ver":"2.0","tid":"t","oid":"o","sub":"s","exp":1,"iat":0}"#,
            Some("id-token"),
            Some("entra-v2"),
        ),
        (
            plain,
            r#"{"iss":"https://sts.windows.net/t/","aud":"api","ver":"1.0","tid":"t","appid":"x","scp":"a b"}"#,
            Some("untyped-access-token"),
            Some("entra-v1"),
        ),
        (
            plain,
            r#"{"iss":"https://acme.okta.com/oauth2/default","cid":"c","uid":"u","scp":["openid"],"ver":1}"#,
            Some("untyped-access-token"),
            Some("okta"),
        ),
        (
            plain,
            r#"{"iss":"https://kc.example/realms/acme","typ":"Bearer","azp":"web","realm_access":{"roles":[]}}"#,
            Some("untyped-access-token"),
            Some("keycloak"),
        ),
        (
            r#"{"alg":"ES256","typ":"refresh+jwt"}"#,
            r#"{"iss":"https://a.example","sub":"u","jti":"1"}"#,
            Some("refresh-token"),
            None,
        ),
        (plain, r#"{"code":"1","state":"2"}"#, None, None),
        (plain, r#"{"orig":"a","dest":"b"}"#, None, None),
        (
            plain,
            r#"{"iss":"https://kc.example/realms/acme","typ":"Refresh"}"#,
            Some("refresh-token"),
            Some("keycloak"),
        ),
        (
            plain,
            r#"{"iss":"https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_x","token_use":"access","client_id":"c","scope":"a"}"#,
            Some("untyped-access-token"),
            Some("cognito"),
        ),
        (
            plain,
            r#"{"iss":"https://acme.eu.auth0.com/","sub":"x@clients","aud":"api","gty":"client-credentials"}"#,
            Some("untyped-access-token"),
            Some("auth0"),
        ),
        (
            plain,
            r#"{"iss":"https://token.actions.githubusercontent.com","sub":"repo:a/b:ref:refs/heads/main","repository":"a/b","workflow":"ci","job_workflow_ref":"x"}"#,
            Some("ci-job"),
            Some("github-actions"),
        ),
        (
            plain,
            r#"{"iss":"https://gitlab.com","sub":"project_path:a/b:ref_type:branch:ref:main","project_path":"a/b","pipeline_id":"1"}"#,
            Some("ci-job"),
            Some("gitlab-ci"),
        ),
        (
            plain,
            r#"{"iss":"https://kubernetes.default.svc","sub":"system:serviceaccount:a:b","kubernetes.io":{"namespace":"a"}}"#,
            Some("kubernetes-bound"),
            Some("kubernetes"),
        ),
        (
            plain,
            r#"{"iss":"kubernetes/serviceaccount","sub":"system:serviceaccount:a:b","kubernetes.io/serviceaccount/namespace":"a"}"#,
            Some("kubernetes-legacy"),
            Some("kubernetes"),
        ),
        (
            r#"{"alg":"ES256","kid":"a"}"#,
            r#"{"sub":"spiffe://a.example/b","aud":"c","exp":1}"#,
            Some("jwt-svid"),
            Some("spiffe"),
        ),
        (
            r#"{"alg":"ES256","kid":"a","typ":"wit+jwt"}"#,
            r#"{"sub":"spiffe://a.example/b","exp":1,"cnf":{"jwk":{}}}"#,
            Some("wit-svid"),
            Some("spiffe"),
        ),
        (
            plain,
            r#"{"iss":"client","sub":"client","aud":"https://as","exp":1,"jti":"1"}"#,
            Some("client-assertion"),
            None,
        ),
        (
            plain,
            r#"{"iss":"a","aud":"b","iat":1,"jti":"x","events":{"http://schemas.openid.net/event/backchannel-logout":{}}}"#,
            Some("logout-token"),
            None,
        ),
        (
            r#"{"alg":"RS256","typ":"secevent+jwt"}"#,
            r#"{"iss":"a","iat":1,"jti":"x","events":{"e":{}}}"#,
            Some("security-event"),
            None,
        ),
        (
            r#"{"typ":"JWT","alg":"ed25519-nkey"}"#,
            r#"{"jti":"x","iss":"A","sub":"U","nats":{"type":"user"}}"#,
            Some("nats"),
            Some("nats"),
        ),
        (
            r#"{"alg":"ES256","nonce":"n","url":"https://ca/new-order","kid":"https://ca/acct/1"}"#,
            "{}",
            Some("acme"),
            None,
        ),
        (
            r#"{"typ":"JWT","alg":"ES256"}"#,
            r#"{"aud":"https://push.example","exp":1,"sub":"mailto:a@b.c"}"#,
            Some("vapid"),
            None,
        ),
        (
            r#"{"alg":"ES256","typ":"passport","x5u":"https://c"}"#,
            r#"{"orig":{"tn":"1"},"dest":{"tn":["2"]},"iat":1}"#,
            Some("passport"),
            None,
        ),
        (
            plain,
            r#"{"iss":"https://securetoken.google.com/p","aud":"p","sub":"u","exp":2,"iat":1,"auth_time":1,"firebase":{}}"#,
            Some("id-token"),
            Some("firebase"),
        ),
        (
            plain,
            r#"{"iss":"https://appleid.apple.com","aud":"com.acme","sub":"u","exp":2,"iat":1,"nonce_supported":true,"email":"a@b.c"}"#,
            Some("id-token"),
            Some("apple"),
        ),
        (
            r#"{"alg":"RS256","typ":"JWT"}"#,
            r#"{"iat":1,"exp":2,"iss":"12345"}"#,
            Some("github-app"),
            None,
        ),
        (
            r#"{"alg":"ES256","typ":"kb+jwt"}"#,
            r#"{"sd_hash":"x"}"#,
            Some("key-binding"),
            None,
        ),
        (plain, r#"{"made":"up"}"#, None, None),
    ];
    for (header, claims, kind, issuer) in table {
        assert_eq!(
            names(&recognised(header, claims)),
            (kind, issuer),
            "{claims}"
        );
    }
}

#[test]
fn what_else_it_would_pass_for_is_said() {
    let claims = r#"{"iss":"https://a","sub":"u","aud":"api","exp":2,"iat":1,"client_id":"c","jti":"j","scope":"s"}"#;
    let also = |header: &str, claims: &str| -> Vec<&'static str> {
        let found = recognised(header, claims).also;
        found.iter().map(|(kind, _)| kind.name()).collect()
    };
    // An ID token needs no `typ`: an access token passes for one where nobody looks at it.
    assert_eq!(
        also(r#"{"alg":"RS256","typ":"at+jwt"}"#, claims),
        ["id-token"]
    );
    let logout = r#"{"iss":"a","sub":"s","aud":"b","iat":1,"exp":2,"jti":"x","events":{"http://schemas.openid.net/event/backchannel-logout":{}}}"#;
    assert_eq!(
        also(r#"{"alg":"RS256"}"#, logout),
        ["security-event", "id-token"]
    );
    let own = r#"{"iss":"c","sub":"c","aud":"b","exp":2,"iat":1}"#;
    assert_eq!(also(r#"{"alg":"RS256"}"#, own), ["id-token"]);
}

#[test]
fn names_are_unique_and_all_kinds_are_listed() {
    let names: std::collections::BTreeSet<_> =
        TokenKind::ALL.iter().map(|kind| kind.name()).collect();
    assert_eq!(names.len(), TokenKind::ALL.len());
    let names: std::collections::BTreeSet<_> =
        Issuer::ALL.iter().map(|issuer| issuer.name()).collect();
    assert_eq!(names.len(), Issuer::ALL.len());
}
