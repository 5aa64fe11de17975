//! The recipe of a run: its configuration in, the fields that all repetitions share out, so that runs can be told apart
//! and averaged over seeds.

use serde_json::Value;

use crate::run::config::RunConfig;

/// Returns a key that two runs share where they repeat each other: all of the configuration that changes weights, but
/// the seed.
pub(crate) fn recipe_key(config: &RunConfig) -> String {
    recipe_fields(config).to_string()
}

/// Returns the configuration without its seed and without what changes no weight: where data and teachers lie, by
/// which name the network was asked for, which version and which engine trained. It goes by way of JSON, so that a new field
/// of the configuration counts without a word here, and of JSON's text, in which an f32 of 0.9 is 0.9.
pub(crate) fn recipe_fields(config: &RunConfig) -> Value {
    let text = serde_json::to_string(config).unwrap_or_default();
    let mut value: Value = serde_json::from_str(&text).unwrap_or_default();
    if let Some(fields) = value.as_object_mut() {
        for name in ["seed", "data", "version", "network_from", "engine"] {
            fields.remove(name);
        }
        // Runs of earlier versions don't say it, and took their set for something all the same.
        fields.insert("data_set".to_owned(), serde_json::to_value(config.data_set()).unwrap_or_default());
    }
    if let Some(transfer) = value.pointer_mut("/transfer").and_then(Value::as_object_mut) {
        transfer.remove("directory");
        // A broken picture more or less changes no image that is trained on.
        transfer.remove("skipped");
    }
    let teachers = value.pointer_mut("/distillation/teachers").and_then(Value::as_array_mut);
    for teacher in teachers.into_iter().flatten().filter_map(Value::as_object_mut) {
        teacher.remove("path");
    }
    value
}

/// Returns the fields in which two configurations differ beyond how they are taught, as `name: first, second`.
pub(crate) fn differences(first: &RunConfig, second: &RunConfig) -> Vec<String> {
    let (first, second) = (recipe_fields(first), recipe_fields(second));
    let empty = serde_json::Map::new();
    let (first, second) = (first.as_object().unwrap_or(&empty), second.as_object().unwrap_or(&empty));
    let mut names: Vec<&String> = first.keys().chain(second.keys()).collect();
    names.sort();
    names.dedup();
    let expected = ["command", "distillation"];
    let show = |value: Option<&Value>| match value {
        Some(Value::Object(network)) if network.contains_key("name") => plain(&network["name"]),
        Some(value) => plain(value),
        None => "none".to_owned(),
    };
    names
        .into_iter()
        .filter(|name| !expected.contains(&name.as_str()) && first.get(*name) != second.get(*name))
        .map(|name| format!("{name}: {}, {}", show(first.get(name)), show(second.get(name))))
        .collect()
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
