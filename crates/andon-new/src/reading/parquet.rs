//! Parquet: a file with the type of each column in it. Each value becomes the text that a CSV file would have.

use std::fs::File;

use bytes::Bytes;
use jiff::Timestamp;
use jiff::civil::{Date, date};
use parquet::basic::{ConvertedType, LogicalType, TimeUnit};
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, FileReader, SerializedFileReader};
use parquet::record::{Field, Row};
use parquet::schema::types::{Type, TypePtr};

use crate::error::Problem;
use crate::reading::table::SourceTable;

/// A Parquet file that is read row by row, and of which only some columns are read. Of a file on a disk only the pages
/// of the rows at hand are in memory.
pub struct ParquetFile<R = File>(SerializedFileReader<R>)
where
    R: ChunkReader + 'static;

impl ParquetFile {
    /// Opens a file.
    ///
    /// # Errors
    /// What is wrong, if it cannot be read.
    pub fn open(file: File) -> Result<Self, String> {
        SerializedFileReader::new(file).map(Self).map_err(|error| told(broken(&error)))
    }
}

impl<R: ChunkReader> ParquetFile<R> {
    /// The names of its columns.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        self.schema().get_fields().iter().map(|field| field.name()).collect()
    }

    /// The rows, each with the values of these columns as text, in this order.
    ///
    /// # Errors
    /// What is wrong, if a column is none of the file's or holds lists; and in a row, if it cannot be read.
    pub fn rows(&self, wanted: &[&str]) -> Result<impl Iterator<Item = Result<Vec<String>, String>>, String> {
        let field = |name: &&str| {
            let found = self.schema().get_fields().iter().find(|field| field.name() == *name);
            found.cloned().ok_or_else(|| format!("there is no column `{name}`"))
        };
        let fields = wanted.iter().map(field).collect::<Result<Vec<_>, _>>()?;
        Ok(self.texts(fields).map_err(told)?.map(|row| row.map_err(told)))
    }

    /// The rows, each with the values of these columns as text.
    fn texts(&self, fields: Vec<TypePtr>) -> Result<impl Iterator<Item = Result<Vec<String>, Problem>>, Problem> {
        let kinds = fields.iter().map(|field| Kind::of(field)).collect::<Result<Vec<_>, _>>()?;
        let schema = Type::group_type_builder(self.schema().name()).with_fields(fields).build();
        let schema = schema.map_err(|error| broken(&error))?;
        let rows = self.0.get_row_iter(Some(schema)).map_err(|error| broken(&error))?;
        Ok(rows.zip(1..).map(move |(row, number)| texts_of(&row.map_err(|error| broken(&error))?, number, &kinds)))
    }

    fn schema(&self) -> &Type {
        self.0.metadata().file_metadata().schema()
    }
}

/// Reads all rows.
pub(super) fn parse(bytes: &[u8]) -> Result<SourceTable, Problem> {
    let reader = SerializedFileReader::new(Bytes::copy_from_slice(bytes)).map_err(|error| broken(&error))?;
    let file = ParquetFile(reader);
    let fields = file.schema().get_fields().to_vec();
    let mut columns = vec![Vec::new(); fields.len()];
    for row in file.texts(fields)? {
        columns.iter_mut().zip(row?).for_each(|(column, text)| column.push(text));
    }
    SourceTable::of_columns(file.names().into_iter(), columns)
}

/// A column, as far as its values do not say it themselves.
struct Kind {
    name: String,
    /// For a whole number that counts parts of a second since 1970: nanoseconds in such a part.
    nanoseconds: Option<i128>,
}

impl Kind {
    fn of(field: &Type) -> Result<Self, Problem> {
        let name = field.name().to_owned();
        if !field.is_primitive() {
            let problem = format!("column `{name}` holds lists or groups, and a case has one value in each column");
            return Err(Problem::new(problem, "write one column for each value"));
        }
        let info = field.get_basic_info();
        if info.converted_type() == ConvertedType::INTERVAL {
            let problem = format!("column `{name}` holds intervals of months, days and milliseconds");
            return Err(Problem::new(problem, "write it as a number in one unit"));
        }
        let nanoseconds = match info.logical_type_ref() {
            Some(LogicalType::Timestamp(time)) => Some(match time.unit {
                TimeUnit::MILLIS => 1_000_000,
                TimeUnit::MICROS => 1_000,
                TimeUnit::NANOS => 1,
            }),
            _ => None,
        };
        Ok(Self { name, nanoseconds })
    }
}

fn texts_of(row: &Row, number: usize, kinds: &[Kind]) -> Result<Vec<String>, Problem> {
    let text = |((_, field), kind): ((&String, &Field), &Kind)| {
        text(field, kind).ok_or_else(|| {
            let problem =
                format!("row {number}, column `{}`: `{field}` has no text that a data file could hold", kind.name);
            Problem::new(problem, "write the column as text, a number, a flag or a date")
        })
    };
    row.get_column_iter().zip(kinds).map(text).collect()
}

/// A value as text; nothing for a missing value, and `None` for one that has no text.
fn text(field: &Field, kind: &Kind) -> Option<String> {
    Some(match field {
        Field::Null => String::new(),
        Field::Str(text) => text.trim().to_owned(),
        Field::Long(count) if kind.nanoseconds.is_some() => {
            Timestamp::from_nanosecond(i128::from(*count) * kind.nanoseconds?).ok()?.to_string()
        }
        Field::Date(days) => day(*days)?.to_string(),
        Field::TimestampMillis(milliseconds) => Timestamp::from_millisecond(*milliseconds).ok()?.to_string(),
        Field::TimestampMicros(microseconds) => Timestamp::from_microsecond(*microseconds).ok()?.to_string(),
        Field::Float(number) => number.to_string(),
        Field::Double(number) => number.to_string(),
        Field::Bytes(_) | Field::Group(_) | Field::ListInternal(_) | Field::MapInternal(_) => return None,
        other => other.to_string(),
    })
}

fn day(days: i32) -> Option<Date> {
    date(1970, 1, 1).checked_add(jiff::Span::new().try_days(days).ok()?).ok()
}

fn told(Problem { problem, next }: Problem) -> String {
    format!("{problem}\nnext: {next}")
}

fn broken(error: &ParquetError) -> Problem {
    Problem::new(
        format!("the Parquet file cannot be read: {error}"),
        "write it again, with snappy, zstd or no compression",
    )
}
