//! The page of `trainer report` opens in a browser without a word on the console. `scripts/check-report` runs this test; it
//! needs a Chromium, and is not part of `cargo test` without arguments.
#![allow(clippy::unwrap_used)]

mod chromium;
#[path = "../report_runs/mod.rs"]
mod report_runs;

use report_runs::{ALL, report, workshop, workshop_of_many_classes};
use serde_json::Value;

fn number(value: &Value) -> usize {
    value.as_u64().unwrap() as usize
}

#[test]
fn opens_in_a_browser_without_a_word_on_the_console() {
    let chromium = chromium::chromium();
    let (page, _) = report(workshop(), &ALL, "opened.html");
    opens(&chromium, &page);
    let many = workshop_of_many_classes();
    opens(&chromium, &report(many.path(), &["teacher", "student"], "many.html").0);

    // What would go unseen if the look at the console were blind, or the exercise lame.
    let spoiled = page.replace("showSweeps();\n", "showSweeps();\nnowhere();\n");
    let (_, console) = chromium::exercise(&chromium, &spoiled);
    assert!(console.iter().any(|line| line.contains("nowhere is not defined")), "{console:?}");
    let spoiled = page.replace("else follow(value);", "");
    let (findings, console) = chromium::exercise(&chromium, &spoiled);
    assert!(!console.is_empty() && findings.iter().all(|found| found["error"].is_string()), "{findings:?}");
}

/// A page that a phone and a desk open, and that does what a reader asks of it.
fn opens(chromium: &std::path::Path, page: &str) {
    let (findings, console) = chromium::exercise(chromium, page);
    assert!(console.is_empty(), "{console:?}");
    let mut widths: Vec<usize> = findings.iter().map(|found| number(&found["width"])).collect();
    widths.sort_unstable();
    assert_eq!(widths, [360, 1100]);
    assert!(findings.iter().all(|found| found["done"] == true), "{findings:?}");
}
