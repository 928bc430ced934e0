//! The best so many of the sites.

use crate::cli::args::{SitesArgs, Smallest};
use crate::cli::exit::Exit;
use crate::cli::numbers;
use crate::cli::printer::Printer;
use crate::experiment::{Found, Objective, Siting, search};
use crate::results::SiteSets;

/// Looks for the best so many of the changed sites.
pub(super) fn best(
    view: &mut SiteSets<'_>,
    args: &SitesArgs,
    keep: usize,
    candidates: &[usize],
    required: &[usize],
    printer: Printer,
) -> Result<Found, Exit> {
    let refuse = |text: String| {
        printer.error(&text);
        Err(Exit::Usage)
    };
    if keep > candidates.len() {
        return refuse(format!(
            "--keep {keep} is more than the {} to choose from: lower it, or --open more",
            numbers::of(candidates.len(), "site", "sites")
        ));
    }
    if keep < required.len() {
        return refuse(format!(
            "--keep {keep} is fewer than the {} that --require names",
            numbers::of(required.len(), "site", "sites")
        ));
    }
    // Of closed sites nothing is asked, and none may come back.
    let part = Siting::new(
        view.siting.rule,
        view.siting.patients.clone(),
        candidates.iter().map(|&site| view.siting.sites[site].clone()).collect(),
        view.siting.demands,
    );
    if let (Some(limit), Some(within)) = (args.limit, args.within) {
        let most = part.most_within();
        if most < within - 1e-12 {
            printer.error(&format!(
                "no set of these sites has {} of the patients within {limit} {}: with all {} open it is {} at most, if everybody \
                 went to a near one. Raise --limit, lower --within, or --open a site nearer to the others",
                numbers::percent(within, 1),
                view.unit,
                candidates.len(),
                numbers::percent(most, 1)
            ));
            return Err(Exit::TargetMissed);
        }
    }
    let required: Vec<usize> =
        required.iter().filter_map(|site| candidates.iter().position(|other| other == site)).collect();
    let objective = match args.objective {
        Smallest::Choice => Objective::Choice,
        Smallest::Nearest => Objective::Nearest,
    };
    let mut found = search(&part, keep, &required, objective);
    for set in &mut found.sets {
        set.open.iter_mut().for_each(|site| *site = candidates[*site]);
    }
    for (at, set) in found.sets.iter().enumerate() {
        let name = if at == 0 { "best".to_owned() } else { format!("next-{at}") };
        view.sets.push((name, set.clone()));
    }
    view.bound = Some(found.bound);
    Ok(found)
}
