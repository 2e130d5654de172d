//! An open grouper for Healthcare Resource Groups (HRG4+): records in, groups and reasons out.
//!
//! # The map of the house
//!
//! Data walks one way: *record as sent → normalise → validate → unbundle → group the episode → build the spell → answer and
//! trace*. HTTP and the command line are two doors to the same room. Start with [`grouper`], whose files are the steps of
//! the specification in their order.
//!
//! | room | what it is for | uses |
//! |---|---|---|
//! | [`record`] | **what comes in**: records as sent and normalised, codes as packed words | nothing |
//! | [`reference`](mod@reference) | **what we know**: one checked, immutable release: tables, conditions, look-ups, checks | `record` |
//! | [`trace`] | **why**: steps of an explanation, views, plain text | `record`, `reference` |
//! | [`grouper`] | **the answer**: pure functions from record and release to grouping and trace | the three above |
//! | [`preflight`] | **the look beforehand**: what a file as a whole shows, pattern by pattern | the four above |
//! | [`what_if`] | **the second look**: a record changed and grouped again, and what would change its HRG | `record` to `grouper` |
//! | [`bundle`] | **the library desk**: release folders and archives to loaded releases, digests, signatures, the shelf | `record`, `reference` |
//! | [`import`](mod@import) | **goods inwards**: a trust's workbooks to release folders | `reference`, `trace`, `bundle` |
//! | [`spill`] | **the store room**: records that memory does not hold, sorted, in an encrypted file without a name | nothing |
//! | [`files`] | **the file counter**: record definitions, input files, the official output files | all above |
//! | [`batch`] | **the belt**: streams of records to streams of results, in bounded memory | all but `http` and `cli` |
//! | [`sample`] | **the workshop**: invented records for trials, from a seed | the four pure rooms |
//! | [`jobs`] | **the night shift**: files too large to wait for, their queue and their results | all but `http` and `cli` |
//! | [`access`] | **the porter's lodge**: who asks, and what they may | nothing |
//! | [`audit`] | **the book of decisions**: which release answered what, as keyed hashes | nothing |
//! | [`config`] | **the notice board**: every setting of the service, read once | `access`, `audit`, limits of `http` and `jobs` |
//! | [`http`] | **the front door**: the service, one file a resource | all above, and `workbench` behind it |
//! | [`workbench`] | **the reading room**: pages for people, which ask the service as everybody does | `http`, `reference` |
//! | [`cli`] | **the side door**: the command `hrg` | all above |
//!
//! The first six are pure: they know no HTTP, file, clock or environment, and a test holds them to it. A request takes
//! one `Arc` of its release at the start and keeps it to the end.
//!
//! Where a rule stands: the spell's primary diagnosis (S10) in [`grouper::spell::pool`]; dominant procedure and flip
//! (A9-A11) in `grouper/core_hrg/procedure.rs`; CC score (A14) in `grouper/core_hrg/complication.rs`; messages (A2) in
//! [`grouper::validate`]. What a release looks like on disk is specified in `reference/README.md`.
//!
//! # Errors, three kinds, never mixed
//!
//! Bad patient data is a *result* (`UZ01Z` with messages); bad reference data is refused when loaded, with all
//! [findings](reference::Finding); a bad request is one [`http::error::ApiError`].
//!
//! # Example
//!
//! ```
//! use hrg_grouper::{bundle::Shelf, grouper::answer, record::RawSpell, trace::Explain};
//!
//! let (shelf, _) = Shelf::load(None)?;
//! let release = shelf.find("2024-25.payment").ok_or("no such release")?;
//! let spell: RawSpell<'static> = serde_json::from_str(r#"{"provspno": "1", "episodes": [{"diag": ["J18.9"]}]}"#)?;
//! let answer = answer(&spell, &release, Explain::Summary);
//! assert_eq!(answer.spell.hrg, "UZ01Z"); // most mandatory fields are blank, and the answer says which
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

// A patient's record must never end the process: no panic path in the crate; tests may.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

pub mod access;
pub mod audit;
pub mod batch;
pub mod bundle;
pub mod cli;
pub mod config;
pub mod files;
pub mod grouper;
pub mod http;
pub mod import;
pub mod jobs;
pub mod preflight;
pub mod record;
pub mod reference;
pub mod sample;
pub mod spill;
pub mod trace;
pub mod what_if;
pub mod workbench;
