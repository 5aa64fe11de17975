//! The parsers of words on the command line that are no fixed list: text in, what it names out, or a sentence with what
//! may stand there and what may have been meant.

use models::Resize;

use crate::data::group_by::GroupBy;
use crate::data::input_shape::InputShape;
use crate::network::device::DeviceChoice;
use crate::process::suggestion::did_you_mean;

/// Parses the way in which pictures are brought to size.
pub(crate) fn resize(text: &str) -> Result<Resize, String> {
    text.parse().map_err(|error| format!("{error}{}", did_you_mean(text, &Resize::WORDS)))
}

/// Parses the shape of an input.
pub(crate) fn input_shape(text: &str) -> Result<InputShape, String> {
    text.parse()
}

/// Parses what pictures belong together.
pub(crate) fn group_by(text: &str) -> Result<GroupBy, String> {
    text.parse().map_err(|error: String| match error.starts_with("expected column") {
        true => format!("{error}{}", did_you_mean(text, &["column", "prefix:_", "pattern:", "time:30"])),
        false => error,
    })
}

/// Parses the name of a device.
pub(crate) fn device(text: &str) -> Result<DeviceChoice, String> {
    text.parse().map_err(|error| format!("{error}{}", did_you_mean(text, &["auto", "cpu", "cuda"])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_have_been_meant_stands_behind_what_is_allowed() {
        for (error, expected) in [
            (resize("inks").unwrap_err(), "; did you mean ink?"),
            (device("cudda").unwrap_err(), "; did you mean cuda?"),
        ] {
            assert!(error.starts_with("expected ") && error.ends_with(expected), "{error}");
        }
    }
}
