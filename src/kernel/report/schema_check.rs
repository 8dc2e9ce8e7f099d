//! A checker for the part of JSON Schema that our own schemas use; anything else in a schema is an error.

use serde_json::Value;

/// The violations of a value, each with its path; empty where it conforms.
pub(crate) fn violations(schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    check(schema, schema, value, "$", &mut found);
    found
}

fn check(root: &Value, schema: &Value, value: &Value, path: &str, found: &mut Vec<String>) {
    for (keyword, rule) in schema.as_object().expect("a schema is an object") {
        let holds = match keyword.as_str() {
            "$schema" | "$id" | "$defs" | "title" | "description" => true,
            "type" => has_type(rule, value),
            "const" => rule == value,
            "enum" => rule.as_array().unwrap().contains(value),
            "minimum" => value.as_f64().is_none_or(|v| v >= rule.as_f64().unwrap()),
            "required" => rule
                .as_array()
                .unwrap()
                .iter()
                .all(|name| value.get(name.as_str().unwrap()).is_some()),
            "properties" => {
                for (name, rule) in rule.as_object().unwrap() {
                    if let Some(value) = value.get(name) {
                        check(root, rule, value, &format!("{path}.{name}"), found);
                    }
                }
                unknown_properties(schema, value, path, found);
                true
            }
            // What a schema does not name is reported with `properties`, open or closed.
            "additionalProperties" if rule == false => true,
            "additionalProperties" => {
                for (name, value) in value.as_object().into_iter().flatten() {
                    check(root, rule, value, &format!("{path}.{name}"), found);
                }
                true
            }
            "items" => {
                for (index, value) in value.as_array().into_iter().flatten().enumerate() {
                    check(root, rule, value, &format!("{path}[{index}]"), found);
                }
                true
            }
            "oneOf" => {
                let branches = rule.as_array().unwrap().iter();
                let matching = branches.filter(|branch| {
                    let mut inner = Vec::new();
                    check(root, branch, value, path, &mut inner);
                    inner.is_empty()
                });
                matching.count() == 1
            }
            "$ref" => {
                let pointer = rule.as_str().unwrap().trim_start_matches('#');
                let target = root.pointer(pointer).expect("a definition exists");
                check(root, target, value, path, found);
                true
            }
            other => panic!("the checker does not know `{other}`"),
        };
        if !holds {
            found.push(format!("{path}: {keyword} {rule}, but it is {value}"));
        }
    }
}

/// Output must not hold what its schema does not describe, though the schema leaves room for later releases.
fn unknown_properties(schema: &Value, value: &Value, path: &str, found: &mut Vec<String>) {
    for (name, _) in value.as_object().into_iter().flatten() {
        if schema["properties"].get(name).is_none() {
            found.push(format!("{path}.{name}: not in the schema"));
        }
    }
}

fn has_type(rule: &Value, value: &Value) -> bool {
    let is = |name: &Value| match name.as_str().unwrap() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("no type is called `{other}`"),
    };
    match rule {
        Value::Array(names) => names.iter().any(is),
        name => is(name),
    }
}
