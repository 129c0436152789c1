//! The less discriminatory alternatives: fairer than the shipped one, and about as accurate.

use crate::alternatives::found::{Alternative, AlternativeFigure, AlternativeFigures, Alternatives, Disparity};
use crate::policy::Search;

/// The differences that count.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tolerance {
    /// By this share less unequal is fairer.
    pub fairer_by: f64,
    /// By this share of the rows, or of the area under the curve, less accurate is about as accurate.
    pub less_accurate_by: f64,
}

impl Tolerance {
    /// The tolerance that a policy states.
    #[must_use]
    pub fn of(search: &Search) -> Option<Self> {
        Some(Self { fairer_by: search.fairer_by?, less_accurate_by: search.less_accurate_by? })
    }
}

impl Alternatives {
    /// The alternatives that treat groups more equally by more than the tolerance in one measure, less equally by more
    /// than it in none, and are less accurate by no more than the tolerance, by accuracy and by area under the curve.
    /// A measure that an alternative does not have speaks against it.
    ///
    /// The values are those on all rows. The best of many looks better than it is, so that this asks for a reason too
    /// often rather than too rarely.
    ///
    /// # Errors
    /// A message if the shipped alternative is not among these, or a figure of it is missing.
    pub fn fairer(&self, tolerance: Tolerance) -> Result<Vec<&Alternative>, String> {
        let shipped = self.shipped().ok_or("the shipped recipe is not among the alternatives")?;
        let Costs { accuracy, auc, disparities } = Costs::of(&shipped.judged)
            .ok_or_else(|| format!("a figure of the shipped recipe is missing: {}", shipped.recipe))?;
        let less = 1.0 - tolerance.fairer_by;
        let more = 1.0 + tolerance.fairer_by;
        let is_fairer = |one: &&Alternative| {
            let Some(other) = Costs::of(&one.judged) else { return false };
            let pairs = || other.disparities.iter().zip(disparities);
            let worth = other.accuracy >= accuracy - tolerance.less_accurate_by
                && other.auc >= auc - tolerance.less_accurate_by;
            worth && pairs().any(|(now, then)| *now < then * less) && pairs().all(|(now, then)| *now <= then * more)
        };
        Ok(self.alternatives.iter().filter(|one| !one.shipped).filter(is_fairer).collect())
    }

    /// The less discriminatory alternatives that the policy's reason does not answer for.
    ///
    /// # Errors
    /// As [`fairer`](Self::fairer), and if the policy says nothing of tolerance or reason, or declines what is no such
    /// alternative: a reason outlives nothing that it speaks of.
    pub fn unanswered(&self, search: &Search) -> Result<Vec<&Alternative>, String> {
        let tolerance =
            Tolerance::of(search).ok_or("the policy has no search.fairer_by and search.less_accurate_by")?;
        if search.chosen_because.is_none() {
            return Err("the policy does not say why the shipped recipe was chosen: search.chosen_because".to_owned());
        }
        let fairer = self.fairer(tolerance)?;
        let names: Vec<String> = fairer.iter().map(|one| one.recipe.to_string()).collect();
        if let Some(stale) = search.declined.iter().find(|name| !names.contains(name)) {
            return Err(format!("search.declined names `{stale}`, which is no less discriminatory alternative"));
        }
        Ok(fairer
            .into_iter()
            .zip(names)
            .filter(|(_, name)| !search.declined.contains(name))
            .map(|(one, _)| one)
            .collect())
    }
}

/// Accuracy, area under the curve, and the disparities, of which 1 is equal and more is worse.
struct Costs {
    accuracy: f64,
    auc: f64,
    disparities: [f64; 3],
}

impl Costs {
    fn of(figures: &AlternativeFigures) -> Option<Self> {
        let value = |figure: Option<&AlternativeFigure>| figure.map(|figure| figure.value).filter(|v| v.is_finite());
        let disparity = |measure: Disparity| {
            let figure = figures.disparity(measure).filter(|figure| figure.value > 0.0)?;
            Some(figure.unequal(measure)).filter(|unequal| unequal.is_finite())
        };
        let [first, second, third] = Disparity::ALL.map(disparity);
        Some(Self {
            accuracy: value(figures.accuracy.as_ref())?,
            auc: value(figures.auc.as_ref())?,
            disparities: [first?, second?, third?],
        })
    }
}
