//! The technical documentation of Annex IV of the EU AI Act, point by point. A point that asks for several things
//! stands in several entries with one number.

mod control;
mod development;
mod general;

use anyhow::Result;

use super::outline::Document;
use super::source::DocumentSource;

const LAW: &str = "Regulation (EU) 2024/1689, Article 11 and Annex IV. Credit scoring of persons is Annex III, point 5(b); \
                   the duties for such systems hold from 2027-12-02 (Regulation (EU) 2026/1744). Looked up on 2026-11-25; \
                   this is no legal advice.";

pub(super) fn document(source: &DocumentSource<'_>) -> Result<Document> {
    let sections = vec![
        general::section(source)?,
        development::section(source)?,
        control::section(source)?,
        control::other_points(source),
    ];
    Ok(Document { basis: "EU AI Act, Annex IV", title: "Technical documentation", law: LAW, sections })
}
