//! `judge`: scores that another program gave, judged without a project and without a compiler.

use std::path::{Path, PathBuf};

use andon::model::score::Score;
use andon::partial::adding::ExpectedParts;
use andon::partial::counts::PartialTally;
use andon::partial::files::add_up_files;
use andon::partial::released::ReleasedModel;
use andon_evidence::EXIT_INCOMPLETE;
use andon_evidence::decision::Outcome;
use andon_evidence::files;
use anyhow::{Context, Result, bail, ensure};

use crate::arguments::JudgeArguments;
use crate::commands::from_data::scored_columns::{AskedRelease, PolicyFile, protected_columns};
use crate::console;
use crate::report::judgement::render_judgement;
use crate::scores::checked_rows::CountedRows;
use crate::scores::judgement::{Judgement, Rules};
use crate::scores::reading;
use crate::scores::rows::ProtectedColumn;

/// Judges the file or the tallies, prints the table or JSON, and writes the report if it is asked for.
///
/// # Errors
/// If a file cannot be read, or a value in it cannot be judged by.
pub(crate) fn run(arguments: &JudgeArguments) -> Result<u8> {
    let release = AskedRelease::read(arguments.policy.as_deref(), arguments.model.as_deref())?;
    let judgement = match &arguments.file {
        Some(file) => of_rows(arguments, file, release)?,
        None => of_tallies(arguments, release)?,
    };
    if let Some(path) = &arguments.report {
        files::write_atomically(path, render_judgement(&judgement)?.as_bytes())?;
        console::hint(&format!("report: {}", path.display()));
    }
    if arguments.json {
        console::print(&judgement.to_json()?)?;
    } else {
        console::print(&judgement.table(console::has_colour()))?;
    }
    Ok(judgement.decision().map_or(EXIT_INCOMPLETE, Outcome::exit_code))
}

fn of_rows(arguments: &JudgeArguments, file: &Path, release: AskedRelease) -> Result<Judgement> {
    let JudgeArguments { label, score, favourable, protected, parts, .. } = arguments;
    ensure!(parts.parts.is_none() && parts.expect.is_none(), "--parts and --expect tell of tallies: see --tally");
    let asked = [label, score].map(|column| column.clone().unwrap_or_default());
    let columns = release.columns(asked, favourable, protected)?;
    let rules = rules(arguments, release.policy)?;
    let CountedRows { tally, first_broken } = reading::read(file, &columns, &rules.judged_groups())?;
    first_broken.iter().for_each(|broken| console::hint(broken));
    Judgement::new(file, &tally, &columns.protected, &rules, release.model.as_deref()).map_err(anyhow::Error::msg)
}

fn of_tallies(arguments: &JudgeArguments, release: AskedRelease) -> Result<Judgement> {
    let expected = ExpectedParts::stated(arguments.parts.parts, arguments.parts.expect.as_deref())?;
    let counts = add_up_files(&arguments.tally, &expected)?;
    let protected = counted_columns(&counts, release.policy.as_ref())?;
    check_model(&counts, release.model.as_deref())?;
    let shown = match arguments.tally.as_slice() {
        [file] => file.clone(),
        files => PathBuf::from(format!("{} tallies", files.len())),
    };
    let rules = rules(arguments, release.policy)?;
    Judgement::new(&shown, &counts, &protected, &rules, release.model.as_deref()).map_err(anyhow::Error::msg)
}

/// Refuses counts of another model or contract than those in the folder.
fn check_model(counts: &PartialTally, released: Option<&ReleasedModel>) -> Result<()> {
    let Some(released) = released else { return Ok(()) };
    let scope = counts.scope();
    let Some(model) = scope.scores.model_sha256() else {
        bail!("the rows were counted without a model\nnext: count them with --model, or judge them without it")
    };
    let contract = scope.contract_sha256.as_deref().unwrap_or("none");
    for (what, counted, found) in
        [("model", model, released.model_sha256()), ("contract", contract, released.contract_sha256())]
    {
        ensure!(
            counted == found,
            "the rows were counted by the {what} with SHA-256 {counted}, and the folder of --model has {found}\nnext: name \
             the folder of that release, or count them again"
        );
    }
    Ok(())
}

/// The protected attributes of a tally, if it was counted by this policy, or without one as now.
fn counted_columns(counts: &PartialTally, policy: Option<&PolicyFile>) -> Result<Vec<ProtectedColumn>> {
    let scope = counts.scope();
    match (policy, &scope.policy_sha256) {
        (None, None) => protected_columns(&scope.protected),
        (Some(policy), Some(counted)) => {
            let PolicyFile { path, sha256, .. } = policy;
            ensure!(
                sha256 == counted,
                "the rows were counted by the policy with SHA-256 {counted}, and {} has {sha256}\nnext: count them again, \
                 or judge by that policy",
                path.display()
            );
            Ok(scope.protected.iter().map(|column| ProtectedColumn::same(column)).collect())
        }
        (None, Some(counted)) => {
            bail!("the rows were counted by the policy with SHA-256 {counted}\nnext: judge by it, with --policy FILE")
        }
        (Some(policy), None) => {
            bail!("the rows were counted without a policy\nnext: count them with --policy {}", policy.path.display())
        }
    }
}

fn rules(arguments: &JudgeArguments, policy: Option<PolicyFile>) -> Result<Rules> {
    if let Some(PolicyFile { path, policy, .. }) = policy {
        return Ok(Rules::Policy(path, policy));
    }
    let threshold = Some(arguments.threshold.unwrap_or(0.5)).filter(|share| (0.0001..=0.9999).contains(share));
    let threshold = threshold.and_then(Score::nearest).context("--threshold is a probability, 0.0001 to 0.9999")?;
    Ok(Rules::Custom(threshold))
}
