//! The functions that are given hostile input: by this test program, and by the fuzz targets in `fuzz/`.
//!
//! Each returns or panics; a panic is a finding.

mod bytes;
#[allow(dead_code, unused_imports, unused_macros, reason = "shared with the suite")]
#[path = "../../suite/errors/hook.rs"]
mod hook;
mod ops;
mod program;

pub(crate) use program::run as ops;
