//! A model file's bytes through the guard, the loader and the network.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| fuzz::load_and_ask(bytes));
