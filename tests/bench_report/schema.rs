//! As much of JSON Schema as `docs/bench-schema.json` uses; a keyword that is not among it is an error, so that none
//! goes unchecked.

use serde_json::Value;

/// What is wrong with `value`, each with its place.
pub fn faults(schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    check(schema, schema, value, "", &mut found);
    found
}

fn check(root: &Value, schema: &Value, value: &Value, place: &str, found: &mut Vec<String>) {
    for (keyword, expected) in schema.as_object().expect("a schema is an object") {
        let fault = match keyword.as_str() {
            "$schema" | "$defs" | "title" | "description" => None,
            "$ref" => {
                let pointer =
                    expected.as_str().and_then(|text| text.strip_prefix('#')).expect("a reference within the file");
                check(root, root.pointer(pointer).expect("what is referred to"), value, place, found);
                None
            }
            "anyOf" => {
                let any = expected.as_array().expect("a list").iter().any(|one| {
                    let mut inner = Vec::new();
                    check(root, one, value, place, &mut inner);
                    inner.is_empty()
                });
                (!any).then(|| "none of anyOf".to_owned())
            }
            "type" => {
                let list = expected.as_array().cloned().unwrap_or(vec![expected.clone()]);
                (!list.iter().any(|name| has_type(value, name))).then(|| format!("{value} is not of type {expected}"))
            }
            "const" => (value != expected).then(|| format!("{value} is not {expected}")),
            "enum" => (!expected.as_array().expect("a list").contains(value))
                .then(|| format!("{value} is none of {expected}")),
            "required" => {
                let names = expected.as_array().expect("a list").iter().filter_map(Value::as_str);
                names
                    .filter(|name| value.is_object() && value.get(*name).is_none())
                    .map(|name| format!("{name} is missing"))
                    .next()
            }
            "minimum" | "maximum" | "exclusiveMinimum" => bound(keyword, expected, value),
            "minItems" => {
                let few =
                    value.as_array().is_some_and(|list| (list.len() as u64) < expected.as_u64().expect("a number"));
                few.then(|| format!("fewer than {expected} items"))
            }
            "items" => {
                for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                    check(root, expected, item, &format!("{place}/{index}"), found);
                }
                None
            }
            "properties" => {
                for (name, property) in expected.as_object().expect("an object") {
                    if let Some(inner) = value.get(name) {
                        check(root, property, inner, &format!("{place}/{name}"), found);
                    }
                }
                None
            }
            "additionalProperties" => {
                for (name, inner) in value.as_object().into_iter().flatten() {
                    check(root, expected, inner, &format!("{place}/{name}"), found);
                }
                None
            }
            unknown => panic!("{place}: the schema has {unknown}, which this test does not know"),
        };
        found.extend(fault.map(|fault| format!("{place}: {fault}")));
    }
}

fn has_type(value: &Value, name: &Value) -> bool {
    match name.as_str().expect("a type's name") {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        other => panic!("no type {other}"),
    }
}

fn bound(keyword: &str, expected: &Value, value: &Value) -> Option<String> {
    let (number, limit) = (value.as_f64()?, expected.as_f64().expect("a number"));
    let holds = match keyword {
        "minimum" => number >= limit,
        "maximum" => number <= limit,
        _ => number > limit,
    };
    (!holds).then(|| format!("{number} breaks {keyword} {limit}"))
}
