//! Goes the way from a table to the text of the data file.

use crate::columns::dates::day;
use crate::columns::missing::{is_blank_word, is_missing_word};
use crate::columns::numbers::plain;
use crate::conversion::description::{Conversion, ConvertedColumn, WrittenAs, band_names};
use crate::error::Problem;
use crate::reading::table::SourceTable;

/// The rows of a table as the data file has them.
pub(super) fn to_csv(conversion: &Conversion, table: &SourceTable) -> Result<String, Problem> {
    let columns = conversion.columns.iter().map(|column| converted(conversion, column, table));
    let columns = columns.collect::<Result<Vec<Vec<String>>, Problem>>()?;
    let order = order(conversion, &columns, table.rows())?;
    let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
    let failed = |error: csv::Error| Problem::new(error.to_string(), "try again");
    writer.write_record(conversion.columns.iter().map(|column| &column.name)).map_err(failed)?;
    for row in order {
        writer.write_record(columns.iter().map(|column| &column[row])).map_err(failed)?;
    }
    let bytes = writer.into_inner().map_err(|error| Problem::new(error.to_string(), "try again"))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The places of the rows in the order in which they are written.
fn order(conversion: &Conversion, columns: &[Vec<String>], rows: usize) -> Result<Vec<usize>, Problem> {
    let mut order: Vec<usize> = (0..rows).collect();
    let Some(name) = &conversion.sort_by else { return Ok(order) };
    let place = conversion.columns.iter().position(|column| column.name == *name);
    let place = place.ok_or_else(|| {
        Problem::new(format!("sort_by = `{name}` is no column of the data file"), "name one of [[column]]")
    })?;
    let keys = &columns[place];
    let number = |row: &usize| keys[*row].parse::<f64>().unwrap_or(f64::NEG_INFINITY);
    order.sort_by(|a, b| number(a).total_cmp(&number(b)).then_with(|| keys[*a].cmp(&keys[*b])));
    Ok(order)
}

fn converted(conversion: &Conversion, column: &ConvertedColumn, table: &SourceTable) -> Result<Vec<String>, Problem> {
    let Some(source) = column.from.as_deref().filter(|_| column.write != WrittenAs::RowNumber) else {
        return Ok((1..=table.rows()).map(|row| row.to_string()).collect());
    };
    let cells = table.column(source).ok_or_else(|| {
        let next = format!("the columns are {}", table.header.join(", "));
        Problem::new(format!("there is no column `{source}`, from which `{}` is made", column.name), next)
    })?;
    let write = |(row, cell): (usize, &String)| {
        written(column, cell, conversion.decimal).ok_or_else(|| {
            // The header is line 1.
            let problem =
                format!("line {}, column {source}, value `{cell}`: the conversion has no rule for it", row + 2);
            Problem::new(problem, format!("mend the value, or the column `{}` in conversion.toml", column.name))
        })
    };
    cells.iter().enumerate().map(write).collect()
}

/// A value as the data file has it; `None` without a rule for it.
fn written(column: &ConvertedColumn, cell: &str, decimal: char) -> Option<String> {
    if let Some(new) = column.recode.get(cell) {
        return Some(new.clone());
    }
    let is_missing = match column.write {
        WrittenAs::Number | WrittenAs::Band => is_missing_word(cell),
        WrittenAs::Text | WrittenAs::Day | WrittenAs::RowNumber => is_blank_word(cell),
    };
    if is_missing || column.missing.iter().any(|word| word == cell) {
        return Some(column.if_missing.clone().unwrap_or_default());
    }
    match column.write {
        WrittenAs::Text if column.recode.is_empty() => Some(cell.to_owned()),
        WrittenAs::Text | WrittenAs::RowNumber => None,
        WrittenAs::Number => plain(cell, decimal),
        WrittenAs::Day => day(cell, column.form.as_deref().unwrap_or("%Y-%m-%d")),
        WrittenAs::Band => band(column, &plain(cell, decimal)?),
    }
}

fn band(column: &ConvertedColumn, number: &str) -> Option<String> {
    let number: f64 = number.parse().ok()?;
    let place = column.cuts.iter().filter(|cut| **cut <= number).count();
    band_names(&column.cuts).into_iter().nth(place)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    const CONVERSION: &str = r#"
source = "a.csv"
sha256 = ""
encoding = "windows-1252"
separator = ";"
decimal = ","
sort_by = "when"
column = [
    { name = "row", write = "row_number" },
    { name = "amount", from = "Betrag", write = "number", missing = ["9999"] },
    { name = "age", from = "Alter", write = "band", cuts = [25, 62], if_missing = "undisclosed" },
    { name = "when", from = "Tag", write = "day", form = "%d.%m.%Y" },
    { name = "good", from = "gut", write = "text", recode = { j = "1", n = "0" } },
]
"#;

    fn convert(source: &str) -> Result<String, String> {
        let conversion: Conversion = toml::from_str(CONVERSION).unwrap();
        let bytes: Vec<u8> = source.chars().map(|letter| letter as u8).collect();
        conversion.convert(Path::new("a.csv"), &bytes).map_err(|error| error.to_string())
    }

    #[test]
    fn every_kind_of_column_is_written() {
        let source = "Betrag;Alter;Tag;gut\n1.234,5;24;02.01.2020;j\n9999;?;01.01.2020;n\n-3;62;03.01.2020;j\n";
        let expected = "row,amount,age,when,good\n2,,undisclosed,2020-01-01,0\n1,1234.5,under_25,2020-01-02,1\n\
                        3,-3,from_62,2020-01-03,1\n";
        assert_eq!(convert(source).unwrap(), expected);
        assert_eq!(band_names(&[25.0, 62.5]), ["under_25", "from_25_under_62_5", "from_62_5"]);
    }

    #[test]
    fn a_value_without_a_rule_is_named_with_its_line() {
        let error = convert("Betrag;Alter;Tag;gut\n1;24;02.01.2020;x\n").unwrap_err();
        assert!(
            error.starts_with("a.csv: line 2, column gut, value `x`: the conversion has no rule for it"),
            "{error}"
        );
        assert!(convert("Betrag;Alter;Tag\n1;24;02.01.2020\n").unwrap_err().contains("there is no column `gut`"));
        assert!(convert("Betrag;Alter;Tag;gut\nx;24;02.01.2020;j\n").unwrap_err().contains("value `x`"));
    }
}
