//! The functions that are given hostile input: by this test program, and by the fuzz targets in `fuzz/`.
//!
//! Each returns or panics; a panic is a finding.

mod bytes;
#[allow(dead_code, unused_imports, unused_macros, reason = "shared with the suite")]
#[path = "../../suite/errors/hook.rs"]
mod hook;
mod loaders;
mod ops;
mod program;
mod subscripts;

/// A target: its name, its function, the most memory that it may take for an input of so many bytes, and how often
/// the test program runs it.
pub(crate) struct Target {
    pub(crate) name: &'static str,
    pub(crate) run: fn(&[u8]),
    #[allow(dead_code, reason = "the fuzzer has a limit of its own")]
    pub(crate) memory: fn(usize) -> usize,
    #[allow(dead_code, reason = "the fuzzer runs until it is stopped")]
    pub(crate) runs: u64,
}

const MIB: usize = 1 << 20;

pub(crate) const TARGETS: [Target; 7] = [
    // A gzip stream holds up to 1032 times its size, and a list has up to twice its length.
    Target {
        name: "idx",
        run: loaders::idx,
        memory: |n| 2 * 1032 * n + MIB,
        runs: 10_000,
    },
    Target {
        name: "gzip",
        run: loaders::gzip,
        memory: |n| 2 * 1032 * n + 8 * MIB,
        runs: 2_000,
    },
    Target {
        name: "safetensors",
        run: loaders::safetensors,
        memory: |n| 64 * n + MIB,
        runs: 100_000,
    },
    Target {
        name: "safetensors_text",
        run: loaders::safetensors_text,
        memory: |n| 64 * n + MIB,
        runs: 50_000,
    },
    Target {
        name: "options",
        run: loaders::options,
        memory: |n| 64 * n + MIB,
        runs: 50_000,
    },
    Target {
        name: "einsum",
        run: subscripts::run,
        memory: |_| 64 * MIB,
        runs: 20_000,
    },
    // The tape's ceiling, and the lists that ops make beside it.
    Target {
        name: "ops",
        run: program::run,
        memory: |_| 2 * program::LIMIT,
        runs: 5_000,
    },
];
