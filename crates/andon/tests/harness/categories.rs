//! Categories as features: names without an order, and names that the policy lists.

use std::fmt::Write as _;
use std::path::Path;

use andon::evidence::policy::GateId;
use andon::families::explanation;
use andon::monitor::{RowPlace, ServedDecision, ServedDecisions};
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
    #[serde(default)]
    site: Option<Site>,
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
    South,
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

/// The same parts, of which 15 come from the east, 15 from the south and the rest from the north.
fn of_rare_sites() -> String {
    let parts = parts();
    let site = |(row, line): (usize, &str)| {
        let site = ["east", "south", "north"][(row % 40).min(2)];
        line.replace(",east,", &format!(",{site},")).replace(",north,", &format!(",{site},")) + "\n"
    };
    parts.lines().enumerate().map(site).collect()
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
    Supplied { temperature: 400.0, supplier: supplier.to_owned(), site: Some(Site::East), passed: None }
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

/// The monitor judges the decisions as the release judged its rows: pooled groups together, an unknown name referred.
#[test]
fn the_monitor_pools_groups_and_counts_an_unknown_name_as_referred() {
    let pool =
        "[data.pooled.site.rest]\ngroups = [\"east\", \"south\"]\nwhy = \"too few rows to decide anything alone\"\n";
    let gates = "[gate.\"serving.referred\"]\nmax = 0.5\nwhy = \"test\"\n";
    let folder = tempfile::tempdir().unwrap();
    let text =
        policy(&format!("{pool}{}", listed(ALL, "refer"))).replace("[\"east\", \"north\"]", "[\"rest\", \"north\"]");
    crate::part::write(folder.path(), &format!("{text}{gates}"), &of_rare_sites());
    let release = Release::<Supplied>::open(folder.path(), random_forest).unwrap();
    let decider = &release.judged().unwrap().decider;
    let mut served = ServedDecisions::new(decider).unwrap();
    // 40 parts of the east pass, 20 of 40 parts of the north do, and 20 parts have a supplier that nobody knows.
    for (supplier, site, n) in
        [("Ames", "east", 40), ("Cole", "north", 20), ("Dunn", "north", 20), ("Ford", "north", 20)]
    {
        let record = part(supplier);
        let reply = decider.reply(&record).unwrap();
        let inputs = format!("{{\"temperature\": {}, \"supplier\": \"{supplier}\"}}", record.temperature);
        let monitoring = format!("{{\"site\": \"{site}\"}}");
        let decided = ServedDecision {
            place: RowPlace { sequence: 1, time: "2026-05-01T00:00:00.000000Z" },
            inputs: &inputs,
            score: reply.probability,
            decision: &reply.decision,
            monitoring: Some(&monitoring),
        };
        (0..n).for_each(|_| served.add(decided).unwrap());
    }
    assert_eq!(served.rows(), (100, 100), "a pooled group is a judged one");
    let monitor = served.judge();
    let row = |gate: &str| {
        let gate = GateId::try_from(gate.to_owned()).unwrap();
        monitor.rows.iter().find(|row| row.gate == gate).unwrap()
    };
    let referred = row("serving.referred").measurement.as_ref().unwrap();
    assert!((referred.value() - 0.2).abs() < 1e-12, "{referred}");
    // Of 60 parts of the north 20 pass: a part that goes to a person has not passed.
    let impact = row("fairness.disparate_impact.site").measurement.as_ref().unwrap();
    assert!((impact.value() - 1.0 / 3.0).abs() < 1e-12, "{impact}");
    assert!(impact.parts().iter().any(|part| part.name == "rest" && part.n == 40), "{:?}", impact.parts());
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
