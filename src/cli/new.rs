//! `tierflow new`: a commented scenario that runs at once.

use super::args::NewArgs;
use super::exit::Exit;
use super::out_folder;
use super::printer::Printer;
use std::fs;
use std::io;
use std::path::Path;

/// The files of the starter scenario.
const FILES: [(&str, &str); 5] = [
    ("scenario.toml", include_str!("new/scenario.toml")),
    ("home_areas.csv", include_str!("new/home_areas.csv")),
    ("providers.csv", include_str!("new/providers.csv")),
    ("pools.csv", include_str!("new/pools.csv")),
    ("prices.csv", include_str!("new/prices.csv")),
];

pub(super) fn new(args: &NewArgs, printer: Printer) -> Exit {
    let target = &args.name;
    let shown = target.display();
    if target.symlink_metadata().is_ok() {
        printer.error(&format!("`{shown}` exists already and is left as it is: choose another name"));
        return Exit::Files;
    }
    let Some(fresh) = out_folder::beside(target, "new") else {
        printer.error(&format!("`{shown}` is no name for a folder"));
        return Exit::Usage;
    };
    if let Err(problem) = write(&fresh, target) {
        let _ = fs::remove_dir_all(&fresh);
        printer.error(&format!("cannot write `{shown}`: {problem}"));
        return Exit::Files;
    }
    let text = format!(
        "wrote the scenario {shown}: {}\n\nNext:\n  tierflow check {shown}\n  tierflow run {shown}\n  tierflow explain {shown}\n",
        FILES.map(|(name, _)| name).join(", ")
    );
    super::finish(printer, &text, Exit::Done)
}

/// All files under a temporary name, then the folder's own.
fn write(fresh: &Path, target: &Path) -> io::Result<()> {
    fs::create_dir_all(fresh)?;
    for (name, text) in FILES {
        fs::write(fresh.join(name), text)?;
    }
    fs::rename(fresh, target)
}
