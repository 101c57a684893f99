//! Two problems of ADBench, as the example writes them.

pub(crate) use super::files as data;

#[path = "../../../examples/adbench/gmm.rs"]
pub(crate) mod gmm;
#[path = "../../../examples/adbench/lstm.rs"]
pub(crate) mod lstm;
