//! The faults: what is broken, how, and which gates must see it.

use anyhow::{Context, Result};

use super::replica::Planted;

/// When a fault is planted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    /// In the inputs: the gates run on it.
    BeforeTheGates,
    /// In what a green run left behind.
    AfterTheGates,
}

/// One deliberate fault.
pub(crate) struct Fault {
    /// What is wrong.
    pub(crate) name: &'static str,
    /// When it is planted.
    pub(crate) when: When,
    /// Gates, or beginnings of their ids, of which at least one must not be green; empty where packaging must refuse.
    pub(crate) gates: &'static [&'static str],
    /// A variable that is set while the gates run.
    pub(crate) environment: Option<(&'static str, &'static str)>,
    /// Breaks the copy.
    pub(crate) plant: fn(&Planted<'_>) -> Result<()>,
}

const fn before(name: &'static str, gates: &'static [&'static str], plant: fn(&Planted<'_>) -> Result<()>) -> Fault {
    Fault { name, when: When::BeforeTheGates, gates, environment: None, plant }
}

const fn after(name: &'static str, gates: &'static [&'static str], plant: fn(&Planted<'_>) -> Result<()>) -> Fault {
    Fault { name, when: When::AfterTheGates, gates, environment: None, plant }
}

/// The gate whose test, evidence and bar are tampered with.
const VICTIM: &str = "accuracy.accuracy";
/// Its evidence.
const EVIDENCE: &str = "target/andon/evidence/accuracy.accuracy.json";
/// Its test.
const TEST: &str = "tests/gate/accuracy.rs";

/// Every drill. Those that change code come last: each compiles anew.
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
    after("a stale fingerprint", &[VICTIM], |planted| {
        planted.rewrite("src/lib.rs", |content| Ok(format!("{content}\n")))
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
    before("the label leaked into a feature", &["contract.label_leakage"], |planted| {
        planted.data(|policy, table| {
            let label = table.column(&policy.data.label)?;
            let feature = table.column(features(policy)?.1)?;
            table.rows.iter_mut().for_each(|row| row[feature] = row[label].clone());
            Ok(())
        })
    }),
    before("one group's labels flipped", &["fairness."], |planted| {
        planted.data(|policy, table| {
            let (attribute, groups) = policy.data.protected.iter().next().context("no protected attribute")?;
            let label = table.column(&policy.data.label)?;
            let attribute = table.column(attribute)?;
            for row in table.rows.iter_mut().filter(|row| row[attribute] == groups[0]) {
                row[label] = if row[label] == "0" { "1" } else { "0" }.to_owned();
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
    before("no rows", &["contract.rows"], |planted| {
        planted.data(|_, table| {
            table.rows.clear();
            Ok(())
        })
    }),
    before("one group absent", &["fairness."], |planted| {
        planted.data(|policy, table| {
            let (attribute, groups) = policy.data.protected.iter().next().context("no protected attribute")?;
            let attribute = table.column(attribute)?;
            table.rows.retain(|row| row[attribute] != groups[0]);
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
    before("a gate taken out of the policy", &["card."], |planted| {
        planted.rewrite("release.toml", |content| {
            let (head, tail) = content.split_once(&format!("[gate.\"{VICTIM}\"]")).context("no such gate")?;
            Ok(format!("{head}{}", &tail[tail.find("[gate").context("it is the last gate")?..]))
        })
    }),
    before("a deleted gate test", &[VICTIM], |planted| {
        planted.rewrite(TEST, |content| {
            let (head, tail) = content.split_once("#[test]").context("no test")?;
            Ok(format!("{head}{}", &tail[tail.find("#[test]").context("the only test")?..]))
        })
    }),
    before("an ignored gate test", &[VICTIM], |planted| planted.replace(TEST, "#[test]", "#[test]\n#[ignore]")),
    before("a renamed gate test", &[VICTIM], |planted| planted.replace(TEST, "fn accuracy(", "fn accurate(")),
    Fault {
        environment: Some(("INSTA_FORCE_PASS", "1")),
        ..before("INSTA_FORCE_PASS set on a changed card", &["card."], |planted| {
            planted.replace("release.toml", "owner = \"", "owner = \"Somebody else, ")
        })
    },
    before("scores that are not a number", &["accuracy.", "calibration."], |planted| {
        planted.replace(PLATT, CURVE, "        let _ = raw;\n        f64::NAN\n")
    }),
    before("over-confident scores", &["calibration."], |planted| {
        let certain = "        if self.slope * logit(raw) + self.intercept > 1.0 { 1.0 } else { 0.0 }\n";
        planted.replace(PLATT, CURVE, certain)
    }),
    before("thresholds shifted for one group", &["fairness."], |planted| {
        let shifted = "let scores: Vec<Score> = scores.iter().enumerate().map(|(row, score)| {\n\
            let lower = Score::nearest(score.share() - 0.4).unwrap_or(*score);\n\
            if frame.attributes[0].group_of[row] == 0 { lower } else { *score }\n\
        }).collect();\n        let model = Model::new(";
        planted.replace("crates/andon/src/model/candidate.rs", "let model = Model::new(", shifted)
    }),
    before("a model ten times slower", &["latency.relative"], |planted| {
        let again = "let cells = cells::read(record)?;\n\
            for _ in 0..12 { std::hint::black_box(self.model.encode(&cells).map(|row| self.reasons(&row)).ok()); }";
        planted.replace("crates/andon/src/decide/decider.rs", "let cells = cells::read(record)?;", again)
    }),
    before("a served score off by one tree", &["serving.scores"], |planted| {
        let lame = "let mut short: serde_json::Value = serde_json::from_slice(&decider.model().to_json()).unwrap_or_default();\n\
            let last = short[\"forest\"][\"roots\"].as_array().and_then(|roots| roots.last()?.as_u64()).unwrap_or(0) as usize;\n\
            if let Some(values) = short[\"forest\"][\"value\"].as_array_mut() { values.iter_mut().skip(last).for_each(|value| *value = 0.into()); }\n\
            let model = andon::Model::from_json(short.to_string().as_bytes()).unwrap_or(decider.model().clone());\n\
            let decider = Decider::new(decider.contract().clone(), decider.policy().clone(), model);\n\
            Ok(Self { decider,";
        planted.replace("crates/andon-serve/src/service/mod.rs", "Ok(Self { decider,", lame)
    }),
    before("an ONNX model that means the other class", &["serving.onnx"], |planted| {
        let right = "&[\"rest_probability\", \"probability\"]";
        let wrong = "&[\"probability\", \"rest_probability\"]";
        planted.replace("crates/andon/src/onnx/mod.rs", right, wrong)
    }),
    before("training that depends on the process", &["reproducibility."], |planted| {
        let seeded = "let seed = recipe.seed.wrapping_add(u64::from(std::process::id()))";
        planted.replace("crates/andon/src/model/random_forest.rs", "let seed = recipe.seed", seeded)
    }),
    before("attributions that do not add up", &["explanation.additivity"], |planted| {
        planted.replace("crates/andon/src/model/mod.rs", "*by *= slope", "*by *= 1.01 * slope")
    }),
    before("attributions of two features swapped", &["explanation.definition"], |planted| {
        let swapped =
            "moved.chunks_exact_mut(columns).for_each(|row| row.reverse());\n    moved\n}\n\nimpl<const Q: usize> Walk";
        planted.replace("crates/andon/src/model/attribution.rs", "moved\n}\n\nimpl<const Q: usize> Walk", swapped)
    }),
    before("reasons that spoke for the applicant", &["explanation.reasons"], |planted| {
        planted.replace("crates/andon/src/decide/decider.rs", "a.1.total_cmp(&b.1)", "b.1.total_cmp(&a.1)")
    }),
    before("the same reasons for everybody", &["explanation.methods"], |planted| {
        let own = "let moved = self.attribution(row).moved;";
        let global = "let moved: Vec<f64> = (0..row.len()).map(|at| -0.5 / (1 + at) as f64).collect();";
        planted.replace("crates/andon/src/decide/decider.rs", own, global)
    }),
    before("reasons that hang on the last digit", &["explanation.stability"], |planted| {
        let scattered = "against.sort_by(|a, b| (row[6] * 1e4 * a.1).sin().total_cmp(&(row[6] * 1e4 * b.1).sin()))";
        planted.replace("crates/andon/src/decide/decider.rs", "against.sort_by(|a, b| a.1.total_cmp(&b.1))", scattered)
    }),
    before("a value without words", &["explanation.wording"], |planted| {
        planted.rewrite("release.toml", |content| {
            let (head, tail) = content.split_once("reason = { ").context("no reason is by value")?;
            Ok(format!("{head}reason = {{ {}", tail.split_once("\", ").context("it has one value")?.1))
        })
    }),
    before("counterfactuals that fall a step short", &["explanation.counterfactuals"], |planted| {
        let short = "Change { feature: feature.name.clone(), from: *from, to: from.midpoint(*to), text }";
        let whole = "Change { feature: feature.name.clone(), from: *from, to: *to, text }";
        planted.replace("crates/andon/src/decide/counterfactual.rs", whole, short)
    }),
    before("advice in the wrong direction", &["explanation.favourable"], |planted| {
        planted.replace("release.toml", "obligation_ratio = \"lower\"", "obligation_ratio = \"higher\"")
    }),
    before("a guard without its last rule", &["explanation.guard"], |planted| {
        planted.replace(
            "crates/andon-serve/src/words/guard/mod.rs",
            "    check_words(&tokens, facts)?;\n",
            "    let _ = check_words;\n",
        )
    }),
    before("a language model that is believed", &["explanation.fallback"], |planted| {
        planted.replace("crates/andon-serve/src/words/mod.rs", "Ok(guard::judge(&answer?, &facts)?)", "Ok(answer?)")
    }),
    before("a protected attribute sent to the language model", &["explanation.privacy"], |planted| {
        let sent = "json!(facts).to_string() + \" The applicant is a woman.\"";
        planted.replace("crates/andon-serve/src/words/mod.rs", "json!(facts).to_string()", sent)
    }),
    before("an explanation that blocks the server", &["serving.latency_beside_explanations"], |planted| {
        let blocks = "tokio::spawn(async { for _ in 0..200 { std::thread::sleep(Duration::from_millis(80)); tokio::task::yield_now().await; } });\n        \
            let answer = self.answer(&facts).await;";
        planted.replace("crates/andon-serve/src/words/mod.rs", "let answer = self.answer(&facts).await;", blocks)
    }),
    before("a text for scholars", &["explanation.readable"], |planted| {
        planted.replace(
            "release.toml",
            "reason = \"total obligations of {value} % of income\"",
            "reason = \"aggregate amortization obligations constituting {value} % of remuneration\"",
        )
    }),
];

/// Where scores are calibrated.
const PLATT: &str = "crates/andon/src/model/platt.rs";
/// The line that does it.
const CURVE: &str = "        logistic(self.slope * logit(raw) + self.intercept)\n";

/// The first and the last feature of the policy.
fn features(policy: &andon_evidence::policy::Policy) -> Result<(&str, &str)> {
    let features = &policy.data.features;
    features.first().zip(features.last()).map(|(first, last)| (first.as_str(), last.as_str())).context("no features")
}

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
