//! The target `csv` of tests/fuzz/targets.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| hrg_grouper_fuzz::targets::csv(bytes));
