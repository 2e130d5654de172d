//! Jobs: files that are too large to wait for, from their coming in to their end.

mod support;

#[path = "jobs/erasure.rs"]
mod erasure;
#[path = "jobs/keys.rs"]
mod keys;
#[path = "jobs/kills.rs"]
mod kills;
#[path = "jobs/life.rs"]
mod life;
#[path = "jobs/office.rs"]
mod office;
#[path = "jobs/process.rs"]
mod process;
#[path = "jobs/refusals.rs"]
mod refusals;
#[path = "jobs/results.rs"]
mod results;
