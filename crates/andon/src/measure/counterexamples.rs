//! Counts what breaks a rule, and keeps the first instance whole, so that a red gate can show its cause.

use andon_evidence::judge::{Measurement, Part, Unit};

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

#[cfg(test)]
mod tests {
    use super::*;

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
