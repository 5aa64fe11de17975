//! The second net under hostile data: a panic inside a library that reads them becomes an error.
//!
//! In comes a closure, out goes its answer or the text of its panic. The first net is that the data are checked before
//! any library sees them. In a build with `panic = "abort"`, as boards get, there is only the first one.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs `work` and returns its answer, or the text of its panic.
///
/// The panic hook stays as it is, since it belongs to the whole process. `work` must leave nothing half-changed behind
/// that is used after a panic; a closure that only owns what it makes leaves nothing.
///
/// # Errors
/// The text of the panic where `work` panics.
pub fn catch<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|payload| {
        let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
        text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::catch;

    #[test]
    fn returns_the_answer_or_the_text_of_the_panic() {
        assert_eq!(catch(|| 7), Ok(7));
        assert_eq!(catch(|| -> u8 { panic!("shape {}", 3) }), Err("shape 3".to_owned()));
    }
}
