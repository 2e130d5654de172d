//! An open grouper for Healthcare Resource Groups (HRG4+).
//!
//! This page is the map of the house.
pub mod bundle;
pub mod cli;
pub mod files;
pub mod grouper;
pub mod record;
pub mod reference;
pub mod trace;
