//! One spell changed: edits of every kind, edits that cannot be made, and explorations held against brute force.

mod support;

#[path = "what_if/edits.rs"]
mod edits;
#[path = "what_if/explored.rs"]
mod explored;
#[path = "what_if/spells.rs"]
mod spells;
