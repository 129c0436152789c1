//! The outline of a document: sections, points and what stands in them. Nothing in it is rendered yet.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};

/// A document.
#[derive(Debug)]
pub(super) struct Document {
    /// The law or practice that asks for it.
    pub(super) basis: &'static str,
    /// Its title.
    pub(super) title: &'static str,
    /// Remarks on the law that the reader must know.
    pub(super) law: &'static str,
    /// Its sections.
    pub(super) sections: Vec<Section>,
}

/// A section of a document.
#[derive(Debug)]
pub(super) struct Section {
    pub(super) title: &'static str,
    pub(super) points: Vec<DocumentPoint>,
}

/// One point that a document owes.
#[derive(Debug)]
pub(super) struct DocumentPoint {
    /// Its number, as in `2(b)`.
    pub(super) number: &'static str,
    /// The question.
    pub(super) title: &'static str,
    pub(super) passages: Vec<Passage>,
}

/// A passage of a point.
#[derive(Debug)]
pub(super) enum Passage {
    Text(String),
    List(Vec<String>),
    Facts(Vec<(String, String)>),
    Table(DocumentTable),
    /// A text as somebody outside reads it.
    Sample(SampleNotice),
    Blank(Blank),
}

/// A table; the first cell of each row is its head.
#[derive(Debug)]
pub(super) struct DocumentTable {
    pub(super) heads: Vec<&'static str>,
    pub(super) rows: Vec<Vec<String>>,
}

/// A sample of a notice.
#[derive(Debug)]
pub(super) struct SampleNotice {
    pub(super) title: String,
    pub(super) lines: Vec<String>,
}

/// A thing that no machine knows, and the role that does.
#[derive(Debug)]
pub(super) struct Blank {
    pub(super) role: &'static str,
    pub(super) task: &'static str,
}

/// The number of points of a document, by what fills them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PointCounts {
    /// Points without a blank.
    pub(super) filled: usize,
    /// Points with a blank.
    pub(super) open: usize,
    /// Those of them that the package fills in part.
    pub(super) in_part: usize,
    /// The blanks of each role.
    pub(super) by_role: BTreeMap<&'static str, usize>,
}

impl PointCounts {
    /// The counts, as in `31 points, 22 from measurements, 9 to be written (4 of them filled in part)`.
    pub(super) fn in_words(&self) -> String {
        let all = self.filled + self.open;
        let mut words = format!("{all} points, {} from measurements, {} to be written", self.filled, self.open);
        if self.in_part > 0 {
            words += &format!(" ({} of them filled in part)", self.in_part);
        }
        words
    }

    /// The blanks of each role, as in `the provider 4, legal counsel 2`; empty without a blank.
    pub(super) fn roles_in_words(&self) -> String {
        self.by_role.iter().map(|(role, count)| format!("{role} {count}")).collect::<Vec<_>>().join(", ")
    }
}

impl Document {
    /// Every point.
    pub(super) fn points(&self) -> impl Iterator<Item = &DocumentPoint> {
        self.sections.iter().flat_map(|section| &section.points)
    }

    /// Counts the points.
    pub(super) fn counts(&self) -> PointCounts {
        let mut by_role = BTreeMap::new();
        for blank in self.points().flat_map(DocumentPoint::blanks) {
            *by_role.entry(blank.role).or_default() += 1;
        }
        let is_open = |point: &&DocumentPoint| point.blanks().next().is_some();
        let open = self.points().filter(is_open).count();
        let in_part = self.points().filter(is_open).filter(|point| point.passages.len() > point.blanks().count());
        PointCounts { filled: self.points().count() - open, open, in_part: in_part.count(), by_role }
    }

    /// Refuses a document in which something is silently empty.
    ///
    /// # Errors
    /// The first point without a passage, or passage without a text.
    pub(super) fn check(&self) -> Result<()> {
        for point in self.points() {
            let is_whole = !point.passages.is_empty() && point.passages.iter().all(Passage::is_whole);
            ensure!(is_whole, "point {} ({}) of {} is empty in part", point.number, point.title, self.title);
        }
        Ok(())
    }
}

impl DocumentTable {
    /// The class that leaves room for the names of its rows.
    pub(super) fn class(&self) -> &'static str {
        match self.heads.first() {
            Some(head) if head.starts_with("Gate") => "of-gates",
            Some(&("Feature" | "Column" | "Ground")) => "of-columns",
            _ => "of-others",
        }
    }
}

impl DocumentPoint {
    pub(super) fn new(number: &'static str, title: &'static str, passages: Vec<Passage>) -> Self {
        Self { number, title, passages }
    }

    /// A point that no measurement answers: this role has to write it.
    pub(super) fn blank(number: &'static str, title: &'static str, role: &'static str, task: &'static str) -> Self {
        Self::new(number, title, vec![Passage::blank(role, task)])
    }

    /// The blanks in it.
    pub(super) fn blanks(&self) -> impl Iterator<Item = &Blank> {
        self.passages.iter().filter_map(|passage| if let Passage::Blank(blank) = passage { Some(blank) } else { None })
    }
}

impl Passage {
    /// A thing that this role has to write.
    pub(super) fn blank(role: &'static str, task: &'static str) -> Self {
        Self::Blank(Blank { role, task })
    }

    /// A table, or a sentence in its place if it has no row.
    pub(super) fn table_or(heads: &[&'static str], rows: Vec<Vec<String>>, otherwise: &str) -> Self {
        if rows.is_empty() {
            return Self::Text(otherwise.to_owned());
        }
        Self::Table(DocumentTable { heads: heads.to_vec(), rows })
    }

    /// A list, or a blank if the policy lists nothing.
    pub(super) fn list_or(lines: &[String], role: &'static str, task: &'static str) -> Self {
        if lines.is_empty() { Self::blank(role, task) } else { Self::List(lines.to_vec()) }
    }

    /// True if it says something in each of its parts.
    fn is_whole(&self) -> bool {
        let says = |text: &String| !text.trim().is_empty();
        match self {
            Self::Text(text) => says(text),
            Self::List(lines) => !lines.is_empty() && lines.iter().all(says),
            Self::Facts(facts) => !facts.is_empty() && facts.iter().all(|(name, fact)| says(name) && says(fact)),
            Self::Table(DocumentTable { heads, rows }) => {
                !rows.is_empty() && rows.iter().all(|row| row.len() == heads.len() && row.iter().all(says))
            }
            Self::Sample(SampleNotice { title, lines }) => says(title) && !lines.is_empty() && lines.iter().all(says),
            Self::Blank(Blank { role, task }) => !role.is_empty() && !task.is_empty(),
        }
    }
}
