//! Gates on the second release: evidence, fail-closed verdicts, one candidate for many processes.

use std::sync::atomic::{AtomicUsize, Ordering};

use andon::evidence::decision::{Decision, GateState, Outcome};
use andon::evidence::evidence::today;
use andon::evidence::fingerprint::Toolchain;
use andon::evidence::layout::{ANSWERS, CARD, MODEL, ONNX};
use andon::evidence::package::Package;
use andon::families::card::GateStatistic;
use andon::families::card::figures::figures;
use andon::families::measure;
use andon::judge::{Measurement, NotMeasured, Unit};
use andon::onnx::to_onnx;
use andon::policy::{Better, GateId, Recipe};
use andon::{Candidate, Facts, Forest, Matrix, Release, TrainError, random_forest};

use crate::part::{OWN, POLICY, Part, parts, release, stump, write};

const STATISTICS: [&str; 3] = ["accuracy.accuracy", "accuracy.auc", "fairness.disparate_impact.site"];

pub(crate) fn fold(release: &Release<Part>) -> Decision {
    Decision::fold(release.policy(), release.fingerprint(), release.store(), release.baseline(), today())
}

/// Runs every gate and says which were red, with their message.
pub(crate) fn run(release: &Release<Part>) -> Vec<String> {
    let statistics = STATISTICS.iter().filter_map(|id| release.statistic(id).err());
    let own = release.gate(OWN, |gate| gate.judged().and_then(|_| Measurement::exact(0.0, Unit::Count, 600))).err();
    statistics.chain(own).map(|red| red.to_string()).collect()
}

fn state(release: &Release<Part>, gate: &str) -> GateState {
    fold(release).rows.iter().find(|row| row.gate.as_str() == gate).unwrap().state
}

#[test]
fn a_good_release_goes_and_is_packaged() {
    let folder = tempfile::tempdir().unwrap();
    let release = release(folder.path(), POLICY, &parts(600));
    assert_eq!(fold(&release).outcome, Outcome::Incomplete);
    assert_eq!(run(&release), Vec::<String>::new());
    assert_eq!(fold(&release).outcome, Outcome::Go);

    let assemble = || Package::assemble(folder.path(), &Toolchain::current(), today());
    assert!(assemble().is_err(), "packaged a model and a card that no gate vouches for");
    release
        .gate(OWN, |gate| {
            let judged = gate.judged()?;
            gate.vouch(MODEL, &judged.candidate.model_json)?;
            gate.vouch(CARD, b"# card")?;
            gate.vouch_figures(&figures(judged)?)?;
            gate.vouch(ONNX, &to_onnx(&judged.candidate.model))?;
            Measurement::exact(0.0, Unit::Count, 600)
        })
        .unwrap();
    let package = assemble().unwrap();
    assert_eq!((package.manifest.name.as_str(), package.manifest.version.as_str()), ("parts", "0.3.0"));
}

#[test]
fn a_category_a_flag_and_missing_values_train_and_answer() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), POLICY, &parts(600));
    let release = Release::<Part>::open(folder.path(), random_forest).unwrap();
    assert_eq!(run(&release), Vec::<String>::new());
    let judged = release.judged().unwrap();
    let mut part = judged.dataset.rows[1].clone();
    part.temperature = 300.0;
    part.pressure = None;
    let reply = judged.decider.reply(&part).unwrap();
    assert_eq!((reply.decision.as_str(), reply.reasons[0].text.as_str()), ("REJECT", "a temperature of 300 K"));
    part.temperature = 860.0;
    let reply = judged.decider.reply(&part).unwrap();
    assert_eq!((reply.decision.as_str(), reply.probability), ("REFER", None));
    assert!(reply.explanation.contains("a temperature of 860 K (tested: 250 to 850)"), "{}", reply.explanation);
    let direction = andon::families::robustness::direction(judged, "temperature").unwrap();
    assert!(direction.value() < 0.3, "{direction}");
    assert!(andon::families::robustness::direction(judged, "pressure").is_err());
    assert!(andon::families::explanation::additivity(judged).unwrap().value() < 1e-12);
    assert_eq!(andon::families::robustness::protected_attributes(judged).unwrap().value().to_bits(), 0);
    let facts = Facts::collect(&release, judged).unwrap();
    let is_measured = |statistic: &GateStatistic| statistic.measured.is_ok();
    assert!(facts.statistics.iter().any(is_measured));
    assert_eq!((facts.figures.groups.len(), facts.statistics.len(), facts.left_out.len()), (3, 3, 0));
}

#[test]
fn a_value_missing_where_none_was_in_training_is_referred() {
    let folder = tempfile::tempdir().unwrap();
    let always_measured = parts(600).replace(",,", ",5.0,");
    let release = release(folder.path(), POLICY, &always_measured);
    let judged = release.judged().unwrap();
    let part = Part { pressure: None, ..judged.dataset.rows[0].clone() };
    assert_eq!(judged.decider.reply(&part).unwrap().decision, "REFER");
}

#[test]
fn one_group_only_few_rows_or_a_broken_row_never_go() {
    let one_site = parts(600).replace("north", "east").replace("south", "east");
    let few = parts(45);
    let broken = parts(600).replacen("Brass", "Gold", 1);
    let empty = parts(0);
    let all_pass = parts(600).replace(",false\n", ",true\n");
    for (data, why) in [
        (one_site, "has 0 rows"),
        (few, "has 15 rows"),
        (broken, "column material"),
        (empty, "no row"),
        (all_pass, "all labels are the same"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let release = release(folder.path(), POLICY, &data);
        let red = run(&release);
        assert!(red.iter().any(|red| red.contains(why)), "{why}: {red:?}");
        assert_eq!(fold(&release).outcome, Outcome::NoGo, "{why}");
    }
}

#[test]
fn a_gate_that_crashes_is_red_and_one_outside_the_policy_fails() {
    let folder = tempfile::tempdir().unwrap();
    let release = release(folder.path(), POLICY, &parts(600));
    let crashed = release.gate(OWN, |_| panic!("no luck today")).unwrap_err();
    assert!(crashed.to_string().contains("no luck today"), "{crashed}");
    assert_eq!(state(&release, OWN), GateState::NoGo);
    let nothing = release.gate(OWN, |_| Err(NotMeasured("nothing there".to_owned())));
    assert!(nothing.unwrap_err().to_string().contains("UNDECIDED"));
    assert_eq!(state(&release, OWN), GateState::Undecided);
    let nan = release.gate(OWN, |_| Measurement::exact(f64::NAN, Unit::Score, 9));
    assert!(nan.is_err());
    let unknown = release.gate("latency.of_nothing", |_| Measurement::exact(1.0, Unit::Score, 9)).unwrap_err();
    assert!(unknown.to_string().contains("not in release.toml"), "{unknown}");
    assert!(release.statistic("accuracy.accuracy_of_nothing").is_err());
}

#[test]
fn the_id_of_a_statistic_holds_that_statistic() {
    let folder = tempfile::tempdir().unwrap();
    let release = release(folder.path(), POLICY, &parts(600));
    let measured_by_andon_gates = ["fairness.proxy.site", "contract.value_leakage", "accuracy.challenger.auc"];
    for id in STATISTICS.into_iter().chain(measured_by_andon_gates) {
        let constant = release.gate(id, |_| Measurement::exact(1.0, Unit::Share, 1)).unwrap_err();
        assert!(constant.to_string().contains("names a question of the harness"), "{constant}");
        let posing = release.harness_gate(id, |_| Measurement::exact(1.0, Unit::Share, 1)).unwrap_err();
        assert!(posing.to_string().contains("is measured by andon_gates alone"), "{posing}");
        assert!(!release.store().path(&format!("evidence/{id}.json")).exists(), "{id}");
    }
}

#[test]
fn a_required_column_that_no_request_holds_is_found() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(release(folder.path(), POLICY, &parts(600)).unservable_columns(), ["serial", "site"]);
}

#[test]
fn a_gate_that_refuses_is_no_go_whatever_its_bar_is() {
    let folder = tempfile::tempdir().unwrap();
    let lax = POLICY.replace("max = 0\n", "max = 1000\n");
    let release = release(folder.path(), &lax, &parts(600));
    let refused = release.gate(OWN, |gate| Err(gate.refuse("the file is cut off"))).unwrap_err().to_string();
    assert!(refused.contains("is NO-GO") && refused.contains("the file is cut off"), "{refused}");
    let measured = release.gate(OWN, |gate| {
        drop(gate.refuse("the file is cut off"));
        Measurement::exact(0.0, Unit::Count, 600)
    });
    assert!(measured.is_err());
    assert_eq!(state(&release, OWN), GateState::NoGo);
}

/// Two gates, each green alone at a level of 2.5 %, of which Holm's procedure lets only the clearer one through.
#[test]
fn the_last_gate_of_a_family_is_red_if_the_family_is_not_green_together() {
    let folder = tempfile::tempdir().unwrap();
    let sample = release(folder.path(), POLICY, &parts(600));
    let low = |id: &str| {
        let id = GateId::try_from(id.to_owned()).unwrap();
        measure(&id, &sample.judged().unwrap().sample).unwrap().unwrap().interval().0
    };
    let bar = |low: f64| format!("min = {:?}", low - 0.001);
    let [first, second] = ["accuracy.accuracy", "accuracy.auc"].map(low);
    let family = "[family.accuracy]\ncontrol = \"holm\"\nwhy = \"test\"\n";
    let policy = POLICY.replacen("min = 0.7", &bar(first), 1).replacen("min = 0.7", &bar(second), 1);
    let folder = tempfile::tempdir().unwrap();
    let release = release(folder.path(), &format!("{policy}{family}"), &parts(600));
    release.statistic("accuracy.accuracy").unwrap();
    let red = release.statistic("accuracy.auc").unwrap_err().to_string();
    assert!(red.contains("the family accuracy is UNDECIDED") && red.contains("accuracy.accuracy"), "{red}");
    assert!(release.statistic("accuracy.accuracy").is_err(), "asked again, it knows the others");
}

#[test]
fn a_waived_gate_passes_and_shows() {
    let folder = tempfile::tempdir().unwrap();
    let expires = today().last_of_month();
    let waiver =
        format!("[[waiver]]\ngate = \"accuracy.auc\"\nreason = \"known\"\nowner = \"Ada\"\nexpires = \"{expires}\"\n");
    let policy = format!(
        "{}{waiver}",
        POLICY.replacen(
            "min = 0.7\nwhy = \"test\"\n[gate.\"fairness",
            "min = 0.999\nwhy = \"test\"\n[gate.\"fairness",
            1
        )
    );
    let release = release(folder.path(), &policy, &parts(600));
    assert_eq!(run(&release), Vec::<String>::new());
    assert_eq!((state(&release, "accuracy.auc"), fold(&release).outcome), (GateState::Waived, Outcome::Go));
}

#[test]
fn a_changed_byte_of_the_data_makes_the_evidence_stale() {
    let folder = tempfile::tempdir().unwrap();
    run(&release(folder.path(), POLICY, &parts(600)));
    let changed = release(folder.path(), POLICY, &parts(600).replacen("Brass", "Steel", 1));
    assert!(fold(&changed).rows.iter().all(|row| row.state == GateState::Stale));
    assert_eq!(fold(&changed).rows[0].note, "inputs changed since: data/parts.csv");
    assert_eq!(run(&changed), Vec::<String>::new());
}

#[test]
fn data_changed_while_the_gates_run_give_no_candidate() {
    let folder = tempfile::tempdir().unwrap();
    let release = release(folder.path(), POLICY, &parts(600));
    write(folder.path(), POLICY, &parts(599));
    assert!(run(&release)[0].contains("changed while the gates ran"));
}

/// The data file is read once. What stands in it later changes no answer, and makes the evidence stale.
#[test]
fn data_changed_behind_the_candidate_leave_the_answers_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let whole = parts(600);
    let release = release(folder.path(), POLICY, &whole);
    let vouch = || {
        release.gate(OWN, |gate| {
            gate.vouch_candidate()?;
            Measurement::exact(0.0, Unit::Count, 600)
        })
    };
    let answers = || std::fs::read(release.store().path(ANSWERS)).unwrap();
    let reopened = || state(&Release::open(folder.path(), stump).unwrap(), OWN);
    vouch().unwrap();
    let first = answers();
    assert_eq!(first.iter().filter(|byte| **byte == b'\n').count(), 601);
    for changed in [parts(599), whole.replacen("Brass", "Steel", 1), whole[..whole.len() - 9].to_owned(), String::new()]
    {
        write(folder.path(), POLICY, &changed);
        vouch().unwrap();
        assert!(answers() == first, "answers of other data were put in place");
        assert_eq!(reopened(), GateState::Stale);
    }
    write(folder.path(), POLICY, &whole);
    assert_eq!(reopened(), GateState::Go);
}

static GROWN: AtomicUsize = AtomicUsize::new(0);

fn counted(
    recipe: &Recipe,
    better: &[Option<Better>],
    x: &Matrix,
    y: &[bool],
    threads: usize,
) -> Result<Forest, TrainError> {
    GROWN.fetch_add(1, Ordering::SeqCst);
    stump(recipe, better, x, y, threads)
}

#[test]
fn many_at_once_train_one_candidate_and_an_edited_one_is_trained_again() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), POLICY, &parts(600));
    let open = || Release::<Part>::open(folder.path(), counted).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let sha256 = |candidate: &Candidate| candidate.model_sha256.clone();
                open().judged().map(|judged| sha256(&judged.candidate)).unwrap()
            });
        }
    });
    assert_eq!(GROWN.load(Ordering::SeqCst), 19, "three folds, five times more, and the final model");

    let path = open().store().path("candidate.json");
    let edited = std::fs::read_to_string(&path).unwrap().replacen('1', "2", 1);
    std::fs::write(&path, edited).unwrap();
    assert!(open().judged().is_ok());
    assert_eq!(GROWN.load(Ordering::SeqCst), 38, "an edited candidate was believed");
    std::fs::write(open().store().path(MODEL), "{}").unwrap();
    assert!(open().judged().is_ok());
    assert_eq!(GROWN.load(Ordering::SeqCst), 57, "an edited model was believed");
}

#[test]
fn a_policy_that_does_not_fit_the_record_says_so() {
    let cases = [
        ("features = [\"temperature\"", "features = [\"heat\"", "the record has no such column"),
        ("site = [\"east\"", "site = [\"west\"", "it has no group `west`"),
        ("label = \"passed\"", "label = \"temperature2\"", "the record has no such column"),
    ];
    for (good, bad, message) in cases {
        let folder = tempfile::tempdir().unwrap();
        let policy = POLICY
            .replacen(good, bad, 1)
            .replace("temperature = { min = 250, max = 850 }", "")
            .replace("[wording]", "[wording]\nheat = { code = \"H\", reason = \"h\", improve = \"h\" }")
            .replace("better = { temperature", "better = { polished");
        let release = release(folder.path(), &policy, &parts(600));
        let error = release.judged().unwrap_err().to_string();
        assert!(error.contains(message), "{bad}: {error}");
    }
}
