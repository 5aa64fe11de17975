//! The memory that this process has used, and what it may still use, as the operating system reports them.
//!
//! Nothing comes in; out goes a number of bytes. It is read here alone, so that every program and benchmark reads it in the
//! same way.

/// Returns the largest amount of memory, in bytes, that this process has had resident at once: `VmHWM` of Linux's
/// `/proc/self/status`. Returns `None` on systems without that file.
#[must_use]
pub fn peak_resident_bytes() -> Option<u64> {
    kilobytes(&read("/proc/self/status")?, "VmHWM:")
}

/// Returns the memory, in bytes, that this process can still take without harm: the least of what the system has
/// (`MemAvailable` of Linux's `/proc/meminfo`), what the process's control groups leave, and what its own limit of
/// addresses (`ulimit -v`) leaves. Returns `None` on systems without these files.
#[must_use]
pub fn available_bytes() -> Option<u64> {
    let of_system = kilobytes(&read("/proc/meminfo")?, "MemAvailable:");
    [of_system, left_of_addresses(), left_of_pointers(), left_of_groups()].into_iter().flatten().min()
}

/// What a process of 32 bits has beside its addresses, of which a kernel leaves it two gigabytes or three.
fn left_of_pointers() -> Option<u64> {
    const ADDRESSES: u64 = 2 << 30;
    let taken = || kilobytes(&read("/proc/self/status")?, "VmSize:");
    (usize::BITS == 32).then(taken)?.map(|taken| ADDRESSES.saturating_sub(taken))
}

fn read(path: &str) -> Option<String> {
    std::fs::read_to_string(path).ok()
}

fn kilobytes(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

/// What the limit of addresses leaves beside those that the process has.
fn left_of_addresses() -> Option<u64> {
    let limits = read("/proc/self/limits")?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max address space"))?;
    let limit: u64 = line.split_whitespace().next()?.parse().ok()?;
    let taken = kilobytes(&read("/proc/self/status")?, "VmSize:")?;
    Some(limit.saturating_sub(taken))
}

/// What the control groups leave, this process's own and those that it is within: version 2 lists one path, which version 1
/// has for its controller of memory.
fn left_of_groups() -> Option<u64> {
    let groups = read("/proc/self/cgroup")?;
    let left = |line: &str| {
        let mut fields = line.splitn(3, ':').skip(1);
        let (controllers, path) = (fields.next()?, fields.next()?);
        let (root, limit, taken) = match controllers {
            "" => ("/sys/fs/cgroup", "memory.max", "memory.current"),
            "memory" => ("/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes"),
            _ => return None,
        };
        let number = |path: String| read(&path)?.trim().parse::<u64>().ok();
        let group = |path: &std::path::Path| {
            let file = |name| format!("{root}{}/{name}", path.to_string_lossy().trim_end_matches('/'));
            // Files that were read are kept in memory as long as nobody wants it.
            let cache = file_cache(&read(&file("memory.stat")).unwrap_or_default());
            let taken = number(file(taken))?.saturating_sub(cache);
            Some(number(file(limit))?.saturating_sub(taken))
        };
        std::path::Path::new(path).ancestors().filter_map(group).min()
    };
    groups.lines().filter_map(left).min()
}

fn file_cache(statistics: &str) -> u64 {
    let value = |name: &str| -> Option<u64> {
        statistics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.trim().parse().ok())
    };
    let of_both = |name: &str| value(&format!("total_{name}")).or_else(|| value(name)).unwrap_or(0);
    of_both("inactive_file") + of_both("active_file")
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn what_is_available_is_no_more_than_the_machine_has() {
        let whole = kilobytes(&read("/proc/meminfo").unwrap(), "MemTotal:").unwrap();
        assert!((1..=whole).contains(&available_bytes().unwrap()));
    }

    #[test]
    fn memory_that_is_written_counts() {
        let before = peak_resident_bytes().unwrap();
        let written = std::hint::black_box(vec![1u8; 64 << 20]);
        assert!(peak_resident_bytes().unwrap() >= before.max(written.len() as u64));
    }
}
