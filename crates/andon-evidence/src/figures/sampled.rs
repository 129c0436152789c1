//! Shapley values that are sampled from a command, over its negative answers: means with intervals, never a row.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

/// The sampled values of some negative answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SampledFigures {
    /// The negative answers that the explained ones were drawn from.
    pub negatives: u64,
    /// The negative answers that values were sampled for.
    pub explained: u64,
    /// The samples for each of them: an order of the features with its reverse, against another row of the data.
    pub pairs: u64,
    /// The rows that the command was asked about for it.
    pub asked: u64,
    /// The explained answers whose strongest reason is certain.
    pub certain: u64,
    /// Every feature, the one that lowered the probability most first.
    pub features: Vec<SampledInfluence>,
}

/// The influence of one feature on the explained answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SampledInfluence {
    /// The column.
    pub feature: String,
    /// The amount by which it moved their probability, on average.
    pub mean_moved: f64,
    /// Both ends of the 95 % interval of this mean.
    pub interval: (f64, f64),
    /// The explained answers of which it is certain to be the strongest reason.
    pub strongest: u64,
}

impl SampledFigures {
    /// What the values are and how they came about, in words.
    #[must_use]
    pub fn in_words(&self) -> String {
        format!(
            "Sampled, with interval: what each feature moved the probability by, on average over {} of {} negative \
             answers. Shapley values against other rows of the data, from {} samples for each answer; the command was \
             asked about {} rows for them. The strongest reason is certain for {} of the answers: its interval parts it \
             from every other.",
            self.explained, self.negatives, self.pairs, self.asked, self.certain
        )
    }

    /// The cells of each feature as people read them: its name, the mean, the interval, and the answers of which it is
    /// the strongest reason.
    #[must_use]
    pub fn cells(&self) -> Vec<[String; 4]> {
        let cells = |one: &SampledInfluence| {
            let (low, high) = one.interval;
            let strongest = one.strongest.to_string();
            [one.feature.clone(), format!("{:.4}", one.mean_moved), format!("{low:.4} to {high:.4}"), strongest]
        };
        self.features.iter().map(cells).collect()
    }

    /// The words and the cells as Markdown.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        let mut text = format!(
            "{}\n\n| Feature | Moved the probability by | 95 % interval | Certainly the strongest of |\n|---|---|---|---|",
            self.in_words()
        );
        for [feature, moved, interval, strongest] in self.cells() {
            let _ = write!(text, "\n| `{feature}` | {moved} | {interval} | {strongest} |");
        }
        text
    }

    /// The first number that cannot be.
    pub(super) fn defect(&self) -> Option<&'static str> {
        let strongest = self.features.iter().try_fold(0_u64, |sum, one| sum.checked_add(one.strongest));
        if self.explained > self.negatives || self.certain > self.explained || strongest != Some(self.certain) {
            return Some("the explained answers do not add up");
        }
        let is_inside = |one: &SampledInfluence| (one.interval.0..=one.interval.1).contains(&one.mean_moved);
        (!self.features.iter().all(is_inside)).then_some("a sampled mean is outside of its interval")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_that_do_not_add_up_and_means_outside_of_their_interval_are_refused() {
        let influence = |feature: &str, mean_moved: f64, strongest: u64| SampledInfluence {
            feature: feature.to_owned(),
            mean_moved,
            interval: (-0.2, 0.1),
            strongest,
        };
        let features = vec![influence("income", -0.125, 3), influence("debt", 0.0, 1)];
        let good = SampledFigures { negatives: 9, explained: 5, pairs: 50, asked: 400, certain: 4, features };
        assert_eq!(good.defect(), None);
        assert!(good.to_markdown().ends_with(
            "\n| `income` | -0.1250 | -0.2000 to 0.1000 | 3 |\n| `debt` | 0.0000 | -0.2000 to 0.1000 | 1 |"
        ));
        assert!(good.in_words().contains("over 5 of 9 negative answers") && good.in_words().contains("400 rows"));
        for bad in [
            SampledFigures { negatives: 4, ..good.clone() },
            SampledFigures { certain: 3, ..good.clone() },
            SampledFigures { explained: 3, ..good.clone() },
            SampledFigures { features: vec![influence("income", 0.11, 4)], ..good.clone() },
            SampledFigures { features: vec![influence("income", f64::NAN, 4)], ..good.clone() },
        ] {
            assert!(bad.defect().is_some(), "{bad:?}");
        }
    }
}
