//! The columns of a file as the features of a model, and its categories as theirs.

use std::cell::Cell;

use andon::data::frame::Feature;

use crate::error::FileFault;

/// The features of a file, in its order.
#[derive(Debug, Default)]
pub(crate) struct FileColumns {
    /// The names; empty if the file has none.
    pub(crate) names: Vec<String>,
    /// The number of columns.
    pub(crate) count: usize,
    /// By column: the names of its categories in the order of their codes; `None` if the file does not name them.
    pub(crate) categories: Vec<Option<Vec<String>>>,
}

/// The way from the columns of a file to the features of the model.
#[derive(Debug)]
pub(crate) struct Columns {
    /// The features, in the model's order.
    pub(crate) features: Vec<Feature>,
    /// By column of the file: its place among the features.
    places: Vec<Option<usize>>,
    file: FileColumns,
    /// The categories that questions have asked for so far.
    asked: Cell<usize>,
}

/// The most columns of a file.
pub(crate) const MAX_COLUMNS: usize = 1 << 16;

/// The most categories that all questions of a file ask for: a few bytes of a file can ask for the same many anew.
const MAX_ASKED: usize = 1 << 24;

impl Columns {
    /// The columns of a file as the features of a policy; without one the file's own.
    pub(crate) fn new(file: FileColumns, features: Option<&[Feature]>) -> Result<Self, FileFault> {
        let Some(features) = features else { return Ok(Self::of_file(file)) };
        let features = features.to_vec();
        let by_name = |name: &String| features.iter().position(|feature| feature.name == *name);
        let is_named = !file.names.is_empty() && !file.names.iter().enumerate().all(|(at, name)| is_number(at, name));
        if is_named {
            let places = file.names.iter().map(by_name).collect();
            return Ok(Self { features, places, file, asked: Cell::new(0) });
        }
        if file.count != features.len() {
            let problem = format!(
                "it names none of its {} columns, and there are {} features: they must be as many and in the same order",
                file.count,
                features.len()
            );
            return Err(FileFault::new("features", problem));
        }
        let places = (0..file.count).map(Some).collect();
        Ok(Self { features, places, file, asked: Cell::new(0) })
    }

    fn of_file(file: FileColumns) -> Self {
        let name = |at: usize| file.names.get(at).cloned().unwrap_or_else(|| format!("f{at}"));
        let feature = |at: usize| Feature {
            name: name(at),
            levels: file.categories.get(at).cloned().flatten().unwrap_or_default(),
            takes_unseen: false,
            may_be_missing: false,
        };
        let features = (0..file.count).map(feature).collect();
        Self { features, places: (0..file.count).map(Some).collect(), file, asked: Cell::new(0) }
    }

    /// The place of a column of the file among the features.
    pub(crate) fn place(&self, column: usize) -> Result<usize, String> {
        let place = self.places.get(column).ok_or_else(|| {
            format!("it asks column {column}, and the file has {} columns, counted from 0", self.file.count)
        })?;
        place.ok_or_else(|| {
            let names: Vec<&str> = self.features.iter().map(|feature| feature.name.as_str()).collect();
            format!("it asks column `{}`, which is no feature (features: {})", self.name(column), names.join(", "))
        })
    }

    fn name(&self, column: usize) -> String {
        self.file.names.get(column).cloned().unwrap_or_else(|| format!("f{column}"))
    }

    /// Categories of a column, by the codes of the file, as the values of the feature. Those that the feature does not
    /// have occur in no record, so they are left out.
    pub(crate) fn categories(&self, column: usize, codes: &[u32]) -> Result<Vec<u32>, String> {
        let place = self.place(column)?;
        self.asked.set(self.asked.get().saturating_add(codes.len()));
        if self.asked.get() > MAX_ASKED {
            return Err(format!("with it, more than {MAX_ASKED} categories are asked for"));
        }
        let levels = &self.features[place].levels;
        let names = self.file.categories.get(column).and_then(Option::as_ref);
        let value = |code: &u32| match (names, levels.is_empty()) {
            (None, true) => Ok(Some(*code)),
            (None, false) => Err(format!(
                "it asks for categories of column `{}`, and the file does not name them",
                self.name(column)
            )),
            (Some(names), false) => {
                let name = names.get(*code as usize);
                Ok(name.and_then(|name| levels.iter().position(|level| level == name)).map(|place| place as u32))
            }
            (Some(names), true) => match names.get(*code as usize).map(|name| (name, whole(name))) {
                None => Ok(None),
                Some((_, Some(number))) => Ok(Some(number)),
                Some((name, None)) => Err(format!(
                    "it asks for category `{name}` of column `{}`, and the feature is a number, not a category",
                    self.name(column)
                )),
            },
        };
        let values: Result<Vec<Option<u32>>, String> = codes.iter().map(value).collect();
        let mut values: Vec<u32> = values?.into_iter().flatten().collect();
        values.sort_unstable();
        values.dedup();
        Ok(values)
    }
}

/// The whole number that a category is named by.
fn whole(name: &str) -> Option<u32> {
    let number: f64 = name.parse().ok()?;
    ((0.0..=f64::from(u32::MAX)).contains(&number) && number.fract() == 0.0).then_some(number as u32)
}

/// True if a name only numbers its column, as libraries do for data without names.
fn is_number(at: usize, name: &str) -> bool {
    let number = ["Column_", "f", "x"].iter().find_map(|start| name.strip_prefix(start));
    number.is_some_and(|number| number == at.to_string())
}
