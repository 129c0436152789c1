//! `tally`: the rows of one part of the data, checked, scored and counted where they are, and parts added up.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use andon::Record;
use andon::partial::adding::ExpectedParts;
use andon::partial::counts::{ScoreSource, TallyScope};
use andon::partial::files::add_up_files;
use andon::partial::rows::{TalliedRows, tally_rows};
use anyhow::Context;
use clap::{Args, Subcommand};

use crate::artifact::{Artifact, Source};
use crate::output::{hint, print_all};
use crate::program::Packaged;

/// The arguments of `tally`.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct TallyFlags {
    #[command(subcommand)]
    command: Option<TallyAction>,
    /// The rows: CSV with a header, or one JSON object a line, each with its outcome; - reads standard input
    #[arg(default_value = "-")]
    file: PathBuf,
    /// The name of the part; if it is not given, the digest of the rows
    #[arg(long, value_name = "NAME")]
    part: Option<String>,
    #[command(flatten)]
    source: Source,
}

#[derive(Subcommand)]
enum TallyAction {
    /// Add the tallies of parts up, whatever their order, and print the whole
    Merge {
        /// The tallies
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// The number of parts that make the whole
        #[arg(long, value_name = "N")]
        parts: Option<usize>,
        /// A file with the names of the parts that make the whole, one a line
        #[arg(long, value_name = "FILE", conflicts_with = "parts")]
        expect: Option<PathBuf>,
    },
}

/// Prints the tally of a part, or the sum of several.
pub(crate) fn run<R: Record>(package: Option<Packaged>, flags: &TallyFlags) -> anyhow::Result<()> {
    if let Some(TallyAction::Merge { files, parts, expect }) = &flags.command {
        let expected = ExpectedParts::stated(*parts, expect.as_deref())?;
        return print_all(&add_up_files(files, &expected)?.to_ndjson());
    }
    let artifact = flags.source.load::<R>(package)?;
    let tallied = if flags.file == Path::new("-") {
        tally(&artifact, flags.part.as_deref(), io::stdin().lock()).context("standard input")?
    } else {
        let named = || flags.file.display().to_string();
        tally(&artifact, flags.part.as_deref(), File::open(&flags.file).with_context(named)?).with_context(named)?
    };
    report_broken(&tallied);
    print_all(&tallied.tally.to_ndjson())
}

fn tally<R: Record>(artifact: &Artifact<R>, part: Option<&str>, input: impl Read) -> anyhow::Result<TalliedRows> {
    let data = &artifact.decider.policy().data;
    let scope = TallyScope {
        scores: ScoreSource::Model(artifact.identity.model_sha256.clone()),
        label: data.label.clone(),
        favourable: "1".to_owned(),
        protected: data.protected.keys().cloned().collect(),
        policy_sha256: Some(artifact.policy_sha256.clone()),
        contract_sha256: Some(artifact.contract_sha256.clone()),
    };
    Ok(tally_rows(&artifact.decider, scope, part, input)?)
}

/// Names the first broken values. They are counted in the tally, and nothing is judged by it until they are mended.
fn report_broken(tallied: &TalliedRows) {
    let broken = tallied.tally.broken_rows();
    if broken > 0 {
        hint(&format!("{broken} of {} rows break the contract; the tally counts them by column", tallied.tally.rows()));
        tallied.first_broken.iter().for_each(|violation| hint(&format!("  {violation}")));
    }
}
