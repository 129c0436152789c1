//! The query that counts a table of scored rows, in the SQL of each database.
//!
//! Every step that databases do in different ways is spelled out. A probability is rounded by `floor` and a comparison,
//! half away from zero, on double precision; a blank and NaN are told apart from a number before it; groups and
//! outcomes are text. Blanks around a text, and the order of groups, are left to the program that reads the counts.

use anyhow::{Result, bail};

use crate::scores::checked_rows::NO_PROBABILITY;
use crate::scores::rows::ScoredColumns;
use clap::ValueEnum;

/// The columns of the result beside those of the protected attributes.
pub(super) const LABEL: &str = "tally_label";
pub(super) const SCORE: &str = "tally_score";
pub(super) const ROWS: &str = "tally_rows";
pub(super) const TOTAL: &str = "tally_total";

/// The words of a dialect.
struct Words {
    quote: char,
    text: &'static str,
    double: &'static str,
    whole: &'static str,
    /// The way to write the result as CSV.
    export: &'static str,
}

/// A kind of database, by the SQL that it understands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Dialect {
    Duckdb,
    Postgres,
    Spark,
}

impl Dialect {
    fn words(self) -> Words {
        match self {
            Self::Duckdb => Words {
                quote: '"',
                text: "VARCHAR",
                double: "DOUBLE",
                whole: "BIGINT",
                export: "duckdb FILE.db -csv < query.sql > counts.csv",
            },
            Self::Postgres => Words {
                quote: '"',
                text: "TEXT",
                double: "DOUBLE PRECISION",
                whole: "BIGINT",
                export: "psql --csv --file query.sql > counts.csv",
            },
            Self::Spark => Words {
                quote: '`',
                text: "STRING",
                double: "DOUBLE",
                whole: "BIGINT",
                export: "spark.sql(open('query.sql').read()).toPandas().to_csv('counts.csv', index=False)",
            },
        }
    }
}

/// The query.
///
/// # Errors
/// If a column has the name of a column of the result, or a name that is no line of text.
pub(crate) fn query(dialect: Dialect, columns: &ScoredColumns, table: &str) -> Result<String> {
    for column in columns.names() {
        if [LABEL, SCORE, ROWS, TOTAL].contains(&column) || column.chars().any(char::is_control) {
            bail!("column `{}` cannot stand in the query: it has the name of a count", column.escape_default());
        }
    }
    let Words { quote, text, double, whole, export } = dialect.words();
    let quoted = |name: &str| format!("{quote}{}{quote}", name.replace(quote, &format!("{quote}{quote}")));
    let as_text = |name: &str| format!("CAST({} AS {text})", quoted(name));
    let groups: Vec<&str> = columns.protected.iter().map(|one| one.column.as_str()).collect();
    let keys = [LABEL, SCORE].into_iter().map(str::to_owned).chain(groups.iter().map(|name| quoted(name)));
    let keys = keys.collect::<Vec<_>>().join(", ");
    let selected: String = groups.iter().map(|name| format!(",\n    {} AS {}", as_text(name), quoted(name))).collect();
    let read: String = groups.iter().map(|name| format!(",\n      {}", quoted(name))).collect();
    let score = format!(
        "CASE\n      WHEN p IS NULL THEN NULL\n      WHEN p >= 0 AND p <= 1 THEN CAST(\n        \
         LEAST(GREATEST(FLOOR(p * CAST(10000 AS {double}))\n          \
         + CASE WHEN p * CAST(10000 AS {double}) - FLOOR(p * CAST(10000 AS {double})) >= 0.5 THEN 1 ELSE 0 END,\n          \
         1), 9999) AS {whole})\n      ELSE {NO_PROBABILITY}\n    END"
    );
    Ok(format!(
        "-- Counts of scored rows, for `cargo andon tally --from-counts`. Write the result as CSV with a header:\n\
         -- {export}\n\
         SELECT {keys},\n  COUNT(*) AS {ROWS}, CAST(SUM(COUNT(*)) OVER () AS {whole}) AS {TOTAL}\n\
         FROM (\n  SELECT\n    outcome AS {LABEL},\n    {score} AS {SCORE}{selected}\n  FROM (\n    SELECT\n      \
         {} AS outcome,\n      CAST({} AS {double}) AS p{read}\n    FROM {table}\n  ) AS typed\n) AS counted\n\
         GROUP BY {keys}\n",
        as_text(&columns.label),
        quoted(&columns.score),
    ))
}
