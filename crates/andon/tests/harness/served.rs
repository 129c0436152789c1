//! What is judged is what is served: rows that the program refers to a person are no answers.

use andon::Release;
use andon::families::as_served::measure_as_served;
use andon::judge::{Bar, Measurement, NotMeasured};
use andon::measure::served::Served;
use andon::policy::GateId;

use crate::part::{POLICY, Part, parts, release};

const REFERRAL: &str = "[gate.\"serving.referred\"]\nmax = 0.08\nwhy = \"test\"\n\
    [gate.\"fairness.answered.site\"]\nmin = 0.8\nwhy = \"test\"\n";

/// The release with the gates of referral, of these data, validated up to a temperature.
fn validated_up_to(kelvin: u32, data: &str, judge: impl FnOnce(&Release<Part>)) {
    let folder = tempfile::tempdir().unwrap();
    let policy = POLICY.replace("max = 850", &format!("max = {kelvin}"));
    judge(&release(folder.path(), &format!("{policy}{REFERRAL}"), data));
}

fn measured(release: &Release<Part>, gate: &str, bar: &Bar) -> Result<Measurement, NotMeasured> {
    let judged = release.judged().unwrap();
    let id = GateId::try_from(gate.to_owned()).unwrap();
    measure_as_served(&id, bar, &judged.sample, &judged.served).unwrap()
}

#[test]
fn ranges_that_refer_nobody_change_nothing() {
    validated_up_to(850, &parts(600), |release| {
        for gate in
            ["serving.referred", "fairness.answered.site", "accuracy.accuracy", "fairness.disparate_impact.site"]
        {
            release.statistic(gate).unwrap();
        }
        assert_eq!(release.judged().unwrap().served.referred, 0);
    });
}

#[test]
fn ranges_that_refer_most_rows_are_red_and_judged_by_the_others() {
    validated_up_to(500, &parts(600), |release| {
        let red = |gate: &str| release.statistic(gate).unwrap_err().to_string();
        assert!(red("serving.referred").contains("serving.referred is NO-GO"));
        let served: &Served = &release.judged().unwrap().served;
        let referred = served.referred;
        let share = measured(release, "serving.referred", &Bar::at_most(0.08, "test")).unwrap();
        assert!((share.value() - referred as f64 / 600.0).abs() < 1e-12 && share.value() > 0.5, "{share}");
        let [column] = share.parts() else { panic!("{share:?}") };
        assert_eq!(column.n, referred, "{column:?}");
        assert!(column.name.starts_with("outside the validated range of "), "{column:?}");
        // Among the cooler parts the model is right less often, and few of all parts get their pass from the program.
        let accuracy = measured(release, "accuracy.accuracy", &Bar::at_least(0.7, "test")).unwrap();
        assert_eq!(accuracy.n(), 600 - referred, "{accuracy}");
        let selected = measured(release, "fairness.selection_rate.site", &Bar::at_least(0.5, "test")).unwrap();
        assert!(selected.value() < 0.5 && selected.n() == 600, "{selected}");
        // Of everybody who applied, few are selected: a referral is not an approval, whoever is asked about.
        let everybody = measured(release, "accuracy.selection_rate", &Bar::at_least(0.5, "test")).unwrap();
        assert!(everybody.value() < 0.5 && everybody.n() == 600, "{everybody}");
        assert!(red("fairness.disparate_impact.site").contains("fairness.disparate_impact.site is"));
    });
}

#[test]
fn a_group_that_is_referred_more_often_is_red() {
    let heat = |(row, line): (usize, &str)| {
        let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
        if row % 2 == 0 && cells[5] == "north" {
            cells[1] = "870.00".to_owned();
        }
        cells.join(",") + "\n"
    };
    let data: String = parts(600).lines().enumerate().map(heat).collect();
    validated_up_to(850, &data, |release| {
        let red = release.statistic("fairness.answered.site").unwrap_err().to_string();
        assert!(red.contains("fairness.answered.site is NO-GO") && red.contains("north: 0.5000 of 200 rows"), "{red}");
    });
}
