//! Memory that goes from step to step.
//!
//! In come buffers that a step has used, out go buffers of the length that the next step asks for. A step of the
//! teacher needs hundreds of megabytes between its layers, and asking for them anew means clearing them anew.

/// A store of buffers that are free at the moment, for the next step to take.
#[derive(Debug, Default)]
pub struct Buffers<T> {
    free: Vec<Vec<T>>,
}

impl<T: Copy + Default> Buffers<T> {
    /// Returns a buffer of `len` values whose content is left over from earlier use: a free one of that length, else
    /// the smallest that is large enough, else a new one. Steps ask for the same lengths again, so that nothing is
    /// cleared after the first step.
    pub fn take(&mut self, len: usize) -> Vec<T> {
        if len == 0 {
            return Vec::new();
        }
        let fitting = self.free.iter().enumerate().filter(|(_, buffer)| buffer.capacity() >= len);
        let smallest = fitting
            .min_by_key(|(_, buffer)| (buffer.len() != len, buffer.capacity()))
            .map(|(position, _)| position);
        let mut buffer = match smallest.or_else(|| self.free.len().checked_sub(1)) {
            Some(position) => self.free.swap_remove(position),
            None => Vec::new(),
        };
        buffer.truncate(len);
        buffer.resize(len, T::default());
        buffer
    }

    /// Takes back a buffer that [`Buffers::take`] gave out. A buffer from elsewhere would stay in the store, one more
    /// with every step.
    pub fn give(&mut self, buffer: Vec<T>) {
        if buffer.capacity() > 0 {
            self.free.push(buffer);
        }
    }

    /// Returns the number of free buffers in the store.
    #[must_use]
    pub fn free(&self) -> usize {
        self.free.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_goes_round() {
        let mut buffers = Buffers::<f32>::default();
        let (small, large) = (buffers.take(3), buffers.take(100));
        let address = small.as_ptr();
        buffers.give(large);
        buffers.give(small);
        let again = buffers.take(2);
        assert_eq!((again.len(), again.as_ptr()), (2, address));
        assert_eq!(buffers.take(100).len(), 100);
        assert_eq!(buffers.free(), 0);
    }

    #[test]
    fn a_buffer_of_the_length_comes_before_a_smaller_one() {
        let mut buffers = Buffers::<f32>::default();
        let (mut long, short) = (Vec::with_capacity(100), vec![1.0; 5]);
        long.resize(4, 2.0);
        buffers.give(short);
        buffers.give(long);
        assert_eq!(buffers.take(4), [2.0; 4]);
        assert_eq!(buffers.take(4), [1.0; 4]);
    }

    #[test]
    fn nothing_is_no_buffer() {
        let mut buffers = Buffers::<f32>::default();
        buffers.give(vec![1.0]);
        buffers.give(buffers.free.first().map(|_| Vec::new()).unwrap());
        assert!(buffers.take(0).is_empty());
        assert_eq!(buffers.free(), 1);
    }
}
