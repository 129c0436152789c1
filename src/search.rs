//! `search`: the release against its alternatives, as a table, `search.json` and `search.svg`.

use std::path::Path;

use andon::evidence::files::write_atomically;
use andon::judge::Threshold;
use andon::search::frontier;
use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};

/// Trains and judges the alternatives of the policy.
pub(crate) fn search(root: &Path, all: bool) -> anyhow::Result<()> {
    let release = loan_approval::open(root)?;
    let declared = release.policy().search.as_ref().context("release.toml has no [search]")?;
    let bar = ProgressBar::new(0).with_style(ProgressStyle::with_template("{bar:40} {pos}/{len} models, {eta} left")?);
    let alternatives = andon::search::search(&release, declared, |done, of| {
        bar.set_length(of as u64);
        bar.set_position(done as u64);
    })?;
    bar.finish_and_clear();
    print!("{}", frontier::table(&alternatives, all));
    let impact = release.policy().gates.iter().filter(|(gate, _)| gate.question().0 == "disparate_impact");
    let bars = impact.filter_map(|(_, bar)| match bar.threshold {
        Threshold::Min(min) => Some(min),
        Threshold::Max(_) => None,
    });
    // The four-fifths rule is the bar that most attributes share; the lowest is drawn.
    let drawn = bars.reduce(f64::min);
    let (json, svg) = (release.store().path("search.json"), release.store().path("search.svg"));
    write_atomically(&json, &serde_json::to_vec_pretty(&alternatives)?)?;
    write_atomically(&svg, frontier::svg(&alternatives, drawn).as_bytes())?;
    println!("\n{} alternatives; all of them: {}, plot: {}", alternatives.len(), json.display(), svg.display());
    Ok(())
}
