//! A benchmark: what `edge-runtime bench` has measured, as a table of 80 columns or as the keys of one JSON object.

use edge_runtime::{Precision, Processor};
use models::storage::grouped_digits::grouped;

use super::columns::{line, precisions, processor_lines};
use super::report::Report;

/// What was measured, and on what.
#[derive(serde::Serialize)]
pub(crate) struct BenchReport {
    /// The version of this program.
    pub(crate) version: &'static str,
    pub(crate) model: String,
    pub(crate) sha256: String,
    pub(crate) model_bytes: usize,
    pub(crate) precision: Vec<Precision>,
    pub(crate) processor: Processor,
    pub(crate) kernels: Vec<String>,
    /// What was classified end to end.
    pub(crate) pictures: String,
    /// From the file's name to a classifier.
    pub(crate) load_ms: f64,
    pub(crate) first_inference_us: f64,
    /// From a tensor to probabilities.
    pub(crate) inference_us: Percentiles,
    /// From a picture file's bytes to probabilities: decoding, preprocessing, inference.
    pub(crate) end_to_end_us: Percentiles,
    /// End to end, by threads.
    pub(crate) throughput: Vec<Throughput>,
    /// The most memory that was resident; where the system says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) peak_resident_bytes: Option<u64>,
}

/// Nearest-rank percentiles of the times of single runs, in microseconds.
#[derive(Debug, PartialEq, serde::Serialize)]
pub(crate) struct Percentiles {
    pub(crate) runs: usize,
    pub(crate) p50: f64,
    pub(crate) p90: f64,
    pub(crate) p99: f64,
}

/// The pictures that all threads together classify in a second.
#[derive(serde::Serialize)]
pub(crate) struct Throughput {
    pub(crate) threads: usize,
    pub(crate) images_per_second: f64,
}

impl Report for BenchReport {
    fn in_words(&self) -> String {
        let mut text = String::new();
        let precision = precisions(&self.precision);
        let model = format!("{}, {} bytes, {precision}", self.model, grouped(self.model_bytes));
        line(&mut text, "edge-runtime", self.version);
        line(&mut text, "model", &model);
        line(&mut text, "sha256", &self.sha256);
        processor_lines(&mut text, &self.processor, &self.kernels);
        line(&mut text, "pictures", &self.pictures);
        text += &format!("\n{:<22}{:>12.2} ms\n", "load the model", self.load_ms);
        text += &format!("{:<22}{:>12.1} us\n", "first inference", self.first_inference_us);
        text += &format!("\n{:22}{:>15}{:>15}{:>15}\n", "", "p50", "p90", "p99");
        text += &row("inference", &self.inference_us);
        text += &row("end to end", &self.end_to_end_us);
        text += &format!("\n{:<22}{:>15}\n", "threads", "images/s");
        for throughput in &self.throughput {
            let rate = grouped(throughput.images_per_second.round() as usize);
            text += &format!("{:<22}{rate:>15}\n", throughput.threads);
        }
        if let Some(bytes) = self.peak_resident_bytes {
            text += &format!("\n{:<22}{:>12.1} MB\n", "most resident memory", bytes as f64 / 1e6);
        }
        text
    }
}

fn row(name: &str, times: &Percentiles) -> String {
    let Percentiles { p50, p90, p99, .. } = times;
    format!("{name:<22}{p50:>12.1} us{p90:>12.1} us{p99:>12.1} us\n")
}
