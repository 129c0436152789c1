//! The data contract: one serde struct per row, its ranges declared once on the fields.
//!
//! The record derives `Serialize`, `Deserialize`, [`garde::Validate`] and [`schemars::JsonSchema`]. garde checks the
//! ranges, schemars writes the same attributes into the JSON Schema, and this module reads the schema to tell a
//! broken row's owner what would be allowed. A row from CSV and a row from JSON pass the same checks.

use std::fmt;
use std::marker::PhantomData;

use andon_evidence::messages::without_type_names;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::data::cells::{self, Cell};

/// The traits that a release's row must have; all of them can be derived.
pub trait Record:
    Serialize + DeserializeOwned + garde::Validate<Context = ()> + JsonSchema + Clone + Send + Sync + 'static
{
}

impl<T> Record for T where
    T: Serialize + DeserializeOwned + garde::Validate<Context = ()> + JsonSchema + Clone + Send + Sync + 'static
{
}

/// The kind of value that a column may hold.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// A number, whole or not, within a range where one is declared.
    Number {
        /// True if only whole numbers are allowed.
        whole: bool,
        /// Lowest allowed value.
        min: Option<f64>,
        /// Highest allowed value.
        max: Option<f64>,
    },
    /// `true` or `false`.
    Flag,
    /// One of these names.
    Choice(Vec<String>),
    /// Any text.
    Text,
}

/// One column of the contract.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// The field's doc comment: what it is, in which unit.
    pub description: String,
    /// True if every record has it; an optional column may be absent or empty.
    pub required: bool,
    /// The kind of value that it may hold.
    pub kind: Kind,
}

impl Column {
    /// The allowed values, in words.
    #[must_use]
    pub fn allowed(&self) -> String {
        let or_empty = if self.required { "" } else { ", or empty" };
        let allowed = match &self.kind {
            Kind::Number { whole, min, max } => {
                let noun = if *whole { "a whole number" } else { "a number" };
                match (min, max) {
                    (Some(min), Some(max)) => format!("{noun} from {min} to {max}"),
                    (Some(min), None) => format!("{noun} of at least {min}"),
                    (None, Some(max)) => format!("{noun} of at most {max}"),
                    (None, None) => noun.to_owned(),
                }
            }
            Kind::Flag => "true or false".to_owned(),
            Kind::Choice(names) => format!("one of {}", names.join(", ")),
            Kind::Text => "any text".to_owned(),
        };
        allowed + or_empty
    }

    fn from_schema(name: &str, schema: &Value, required: bool) -> Self {
        let description = schema.get("description").and_then(Value::as_str).unwrap_or_default().to_owned();
        Self { name: name.to_owned(), description, required, kind: kind(schema) }
    }
}

/// The columns that a JSON Schema describes, by name; none if it describes no record.
pub(crate) fn columns_of(schema: &Value) -> Option<Vec<Column>> {
    let properties = schema.get("properties")?.as_object()?;
    let required = schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    let is_required = |name: &String| required.iter().any(|required| required == name.as_str());
    Some(properties.iter().map(|(name, schema)| Column::from_schema(name, schema, is_required(name))).collect())
}

/// The variants of an enum in a schema, also where it is optional or its variants have docs.
fn choices(schema: &Value) -> Vec<String> {
    let named = |value: &Value| value.as_str().map(str::to_owned);
    let listed = schema.get("enum").and_then(Value::as_array).into_iter().flatten().filter_map(named);
    let constant = schema.get("const").and_then(named);
    let nested = ["anyOf", "oneOf"].iter().filter_map(|key| schema.get(*key)?.as_array()).flatten().flat_map(choices);
    listed.chain(constant).chain(nested).collect()
}

fn kind(schema: &Value) -> Kind {
    let names = choices(schema);
    if !names.is_empty() {
        return Kind::Choice(names);
    }
    let kind = schema.get("type");
    let is = |name: &str| match kind {
        Some(Value::String(kind)) => kind == name,
        Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == name),
        _ => false,
    };
    let number = |key: &str| schema.get(key).and_then(Value::as_f64);
    if is("boolean") {
        Kind::Flag
    } else if is("integer") || is("number") {
        Kind::Number { whole: is("integer"), min: number("minimum"), max: number("maximum") }
    } else {
        Kind::Text
    }
}

/// One value that breaks the contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Violation {
    /// Line in the file, from 1; absent for a record that came alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// The column; empty if the record as a whole is broken.
    pub column: String,
    /// The offending value, shortened.
    pub value: String,
    /// The fault in it.
    pub problem: String,
    /// The values that would be allowed.
    pub allowed: String,
}

/// Most characters of a value or a name that are repeated in a message.
const MAX_SHOWN_CHARS: usize = 60;

fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

impl Violation {
    /// A violation of a record that came alone; what is long is shortened.
    #[must_use]
    pub fn new(column: &str, value: &str, problem: impl Into<String>, allowed: impl Into<String>) -> Self {
        let value = shortened(value, MAX_SHOWN_CHARS);
        let column = shortened(column, MAX_SHOWN_CHARS);
        let problem = shortened(&problem.into(), 10 * MAX_SHOWN_CHARS);
        Self { line: None, column, value, problem, allowed: allowed.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}, ")?;
        }
        if !self.column.is_empty() {
            write!(f, "column {}", self.column)?;
            if !self.value.is_empty() {
                write!(f, ", value `{}`", self.value)?;
            }
            f.write_str(": ")?;
        }
        write!(f, "{}", self.problem)?;
        if self.allowed.is_empty() { Ok(()) } else { write!(f, " (allowed: {})", self.allowed) }
    }
}

/// The record is not one that a contract can be read from.
#[derive(Debug, thiserror::Error)]
#[error("the record's JSON Schema is not that of a flat struct: {0}")]
pub struct NoContract(String);

/// The contract of one record type.
#[derive(Debug, Clone)]
pub struct Contract<R> {
    columns: Vec<Column>,
    schema: Value,
    record: PhantomData<fn() -> R>,
}

impl<R: Record> Contract<R> {
    /// Reads the contract from the record's type.
    ///
    /// # Errors
    /// [`NoContract`] when the record is not a struct.
    pub fn new() -> Result<Self, NoContract> {
        let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
        let schema = settings.into_generator().into_root_schema_for::<R>().to_value();
        let columns = columns_of(&schema).ok_or_else(|| NoContract("it has no properties".to_owned()))?;
        Ok(Self { columns, schema, record: PhantomData })
    }

    /// Every column, by name.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// One column.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The contract as JSON Schema 2020-12.
    #[must_use]
    pub fn json_schema(&self) -> &Value {
        &self.schema
    }

    /// Reads one record from JSON and checks it.
    ///
    /// # Errors
    /// Every broken value; a value of the wrong type hides the ones after it.
    pub fn read_json(&self, json: &[u8]) -> Result<R, Vec<Violation>> {
        // serde would also take an array, by position.
        if json.trim_ascii_start().first().is_some_and(|first| *first != b'{') {
            return Err(vec![Violation::new("", "", "is not a JSON object", "one JSON object")]);
        }
        let mut deserializer = serde_json::Deserializer::from_slice(json);
        let record: R = serde_path_to_error::deserialize(&mut deserializer)
            .map_err(|error| vec![self.json_violation(&error, json)])?;
        deserializer.end().map_err(|error| vec![Violation::new("", "", error.to_string(), "one JSON object")])?;
        self.check(&record).map(|()| record)
    }

    fn json_violation(&self, error: &serde_path_to_error::Error<serde_json::Error>, json: &[u8]) -> Violation {
        let message = error.inner().to_string();
        let path = error.path().to_string();
        // serde names an unknown, missing or repeated field in the message only.
        let quoted = message.split('`').nth(1).filter(|_| message.contains(" field `"));
        let name = quoted.unwrap_or(if path == "." { "" } else { &path });
        let shown = serde_json::from_slice::<Value>(json).ok();
        let value = shown.as_ref().and_then(|value| value.get(name)).map(Value::to_string).unwrap_or_default();
        let problem = without_type_names(message.split(" at line ").next().unwrap_or(&message));
        match self.column(name) {
            Some(column) => Violation::new(name, &value, problem, column.allowed()),
            None => Violation::new(name, &value, problem, ""),
        }
    }

    /// Checks the ranges of a record, and that each of its numbers is finite.
    ///
    /// # Errors
    /// Every broken value.
    pub(crate) fn check(&self, record: &R) -> Result<(), Vec<Violation>> {
        let cells = cells::read(record).map_err(|error| vec![Violation::new("", "", error.to_string(), "")])?;
        let mut broken = Vec::new();
        let mut breaks = |name: &str, problem: String| {
            let value = cells.iter().find(|(column, _)| *column == name).map(|(_, cell)| cell.to_string());
            let allowed = self.column(name).map(Column::allowed).unwrap_or_default();
            broken.push(Violation::new(name, &value.unwrap_or_default(), problem, allowed));
        };
        for (name, cell) in &cells {
            // Comparisons with NaN are false, so a range check alone would let it pass.
            if matches!(cell, Cell::Number(number) if !number.is_finite()) {
                breaks(name, "is not a finite number".to_owned());
            }
        }
        if let Err(report) = record.validate() {
            for (path, error) in report.iter() {
                breaks(&path.to_string(), format!("is {error}"));
            }
        }
        if broken.is_empty() { Ok(()) } else { Err(broken) }
    }
}
