//! The rows of a file as columns of text, each row as long as the header.

use std::collections::BTreeMap;

use crate::error::Problem;

/// The columns of a file, with the values as they are written, blanks at their ends aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SourceTable {
    pub(crate) header: Vec<String>,
    pub(crate) columns: Vec<Vec<String>>,
}

impl SourceTable {
    /// Reads all rows.
    pub(crate) fn parse(text: &str, separator: u8) -> Result<Self, Problem> {
        if let Some(line) = open_quote(text, separator) {
            let problem = format!("line {line}: a quotation mark opens and never closes");
            return Err(Problem::new(problem, "close it, or double it if it belongs to the value"));
        }
        let mut reader = csv::ReaderBuilder::new().delimiter(separator).flexible(true).from_reader(text.as_bytes());
        let broken = |error: csv::Error| Problem::new(error.to_string(), "mend that line");
        let header = header(reader.headers().map_err(broken)?.iter())?;
        let mut columns = vec![Vec::new(); header.len()];
        let mut ragged = Vec::new();
        for record in reader.records() {
            let record = record.map_err(broken)?;
            if record.len() == header.len() {
                columns.iter_mut().zip(&record).for_each(|(column, value)| column.push(value.trim().to_owned()));
            } else {
                let line = record.position().map_or(0, csv::Position::line);
                ragged.push(format!("line {line} has {} values", record.len()));
            }
        }
        let table = Self { header, columns };
        table.check(&ragged).map(|()| table)
    }

    /// Takes columns that were read already.
    #[cfg(feature = "parquet")]
    pub(super) fn of_columns<'a>(
        names: impl Iterator<Item = &'a str>,
        columns: Vec<Vec<String>>,
    ) -> Result<Self, Problem> {
        let table = Self { header: header(names)?, columns };
        table.check(&[]).map(|()| table)
    }

    fn check(&self, ragged: &[String]) -> Result<(), Problem> {
        if let Some(first) = ragged.first() {
            let more = if ragged.len() > 1 { format!(", and {} more rows", ragged.len() - 1) } else { String::new() };
            let problem = format!("{first} where the header has {}{more}", self.header.len());
            let next =
                "give each row one value for each column; a value with the separator in it needs quotation marks";
            return Err(Problem::new(problem, next));
        }
        if self.rows() == 0 {
            return Err(Problem::new("there is a header and no row", "name a file with at least 200 rows"));
        }
        if self.header.len() < 2 {
            let next = "name a file with one column for the outcome and others to predict it from; its values must be \
                        parted by a comma, a semicolon, a tab or a bar";
            return Err(Problem::new(format!("there is one column, `{}`", self.header[0]), next));
        }
        Ok(())
    }

    pub(crate) fn rows(&self) -> usize {
        self.columns.first().map_or(0, Vec::len)
    }

    /// A column by its name in the file.
    pub(crate) fn column(&self, name: &str) -> Option<&[String]> {
        let place = self.header.iter().position(|column| column == name)?;
        Some(&self.columns[place])
    }
}

/// The names of the columns: a column without one gets one, and two columns cannot share one.
fn header<'a>(given: impl Iterator<Item = &'a str>) -> Result<Vec<String>, Problem> {
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut names = Vec::new();
    for (place, name) in given.enumerate() {
        let name = match name.trim() {
            "" => format!("unnamed {}", place + 1),
            name => name.to_owned(),
        };
        if let Some(first) = places.insert(name.clone(), place) {
            let problem = format!("columns {} and {} are both called `{name}`", first + 1, place + 1);
            return Err(Problem::new(problem, "give each column a name of its own"));
        }
        names.push(name);
    }
    Ok(names)
}

/// The line in which a quotation mark opens that never closes. A value is quoted if its first character is one.
fn open_quote(text: &str, separator: u8) -> Option<usize> {
    let mut line = 1;
    let mut opened = None;
    let mut at_start = true;
    for byte in text.bytes() {
        match byte {
            // A doubled mark closes and opens again.
            b'"' if opened.is_some() => opened = None,
            b'"' if at_start => opened = Some(line),
            _ => {}
        }
        line += usize::from(byte == b'\n');
        at_start = opened.is_none() && (byte == separator || byte == b'\n' || byte == b'\r' || byte == b'"');
    }
    opened
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str) -> String {
        SourceTable::parse(text, b',').unwrap_err().problem
    }

    #[test]
    fn values_are_read_as_they_are_written() {
        let table = SourceTable::parse("a,,\"c \"\"d\"\"\"\n1, 2 ,\"x,\ny\"\n", b',').unwrap();
        assert_eq!(table.header, ["a", "unnamed 2", "c \"d\""]);
        assert_eq!(table.columns, [["1"], ["2"], ["x,\ny"]]);
        assert_eq!((table.rows(), table.column("a").unwrap()), (1, &["1".to_owned()][..]));
    }

    #[test]
    fn broken_rows_are_named() {
        assert_eq!(problem("a,b\n1\n2,3\n4,5,6\n"), "line 2 has 1 values where the header has 2, and 1 more rows");
        assert_eq!(problem("a,b,a\n1,2,3\n"), "columns 1 and 3 are both called `a`");
        assert_eq!(problem("a,b\n"), "there is a header and no row");
        assert_eq!(problem("a\n1\n"), "there is one column, `a`");
    }

    #[test]
    fn an_open_quotation_mark_is_found_where_it_opens() {
        assert_eq!(problem("a,b\n1,2\n\"3,4\n5,6\n"), "line 3: a quotation mark opens and never closes");
        let inch = SourceTable::parse("a,b\n12\" disk,\"say \"\"hi\"\"\"\n", b',').unwrap();
        assert_eq!(inch.columns, [["12\" disk"], ["say \"hi\""]]);
    }
}
