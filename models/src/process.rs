//! The memory that this process has used, as the operating system reports it.
//!
//! Nothing comes in; out goes a number of bytes. It is one function, so that every program and benchmark reads the peak
//! in the same way.

/// Returns the largest amount of memory, in bytes, that this process has had resident at once: `VmHWM` of Linux's
/// `/proc/self/status`. Returns `None` on systems without that file.
#[must_use]
pub fn peak_resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::peak_resident_bytes;

    #[test]
    fn memory_that_is_written_counts() {
        let before = peak_resident_bytes().unwrap();
        let written = std::hint::black_box(vec![1u8; 64 << 20]);
        assert!(peak_resident_bytes().unwrap() >= before.max(written.len() as u64));
    }
}
