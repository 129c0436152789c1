//! `tally`: rows counted where they are, and counts added up.

use std::path::Path;

use andon::partial::adding::ExpectedParts;
use andon::partial::counts::PartialTally;
use andon::partial::files::add_up_files;
use anyhow::{Context, Result};

use crate::arguments::{TallyArguments, TallyCommand};
use crate::commands::from_data::scored_columns::AskedRelease;
use crate::console;
use crate::scores::checked_rows::CountedRows;
use crate::scores::judgement::MINIMUM_GROUP_ROWS;
use crate::scores::rows::{JudgedGroups, ScoredColumns};
use crate::scores::{counts, reading, sql};

/// Prints a tally, or the query that makes the counts of one.
///
/// # Errors
/// If a file cannot be read, a value in it cannot be counted, or parts do not belong together.
pub(crate) fn run(arguments: &TallyArguments) -> Result<u8> {
    if let Some(TallyCommand::Merge { files, parts }) = &arguments.command {
        let expected = ExpectedParts::stated(parts.parts, parts.expect.as_deref())?;
        return print(&add_up_files(files, &expected)?);
    }
    let release = AskedRelease::read(arguments.policy.as_deref(), arguments.model.as_deref())?;
    let of_policy = || release.policy.as_ref().map(|file| file.policy.data.label.clone());
    let label = arguments.label.clone().or_else(of_policy).context("--label names the column with the outcome")?;
    let score = arguments.score.clone().context("--score names the column with the probability")?;
    let columns = release.columns([label, score], &arguments.favourable, &arguments.protected)?;
    if let Some(dialect) = arguments.sql {
        let table = arguments.table.as_deref().unwrap_or("scored");
        console::print(&sql::query(dialect, &columns, table, &arguments.absent)?)?;
        return Ok(0);
    }
    let judged = match release.policy {
        Some(file) => JudgedGroups::Listed(Box::new(file.policy.data)),
        None => JudgedGroups::WithRows(MINIMUM_GROUP_ROWS),
    };
    print(&tally(arguments, &columns, &judged)?)
}

fn tally(arguments: &TallyArguments, columns: &ScoredColumns, judged: &JudgedGroups) -> Result<PartialTally> {
    let tally = match (&arguments.from_counts, &arguments.file) {
        (Some(file), _) => counts::read(file, columns, judged)?,
        (None, file) => {
            let CountedRows { tally, first_broken } =
                reading::read(file.as_deref().unwrap_or(Path::new("")), columns, judged)?;
            first_broken.iter().for_each(|broken| console::hint(broken));
            tally
        }
    };
    Ok(match &arguments.part {
        Some(name) => tally.with_name(name),
        None => tally,
    })
}

fn print(tally: &PartialTally) -> Result<u8> {
    console::print(&tally.to_ndjson())?;
    Ok(0)
}
