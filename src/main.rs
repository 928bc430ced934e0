//! The program `tierflow`. Everything it does is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    tierflow::cli::run(std::env::args_os())
}
