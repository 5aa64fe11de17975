//! What the processor offers, and what of it tract has kernels for: what a benchmark's figures depend on.
//!
//! In: nothing but the machine itself. Out: a [`Processor`].

use std::fs;
use std::thread;

use models::storage::printable::printable;
use tract_core::tract_linalg::isa;

/// The processor that this program runs on, by [`Processor::detect`].
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Processor {
    /// The name of the processor as the system gives it; `None` where the system gives none.
    pub name: Option<String>,
    /// The name of the board, for instance `Raspberry Pi 4 Model B Rev 1.4`; `None` on most other machines.
    pub board: Option<String>,
    /// The architecture that the program was built for, for instance `aarch64`.
    pub architecture: &'static str,
    /// The number of threads that can run at the same time.
    pub cores: usize,
    /// The instruction set extensions that matter to a neural network, as Rust names them (`avx512vnni`, `fp16`, `dotprod`).
    pub features: Vec<String>,
    /// The instruction set extensions that tract looks for and has found, as tract names them.
    pub used_by_tract: Vec<&'static str>,
}

/// `[name, whether it is there]` for each extension. The macros take nothing but literals.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
macro_rules! detected {
    ($is_detected:ident: $($feature:tt)*) => {
        [$(($feature, std::arch::$is_detected!($feature))),*]
            .into_iter()
            .filter(|(_, there)| *there)
            .map(|(feature, _)| feature.to_owned())
            .collect()
    };
}

impl Processor {
    /// Asks the processor and, where there is a `/proc`, the operating system.
    #[must_use]
    pub fn detect() -> Self {
        let description = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let board = fs::read_to_string("/proc/device-tree/model").ok();
        Self {
            name: name(&description),
            board: board.map(|board| printable(board.trim_end_matches('\0').trim())),
            architecture: std::env::consts::ARCH,
            cores: thread::available_parallelism().map_or(1, usize::from),
            features: features(&description),
            used_by_tract: isa::native().iter().filter(|isa| !isa.is_arch()).map(|isa| isa.name()).collect(),
        }
    }
}

#[cfg(target_arch = "x86_64")]
fn features(_: &str) -> Vec<String> {
    detected!(is_x86_feature_detected: "sse4.2" "avx" "f16c" "fma" "avx2" "avxvnni" "avx512f" "avx512bw" "avx512vnni"
        "avx512bf16" "avx512fp16")
}

#[cfg(target_arch = "aarch64")]
fn features(_: &str) -> Vec<String> {
    detected!(is_aarch64_feature_detected: "neon" "fp16" "dotprod" "i8mm" "bf16" "sve" "sve2")
}

/// Where Rust has no stable way to ask, what the system writes.
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn features(description: &str) -> Vec<String> {
    let known = ["neon", "vfpv4", "asimd", "asimdhp", "asimddp", "v"];
    let words = field(description, "Features").into_iter().flat_map(|words| words.split(' '));
    words.filter(|word| known.contains(word)).map(str::to_owned).collect()
}

/// x86-64 has a name; of ARM, Linux tells the numbers of the maker and of the design, and some systems `Model`.
fn name(description: &str) -> Option<String> {
    if let Some(name) = field(description, "model name") {
        return Some(printable(name));
    }
    let (maker, part) = (field(description, "CPU implementer")?, field(description, "CPU part")?);
    let known = match (maker, part) {
        ("0x41", "0xd03") => "Cortex-A53",
        ("0x41", "0xd08") => "Cortex-A72",
        ("0x41", "0xd0b") => "Cortex-A76",
        _ => return Some(printable(&format!("maker {maker}, part {part}"))),
    };
    Some(known.to_owned())
}

/// The value of the first line `name : value`.
fn field<'text>(description: &'text str, name: &str) -> Option<&'text str> {
    let lines = description.lines().filter_map(|line| line.split_once(':'));
    lines.map(|(key, value)| (key.trim(), value.trim())).find(|(key, _)| *key == name).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_what_linux_writes() {
        let amd = "processor\t: 0\nmodel\t\t: 17\nmodel name\t: AMD EPYC\nflags\t\t: fpu";
        assert_eq!(name(amd).unwrap(), "AMD EPYC");
        let raspberry = "processor\t: 0\nCPU implementer\t: 0x41\nCPU architecture: 8\nCPU part\t: 0xd0b";
        assert_eq!(name(raspberry).unwrap(), "Cortex-A76");
        assert_eq!(name(&raspberry.replace("0xd0b", "0xfff")).unwrap(), "maker 0x41, part 0xfff");
        assert_eq!(name("processor : 0"), None);
    }

    /// Every extension that tract uses under a name that Rust has too.
    #[test]
    fn what_tract_uses_is_offered() {
        let processor = Processor::detect();
        assert!(processor.cores >= 1);
        for name in ["avx", "avx2", "fma", "f16c", "avx512f", "avx512vnni", "dotprod"] {
            let offered = processor.features.iter().any(|feature| feature == name);
            assert!(offered || !processor.used_by_tract.contains(&name), "{name}: {processor:?}");
        }
    }
}
