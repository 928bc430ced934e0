//! docs/commands.md, from the definitions of the commands.

use super::args::CommandLine;
use clap::CommandFactory;
use std::fmt::Write as _;

/// The page docs/commands.md: every command with its help.
pub fn commands_markdown() -> String {
    let mut command = CommandLine::command().term_width(100);
    command.build();
    let mut page = String::from(
        "# Commands\n\nGenerated from the program's own help (`tierflow --help`, `tierflow run --help`, ...); do not edit.\n\
         A test fails when this page is out of date, and says how to write it again.\n",
    );
    section(&mut page, "tierflow", &mut command.clone());
    for subcommand in command.get_subcommands_mut() {
        let name = format!("tierflow {}", subcommand.get_name());
        section(&mut page, &name, subcommand);
    }
    page
}

fn section(page: &mut String, name: &str, command: &mut clap::Command) {
    let help = command.render_long_help().to_string();
    let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
    // Writing to a String cannot fail.
    let _ = write!(page, "\n## `{name}`\n\n```text\n{}\n```\n", lines.join("\n").trim_end());
}
