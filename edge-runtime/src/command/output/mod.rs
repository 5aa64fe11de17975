//! What the commands write: answers for pictures in one of several formats, reports in words or as JSON, and progress.
//!
//! A new format of answers is a file beside `json_answers` and a line in `answer_format`.

mod answer;
mod answer_format;
mod bench_report;
mod columns;
mod csv_answers;
mod info_report;
mod json_answers;
mod json_text;
mod path_forms;
mod progress;
mod report;
mod self_test_report;
mod text_answers;

pub(super) use answer::{Answer, Answers};
pub(super) use answer_format::AnswerFormat;
pub(super) use bench_report::{BenchReport, Percentiles, Throughput};
pub(super) use info_report::InfoReport;
pub(super) use progress::Progress;
#[cfg(feature = "manual")]
pub(super) use report::print;
pub(super) use report::{Report, ReportFormat};
pub(super) use self_test_report::SelfTestReport;
