//! Memory that goes from step to step: a step of the teacher needs hundreds of megabytes between its layers, and asking
//! for them anew means clearing them anew.

/// Buffers that nobody uses at the moment.
#[derive(Debug, Default)]
pub(crate) struct Buffers<T> {
    free: Vec<Vec<T>>,
}

impl<T: Copy + Default> Buffers<T> {
    /// A buffer of `len` values, whatever they are: the smallest free one that is large enough, or a new one.
    pub(crate) fn take(&mut self, len: usize) -> Vec<T> {
        let fitting = self.free.iter().enumerate().filter(|(_, buffer)| buffer.capacity() >= len);
        let smallest = fitting.min_by_key(|(_, buffer)| buffer.capacity()).map(|(position, _)| position);
        let mut buffer = match smallest.or_else(|| self.free.len().checked_sub(1)) {
            Some(position) => self.free.swap_remove(position),
            None => Vec::new(),
        };
        buffer.truncate(len);
        buffer.resize(len, T::default());
        buffer
    }

    /// Gives a buffer back.
    pub(crate) fn give(&mut self, buffer: Vec<T>) {
        self.free.push(buffer);
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
        assert!(buffers.free.is_empty());
    }
}
