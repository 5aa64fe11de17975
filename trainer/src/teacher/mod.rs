//! Teachers: networks whose logits students learn from, and those logits, kept where they are needed again.
//!
//! In come weights and images, out go logits `[batch, classes]`. A teacher is a type of its own, so that it is never
//! trained.

pub(crate) mod teacher;
pub(crate) mod teacher_logits;

pub use teacher::{Teacher, TeacherError, TeacherFile};
