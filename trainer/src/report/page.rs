//! The page of a report: data in, one HTML document out that loads nothing beyond itself.
//!
//! Plots are drawn by the page's own script, as SVG from the embedded data, and not by a plotting library when the file
//! is written: they follow the reader's width and colour scheme, the slider recomputes them, and every one stands beside
//! its numbers as a table. A library that writes SVG fixes sizes and colours; one that runs in a page is a hundred times
//! as large as what is needed here. A content security policy in the head keeps the promise: a browser that honours it
//! refuses every address.

use models::storage::printable::is_invisible;
use serde::Serialize;

use crate::report::page_data::PageData;

const HTML: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");

/// The parts of the page's script, in the order in which they need each other; together they are one function.
const SCRIPTS: [&str; 12] = [
    include_str!("script/elements.js"),
    include_str!("script/network_data.js"),
    include_str!("script/plot.js"),
    include_str!("script/summary.js"),
    include_str!("script/curves.js"),
    include_str!("script/size.js"),
    include_str!("script/dark_knowledge.js"),
    include_str!("script/confusion.js"),
    include_str!("script/agreement.js"),
    include_str!("script/calibration.js"),
    include_str!("script/sweeps.js"),
    include_str!("script/runs.js"),
];

/// Returns the whole document. Every number in `data` must be finite: JSON has no other.
///
/// # Errors
/// [`serde_json::Error`] where the data cannot be written as JSON.
pub(crate) fn html(data: &PageData) -> serde_json::Result<String> {
    let script = format!("(() => {{\n\"use strict\";\n{}}})();\n", SCRIPTS.join("\n"));
    let parts = [("{{style}}", STYLE), ("{{data}}", &json_in_html(data)?), ("{{script}}", &script)];
    // Each mark is looked for in the template alone, never in what has been put in.
    let mut page = String::new();
    let mut rest = HTML;
    for (mark, part) in parts {
        let (before, after) = rest.split_once(mark).unwrap_or((rest, ""));
        page += before;
        page += part;
        rest = after;
    }
    Ok(page + rest)
}

/// Returns the data as JSON in which no `<` is left that could end the element or open a comment in it, and in which what
/// shows nothing or turns the direction of writing stands as [`printable`](models::storage::printable::printable) shows it.
fn json_in_html(data: &impl Serialize) -> serde_json::Result<String> {
    let json = serde_json::to_string(data)?.replace('<', "\\u003c");
    let mut shown = String::with_capacity(json.len());
    for character in json.chars() {
        match is_invisible(character) {
            true => shown.extend(['\\'].into_iter().chain(character.escape_default())),
            false => shown.push(character),
        }
    }
    Ok(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_has_each_mark_once_and_in_order() {
        let places = ["{{style}}", "{{data}}", "{{script}}"].map(|mark| {
            assert_eq!(HTML.matches(mark).count(), 1, "{mark}");
            HTML.find(mark)
        });
        assert!(places.is_sorted(), "{places:?}");
    }

    #[test]
    fn names_are_shown_with_what_is_invisible_in_them() {
        let names = ["cat\u{202e}gnp", "größe", "</script>", "a\u{85}b"];
        let json = json_in_html(&names).unwrap();
        assert!(!json.contains('<') && !json.contains(is_invisible), "{json}");
        let read: Vec<String> = serde_json::from_str(&json).unwrap();
        assert_eq!(read, ["cat\\u{202e}gnp", "größe", "</script>", "a\\u{85}b"]);
    }

    #[test]
    fn style_and_script_name_no_address_and_end_no_element() {
        let svg_namespace = "http://www.w3.org/2000/svg";
        for part in SCRIPTS.into_iter().chain([STYLE, HTML]) {
            let part = part.replace(svg_namespace, "");
            assert!(!part.contains("://") && !part.contains("@import"), "{part}");
        }
        assert!(SCRIPTS.iter().all(|script| !script.contains("</")));
        assert!(!STYLE.contains("</") && !STYLE.contains("url("));
    }
}
