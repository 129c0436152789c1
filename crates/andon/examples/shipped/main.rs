//! Do the intervals hold the value of the model that ships? Whole releases are drawn from three populations, trained
//! and judged by the harness's own code, and each interval is compared with what the shipped model, trained on all
//! rows, does to 100,000 people more: with the luck of the rows alone, and widened by the repeats of the
//! cross-validation (`andon::measure::spread`). A wrong Go is a release that meets a bar placed exactly at the truth.
//!
//! ```text
//! cargo run --release -p andon --example shipped [releases, 120 without] [trees, 15 without]
//! ```
//!
//! A release is 31 forests; 120 of them from each of three populations take about ten minutes on two cores.

#![expect(clippy::print_stdout, reason = "it prints a table")]

mod judging;
mod population;

use judging::{Asked, GATES, Release};
use population::{Population, populations};

/// The people that the shipped model is tried on, in releases of 1,979 rows.
const TIMES: usize = 50;

fn main() {
    let argument = |place: usize, without: u64| {
        std::env::args().nth(place).and_then(|number| number.parse().ok()).unwrap_or(without)
    };
    let releases = argument(1, 120);
    let trees = argument(2, 15) as usize;
    println!(
        "{releases} releases of {} rows a population, {trees} trees; 95 % and 2.5 % are the levels\n",
        population::ROWS
    );
    println!(
        "| population | statistic | truth | rows alone: covers | wrong Go | with repeats: covers | wrong Go | width |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for population in populations(trees) {
        let judged = judged(&population, releases);
        for (gate, of_threshold) in GATES {
            for (place, threshold) in population.thresholds.iter().enumerate() {
                if of_threshold || place == 0 {
                    let asked: Vec<Asked> = judged.iter().filter_map(|release| release.asked(gate, place)).collect();
                    let at = if of_threshold { format!(" at {threshold}") } else { String::new() };
                    print_row(population.name, &format!("{gate}{at}"), &asked);
                }
            }
        }
    }
}

/// Every release of a population, drawn, trained and judged, on all processors.
fn judged(population: &Population, releases: u64) -> Vec<Release> {
    let people = population.draw(u64::MAX, TIMES);
    let threads = std::thread::available_parallelism().map_or(1, |threads| threads.get() as u64);
    let people = &people;
    std::thread::scope(|scope| {
        let part = move |first: u64| -> Vec<Release> {
            (first..releases).step_by(threads as usize).map(|seed| Release::new(population, people, seed)).collect()
        };
        let workers: Vec<_> = (0..threads).map(|first| scope.spawn(move || part(first))).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("no panic")).collect()
    })
}

fn print_row(population: &str, statistic: &str, asked: &[Asked]) {
    let share = |is: &dyn Fn(&Asked) -> bool| {
        100.0 * asked.iter().filter(|asked| is(asked)).count() as f64 / asked.len() as f64
    };
    let mean = |of: &dyn Fn(&Asked) -> f64| asked.iter().map(of).sum::<f64>() / asked.len() as f64;
    let width = mean(&|asked| asked.repeats.1 - asked.repeats.0) / mean(&|asked| asked.rows.1 - asked.rows.0);
    println!(
        "| {population} | {statistic} | {:.4} | {:.1} % | {:.1} % | {:.1} % | {:.1} % | {width:.2} |",
        mean(&|asked| asked.truth),
        share(&|asked| asked.covers(asked.rows)),
        share(&|asked| asked.is_wrong_go(asked.rows)),
        share(&|asked| asked.covers(asked.repeats)),
        share(&|asked| asked.is_wrong_go(asked.repeats)),
    );
}
