//! A benchmark as a table of 80 columns.

use super::bench::{Percentiles, Report};
use super::columns::{line, precisions, processor_lines};
use super::digits::grouped;

/// The whole table, line breaks included.
pub(super) fn describe(report: &Report) -> String {
    let mut text = String::new();
    let precision = precisions(&report.precision);
    let model = format!("{}, {} bytes, {precision}", report.model, grouped(report.model_bytes));
    line(&mut text, "edge-runtime", report.version);
    line(&mut text, "model", &model);
    line(&mut text, "sha256", &report.sha256);
    processor_lines(&mut text, &report.processor, &report.kernels);
    line(&mut text, "pictures", &report.pictures);
    text += &format!("\n{:<22}{:>12.2} ms\n", "load the model", report.load_ms);
    text += &format!("{:<22}{:>12.1} us\n", "first inference", report.first_inference_us);
    text += &format!("\n{:22}{:>15}{:>15}{:>15}\n", "", "p50", "p90", "p99");
    text += &row("inference", &report.inference_us);
    text += &row("end to end", &report.end_to_end_us);
    text += &format!("\n{:<22}{:>15}\n", "threads", "images/s");
    for throughput in &report.throughput {
        let rate = grouped(throughput.images_per_second.round() as usize);
        text += &format!("{:<22}{rate:>15}\n", throughput.threads);
    }
    if let Some(bytes) = report.peak_resident_bytes {
        text += &format!("\n{:<22}{:>12.1} MB\n", "most resident memory", bytes as f64 / 1e6);
    }
    text
}

fn row(name: &str, times: &Percentiles) -> String {
    let Percentiles { p50, p90, p99, .. } = times;
    format!("{name:<22}{p50:>12.1} us{p90:>12.1} us{p99:>12.1} us\n")
}
