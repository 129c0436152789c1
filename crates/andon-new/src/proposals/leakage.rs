//! Suspicion of leakage: a column that alone nearly decides the outcome was most often made after it.

use std::collections::BTreeMap;

use crate::columns::numbers::plain;
use crate::columns::seen::{SeenColumn, SeenKind};

/// The area under the ROC curve from which a column is suspected. The best single fact of an honest file stays well
/// below.
pub(crate) const SUSPICIOUS_AREA: f64 = 0.95;

/// The area under the ROC curve of one column, in the direction in which it tells more; values that are missing stand
/// below every other. `None` for a column without an order or levels, or if one outcome is absent.
pub(crate) fn area_alone(column: &SeenColumn, cells: &[String], favourable: &[bool], decimal: char) -> Option<f64> {
    let keys: Vec<f64> = match &column.kind {
        SeenKind::Number { .. } => cells.iter().map(|cell| number(column, cell, decimal)).collect(),
        SeenKind::Flag { .. } | SeenKind::Category { .. } => rates(cells, favourable),
        SeenKind::Nothing | SeenKind::Day { .. } | SeenKind::Text => return None,
    };
    let mut rows: Vec<(f64, bool)> = keys.into_iter().zip(favourable.iter().copied()).collect();
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    let ones = rows.iter().filter(|(_, favourable)| *favourable).count() as f64;
    let zeros = rows.len() as f64 - ones;
    let mut below = 0.0;
    let mut won = 0.0;
    for tied in rows.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
        let ones = tied.iter().filter(|(_, favourable)| *favourable).count() as f64;
        let zeros = tied.len() as f64 - ones;
        won += ones * (below + zeros / 2.0);
        below += zeros;
    }
    let area = won / (ones * zeros);
    area.is_finite().then_some(area.max(1.0 - area))
}

fn number(column: &SeenColumn, cell: &String, decimal: char) -> f64 {
    let known = Some(cell).filter(|cell| !column.missing_words.contains(cell));
    known.and_then(|cell| plain(cell, decimal)?.parse().ok()).unwrap_or(f64::NEG_INFINITY)
}

/// The share of favourable rows among the rows with the same value.
fn rates(cells: &[String], favourable: &[bool]) -> Vec<f64> {
    let mut counts: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    for (cell, favourable) in cells.iter().zip(favourable) {
        let count = counts.entry(cell).or_default();
        count.0 += f64::from(u8::from(*favourable));
        count.1 += 1.0;
    }
    let rate = |cell: &String| counts.get(cell.as_str()).map_or(0.0, |(ones, rows)| ones / rows);
    cells.iter().map(rate).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_that_is_the_outcome_is_suspected() {
        let favourable = [true, true, false, false, true, false];
        let area = |cells: [&str; 6]| {
            let cells = cells.map(str::to_owned);
            area_alone(&SeenColumn::new("a", "a", &cells, '.'), &cells, &favourable, '.')
        };
        assert_eq!(area(["y", "y", "n", "n", "y", "n"]), Some(1.0));
        assert_eq!(area(["1", "2", "7", "8", "3", "9"]), Some(1.0));
        assert_eq!(area(["5", "5", "5", "5", "5", "5"]), Some(0.5));
        let one = ["1", "2", "1"].map(str::to_owned);
        assert_eq!(area_alone(&SeenColumn::new("a", "a", &one, '.'), &one, &[true; 3], '.'), None);
    }
}
