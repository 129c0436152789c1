//! `judge`: scores that another program gave, judged without a project and without a compiler.

use andon::model::score::Score;
use andon_evidence::EXIT_INCOMPLETE;
use andon_evidence::decision::Outcome;
use andon_evidence::files;
use andon_evidence::policy::Policy;
use anyhow::{Context, Result, bail};

use crate::arguments::JudgeArguments;
use crate::console;
use crate::report::judgement::render_judgement;
use crate::scores::judgement::{Judgement, Rules};
use crate::scores::reading;
use crate::scores::rows::{ProtectedColumn, ScoredColumns};

/// Judges the file, prints the table or JSON, and writes the report if it is asked for.
///
/// # Errors
/// If a file cannot be read, or a value in it cannot be judged by.
pub(crate) fn run(arguments: &JudgeArguments) -> Result<u8> {
    let rules = rules(arguments)?;
    let protected = protected(arguments, &rules)?;
    let columns = ScoredColumns {
        label: arguments.label.clone(),
        favourable: arguments.favourable.clone(),
        score: arguments.score.clone(),
        protected: protected.clone(),
    };
    if let Some(column) = columns.doubled() {
        bail!("column `{column}` has two parts: outcome, score and each protected attribute are columns of their own");
    }
    let rows = reading::read(&arguments.file, &columns, &rules.judged_groups())?;
    let judgement = Judgement::new(&arguments.file, &rows, &protected, &rules).map_err(anyhow::Error::msg)?;
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

fn rules(arguments: &JudgeArguments) -> Result<Rules> {
    let Some(path) = &arguments.policy else {
        let threshold = Some(arguments.threshold.unwrap_or(0.5)).filter(|share| (0.0001..=0.9999).contains(share));
        let threshold = threshold.and_then(Score::nearest).context("--threshold is a probability, 0.0001 to 0.9999")?;
        return Ok(Rules::Custom(threshold));
    };
    let text = String::from_utf8_lossy(&files::read(path)?).into_owned();
    Ok(Rules::Policy(path.clone(), Box::new(Policy::parse(&text, path)?)))
}

/// The protected attributes: those of the policy, or those that were given. Two must not come to one name.
fn protected(arguments: &JudgeArguments, rules: &Rules) -> Result<Vec<ProtectedColumn>> {
    if let Rules::Policy(_, policy) = rules {
        return Ok(policy.data.protected.keys().map(|name| ProtectedColumn::same(name)).collect());
    }
    let columns: Vec<ProtectedColumn> = arguments.protected.iter().map(|column| ProtectedColumn::new(column)).collect();
    for (at, one) in columns.iter().enumerate() {
        if one.name.is_empty() || columns[..at].iter().any(|other| other.name == one.name) {
            bail!("--protected: column `{}` has no name of its own in letters and digits", one.column);
        }
    }
    Ok(columns)
}
