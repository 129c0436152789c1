//! `predict`: decides a CSV file row by row and writes the answers as CSV.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use andon::data::dataset::{Broken, MAX_LISTED_VIOLATIONS, Rows};
use andon::decide::answers::{ANSWER_COLUMNS, answer_fields};
use andon::{Record, Violation};
use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};

use crate::artifact::Artifact;
use crate::output::write_whole;

/// Decides every row of a file. With `out`, that file is replaced only after every row was decided; without it, each
/// answer goes to standard output at once.
pub(crate) fn predict<R: Record>(artifact: &Artifact<R>, rows: &Path, out: Option<&Path>) -> anyhow::Result<()> {
    match out {
        None => decide_rows(artifact, rows, io::stdout().lock()),
        Some(out) => write_whole(out, |file| decide_rows(artifact, rows, file)),
    }
}

fn decide_rows<R: Record>(artifact: &Artifact<R>, file: &Path, out: impl Write) -> anyhow::Result<()> {
    let failed = || format!("failed to read {}", file.display());
    let input = File::open(file).with_context(failed)?;
    let length = input.metadata().with_context(failed)?.len();
    let style = ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {eta} left")?;
    // indicatif draws on standard error, and only if it is a terminal.
    let progress = ProgressBar::new(length).with_style(style);
    let contract = artifact.decider.contract();
    let broken = |count, first| anyhow::Error::msg(Broken { path: file.to_owned(), count, first }.to_string());
    let mut rows = Rows::new(contract, progress.wrap_read(input)).map_err(|violation| broken(1, vec![violation]))?;
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(ANSWER_COLUMNS)?;
    let mut count = 0_u64;
    let mut first: Vec<Violation> = Vec::new();
    let mut decided = 0_u64;
    while let Some(row) = rows.next() {
        match row {
            Ok(row) => {
                writer.write_record(answer_fields(rows.line(), &artifact.decider.reply(&row)?))?;
                decided += 1;
            }
            Err(violations) => {
                count += violations.len() as u64;
                first.extend(
                    violations.into_iter().take(MAX_LISTED_VIOLATIONS - first.len().min(MAX_LISTED_VIOLATIONS)),
                );
            }
        }
    }
    writer.flush()?;
    progress.finish_and_clear();
    if count > 0 {
        return Err(broken(count, first));
    }
    anyhow::ensure!(decided > 0, "{}: there is a header and no row", file.display());
    Ok(())
}
