//! What the whole-pipeline tests share: a naive [`oracle`] that fast code is compared with, an [`integer_oracle`] for
//! networks in eight bits, [`random_networks`], and a [`small_set`] of images that a test can train on in seconds.

pub mod integer_oracle;
pub mod oracle;
pub mod random_networks;
