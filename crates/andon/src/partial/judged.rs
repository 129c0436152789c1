//! From the counts of all parts to the tally that is judged.

use std::collections::BTreeMap;

use crate::data::frame::Attribute;
use crate::measure::sample::Sample;
use crate::measure::served::{Served, answered_or_not};
use crate::measure::table::LabelledScore;
use crate::measure::tally::{DifferentAxes, Tally};
use crate::model::score::Score;
use crate::partial::counts::{CountedRow, PartialTally};

impl PartialTally {
    /// The same counts with other names of groups: those of one name are put together. `name_of` gets the column and
    /// the value.
    #[must_use]
    pub fn with_groups(&self, name_of: impl Fn(&str, &str) -> String) -> Self {
        let mut renamed = Self { cells: BTreeMap::new(), ..self.clone() };
        for (groups, cell) in &self.cells {
            let named = self.scope.protected.iter().zip(groups).map(|(column, group)| name_of(column, group));
            let groups: Vec<String> = named.collect();
            for (label, is_referred, counts) in cell.sides() {
                for (score, rows) in counts {
                    renamed.count(CountedRow { groups: &groups, label, is_referred, score: *score }, *rows);
                }
            }
        }
        renamed
    }

    /// The groups of the protected attribute at this place, in the order of their names, with their rows.
    #[must_use]
    pub fn group_rows(&self, attribute: usize) -> BTreeMap<String, u64> {
        let mut rows: BTreeMap<String, u64> = BTreeMap::new();
        for (groups, cell) in &self.cells {
            let group = groups.get(attribute).cloned().unwrap_or_default();
            *rows.entry(group).or_default() +=
                cell.sides().iter().flat_map(|(.., counts)| counts.values()).sum::<u64>();
        }
        rows
    }

    /// The number of counted rows with label 0 and 1.
    #[must_use]
    pub fn labels(&self) -> [u64; 2] {
        let mut labels = [0; 2];
        for (label, _, counts) in self.cells.values().flat_map(|cell| cell.sides()) {
            labels[usize::from(label)] += counts.values().sum::<u64>();
        }
        labels
    }

    /// The tally of all counted rows by these attributes, in the order of the columns.
    ///
    /// # Errors
    /// [`DifferentAxes`] if they do not list every group that occurs.
    pub fn tally(&self, attributes: &[Attribute]) -> Result<Tally, DifferentAxes> {
        self.tally_with(attributes, |score, _| Some(score))
    }

    /// The rows as the program serves them; `None` if nobody named the model that refers rows. `sample` gives a tally
    /// the numbers of the policy.
    ///
    /// # Errors
    /// [`DifferentAxes`] if the attributes do not list every group that occurs.
    pub fn served(
        &self,
        attributes: &[Attribute],
        sample: impl Fn(Tally) -> Sample,
    ) -> Result<Option<Served>, DifferentAxes> {
        if self.scope.scores.model_sha256().is_none() {
            return Ok(None);
        }
        let or_lowest = |score: Score, is_referred: bool| Some(if is_referred { Score::lowest() } else { score });
        let counted = |score_of: &dyn Fn(Score, bool) -> Option<Score>| self.tally_with(attributes, score_of);
        let referred = self.cells.values().flat_map(|cell| &cell.referred).flat_map(|counts| counts.values());
        Ok(Some(Served {
            answered: sample(counted(&|score, is_referred| (!is_referred).then_some(score))?),
            approved: sample(counted(&or_lowest)?),
            referral: answered_or_not(sample(counted(&|_, is_referred| or_lowest(Score::highest(), is_referred))?)),
            referred: referred.sum(),
            outside: self.outside.clone(),
        }))
    }

    /// The tally of the rows with the score that each shall have; without one a row is left out.
    fn tally_with(
        &self,
        attributes: &[Attribute],
        score_of: impl Fn(Score, bool) -> Option<Score>,
    ) -> Result<Tally, DifferentAxes> {
        let place = |(attribute, group): (&Attribute, &String)| attribute.groups.iter().position(|name| name == group);
        let mut counts = Vec::new();
        for (groups, cell) in &self.cells {
            let places: Option<Vec<usize>> = attributes.iter().zip(groups).map(place).collect();
            let places = places.filter(|places| places.len() == groups.len()).ok_or(DifferentAxes)?;
            for (label, is_referred, rows) in cell.sides() {
                let scored = rows.iter().filter_map(|(score, rows)| Some((score_of(*score, is_referred)?, *rows)));
                counts.extend(
                    scored.map(|(score, rows)| (places.clone(), LabelledScore { score: score.index(), label }, rows)),
                );
            }
        }
        Ok(Tally::of_counts(attributes, counts))
    }
}
