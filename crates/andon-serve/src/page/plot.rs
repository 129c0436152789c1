//! The recent decisions as figures: their number by kind, and their duration.

use std::time::{Duration, Instant};

use crate::watch::recent::{RecentDecisions, SLOTS, TimeSlot, total};

/// The ends of a figure's axes, in its own units. The templates hold the same numbers.
const AXIS_LEFT: f64 = 46.0;
const AXIS_TOP: f64 = 14.0;
const AXIS_WIDTH: f64 = 260.0;
const AXIS_HEIGHT: f64 = 112.0;

/// The figures, with the same numbers in words and as a table.
#[derive(Debug)]
pub(crate) struct Plots {
    /// The number of decisions.
    pub(crate) decisions: u64,
    /// A summary in words.
    pub(crate) summary: String,
    /// The number of decisions of each kind.
    pub(crate) counts: RecentFigure,
    /// The duration of the decisions.
    pub(crate) latency: RecentFigure,
    /// A row for each time slot with a decision.
    pub(crate) rows: Vec<RecentRow>,
}

/// Marks over an axis.
#[derive(Debug)]
pub(crate) struct RecentFigure {
    /// Height and label of each tick.
    pub(crate) ticks: Vec<(String, String)>,
    /// The marks.
    pub(crate) marks: Vec<FigureMark>,
}

/// A rectangle.
#[derive(Debug)]
pub(crate) struct FigureMark {
    pub(crate) class: &'static str,
    pub(crate) x: String,
    pub(crate) y: String,
    pub(crate) width: String,
    pub(crate) height: String,
}

/// A line of the table.
#[derive(Debug)]
pub(crate) struct RecentRow {
    pub(crate) ago: String,
    pub(crate) counts: [u64; 3],
    pub(crate) mean: String,
    pub(crate) slowest: String,
}

impl Plots {
    /// The figures as of `now`. `words` names the positive, the negative and the referred decisions.
    pub(crate) fn new(recent: &RecentDecisions, words: [&str; 3], now: Instant) -> Self {
        let slots = recent.slots(now);
        let all = total(&slots);
        // At least two, so that the tick in the middle is a whole number.
        let most = axis_end(slots.iter().map(TimeSlot::decisions).max().unwrap_or(0).max(2) as f64);
        let slowest = axis_end(to_ms(all.slowest));
        let mut counts = RecentFigure::new(most, |value| value.to_string());
        let mut latency = RecentFigure::new(slowest, |value| format!("{value}"));
        let mut rows = Vec::new();
        for (place, slot) in slots.iter().enumerate() {
            let mut below = 0.0;
            for (count, class) in slot.counts.into_iter().zip(["positive", "negative", "referred"]) {
                counts.add(class, place, (below, below + count as f64), most);
                below += count as f64;
            }
            let Some(mean) = slot.mean() else { continue };
            latency.add("slowest", place, (0.0, to_ms(slot.slowest)), slowest);
            latency.add("mean", place, (0.0, to_ms(mean)), slowest);
            let mean = format_time(mean);
            let slowest = format_time(slot.slowest);
            rows.push(RecentRow { ago: describe_age(place), counts: slot.counts, mean, slowest });
        }
        rows.reverse();
        Self { decisions: all.decisions(), summary: summarize(&all, words), counts, latency, rows }
    }
}

impl RecentFigure {
    fn new(most: f64, label: impl Fn(f64) -> String) -> Self {
        let ticks = [0.0, most / 2.0, most];
        let ticks = ticks.map(|value| (format_coordinate(AXIS_TOP + AXIS_HEIGHT * (1.0 - value / most)), label(value)));
        Self { ticks: ticks.into(), marks: Vec::new() }
    }

    /// Adds a mark from one value to another, unless it has no height.
    fn add(&mut self, class: &'static str, place: usize, (from, to): (f64, f64), most: f64) {
        if to > from {
            let step = AXIS_WIDTH / SLOTS as f64;
            let y = |value: f64| AXIS_TOP + AXIS_HEIGHT * (1.0 - value / most);
            let x = format_coordinate(AXIS_LEFT + step * place as f64 + 1.5);
            let width = format_coordinate(step - 3.0);
            self.marks.push(FigureMark {
                class,
                x,
                y: format_coordinate(y(to)),
                width,
                height: format_coordinate(y(from) - y(to)),
            });
        }
    }
}

fn summarize(all: &TimeSlot, words: [&str; 3]) -> String {
    let decisions = all.decisions();
    let Some(mean) = all.mean() else { return "No decision in the last ten minutes.".to_owned() };
    let of_each: Vec<String> = all.counts.iter().zip(words).map(|(count, word)| format!("{count} {word}")).collect();
    let noun = if decisions == 1 { "decision" } else { "decisions" };
    format!(
        "{decisions} {noun} in the last ten minutes: {}; {:.0} % {}. Time for one: {} on average, {} at most.",
        of_each.join(", "),
        100.0 * all.counts[0] as f64 / decisions as f64,
        words[0],
        format_time(mean),
        format_time(all.slowest),
    )
}

/// The end of an axis that holds this much: 1, 2 or 4 times a power of ten.
fn axis_end(most: f64) -> f64 {
    if most <= 0.0 {
        return 2.0;
    }
    let unit = 10_f64.powf(most.log10().floor());
    let steps = [1.0, 2.0, 4.0, 10.0].map(|step| step * unit);
    let end = steps.into_iter().find(|end| *end >= most).unwrap_or(10.0 * unit);
    // Cuts the digits that only the floating-point arithmetic adds.
    (end * 1e6).round() / 1e6
}

fn describe_age(place: usize) -> String {
    let seconds = 30 * (SLOTS - 1 - place);
    if seconds == 0 { "now".to_owned() } else { format!("{}:{:02} min ago", seconds / 60, seconds % 60) }
}

fn to_ms(time: Duration) -> f64 {
    1e3 * time.as_secs_f64()
}

fn format_time(time: Duration) -> String {
    format!("{:.2} ms", to_ms(time))
}

fn format_coordinate(number: f64) -> String {
    format!("{number:.1}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watch::recent::DecisionKind;

    #[test]
    fn axes_end_at_round_numbers() {
        let ends = [0.0, 0.03, 1.0, 1.5, 3.0, 7.0, 40.0].map(axis_end).map(|end| end.to_string());
        assert_eq!(ends, ["2", "0.04", "1", "2", "4", "10", "40"]);
    }

    #[test]
    fn marks_stand_on_each_other_and_within_the_figure() {
        let recent = RecentDecisions::new();
        let now = Instant::now();
        for outcome in [DecisionKind::Positive, DecisionKind::Positive, DecisionKind::Negative, DecisionKind::Referred]
        {
            recent.count(now, outcome, Duration::from_micros(250));
        }
        let plots = Plots::new(&recent, ["YES", "NO", "REFER"], now);
        assert_eq!((plots.decisions, plots.counts.marks.len(), plots.latency.marks.len()), (4, 3, 2));
        let ends: Vec<f64> = plots.counts.marks.iter().map(|mark| mark.y.parse().unwrap()).collect();
        assert!(ends[0] > ends[1] && ends[1] > ends[2] && ends[2] >= AXIS_TOP);
        assert!(plots.summary.contains("2 YES, 1 NO, 1 REFER; 50 % YES") && plots.summary.contains("0.25 ms"));
        assert_eq!((plots.rows.len(), plots.rows[0].ago.as_str()), (1, "now"));
    }
}
