//! An error and its causes as one line: the error that ends a command in, what is said of it on standard error out.

/// Joins an error and its causes to one line, each cause once: some errors repeat their cause themselves, and those of
/// the tensors may have several lines.
#[must_use]
pub fn one_line(error: &anyhow::Error) -> String {
    let mut line = String::new();
    for cause in error.chain().map(|cause| cause.to_string().lines().collect::<Vec<_>>().join(" ")) {
        if !line.contains(&cause) {
            line += if line.is_empty() { "" } else { ": " };
            line += &cause;
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use anyhow::{Context, anyhow};

    use super::*;

    #[test]
    fn each_cause_is_said_once_and_on_one_line() {
        let missing = std::io::Error::from(std::io::ErrorKind::NotFound);
        let error: anyhow::Error =
            Err::<(), _>(missing).context("run: cannot be read: entity not found").unwrap_err();
        assert_eq!(one_line(&error), "run: cannot be read: entity not found");
        let error = anyhow!("two\nlines").context("student");
        assert_eq!(one_line(&error), "student: two lines");
    }
}
