//! The marks of what a program proposed and no person has confirmed yet.

/// The word behind the sign of a comment.
const MARK: &str = "proposed:";

/// The lines of a text that mark a proposal, each with its number from 1: comments of TOML or Rust that begin with
/// `proposed:`. To confirm a proposal is to delete its mark.
///
/// ```
/// use andon_evidence::proposals::marks;
/// let text = "# proposed: the label\nlabel = \"a\" # proposed: not a line of its own\n    // Proposed: a range";
/// assert_eq!(marks(text).collect::<Vec<_>>(), [(1, "the label"), (3, "a range")]);
/// ```
pub fn marks(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().filter_map(|(at, line)| {
        let comment = line.trim_start();
        let comment = comment.strip_prefix('#').or_else(|| comment.strip_prefix("//"))?;
        let comment = comment.trim_start_matches(['#', '/', '!', ' ', '\t']);
        let mark = comment.get(..MARK.len()).filter(|word| word.eq_ignore_ascii_case(MARK))?;
        Some((at + 1, comment[mark.len()..].trim()))
    })
}
