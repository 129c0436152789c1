//! `convert`: the data file of the release, made from its source file again.

use std::path::Path;

use andon_evidence::EXIT_GO;
use andon_evidence::files::{self, sha256_hex};
use andon_evidence::policy::Policy;
use andon_new::{CONVERSION, Conversion};
use anyhow::Result;

use crate::console::print;

/// Converts a source file and replaces the data file that the policy names.
///
/// # Errors
/// If there is no conversion, or it has no rule for a value; the data file is then as it was.
pub(crate) fn run(root: &Path, file: &Path) -> Result<u8> {
    let policy = Policy::read(root)?;
    let conversion = Conversion::read(&root.join(CONVERSION))?;
    let bytes = files::read(file)?;
    let data = conversion.convert(file, &bytes)?;
    files::write_atomically(&root.join(&policy.data.file), data.as_bytes())?;
    let digest = sha256_hex(&bytes);
    let same =
        if digest == conversion.sha256 { "the file that the conversion was written for" } else { "another file" };
    print(&format!("{} from {}, {same} (SHA-256 {digest})", policy.data.file.display(), file.display()))?;
    Ok(EXIT_GO)
}
