//! The faults of a value, in words that do not depend on the value: so they can be counted wherever the rows are, and
//! the counts of many places add up.

use std::fmt;

use serde_json::{Map, Value};

use crate::data::contract::{Column, Kind, columns_of};
use crate::data::numbers::exact_whole;

/// The longest number that is read, in characters. None of 64 bits is longer, not even without an exponent.
pub const MAX_NUMBER_CHARS: usize = 400;

/// The most digits of an exponent.
const MAX_EXPONENT_DIGITS: usize = 3;

/// The keywords of a JSON Schema that [`Column`] knows, and those that allow every value.
const KNOWN_KEYWORDS: [&str; 13] = [
    "$schema",
    "anyOf",
    "const",
    "default",
    "description",
    "enum",
    "examples",
    "format",
    "maximum",
    "minimum",
    "oneOf",
    "title",
    "type",
];

/// One way in which a value breaks its column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ValueFault {
    /// There is none, and the column must have one.
    Blank,
    /// It is no finite number as JSON writes them.
    NotANumber,
    /// It is below the lowest allowed value.
    Below(f64),
    /// It is above the highest allowed value.
    Above(f64),
    /// It has a fraction, or so many digits that a 64-bit float does not hold it.
    NotWhole,
    /// It is neither true nor false.
    NotAFlag,
    /// It is none of the names of its column.
    NotListed,
}

impl fmt::Display for ValueFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Blank => f.write_str("has no value"),
            Self::NotANumber => f.write_str("is not a number"),
            Self::Below(min) => write!(f, "is below {min}"),
            Self::Above(max) => write!(f, "is above {max}"),
            Self::NotWhole => f.write_str("is not a whole number"),
            Self::NotAFlag => f.write_str("is neither true nor false"),
            Self::NotListed => f.write_str("is not one of the allowed values"),
        }
    }
}

impl Column {
    /// The faults that a value can have, in the order in which they are asked: the first one counts.
    pub fn faults(&self) -> impl Iterator<Item = ValueFault> + use<> {
        let [first, low, high, whole] = match &self.kind {
            Kind::Number { whole, min, max } => {
                let whole = whole.then_some(ValueFault::NotWhole);
                [Some(ValueFault::NotANumber), min.map(ValueFault::Below), max.map(ValueFault::Above), whole]
            }
            Kind::Flag => [Some(ValueFault::NotAFlag), None, None, None],
            Kind::Choice(_) => [Some(ValueFault::NotListed), None, None, None],
            Kind::Text => [None; 4],
        };
        let blank = self.required.then_some(ValueFault::Blank);
        [blank, first, low, high, whole].into_iter().flatten()
    }

    /// The first fault of a value, without blanks around it.
    ///
    /// ```
    /// use andon::data::faults::ValueFault;
    /// use andon::{Column, Kind};
    /// let kind = Kind::Number { whole: true, min: Some(1.0), max: Some(4.0) };
    /// let units = Column { name: "units".to_owned(), description: String::new(), required: true, kind };
    /// assert_eq!(units.fault_of("2.0"), None);
    /// assert_eq!(units.fault_of("2.5"), Some(ValueFault::NotWhole));
    /// assert_eq!(units.fault_of("5"), Some(ValueFault::Above(4.0)));
    /// ```
    #[must_use]
    pub fn fault_of(&self, text: &str) -> Option<ValueFault> {
        if text.is_empty() {
            return self.required.then_some(ValueFault::Blank);
        }
        let number = if matches!(self.kind, Kind::Number { .. }) { number(text) } else { None };
        self.faults().find(|fault| match (fault, &self.kind) {
            (ValueFault::Blank, _) => false,
            (ValueFault::NotANumber, _) => number.is_none(),
            (ValueFault::Below(min), _) => number.is_some_and(|number| number < *min),
            (ValueFault::Above(max), _) => number.is_some_and(|number| number > *max),
            (ValueFault::NotWhole, _) => number.is_some_and(|number| exact_whole(number).is_none()),
            (ValueFault::NotAFlag, _) => flag(text).is_none(),
            (ValueFault::NotListed, Kind::Choice(names)) => !names.iter().any(|name| name == text),
            (ValueFault::NotListed, _) => true,
        })
    }
}

/// The number that a text without blanks around it is, as JSON writes numbers; `None` if it is none, or not finite.
#[must_use]
pub(crate) fn number(text: &str) -> Option<f64> {
    let is_json = text.len() <= MAX_NUMBER_CHARS
        && text.trim() == text
        && serde_json::from_str::<serde_json::Number>(text).is_ok()
        && has_short_exponent(text);
    text.parse::<f64>().ok().filter(|number| is_json && number.is_finite())
}

/// True unless the exponent of a number has too many digits.
#[must_use]
fn has_short_exponent(number: &str) -> bool {
    let exponent = number.split_once(['e', 'E']).map_or("", |(_, exponent)| exponent);
    exponent.trim_start_matches(['+', '-']).len() <= MAX_EXPONENT_DIGITS
}

/// The flag that a text is; `None` if it is none.
#[must_use]
pub(crate) fn flag(text: &str) -> Option<bool> {
    match text {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// The columns of a contract, from the bytes of its JSON Schema.
///
/// # Errors
/// The reason why they are no contract, or the column with a rule that [`Column::fault_of`] does not ask.
pub(crate) fn columns_of_schema(schema: &[u8]) -> Result<Vec<Column>, String> {
    let schema: Value = serde_json::from_slice(schema).map_err(|error| format!("is no JSON: {error}"))?;
    let mut columns = columns_of(&schema).ok_or("is not the JSON Schema of a record: it has no properties")?;
    for column in &mut columns {
        let Value::Object(rules) = &schema["properties"][&column.name] else { continue };
        if let Some(rule) = unknown_rule(rules).or_else(|| unread_rule(rules, &column.kind)) {
            return Err(format!("column {} has the rule `{rule}`, which cannot be asked of a table", column.name));
        }
        column.required &= !is_nullable(&Value::Object(rules.clone()));
        if let (Kind::Number { whole: true, min, max }, Some((low, high))) = (&mut column.kind, ends_of(rules)) {
            *min = Some(min.map_or(low, |min| min.max(low)));
            *max = Some(max.map_or(high, |max| max.min(high)));
        }
    }
    Ok(columns)
}

/// The first rule of a column that is none of the known ones. A text of at least one character is one that is there.
fn unknown_rule(rules: &Map<String, Value>) -> Option<&str> {
    let is_known = |(rule, value): (&String, &Value)| {
        KNOWN_KEYWORDS.contains(&rule.as_str()) || (rule == "minLength" && value.as_u64().is_some_and(|most| most <= 1))
    };
    rules.iter().find(|rule| !is_known(*rule)).map(|(rule, _)| rule.as_str())
}

/// The first rule that says which values are allowed, and of which the kind of the column holds nothing.
fn unread_rule<'a>(rules: &'a Map<String, Value>, kind: &Kind) -> Option<&'a str> {
    let of_values = ["enum", "const", "anyOf", "oneOf"].iter().find_map(|rule| rules.get_key_value(*rule));
    let is_text =
        rules.get("type").is_some_and(|kinds| *kinds == "string" || kinds[0] == "string" || kinds[1] == "string");
    match (of_values, kind) {
        (_, Kind::Choice(_)) => None,
        (Some((rule, _)), _) => Some(rule),
        (None, Kind::Text) if !is_text => Some("type"),
        (None, _) => None,
    }
}

/// True if a value of the column may be absent: in a table, a blank is that.
fn is_nullable(rules: &Value) -> bool {
    let holds_null = |key: &str| rules[key].as_array().is_some_and(|values| values.contains(&Value::Null));
    let is_null = |kind: &Value| kind.as_str() == Some("null");
    let of_type = is_null(&rules["type"]) || rules["type"].as_array().is_some_and(|kinds| kinds.iter().any(is_null));
    let nested = ["anyOf", "oneOf"].iter().filter_map(|key| rules[*key].as_array()).flatten();
    of_type || holds_null("enum") || nested.into_iter().any(is_nullable)
}

/// The ends of a whole number by its type in Rust, where a 64-bit float holds them.
fn ends_of(rules: &Map<String, Value>) -> Option<(f64, f64)> {
    Some(match rules.get("format")?.as_str()? {
        "uint8" => (0.0, u8::MAX.into()),
        "uint16" => (0.0, u16::MAX.into()),
        "uint32" => (0.0, u32::MAX.into()),
        "int8" => (i8::MIN.into(), i8::MAX.into()),
        "int16" => (i16::MIN.into(), i16::MAX.into()),
        "int32" => (i32::MIN.into(), i32::MAX.into()),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(kind: Kind, required: bool) -> Column {
        Column { name: "x".to_owned(), description: String::new(), required, kind }
    }

    #[test]
    fn each_fault_by_its_value() {
        let whole = column(Kind::Number { whole: true, min: Some(-3.0), max: Some(1e16) }, true);
        for (text, fault) in [
            ("", Some(ValueFault::Blank)),
            ("-3", None),
            ("-0", None),
            ("2e0", None),
            ("-4", Some(ValueFault::Below(-3.0))),
            ("1e17", Some(ValueFault::Above(1e16))),
            ("0.5", Some(ValueFault::NotWhole)),
            // A 64-bit float does not hold every whole number of this size.
            ("9007199254740993", Some(ValueFault::NotWhole)),
            ("NaN", Some(ValueFault::NotANumber)),
            ("inf", Some(ValueFault::NotANumber)),
            ("-Infinity", Some(ValueFault::NotANumber)),
            ("1e999", Some(ValueFault::NotANumber)),
            ("1e0001", Some(ValueFault::NotANumber)),
            ("0x1F", Some(ValueFault::NotANumber)),
            ("05", Some(ValueFault::NotANumber)),
            ("+5", Some(ValueFault::NotANumber)),
            ("1,5", Some(ValueFault::NotANumber)),
            (" 5", Some(ValueFault::NotANumber)),
            ("five", Some(ValueFault::NotANumber)),
        ] {
            assert_eq!(whole.fault_of(text), fault, "{text}");
        }
        let long = format!("0.{}", "1".repeat(MAX_NUMBER_CHARS));
        assert_eq!(whole.fault_of(&long), Some(ValueFault::NotANumber));
        assert_eq!(number("1e-999"), Some(0.0));
        let smallest = f64::MIN_POSITIVE / 4_503_599_627_370_496.0;
        for number_of in [smallest, -f64::MAX, 1.0 / 3.0 * 1e-300] {
            assert_eq!(number(&number_of.to_string()), Some(number_of), "{number_of}");
        }
        let named = column(Kind::Choice(vec!["a".to_owned()]), false);
        assert_eq!(
            [named.fault_of(""), named.fault_of("a"), named.fault_of("A")],
            [None, None, Some(ValueFault::NotListed)]
        );
        let flag = column(Kind::Flag, true);
        assert_eq!([flag.fault_of("true"), flag.fault_of("1")], [None, Some(ValueFault::NotAFlag)]);
        assert_eq!(column(Kind::Text, false).fault_of("anything"), None);
    }

    #[test]
    fn a_rule_that_cannot_be_asked_is_refused() {
        let schema = |rules: &str| format!(r#"{{"properties":{{"x":{{{rules}}}}},"required":["x"]}}"#);
        let read = |rules: &str| columns_of_schema(schema(rules).as_bytes());
        let refused = read(r#""type":"string","pattern":"^a""#).unwrap_err();
        assert_eq!(refused, "column x has the rule `pattern`, which cannot be asked of a table");
        for unread in [
            r#""type":"string","minLength":2"#,
            r#""type":"number","exclusiveMinimum":0"#,
            r#""type":"integer","enum":[1,2]"#,
            r#""anyOf":[{"type":"number","minimum":1},{"type":"null"}]"#,
            r#""description":"any value at all""#,
            r#""type":"array""#,
        ] {
            assert!(read(unread).unwrap_err().contains("which cannot be asked of a table"), "{unread}");
        }
        assert!(read(r#""type":["string","null"]"#).is_ok());
        assert!(read(r#""type":"string","minLength":1"#).is_ok());
        let kind = read(r#""type":"integer","format":"uint8","minimum":1"#).unwrap().remove(0).kind;
        assert_eq!(kind, Kind::Number { whole: true, min: Some(1.0), max: Some(255.0) });
        let may_be_blank = |rules: &str| !read(rules).unwrap()[0].required;
        assert!(
            may_be_blank(r#""type":["number","null"]"#) && may_be_blank(r#""anyOf":[{"enum":["a"]},{"type":"null"}]"#)
        );
        assert!(!may_be_blank(r#""type":"number""#) && may_be_blank(r#""enum":["a",null]"#));
        assert!(columns_of_schema(b"{}").is_err() && columns_of_schema(b"{").is_err());
    }
}
