//! Bad input: whatever is sent gets a clear error, or a result with the exact message of 06; no panic, nothing lost.
//!
//! Every case is a test of its own, named by its sentence.

mod support;

#[path = "bad_input/batches.rs"]
mod batches;
#[path = "bad_input/command.rs"]
mod command;
#[path = "bad_input/definitions.rs"]
mod definitions;
#[path = "bad_input/files.rs"]
mod files;
#[path = "bad_input/paths.rs"]
mod paths;
#[path = "bad_input/patients.rs"]
mod patients;
#[path = "bad_input/properties.rs"]
mod properties;
#[path = "bad_input/requests.rs"]
mod requests;
#[path = "bad_input/runs.rs"]
mod runs;
#[path = "bad_input/service.rs"]
mod service;
#[path = "bad_input/spells.rs"]
mod spells;
