//! Checks of leakage: the label in a feature, in the row's name, or in a twin that the model saw.

use std::collections::BTreeSet;

use andon_evidence::judge::{Measurement, NotMeasured, Part, Unit};

use crate::data::bound_rows::bound;
use crate::data::cells::{self, Cell};
use crate::data::contract::Record;
use crate::data::frame::Frame;
use crate::families::contract::rows::{named, twins};
use crate::families::probe::{Probe, column};
use crate::measure::probes::SingleFeatures;
use crate::measure::sample::{MAX_NAMED_PARTS, Measured};
use crate::model::random_forest::Grow;
use crate::release::Judged;
use crate::statistics::auc;
use crate::statistics::estimate::Estimate;

/// Every feature alone, by small forests that the learner of the release grows; measured once for all gates.
///
/// # Errors
/// Not measured when one label is absent, or there is no feature.
pub(crate) fn alone<R: Record>(judged: &Judged<R>, grow: Grow) -> Result<&SingleFeatures, NotMeasured> {
    let frame = &judged.frame;
    let measure = || measure_alone(frame, &Probe::new(judged.decider.policy(), frame, grow));
    judged.single_features.get_or_init(measure).as_ref().map_err(NotMeasured::clone)
}

fn measure_alone(frame: &Frame, probe: &Probe) -> Result<SingleFeatures, NotMeasured> {
    let mut features: Vec<(String, Estimate)> = Vec::new();
    let mut best: Option<(f64, Vec<f64>)> = None;
    for (place, feature) in frame.features.iter().enumerate() {
        let scores = probe.out_of_fold(&column(&frame.matrix, place), &frame.labels)?;
        let undefined = || NotMeasured(format!("{}: a label has fewer than two rows", feature.name));
        let auc = auc::auc(&scores, &frame.labels).ok_or_else(undefined)?;
        // The first of equals leads, as in the stable sort below.
        if best.as_ref().is_none_or(|(lead, _)| auc.value.total_cmp(lead).is_gt()) {
            best = Some((auc.value, scores));
        }
        features.push((feature.name.clone(), auc));
    }
    features.sort_by(|(_, a), (_, b)| b.value.total_cmp(&a.value));
    let (_, best_scores) = best.ok_or_else(|| NotMeasured("there is no feature".to_owned()))?;
    Ok(SingleFeatures { features, best_scores })
}

/// The best out-of-fold area under the ROC curve that one feature reaches alone; a feature that nearly is the label
/// shows here, also where the relation is not monotone (in the spirit of the predictive power score, Wetschoreck
/// 2020). Interval by DeLong, of the leading feature. The parts are the strongest features.
///
/// # Errors
/// Not measured when one label is absent.
pub fn single_feature<R: Record>(judged: &Judged<R>, grow: Grow) -> Measured {
    let all = &alone(judged, grow)?.features;
    let n = judged.frame.labels.len() as u64;
    let parts = all
        .iter()
        .take(MAX_NAMED_PARTS)
        .map(|(feature, auc)| Part { name: feature.clone(), value: auc.value, n })
        .collect();
    let Estimate { value, low, .. } = all[0].1;
    // Another feature's interval may reach further up than that of the one which leads.
    let high = all.iter().map(|(_, auc)| auc.high).fold(value, f64::max);
    Ok(Measurement::with_interval(value, (low, high), Unit::Score, n)?.with_parts(parts))
}

/// The information that the name of a row holds on its label: the area under the ROC curve of the id and of the row's
/// number, each in the direction in which it tells more, the greater of the two. Interval by DeLong. 0.5 is nothing;
/// more says that the file was sorted or put together by label.
///
/// # Errors
/// Not measured when a row has no id, or a label has fewer than two rows.
pub fn identifier<R: Record>(rows: &[R], id: Option<&str>, labels: &[bool]) -> Measured {
    let numbers: Vec<f64> = (0..rows.len()).map(|row| row as f64).collect();
    let mut names = Vec::new();
    let ids = id.map(|id| Ok((id, id_ranks(rows, id)?))).transpose()?;
    for (name, values) in ids.into_iter().chain([("row number", numbers)]) {
        let undefined = || NotMeasured(format!("{name}: a label has fewer than two rows"));
        names.push((name, auc::auc(&values, labels).ok_or_else(undefined)?.at_least_half()));
    }
    names.sort_by(|a, b| b.1.value.total_cmp(&a.1.value));
    let n = labels.len() as u64;
    let parts = names.iter().map(|(name, auc)| Part { name: (*name).to_owned(), value: auc.value, n }).collect();
    let Estimate { value, low, high } = names[0].1;
    Ok(Measurement::with_interval(value, (low, high), Unit::Score, n)?.with_parts(parts))
}

/// The ids as numbers in their own order: numbers as they are, texts as their place among all texts. A column has
/// either.
fn id_ranks<R: Record>(rows: &[R], id: &str) -> Result<Vec<f64>, NotMeasured> {
    let cell = |row: &R| {
        let cells = cells::read(row).map_err(|error| NotMeasured(error.to_string()))?;
        let cell = cells.into_iter().find(|(name, _)| *name == id).map(|(_, cell)| cell);
        cell.filter(|cell| *cell != Cell::Missing).ok_or_else(|| NotMeasured(format!("a row has no {id}")))
    };
    let ids = rows.iter().map(cell).collect::<Result<Vec<_>, _>>()?;
    let mut texts: Vec<String> = ids.iter().filter(|id| !matches!(id, Cell::Number(_))).map(Cell::to_string).collect();
    texts.sort_unstable();
    let number = |id: &Cell| match id {
        Cell::Number(number) => *number,
        other => texts.partition_point(|text| *text < other.to_string()) as f64,
    };
    Ok(ids.iter().map(number).collect())
}

/// The number of rows that belong together with a row in another fold: an equal row, a near twin, or the same person.
/// They are judged by a model that saw these. The parts name the first such groups by their rows.
///
/// # Errors
/// Not measured without rows, or when rows and folds differ in number.
pub fn fold_overlap(frame: &Frame, fold_of: &[usize]) -> Measured {
    let n = frame.matrix.len() as u64;
    if fold_of.len() as u64 != n {
        return Err(NotMeasured(format!("{n} rows and {} folds of rows", fold_of.len())));
    }
    let torn = |group: &Vec<usize>| group.iter().any(|row| fold_of[*row] != fold_of[group[0]]);
    let equal = twins(&frame.matrix);
    let groups: Vec<Vec<usize>> = equal.iter().cloned().chain(bound(frame)).filter(torn).collect();
    let rows = groups.iter().flatten().collect::<BTreeSet<_>>().len();
    Ok(Measurement::exact(rows as f64, Unit::Count, n)?.with_parts(named(&groups)))
}

#[cfg(test)]
mod tests {
    use andon_evidence::policy::Policy;

    use super::*;
    use crate::families::contract::rows::frame;
    use crate::model::random_forest::random_forest;

    #[test]
    fn the_strongest_feature_alone_keeps_its_scores() {
        let labels: Vec<bool> = (0..200).map(|row| row % 3 == 0).collect();
        let known: Vec<f64> = labels.iter().map(|label| f64::from(u8::from(*label))).collect();
        let noise: Vec<f64> = (0..200_u32).map(|row| f64::from(row * 37 % 101)).collect();
        let policy = include_str!("../../../../andon-evidence/tests/minimal.toml");
        let policy = Policy::parse(policy, "release.toml".as_ref()).unwrap();
        for (columns, best) in
            [([("noise", &noise), ("known", &known)], 1), ([("known", &known), ("noise", &noise)], 0)]
        {
            let frame = frame(&columns.map(|(name, values)| (name, values.as_slice())), &labels);
            let probe = Probe::new(&policy, &frame, random_forest);
            let alone = measure_alone(&frame, &probe).unwrap();
            assert_eq!(alone.features[0].0, "known");
            assert_eq!(alone.best_scores, probe.out_of_fold(&column(&frame.matrix, best), &labels).unwrap());
        }
    }

    #[test]
    fn a_twin_in_another_fold_is_found() {
        let frame = frame(&[("a", &[1.0, 2.0, 1.0, 2.0, 2.0])], &[true, false, true, true, true]);
        let count = |folds: &[usize]| fold_overlap(&frame, folds).unwrap().value();
        assert!(count(&[0, 1, 0, 1, 1]).abs() < 1e-12);
        assert!((count(&[0, 1, 0, 1, 0]) - 3.0).abs() < 1e-12);
        assert!((count(&[0, 1, 1, 1, 0]) - 5.0).abs() < 1e-12);
        assert!(fold_overlap(&frame, &[0]).is_err());
    }
}
