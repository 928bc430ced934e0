//! Sets of budgets.

use crate::domain::{BudgetBasis, BudgetRules, IcbKind};
use crate::ids::{BudgetId, IcbId, IndexVec, ServiceId};
use crate::scenario::codes::Code;
use crate::scenario::grammar::Target;
use crate::scenario::read::{Context, Row};
use crate::scenario::validated::Scenario;
use crate::units::Pence;
use std::collections::{BTreeMap, BTreeSet};

type Lines = BTreeMap<(IcbId, ServiceId), Pence>;

/// Builds the sets, sorted by id.
pub(super) fn build(cx: &mut Context<'_>) -> IndexVec<BudgetId, BudgetRules> {
    let rows: BTreeMap<&str, Row<'_>> = cx.sections("budgets").map(|(name, row)| (&*name.text, row)).collect();
    let ids = cx.names.all(Target::Budget).to_vec();
    let stated: BTreeSet<&str> =
        rows.iter().filter(|(_, row)| row.text("basis") == Some("stated")).map(|(id, _)| *id).collect();
    let mut lines = lines(cx, &stated);
    let set = |id: String| {
        let row = rows.get(id.as_str()).copied();
        let basis = row.map_or(BudgetBasis::History { level: 1.0 }, |row| {
            basis(cx, row, lines.remove(id.as_str()).unwrap_or_default())
        });
        BudgetRules {
            name: row.map_or_else(|| id.clone(), |row| row.name(&id)),
            basis,
            growth: row.and_then(|row| row.percentage("growth")).unwrap_or(0.0),
            large_overspend: row.and_then(|row| row.share("large_overspend")).unwrap_or(0.05),
            id,
        }
    };
    ids.into_iter().map(set).collect()
}

fn basis(cx: &mut Context<'_>, row: Row<'_>, lines: Lines) -> BudgetBasis {
    let kind = row.text("basis").unwrap_or("stated");
    for (key, has_use) in [("level", kind != "stated"), ("yearly_cap", kind == "converging")] {
        if row.node(key).is_some() && !has_use {
            cx.sink.report(Code::BudgetKey, row.at(key), || {
                (format!("{key} has no use for budgets with basis = \"{kind}\""), format!("Remove {key}."))
            });
        }
    }
    if kind == "converging" && row.node("yearly_cap").is_none() {
        cx.sink.report(Code::BudgetKey, row.at("basis"), || {
            let cure = "Add yearly_cap, such as yearly_cap = \"1 %\".";
            ("budgets that converge need yearly_cap".to_owned(), cure.to_owned())
        });
    }
    let level = row.percentage("level").unwrap_or(1.0);
    match kind {
        "history" => BudgetBasis::History { level },
        "need" => BudgetBasis::Need { level },
        "converging" => BudgetBasis::Converging { level, yearly_cap: row.share("yearly_cap").unwrap_or(0.0) },
        _ => BudgetBasis::Stated(lines),
    }
}

/// The stated lines of each set.
fn lines<'a>(cx: &mut Context<'a>, stated: &BTreeSet<&'a str>) -> BTreeMap<&'a str, Lines> {
    let mut all: BTreeMap<&str, Lines> = BTreeMap::new();
    for row in cx.rows("budget_lines") {
        let sets: Vec<&str> = match row.text("budget") {
            Some(set) if stated.contains(set) => vec![set],
            None if !stated.is_empty() => stated.iter().copied().collect(),
            set => {
                // A set that does not exist has its own diagnostic.
                if set.is_none_or(|set| cx.names.id::<BudgetId>(Target::Budget, set).is_some()) {
                    cx.sink.report(Code::BudgetLine, row.at("budget"), || {
                        let named = set.map_or_else(
                            || "no set of budgets is stated".to_owned(),
                            |set| format!("the budgets {set} are not stated"),
                        );
                        let cure = "Set basis = \"stated\" in [budgets.ID], or remove the row.";
                        (format!("{named}, so this line has no use"), cure.to_owned())
                    });
                }
                continue;
            }
        };
        let (Some(icb), Some(service)) = (row.text("icb"), row.text("service")) else { continue };
        let ids = cx.names.id(Target::Icb, icb).zip(cx.names.id(Target::Service, service));
        let (Some(key), Some(pence)) = (ids, row.money("per_year")) else { continue };
        for set in sets {
            all.entry(set).or_default().insert(key, pence);
        }
    }
    twice(cx, stated);
    all
}

/// Lines as stated: those of merged ICBs add up, but the same line twice is a mistake.
fn twice(cx: &mut Context<'_>, stated: &BTreeSet<&str>) {
    let mut seen = BTreeSet::new();
    for row in cx.stated_rows("budget_lines") {
        let (Some(icb), Some(service)) = (row.text("icb"), row.text("service")) else { continue };
        for set in stated.iter().filter(|set| row.text("budget").is_none_or(|own| own == **set)) {
            if !seen.insert((*set, icb, service)) {
                cx.sink.report(Code::BudgetLine, Some(row.place), || {
                    let message = format!("the budgets {set} have two lines for {icb} and {service}");
                    (message, "Remove one of them.".to_owned())
                });
            }
        }
    }
}

/// What only the whole scenario tells: whether budgets are complete, and whether somebody has them.
pub(super) fn check(cx: &mut Context<'_>, scenario: &Scenario) {
    let used: BTreeSet<BudgetId> = scenario.options.iter().filter_map(|option| option.budget).collect();
    for (name, row) in cx.sections("budgets") {
        let Some(id) = cx.names.id::<BudgetId>(Target::Budget, &name.text) else { continue };
        let Some(set) = scenario.budgets.get(id) else { continue };
        if !used.contains(&id) && !cx.sink.has_errors() {
            cx.sink.report(Code::Unused, Some(row.place), || {
                let cure = format!("Add budget = \"{}\" to an option, or remove the set.", name.text);
                (format!("no option has the budgets {}", name.text), cure)
            });
        }
        match &set.basis {
            BudgetBasis::Stated(lines) => missing(cx, scenario, &name.text, row, lines),
            BudgetBasis::Need { .. } | BudgetBasis::Converging { .. } => needs(cx, scenario, &name.text, row),
            BudgetBasis::History { .. } => {}
        }
    }
}

fn missing(cx: &mut Context<'_>, scenario: &Scenario, name: &str, row: Row<'_>, lines: &Lines) {
    // Only of these ICBs budgets are compared with costs.
    let whole = scenario.followed_icbs();
    let pairs: BTreeSet<(IcbId, ServiceId)> = scenario
        .demand
        .iter()
        .map(|stream| (scenario.geography.home_areas[stream.home_area].icb, stream.service))
        .filter(|pair| whole.contains(&pair.0) && !lines.contains_key(pair))
        .collect();
    let Some(&(icb, service)) = pairs.first() else { return };
    if cx.whole("budget_lines") {
        cx.sink.report(Code::BudgetMissing, row.at("basis"), || {
            let (icb, service) = (&scenario.geography.icbs[icb].id, &scenario.services[service].id);
            let more = if pairs.len() > 1 { format!(" and {} more pairs", pairs.len() - 1) } else { String::new() };
            let message = format!("the budgets {name} have no line for {icb} and {service}{more}");
            (message, format!("Add rows such as {icb},{service},\"£1,000,000\" to budget_lines; £0 is a budget too."))
        });
    }
}

fn needs(cx: &mut Context<'_>, scenario: &Scenario, name: &str, row: Row<'_>) {
    let geography = &scenario.geography;
    let lacks = geography.home_areas.iter().find(|area| {
        geography.icbs[area.icb].kind == IcbKind::Board
            && area.need_weighted_population.or(area.population).is_none_or(|persons| persons <= 0.0)
    });
    if let Some(area) = lacks.filter(|_| cx.whole("home_areas")) {
        cx.sink.report_plain(Code::BudgetNeed, row.at("basis"), || {
            format!("the budgets {name} follow need, but home area {} states no population", area.id)
        });
    }
}
