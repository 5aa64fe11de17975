//! Numbers to and from the bytes in which files hold them, and the search for those that are NaN or infinite.
//!
//! In come f32 values, or the little-endian bytes of f32 and f16 values; out go bytes, values, or the position of a
//! value. Every weight is looked at when a model is loaded, and every value of a picture. A search that may stop at
//! each value is code for one value at a time; these look at a block at a time, which compilers turn into vector code.
//! None is inlined: for a board this crate is compiled for speed, and those that call it for size.

/// The number of values that are searched at once.
const BLOCK: usize = 128;

/// Returns the position of the first of `values` that is NaN or infinite.
#[inline(never)]
#[must_use]
pub fn first_not_finite(values: &[f32]) -> Option<usize> {
    first_marked(values, |value| mark_f32(value.to_bits()))
}

/// Returns the position, counted in values, of the first of the little-endian f32 values in `bytes` that is NaN or
/// infinite.
#[inline(never)]
#[must_use]
pub fn first_not_finite_f32(bytes: &[u8]) -> Option<usize> {
    first_marked(bytes.as_chunks().0, |value| mark_f32(u32::from_le_bytes(value)))
}

/// Returns the position, counted in values, of the first of the little-endian f16 values in `bytes` that is NaN or
/// infinite.
#[inline(never)]
#[must_use]
pub fn first_not_finite_f16(bytes: &[u8]) -> Option<usize> {
    first_marked(bytes.as_chunks().0, |value| mark_f16(u16::from_le_bytes(value)))
}

/// Returns the little-endian bytes in which files keep f32 values.
#[inline(never)]
#[must_use]
pub fn little_endian(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// Returns the f32 values of little-endian bytes; a rest of under four bytes is left out.
#[inline(never)]
#[must_use]
pub fn from_little_endian(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks().0.iter().map(|&value| f32::from_le_bytes(value)).collect()
}

/// Returns a word whose sign bit is set where all bits of the exponent are ones, which in IEEE 754 stands for infinity
/// and NaN: adding one more to such an exponent carries into the sign.
#[inline(always)]
fn mark_f32(bits: u32) -> u32 {
    const EXPONENT: u32 = 0x7f80_0000;
    (bits & EXPONENT) + (1 << 23)
}

/// Returns the same mark as [`mark_f32`] for an f16 value, whose exponent has five bits.
#[inline(always)]
fn mark_f16(bits: u16) -> u32 {
    const EXPONENT: u16 = 0x7c00;
    u32::from((bits & EXPONENT) + (1 << 10)) << 16
}

#[inline(always)]
fn first_marked<T: Copy>(values: &[T], mark: impl Fn(T) -> u32) -> Option<usize> {
    let is_marked = |values: &[T]| values.iter().fold(0, |marks, &value| marks | mark(value)) >> 31 != 0;
    let block = values.chunks(BLOCK).position(is_marked)?;
    let start = block * BLOCK;
    let within = values[start..].iter().position(|&value| is_marked(&[value]))?;
    Some(start + within)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_several_is_found_wherever_it_is() {
        for length in [0, 1, BLOCK - 1, BLOCK, 3 * BLOCK + 5] {
            let sound: Vec<f32> = (0..length).map(|index| index as f32 * (-f32::MAX / 1e3)).collect();
            assert_eq!(first_not_finite(&sound), None, "{length}");
            for position in 0..length {
                let mut values = sound.clone();
                values[length - 1] = f32::INFINITY;
                values[position] = if position % 2 == 0 { f32::NAN } else { f32::NEG_INFINITY };
                let bytes = little_endian(&values);
                assert_eq!(first_not_finite(&values), Some(position), "{length}");
                assert_eq!(first_not_finite_f32(&bytes), Some(position), "{length}");
                assert_eq!(from_little_endian(&bytes)[..position], sound[..position]);
            }
        }
    }

    #[test]
    fn every_number_of_sixteen_bits_is_told_from_those_that_are_none() {
        for bits in 0..=u16::MAX {
            let is_finite = half::f16::from_bits(bits).is_finite();
            assert_eq!(first_not_finite_f16(&bits.to_le_bytes()), (!is_finite).then_some(0), "{bits:04x}");
        }
    }
}
