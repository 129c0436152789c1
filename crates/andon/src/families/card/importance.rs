//! The importance of each feature: attributions over the drawn rows, added up by feature.

use crate::data::contract::Record;
use crate::release::Judged;

/// The effect of one feature on the probabilities.
#[derive(Debug, Clone, PartialEq)]
pub struct RowImportance {
    /// The column.
    pub feature: String,
    /// The amount by which it moves the probability, up or down, on average over the drawn rows; 0 to 1.
    pub mean_moved: f64,
    /// Its value in each drawn row, encoded as the model sees it, with what it moved the row's probability by.
    pub dependence: Vec<(f64, f64)>,
}

/// Every feature, the one that moves most first (Lundberg et al. 2020: the mean of the absolute attributions).
#[must_use]
pub fn importance<R: Record>(judged: &Judged<R>) -> Vec<RowImportance> {
    let matrix = &judged.frame.matrix;
    let features = judged.candidate.model.features();
    let drawn = judged.asked.drawn();
    let moved: Vec<Vec<f64>> = drawn.iter().map(|row| judged.decider.attribution(matrix.row(*row)).moved).collect();
    let of_feature = |(place, feature): (usize, &crate::data::frame::Feature)| {
        let dependence: Vec<(f64, f64)> =
            drawn.iter().zip(&moved).map(|(row, moved)| (matrix.row(*row)[place], moved[place])).collect();
        let mean_moved = dependence.iter().map(|(_, moved)| moved.abs()).sum::<f64>() / drawn.len().max(1) as f64;
        RowImportance { feature: feature.name.clone(), mean_moved, dependence }
    };
    let mut importance: Vec<RowImportance> = features.iter().enumerate().map(of_feature).collect();
    // The sort is stable: of two that move as much, the one that the model lists first.
    importance.sort_by(|a, b| b.mean_moved.total_cmp(&a.mean_moved));
    importance
}
