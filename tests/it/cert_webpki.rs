//! What an authority issues, judged by rustls-webpki: the validator of the TLS library that most Rust services use.

use rustls::pki_types::{
    CertificateDer, CertificateRevocationListDer, ServerName, TrustAnchor, UnixTime,
};
use webpki::{
    ALL_VERIFICATION_ALGS, BorrowedCertRevocationList, CertRevocationList, EndEntityCert, Error,
    KeyUsage, RevocationOptionsBuilder, anchor_from_trusted_cert,
};

use crate::binary::Folder;

fn run(folder: &Folder, line: &str) {
    let words: Vec<_> = line.split_whitespace().collect();
    folder.run(&words, "").ends(0);
}

fn ders(folder: &Folder, name: &str) -> Vec<CertificateDer<'static>> {
    let blocks = countersign::kernel::pem::parse(&folder.read(name)).unwrap();
    let ders = blocks.iter().map(|block| block.der.to_vec());
    ders.map(CertificateDer::from).collect()
}

/// Its verdict about a chain for one of the two ends of TLS.
fn verdict(
    chain: &[CertificateDer<'_>],
    anchor: TrustAnchor<'_>,
    (usage, lists): (KeyUsage, &[&CertRevocationList<'_>]),
) -> Result<(), Error> {
    let leaf = EndEntityCert::try_from(&chain[0])?;
    let revocation =
        (!lists.is_empty()).then(|| RevocationOptionsBuilder::new(lists).unwrap().build());
    let anchors = [anchor];
    let now = UnixTime::now();
    leaf.verify_for_usage(
        ALL_VERIFICATION_ALGS,
        &anchors,
        &chain[1..],
        now,
        usage,
        revocation,
        None,
    )
    .map(drop)
}

#[test]
fn webpki_takes_every_leaf_for_its_purpose_and_no_other() {
    for key in ["p256", "p384", "ed25519"] {
        let folder = Folder::new(&format!("cert-webpki-{key}"));
        run(
            &folder,
            &format!(
                "cert init ca --trust-domain acme.example --plaintext-keys --key-type {key} --permit dns:acme.example"
            ),
        );
        let names = "--dns payment.acme.example";
        let id = "--spiffe-id spiffe://acme.example/ns/a/sa/b";
        for (profile, more, chain, serves, connects) in [
            ("svid", format!("{id} {names}"), "svid.pem", true, true),
            ("server", names.to_owned(), "tls.crt", true, false),
            ("client", names.to_owned(), "tls.crt", false, true),
        ] {
            run(
                &folder,
                &format!(
                    "cert issue --ca ca --profile {profile} --key-type {key} {more} --out {profile}"
                ),
            );
            let chain = ders(&folder, &format!("{profile}/{chain}"));
            let roots = ders(&folder, "ca/root.pem");
            let anchor = || anchor_from_trusted_cert(&roots[0]).unwrap();
            let server = verdict(&chain, anchor(), (KeyUsage::server_auth(), &[]));
            let client = verdict(&chain, anchor(), (KeyUsage::client_auth(), &[]));
            assert_eq!(
                (server.is_ok(), client.is_ok()),
                (serves, connects),
                "{key} {profile}: {server:?} {client:?}"
            );
            let leaf = EndEntityCert::try_from(&chain[0]).unwrap();
            let named = |name: &str| {
                leaf.verify_is_valid_for_subject_name(
                    &ServerName::try_from(name.to_owned()).unwrap(),
                )
            };
            assert_eq!(named("payment.acme.example"), Ok(()));
            assert!(named("other.acme.example").is_err());
        }
    }
}

#[test]
fn webpki_refuses_what_our_lists_revoke_and_what_another_root_signed() {
    let folder = Folder::new("cert-webpki-lists");
    for ca in ["ca", "other"] {
        run(
            &folder,
            &format!("cert init {ca} --trust-domain acme.example --plaintext-keys"),
        );
    }
    for name in ["good", "bad"] {
        run(
            &folder,
            &format!("cert issue --ca ca --spiffe-id spiffe://acme.example/{name} --out {name}"),
        );
    }
    run(
        &folder,
        "cert revoke --ca ca bad/svid.pem --reason key-compromise",
    );
    let mut lists = Vec::new();
    for by in ["issuing", "root"] {
        run(&folder, &format!("cert crl --ca ca --by {by}"));
        let bytes = std::fs::read(folder.0.join(format!("ca/crl/{by}.crl"))).unwrap();
        let der = CertificateRevocationListDer::from(bytes);
        let list = BorrowedCertRevocationList::from_der(&der)
            .unwrap()
            .to_owned()
            .unwrap();
        lists.push(CertRevocationList::Owned(list));
    }
    let lists: Vec<_> = lists.iter().collect();
    let (ours, theirs) = (
        ders(&folder, "ca/root.pem"),
        ders(&folder, "other/root.pem"),
    );
    let judge = |name: &str, root: &CertificateDer<'_>| {
        let chain = ders(&folder, &format!("{name}/svid.pem"));
        let anchor = anchor_from_trusted_cert(root).unwrap();
        verdict(&chain, anchor, (KeyUsage::client_auth(), &lists))
    };
    assert_eq!(judge("good", &ours[0]), Ok(()));
    assert_eq!(judge("bad", &ours[0]), Err(Error::CertRevoked));
    assert!(judge("good", &theirs[0]).is_err());
}
