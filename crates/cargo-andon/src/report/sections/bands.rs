//! The score bands of credit people: how often each band is bad, and how far the bands part good from bad.

use andon_evidence::figures::Figures;

use crate::report::plot::numbers::{count, share};

/// A line for each band that holds rows, the lowest scores first: the scores, its rows, their share of all, how many of
/// them have label 0, which share of the rows of label 0 and of label 1 is in this band or a lower one, and the
/// difference of these two, of which the largest is the Kolmogorov-Smirnov distance by bands.
pub(crate) fn score_bands(figures: &Figures) -> Vec<[String; 7]> {
    let [bad, good] = &figures.scores_by_label;
    let all_bad: u64 = bad.iter().sum();
    let all_good: u64 = good.iter().sum();
    let of = |part: u64, all: u64| part as f64 / all.max(1) as f64;
    let width = 1.0 / bad.len().max(1) as f64;
    let mut bands = Vec::new();
    let mut below = (0, 0);
    for (at, (bad, good)) in bad.iter().zip(good).enumerate() {
        below = (below.0 + bad, below.1 + good);
        let rows = bad + good;
        let parted = (of(below.0, all_bad), of(below.1, all_good));
        if rows > 0 {
            bands.push([
                format!("{:.2} to {:.2}", width * at as f64, width * (at + 1) as f64),
                count(rows),
                share(of(rows, figures.rows)),
                share(of(*bad, rows)),
                share(parted.0),
                share(parted.1),
                share((parted.0 - parted.1).abs()),
            ]);
        }
    }
    bands
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_add_up_to_all_rows_and_end_where_nothing_is_left_to_part() {
        let figures = include_str!("../../../../andon-evidence/tests/figures.json");
        let figures = Figures::parse(figures.as_bytes()).unwrap();
        let bands = score_bands(&figures);
        let rows: u64 = bands.iter().map(|band| band[1].parse::<u64>().unwrap()).sum();
        assert_eq!(rows, figures.rows);
        let last = bands.last().unwrap();
        assert_eq!((last[4].clone(), last[5].clone(), last[6].clone()), (share(1.0), share(1.0), share(0.0)));
    }
}
