//! A capacity plan in the terminal.

use super::labels::{Labels, shown_value, worst_months};
use super::stops::stops;
use crate::cli::grid::{Grid, Kind};
use crate::cli::numbers;
use crate::cli::printer::Printer;
use crate::cli::scenario_words as words;
use crate::cli::text::wrap;
use crate::experiment::Meet;
use crate::results::{Aim, CapacityPlan, PlanOver};
use std::collections::BTreeSet;

/// Stands where a pool has no step to go down.
const FEWEST: &str = "fewest allowed";

/// From this share of requests on the plan says that patients are turned away.
const MANY_AWAY: f64 = 0.1;

/// The places, the targets with them and with one step less, and what may be said of the plan.
pub(super) fn shown(plan: &CapacityPlan<'_>, printer: Printer) -> String {
    let (width, paint) = (printer.width(), printer.paint_result());
    let paragraph = |text: String| wrap(&text, width, "");
    let title = paragraph(title(plan)).lines().map(|line| paint.bold(line) + "\n").collect::<String>();
    let labels = Labels::new(plan.scenario, plan.variables.iter().map(|variable| variable.pool));
    let facts = format!("{} {}", facts(plan), labels.legend());
    let mut blocks = vec![title + &paragraph(facts), places(plan, &labels).render(width, paint)];
    blocks.extend(totals(plan, &labels).into_iter().map(|grid| grid.render(width, paint)));
    blocks.extend((0..plan.rules.aims.len()).map(|aim| target(plan, aim, &labels).render(width, paint)));
    blocks.extend(verdict(plan, &labels).into_iter().map(paragraph));
    blocks.join("\n")
}

fn title(plan: &CapacityPlan<'_>) -> String {
    let targets: Vec<&str> = plan.rules.aims.iter().map(|aim| aim.text.as_str()).collect();
    let targets = targets.join(" and ");
    if plan.out_of_reach().is_empty() {
        format!("The fewest places found for {targets}")
    } else {
        format!("No plan within the limits meets {targets}")
    }
}

fn facts(plan: &CapacityPlan<'_>) -> String {
    let run = &plan.scenario.run;
    let meet = match plan.rules.meet {
        Meet::Mean => "the mean over replications does",
        Meet::Confidence => "the one-sided 95 % limit of the mean does",
    };
    format!(
        "{}, seed {}, flow rules of option {}. \"Holds\": {meet}. {} tried, up to {} replications each.",
        words::when(run),
        run.seed,
        plan.option,
        numbers::of(plan.planned.tried as usize, "capacity", "capacities"),
        numbers::count(plan.rules.most as usize)
    )
}

/// A pool's places.
fn places(plan: &CapacityPlan<'_>, labels: &Labels<'_>) -> Grid {
    let number = |header: &str| (header.to_owned(), Kind::Number);
    let years = plan.variables.iter().any(|variable| variable.year.is_some());
    let costs = plan.variables.iter().any(|variable| variable.cost.is_some());
    let mut columns = labels.pool_columns();
    let named = columns.len();
    if years {
        columns.push(("Year".to_owned(), Kind::Key));
    }
    columns.extend(["Load", "Today", "Theory", planned_head(plan), "Change"].map(number));
    let away = plan.turned_away.iter().flatten().any(|&share| share > 0.0);
    if away {
        columns.push(number("Turned\naway"));
    }
    if costs {
        columns.push(number("£ a year"));
    }
    let mut grid = Grid::new(columns);
    let (mut now, mut sum, mut cost) = (Some(0), 0, Some(0.0));
    for (at, (variable, &places)) in plan.variables.iter().zip(&plan.planned.places).enumerate() {
        let mut cells = labels.pool(variable.pool);
        if let Some((_, name)) = &variable.year {
            cells.push(name.clone());
        }
        let theory = match variable.theory {
            Some((places, true)) => format!("= {}", numbers::count(places as usize)),
            Some((places, false)) => format!("~ {}", numbers::count(places as usize)),
            None => numbers::NO_VALUE.to_owned(),
        };
        let count = |value: Option<u32>| value.map_or("no limit".to_owned(), |value| numbers::count(value as usize));
        cells.extend([
            numbers::fixed(variable.knob.load, 1),
            count(variable.now),
            theory,
            numbers::count(places as usize),
            variable.now.map_or(numbers::NO_VALUE.to_owned(), |now| change(f64::from(places) - f64::from(now))),
        ]);
        if away {
            let share = plan.turned_away[at];
            cells.push(share.map_or(numbers::NO_VALUE.to_owned(), |share| numbers::percent(share, 1)));
        }
        if costs {
            let pounds = variable.pounds(places);
            cost = cost.zip(pounds).map(|(sum, pounds)| sum + pounds);
            cells.push(pounds.map_or(numbers::NO_VALUE.to_owned(), |pounds| numbers::fixed(pounds, 0)));
        }
        grid.row(cells);
        now = now.zip(variable.now).map(|(sum, now)| sum + now);
        sum += places;
    }
    if plan.variables.len() > 1 && !years {
        grid.foot();
        let mut cells = vec![String::new(); named];
        "All".clone_into(&mut cells[0]);
        cells.extend([
            numbers::fixed(plan.variables.iter().map(|variable| variable.knob.load).sum(), 1),
            now.map_or(numbers::NO_VALUE.to_owned(), |now| numbers::count(now as usize)),
            String::new(),
            numbers::count(sum as usize),
            now.map_or(numbers::NO_VALUE.to_owned(), |now| change(f64::from(sum) - f64::from(now))),
        ]);
        if away {
            cells.push(String::new());
        }
        if costs {
            cells.push(cost.map_or(numbers::NO_VALUE.to_owned(), |cost| numbers::fixed(cost, 0)));
        }
        grid.row(cells);
    }
    grid
}

/// Of a plan that misses a target there is no plan: what was tried last.
fn planned_head(plan: &CapacityPlan<'_>) -> &'static str {
    if plan.holds() { "Plan" } else { "Tried" }
}

/// The places that bodies host: by ICB, and by footprint where there is one scheme. By year they stand in the table alone.
fn totals(plan: &CapacityPlan<'_>, labels: &Labels<'_>) -> Vec<Grid> {
    let all = plan.totals();
    let one_scheme = plan.scenario.geography.schemes.len() == 1;
    let kinds = [("icb", "By ICB"), ("footprint", "By footprint")];
    let shown = kinds.into_iter().filter(|(kind, _)| *kind == "icb" || one_scheme);
    let grid = |(kind, head): (&str, &str)| {
        let rows: Vec<_> = all.iter().filter(|total| total.kind == kind && total.year.is_none()).collect();
        let bodies: BTreeSet<&str> = rows.iter().map(|total| total.body.as_str()).collect();
        // Where each row repeats one of the table above, it says nothing new.
        if bodies.len() < 2 || rows.len() == plan.variables.len() {
            return None;
        }
        let pools: BTreeSet<&str> = rows.iter().map(|total| total.pool.as_str()).collect();
        let costs = rows.iter().any(|total| total.cost.is_some());
        let number = |header: &str| (header.to_owned(), Kind::Number);
        let mut columns = vec![(head.to_owned(), Kind::Text { least: 10 })];
        if pools.len() > 1 {
            columns.push(("Pool".to_owned(), Kind::Text { least: 12 }));
        }
        columns.extend(["Load", "Today", planned_head(plan), "Change"].map(number));
        if costs {
            columns.push(number("£ a year"));
        }
        let mut grid = Grid::new(columns);
        for total in rows {
            let mut cells = vec![labels.body(&total.body)];
            if pools.len() > 1 {
                cells.push(total.pool.clone());
            }
            cells.extend([
                numbers::fixed(total.load, 1),
                total.now.map_or("no limit".to_owned(), |now| numbers::count(now as usize)),
                numbers::count(total.places as usize),
                total.now.map_or(numbers::NO_VALUE.to_owned(), |now| change(f64::from(total.places) - f64::from(now))),
            ]);
            if costs {
                cells.push(total.cost.map_or(numbers::NO_VALUE.to_owned(), |pounds| numbers::fixed(pounds, 0)));
            }
            grid.row(cells);
        }
        Some(grid)
    };
    shown.filter_map(grid).collect()
}

fn change(value: f64) -> String {
    if value > 0.0 { format!("+{}", numbers::fixed(value, 0)) } else { numbers::fixed(value, 0) }
}

/// One target of all its entities, with the plan and with one step less.
fn target(plan: &CapacityPlan<'_>, wanted: usize, labels: &Labels<'_>) -> Grid {
    let number = |header: &str| (header.to_owned(), Kind::Number);
    let aim = &plan.rules.aims[wanted];
    let mut columns = vec![(aim.text.clone(), Kind::Text { least: 16 })];
    let part = match plan.rules.over {
        PlanOver::WholeTime => None,
        PlanOver::EachYear => Some("Year"),
        PlanOver::EveryMonth => Some("Month"),
    };
    columns.extend(part.map(|part| (part.to_owned(), Kind::Key)));
    columns.extend([
        number(if plan.holds() { "With the plan" } else { "As tried" }),
        number("One step less"),
        (String::new(), Kind::Key),
    ]);
    let mut grid = Grid::new(columns);
    let own = (0..plan.targets.len()).filter(|&at| plan.targets[at].aim == wanted);
    for at in worst_months(plan, own) {
        let target = &plan.targets[at];
        let unit = aim.metric.unit;
        let kept = plan.kept(at);
        let less = kept.less.map_or(FEWEST.to_owned(), |(_, seen, exact)| shown_value(seen, exact, unit));
        let mut cells = vec![labels.entity(aim, &target.entity)];
        cells.extend(part.map(|_| target.period.clone()));
        cells.extend([shown_value(kept.seen, kept.exact, unit), less, mark(plan, at).to_owned()]);
        grid.row(cells);
    }
    grid
}

/// What one step less of its pool would do to a target that holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    /// It, another target of the pool, or one of another pool fails.
    Needed,
    /// It cannot be told.
    Close,
    /// All targets would hold.
    Spare,
}

/// Of a target of all pools: any pool's step.
fn step(plan: &CapacityPlan<'_>, at: usize) -> Step {
    let goal = plan.targets[at].goal;
    if !goal.eased || !plan.kept(at).holds {
        return Step::Needed;
    }
    let knobs = (0..plan.variables.len()).filter(|&knob| goal.knob.is_none_or(|own| own == knob));
    let steps: Vec<Step> = knobs.filter_map(|knob| pool_step(plan, knob)).collect();
    if steps.contains(&Step::Spare) {
        Step::Spare
    } else if steps.contains(&Step::Close) {
        Step::Close
    } else {
        Step::Needed
    }
}

/// What one step less of a pool does to all targets, or to its own where pools were lowered together; nothing where it has the
/// fewest.
fn pool_step(plan: &CapacityPlan<'_>, knob: usize) -> Option<Step> {
    let lower = plan.planned.lower[knob].as_ref()?;
    let counts = |at: &usize| {
        let goal = plan.targets[*at].goal;
        goal.eased && (!plan.planned.together || goal.knob.is_none_or(|own| own == knob))
    };
    // Whether a target is known to hold or to fail.
    let known = |at: usize| -> Option<bool> {
        let goal = plan.targets[at].goal;
        let within = |value: f64| if goal.at_most { value <= goal.bound } else { value >= goal.bound };
        if goal.known {
            // Theory knows it, and it hangs on its own pool alone.
            let exact = |at| plan.kept(at).less.and_then(|(.., exact)| exact).map(within);
            return if goal.knob == Some(knob) { exact(at) } else { Some(plan.kept(at).holds) };
        }
        let seen = lower.seen[at];
        seen.separated(goal.bound).then_some(seen.holds)
    };
    let all: Vec<Option<bool>> = (0..plan.targets.len()).filter(counts).map(known).collect();
    Some(if all.contains(&Some(false)) {
        Step::Needed
    } else if all.contains(&None) {
        Step::Close
    } else {
        Step::Spare
    })
}

/// Whether it holds, and whether the step is known to matter.
fn mark(plan: &CapacityPlan<'_>, at: usize) -> &'static str {
    match (plan.kept(at).holds, step(plan, at)) {
        (false, _) => "missed",
        (true, Step::Close) => "holds, close",
        (true, Step::Spare) => "holds, spare",
        (true, Step::Needed) => "holds",
    }
}

fn verdict(plan: &CapacityPlan<'_>, labels: &Labels<'_>) -> Vec<String> {
    let planned = &plan.planned;
    let mut said = Vec::new();
    let simulated = plan.targets.iter().any(|target| target.goal.eased && !target.goal.known);
    let block = format!("replications {} to {}", planned.block.start, planned.block.end.saturating_sub(1));
    if !plan.out_of_reach().is_empty() {
        said.extend(stops(plan, labels));
    } else if !planned.confirmed {
        said.push(format!(
            "Not confirmed: after {} some target still failed on replications that the plan had not seen; give the search more \
             (--max-replications).",
            numbers::of(planned.raises as usize, "raise", "raises")
        ));
    } else if simulated {
        let raised = match planned.raises {
            0 => String::new(),
            raises => format!(" after {}", numbers::of(raises as usize, "raise", "raises")),
        };
        said.push(format!("Confirmed{raised} on {block}, which the search had not seen. ±: 95 % error."));
    } else {
        said.push(format!("Theory is exact here and is the answer (=); simulated beside it on {block}."));
    }
    let most = plan.turned_away.iter().flatten().copied().fold(0.0, f64::max);
    let asked =
        |aim: &Aim| ["refused_share", "overflow_share", "reneged_share", "full_share"].contains(&aim.metric.name);
    if most > MANY_AWAY && !plan.rules.aims.iter().any(asked) {
        said.push(format!(
            "Turned away (refused or sent on): up to {} of a pool's requests. Targets that look only at those who are \
             treated can be met so; add one such as \"overflow_share <= 5%\", \"refused_share <= 5%\" or \"full_share <= 5%\".",
            numbers::percent(most, 0)
        ));
    }
    let shown = worst_months(plan, 0..plan.targets.len());
    let marked = |wanted: Step| shown.iter().filter(|&&at| step(plan, at) == wanted).count();
    let (close, spare) = (marked(Step::Close), marked(Step::Spare));
    if close > 0 {
        said.push(format!(
            "\"close\": one step less cannot be told from the bound ({}); it may do as well. More replications tell \
             (--max-replications).",
            numbers::of(close, "target", "targets")
        ));
    }
    if spare > 0 {
        said.push(
            "\"spare\": with one step less of the pool all targets hold here, too. It was needed in the search, or is one of several steps of which not all can go."
                .to_owned(),
        );
    }
    if plan.rules.over == PlanOver::EveryMonth {
        said.push("Targets hold in each month; of each entity the month nearest to its bound is shown. The worst of many months is partly chance: more replications need fewer places.".to_owned());
    }
    if planned.together && plan.variables.len() > 1 {
        said.push("One step less: of all pools together; each target hangs on its own pool.".to_owned());
    }
    if (0..plan.targets.len()).any(|at| plan.kept(at).less.is_none()) {
        said.push(format!("\"{FEWEST}\": the plan has the fewest places that are allowed (place_limits)."));
    }
    if plan.variables.iter().any(|variable| matches!(variable.theory, Some((_, false)))) {
        said.push("~: theory is an approximation here, and was where the search began.".to_owned());
    }
    said
}
