//! `search`: compares the release with its alternatives, as a table, and writes them for the gate that asks for them.

use andon::evidence::alternatives::{Alternatives, Tolerance, alternatives_path};
use andon::policy::Search;
use andon::search::frontier;
use andon::{Record, Release};
use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};

use crate::output::print_all;

/// Trains and judges the alternatives that the policy declares.
pub(crate) fn search<R: Record>(release: &Release<R>, all: bool) -> anyhow::Result<()> {
    let declared = release.policy().search.as_ref().context("release.toml has no [search]")?;
    let bar = ProgressBar::new(0).with_style(ProgressStyle::with_template("{bar:40} {pos}/{len} models, {eta} left")?);
    let alternatives = andon::search::search(release, declared, |done, of| {
        bar.set_length(of as u64);
        bar.set_position(done as u64);
    })?;
    bar.finish_and_clear();
    print_all(&frontier::table(&alternatives, all))?;
    alternatives.write(release.root())?;
    let count = alternatives.alternatives.len();
    print_all(&format!("\n{count} alternatives; all of them: {}", alternatives_path(release.root()).display()))?;
    print_all(&fairer(&alternatives, declared)?)
}

/// The less discriminatory alternatives, which a policy with `fairness.alternatives` needs a reason against.
fn fairer(alternatives: &Alternatives, declared: &Search) -> anyhow::Result<String> {
    let Some(tolerance) = Tolerance::of(declared) else {
        return Ok("search.fairer_by and search.less_accurate_by would say which are less discriminatory".to_owned());
    };
    let fairer = alternatives.fairer(tolerance).map_err(anyhow::Error::msg)?;
    let lines = fairer.iter().map(|one| format!("  {}", one.recipe));
    Ok(std::iter::once(format!("less discriminatory and about as accurate: {}", fairer.len()))
        .chain(lines)
        .collect::<Vec<_>>()
        .join("\n"))
}
