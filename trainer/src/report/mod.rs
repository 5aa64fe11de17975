//! The report: runs in, one HTML file out that shows what was learnt, what was passed on and what was not.
//!
//! `sources` finds the networks, `measurement` runs them, `details` works out what is shown of the leading ones,
//! `recipes` and `sweep_plots` take means over seeds, `page` puts all into one document.

pub(crate) mod agreement;
pub(crate) mod arguments;
pub(crate) mod calibration;
pub(crate) mod confusion;
pub(crate) mod curves;
pub(crate) mod details;
pub(crate) mod entries;
pub(crate) mod informative_images;
pub(crate) mod leaders;
pub(crate) mod measurement;
pub(crate) mod page;
pub(crate) mod page_data;
pub(crate) mod pictures;
pub(crate) mod recipes;
pub(crate) mod report;
pub(crate) mod shown_logits;
pub(crate) mod sources;
pub(crate) mod sweep_plots;
pub(crate) mod temperature_scaling;

pub use arguments::ReportArguments;
pub use report::write;
