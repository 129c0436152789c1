//! Counts what breaks a rule and keeps the first instance whole, or measures how far something is off and keeps the
//! furthest instance, so that a red gate can show its cause.

use andon_evidence::judge::{Measurement, NotMeasured, Part, Unit};

use crate::measure::sample::Measured;

/// The number of instances that break a rule, with the first of them.
#[derive(Debug, Clone, Default)]
pub struct Counterexamples {
    count: u64,
    first: Option<String>,
}

impl Counterexamples {
    /// Counts one instance. Only the first is described.
    pub fn add(&mut self, describe: impl FnOnce() -> String) {
        self.count += 1;
        self.first.get_or_insert_with(describe);
    }

    /// Counts an instance if something is wrong with it.
    pub fn add_defect(&mut self, defect: Option<String>) {
        if let Some(defect) = defect {
            self.add(|| defect);
        }
    }

    /// The first instance as a part of a measurement, if there is one.
    #[must_use]
    pub fn part(&self) -> Option<Part> {
        self.first.as_ref().map(|first| Part { name: format!("first: {first}"), value: 1.0, n: 1 })
    }

    /// The number of instances among `n`. The part is the first instance.
    ///
    /// # Errors
    /// Not measured if there was nothing to count.
    pub fn count(self, n: u64) -> Measured {
        let parts = self.part().into_iter().collect();
        Ok(Measurement::exact(self.count as f64, Unit::Count, n)?.with_parts(parts))
    }

    /// The share of `n` that are no instance. The part is the first instance.
    ///
    /// # Errors
    /// Not measured if there was nothing to count.
    pub fn sound_share(self, n: u64) -> Measured {
        let parts = self.part().into_iter().collect();
        let sound = n.saturating_sub(self.count);
        Ok(Measurement::exact(sound as f64 / n as f64, Unit::Share, n)?.with_parts(parts))
    }
}

/// The largest of some distances, with the instance that it was found at.
#[derive(Debug, Clone, Default)]
pub struct Furthest {
    distance: f64,
    instance: Option<String>,
    n: u64,
}

impl Furthest {
    /// Takes in the distance of an instance, 0 or more. NaN is further than every number, and stays.
    pub fn add(&mut self, distance: f64, describe: impl FnOnce() -> String) {
        self.n += 1;
        if !self.distance.is_nan() && (distance.is_nan() || distance > self.distance) {
            self.distance = distance;
            self.instance = Some(describe());
        }
    }

    /// The largest distance. The part is its instance, if the distance is more than 0.
    ///
    /// # Errors
    /// Not measured if there was no instance, or a distance is no finite number.
    pub fn measure(self, unit: Unit) -> Measured {
        let instance = self.instance.map(|instance| format!("furthest: {instance}"));
        let measured = Measurement::exact(self.distance, unit, self.n)
            .map_err(|NotMeasured(why)| NotMeasured(format!("{why}\n{}", instance.as_deref().unwrap_or_default())))?;
        let part = instance.map(|name| Part { name, value: self.distance, n: 1 });
        Ok(measured.with_parts(part.into_iter().collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_furthest_instance_is_kept_and_no_number_is_furthest() {
        let furthest = |distances: &[f64]| {
            let mut furthest = Furthest::default();
            distances.iter().enumerate().for_each(|(row, distance)| furthest.add(*distance, || format!("row {row}")));
            furthest.measure(Unit::Probability)
        };
        let measured = furthest(&[0.0, 0.25, 0.5, 0.125]).unwrap();
        assert_eq!((measured.value(), measured.n(), measured.parts()[0].name.as_str()), (0.5, 4, "furthest: row 2"));
        assert_eq!(furthest(&[0.0, 0.0]).unwrap().parts(), []);
        assert!(furthest(&[0.5, f64::NAN, 0.75]).unwrap_err().0.ends_with("\nfurthest: row 1"));
        assert!(furthest(&[]).is_err());
    }

    #[test]
    fn the_first_instance_is_kept_whole_and_the_others_are_counted() {
        let mut broken = Counterexamples::default();
        broken.add_defect(None);
        assert_eq!(broken.clone().count(4).unwrap().parts(), []);
        broken.add_defect(Some("row 2: `a` in place of `b`".to_owned()));
        broken.add(|| unreachable!("only the first is described"));
        let measured = broken.clone().count(4).unwrap();
        assert_eq!((measured.value(), measured.parts().len()), (2.0, 1));
        assert_eq!(measured.parts()[0].name, "first: row 2: `a` in place of `b`");
        assert_eq!(broken.sound_share(4).unwrap().interval(), (0.5, 0.5));
        assert!(Counterexamples::default().count(0).is_err());
    }
}
