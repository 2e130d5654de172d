//! The fuzz targets, which the ordinary tests run on seeds and a few thousand changes of them.

#[path = "../tests/fuzz/targets/mod.rs"]
pub mod targets;
