//! RFC 9651's conformance cases: what parses, to what, what must not, and how each value is written.

use std::fs;
use std::path::Path;

use serde_json::Value;

use countersign::request::structured_field::{
    BareItem, Dictionary, InnerList, Item, Member, Parameters, parse_dictionary, parse_item,
    parse_list, serialize_dictionary, serialize_item, serialize_list,
};

use super::{corpus, files};

/// A field value of one of the three kinds.
#[derive(Debug, PartialEq)]
enum Field {
    Item(Item),
    List(Vec<Member>),
    Dictionary(Dictionary),
}

impl Field {
    fn parse(kind: &str, text: &[u8]) -> Result<Self, String> {
        match kind {
            "item" => parse_item(text).map(Self::Item),
            "list" => parse_list(text).map(Self::List),
            "dictionary" => parse_dictionary(text).map(Self::Dictionary),
            other => panic!("{other} is no kind of field"),
        }
        .map_err(|error| error.to_string())
    }

    fn serialize(&self) -> Result<String, String> {
        match self {
            Self::Item(value) => serialize_item(value),
            Self::List(list) => serialize_list(list),
            Self::Dictionary(dictionary) => serialize_dictionary(dictionary),
        }
        .map_err(|error| error.to_string())
    }

    /// The value as the cases write it down in JSON.
    fn expected(kind: &str, json: &Value) -> Self {
        match kind {
            "item" => Self::Item(item(json)),
            "list" => Self::List(array(json).iter().map(member).collect()),
            "dictionary" => Self::Dictionary(
                array(json)
                    .iter()
                    .map(|entry| (text(&entry[0]).into(), member(&entry[1])))
                    .collect(),
            ),
            other => panic!("{other} is no kind of field"),
        }
    }
}

fn array(json: &Value) -> &[Value] {
    json.as_array().unwrap()
}

fn text(json: &Value) -> String {
    json.as_str().unwrap().to_owned()
}

fn member(json: &Value) -> Member {
    if json[0].is_array() {
        Member::InnerList(InnerList {
            items: array(&json[0]).iter().map(item).collect(),
            parameters: parameters(&json[1]),
        })
    } else {
        Member::Item(item(json))
    }
}

fn item(json: &Value) -> Item {
    Item {
        value: bare(&json[0]),
        parameters: parameters(&json[1]),
    }
}

fn parameters(json: &Value) -> Parameters {
    array(json)
        .iter()
        .map(|entry| (text(&entry[0]).into(), bare(&entry[1])))
        .collect()
}

fn bare(json: &Value) -> BareItem {
    match json {
        Value::Bool(value) => BareItem::Boolean(*value),
        Value::String(value) => BareItem::String(value.clone().into()),
        Value::Number(number) if number.is_f64() => BareItem::Decimal(thousandths(number)),
        Value::Number(number) => BareItem::Integer(number.as_i64().unwrap()),
        _ => {
            let value = &json["value"];
            match json["__type"].as_str().unwrap() {
                "token" => BareItem::Token(text(value)),
                "binary" => BareItem::Bytes(base32(value.as_str().unwrap())),
                "date" => BareItem::Date(value.as_i64().unwrap()),
                "displaystring" => BareItem::DisplayString(text(value)),
                other => panic!("{other} is no type"),
            }
        }
    }
}

/// A decimal is held in thousandths, so that the five cases of finer numbers are rounded here (RFC 9651 §4.1.5 step 3:
/// to the nearest, ties to the even digit).
fn thousandths(number: &serde_json::Number) -> i64 {
    let written = number.to_string();
    let (whole, fraction) = written.split_once('.').unwrap();
    let digits: String = fraction.chars().chain("000".chars()).take(3).collect();
    let rest = fraction.get(3..).unwrap_or("");
    let magnitude: i64 = format!("{}{digits}", whole.trim_start_matches('-'))
        .parse()
        .unwrap();
    let up = match rest.trim_end_matches('0') {
        "5" => magnitude % 2,
        other => i64::from(other > "5"),
    };
    let sign = if whole.starts_with('-') { -1 } else { 1 };
    sign * (magnitude + up)
}

/// RFC 4648 §6, as the cases write bytes.
fn base32(encoded: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let (mut bits, mut held) = (0_u32, 0);
    for letter in encoded.trim_end_matches('=').chars() {
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        bits = bits << 5 | u32::try_from(alphabet.find(letter).unwrap()).unwrap();
        held += 5;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(bits >> held).unwrap());
            bits &= (1 << held) - 1;
        }
    }
    bytes
}

fn cases(folder: &Path) -> Vec<Value> {
    let mut cases = Vec::new();
    for file in files(folder, &["json"]) {
        if file.parent() == Some(folder) {
            let text = fs::read_to_string(file).unwrap();
            cases.extend(serde_json::from_str::<Vec<Value>>(&text).unwrap());
        }
    }
    cases
}

/// The field lines of a member of a case, joined as HTTP joins them.
fn lines(json: &Value) -> String {
    let lines: Vec<_> = array(json).iter().map(text).collect();
    lines.join(", ")
}

#[test]
fn all_parse_cases_hold_and_each_value_is_written_canonically() {
    let Some(folder) = corpus("structured-fields") else {
        return;
    };
    let (mut parsed, mut refused) = (0, 0);
    for case in cases(&folder) {
        let name = case["name"].as_str().unwrap();
        let kind = case["header_type"].as_str().unwrap();
        let raw = lines(&case["raw"]);
        let found = Field::parse(kind, raw.as_bytes());
        if case["must_fail"] == true {
            assert!(found.is_err(), "{name}: {raw} is read as {found:?}");
            refused += 1;
            continue;
        }
        // Where a parser may fail, ours does not.
        let found = found.unwrap_or_else(|error| panic!("{name}: {raw}: {error}"));
        assert_eq!(found, Field::expected(kind, &case["expected"]), "{name}");
        let canonical = match case.get("canonical") {
            Some(canonical) => lines(canonical),
            None => raw,
        };
        assert_eq!(found.serialize().as_deref(), Ok(&*canonical), "{name}");
        parsed += 1;
    }
    assert_eq!((parsed, refused), (727, 864));
}

#[test]
fn all_serialisation_cases_hold() {
    let Some(folder) = corpus("structured-fields/serialisation-tests") else {
        return;
    };
    let (mut written, mut refused) = (0, 0);
    for case in cases(&folder) {
        let name = case["name"].as_str().unwrap();
        let field = Field::expected(case["header_type"].as_str().unwrap(), &case["expected"]);
        let found = field.serialize();
        if case["must_fail"] == true {
            assert!(found.is_err(), "{name}: written as {found:?}");
            refused += 1;
        } else {
            assert_eq!(found, Ok(lines(&case["canonical"])), "{name}");
            written += 1;
        }
    }
    assert_eq!((written, refused), (5, 539));
}
