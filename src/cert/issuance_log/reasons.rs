//! What is wrong with a log, a proof, or a certificate that should be in a log: stable codes with their explanations.

use super::Anomaly;
use crate::kernel::reason::ReasonPage;

/// A reason for not trusting a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LogReason {
    /// The checkpoint is not signed by the log's key.
    Signature,
    /// Fewer entries than there were.
    Behind,
    /// Other entries than there were.
    Forked,
    /// Tiles or entries that do not belong together.
    Damaged,
    /// A proof that does not hold.
    Proof,
    /// A certificate of the authority that the log does not hold.
    NotLogged,
    /// A certificate that names the authority and is not signed by it.
    Forged,
    /// The directory and the log disagree.
    Disagrees,
    /// An entry of another issuer.
    ForeignIssuer,
    /// A serial number twice.
    DuplicateSerial,
    /// Fewer witnesses than the policy demands.
    NotCosigned,
}

impl LogReason {
    /// All reasons.
    pub const ALL: [Self; 11] = [
        Self::Signature,
        Self::Behind,
        Self::Forked,
        Self::Damaged,
        Self::Proof,
        Self::NotLogged,
        Self::Forged,
        Self::Disagrees,
        Self::ForeignIssuer,
        Self::DuplicateSerial,
        Self::NotCosigned,
    ];

    /// The stable code.
    pub fn code(self) -> &'static str {
        self.page().code
    }

    /// The code with its explanation.
    pub fn page(self) -> ReasonPage {
        let (code, title, text) = match self {
            Self::Signature => (
                "log-signature-invalid",
                "the checkpoint is not signed by the key of the log",
                "Either it is the checkpoint of another log, or somebody without the log's key wrote it. Take the key \
                 from `ca.json`, or from where the authority published it, not from beside the checkpoint.",
            ),
            Self::Behind => (
                "log-behind",
                "the log has fewer entries than it had",
                "Entries are gone: a backup was restored, or somebody cut the log to hide what was issued. The \
                 authority signs nothing on such a log. Bring the newer files back; if they are lost, revoke what they \
                 may have held by replacing the issuing authority.",
            ),
            Self::Forked => (
                "log-forked",
                "the log's older entries are others than they were",
                "Two heads of one log do not belong to one history: somebody holds the log's key and showed different \
                 entries to different readers. Keep both checkpoints: together they prove it.",
            ),
            Self::Damaged => (
                "log-damaged",
                "the files of the log do not make the tree that its checkpoint names",
                "A tile or a bundle of entries was changed or is missing. The detail names the entry or the file. The \
                 checkpoint tells what the right files are: bring them back from a copy.",
            ),
            Self::Proof => (
                "log-proof-invalid",
                "a proof does not lead to the root of the checkpoint",
                "The certificate is not the one that the proof is about, or proof and checkpoint were put together. \
                 `cert log prove` makes a new one.",
            ),
            Self::NotLogged => (
                "log-not-logged",
                "a certificate is signed by the authority and is not in its log",
                "The authority logs before it signs, so that its key was used by somebody else: treat it as stolen. \
                 Revoke the certificate, then replace the issuing authority.",
            ),
            Self::Forged => (
                "log-forged-certificate",
                "a certificate names the authority as its issuer and is not signed by it",
                "No careful verifier accepts it. Find out who presents it, and whether anyone accepted it.",
            ),
            Self::Disagrees => (
                "log-directory-disagrees",
                "the authority's directory and its log tell different things",
                "A certificate, a revocation or a revocation list stands in one of them alone. A revocation that the \
                 log lacks is logged by the next `cert crl`; anything else was changed by hand.",
            ),
            Self::ForeignIssuer => (
                "log-foreign-issuer",
                "an entry is for an issuer that is none of this authority's",
                "The log of an authority holds what its own keys sign. Another issuer's entry means that its log key was \
                 used by something else.",
            ),
            Self::DuplicateSerial => (
                "log-duplicate-serial",
                "a serial number stands in the log twice",
                "Serial numbers are random and long: the same one twice means that randomness failed, or that an \
                 issuer was made to sign what somebody else prepared.",
            ),
            Self::NotCosigned => (
                "log-not-cosigned",
                "fewer witnesses cosigned the checkpoint than the policy demands",
                "Without witnesses a log is what its owner says it is: he could keep a second one for this reader. \
                 `cert log cosign` asks the witnesses of the policy. A proof that was made before it must be made again.",
            ),
        };
        ReasonPage { code, title, text }
    }
}

impl Anomaly {
    /// All anomalies.
    pub const ALL: [Self; 10] = [
        Self::NewName,
        Self::KeyReuse,
        Self::RevokedKey,
        Self::TtlOutlier,
        Self::Burst,
        Self::UnexpectedIssuer,
        Self::SanDrift,
        Self::DuplicateSerial,
        Self::OffHours,
        Self::Unreadable,
    ];

    /// The code with its explanation.
    pub fn page(self) -> ReasonPage {
        let (code, title, text) = match self {
            Self::NewName => (
                "log-new-name",
                "a name was certified that never was before",
                "New workloads do appear. One that nobody deployed is how a stolen enrolment credential shows first.",
            ),
            Self::KeyReuse => (
                "log-key-reuse",
                "one key was certified for two names",
                "Whoever holds the key is both workloads. Workloads share no keys: look for a request that was copied.",
            ),
            Self::RevokedKey => (
                "log-revoked-key",
                "a key was certified again after a certificate for it was revoked as compromised",
                "Others may hold this key. The authority refuses such a key, so that something else used its log key, or an \
                 older version issued. Revoke the certificate and give the workload a new key.",
            ),
            Self::TtlOutlier => (
                "log-ttl-outlier",
                "a certificate lives more than twice as long as is usual",
                "A long life outlasts revocation lists and rotations. Compare with the policy of that time.",
            ),
            Self::Burst => (
                "log-burst",
                "many certificates were issued in a short time",
                "A deployment of everything does this, and so does somebody who stocks up. `--burst` and `--window` set \
                 the limit.",
            ),
            Self::UnexpectedIssuer => (
                "log-unexpected-issuer",
                "an entry is for an issuer that is not among the known",
                "The log of an authority holds what its own keys sign.",
            ),
            Self::SanDrift => (
                "log-san-drift",
                "a workload's certificate bears other names than before",
                "The DNS names or addresses beside the SPIFFE ID changed. A name that was added lets the workload answer \
                 for it.",
            ),
            Self::DuplicateSerial => (
                "log-serial-repeated",
                "a serial number was used before",
                "Serial numbers are random and long: the same one twice means that randomness failed, or worse.",
            ),
            Self::OffHours => (
                "log-off-hours",
                "a certificate was issued at night or at a week-end",
                "Looked at with `--off-hours`, for authorities that people use by hand. Times are UTC.",
            ),
            Self::Unreadable => (
                "log-unreadable-entry",
                "an entry cannot be read",
                "The tree vouches for its bytes, and they are no entry that this version knows how to read.",
            ),
        };
        ReasonPage { code, title, text }
    }

    /// The stable code.
    pub fn code(self) -> &'static str {
        self.page().code
    }
}
