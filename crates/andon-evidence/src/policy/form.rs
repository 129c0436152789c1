//! Every defect of the form of a policy at once. A parser stops at the first one; here the line of each defect is taken
//! out, and the rest is read again.

use std::ops::Range;
use std::path::Path;

use crate::policy::error::PolicyError;
use crate::policy::raw::RawPolicy;

/// The most defects that are told at once.
const MAX_DEFECTS: usize = 20;

/// Reads the tables of a policy.
///
/// # Errors
/// [`PolicyError::Form`] with each defect that shows while the lines of the others are taken out.
pub(super) fn read(text: &str, path: &Path) -> Result<RawPolicy, PolicyError> {
    let first = match toml::from_str(text) {
        Ok(raw) => return Ok(raw),
        Err(first) => first,
    };
    let mut defects = Vec::new();
    let mut left = text.to_owned();
    let mut gone = Vec::new();
    let mut next = Some(first);
    while let Some(defect) = next.take() {
        // A key that was taken out is missing only because it was taken out.
        let is_made_here = gone.iter().any(|key| defect.message() == format!("missing field `{key}`"));
        let line = defect.span().and_then(|span| line_of_key(&left, &span));
        if !is_made_here {
            defects.push(defect);
        }
        let Some((line, key)) = line.filter(|_| !is_made_here && defects.len() < MAX_DEFECTS) else { break };
        gone.push(key);
        // Spaces keep the place of everything behind.
        left.replace_range(line.clone(), &" ".repeat(line.len()));
        let is_toml = left.parse::<toml::Table>().is_ok();
        next = if is_toml { toml::from_str::<RawPolicy>(&left).err() } else { None };
    }
    Err(PolicyError::Form { path: path.to_owned(), sources: defects })
}

/// The line of a `key = value` that holds the whole defect, and its key.
fn line_of_key(text: &str, span: &Range<usize>) -> Option<(Range<usize>, String)> {
    let start = text.get(..span.start)?.rfind('\n').map_or(0, |before| before + 1);
    let end = text.get(span.start..)?.find('\n').map_or(text.len(), |behind| span.start + behind);
    let (key, _) = text.get(start..end)?.split_once('=')?;
    (span.end <= end && !key.trim_start().starts_with('[')).then(|| (start..end, key.trim().to_owned()))
}
