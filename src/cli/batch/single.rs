//! One replication of one cell: its rows of the cell's table `replications`, and nothing on disk.

use super::cells::Ready;
use crate::cli::exit::Exit;
use crate::cli::printer::Printer;
use crate::cli::{finish, interrupt, load, run};
use crate::experiment::Replications;
use crate::results::{Making, Study, Unwatched};
use crate::scenario;
use crate::store::write_csv;

pub(super) fn replication(cell: &Ready<'_>, number: u32, printer: Printer) -> Result<Exit, Exit> {
    if number >= cell.replications {
        printer.error(&format!(
            "cell {} has no replication {number}: they are numbered from 0 to {}",
            cell.cell.name,
            cell.replications - 1
        ));
        return Err(Exit::Usage);
    }
    let mut loaded = scenario::load(&cell.settings.scenario, &cell.settings.overrides);
    let Some(scenario) = &mut loaded.scenario else { return Err(load::failure(&loaded)) };
    interrupt::listen(printer, "stopping after this replication");
    load::choose_warm_up(scenario, cell.settings.threads, printer)?;
    let scenario = &*scenario;
    let options = run::chosen_options(scenario, &cell.settings.options, printer)?;
    let simulations = load::compile(scenario, &options, printer)?;
    let mut study = Study::new(scenario, &simulations);
    run::payable(&study.prepared, printer)?;
    let how = Replications {
        numbers: (number, number + 1),
        threads: 1,
        progress: &|_| {},
        cancelled: &interrupt::CANCELLED,
        stopwatch: &|| 0.0,
    };
    study.extend(how, &Unwatched).map_err(|problem| interrupt::stopped(problem, printer))?;
    let results = study.results(Making::default());
    let mut text = Vec::new();
    // Writing into memory cannot fail.
    let _ = write_csv(results.single_replication(number), &mut text);
    Ok(finish(printer, &String::from_utf8_lossy(&text), Exit::Done))
}
