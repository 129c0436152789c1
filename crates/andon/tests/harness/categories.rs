//! Categories as features: names without an order, and names that the policy lists.

use std::fmt::Write as _;
use std::path::Path;

use andon::families::explanation;
use andon::{Release, random_forest};
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::part::POLICY;

/// A part whose supplier is a text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Supplied {
    /// Kelvin.
    #[garde(range(min = 200.0, max = 900.0))]
    temperature: f64,
    /// The supplier.
    #[garde(length(max = 40))]
    supplier: String,
    /// The site where it was made; not to be judged by.
    #[garde(skip)]
    site: Site,
    /// True if it passed.
    #[garde(skip)]
    #[serde(default)]
    passed: Option<bool>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Site {
    East,
    North,
}

/// Parts of five suppliers: those of Ames and Cole pass, wherever they stand in a list.
fn parts() -> String {
    let mut csv = "temperature,supplier,site,passed\n".to_owned();
    for row in 0..600_usize {
        let supplier = ["Ames", "Boyd", "Cole", "Dunn", "Eads"][row % 5];
        let passed = if [0, 2].contains(&(row % 5)) { row % 11 > 0 } else { row % 7 == 0 };
        let site = ["east", "north"][row / 5 % 2];
        let _ = writeln!(csv, "{},{supplier},{site},{passed}", 300 + row * 7 % 500);
    }
    csv
}

fn policy(categories: &str) -> String {
    let policy = POLICY
        .replace("better = { temperature = \"higher\" }\n", "")
        .replace("id = \"serial\"\n", "")
        .replace("\"temperature\", \"pressure\", \"material\", \"polished\"", "\"temperature\", \"supplier\"")
        .replace("[\"east\", \"north\", \"south\"]", "[\"east\", \"north\"]")
        .replace("trees = 3", "trees = 20");
    let policy = policy.replace("[recipe]", &format!("{categories}\n[recipe]"));
    let words = policy.find("pressure = { code").unwrap();
    let end = policy.find("[serve]").unwrap();
    let supplier = "supplier = { code = \"S\", reason = \"{value} as the supplier\", improve = \"take another\" }\n";
    format!("{}{supplier}{}", &policy[..words], &policy[end..])
}

fn open(root: &Path, categories: &str) -> Release<Supplied> {
    crate::part::write(root, &policy(categories), &parts());
    Release::open(root, random_forest).unwrap()
}

fn listed(names: &str, unseen: &str) -> String {
    format!("[data.categories]\nsupplier = {{ names = [{names}], unseen = \"{unseen}\" }}\n")
}

const ALL: &str = "\"Ames\", \"Boyd\", \"Cole\", \"Dunn\", \"Eads\"";

fn part(supplier: &str) -> Supplied {
    Supplied { temperature: 400.0, supplier: supplier.to_owned(), site: Site::East, passed: None }
}

#[test]
fn a_category_without_an_order_is_one_feature_in_its_reasons_and_attributions() {
    let folder = tempfile::tempdir().unwrap();
    let release = open(folder.path(), &listed(ALL, "refer"));
    let judged = release.judged().unwrap();
    let reply = |supplier: &str| judged.decider.reply(&part(supplier)).unwrap();
    for (supplier, decision) in [("Ames", "PASS"), ("Boyd", "REJECT"), ("Cole", "PASS"), ("Dunn", "REJECT")] {
        assert_eq!(reply(supplier).decision, decision, "{supplier}");
    }
    let reasons = reply("Dunn").reasons;
    assert_eq!(reasons[0].text, "Dunn as the supplier");
    assert_eq!(reasons.iter().filter(|reason| reason.feature == "supplier").count(), 1, "one feature, one reason");
    assert!(explanation::additivity(judged).unwrap().value() < 1e-9);
    assert!(explanation::definition(judged).unwrap().value() < 1e-9);
    let facts = andon::Facts::collect(&release, judged).unwrap();
    let supplier = facts.features.iter().find(|column| column.name == "supplier").unwrap();
    assert_eq!(supplier.allowed(), "one of Ames, Boyd, Cole, Dunn, Eads");
    let elsewhere = tempfile::tempdir().unwrap();
    let turned = open(elsewhere.path(), &listed("\"Dunn\", \"Cole\", \"Eads\", \"Ames\", \"Boyd\"", "refer"));
    let judged = turned.judged().unwrap();
    let decisions = ["Ames", "Boyd", "Cole", "Dunn"].map(|name| judged.decider.reply(&part(name)).unwrap().decision);
    assert_eq!(decisions, ["PASS", "REJECT", "PASS", "REJECT"], "the order of the list means nothing");
}

#[test]
fn a_name_that_the_model_does_not_know_goes_to_a_person_or_counts_as_other() {
    let folder = tempfile::tempdir().unwrap();
    let release = open(folder.path(), &listed(ALL, "refer"));
    let reply = release.judged().unwrap().decider.reply(&part("Ford")).unwrap();
    assert_eq!((reply.decision.as_str(), reply.probability), ("REFER", None));
    assert_eq!(reply.outside_validated[0].value, "Ford");

    let folder = tempfile::tempdir().unwrap();
    let release = open(folder.path(), &listed("\"Ames\", \"Boyd\", \"Cole\"", "other"));
    let judged = release.judged().unwrap();
    let [ford, dunn] = ["Ford", "Dunn"].map(|supplier| judged.decider.reply(&part(supplier)).unwrap());
    assert_eq!((ford.decision.as_str(), ford.reasons[0].text.as_str()), ("REJECT", "other as the supplier"));
    assert_eq!(ford.probability, dunn.probability, "two names that the model does not know are one");
}

#[test]
fn a_text_without_names_an_identifier_and_a_direction_without_an_order_are_refused_with_the_mend() {
    let refused = |categories: &str| {
        let folder = tempfile::tempdir().unwrap();
        open(folder.path(), categories).judged().unwrap_err().to_string()
    };
    let many: Vec<String> = (0..300).map(|at| format!("\"name {at}\"")).collect();
    let direction = format!("{}\n[better]\nsupplier = \"higher\"\n", listed(ALL, "refer"));
    for (categories, told) in [
        (String::new(), "list its names: data.categories.supplier"),
        (listed(&many.join(", "), "refer"), "its 300 names identify rows rather than describe them"),
        (listed("\"Ames\", \"Boyd\"", "refer"), "nor a name of data.categories"),
        (direction, "its 5 names have no order: see data.ordered"),
    ] {
        let error = refused(&categories);
        assert!(error.contains("supplier") && error.contains(told), "{told} in {error}");
    }
}
