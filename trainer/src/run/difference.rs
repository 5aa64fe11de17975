//! The difference between the run that is asked for and the run on disk: two configurations in, the first field that
//! differs out, so that no run goes on with other settings.

use serde_json::Value;

use crate::run::config::RunConfig;
use crate::run::recipe::recipe_fields;

/// Returns a sentence about the first field that differs, out of all fields that change the weights.
pub(crate) fn difference(asked: &RunConfig, found: &RunConfig) -> Option<String> {
    if asked.seed != found.seed {
        return Some(format!("seed: expected {}, found {}", asked.seed, found.seed));
    }
    of_values(&recipe_fields(asked), &recipe_fields(found), "")
}

fn of_values(asked: &Value, found: &Value, name: &str) -> Option<String> {
    if asked == found {
        return None;
    }
    let (Value::Object(asked_fields), Value::Object(found_fields)) = (asked, found) else {
        return Some(format!("{name}: expected {}, found {}", shown(asked), shown(found)));
    };
    let mut names: Vec<&String> = asked_fields.keys().chain(found_fields.keys()).collect();
    names.sort();
    let field = |field: &&String| {
        let inner = if name.is_empty() { (*field).clone() } else { format!("{name}.{field}") };
        let value = |fields: &serde_json::Map<String, Value>| fields.get(*field).cloned().unwrap_or_default();
        of_values(&value(asked_fields), &value(found_fields), &inner)
    };
    names.iter().find_map(field)
}

/// Returns a value in a few words: long lists, a network's layers for one, are not for a line.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "none".to_owned(),
        Value::Array(values) => format!("a list of {}", values.len()),
        Value::Object(_) => "a table".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_first_field_that_differs_is_named_with_both_values() {
        let asked =
            json!({"epochs": 3, "optimizer": {"clip_norm": null, "weight_decay": 0.1}, "layers": [1, 2]});
        let with = |pointer: &str, value: Value| {
            let mut found = asked.clone();
            *found.pointer_mut(pointer).unwrap() = value;
            of_values(&asked, &found, "")
        };
        assert_eq!(with("/epochs", json!(3)), None);
        assert_eq!(with("/epochs", json!(4)).unwrap(), "epochs: expected 3, found 4");
        let message = with("/optimizer/clip_norm", json!(0.5)).unwrap();
        assert_eq!(message, "optimizer.clip_norm: expected none, found 0.5");
        assert_eq!(with("/layers", json!([1])).unwrap(), "layers: expected a list of 2, found a list of 1");
        assert_eq!(with("/optimizer", json!(7)).unwrap(), "optimizer: expected a table, found 7");
    }
}
