//! Files as bytes: written whole or not at all, opened only where reading ends, hashed, and numbers in them.

pub mod atomic_file;
pub mod numbers;
#[cfg(feature = "sha256")]
pub mod sha256;
