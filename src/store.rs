//! Results on disk and on standard output: folders, CSV, JSON. Of the library only this and `scenario::source` touch
//! files.

mod csv;
mod folder;
mod json;

pub use csv::write_csv;
pub use folder::{MANIFEST, StoreError, check_replaceable, write_folder};
pub use json::{manifest_json, table_json};
