//! Faults in the policy that need to know nothing of the sources, nor of the subject of the release.

use andon_evidence::layout::{DENY, POLICY};
use anyhow::{Context, Result};
use toml::{Table, Value};

use super::fault::{Fault, before, number};
use super::not_here::NotHere;

/// Words before a reason that nobody reads with ease.
const FOR_SCHOLARS: &str = "unsatisfactory institutional considerations characterising";

/// Those that leave code and data as they are.
pub(crate) const POLICY_FAULTS: &[Fault] = &[
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
        planted.rewrite(POLICY, |content| Ok(format!("# proposed: every bar\n{content}")))
    }),
    before("data that were collected long ago", &["contract.freshness"], |planted| {
        planted.policy_table(|policy| {
            let data = policy.get_mut("data").and_then(Value::as_table_mut).context("there is no [data]")?;
            data.insert("collected_until".to_owned(), Value::String("1990-01-01".to_owned()));
            Ok(())
        })
    }),
    before("a licence that nobody allowed", &["reproducibility.dependencies"], |planted| {
        planted.rewrite(DENY, |content| Ok(content.replace("\"MIT\"", "\"MIT-0\"")))
    }),
    before("values that nobody can measure", &["robustness.noise"], |planted| {
        planted.policy_table(|policy| {
            for (_, one) in table(policy, "noise")?.iter_mut() {
                let kinds = one.as_table_mut().context("[noise] holds no tables")?;
                if let Some(deviation) = kinds.get_mut("deviation") {
                    *deviation = Value::Float(100.0 * number(deviation));
                }
                if let Some(relative) = kinds.get_mut("relative") {
                    *relative = Value::Float((100.0 * number(relative)).min(1.0));
                }
            }
            Ok(())
        })
    }),
    before("a forest of one tree", &["robustness.seeds"], |planted| {
        planted.policy_table(|policy| {
            table(policy, "recipe")?.insert("trees".to_owned(), Value::Integer(1));
            Ok(())
        })
    }),
    before("reasons for scholars", &["explanation.readable"], |planted| {
        planted.policy_table(|policy| {
            each_reason(policy, |reason| {
                *reason = Value::String(format!("{FOR_SCHOLARS} {}", reason.as_str().unwrap_or_default()));
            })
        })
    }),
    before("ranges that leave most people to a person", &["serving.referred"], |planted| {
        let name = planted.policy()?.validated.into_keys().next();
        let name = name.ok_or_else(|| NotHere::because("[validated] is empty"))?;
        let median = planted.read_data(|table| {
            let column = table.column(&name)?;
            let mut values: Vec<f64> = table.rows.iter().filter_map(|row| row[column].parse().ok()).collect();
            values.sort_by(f64::total_cmp);
            values.get(values.len() / 2).copied().context("the column has no number")
        })?;
        planted.policy_table(|policy| {
            let range = table(policy, "validated")?.get_mut(&name).and_then(Value::as_table_mut);
            let range = range.context("there is no such range")?;
            let least = range.get("min").map(number).unwrap_or_default();
            let whole = median.fract() == 0.0 && least.fract() == 0.0;
            let most = if whole { Value::Integer(median as i64) } else { Value::Float(median) };
            range.insert("max".to_owned(), most);
            Ok(())
        })
    }),
];

/// A table of the policy.
fn table<'a>(policy: &'a mut Table, name: &str) -> Result<&'a mut Table> {
    let table = policy.get_mut(name).and_then(Value::as_table_mut).filter(|table| !table.is_empty());
    table.ok_or_else(|| NotHere::because(format!("[{name}] is empty")))
}

/// Changes each text of the reason dictionary.
fn each_reason(policy: &mut Table, change: impl Fn(&mut Value)) -> Result<()> {
    for (_, words) in table(policy, "wording")?.iter_mut() {
        match words.get_mut("reason").context("a feature has no reason")? {
            Value::Table(reasons) => reasons.iter_mut().for_each(|(_, reason)| change(reason)),
            reason => change(reason),
        }
    }
    Ok(())
}
