//! A browser for reports: a page in, opened in a Chromium without a window and used as a reader would, what was found
//! there and on the console out.

use std::path::{Path, PathBuf};
use std::process::Command;

const EXERCISE: &str = include_str!("exercise.js");
const FRAMES: &str = include_str!("frames.html");

/// Returns the Chromium that `CHROMIUM` names, else the first on the path. Without one the test fails.
pub(crate) fn chromium() -> PathBuf {
    let asked = std::env::var_os("CHROMIUM").map(PathBuf::from);
    let folders: Vec<PathBuf> =
        std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).collect();
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let places = names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    let found = asked.or_else(|| places.into_iter().find(|place| place.is_file()));
    found.expect("a Chromium on the path or in CHROMIUM")
}

/// Returns what a phone and a desk found in `page`, and whatever was said on the console.
pub(crate) fn exercise(chromium: &Path, page: &str) -> (Vec<serde_json::Value>, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &str| std::fs::write(folder.path().join(name), content).unwrap();
    file("report.html", &format!("{page}<script>\n{EXERCISE}</script>\n"));
    file("frames.html", FRAMES);
    let output = Command::new(chromium)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--dump-dom"])
        .args(["--virtual-time-budget=8000", "--window-size=1600,900"])
        .arg(format!("--user-data-dir={}", folder.path().join("profile").display()))
        .arg(format!("file://{}", folder.path().join("frames.html").display()))
        .output()
        .unwrap();
    let (document, log) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr).into_owned());
    assert!(output.status.success(), "{log}");
    let findings =
        document.split_once("<pre id=\"findings\">").and_then(|(_, rest)| rest.split_once("</pre>"));
    let (findings, _) = findings.unwrap_or_else(|| panic!("no findings in {document}\n{log}"));
    let findings = findings.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (findings, log.lines().filter(|line| line.contains(":CONSOLE:")).map(str::to_owned).collect())
}
