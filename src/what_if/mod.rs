//! Room 12, **the second look**: a record changed and grouped again, and the single changes that would give another HRG.
//!
//! Everything is tried, nothing is derived: each variant is grouped by the same code path as any record. Where changes are
//! looked for, the release's tables say what is worth trying: its codes, and the values at which anything of it divides.

mod candidates;
mod change;
mod codes;
mod explore;
mod numbers;
mod thresholds;
mod variant;

pub use change::{Change, Changing, Edit};
pub use codes::{Added, CodesExplored, Example, Removed};
pub use explore::{EXPLAINED, Explore, Explored, Outcome, WORK};
pub use numbers::{NumberExplored, Reached};
pub use variant::{Base, Grouped, Variant, base, variant};

/// Variants in one request.
pub const MAX_EDITS: usize = 200;
/// Episodes of all variants together.
pub const MAX_EPISODES_TRIED: usize = 2_000;

/// What stands beside every answer.
pub const NOTE: &str = "Coding follows the record, not the tariff. A variant shows how grouping works; a code, a date or a stay is changed only where the patient's record says so.";
