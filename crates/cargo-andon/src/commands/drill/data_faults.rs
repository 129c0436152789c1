//! Faults in the data and the policy that need to know nothing of the sources, nor of the subject of the release.

use andon_evidence::layout;
use andon_evidence::policy::Policy;
use anyhow::{Context, Result};

use super::fault::{Fault, before, features, flip};
use super::replica::Table;

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
    before("a golden case that must get the other answer", &["accuracy.golden"], |planted| {
        let policy = planted.policy()?;
        let golden = policy.golden.context("there is no [golden]")?;
        let [positive, negative] =
            [policy.answer.positive, policy.answer.negative].map(|word| format!("\"decision\":\"{word}\""));
        planted.rewrite(golden.file.to_str().context("the file's name is not UTF-8")?, |content| {
            let other = if content.contains(&positive) { (positive, negative) } else { (negative, positive) };
            Ok(content.replacen(&other.0, &other.1, 1))
        })
    }),
    before("a proposal that nobody has confirmed", &["policy.reviewed"], |planted| {
        planted.rewrite(layout::POLICY, |content| Ok(format!("# proposed: every bar\n{content}")))
    }),
    before("data that were collected long ago", &["contract.freshness"], |planted| {
        planted.policy_table(|policy| {
            let data = policy.get_mut("data").and_then(toml::Value::as_table_mut).context("there is no [data]")?;
            data.insert("collected_until".to_owned(), toml::Value::String("1990-01-01".to_owned()));
            Ok(())
        })
    }),
    before("a licence that nobody allowed", &["reproducibility.dependencies"], |planted| {
        planted.rewrite(layout::DENY, |content| Ok(content.replace("\"MIT\"", "\"MIT-0\"")))
    }),
    before("later rows with one extreme value", &["drift."], |planted| {
        planted.data(|policy, table| {
            let feature = table.column(features(policy)?.0)?;
            let (_, highest) = ends(table, feature)?;
            let half = table.rows.len() / 2;
            table.rows.iter_mut().skip(half).for_each(|row| row[feature].clone_from(&highest));
            Ok(())
        })
    }),
    before("a feature that tells a group from the rest", &["fairness.proxy."], |planted| {
        planted.data(|policy, table| {
            let (name, groups) = proxied(policy)?;
            let feature = table.column(features(policy)?.1)?;
            let attribute = table.column(name)?;
            let group = groups.first().context("no group")?;
            let (lowest, highest) = ends(table, feature)?;
            for row in &mut table.rows {
                let is_in_group = policy.data.judged_as(name, &row[attribute]) == group;
                let value = if is_in_group { &lowest } else { &highest };
                row[feature].clone_from(value);
            }
            Ok(())
        })
    }),
    before("values that nobody can measure", &["robustness.noise"], |planted| {
        planted.policy_table(|policy| {
            let noise = policy.get_mut("noise").and_then(toml::Value::as_table_mut).context("there is no [noise]")?;
            for (_, one) in noise.iter_mut() {
                let kinds = one.as_table_mut().context("[noise] holds no tables")?;
                if let Some(deviation) = kinds.get_mut("deviation") {
                    *deviation = toml::Value::Float(100.0 * number(deviation));
                }
                if let Some(relative) = kinds.get_mut("relative") {
                    *relative = toml::Value::Float((100.0 * number(relative)).min(1.0));
                }
            }
            Ok(())
        })
    }),
    before("a forest of one tree", &["robustness.seeds"], |planted| {
        planted.policy_table(|policy| {
            let recipe =
                policy.get_mut("recipe").and_then(toml::Value::as_table_mut).context("there is no [recipe]")?;
            recipe.insert("trees".to_owned(), toml::Value::Integer(1));
            Ok(())
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

fn number(value: &toml::Value) -> f64 {
    value.as_float().or_else(|| value.as_integer().map(|whole| whole as f64)).unwrap_or_default()
}

/// The first protected attribute that a proxy gate asks about, with its groups.
fn proxied(policy: &Policy) -> Result<(&str, &[String])> {
    let asked = |name: &str| policy.gates.keys().any(|id| id.as_str() == format!("fairness.proxy.{name}"));
    let found = policy.data.protected.iter().find(|(name, _)| asked(name));
    found.map(|(name, groups)| (name.as_str(), groups.as_slice())).context("no gate fairness.proxy.* of an attribute")
}

/// The lowest and the highest value of a column that occur, as text.
fn ends(table: &Table, column: usize) -> Result<(String, String)> {
    let values = table.rows.iter().map(|row| row[column].as_str()).filter(|value| !value.is_empty());
    let mut values: Vec<&str> = values.collect();
    let of = |value: &str| value.parse::<f64>().unwrap_or(f64::NAN);
    values.sort_by(|a, b| of(a).total_cmp(&of(b)).then(a.cmp(b)));
    let (lowest, highest) = values.first().zip(values.last()).context("the column is empty")?;
    Ok(((*lowest).to_owned(), (*highest).to_owned()))
}

/// The rarer and the more frequent label.
fn labels(table: &Table, label: usize) -> Result<(String, String)> {
    let (lowest, highest) = ends(table, label)?;
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
