//! `tierflow schema`: the JSON Schema of scenario files.

use super::exit::Exit;
use super::printer::Printer;
use crate::scenario::json_schema;

pub(super) fn schema(printer: Printer) -> Exit {
    super::finish(printer, &json_schema(), Exit::Done)
}
