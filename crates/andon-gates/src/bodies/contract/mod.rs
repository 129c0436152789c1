//! The family `contract`: are the data what they claim to be and fit to learn from, and is every other row refused?

mod generated;

use andon::data::dataset::DatasetError;
use andon::evidence::evidence::today;
use andon::families::contract::{
    columns, compatible, directions, favourable, freshness, identity, leakage, rows, sentinels, unjudged_columns,
    value_leakage,
};
use andon::gate::Gate;
use andon::judge::{Measurement, Unit};
use andon::model::candidate::assign_folds;
use andon::release::NoCandidate;
use andon::{Measured, Record};

use crate::body::{Body, Surroundings, not_measured};

/// The bodies by question.
pub(super) fn find_body<R: Record>(question: &str) -> Option<Body<R>> {
    of_one_table(question).or_else(|| of_the_release(question)).or_else(|| of_the_past(question))
}

/// The bodies that look at the frame alone.
fn of_one_table<R: Record>(question: &str) -> Option<Body<R>> {
    let body: Body<R> = match question {
        // Enough rows to learn from.
        "minimum_rows" => |gate, _, _| rows::minimum_rows(&gate.judged()?.frame),
        // Enough rows of the rarer label.
        "class_balance" => |gate, _, _| rows::class_balance(&gate.judged()?.frame),
        // Few rows that occur twice.
        "duplicates" => |gate, _, _| rows::duplicates(&gate.judged()?.frame),
        // Few rows that occur again with nearly the same values.
        "near_duplicates" => |gate, _, _| rows::near_duplicates(&gate.judged()?.frame),
        // Few equal rows with different labels.
        "conflicting_labels" => |gate, _, _| rows::conflicting_labels(&gate.judged()?.frame),
        // No feature with the same value in every row.
        "constant_columns" => |gate, _, _| columns::constant(&gate.judged()?.frame),
        // No value, pattern of digits or pair of values that gives the label away on a few rows.
        "value_leakage" => |gate, _, _| {
            let judged = gate.judged()?;
            value_leakage::value_leakage(&judged.frame, judged.sample.seed)
        },
        _ => return None,
    };
    Some(body)
}

/// The bodies that need the policy or the contract too.
fn of_the_release<R: Record>(question: &str) -> Option<Body<R>> {
    let body: Body<R> = match question {
        "rows" => whole_file,
        "accepts_valid" => generated::accepts_valid,
        "refuses_broken" => generated::refuses_broken,
        "same_in_json_and_csv" => generated::same_in_json_and_csv,
        // Label 1 is the better outcome for the applicant, by every name and by the data.
        "favourable" => |gate, _, _| favourable::favourable(gate.release().policy(), &gate.judged()?.frame),
        // Every column of the record is judged, or somebody wrote down why not.
        "unjudged_columns" => |gate, _, _| {
            let rows = gate.judged()?.dataset.rows.len() as u64;
            unjudged_columns::unjudged_columns(gate.release().policy(), gate.release().contract(), rows)
        },
        // No code such as 999999 that stands for a missing number.
        "sentinels" => |gate, _, _| sentinels::sentinels(&gate.judged()?.frame, &gate.release().policy().usual),
        // No category with two spellings.
        "category_spellings" => |gate, _, _| {
            let id = gate.release().policy().data.id.as_deref();
            columns::category_spellings(gate.release().contract(), &gate.judged()?.dataset.rows, id)
        },
        // No direction in `[better]` that the labels contradict.
        "directions" => |gate, _, _| directions::contradicted(&gate.judged()?.frame, &gate.release().policy().better),
        // No feature that predicts the label almost alone.
        "label_leakage" => |gate, _, _| leakage::single_feature(gate.judged()?, gate.release().grow()),
        // The id of a row does not predict its label.
        "identifier_leakage" => |gate, _, _| {
            let judged = gate.judged()?;
            let id = gate.release().policy().data.id.as_deref();
            leakage::identifier(&judged.dataset.rows, id, &judged.frame.labels)
        },
        "fold_overlap" => fold_overlap,
        _ => return None,
    };
    Some(body)
}

/// The bodies about ids, the previous release and the day.
fn of_the_past<R: Record>(question: &str) -> Option<Body<R>> {
    let body: Body<R> = match question {
        // No id that names two rows.
        "unique_id" => |gate, _, _| {
            let id = gate.release().policy().data.id.as_deref();
            let id = id.ok_or_else(|| not_measured("the policy names no id"))?;
            identity::unique_id(&gate.judged()?.dataset, id)
        },
        // No request and no data file that the previous release accepted is refused now, unless that is announced.
        "compatible" => |gate, _, _| compatible::compatible(gate.release()),
        // The data are not too old.
        "freshness" => |gate, _, _| freshness::freshness(gate.release(), today()),
        _ => return None,
    };
    Some(body)
}

/// The whole data file keeps the contract. The gate counts all broken values and lists the first ones.
fn whole_file<R: Record>(gate: &mut Gate<'_, R>, _: &Surroundings<R>, _: &str) -> Measured {
    match gate.release().data() {
        Ok(data) => Measurement::exact(0.0, Unit::Count, data.rows.len() as u64),
        Err(NoCandidate::Data(error)) => match &*error {
            DatasetError::Broken(broken) => Err(gate.refuse(broken)),
            DatasetError::File(error) => Err(not_measured(error)),
        },
        Err(error) => Err(not_measured(error)),
    }
}

/// No row is judged by a model that was trained on an equal row.
fn fold_overlap<R: Record>(gate: &mut Gate<'_, R>, _: &Surroundings<R>, _: &str) -> Measured {
    let policy = gate.release().policy();
    let frame = &gate.judged()?.frame;
    leakage::fold_overlap(frame, &assign_folds(frame, policy.evaluation.folds, policy.recipe.seed))
}
