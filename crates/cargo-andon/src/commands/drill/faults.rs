//! The faults that every release can be asked about: what is broken, how, and which gates must see it.

use andon_evidence::layout::{LEDGER, POLICY, PREVIOUS_RELEASE, STOPS};
use anyhow::{Context, Result};

use super::fault::{Fault, VICTIM, after, before, features, flip, is_unfavourable, number};
use super::not_here::NotHere;
use super::replica::Planted;

/// Those that leave the code as it is.
pub(crate) const FAULTS: &[Fault] = &[
    after("an edited evidence file", &[VICTIM], |planted| {
        planted.rewrite(&evidence(planted)?, |content| Ok(content.replacen("\"value\": 0", "\"value\": 1", 1)))
    }),
    after("evidence of another gate", &[VICTIM], |planted| {
        let victim = planted.victim()?;
        planted.rewrite(&evidence(planted)?, |content| Ok(content.replace(victim, "accuracy.of_another_gate")))
    }),
    after("a truncated evidence file", &[VICTIM], |planted| {
        planted.rewrite(&evidence(planted)?, |content| Ok(content[..content.len() / 2].to_owned()))
    }),
    after("an edited ledger", &[LEDGER], |planted| planted.put(LEDGER, "{}\n")),
    after("a stop that cannot be read", &[STOPS], |planted| planted.put(STOPS, "[[stop]]\nid = 1\n")),
    after("a truncated model file", &[], |planted| {
        planted.rewrite("target/andon/model.json", |content| Ok(content[..content.len() / 2].to_owned()))
    }),
    after("an edited card", &[], |planted| planted.rewrite("target/andon/MODEL_CARD.md", other_digit)),
    after("edited figures", &[], |planted| planted.rewrite("target/andon/figures.json", other_digit)),
    after("an edited data contract", &[], |planted| {
        planted.rewrite("target/andon/contract.schema.json", |content| {
            Ok(content.replacen("\"minimum\"", "\"maximum\"", 1))
        })
    }),
    before("an expired waiver", &[VICTIM], |planted| waive(planted, "2001-01-01")),
    before("a waiver that matches nothing", &[VICTIM], |planted| waive(planted, "2999-12-31")),
    before("labels shuffled", &["accuracy."], |planted| {
        planted.data(|policy, table| {
            let label = table.column(&policy.data.label)?;
            let rows = table.rows.len();
            let labels: Vec<String> = table.rows.iter().map(|row| row[label].clone()).collect();
            // A stride that shares no factor with the number of rows visits every row once, far from its own.
            let stride = (rows / 2..rows).find(|stride| coprime(*stride, rows)).context("too few rows")?;
            for (place, row) in table.rows.iter_mut().enumerate() {
                row[label].clone_from(&labels[place * stride % rows]);
            }
            Ok(())
        })
    }),
    before("labels turned over", &["contract.favourable", "robustness.direction."], |planted| {
        planted.data(|policy, table| {
            if policy.better.is_empty() {
                return Err(NotHere::because("[better] is empty, so nothing says which label has the better values"));
            }
            let label = table.column(&policy.data.label)?;
            for row in &mut table.rows {
                flip(&mut row[label]);
            }
            Ok(())
        })
    }),
    before("the label leaked into a feature", &["contract.label_leakage"], |planted| {
        planted.data(|policy, table| {
            let label = table.column(&policy.data.label)?;
            let feature = table.column(features(policy)?.1)?;
            let (lowest, highest) = table.ends(feature)?;
            for row in &mut table.rows {
                let value = if is_unfavourable(&row[label]) { &lowest } else { &highest };
                row[feature].clone_from(value);
            }
            Ok(())
        })
    }),
    before("a value that one label has, on a few rows", &["contract.value_leakage"], |planted| {
        planted.data(|policy, table| {
            let label = table.column(&policy.data.label)?;
            let feature = table.number_feature(policy)?;
            let rows = table.rows.len();
            let value = table.rows[rows / 2][feature].clone();
            let unfavourable = table.rows.iter_mut().filter(|row| is_unfavourable(&row[label]));
            unfavourable.step_by(4).for_each(|row| row[feature].clone_from(&value));
            Ok(())
        })
    }),
    before("one group's labels flipped", &["fairness."], |planted| {
        planted.data(|policy, table| {
            let (name, groups) = policy.data.protected.iter().next().context("no protected attribute")?;
            let label = table.column(&policy.data.label)?;
            let attribute = table.column(name)?;
            let is_first = |row: &&mut Vec<String>| policy.data.judged_as(name, &row[attribute]) == groups[0];
            for row in table.rows.iter_mut().filter(is_first) {
                flip(&mut row[label]);
            }
            Ok(())
        })
    }),
    before("nulls in a feature", &["contract.rows"], |planted| {
        planted.data(|policy, table| {
            let feature = table.column(features(policy)?.0)?;
            table.rows.iter_mut().step_by(10).for_each(|row| row[feature].clear());
            Ok(())
        })
    }),
    before("not a number in a feature", &["contract.rows"], |planted| {
        planted.data(|policy, table| {
            let feature = table.column(features(policy)?.0)?;
            table.rows.iter_mut().take(1).for_each(|row| row[feature] = "NaN".to_owned());
            Ok(())
        })
    }),
    before("swapped columns", &["contract.rows"], |planted| {
        planted.data(|policy, table| {
            let (first, last) = features(policy)?;
            let first = table.column(first)?;
            let last = table.column(last)?;
            table.swap_names(first, last);
            Ok(())
        })
    }),
    before("duplicated rows", &["contract.duplicates"], |planted| {
        planted.data(|_, table| {
            let twins: Vec<_> = table.rows.iter().step_by(4).cloned().collect();
            table.rows.extend(twins);
            Ok(())
        })
    }),
    before("near-twins", &["contract.near_duplicates"], |planted| {
        planted.data(|policy, table| {
            let feature = table.number_feature(policy)?;
            let mut twins: Vec<_> = table.rows.iter().step_by(4).cloned().collect();
            for row in &mut twins {
                if let Ok(number) = row[feature].parse::<f64>() {
                    row[feature] = (number + 1.0).to_string();
                }
            }
            table.rows.extend(twins);
            Ok(())
        })
    }),
    before("a code inside the range of a number", &["contract.sentinels"], |planted| {
        planted.data(|policy, table| {
            let feature = table.number_feature(policy)?;
            let highest: f64 = table.ends(feature)?.1.parse()?;
            let code =
                ["9999", "999", "99"].into_iter().find(|code| code.parse().is_ok_and(|code: f64| code < highest));
            let code = code.ok_or_else(|| NotHere::because("no feature is a number above 99"))?;
            table.rows.iter_mut().step_by(40).for_each(|row| row[feature] = code.to_owned());
            Ok(())
        })
    }),
    before("no rows", &["contract.rows"], |planted| {
        planted.data(|_, table| {
            table.rows.clear();
            Ok(())
        })
    }),
    before("one group absent", &["fairness."], |planted| {
        planted.data(|policy, table| {
            let (name, groups) = policy.data.protected.iter().next().context("no protected attribute")?;
            let attribute = table.column(name)?;
            table.rows.retain(|row| policy.data.judged_as(name, &row[attribute]) != groups[0]);
            Ok(())
        })
    }),
    before("a weakened bar", &[VICTIM], |planted| {
        released(planted)?;
        let victim = planted.victim()?;
        planted.policy_table(|policy| {
            let gate = policy.get_mut("gate").and_then(|gates| gates.get_mut(victim)).context("no such gate")?;
            let min = gate.get_mut("min").context("the gate has no `min`")?;
            *min = toml::Value::Float(0.9 * number(min));
            Ok(())
        })
    }),
    before("fewer rows asked of a group", &["evaluation.minimum_group_rows"], |planted| {
        released(planted)?;
        let rows = planted.policy()?.evaluation.minimum_group_rows;
        planted.policy_table(|policy| {
            let evaluation = policy.get_mut("evaluation").and_then(toml::Value::as_table_mut);
            let fewer = toml::Value::Integer(rows as i64 - 1);
            evaluation.context("there is no [evaluation]")?.insert("minimum_group_rows".to_owned(), fewer);
            Ok(())
        })
    }),
    before("a gate taken out of the policy", &["card."], |planted| {
        let victim = planted.victim()?;
        planted.policy_table(|policy| {
            let gates = policy.get_mut("gate").and_then(toml::Value::as_table_mut).context("there is no gate")?;
            gates.remove(victim).map(drop).context("no such gate")
        })
    }),
    Fault {
        environment: Some(("INSTA_FORCE_PASS", "1")),
        ..before("INSTA_FORCE_PASS set on a changed card", &["card."], |planted| {
            planted.replace(POLICY, "owner = \"", "owner = \"Somebody else, ")
        })
    },
];

fn coprime(mut a: usize, mut b: usize) -> bool {
    while b > 0 {
        (a, b) = (b, a % b);
    }
    a == 1
}

/// The evidence of the gate that is tampered with.
fn evidence(planted: &Planted<'_>) -> Result<String> {
    Ok(format!("target/andon/evidence/{}.json", planted.victim()?))
}

/// The text with another last digit.
fn other_digit(content: &str) -> Result<String> {
    let place = content.rfind(|letter: char| letter.is_ascii_digit()).context("there is no number")?;
    let digit = if content[place..].starts_with('9') { "8" } else { "9" };
    Ok(format!("{}{digit}{}", &content[..place], &content[place + 1..]))
}

/// Says that a setting can be weaker than in the last release only if there is one.
fn released(planted: &Planted<'_>) -> Result<()> {
    if planted.exists(PREVIOUS_RELEASE) {
        return Ok(());
    }
    Err(NotHere::because("no release came before, and the copy cannot be one before it is GO"))
}

/// Adds a waiver for the victim.
fn waive(planted: &Planted<'_>, expires: &str) -> Result<()> {
    let victim = planted.victim()?;
    let waiver =
        format!("\n[[waiver]]\ngate = \"{victim}\"\nreason = \"drill\"\nowner = \"drill\"\nexpires = \"{expires}\"\n");
    planted.rewrite(POLICY, |content| Ok(format!("{content}{waiver}")))
}
