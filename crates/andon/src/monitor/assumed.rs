//! Assumptions about decisions whose outcome nobody knows.
//!
//! The outcomes that nobody knows could be anything, and bounds over all of them are those of Manski (*Partial
//! Identification of Probability Distributions*, 2003). For a share of right answers the extreme assumptions are these
//! bounds; for other statistics they are the ones that an opponent would try first, and no more.

use crate::data::frame::Attribute;

/// What a decision without an outcome is taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Assumption {
    /// Every decision was wrong.
    Wrong,
    /// Every decision was right.
    Right,
    /// Every outcome was favourable.
    Favourable,
    /// No outcome was favourable.
    Unfavourable,
    /// Every decision on one group was wrong, and every other right: the place of the attribute and of the group.
    WrongOn(usize, usize),
    /// Every decision on one group was right, and every other wrong.
    RightOn(usize, usize),
}

impl Assumption {
    /// Every assumption, with those about each judged group of the attributes at these places.
    pub(crate) fn all(attributes: &[Attribute], places: &[usize]) -> Vec<Self> {
        let groups = places.iter().flat_map(|place| {
            let attribute = &attributes[*place];
            let is_judged = |group: &usize| attribute.judged.contains(&attribute.groups[*group]);
            (0..attribute.groups.len()).filter(is_judged).map(move |group| (*place, group))
        });
        let of_groups = groups.flat_map(|(place, group)| [Self::WrongOn(place, group), Self::RightOn(place, group)]);
        [Self::Wrong, Self::Right, Self::Favourable, Self::Unfavourable].into_iter().chain(of_groups).collect()
    }

    /// The outcome that a decision is taken to have.
    pub(crate) fn label(self, is_approved: bool, groups: &[usize]) -> bool {
        match self {
            Self::Wrong => !is_approved,
            Self::Right => is_approved,
            Self::Favourable => true,
            Self::Unfavourable => false,
            Self::WrongOn(place, group) => is_approved != (groups[place] == group),
            Self::RightOn(place, group) => is_approved == (groups[place] == group),
        }
    }

    /// The assumption in words.
    pub(crate) fn words(self, attributes: &[Attribute]) -> String {
        let group = |place: usize, group: usize| attributes[place].groups[group].clone();
        match self {
            Self::Wrong => "if each of these decisions was wrong".to_owned(),
            Self::Right => "if each of these decisions was right".to_owned(),
            Self::Favourable => "if each of these outcomes was favourable".to_owned(),
            Self::Unfavourable => "if none of these outcomes was favourable".to_owned(),
            Self::WrongOn(at, of) => format!("if they were wrong on {} and right on all others", group(at, of)),
            Self::RightOn(at, of) => format!("if they were right on {} and wrong on all others", group(at, of)),
        }
    }
}
