//! The second net: a panic inside a library that reads hostile data becomes an error.
//!
//! The first net is that such data is checked before. In a build with `panic = "abort"` there is only the first one.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// What `work` answers, or the text of its panic. The panic hook is left alone: it belongs to the whole process.
///
/// `work` must leave nothing half-changed behind that is used afterwards: here it only owns what it makes.
pub(crate) fn catch<T>(work: impl FnOnce() -> T) -> Result<T, String> {
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
