//! The subject of a fairness gate, which is the last word of its id:
//!
//! | subject | compares |
//! |---|---|
//! | `race` | the judged groups of one protected attribute, each with each |
//! | `race_and_sex` | the combinations of the judged groups of several (intersectional groups) |
//! | `race_against_white` | each judged group with one of them, the reference |
//! | `race_and_sex_against_white_male` | each combination with one of them |
//! | `race_given_units` | the groups within each band of a control feature (see [`crate::measure::bands`]) |
//!
//! An attribute whose own name has one of these words in it is found first.

use andon_evidence::judge::NotMeasured;

use crate::measure::sample::Sample;
use crate::measure::tally::{GroupCounts, Role, Tally};

/// A parsed subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Subject<'a> {
    /// The protected attributes, in the order of the id.
    pub(crate) attributes: Vec<&'a str>,
    /// The reference group, its words joined by `_`.
    pub(crate) against: Option<&'a str>,
    /// The control feature.
    pub(crate) given: Option<&'a str>,
}

impl<'a> Subject<'a> {
    /// Reads a subject with the attributes that a tally has.
    pub(crate) fn parse(text: &'a str, tally: &Tally) -> Result<Self, NotMeasured> {
        let is = |role: Role| move |name: &str| tally.axis(name).is_some_and(|axis| axis.role == role);
        let given = text.rsplit_once("_given_").filter(|(_, name)| is(Role::Control)(name));
        let (rest, given) = given.map_or((text, None), |(rest, name)| (rest, Some(name)));
        let alone = |rest| is(Role::Protected)(rest);
        let against = if alone(rest) { None } else { rest.rsplit_once("_against_") };
        let (rest, against) = against.map_or((rest, None), |(rest, group)| (rest, Some(group)));
        let attributes: Vec<&str> = if alone(rest) { vec![rest] } else { rest.split("_and_").collect() };
        match attributes.iter().find(|name| !is(Role::Protected)(name)) {
            Some(_) if text.contains("_given_") && given.is_none() => {
                Err(NotMeasured(format!("{text}: release.toml declares no such control feature under [data.control]")))
            }
            Some(unknown) => Err(NotMeasured(format!("{unknown} is not a protected attribute of the policy"))),
            None => Ok(Self { attributes, against, given }),
        }
    }

    /// The groups to compare: at least two, each with the policy's fewest rows, and the place of the reference.
    pub(crate) fn groups(&self, sample: &Sample) -> Result<(Vec<GroupCounts>, Option<usize>), NotMeasured> {
        let what = self.attributes.join(" and ");
        let judged: Vec<GroupCounts> =
            sample.tally.groups(&self.attributes).into_iter().filter(|group| group.judged).collect();
        if judged.len() < 2 {
            return Err(NotMeasured(format!("{what}: {} group to judge, at least two are needed", judged.len())));
        }
        for group in &judged {
            let rows = group.outcomes(sample.threshold).rows();
            if rows < sample.minimum_group_rows.max(1) {
                let name = &group.name;
                let least = sample.minimum_group_rows;
                return Err(NotMeasured(format!(
                    "{what}: group {name} has {rows} rows, the policy judges from {least} on"
                )));
            }
        }
        let Some(against) = self.against else { return Ok((judged, None)) };
        let place = judged.iter().position(|group| group.name.replace(' ', "_") == against);
        let place =
            place.ok_or_else(|| NotMeasured(format!("{what}: {against} is not a judged group to compare with")))?;
        Ok((judged, Some(place)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::frame::Attribute;

    fn tally() -> Tally {
        let axis = |name: &str, groups: &[&str]| Attribute {
            name: name.to_owned(),
            groups: groups.iter().map(|group| (*group).to_owned()).collect(),
            judged: groups.iter().map(|group| (*group).to_owned()).collect(),
            group_of: Vec::new(),
        };
        let protected =
            [axis("race", &["black", "white"]), axis("sex", &["f", "m"]), axis("pay_and_rank", &["low", "high"])];
        Tally::new(&protected, &[axis("units", &["one", "more"])])
    }

    #[test]
    fn every_form_is_read() {
        let tally = tally();
        let of = |text| {
            let subject = Subject::parse(text, &tally).unwrap();
            (subject.attributes.join(","), subject.against.unwrap_or("-"), subject.given.unwrap_or("-"))
        };
        assert_eq!(of("race"), ("race".to_owned(), "-", "-"));
        assert_eq!(of("race_and_sex"), ("race,sex".to_owned(), "-", "-"));
        assert_eq!(of("pay_and_rank"), ("pay_and_rank".to_owned(), "-", "-"));
        assert_eq!(of("race_against_white"), ("race".to_owned(), "white", "-"));
        assert_eq!(of("race_and_sex_against_white_m"), ("race,sex".to_owned(), "white_m", "-"));
        assert_eq!(of("race_given_units"), ("race".to_owned(), "-", "units"));
        assert_eq!(of("race_against_white_given_units"), ("race".to_owned(), "white", "units"));
    }

    #[test]
    fn unknown_words_are_named() {
        let tally = tally();
        let error = |text| Subject::parse(text, &tally).unwrap_err().0;
        assert!(error("height").contains("height is not a protected attribute"));
        assert!(error("race_and_height").contains("height is not"));
        assert!(error("units").contains("units is not a protected"));
        assert!(error("race_given_rooms").contains("no such control feature"));
    }
}
