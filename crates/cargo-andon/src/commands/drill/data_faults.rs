//! Faults in the data that need to know nothing of the sources, nor of the subject of the release.

use andon_evidence::policy::Policy;
use anyhow::{Context, Result};

use super::fault::{Fault, before, features, flip};
use super::table::Table;

/// Those that leave the code as it is.
pub(crate) const DATA_FAULTS: &[Fault] = &[
    before("two rows with one id", &["contract.unique_id"], |planted| {
        planted.data(|policy, table| {
            let id = table.column(policy.data.id.as_deref().context("the policy names no id")?)?;
            let first = table.rows.first().context("there is no row")?[id].clone();
            table.rows.last_mut().context("there is no row")?[id] = first;
            Ok(())
        })
    }),
    before("later rows with one extreme value", &["drift."], |planted| {
        planted.data(|policy, table| {
            let feature = table.column(features(policy)?.0)?;
            let (_, highest) = table.ends(feature)?;
            let half = table.rows.len() / 2;
            table.rows.iter_mut().skip(half).for_each(|row| row[feature].clone_from(&highest));
            Ok(())
        })
    }),
    before("a feature that tells a group from the rest", &["fairness.proxy."], |planted| {
        planted.data(|policy, table| {
            let (name, groups) = proxied(policy, |gate| planted.is_green(gate))?;
            let feature = table.column(features(policy)?.1)?;
            let attribute = table.column(name)?;
            let group = groups.first().context("no group")?;
            let (lowest, highest) = table.ends(feature)?;
            for row in &mut table.rows {
                let is_in_group = policy.data.judged_as(name, &row[attribute]) == group;
                let value = if is_in_group { &lowest } else { &highest };
                row[feature].clone_from(value);
            }
            Ok(())
        })
    }),
    before("a prediction of another model", &["import.parity"], |planted| {
        let model = planted.policy()?.model.context("the policy names no model file")?;
        planted.rewrite(&model.predictions.display().to_string(), |answers| {
            let second = answers.lines().nth(1).context("there is no prediction")?;
            let (question, probability) = second.rsplit_once(',').context("the probability is not the last column")?;
            let other = if probability.parse::<f64>()? < 0.5 { "0.99" } else { "0.01" };
            Ok(answers.replacen(second, &format!("{question},{other}"), 1))
        })
    }),
    before("a feature with one value", &["contract.constant_columns"], |planted| {
        planted.data(|policy, table| {
            let feature = table.column(features(policy)?.0)?;
            let value = table.rows.first().context("no rows")?[feature].clone();
            table.rows.iter_mut().for_each(|row| row[feature].clone_from(&value));
            Ok(())
        })
    }),
    before("rows that occur with both labels", &["contract.conflicting_labels"], |planted| {
        planted.data(|policy, table| {
            let label = table.column(&policy.data.label)?;
            let mut twins: Vec<_> = table.rows.iter().step_by(4).cloned().collect();
            twins.iter_mut().for_each(|row| flip(&mut row[label]));
            table.rows.extend(twins);
            Ok(())
        })
    }),
    before("a handful of rows", &["contract.minimum_rows"], |planted| {
        planted.data(|policy, table| {
            let label = table.column(&policy.data.label)?;
            keep_some(table, label, |_, place| place < 20);
            Ok(())
        })
    }),
    before("hardly any row of one label", &["contract.class_balance"], |planted| {
        planted.data(|policy, table| {
            let label = table.column(&policy.data.label)?;
            let (rarer, _) = labels(table, label)?;
            keep_some(table, label, |value, place| value != rarer || place % 20 == 0);
            Ok(())
        })
    }),
    before("rows in the order of their labels", &["contract.identifier_leakage"], |planted| {
        planted.data(|policy, table| {
            let label = table.column(&policy.data.label)?;
            table.rows.sort_by(|a, b| a[label].cmp(&b[label]));
            Ok(())
        })
    }),
];

/// The first protected attribute whose proxy gate is green, with its groups.
fn proxied(policy: &Policy, is_green: impl Fn(&str) -> bool) -> Result<(&str, &[String])> {
    let asked = |name: &str| is_green(&format!("fairness.proxy.{name}"));
    let found = policy.data.protected.iter().find(|(name, _)| asked(name));
    found.map(|(name, groups)| (name.as_str(), groups.as_slice())).context("no gate fairness.proxy.* of an attribute")
}

/// The rarer and the more frequent label.
fn labels(table: &Table, label: usize) -> Result<(String, String)> {
    let (lowest, highest) = table.ends(label)?;
    let low = table.rows.iter().filter(|row| row[label] == lowest).count();
    Ok(if 2 * low <= table.rows.len() { (lowest, highest) } else { (highest, lowest) })
}

/// Keeps the rows that the caller wants, by their label and their place among the rows of that label.
fn keep_some(table: &mut Table, label: usize, wanted: impl Fn(&str, usize) -> bool) {
    let mut seen = std::collections::BTreeMap::<String, usize>::new();
    table.rows.retain(|row| {
        let place = seen.entry(row[label].clone()).or_default();
        *place += 1;
        wanted(&row[label], *place - 1)
    });
}
