//! Results on disk and on standard output: folders, CSV, JSON, event logs. Of the library only this and
//! `scenario::source` touch files.

mod activity;
mod batch;
mod csv;
mod event_csv;
mod event_xes;
mod folder;
mod json;
mod layer;
mod new_file;
mod same;

pub use activity::{ActivityFiles, ActivityWriter, Stored, StoredError, StoredSimulation};
pub use batch::{
    BatchError, CellFolder, LONG_TABLE, SENSITIVITY, Series, batch_folder_fault, cell_manifest, clear_leftovers,
    missed_precision, remove_sensitivity, series, write_long_table, write_sensitivity,
};
pub use csv::write_csv;
pub use event_csv::EventCsv;
pub use event_xes::EventXes;
pub use folder::{MANIFEST, StoreError, check_replaceable, write_folder, write_tables};
pub use json::{manifest_json, table_json};
pub use layer::{Cells, Layer, ScenarioFolder, able_providers, check_layer, nine_digits, rows_without};
pub use new_file::NewFile;
pub use same::{CompareError, Difference, compare_folders, read_manifest};
