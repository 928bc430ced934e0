//! A capacity plan in the terminal.

use crate::cli::grid::{Grid, Kind};
use crate::cli::numbers;
use crate::cli::printer::Printer;
use crate::cli::scenario_words as words;
use crate::cli::text::wrap;
use crate::experiment::{Meet, Seen};
use crate::results::CapacityPlan;

/// The places, the targets with them and with one step less, and what may be said of the plan.
pub(super) fn shown(plan: &CapacityPlan<'_>, printer: Printer) -> String {
    let (width, paint) = (printer.width(), printer.paint_result());
    let paragraph = |text: String| wrap(&text, width, "");
    let title = paragraph(title(plan)).lines().map(|line| paint.bold(line) + "\n").collect::<String>();
    let mut blocks = vec![title + &paragraph(facts(plan)), places(plan).render(width, paint)];
    blocks.extend((0..plan.rules.aims.len()).map(|aim| target(plan, aim).render(width, paint)));
    blocks.extend(verdict(plan).into_iter().map(paragraph));
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
fn places(plan: &CapacityPlan<'_>) -> Grid {
    let number = |header: &str| (header.to_owned(), Kind::Number);
    let years = plan.variables.iter().any(|variable| variable.year.is_some());
    let costs = plan.variables.iter().any(|variable| variable.cost.is_some());
    let mut columns = vec![("Provider".to_owned(), Kind::Key), ("Pool".to_owned(), Kind::Text { least: 12 })];
    if years {
        columns.push(("Year".to_owned(), Kind::Key));
    }
    columns.extend(["Load", "Today", "Theory", "Plan", "Change"].map(number));
    if costs {
        columns.push(number("£ a year"));
    }
    let mut grid = Grid::new(columns);
    let (mut now, mut sum, mut cost) = (Some(0), 0, 0.0);
    for (variable, &places) in plan.variables.iter().zip(&plan.planned.places) {
        let pool = &plan.scenario.pools[variable.pool];
        let mut cells = vec![plan.scenario.providers[pool.provider].id.clone(), pool.id.clone()];
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
        if costs {
            let pounds = variable.cost.map(|cost| cost.pounds() * f64::from(places));
            cost += pounds.unwrap_or(0.0);
            cells.push(pounds.map_or(numbers::NO_VALUE.to_owned(), |pounds| numbers::fixed(pounds, 0)));
        }
        grid.row(cells);
        now = now.zip(variable.now).map(|(sum, now)| sum + now);
        sum += places;
    }
    if plan.variables.len() > 1 && !years {
        grid.foot();
        let mut cells = vec!["All".to_owned(), String::new()];
        cells.extend([
            numbers::fixed(plan.variables.iter().map(|variable| variable.knob.load).sum(), 1),
            now.map_or(numbers::NO_VALUE.to_owned(), |now| numbers::count(now as usize)),
            String::new(),
            numbers::count(sum as usize),
            now.map_or(numbers::NO_VALUE.to_owned(), |now| change(f64::from(sum) - f64::from(now))),
        ]);
        if costs {
            cells.push(numbers::fixed(cost, 0));
        }
        grid.row(cells);
    }
    grid
}

fn change(value: f64) -> String {
    if value > 0.0 { format!("+{}", numbers::fixed(value, 0)) } else { numbers::fixed(value, 0) }
}

/// One target of all its entities, with the plan and with one step less.
fn target(plan: &CapacityPlan<'_>, wanted: usize) -> Grid {
    let number = |header: &str| (header.to_owned(), Kind::Number);
    let aim = &plan.rules.aims[wanted];
    let mut grid = Grid::new(vec![
        (aim.text.clone(), Kind::Text { least: 24 }),
        number("With the plan"),
        number("One step less"),
        (String::new(), Kind::Key),
    ]);
    for (at, target) in plan.targets.iter().enumerate().filter(|(_, target)| target.aim == wanted) {
        let unit = aim.metric.unit;
        let kept = plan.kept(at);
        let year = if target.period == "all" { String::new() } else { format!(" {}", target.period) };
        let less = kept.less.map_or(numbers::NO_VALUE.to_owned(), |(_, seen, exact)| shown_value(seen, exact, unit));
        grid.row(vec![
            target.entity.join(" ") + &year,
            shown_value(kept.seen, kept.exact, unit),
            less,
            mark(kept.holds, is_close(plan, at)).to_owned(),
        ]);
    }
    grid
}

/// Whether one step less of its pool may do as well: no target that hangs on the pool is known to fail then.
fn is_close(plan: &CapacityPlan<'_>, at: usize) -> bool {
    let goal = plan.targets[at].goal;
    let fails = |other: usize| {
        let (goal, kept) = (plan.targets[other].goal, plan.kept(other));
        let within = |value: f64| if goal.at_most { value <= goal.bound } else { value >= goal.bound };
        goal.eased
            && kept.less.is_some_and(|(.., exact)| match exact {
                Some(exact) => !within(exact),
                None => kept.separated == Some(true),
            })
    };
    let mut same = (0..plan.targets.len()).filter(|&other| plan.targets[other].goal.knob == goal.knob);
    goal.eased && plan.kept(at).separated == Some(false) && plan.kept(at).holds && !same.any(fails)
}

/// Whether it holds, and whether the step is known to matter.
fn mark(holds: bool, close: bool) -> &'static str {
    match (holds, close) {
        (false, _) => "missed",
        (true, true) => "holds, close",
        (true, false) => "holds",
    }
}

/// `4.9 % ± 0.3 %`; by theory `= 4.93 %`.
fn shown_value(seen: Seen, exact: Option<f64>, unit: &str) -> String {
    let value = |value: f64, decimals: usize| match unit {
        "share" => numbers::percent(value, decimals),
        "days" => format!("{} d", numbers::fixed(value, decimals)),
        _ => numbers::fixed(value, decimals),
    };
    let digits = |scale: f64| numbers::decimals(if unit == "share" { 100.0 * scale } else { scale }, 2, 4);
    if let Some(exact) = exact {
        return format!(
            "= {}",
            value(exact, numbers::decimals(if unit == "share" { 100.0 * exact } else { exact }, 3, 4))
        );
    }
    let Some(interval) = seen.interval.filter(|_| seen.mean.is_finite()) else {
        return value(seen.mean, digits(seen.mean));
    };
    let half = 0.5 * (interval.high - interval.low);
    let decimals = if half > 0.0 { digits(half) } else { digits(seen.mean) };
    format!("{} ± {}", value(seen.mean, decimals).trim_end_matches(" %").trim_end_matches(" d"), value(half, decimals))
}

fn verdict(plan: &CapacityPlan<'_>) -> Vec<String> {
    let planned = &plan.planned;
    let mut said = Vec::new();
    let simulated = plan.targets.iter().any(|target| target.goal.eased && !target.goal.known);
    let block = format!("replications {} to {}", planned.block.start, planned.block.end.saturating_sub(1));
    if !plan.out_of_reach().is_empty() {
        let names: Vec<String> = plan.out_of_reach().into_iter().take(12).map(|at| reach(plan, at)).collect();
        said.push(format!("No plan within the limits: {}.", names.join("; ")));
    } else if !planned.confirmed {
        said.push(format!(
            "Not confirmed: after {} raises some target still failed on replications that the plan had not seen; give the search more \
             (--max-replications).",
            planned.tries
        ));
    } else if simulated {
        let raised = match planned.tries {
            1 => String::new(),
            tries => format!(" after {}", numbers::of(tries as usize - 1, "raise", "raises")),
        };
        said.push(format!("Confirmed{raised} on {block}, which the search had not seen. ±: 95 % error."));
    } else {
        said.push(format!("Theory is exact here and is the answer (=); simulated beside it on {block}."));
    }
    let close = (0..plan.targets.len()).filter(|&at| is_close(plan, at)).count();
    if close > 0 {
        said.push(format!(
            "\"close\": one step less cannot be told from the bound ({}); it may do as well. More replications tell \
             (--max-replications).",
            numbers::of(close, "target", "targets")
        ));
    }
    if planned.together && plan.variables.len() > 1 {
        said.push("One step less: of all pools together; each target hangs on its own pool.".to_owned());
    }
    if plan.variables.iter().any(|variable| matches!(variable.theory, Some((_, false)))) {
        said.push("~: theory is an approximation here, and was where the search began.".to_owned());
    }
    said
}

/// What stops a plan.
fn reach(plan: &CapacityPlan<'_>, at: usize) -> String {
    let target = &plan.targets[at];
    let aim = &plan.rules.aims[target.aim];
    let (of, kept) = (target.entity.join(" "), plan.kept(at));
    let value = shown_value(kept.seen, kept.exact, aim.metric.unit);
    match target.goal.knob {
        _ if !target.goal.eased => {
            format!("{} of {of} contradicts the other targets: with the places that they need it is {value}", aim.text)
        }
        Some(knob) => format!(
            "{} of {of} is {value} even with the most places, {}",
            aim.text,
            numbers::count(plan.planned.places[knob] as usize)
        ),
        None => format!("{} of {of} is {value} even with the most places of every pool", aim.text),
    }
}
