//! The rules that the values of a policy must keep.

use std::collections::BTreeSet;
use std::path::Path;

use crate::policy::error::{KeyProblem, filled, problems};
use crate::policy::limits;
use crate::policy::raw::{RawBar, RawModel, RawPolicy};
use crate::policy::reason::stated;
use crate::policy::search;
use crate::policy::tables::model::{CalibratorRows, ModelFile, UnseenRows};
use crate::policy::tables::outcomes::OutcomeRule;
use crate::policy::tables::overrides::OverrideRule;
use crate::policy::tables::scores::{ScoreCommand, ScoreOrigin};
use crate::policy::tables::{AnswerRule, Category, Cost, Data, Drift, Load, Noise, Pool};
use crate::policy::wording::{self, never_said};

/// Refuses a number that is not above 0 or is above `max`; NaN too.
fn above_zero(key: &str, value: f64, max: f64) -> Result<(), KeyProblem> {
    if value > 0.0 && value <= max {
        return Ok(());
    }
    Err((key.to_owned(), format!("{value} is out of range: allowed is above 0, at most {max}")))
}

fn inside(key: &str, file: &Path) -> Result<(), KeyProblem> {
    if file.is_absolute() || file.components().any(|part| part.as_os_str() == "..") {
        return Err((key.to_owned(), "must be a path inside the release".to_owned()));
    }
    Ok(())
}

/// The gate that shows that a command gives the same rows the same scores.
const SAME_SCORES_GATE: &str = "reproducibility.model_digest";

impl RawPolicy {
    /// The broken rules for values, one for each table or number. Gates are checked as they are made.
    pub(super) fn problems(&self) -> Vec<KeyProblem> {
        let columns = [
            inside("data.file", &self.data.file),
            self.data.order.as_ref().map_or(Ok(()), |order| stated("data.order", order)),
            self.check_favourable(),
            self.check_features(),
            self.check_protected(),
            self.check_pools(),
            self.check_categories(),
            self.check_ranges(),
            search::check_reweighing("recipe.reweigh_by", &self.recipe.reweigh_by, &self.data),
        ];
        let others = [
            self.check_answer(),
            search::check(self.search.as_ref(), &self.data, &self.gate),
            self.check_noise(),
            self.check_usual(),
            self.check_drift(),
            self.check_golden(),
            self.check_model(),
            self.cord.check(),
            self.outcomes.as_ref().map_or(Ok(()), OutcomeRule::check),
            self.overrides.as_ref().map_or(Ok(()), OverrideRule::check),
            self.check_words(),
            self.load.as_ref().map_or(Ok(()), check_load),
        ];
        problems(columns.into_iter().chain(self.recipe_checks()).chain(others))
    }

    fn check_favourable(&self) -> Result<(), KeyProblem> {
        let Data { label, favourable, favourable_because, .. } = &self.data;
        if *favourable != 1 {
            let problem = format!(
                "{favourable} is not allowed: approvals, disparate impact and equal opportunity count the rows with \
                 label 1. Turn the column `{label}` of the data file over, so that 1 is the better outcome for the \
                 person, give it the name of that outcome, and write favourable = 1"
            );
            return Err(("data.favourable".to_owned(), problem));
        }
        favourable_because.as_ref().map_or(Ok(()), |because| stated("data.favourable_because", because))
    }

    fn check_features(&self) -> Result<(), KeyProblem> {
        let Data { label, features, protected, proxies, person, .. } = &self.data;
        if person.as_ref() == Some(label) {
            return Err(("data.person".to_owned(), "is the label: it names no person".to_owned()));
        }
        if self.data.is_id(label) {
            return Err(("data.id".to_owned(), "is the label: it names no row".to_owned()));
        }
        let key = "data.features";
        if features.is_empty() {
            return Err((key.to_owned(), "at least one feature is required".to_owned()));
        }
        let mut seen = BTreeSet::new();
        for feature in features {
            let why_not = if !seen.insert(feature) {
                "is named twice"
            } else if self.data.is_id(feature) {
                "is the id of the row: a model must not learn it"
            } else if Some(feature) == person.as_ref() {
                "names the person: a model must not learn it"
            } else if feature == label {
                "is the label: a model must not see it"
            } else if protected.contains_key(feature) {
                "is a protected attribute: a decision must not rest on it"
            } else if proxies.contains_key(feature) {
                "is declared a proxy: a decision must not rest on it"
            } else if !self.wording.contains_key(feature) && self.outside_scores().is_none() {
                // From scores nobody is answered, so nobody is told a reason.
                "has no wording: a person denied for it could not be told why; add it under [wording]"
            } else {
                continue;
            };
            return Err((key.to_owned(), format!("`{feature}` {why_not}")));
        }
        Ok(())
    }

    fn check_protected(&self) -> Result<(), KeyProblem> {
        let Data { label, protected, proxies, unjudged, .. } = &self.data;
        for (attribute, groups) in protected {
            if groups.iter().collect::<BTreeSet<_>>().len() < 2 || self.data.is_id(attribute) || attribute == label {
                let problem =
                    "a protected attribute must be neither id nor label, and must name at least two groups to judge";
                return Err((format!("data.protected.{attribute}"), problem.to_owned()));
            }
        }
        for (column, because) in unjudged {
            let key = format!("data.unjudged.{column}");
            stated(&key, because)?;
            if self.data.is_id(column) || column == label {
                return Err((key, "is the id or the label, which no gate judges by".to_owned()));
            }
        }
        match proxies.iter().find(|(_, attribute)| !protected.contains_key(*attribute)) {
            Some((proxy, attribute)) => {
                Err((format!("data.proxies.{proxy}"), format!("`{attribute}` is not a protected attribute")))
            }
            None => Ok(()),
        }
    }

    fn check_categories(&self) -> Result<(), KeyProblem> {
        let Data { features, ordered, categories, .. } = &self.data;
        if let Some(column) = ordered.iter().find(|column| !features.contains(column)) {
            return Err(("data.ordered".to_owned(), format!("`{column}` is not a feature")));
        }
        for (column, Category { names, .. }) in categories {
            let problem = |text: &str| Err((format!("data.categories.{column}"), text.to_owned()));
            if !features.contains(column) {
                return problem("is not a feature");
            }
            if names.iter().any(|name| name.trim().is_empty()) {
                return problem("has an empty name");
            }
            if names.iter().collect::<BTreeSet<_>>().len() < names.len().max(2) {
                return problem("needs two names or more, none of them twice");
            }
        }
        Ok(())
    }

    fn check_pools(&self) -> Result<(), KeyProblem> {
        let mut pooled = BTreeSet::new();
        if let Some(attribute) = self.data.pooled.keys().find(|name| !self.data.protected.contains_key(*name)) {
            return Err((format!("data.pooled.{attribute}"), "is not a protected attribute".to_owned()));
        }
        for (attribute, name, Pool { groups, why }) in self.data.pools() {
            let key = format!("data.pooled.{attribute}.{name}");
            let refuse = |problem: String| Err((key.clone(), problem));
            stated(&format!("{key}.why"), why)?;
            let judged = &self.data.protected[attribute];
            if !judged.iter().any(|group| group == name) {
                return refuse(format!("is judged by no gate: list `{name}` under data.protected.{attribute}"));
            }
            if groups.len() < 2 {
                return refuse("needs at least two groups".to_owned());
            }
            if let Some(alone) = groups.iter().find(|group| judged.contains(group)) {
                return refuse(format!("holds `{alone}`, which data.protected.{attribute} lists by itself"));
            }
            if let Some(twice) = groups.iter().find(|group| !pooled.insert((attribute, group.as_str()))) {
                return refuse(format!("holds `{twice}`, which a pool holds already"));
            }
        }
        Ok(())
    }

    /// Tables by feature name features only, and their numbers are in order.
    fn check_ranges(&self) -> Result<(), KeyProblem> {
        let features = &self.data.features;
        for (column, cuts) in &self.data.control {
            let rising = cuts.windows(2).all(|pair| pair[0] < pair[1]) && cuts.iter().all(|cut| cut.is_finite());
            if !features.contains(column) || !rising {
                let problem = "needs a feature and finite cut points, each above the one before";
                return Err((format!("data.control.{column}"), problem.to_owned()));
            }
        }
        for (column, range) in &self.validated {
            if !features.contains(column) || !range.min.is_finite() || !range.max.is_finite() || range.min >= range.max
            {
                return Err((format!("validated.{column}"), "needs a feature and finite min < max".to_owned()));
            }
        }
        match self.better.keys().find(|column| !features.contains(column)) {
            Some(column) => Err((format!("better.{column}"), "is not a feature".to_owned())),
            None => Ok(()),
        }
    }

    fn check_words(&self) -> Result<(), KeyProblem> {
        filled("about.owner", &self.about.owner)?;
        filled("about.purpose", &self.about.purpose)?;
        if !self.serve.path.starts_with('/') {
            return Err(("serve.path".to_owned(), format!("`{}` must start with /", self.serve.path)));
        }
        self.explanation.check()?;
        wording::check(&self.wording, &never_said(&self.data, &self.explanation.never).collect())?;
        for (column, actionable) in &self.actionable {
            let key = format!("actionable.{column}");
            if !self.data.features.contains(column) {
                return Err((key, "is not a feature".to_owned()));
            }
            if let Some(problem) = actionable.defect() {
                return Err((key, problem.to_owned()));
            }
        }
        Ok(())
    }

    fn recipe_checks(&self) -> [Result<(), KeyProblem>; 13] {
        let recipe = &self.recipe;
        let evaluation = &self.evaluation;
        [
            limits::TREES.check(recipe.trees),
            limits::DEPTH.check(recipe.depth),
            limits::RARE_CLASS_WEIGHT.check(recipe.rare_class_weight),
            limits::MIN_LEAF_WEIGHT.check(recipe.min_leaf_weight),
            limits::SMOOTHING_ROWS.check(recipe.smoothing_rows),
            limits::MAX_ROWS_PER_TREE.check(recipe.max_rows_per_tree),
            recipe.max_bins.map_or(Ok(()), |bins| limits::MAX_BINS.check(bins)),
            limits::FOLDS.check(evaluation.folds),
            limits::REPEATS.check(evaluation.repeats),
            limits::BOOTSTRAP_DRAWS.check(evaluation.bootstrap_draws),
            limits::MINIMUM_GROUP_ROWS.check(evaluation.minimum_group_rows),
            limits::MINIMUM_DENOMINATOR.check(evaluation.minimum_denominator),
            limits::ASKED_ROWS.check(evaluation.asked_rows),
        ]
    }

    fn check_noise(&self) -> Result<(), KeyProblem> {
        for (column, noise) in &self.noise {
            let key = format!("noise.{column}");
            if !self.data.features.contains(column) {
                return Err((key, "is not a feature".to_owned()));
            }
            match noise {
                Noise::Deviation(deviation) => above_zero(&key, *deviation, 1e12)?,
                Noise::Relative(share) => above_zero(&key, *share, 1.0)?,
            }
        }
        for (column, unit) in &self.rounding {
            let key = format!("rounding.{column}");
            if !self.data.features.contains(column) {
                return Err((key, "is not a feature".to_owned()));
            }
            above_zero(&key, *unit, 1e12)?;
        }
        Ok(())
    }

    fn check_usual(&self) -> Result<(), KeyProblem> {
        for (column, values) in &self.usual {
            if !self.data.features.contains(column) {
                return Err((format!("usual.{column}"), "is not a feature".to_owned()));
            }
            for (value, reason) in values {
                let key = format!("usual.{column}.{value}");
                if !value.parse::<f64>().is_ok_and(f64::is_finite) {
                    return Err((key, "is not a number".to_owned()));
                }
                stated(&key, reason)?;
            }
        }
        Ok(())
    }

    fn check_drift(&self) -> Result<(), KeyProblem> {
        match &self.drift {
            Some(Drift::Reference(file)) => inside("drift.reference", file),
            Some(Drift::FirstShare(share)) => limits::FIRST_SHARE.check(*share),
            None => Ok(()),
        }
    }

    fn check_model(&self) -> Result<(), KeyProblem> {
        let Some(model) = &self.model else { return Ok(()) };
        if !self.recipe.reweigh_by.is_empty() {
            let problem = "reweighs the training of a model that was trained elsewhere: leave it out";
            return Err(("recipe.reweigh_by".to_owned(), problem.to_owned()));
        }
        self.check_unseen(model.unseen.as_ref(), model.unseen_because.as_deref())?;
        if self.check_outside_scores(model)? {
            return Ok(());
        }
        let Some(file) = model.file() else {
            let problem = "needs `file` and `predictions`, or `scores`, or `command`";
            return Err(("model".to_owned(), problem.to_owned()));
        };
        inside("model.file", &file.file)?;
        inside("model.predictions", &file.predictions)?;
        self.check_calibrator(&file)?;
        if let Some(parity) = self.gate.get("import.parity") {
            return check_parity(parity);
        }
        let problem = "a model that was trained elsewhere needs the gate `import.parity`: without it, nothing shows that \
                       the model that is judged is the one in the file";
        Err(("model".to_owned(), problem.to_owned()))
    }

    /// Nobody can check which rows a model has not seen, so that of all rows needs a reason.
    fn check_unseen(&self, unseen: Option<&UnseenRows>, because: Option<&str>) -> Result<(), KeyProblem> {
        match (unseen, because) {
            (Some(UnseenRows::EveryRow), None) => {
                let problem = "is missing: nobody can check that the model has seen no row of the data; say how the \
                               rows were kept from its training and from the choice of its settings";
                return Err(("model.unseen_because".to_owned(), problem.to_owned()));
            }
            (_, Some(because)) => stated("model.unseen_because", because)?,
            (_, None) => {}
        }
        match unseen {
            Some(UnseenRows::Column(column)) => self.check_column_of_rows("model.unseen", column),
            Some(UnseenRows::File(file)) => self.check_file_of_rows("model.unseen", file),
            _ => Ok(()),
        }
    }

    fn check_calibrator(&self, model: &ModelFile) -> Result<(), KeyProblem> {
        let key = "model.calibrated_on";
        let is_some_unseen = matches!(model.unseen, Some(UnseenRows::Column(_) | UnseenRows::File(_)));
        match &model.calibrated_on {
            Some(CalibratorRows::OtherRows) if !is_some_unseen => {
                Err((key.to_owned(), "`other_rows` are there only if `model.unseen` names some rows".to_owned()))
            }
            Some(CalibratorRows::Column(column)) => self.check_column_of_rows(key, column),
            Some(CalibratorRows::File(file)) => self.check_file_of_rows(key, file),
            _ => Ok(()),
        }
    }

    /// A column that says which rows are meant plays no part in the decision.
    fn check_column_of_rows(&self, key: &str, column: &String) -> Result<(), KeyProblem> {
        if self.data.features.contains(column) || self.data.is_id(column) || self.data.label == *column {
            return Err((key.to_owned(), format!("`{column}` is a feature, the id or the label")));
        }
        Ok(())
    }

    fn check_file_of_rows(&self, key: &str, file: &Path) -> Result<(), KeyProblem> {
        if self.data.id.is_none() {
            return Err((key.to_owned(), "lists rows by their id, and `data.id` names no column".to_owned()));
        }
        inside(key, file)
    }

    /// Nothing stands beside scores that only a model could answer. True if there are scores.
    fn check_outside_scores(&self, model: &RawModel) -> Result<bool, KeyProblem> {
        let refuse = |key: &str, problem: &str| Err((key.to_owned(), problem.to_owned()));
        if let Some(key) = model.stray_key() {
            return refuse(key, "belongs to `model.command`, and there is none");
        }
        let Some(scores) = model.outside_scores() else { return Ok(false) };
        let key = if scores.column().is_some() { "model.scores" } else { "model.command" };
        let is_two = model.scores.is_some() && model.command.is_some();
        if is_two || model.file.is_some() || model.predictions.is_some() {
            let problem = "stands alone: a release is judged by a model file, by a column of scores or by a command";
            return refuse(key, problem);
        }
        if model.calibrated_on.is_some() {
            return refuse("model.calibrated_on", "needs a model: scores are judged as they are");
        }
        if self.search.is_some() {
            return refuse("search", "compares recipes, and the scores were not made by one: delete the table");
        }
        match &scores.origin {
            ScoreOrigin::Column(column) => self.check_score_column(model, column)?,
            ScoreOrigin::Command(command) => self.check_score_command(command)?,
        }
        Ok(true)
    }

    /// A column of scores plays no other part.
    fn check_score_column(&self, model: &RawModel, column: &str) -> Result<(), KeyProblem> {
        let part = if self.data.features.iter().any(|feature| feature == column) {
            "a feature: a score must not be judged beside itself"
        } else if self.data.label == column {
            "the label: it would be compared with itself"
        } else if self.data.is_id(column) || self.data.person.as_deref() == Some(column) {
            "the id or the person: it names a row"
        } else if self.data.protected.contains_key(column) || self.data.proxies.contains_key(column) {
            "a protected attribute or a proxy: no score may be one"
        } else if model.unseen == Some(UnseenRows::Column(column.to_owned())) {
            "the column of unseen rows"
        } else {
            return Ok(());
        };
        Err(("model.scores".to_owned(), format!("`{column}` is {part}")))
    }

    fn check_score_command(&self, command: &ScoreCommand) -> Result<(), KeyProblem> {
        let refuse = |key: &str, problem: String| Err((key.to_owned(), problem));
        if command.command.first().is_none_or(|program| program.trim().is_empty()) {
            return refuse("model.command", "names no program: write [\"python3\", \"score.py\"]".to_owned());
        }
        if command.command.iter().any(|word| word.contains('\0')) {
            return refuse("model.command", "holds a NUL character, which no argument can".to_owned());
        }
        command.files.iter().try_for_each(|file| inside("model.files", file))?;
        limits::TIME_LIMIT_S.check(command.time_limit_s)?;
        limits::EXPLAINED_ROWS.check(command.explained_rows)?;
        limits::EXPLAINED_PAIRS.check(command.explained_pairs)?;
        if self.gate.contains_key(SAME_SCORES_GATE) {
            return Ok(());
        }
        let problem = format!(
            "`command` needs the gate `{SAME_SCORES_GATE}`: without it, nothing shows that the command gives the same \
             rows the same scores"
        );
        refuse("model", problem)
    }

    fn check_golden(&self) -> Result<(), KeyProblem> {
        let Some(golden) = &self.golden else { return Ok(()) };
        inside("golden.file", &golden.file)?;
        golden.fewer_because.as_ref().map_or(Ok(()), |because| stated("golden.fewer_because", because))
    }

    fn check_answer(&self) -> Result<(), KeyProblem> {
        if let Some(Cost { false_positive, false_negative, true_positive, true_negative }) = &self.cost {
            limits::FALSE_POSITIVE.check(false_positive)?;
            limits::FALSE_NEGATIVE.check(false_negative)?;
            limits::TRUE_POSITIVE.check(true_positive)?;
            limits::TRUE_NEGATIVE.check(true_negative)?;
        }
        let AnswerRule { threshold, positive, negative, max_reasons, contact } = &self.answer;
        contact.as_ref().map_or(Ok(()), |contact| stated("answer.contact", contact))?;
        limits::THRESHOLD.check(*threshold)?;
        limits::MAX_REASONS.check(*max_reasons)?;
        filled("answer.positive", positive)?;
        filled("answer.negative", negative)?;
        let ten_thousandths = threshold * 10_000.0;
        if (ten_thousandths - ten_thousandths.round()).abs() > 1e-6 {
            let problem = format!("{threshold} is not a whole number of ten-thousandths, as every score is");
            return Err(("answer.threshold".to_owned(), problem));
        }
        if positive == negative || [positive, negative].contains(&&"REFER".to_owned()) {
            return Err(("answer".to_owned(), "the two words must differ from each other and from REFER".to_owned()));
        }
        Ok(())
    }
}

fn check_load(load: &Load) -> Result<(), KeyProblem> {
    limits::CLIENTS.check(load.clients)?;
    limits::REQUESTS.check(load.requests)?;
    limits::FAILED_SHARE.check(load.failed_share)
}

/// The farthest that a library's probability may be from that of its own model: single precision stays far below.
const MAX_PARITY: f64 = 0.001;

/// Nothing else shows that the model is the one in the file, so this gate blocks, and its bar is a rounding.
fn check_parity(bar: &RawBar) -> Result<(), KeyProblem> {
    let key = "gate.\"import.parity\"".to_owned();
    match bar.max {
        _ if bar.blocks == Some(false) => {
            Err((key, "must block: nothing else shows that the model is the one in the file".to_owned()))
        }
        Some(max) if max > MAX_PARITY => Err((key, format!("`max = {max}` is no rounding: at most {MAX_PARITY}"))),
        _ => Ok(()),
    }
}
