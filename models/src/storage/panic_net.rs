//! The second net under hostile data: a panic inside a library that reads them becomes an error.
//!
//! In comes a closure, out goes its answer or the text of its panic. The first net is that the data are checked before
//! any library sees them. Programs are built so that a panic unwinds, the board's among them, and print nothing of one that
//! is caught here.

use std::cell::Cell;
use std::io::Write;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};

thread_local! {
    /// Whether this thread works over the net.
    static OVER_NET: Cell<bool> = const { Cell::new(false) };
}

/// Runs `work` and returns its answer, or the text of its panic.
///
/// The panic hook stays as it is, since it belongs to the whole process: see [`print_only_what_is_not_caught`]. `work` must
/// leave nothing half-changed behind that is used after a panic; a closure that only owns what it makes leaves nothing.
///
/// # Errors
/// The text of the panic where `work` panics.
pub fn catch<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    let before = OVER_NET.replace(true);
    let outcome = catch_unwind(AssertUnwindSafe(work));
    OVER_NET.set(before);
    outcome.map_err(|payload| {
        let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
        text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".to_owned())
    })
}

/// Makes the panics of this process one line on standard error each, and those that [`catch`] turns into errors none at all.
/// A program calls this once, when it begins; `program` is its name.
pub fn print_only_what_is_not_caught(program: &'static str) {
    std::panic::set_hook(Box::new(move |panic| {
        if !OVER_NET.get() {
            // Standard error may be closed: then there is nobody to tell.
            let _ = std::io::stderr().write_all(line(program, panic).as_bytes());
        }
    }));
}

fn line(program: &str, panic: &PanicHookInfo<'_>) -> String {
    let place = panic.location().map(|place| format!(" at {}:{}", place.file(), place.line()));
    let place = place.unwrap_or_default();
    let text = super::printable::printable(panic.payload_as_str().unwrap_or("no message"));
    format!("{program}: a mistake in this program{place}, please report it: {text}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn returns_the_answer_or_the_text_of_the_panic() {
        assert_eq!(catch(|| 7), Ok(7));
        assert_eq!(catch(|| -> u8 { panic!("shape {}", 3) }), Err("shape 3".to_owned()));
        assert!(!OVER_NET.get());
    }

    #[test]
    fn a_net_within_a_net_leaves_the_outer_one_up() {
        let outer = catch(|| {
            let inner = catch(|| -> u8 { panic!("inner") });
            (inner, OVER_NET.get())
        });
        assert_eq!(outer, Ok((Err("inner".to_owned()), true)));
    }
}
