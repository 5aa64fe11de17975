//! The pictures of a data set and what they show, before any of them is decoded.
//!
//! In comes a folder with a folder for each class, or a manifest; out goes a [`Listing`]: the paths of the pictures in one
//! order on every file system, the class and the part of each, and what was found beside them.

pub(crate) mod class_folders;
mod class_list;
pub(crate) mod class_names;
pub(crate) mod folder;
pub(crate) mod listing;
pub(crate) mod listing_error;
pub(crate) mod manifest;
