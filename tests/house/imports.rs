//! Imports between the files of a crate: circles, and imports that climb.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::Source;

/// The imports between the files of one crate: from a module to modules.
type Imports = BTreeMap<Vec<String>, BTreeSet<Vec<String>>>;

fn imports(sources: &[&Source]) -> Imports {
    let modules: BTreeSet<&[String]> = sources.iter().map(|source| source.module.as_slice()).collect();
    let files = sources.iter().filter(|source| !source.is_test());
    files.map(|source| (source.module.clone(), imports_of(source, &modules))).collect()
}

/// The modules that the paths in a file lead to, other than itself.
fn imports_of(source: &Source, modules: &BTreeSet<&[String]>) -> BTreeSet<Vec<String>> {
    let mut found = BTreeSet::new();
    for path in paths(&source.code()) {
        let absolute = absolute(&path, &source.module, modules);
        let deepest = (0..=absolute.len()).rev().map(|end| &absolute[..end]).find(|path| modules.contains(path));
        found.extend(deepest.filter(|module| !module.is_empty() && *module != source.module).map(<[String]>::to_vec));
    }
    found
}

/// A path from the crate's root, if it leads into the crate.
fn absolute(path: &[String], module: &[String], modules: &BTreeSet<&[String]>) -> Vec<String> {
    let join = |start: &[String], rest: &[String]| [start, rest].concat();
    match path[0].as_str() {
        "crate" => path[1..].to_vec(),
        "self" => join(module, &path[1..]),
        "super" => {
            let ups = path.iter().take_while(|name| *name == "super").count();
            join(&module[..module.len().saturating_sub(ups)], &path[ups..])
        }
        _ => Some(join(module, path)).filter(|path| modules.contains(&path[..=module.len()])).unwrap_or_default(),
    }
}

/// Every path of two names or more in the code, with the groups of `use` statements written out.
fn paths(code: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let mut outer: Vec<Vec<String>> = Vec::new();
    let mut path: Vec<String> = Vec::new();
    let mut rest = code;
    while let Some(next) = rest.chars().next() {
        let word = rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(rest.len());
        if word > 0 {
            path.push(rest[..word].to_owned());
            rest = &rest[word..];
        } else if rest.starts_with("::{") {
            outer.push(std::mem::take(&mut path));
            rest = &rest[3..];
        } else if rest.starts_with("::") {
            rest = &rest[2..];
        } else {
            if !path.is_empty() {
                let prefix = if next == ';' { Vec::new() } else { outer.concat() };
                found.push([prefix, std::mem::take(&mut path)].concat());
            }
            if next == '}' {
                outer.pop();
            }
            rest = &rest[next.len_utf8()..];
        }
    }
    found.retain(|path| path.len() > 1);
    found
}

fn packages(sources: &[Source]) -> BTreeMap<&str, Vec<&Source>> {
    let mut packages: BTreeMap<&str, Vec<&Source>> = BTreeMap::new();
    sources.iter().for_each(|source| packages.entry(&source.package).or_default().push(source));
    packages
}

/// Files that import each other, directly or through others.
pub(crate) fn circles(sources: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    for (package, sources) in packages(sources) {
        let imports = imports(&sources);
        let reach: BTreeMap<_, _> = imports.keys().map(|module| (module, reachable(module, &imports))).collect();
        let mut told = BTreeSet::new();
        for module in imports.keys().filter(|module| reach[module].contains(*module)) {
            let circle = imports.keys().filter(|other| reach[module].contains(*other) && reach[other].contains(module));
            let circle: Vec<String> = circle.map(|module| module.join("/")).collect();
            if told.insert(circle.clone()) {
                found.push(format!("{package}: {} import each other", circle.join(", ")));
            }
        }
    }
    found
}

fn reachable(from: &[String], imports: &Imports) -> BTreeSet<Vec<String>> {
    let mut reached = BTreeSet::new();
    let mut open = vec![from.to_vec()];
    while let Some(module) = open.pop() {
        let next = imports.get(&module).into_iter().flatten();
        open.extend(next.filter(|module| reached.insert((*module).clone())).cloned());
    }
    reached
}

/// Imports from a room that does not stand below.
pub(crate) fn climbs(sources: &[Source], rooms: &[(&str, &[&str])]) -> Vec<String> {
    let mut found = Vec::new();
    let packages = packages(sources);
    for (package, floors) in rooms {
        let floor = |room: &str| floors.iter().position(|floor| floor.split(' ').any(|name| name == room));
        let Some(sources) = packages.get(package) else {
            found.push(format!("there is no crate {package}"));
            continue;
        };
        for (module, imports) in imports(sources).iter().filter(|(module, _)| !module.is_empty()) {
            let Some(own) = floor(&module[0]) else {
                found.push(format!("{package}: `{}` is in no room of the list", module.join("/")));
                continue;
            };
            let above = imports
                .iter()
                .filter(|other| other[0] != module[0] && floor(&other[0]).is_none_or(|floor| floor <= own));
            found.extend(above.map(|other| format!("{package}: {} imports {}", module.join("/"), other.join("/"))));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources(files: &[(&str, &str)]) -> Vec<Source> {
        files.iter().map(|(path, text)| Source::new(path, text)).collect()
    }

    #[test]
    fn paths_are_read_through_groups_and_in_expressions() {
        let code = "use crate::{a, b::{C, d::E}, f};\nfn g() -> super::H { crate::i::j(self::k()) }";
        let found: Vec<String> = paths(code).iter().map(|path| path.join("::")).collect();
        let expected = ["crate::a", "crate::b::C", "crate::b::d::E", "crate::f", "super::H", "crate::i::j", "self::k"];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_circle_is_found_however_it_is_written() {
        let a = ("crates/x/src/a/mod.rs", "mod b;\nfn f() { b::g() }");
        for import in ["use super::f;", "use crate::a::f;", "fn g() { super::f() }", "use crate::c::h;"] {
            let c = ("crates/x/src/c.rs", "use crate::{a::f};");
            let found = circles(&sources(&[a, ("crates/x/src/a/b.rs", import), c]));
            assert_eq!(found.len(), 1, "{import}: {found:?}");
        }
        let of_tests = "#[cfg(test)]\nmod tests {\n    use crate::a::f;\n}\n";
        assert!(circles(&sources(&[a, ("crates/x/src/a/b.rs", of_tests)])).is_empty());
        assert!(circles(&sources(&[a, ("crates/x/src/a/b.rs", "// crate::a::f")])).is_empty());
    }

    #[test]
    fn an_import_that_climbs_is_found_and_so_is_a_room_that_nobody_listed() {
        let rooms: &[(&str, &[&str])] = &[("x", &["top", "left right", "low"])];
        let climbs = |path: &str, text: &str| {
            let rooms_of_x = ["top", "left", "right", "low"].map(|room| format!("crates/x/src/{room}/mod.rs"));
            let others = rooms_of_x.iter().map(|path| Source::new(path, ""));
            climbs(&others.chain([Source::new(path, text)]).collect::<Vec<_>>(), rooms)
        };
        assert_eq!(climbs("crates/x/src/low/a.rs", "use crate::top::B;"), ["x: low/a imports top"]);
        assert_eq!(climbs("crates/x/src/left/a.rs", "use crate::right::B;"), ["x: left/a imports right"]);
        assert_eq!(climbs("crates/x/src/strange.rs", ""), ["x: `strange` is in no room of the list"]);
        assert!(climbs("crates/x/src/top/a.rs", "use crate::{left::A, low::B};").is_empty());
    }
}
