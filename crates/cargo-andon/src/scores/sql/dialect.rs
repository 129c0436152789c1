//! The words of each database, for what they do in different ways.

use clap::ValueEnum;

/// A number as JSON writes it, with an exponent of at most three digits. No letter of it needs an escape.
const NUMBER: &str = "^-?(0|[1-9][0-9]*)([.][0-9]+)?([eE][+-]?[0-9]{1,3})?$";

/// The blanks that are cut off around a value.
const BLANKS: &str = "' ' || CHR(9) || CHR(10) || CHR(13)";

/// A kind of database, by the SQL that it understands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Dialect {
    Duckdb,
    Postgres,
    Spark,
}

impl Dialect {
    /// The way to write the result as CSV.
    pub(super) fn export(self) -> &'static str {
        match self {
            Self::Duckdb => "duckdb FILE.db -csv < query.sql > counts.csv",
            Self::Postgres => "psql --csv --file query.sql > counts.csv",
            Self::Spark => "spark.sql(open('query.sql').read()).toPandas().to_csv('counts.csv', index=False)",
        }
    }

    /// A name.
    pub(super) fn name(self, name: &str) -> String {
        let quote = if self == Self::Spark { "`" } else { "\"" };
        format!("{quote}{}{quote}", name.replace(quote, &quote.repeat(2)))
    }

    /// A text. Spark reads escapes in it, and two quotes as the end of one text and the start of the next.
    pub(in crate::scores) fn text(self, text: &str) -> String {
        match self {
            Self::Spark => format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'")),
            Self::Duckdb | Self::Postgres => format!("'{}'", text.replace('\'', "''")),
        }
    }

    /// A number of 64 bits, to the bit.
    pub(super) fn number(self, number: f64) -> String {
        format!("CAST('{number:?}' AS {})", self.double())
    }

    pub(super) fn double(self) -> &'static str {
        if self == Self::Postgres { "DOUBLE PRECISION" } else { "DOUBLE" }
    }

    pub(super) fn text_type(self) -> &'static str {
        match self {
            Self::Duckdb => "VARCHAR",
            Self::Postgres => "TEXT",
            Self::Spark => "STRING",
        }
    }

    /// A column as text, without blanks around it; nothing if no letter is left.
    pub(super) fn trimmed(self, column: &str) -> String {
        let text = format!("CAST({} AS {})", self.name(column), self.text_type());
        let trimmed = match self {
            Self::Duckdb => format!("TRIM({text}, {BLANKS})"),
            Self::Postgres => format!("BTRIM({text}, {BLANKS})"),
            Self::Spark => format!("TRIM(BOTH {BLANKS} FROM {text})"),
        };
        format!("NULLIF({trimmed}, '')")
    }

    /// The number that a text is; nothing if it is none. Each database rounds to the nearest number of 64 bits. The
    /// cast of PostgreSQL ends the query at a number that is too large or too small for that, so these never reach it.
    pub(super) fn parsed(self, text: &str, most_characters: usize) -> String {
        let double = self.double();
        let (is_number, value) = match self {
            Self::Duckdb => (format!("REGEXP_MATCHES({text}, '{NUMBER}')"), format!("TRY_CAST({text} AS {double})")),
            Self::Spark => (format!("{text} RLIKE '{NUMBER}'"), format!("CAST({text} AS {double})")),
            Self::Postgres => {
                let exact = format!("ABS(CAST({text} AS NUMERIC))");
                let guarded = format!(
                    "CASE WHEN {text} !~ '[eE][+-]?[0-9]{{3}}$' AND LENGTH({text}) < 200 THEN CAST({text} AS {double})\n      \
                     WHEN {exact} > 1.7976931348623157e308 THEN NULL WHEN {exact} < 2.4703282292062328e-324 THEN 0\n      \
                     ELSE CAST({text} AS {double}) END"
                );
                (format!("{text} ~ '{NUMBER}'"), guarded)
            }
        };
        format!("CASE WHEN {is_number} AND LENGTH({text}) <= {most_characters} THEN {value} END")
    }

    /// The end of an inner query. PostgreSQL would work an expression out anew wherever the outer query names it; it
    /// does not look through this.
    pub(super) fn fence(self) -> &'static str {
        if self == Self::Postgres { " OFFSET 0" } else { "" }
    }
}
