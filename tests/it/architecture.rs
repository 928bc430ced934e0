//! The rules of ARCHITECTURE.md.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Module name to floor, from the table in ARCHITECTURE.md.
fn floors() -> BTreeMap<String, u32> {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let mut floors = BTreeMap::new();
    for line in text.lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        if let [_, floor, modules, ..] = cells[..]
            && let Ok(floor) = floor.parse::<u32>()
        {
            for module in modules.split(',') {
                floors.insert(module.trim().trim_matches('`').to_owned(), floor);
            }
        }
    }
    assert!(floors.len() >= 14, "the floor table was not found");
    floors
}

/// Every source file with its top module and its code: comments and trailing test modules cut off.
fn sources() -> Vec<(PathBuf, String, String)> {
    let mut files = Vec::new();
    let mut folders = vec![root().join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    let mut sources = Vec::new();
    for path in files {
        let relative = path.strip_prefix(root().join("src")).unwrap().to_path_buf();
        let first = relative.iter().next().unwrap().to_str().unwrap();
        let module = first.trim_end_matches(".rs").to_owned();
        if module == "lib" || module == "main" || relative.file_stem().is_some_and(|stem| stem == "tests") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        let code: Vec<&str> = code.lines().map(|line| line.split("//").next().unwrap()).collect();
        sources.push((relative, module, code.join("\n")));
    }
    assert!(sources.len() > 30);
    sources
}

/// The top modules named by `crate::` paths, nested braces of `use crate::{a, b::c}` included.
fn modules_used(code: &str) -> Vec<String> {
    let mut used = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        let name = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
        if let Some(list) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut start = true;
            for (i, c) in list.char_indices() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => start = true,
                    c if start && !c.is_whitespace() => {
                        used.push(name(&list[i..]));
                        start = false;
                    }
                    _ => {}
                }
            }
        } else {
            used.push(name(rest));
        }
    }
    used
}

#[test]
fn no_edge_climbs() {
    let floors = floors();
    let mut climbs = Vec::new();
    for (path, module, code) in sources() {
        let own = *floors.get(&module).unwrap_or_else(|| panic!("module `{module}` has no floor in ARCHITECTURE.md"));
        for used in modules_used(&code) {
            match floors.get(&used) {
                Some(&floor) if floor > own => climbs.push(format!("{}: uses {used}", path.display())),
                _ => {}
            }
        }
    }
    assert!(climbs.is_empty(), "{climbs:#?}");
}

#[test]
fn every_floor_is_inhabited() {
    let modules: Vec<String> = sources().into_iter().map(|source| source.1).collect();
    for module in floors().keys() {
        assert!(modules.contains(module), "ARCHITECTURE.md names `{module}`, which does not exist");
    }
}

#[test]
fn the_reader_of_paths_reads_braces() {
    assert_eq!(modules_used("use crate::{a::{b, c}, d, e::f}; x(crate::g::h())"), ["a", "d", "e", "g"]);
}

#[test]
fn engine_and_ledger_do_not_know_each_other() {
    for (path, module, code) in sources() {
        let used = modules_used(&code);
        let knows = |other: &str| used.iter().any(|name| name == other);
        assert!(!(module == "engine" && knows("ledger")), "{}", path.display());
        assert!(!(module == "ledger" && knows("engine")), "{}", path.display());
        let money = ["Pence", "Charge", "TieringOption", "IcbId", "Arrangement"];
        if module == "engine" {
            assert!(!money.iter().any(|word| code.contains(word)), "{} knows money or commissioners", path.display());
        }
    }
}

#[test]
fn rooms_without_files_or_clocks() {
    let floors = floors();
    let files =
        ["std::fs", "File::", "std::time", "Instant::now", "SystemTime", "std::net", "std::process", "std::env"];
    let threads = ["std::thread", "rayon"];
    // Written so, a module of the standard library cannot hide among others.
    let hidden = ["use std::{", "process::exit", "println!", "eprintln!"];
    for (path, module, code) in sources() {
        if floors[&module] < 8 {
            assert!(!hidden.iter().any(|word| code.contains(word)), "{}", path.display());
        }
        if floors[&module] >= 7 {
            continue;
        }
        for word in files.iter().chain(&threads) {
            let excused = (path == Path::new("scenario/source.rs") && ["std::fs", "File::"].contains(word))
                || (module == "experiment" && *word == "rayon");
            assert!(excused || !code.contains(word), "{} uses {word}", path.display());
        }
    }
}

#[test]
fn domain_types_are_not_deserialisable() {
    for (path, module, code) in sources() {
        if ["domain", "units", "ids", "model", "activity", "scenario"].contains(&module.as_str()) {
            assert!(!code.contains("Deserialize"), "{}", path.display());
        }
    }
}

#[test]
fn no_hash_maps() {
    for (path, _, code) in sources() {
        assert!(!code.contains("HashMap") && !code.contains("HashSet"), "{}", path.display());
    }
}

#[test]
fn files_are_short() {
    for (path, _, _) in sources() {
        let lines = fs::read_to_string(root().join("src").join(&path)).unwrap().lines().count();
        assert!(lines <= 600, "{} has {lines} lines: one concept a file", path.display());
    }
}
