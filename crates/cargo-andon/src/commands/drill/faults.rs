//! The faults that every release can be asked about: what is broken, how, and which gates must see it.

use andon_evidence::layout::LEDGER;
use anyhow::{Context, Result};

use super::fault::{Fault, after, before, features, flip};
use super::replica::Planted;

/// The gate whose test, evidence and bar are tampered with.
const VICTIM: &str = "accuracy.accuracy";
/// Its evidence.
const EVIDENCE: &str = "target/andon/evidence/accuracy.accuracy.json";
/// Its test.
const TEST: &str = "tests/gate/accuracy.rs";
/// The body of a gate's test.
const BODY: &str = "gate(&gate_id!())";

/// Those that leave the code as it is.
pub(crate) const FAULTS: &[Fault] = &[
    after("an edited evidence file", &[VICTIM], |planted| {
        planted.rewrite(EVIDENCE, |content| Ok(content.replacen("\"value\": 0", "\"value\": 1", 1)))
    }),
    after("evidence of another gate", &[VICTIM], |planted| {
        planted.rewrite(EVIDENCE, |content| Ok(content.replace(VICTIM, "accuracy.auc")))
    }),
    after("a truncated evidence file", &[VICTIM], |planted| {
        planted.rewrite(EVIDENCE, |content| Ok(content[..content.len() / 2].to_owned()))
    }),
    after("an edited ledger", &[LEDGER], |planted| planted.put(LEDGER, "{}\n")),
    after("a truncated model file", &[], |planted| {
        planted.rewrite("target/andon/model.json", |content| Ok(content[..content.len() / 2].to_owned()))
    }),
    after("an edited card", &[], |planted| {
        planted.rewrite("target/andon/MODEL_CARD.md", |content| Ok(content.replacen("0.8", "0.9", 1)))
    }),
    after("edited figures", &[], |planted| {
        planted.rewrite("target/andon/figures.json", |content| Ok(content.replacen("0.8", "0.9", 1)))
    }),
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
            table.rows.iter_mut().for_each(|row| row[feature] = row[label].clone());
            Ok(())
        })
    }),
    before("a value that one label has, on a few rows", &["contract.value_leakage"], |planted| {
        planted.data(|policy, table| {
            let label = table.column(&policy.data.label)?;
            let feature = table.column(features(policy)?.0)?;
            let rows = table.rows.len();
            let value = table.rows[rows / 2][feature].clone();
            let unfavourable = table.rows.iter_mut().filter(|row| ["0", "false"].contains(&row[label].as_str()));
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
            let feature = table.column(features(policy)?.0)?;
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
            let feature = table.column(features(policy)?.0)?;
            table.rows.iter_mut().step_by(40).for_each(|row| row[feature] = "9999".to_owned());
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
        planted.rewrite("release.toml", |content| {
            let gate = format!("[gate.\"{VICTIM}\"]\nmin = 0.");
            anyhow::ensure!(content.contains(&gate), "{VICTIM} has no `min`");
            Ok(content.replacen(&gate, &format!("{gate}0"), 1))
        })
    }),
    before("fewer rows asked of a group", &["evaluation.minimum_group_rows"], |planted| {
        let rows = planted.policy()?.evaluation.minimum_group_rows;
        planted.replace("release.toml", &format!("rows = {rows}"), &format!("rows = {}", rows - 1))
    }),
    before("a gate taken out of the policy", &["card."], |planted| {
        planted.rewrite("release.toml", |content| {
            let (head, tail) = content.split_once(&format!("[gate.\"{VICTIM}\"]")).context("no such gate")?;
            Ok(format!("{head}{}", &tail[tail.find("[gate").context("it is the last gate")?..]))
        })
    }),
    Fault {
        environment: Some(("INSTA_FORCE_PASS", "1")),
        ..before("INSTA_FORCE_PASS set on a changed card", &["card."], |planted| {
            planted.replace("release.toml", "owner = \"", "owner = \"Somebody else, ")
        })
    },
];

/// Those that change code, which cargo then compiles anew.
pub(crate) const IN_CODE: &[Fault] = &[
    after("a stale fingerprint", &[VICTIM], |planted| {
        planted.rewrite("src/lib.rs", |content| Ok(format!("{content}\n")))
    }),
    before("a deleted gate test", &[VICTIM], |planted| {
        planted.rewrite(TEST, |content| {
            let (head, tail) = content.split_once("#[test]").context("no test")?;
            Ok(format!("{head}{}", &tail[tail.find("#[test]").context("the only test")?..]))
        })
    }),
    before("an ignored gate test", &[VICTIM], |planted| planted.replace(TEST, "#[test]", "#[test]\n#[ignore]")),
    before("a renamed gate test", &[VICTIM], |planted| planted.replace(TEST, "fn accuracy(", "fn accurate(")),
    before("a gate test that records nothing", &[VICTIM], |planted| planted.replace(TEST, BODY, "Ok(())")),
    before("a constant under the name of a statistic", &[VICTIM], |planted| {
        let constant = "crate::GATES.release()?.gate(&gate_id!(), |_| \
            andon::judge::Measurement::exact(1.0, andon::judge::Unit::Share, 1))";
        planted.replace(TEST, BODY, constant)
    }),
    before("training that follows the process", &["reproducibility."], |planted| {
        let seed = "random_forest(&andon::policy::Recipe { seed: u64::from(std::process::id()), ..recipe.clone() },";
        planted.replace("src/recipe.rs", "random_forest(recipe,", seed)
    }),
    before("two tests that write one id", &[VICTIM], |planted| {
        planted.replace(TEST, BODY, &format!("{BODY}?; {BODY}"))
    }),
];

fn coprime(mut a: usize, mut b: usize) -> bool {
    while b > 0 {
        (a, b) = (b, a % b);
    }
    a == 1
}

/// Adds a waiver for the victim.
fn waive(planted: &Planted<'_>, expires: &str) -> Result<()> {
    let waiver =
        format!("\n[[waiver]]\ngate = \"{VICTIM}\"\nreason = \"drill\"\nowner = \"drill\"\nexpires = \"{expires}\"\n");
    planted.rewrite("release.toml", |content| Ok(format!("{content}{waiver}")))
}
