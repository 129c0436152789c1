//! The settings of a policy, key by key, and which changes of them can make a GO easier.
//!
//! Bars are compared by themselves. A text changes no verdict, and the recipe makes another candidate, which is judged
//! anew. Everything else counts, also a key that this version does not know: if it is not known in which direction a
//! key is stricter, any change of it counts.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// Tables and keys that cannot make a GO easier, or are compared elsewhere.
const LEFT_OUT: [&str; 20] = [
    "about",
    "answer.contact",
    "answer.negative",
    "answer.positive",
    "data.features",
    "data.file",
    "data.ordered",
    "explanation",
    "gate",
    "model.file",
    "model.predictions",
    "model.time_limit_s",
    "recipe",
    "removed",
    "search.chosen_because",
    "search.declined",
    "serve",
    "waiver",
    "weakened",
    "wording",
];
/// Lists that may grow and not shrink.
const LISTS: [&str; 11] = [
    "data.categories",
    "data.protected",
    "data.proxies",
    "explanation.never",
    "model.files",
    "search.depth",
    "search.reweigh_by",
    "search.threshold",
    "search.trees",
    "search.with",
    "search.without",
];
/// Numbers that may grow and not shrink.
const NUMBERS: [&str; 5] = ["load.clients", "load.requests", "noise", "rounding", "search.less_accurate_by"];
/// Tables to which entries may be added.
const GROWING: [&str; 7] =
    ["family", "data.control", "golden", "cord.may_clear", "monitor", "override.reasons", "search"];

/// Entries whose value is the reason that they need, and that a check of the policy holds to be one.
const REASONS: [&str; 4] = ["cord.clear_alone", "data.order", "data.unjudged", "usual"];
/// Tables and keys that a gate compares with the previous release.
const COMPARED_BY_A_GATE: [&str; 2] = ["breaking", "data.collected_until"];

/// The values of a policy by key, such as `evaluation.folds`, each as it would be written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Settings(BTreeMap<String, String>);

/// A setting that is not what it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingChange {
    /// The key, such as `evaluation.folds`.
    pub key: String,
    /// The earlier value; none if there was none.
    pub then: Option<String>,
    /// The value now; none if it is gone.
    pub now: Option<String>,
}

impl std::fmt::Display for SettingChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "not set".to_owned());
        write!(f, "{}: {} -> {}", self.key, text(&self.then), text(&self.now))
    }
}

impl Settings {
    /// The settings in the text of a policy.
    ///
    /// # Errors
    /// The parser's error for a text that is not TOML.
    pub fn parse(text: &str) -> Result<Self, toml::de::Error> {
        let mut settings = BTreeMap::new();
        flatten("", &toml::Value::Table(toml::from_str(text)?), &mut settings);
        Ok(Self(settings))
    }

    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    /// Every setting that differs from an earlier one.
    #[must_use]
    pub fn changes_since(&self, earlier: &Self) -> Vec<SettingChange> {
        let keys: BTreeSet<&String> = self.0.keys().chain(earlier.0.keys()).collect();
        let change = |key: &String| SettingChange {
            key: key.clone(),
            then: earlier.0.get(key).cloned(),
            now: self.0.get(key).cloned(),
        };
        keys.into_iter().map(change).filter(|change| change.then != change.now).collect()
    }

    /// The changes since an earlier policy that can make a GO easier and state no reason themselves.
    #[must_use]
    pub fn weakened_since(&self, earlier: &Self) -> Vec<SettingChange> {
        self.changes_since(earlier).into_iter().filter(SettingChange::is_weaker).collect()
    }
}

impl SettingChange {
    /// True for an entry that states its own reason: it makes a GO easier, and says why.
    #[must_use]
    pub fn states_its_reason(&self) -> bool {
        self.now.is_some() && REASONS.iter().any(|table| is_under(&self.key, table))
    }

    fn is_weaker(&self) -> bool {
        if COMPARED_BY_A_GATE.iter().any(|table| is_under(&self.key, table)) {
            return false;
        }
        let Some(then) = self.then.as_deref().and_then(value) else {
            let mut may_appear = LISTS.iter().chain(&NUMBERS).chain(&GROWING);
            return !may_appear.any(|table| is_under(&self.key, table));
        };
        let Some(now) = self.now.as_deref().and_then(value) else { return true };
        if LISTS.iter().any(|table| is_under(&self.key, table)) {
            return match (then.as_array(), now.as_array()) {
                (Some(then), Some(now)) => then.iter().any(|member| !now.contains(member)),
                _ => true,
            };
        }
        let is_number = NUMBERS.iter().any(|table| is_under(&self.key, table));
        !(is_number && number(&now).zip(number(&then)).is_some_and(|(now, then)| now >= then))
    }
}

fn is_under(key: &str, table: &str) -> bool {
    key.strip_prefix(table).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn value(text: &str) -> Option<toml::Value> {
    toml::from_str::<toml::Table>(&format!("value = {text}")).ok()?.remove("value")
}

fn number(value: &toml::Value) -> Option<f64> {
    value.as_float().or_else(|| value.as_integer().map(|whole| whole as f64))
}

fn flatten(key: &str, value: &toml::Value, settings: &mut BTreeMap<String, String>) {
    let counts = !LEFT_OUT.iter().any(|table| is_under(key, table)) || is_under(key, "explanation.never");
    match value {
        toml::Value::Table(table) => {
            for (name, inner) in table {
                let inner_key = if key.is_empty() { name.clone() } else { format!("{key}.{name}") };
                flatten(&inner_key, inner, settings);
            }
        }
        // The text of a reason decides nothing.
        value if counts && !key.ends_with(".why") && !key.ends_with("_because") => {
            drop(settings.insert(key.to_owned(), value.to_string()))
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: &str = "
        [data]\nlabel = 'good'\nfeatures = ['a']\nprotected = { sex = ['f', 'm'] }\n
        [recipe]\nseed = 1\n[evaluation]\nfolds = 5\nrepeats = 7\nminimum_group_rows = 100\n[answer]\nthreshold = 0.5\n
        [noise]\na = { relative = 0.1 }\n[validated]\na = { min = 0, max = 9 }\n
        [family.fairness]\ncontrol = 'holm'\nwhy = 'x'\n[about]\nowner = 'x'\n";

    fn weakened(from: &str, to: &str) -> Vec<String> {
        assert!(POLICY.contains(from), "{from}");
        let then = Settings::parse(POLICY).unwrap();
        let now = Settings::parse(&POLICY.replace(from, to)).unwrap();
        now.weakened_since(&then).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_change_that_can_make_a_go_easier_is_named_by_its_key() {
        assert_eq!(weakened("['f', 'm']", "['m']"), ["data.protected.sex: [\"f\", \"m\"] -> [\"m\"]"]);
        assert_eq!(weakened("sex = ['f', 'm']", ""), ["data.protected.sex: [\"f\", \"m\"] -> not set"]);
        assert_eq!(weakened("folds = 5", "folds = 10"), ["evaluation.folds: 5 -> 10"]);
        assert_eq!(weakened("repeats = 7", "repeats = 3"), ["evaluation.repeats: 7 -> 3"]);
        assert_eq!(weakened("repeats = 7\n", ""), ["evaluation.repeats: 7 -> not set"]);
        let fewer = weakened("folds = 5", "folds = 5\nasked_rows = 1000");
        assert_eq!(fewer, ["evaluation.asked_rows: not set -> 1000"]);
        for rows in ["99", "101"] {
            assert_eq!(weakened("100", rows).len(), 1, "{rows}");
        }
        assert_eq!(weakened("0.5", "0.4"), ["answer.threshold: 0.5 -> 0.4"]);
        assert_eq!(weakened("relative = 0.1", "relative = 0.05"), ["noise.a.relative: 0.1 -> 0.05"]);
        assert_eq!(weakened("[noise]", "[load]\nfailed_share = 0.01\n[noise]"), ["load.failed_share: not set -> 0.01"]);
        assert_eq!(weakened("relative", "deviation"), ["noise.a.relative: 0.1 -> not set"]);
        for range in ["min = 0, max = 8", "min = 0, max = 10", "min = -1, max = 9"] {
            assert_eq!(weakened("min = 0, max = 9", range).len(), 1, "{range}");
        }
        assert_eq!(weakened("control = 'holm'\n", ""), ["family.fairness.control: \"holm\" -> not set"]);
        assert_eq!(weakened("[recipe]", "[later]\nkey = 1\n[recipe]"), ["later.key: not set -> 1"]);
    }

    #[test]
    fn what_is_stricter_or_decides_nothing_is_no_weakening() {
        let cases = [
            ("['f', 'm']", "['f', 'm', 'x']"),
            ("relative = 0.1", "relative = 0.2"),
            ("owner = 'x'", "owner = 'y'"),
            ("why = 'x'", "why = 'y'"),
            ("seed = 1", "seed = 2"),
            ("[noise]", "[noise]\nb = { relative = 0.1 }"),
            ("sex = ['f', 'm']", "sex = ['f', 'm'], race = ['b', 'w']"),
            ("label = 'good'", "label = 'good'\ncollected_until = '2026-03-31'"),
            ("[noise]", "[load]\nclients = 8\nrequests = 2000\n[noise]"),
            ("[noise]", "[breaking]\na = 'agreed with the callers'\n[noise]"),
        ];
        for (from, to) in cases {
            assert_eq!(weakened(from, to), [""; 0], "{from} -> {to}");
        }
    }

    #[test]
    fn another_command_counts_and_more_files_or_a_longer_wait_do_not() {
        let settings = |model: &str| Settings::parse(&format!("{POLICY}[model]\n{model}\n")).unwrap();
        let then = settings("command = ['score']\nfiles = ['a']\nexplained_rows = 100\nunseen = 'every_row'");
        let weakened = |model: &str| -> Vec<String> {
            settings(model).weakened_since(&then).into_iter().map(|change| change.key).collect()
        };
        let same =
            "command = ['score']\nfiles = ['a', 'b']\nexplained_rows = 100\nunseen = 'every_row'\ntime_limit_s = 9";
        assert_eq!(weakened(same), [""; 0]);
        for (from, to, key) in [
            ("['score']", "['other']", "model.command"),
            ("['a', 'b']", "['b']", "model.files"),
            ("explained_rows = 100", "explained_rows = 20", "model.explained_rows"),
            ("'every_row'", "{ column = 'later' }", "model.unseen"),
        ] {
            let weakened = weakened(&same.replace(from, to));
            assert!(weakened.iter().any(|weaker| weaker.starts_with(key)), "{key}: {weakened:?}");
        }
    }
}
