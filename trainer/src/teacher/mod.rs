//! Teachers: networks whose logits students learn from, and those logits, kept where they are needed again.

pub(crate) mod teacher;
pub(crate) mod teacher_logits;

pub use teacher::{Teacher, TeacherError, TeacherFile};
