//! Which layer of a network file is wrong, and which of its keys: a TOML document in, a place and a problem in words out.
//!
//! A layer's kind decides its keys, so that the reader of the file can say no more than that some layer is wrong. Here each
//! layer is read by itself.

use models::network::WrittenLayer;
use serde::Deserialize;
use toml::{Table, Value};

use crate::process::suggestion::did_you_mean;

/// Returns what is wrong with the first layer that cannot be read, such as `layer 2 (dropout): expected the key rate, found
/// none`; `None` where the layers are not what is wrong.
pub(crate) fn first_mistake(text: &str) -> Option<String> {
    let document: Table = text.parse().ok()?;
    mistake_in(document.get("layers")?.as_array()?)
}

fn mistake_in(layers: &[Value]) -> Option<String> {
    layers.iter().enumerate().find_map(|(position, layer)| {
        let error = WrittenLayer::deserialize(layer.clone()).err()?;
        let kind = layer.get("kind").and_then(Value::as_str).unwrap_or("no kind");
        let problem = inner_mistake(layer).or_else(|| Some(of_key(layer.as_table()?, error.message())));
        let problem =
            problem.unwrap_or_else(|| format!("expected a table with a kind, found {}", shown(layer)));
        Some(format!("layer {} ({}): {problem}", position + 1, kind.escape_debug()))
    })
}

/// Returns the mistake of a layer within this one.
fn inner_mistake(layer: &Value) -> Option<String> {
    let list = |name: &str| layer.get(name).and_then(Value::as_array);
    for name in ["body", "shortcut"] {
        if let Some(mistake) = list(name).and_then(|layers| mistake_in(layers)) {
            return Some(format!("{name}, {mistake}"));
        }
    }
    list("branches")?.iter().enumerate().find_map(|(number, branch)| {
        let mistake = mistake_in(branch.as_array()?)?;
        Some(format!("branch {}, {mistake}", number + 1))
    })
}

/// Returns what is wrong with a layer's own keys: one that is missing, one that is unknown, or one whose value is wrong. That
/// one is found by leaving out each in turn.
fn of_key(layer: &Table, message: &str) -> String {
    let quoted = |message: &str| message.split('`').nth(1).unwrap_or_default().to_owned();
    if message.starts_with("missing field") {
        return format!("expected the key {}, found none", quoted(message));
    }
    if message.starts_with("unknown field") || message.starts_with("unknown variant") {
        let allowed = message.split_once(", expected ").map_or("", |(_, allowed)| allowed);
        let allowed: Vec<&str> = allowed.split('`').skip(1).step_by(2).collect();
        let found = quoted(message);
        let place = if message.starts_with("unknown variant") { "kind: " } else { "unknown key " };
        let expected =
            if allowed.is_empty() { "no other key than kind".to_owned() } else { allowed.join(", ") };
        return format!("{place}{found}: expected {expected}{}", did_you_mean(&found, &allowed));
    }
    let is_wrong = |key: &String| {
        let mut others = layer.clone();
        others.remove(key);
        match WrittenLayer::deserialize(Value::Table(others)) {
            Ok(_) => true,
            Err(error) => error.message().contains(&format!("missing field `{key}`")),
        }
    };
    match layer.keys().filter(|key| *key != "kind").find(|key| is_wrong(key)) {
        Some(key) => {
            let expected = message.split_once("expected ").map_or(message, |(_, expected)| expected);
            format!("{key}: expected {expected}, found {}", shown(&layer[key]))
        }
        None => message.lines().next().unwrap_or_default().to_owned(),
    }
}

/// Returns a value as it is written, short enough for a line.
fn shown(value: &Value) -> String {
    let text = value.to_string().replace('\n', " ");
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layer_and_the_key_are_named() {
        let flatten = "[[layers]]\nkind = \"flatten\"\n";
        for (layer, expected) in [
            ("kind = \"dropout\"", "layer 2 (dropout): expected the key rate, found none"),
            (
                "kind = \"max_pool\"\nkernel = -1",
                "layer 2 (max_pool): kernel: expected a whole number, or two as [vertical, horizontal], found -1",
            ),
            (
                "kind = \"relu\"\nslope = 0.1",
                "layer 2 (relu): unknown key slope: expected no other key than kind",
            ),
            ("kind = \"conv\"", "layer 2 (conv): kind: conv: expected convolution, depthwise_convolution"),
            (
                "kind = \"residual\"\nbody = [{ kind = \"dropout\", rate = \"a\" }]",
                "layer 2 (residual): body, layer 1 (dropout): rate: expected f32, found \"a\"",
            ),
            ("rate = 3", "layer 2 (no kind): expected the key kind, found none"),
        ] {
            let found = first_mistake(&format!("name = \"n\"\n{flatten}[[layers]]\n{layer}\n")).unwrap();
            assert!(found.starts_with(expected) && !found.contains('\n'), "{found}");
        }
        assert_eq!(first_mistake(&format!("name = 3\n{flatten}")), None);
    }
}
