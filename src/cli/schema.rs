//! `tierflow schema`: the JSON Schema of scenario files, or of batch files.

use super::args::SchemaArgs;
use super::exit::Exit;
use super::printer::Printer;
use crate::scenario::{batch_json_schema, json_schema};

pub(super) fn schema(args: &SchemaArgs, printer: Printer) -> Exit {
    let schema = if args.batch { batch_json_schema() } else { json_schema() };
    super::finish(printer, &schema, Exit::Done)
}
