//! Long numbers as people read them, with their digits in groups of three.
//!
//! In comes a count, out goes text for the tables of every program.

/// Returns a number with commas between its thousands: 118282 as `118,282`.
#[must_use]
pub fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let first = digits.len() % 3;
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && position % 3 == first {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn groups_the_digits_of_long_numbers() {
        for (number, expected) in [(7, "7"), (118, "118"), (1_000, "1,000"), (118_282, "118,282")] {
            assert_eq!(grouped(number), expected);
        }
        assert_eq!([0, 999, 1000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
    }
}
