//! What AWS identity policies allow, as far as account authorization details show it.
//!
//! Only identity policies and boundaries are in that export: service and resource control policies and resource policies
//! are not, and the result says so. A denial in any policy wins; conditions and resources that cannot be judged here make
//! a verdict conditional, and are neither dropped nor taken for granted.

pub mod escalation;
pub mod policy;

pub use escalation::{Method, methods};
pub use policy::{Allowed, Document, Identity, Statement};
