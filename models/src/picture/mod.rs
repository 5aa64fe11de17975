//! Pictures: from a file's bytes to a network's input, by one code for trainer and board.

pub mod preprocessing;
