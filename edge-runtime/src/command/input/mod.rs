//! What the commands read: the model that the arguments name, and the pictures in files, folders and standard input.

mod model_choice;
mod picture_paths;
mod standard_input;

pub(super) use model_choice::{ModelFile, load_classifier};
pub(super) use picture_paths::{Depth, Entry, Picture, Pictures, find_pictures};
