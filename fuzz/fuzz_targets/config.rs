//! Fuzzes `config` of `crates/hostile`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| onsale_fuzz::run("config", bytes));
