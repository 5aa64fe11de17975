//! Files as bytes, in both directions, and what keeps a hostile file from hurting.
//!
//! Out go files that are written whole or not at all; in come files that end, their hashes, and the numbers in them.
//! Names from outside are made printable, and panics of the libraries that read a file become errors. Every program
//! touches disks through this folder, so that these promises hold everywhere.

pub mod atomic_file;
pub mod file_kind;
pub mod grouped_digits;
pub mod numbers;
pub mod panic_net;
pub mod pending_file;
pub mod printable;
pub mod printable_text;
pub mod regular_file;
#[cfg(feature = "sha256")]
pub mod sha256;
mod temporary_file;
mod write_error;

pub use temporary_file::{NamingHeld, abandon_all};
