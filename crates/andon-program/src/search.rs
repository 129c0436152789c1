//! `search`: compares the release with its alternatives, as a table and `search.json`.

use andon::evidence::files::write_atomically;
use andon::search::{Alternative, frontier};
use andon::{Record, Release};
use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};

use crate::output::print_all;

/// Trains and judges the alternatives that the policy declares.
pub(crate) fn search<R: Record>(release: &Release<R>, all: bool) -> anyhow::Result<()> {
    let declared = release.policy().search.as_ref().context("release.toml has no [search]")?;
    let bar = ProgressBar::new(0).with_style(ProgressStyle::with_template("{bar:40} {pos}/{len} models, {eta} left")?);
    let alternatives: Vec<Alternative> = andon::search::search(release, declared, |done, of| {
        bar.set_length(of as u64);
        bar.set_position(done as u64);
    })?;
    bar.finish_and_clear();
    print_all(&frontier::table(&alternatives, all))?;
    let json = release.store().path("search.json");
    write_atomically(&json, &serde_json::to_vec_pretty(&alternatives)?)?;
    print_all(&format!("\n{} alternatives; all of them: {}", alternatives.len(), json.display()))
}
