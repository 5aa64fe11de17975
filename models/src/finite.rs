//! Where values that should be finite are NaN or infinite.
//!
//! Every weight of a model file and every value of a picture is looked at. A search that may stop at each value is code
//! for one value at a time; these look at a block at a time, which compilers turn into vector code.

/// Values of a block.
const BLOCK: usize = 128;

/// The position of the first value that is NaN or infinite.
#[inline(never)]
#[must_use]
pub fn first_not_finite(values: &[f32]) -> Option<usize> {
    first(values, f32::is_finite)
}

/// The same of binary32 numbers as a file has them.
#[inline(never)]
#[must_use]
pub fn first_not_finite_f32(little_endian: &[[u8; 4]]) -> Option<usize> {
    first(little_endian, |value| f32::from_le_bytes(value).is_finite())
}

/// The same of binary16 numbers as a file has them.
#[inline(never)]
#[must_use]
pub fn first_not_finite_f16(little_endian: &[[u8; 2]]) -> Option<usize> {
    // In IEEE 754 an exponent of ones only stands for infinity and NaN; binary16 has five bits of it.
    const EXPONENT: u16 = 0x7c00;
    first(little_endian, |value| u16::from_le_bytes(value) & EXPONENT != EXPONENT)
}

#[inline(always)]
fn first<T: Copy>(values: &[T], is_finite: impl Fn(T) -> bool) -> Option<usize> {
    let is_sound = |block: &[T]| block.iter().fold(true, |sound, &value| sound & is_finite(value));
    let block = values.chunks(BLOCK).position(|block| !is_sound(block))?;
    let start = block * BLOCK;
    values[start..].iter().position(|&value| !is_finite(value)).map(|position| start + position)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_several_is_found_wherever_it_is() {
        for length in [0, 1, BLOCK - 1, BLOCK, 3 * BLOCK + 5] {
            let sound: Vec<f32> = (0..length).map(|index| index as f32 * -f32::MAX / 1e3).collect();
            assert_eq!(first_not_finite(&sound), None, "{length}");
            for position in 0..length {
                let mut values = sound.clone();
                values[length - 1] = f32::INFINITY;
                values[position] = if position % 2 == 0 { f32::NAN } else { f32::NEG_INFINITY };
                let bytes: Vec<[u8; 4]> = values.iter().map(|value| value.to_le_bytes()).collect();
                assert_eq!(first_not_finite(&values), Some(position), "{length}");
                assert_eq!(first_not_finite_f32(&bytes), Some(position), "{length}");
            }
        }
    }

    #[test]
    fn every_number_of_sixteen_bits_is_told_from_those_that_are_none() {
        for bits in 0..=u16::MAX {
            let is_finite = half::f16::from_bits(bits).is_finite();
            assert_eq!(first_not_finite_f16(&[bits.to_le_bytes()]), (!is_finite).then_some(0), "{bits:04x}");
        }
    }
}
