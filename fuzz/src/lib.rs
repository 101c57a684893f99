//! The targets of `tests/hostile`, for the fuzzer.

#[allow(dead_code, unused_imports, reason = "what is fuzzed is the reading")]
#[path = "../../examples/mlp/idx.rs"]
mod idx;
#[allow(dead_code, unused_imports, reason = "what is fuzzed is the reading")]
#[path = "../../examples/mlp/model_file.rs"]
mod model_file;
#[allow(dead_code, unused_imports, reason = "what is fuzzed is the reading")]
#[path = "../../examples/mlp/network_file.rs"]
mod network_file;
#[allow(dead_code, unused_imports, reason = "what is fuzzed is the reading")]
#[path = "../../examples/mlp/options/mod.rs"]
mod options;
#[path = "../../tests/hostile/targets/mod.rs"]
mod targets;

/// Gives the data to the target of this name. A panic is a finding.
pub fn run(name: &str, data: &[u8]) {
    let target = targets::TARGETS.iter().find(|target| target.name == name);
    (target.expect("a target has this name").run)(data);
}
