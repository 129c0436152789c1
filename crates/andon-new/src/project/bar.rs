//! One bar of the policy as text.

use crate::project::texts::quoted;

/// A gate with its bar: the side, the number, the unit, and the reason.
pub(super) struct GateBar {
    pub(super) id: String,
    pub(super) bar: String,
    /// `decide_on = "point"`, for gates whose interval covers other things.
    pub(super) on_point: bool,
    pub(super) why: String,
    /// A comment on what so many rows can decide.
    pub(super) note: Option<String>,
}

impl GateBar {
    /// A bar, as it is written: `min = 0.8 # ratio`.
    pub(super) fn new(id: &str, bar: &str, why: &str) -> Self {
        Self { id: id.to_owned(), bar: bar.to_owned(), on_point: false, why: why.to_owned(), note: None }
    }

    pub(super) fn to_toml(&self) -> String {
        let note = self.note.iter().flat_map(|note| note.lines()).map(|line| format!("# {line}\n"));
        let point = if self.on_point { "decide_on = \"point\"\n" } else { "" };
        format!(
            "{}[gate.\"{}\"]\n{}\n{point}why = {}\n\n",
            note.collect::<String>(),
            self.id,
            self.bar,
            quoted(&self.why)
        )
    }
}
