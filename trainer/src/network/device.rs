//! The choice of the device that the trainer computes on: the CPU, or a CUDA device where the program was built for
//! one.
//!
//! In comes a word of the command line, out goes candle's [`Device`]. A missing driver is told apart from a program
//! without CUDA here, so that the message says what to do.

use std::fmt;
use std::str::FromStr;

use candle_core::Device;

/// The device that a user asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceChoice {
    /// The first CUDA device where there is one, else the CPU.
    Auto,
    /// The CPU.
    Cpu,
    /// The CUDA device of this number.
    Cuda(usize),
}

/// The reason for which a device cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// The program was built without CUDA.
    #[error(
        "--device cuda: this trainer was built without CUDA; `cargo build --release --workspace --features imago-trainer/cuda` builds one with it"
    )]
    NotBuilt,
    /// There is no CUDA device of this number, or no driver or library for it.
    #[error("--device cuda:{number}: expected a CUDA device with its driver and libraries, found: {reason}")]
    NoDevice {
        /// The number of the device that was asked for.
        number: usize,
        /// The error of CUDA.
        reason: String,
    },
}

impl DeviceChoice {
    /// Opens the device. For [`DeviceChoice::Auto`] there always is one.
    ///
    /// # Errors
    /// [`DeviceError`] where a CUDA device was asked for and cannot be used.
    pub fn open(self) -> Result<Device, DeviceError> {
        match self {
            Self::Cpu => Ok(Device::Cpu),
            Self::Auto => Ok(cuda(0).unwrap_or(Device::Cpu)),
            Self::Cuda(number) => cuda(number),
        }
    }
}

#[cfg(not(feature = "cuda"))]
fn cuda(_: usize) -> Result<Device, DeviceError> {
    Err(DeviceError::NotBuilt)
}

/// Opens a CUDA device. The driver's library may be missing, of which cudarc speaks in a panic.
#[cfg(feature = "cuda")]
fn cuda(number: usize) -> Result<Device, DeviceError> {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let opened = std::panic::catch_unwind(|| Device::new_cuda(number));
    std::panic::set_hook(hook);
    let no_device = |reason: String| {
        // candle adds a backtrace on further lines.
        let reason = reason.lines().next().unwrap_or_default().to_owned();
        DeviceError::NoDevice { number, reason }
    };
    match opened {
        Ok(device) => device.map_err(|error| no_device(error.to_string())),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            Err(no_device(text.unwrap_or_else(|| "no CUDA library".to_owned())))
        }
    }
}

impl FromStr for DeviceChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "cpu" => Ok(Self::Cpu),
            "cuda" => Ok(Self::Cuda(0)),
            _ => text
                .strip_prefix("cuda:")
                .and_then(|number| number.parse().ok())
                .map(Self::Cuda)
                .ok_or_else(|| "expected auto, cpu, cuda or cuda:N".to_owned()),
        }
    }
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => formatter.write_str("auto"),
            Self::Cpu => formatter.write_str("cpu"),
            Self::Cuda(number) => write!(formatter, "cuda:{number}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_read_as_it_is_written() {
        for choice in [DeviceChoice::Auto, DeviceChoice::Cpu, DeviceChoice::Cuda(3)] {
            assert_eq!(choice.to_string().parse(), Ok(choice));
        }
        assert_eq!("cuda".parse(), Ok(DeviceChoice::Cuda(0)));
        for wrong in ["gpu", "cuda:", "cuda:-1", "cuda:x", ""] {
            assert!(wrong.parse::<DeviceChoice>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn there_always_is_some_device() {
        assert!(DeviceChoice::Auto.open().is_ok());
        assert!(DeviceChoice::Cpu.open().is_ok());
    }
}
