//! The tests that a file has, by their paths in it. A module ends at a brace as far right as its first line.

/// The paths of the tests in a text, such as `disparate_impact::race`.
pub(super) fn tests_in(text: &str) -> Vec<String> {
    let mut modules: Vec<(usize, String)> = Vec::new();
    let mut found = Vec::new();
    let mut is_test = false;
    for line in text.lines() {
        let mut code = line.trim_start();
        let indent = line.len() - code.len();
        if let Some(rest) = code.strip_prefix("#[test]") {
            is_test = true;
            code = rest.trim_start();
        }
        if code == "}" && modules.last().is_some_and(|(at, _)| *at == indent) {
            modules.pop();
        } else if let Some(name) = code.strip_suffix(" {").and_then(|code| code.strip_prefix("mod ")) {
            modules.push((indent, name.to_owned()));
        } else if let Some(name) = function(code) {
            if is_test {
                let path = modules.iter().map(|(_, name)| name.as_str()).chain([name]);
                found.push(path.collect::<Vec<_>>().join("::"));
            }
            is_test = false;
        }
    }
    found
}

/// The name of the function that a line begins.
fn function(code: &str) -> Option<&str> {
    let rest = ["fn ", "async fn "].iter().find_map(|start| code.strip_prefix(start))?;
    rest.split(|letter: char| !letter.is_alphanumeric() && letter != '_').next()
}

/// The line at which a module of this name ends.
pub(super) fn end_of_module(lines: &[&str], module: &str) -> Option<usize> {
    let start = lines.iter().position(|line| *line == format!("mod {module} {{"))?;
    let inside = lines[start..].iter().position(|line| *line == "}")?;
    Some(start + inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_found_with_their_modules() {
        let text = "use a;\n\n#[test]\nfn sex() -> Gate {\n    gate(&gate_id!())\n}\n\nfn helper() {}\n\nmod impact {\n    use super::*;\n\n    \
                    // Text.\n    #[test]\n    #[ignore]\n    fn race() -> Gate {\n        loop {}\n    }\n}\n\n#[test] fn age() {}\n";
        assert_eq!(tests_in(text), ["sex", "impact::race", "age"]);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(end_of_module(&lines, "impact"), Some(18));
        assert_eq!(end_of_module(&lines, "other"), None);
    }
}
