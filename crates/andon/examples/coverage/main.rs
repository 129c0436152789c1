//! The quality of the intervals and the verdicts, by simulation: coverage of 95 % intervals on known truths, beside the
//! bootstrap intervals that were not chosen; how often a release whose true value stands exactly at the bar reads Go;
//! how often a good one does not.
//!
//! ```text
//! cargo run --release --example coverage [releases, 4000 without]
//! ```

#![expect(clippy::print_stdout, reason = "it prints tables")]

mod simulate;

use andon::Sample;
use andon::judge::{Bar, NotMeasured, Verdict};
use andon::measure::table::Outcomes;
use andon::statistics::bootstrap::{bca, percentile};
use andon::statistics::share::wilson;
use simulate::{World, ask, coverage, releases};

/// Sizes of the shipped release's judged groups.
const RACE: [usize; 3] = [195, 111, 1_673];
const SEX: [usize; 2] = [367, 1_597];

type Interval = Result<(f64, f64), NotMeasured>;

/// Both bootstrap intervals of a statistic that is measured otherwise.
type Bootstrap = fn(&Sample, bool) -> Interval;

struct Case {
    name: &'static str,
    gate: &'static str,
    world: World,
    truth: f64,
    instead_of: Option<Bootstrap>,
}

fn main() {
    let many = std::env::args().nth(1).and_then(|many| many.parse().ok()).unwrap_or(4_000);
    println!("95 % intervals over {many} releases a case (400 where a bootstrap takes rows one by one)\n");
    println!("| case | truth | interval | covers | below | above |\n|---|---|---|---|---|---|");
    covered_cases().iter().for_each(|case| print_coverage(case, many));
    println!("\nGo where the true value stands exactly at the bar; the level is 2.5 %\n");
    println!("| case | bar | Go | 95 % | Undecided | NO-GO |\n|---|---|---|---|---|---|");
    at_the_bar().iter().for_each(|case| print_verdicts(case, many));
    println!("\nVerdicts on good releases\n");
    println!("| case | bar | Go | 95 % | Undecided | NO-GO |\n|---|---|---|---|---|---|");
    good().iter().for_each(|case| print_verdicts(case, many));
}

fn selected(sizes: &[usize], rates: &[f64]) -> World {
    World::selected(&sizes.iter().copied().zip(rates.iter().copied()).collect::<Vec<_>>())
}

fn covered_cases() -> Vec<Case> {
    let accuracy = |name, rows, truth| Case {
        name,
        gate: "accuracy.accuracy",
        world: World::right(rows, truth),
        truth,
        instead_of: Some(accuracy_bootstrap),
    };
    let auc = |name, rows, truth| Case {
        name,
        gate: "accuracy.auc",
        world: World::ranked(rows, truth),
        truth,
        instead_of: Some(auc_bootstrap),
    };
    let impact = |name, sizes: &[usize], rates: &[f64], truth| Case {
        name,
        gate: "fairness.disparate_impact.group",
        world: selected(sizes, rates),
        truth,
        instead_of: Some(impact_bootstrap),
    };
    vec![
        accuracy("accuracy, 200 rows", 200, 0.88),
        accuracy("accuracy, 1,979 rows", 1_979, 0.88),
        accuracy("accuracy, 20,000 rows", 20_000, 0.88),
        auc("AUC, 200 rows (24 negative)", 200, 0.78),
        auc("AUC, 200 rows (24 negative)", 200, 0.95),
        auc("AUC, 1,979 rows", 1_979, 0.78),
        Case { instead_of: None, ..auc("AUC, 20,000 rows", 20_000, 0.78) },
        impact("impact, 2 groups of 100 and 400", &[100, 400], &[0.72, 0.90], 0.8),
        impact("impact, sex as shipped", &SEX, &[0.978, 0.982], 0.978 / 0.982),
        impact("impact, sex, equal", &SEX, &[0.9, 0.9], 1.0),
        impact("impact, race as shipped", &RACE, &[0.9128, 0.9640, 0.9910], 0.9128 / 0.9910),
        impact("impact, race, one group low", &RACE, &[0.72, 0.90, 0.90], 0.8),
        impact("impact, race, group of 111 low", &RACE, &[0.88, 0.72, 0.90], 0.8),
        impact("impact, race, equal", &RACE, &[0.9, 0.9, 0.9], 1.0),
        impact("impact, race, equal, nearly all selected", &RACE, &[0.995, 0.995, 0.995], 1.0),
        impact("impact, race, ten times the rows", &[1_950, 1_110, 16_730], &[0.88, 0.72, 0.90], 0.8),
        Case {
            name: "F1, 1,979 rows",
            gate: "accuracy.f1",
            world: World::right(1_979, 0.88),
            truth: 2.0 * 0.88 * 0.88 / (2.0 * 0.88 * 0.88 + 0.12),
            instead_of: None,
        },
        Case {
            name: "equal opportunity, sex, 0.05 apart",
            gate: "fairness.equal_opportunity_difference.group",
            world: selected(&SEX, &[0.90, 0.95]),
            truth: 0.05,
            instead_of: None,
        },
    ]
}

fn print_coverage(case: &Case, many: u64) {
    let chosen = releases(many, &case.world, |sample| ask(case.gate, sample).map(|measured| measured.interval()));
    print_row(case, "chosen", &chosen);
    let Some(bootstrap) = case.instead_of else { return };
    let many = if case.gate == "accuracy.auc" { many.min(400) } else { many };
    let both = releases(many, &case.world, |sample| [false, true].map(|bca| bootstrap(sample, bca).ok()));
    for (place, name) in ["percentile", "BCa"].into_iter().enumerate() {
        print_row(case, name, &both.iter().map(|pair| pair[place]).collect::<Vec<_>>());
    }
}

fn print_row(case: &Case, interval: &str, intervals: &[Option<(f64, f64)>]) {
    let of = coverage(intervals, case.truth);
    let [covered, below, above] = [of.covered, of.below, of.above].map(|share| 100.0 * share);
    println!("| {} | {:.4} | {interval} | {covered:.1} % | {below:.1} % | {above:.1} % |", case.name, case.truth);
}

fn resampled(counts: &[u64], sample: &Sample, with: bool, of: impl Fn(&[u64]) -> Option<f64> + Sync) -> Interval {
    if with { bca(counts, sample.draws, sample.seed, of) } else { percentile(counts, sample.draws, sample.seed, of) }
}

fn accuracy_bootstrap(sample: &Sample, with: bool) -> Interval {
    let cells: Outcomes = sample.tally.table().outcomes(sample.threshold);
    let right = cells.below[0] + cells.above[1];
    let counts = [right, sample.tally.rows() - right];
    resampled(&counts, sample, with, |counts| Some(counts[0] as f64 / (counts[0] + counts[1]) as f64))
}

/// The ratio of the lowest and the highest rate, resampled within groups taken together.
fn impact_bootstrap(sample: &Sample, with: bool) -> Interval {
    let groups = sample.tally.outcomes("group", sample.threshold);
    let counts: Vec<u64> =
        groups.iter().flat_map(|group| [group.selected(), group.rows() - group.selected()]).collect();
    resampled(&counts, sample, with, |counts| {
        let rates: Vec<f64> = counts.chunks(2).map(|pair| pair[0] as f64 / (pair[0] + pair[1]) as f64).collect();
        let (low, high) = rates.iter().fold((1.0_f64, 0.0_f64), |ends, rate| (ends.0.min(*rate), ends.1.max(*rate)));
        (high > 0.0).then(|| low / high)
    })
}

fn auc_bootstrap(sample: &Sample, with: bool) -> Interval {
    let (entries, counts) = sample.tally.entries();
    resampled(&counts, sample, with, |counts| {
        let (mut won, mut negatives, mut positives) = (0.0, 0.0, 0.0);
        let mut tied = (usize::MAX, 0.0);
        for (entry, count) in entries.iter().zip(counts) {
            let count = *count as f64;
            if entry.label {
                // The negatives of the same score stand just before.
                let ties = if tied.0 == entry.score { tied.1 } else { 0.0 };
                won += count * (negatives - ties / 2.0);
                positives += count;
            } else {
                negatives += count;
                tied = (entry.score, count);
            }
        }
        (positives * negatives > 0.0).then(|| won / (positives * negatives))
    })
}

struct AtBar {
    name: &'static str,
    gate: &'static str,
    world: World,
    bar: Bar,
}

fn least(name: &'static str, gate: &'static str, world: World, min: f64) -> AtBar {
    AtBar { name, gate, world, bar: Bar::at_least(min, "simulated") }
}

fn at_the_bar() -> Vec<AtBar> {
    let impact = "fairness.disparate_impact.group";
    let apart = selected(&SEX, &[0.90, 0.95]);
    vec![
        least("accuracy, 1,979 rows", "accuracy.accuracy", World::right(1_979, 0.8), 0.8),
        least("accuracy, 200 rows", "accuracy.accuracy", World::right(200, 0.8), 0.8),
        least("AUC, 1,979 rows", "accuracy.auc", World::ranked(1_979, 0.7), 0.7),
        least("AUC, 200 rows", "accuracy.auc", World::ranked(200, 0.7), 0.7),
        least("impact, sex", impact, selected(&SEX, &[0.864, 0.96]), 0.9),
        least("impact, race, black low", impact, selected(&RACE, &[0.792, 0.95, 0.99]), 0.8),
        least("impact, race, group of 111 low", impact, selected(&RACE, &[0.95, 0.792, 0.99]), 0.8),
        least("impact, race, both low", impact, selected(&RACE, &[0.792, 0.792, 0.99]), 0.8),
        least("impact, race, against the small one", impact, selected(&RACE, &[0.9, 0.99, 0.792]), 0.8),
        AtBar {
            name: "equal opportunity, sex",
            gate: "fairness.equal_opportunity_difference.group",
            world: apart,
            bar: Bar::at_most(0.05, "simulated"),
        },
    ]
}

fn good() -> Vec<AtBar> {
    let impact = "fairness.disparate_impact.group";
    vec![
        least("accuracy 0.88, 1,979 rows", "accuracy.accuracy", World::right(1_979, 0.88), 0.8),
        least("AUC 0.78, 1,979 rows", "accuracy.auc", World::ranked(1_979, 0.78), 0.7),
        least("impact, sex as shipped", impact, selected(&SEX, &[0.978, 0.982]), 0.9),
        least("impact, race as shipped", impact, selected(&RACE, &[0.9128, 0.9640, 0.9910]), 0.8),
        AtBar {
            name: "equal opportunity, sex, 0.003 apart",
            gate: "fairness.equal_opportunity_difference.group",
            world: selected(&[318, 1_407], &[0.9937, 0.9908]),
            bar: Bar::at_most(0.05, "simulated"),
        },
    ]
}

fn print_verdicts(case: &AtBar, many: u64) {
    // A value that was not measured is undecided.
    let judge = |sample: &Sample| ask(case.gate, sample).map_or(Verdict::Undecided, |m| case.bar.judge(&m));
    let verdicts = releases(many, &case.world, judge);
    let count = |wanted: Verdict| verdicts.iter().filter(|verdict| **verdict == wanted).count() as u64;
    let share = |wanted: Verdict| 100.0 * count(wanted) as f64 / many as f64;
    let (low, high) = wilson(count(Verdict::Go), many);
    let (go, undecided, no) = (share(Verdict::Go), share(Verdict::Undecided), share(Verdict::NoGo));
    let ends = format!("{:.1} to {:.1} %", 100.0 * low, 100.0 * high);
    println!("| {} | {} | {go:.2} % | {ends} | {undecided:.2} % | {no:.2} % |", case.name, case.bar);
}
