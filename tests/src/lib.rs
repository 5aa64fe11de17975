//! What the whole-pipeline tests share: a naive [`oracle`] that fast code is compared with, and a [`small_set`] of
//! images that a test can train on in seconds.

pub mod oracle;
pub mod small_set;
