//! Files as bytes: written whole or not at all, opened only where reading ends, hashed, and numbers in them; and what
//! keeps a hostile file from hurting: names made printable, and a net for panics of the libraries that read it.

pub mod atomic_file;
pub mod numbers;
pub mod panic_net;
pub mod printable;
pub mod regular_file;
#[cfg(feature = "sha256")]
pub mod sha256;
