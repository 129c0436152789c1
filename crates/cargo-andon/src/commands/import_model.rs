//! `cargo andon import-model`: reads a model that was trained elsewhere, says what it is, and prints the Python that
//! answers the questions of `import.parity`.

use std::path::Path;

use andon_evidence::files;
use andon_import::{Imported, Link};
use anyhow::Result;

use crate::console::print;

/// # Errors
/// If the file cannot be read as a model.
pub(crate) fn run(file: &Path, features: &[String]) -> Result<u8> {
    let shown = file.display().to_string();
    let bytes = files::read(file)?;
    let model = match features {
        [] => andon_import::read(&bytes, &shown, None)?,
        names => andon_import::read(&bytes, &shown, Some(&andon_import::features_named(names)))?,
    };
    print(&describe(&shown, &model))?;
    Ok(0)
}

fn describe(file: &str, model: &Imported) -> String {
    let Imported { forest, origin, features, has_weights } = model;
    let scale = match forest.link() {
        Link::Logistic => "log-odds; Shapley values and reasons are on this scale",
        Link::Identity => "probabilities",
    };
    let weights = if *has_weights { "as the file states them" } else { "not in the file: counted on the data" };
    let names: Vec<&str> = features.iter().map(|feature| feature.name.as_str()).collect();
    let python = python(&origin.library, file);
    let parts = match forest.terms().len() {
        0 => format!("trees       {}, of at most {} splits from root to leaf", forest.trees(), forest.depth()),
        terms => format!("terms       {terms}: a linear model"),
    };
    let counted = if forest.terms().is_empty() { "leaf rows" } else { "means    " };
    format!(
        "{file}: a model of {} {}\nSHA-256     {}\n{parts}\nsums        {scale}\n{counted}   {weights}\nfeatures    \
         {}\n\nThe gate import.parity compares it with its library. First write the \
         questions:\n\n    cargo run -- questions --out questions.csv\n\nthen answer them in Python:\n\n{python}",
        origin.library,
        origin.version,
        origin.sha256,
        names.join(", ")
    )
}

/// The Python that answers the questions. The numbers must be read to the bit.
fn python(library: &str, file: &str) -> String {
    let (import, load, predict) = match library {
        "LightGBM" => (
            "lightgbm, pandas",
            format!("model = lightgbm.Booster(model_file=\"{file}\")"),
            "model.predict(rows[model.feature_name()])".to_owned(),
        ),
        "XGBoost" => (
            "xgboost, pandas",
            format!("model = xgboost.Booster(model_file=\"{file}\")"),
            "model.predict(xgboost.DMatrix(rows.drop(columns=\"question\"), enable_categorical=True))".to_owned(),
        ),
        _ => (
            "pickle, pandas  # the model as it was trained, not the file that was exported from it",
            "model = pickle.load(open(\"model.pickle\", \"rb\"))".to_owned(),
            "model.predict_proba(rows.drop(columns=\"question\").to_numpy())[:, 1]".to_owned(),
        ),
    };
    let lines = [
        format!("import {import}"),
        load,
        "rows = pandas.read_csv(\"questions.csv\", float_precision=\"round_trip\", dtype={\"question\": str})"
            .to_owned(),
        "for name in rows.columns[1:]: rows[name] = rows[name] if rows[name].dtype.kind in \"fiub\" else \
         rows[name].astype(\"category\")"
            .to_owned(),
        format!("rows[\"probability\"] = {predict}"),
        "rows[[\"question\", \"probability\"]].to_csv(\"predictions.csv\", index=False)".to_owned(),
    ];
    lines.map(|line| format!("    {line}\n")).concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_told_with_the_python_that_answers_for_it() {
        let table = b"feature,from,to,points\n*,,,-1.5\nincome,,2000,-0.25\nincome,2000,,0.5\n";
        let told = describe("points.csv", &andon_import::read(table, "points.csv", None).unwrap());
        for expected in ["a model of points", "trees       1, of at most 2 splits", "log-odds", "features    income\n"]
        {
            assert!(told.contains(expected), "{told}");
        }
        assert!(python("LightGBM", "model.txt").contains("lightgbm.Booster(model_file=\"model.txt\")"));
        assert_eq!(python("XGBoost", "model.json").lines().count(), 6);
    }
}
