//! `docs/money.md`: every example is a scenario that loads, and its figures are what the ledger says and what the sums written
//! out by hand come to.

use crate::support::root;
use std::collections::BTreeMap;
use std::fs;
use tierflow::activity::{Cell, PeriodActivity};
use tierflow::ids::{IcbId, OptionId};
use tierflow::ledger::{Accounts, Arrangements, Settlement, Tariff, account};
use tierflow::model::{self, Model};
use tierflow::scenario::{self, Scenario};
use tierflow::units::{DAY, Pence};

/// One section of the page.
struct Example {
    title: String,
    /// Its layer, and those below it, the lowest first.
    layers: Vec<String>,
    /// Rows of cells: residents, provider, service, class, starts, finishes, excess days.
    activity: Vec<BTreeMap<String, String>>,
    /// Figure, sum by hand, pounds.
    figures: Vec<[String; 3]>,
}

/// The rows of the table whose header begins with a word.
fn table(text: &str, first: &str) -> Option<(Vec<String>, Vec<Vec<String>>)> {
    let cells = |line: &str| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    let mut lines = text.lines().skip_while(|line| !line.starts_with(&format!("| {first} |")));
    let header = cells(lines.next()?);
    Some((header, lines.skip(1).take_while(|line| line.starts_with('|')).map(cells).collect()))
}

fn block(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("```toml\n")?;
    Some(rest.split_once("```")?.0.to_owned())
}

fn examples() -> Vec<Example> {
    let page = fs::read_to_string(root().join("docs/money.md")).unwrap();
    let mut sections = page.split("\n## ");
    let base = block(sections.next().unwrap()).unwrap();
    let mut examples: Vec<Example> = Vec::new();
    for section in sections {
        let (title, text) = section.split_once('\n').unwrap();
        let layer = block(text).unwrap_or_else(|| panic!("{title}: no scenario"));
        let (mut layers, mut activity) = (vec![base.clone()], Vec::new());
        if !layer.contains("tier = ") {
            let before = examples.last().unwrap();
            (layers, activity) = (before.layers.clone(), before.activity.clone());
        }
        layers.push(layer);
        if let Some((header, rows)) = table(text, "residents of") {
            activity = rows.into_iter().map(|row| header.iter().cloned().zip(row).collect()).collect();
        }
        let (_, rows) = table(text, "figure").unwrap_or_else(|| panic!("{title}: no figures"));
        let figures = rows.into_iter().map(|row| <[String; 3]>::try_from(row).unwrap()).collect();
        examples.push(Example { title: title.to_owned(), layers, activity, figures });
    }
    examples
}

fn load(example: &Example) -> Scenario {
    let folder = tempfile::tempdir().unwrap();
    for (number, layer) in example.layers.iter().enumerate() {
        let extends = if number > 0 { format!("extends = \"{}.toml\"\n", number - 1) } else { String::new() };
        fs::write(folder.path().join(format!("{number}.toml")), extends + layer).unwrap();
    }
    let loaded = scenario::load(&folder.path().join(format!("{}.toml", example.layers.len() - 1)), &[]);
    assert!(loaded.diagnostics.is_empty(), "{}\n{}", example.title, loaded.render());
    loaded.scenario.unwrap()
}

/// The activity of the table, in a period of the model.
fn activity(example: &Example, scenario: &Scenario, model: &Model) -> PeriodActivity {
    let mut activity = PeriodActivity {
        cells: vec![Cell::default(); model.cells.len()].into(),
        excess: vec![0; model.cells.len()].into(),
        ..PeriodActivity::default()
    };
    for row in &example.activity {
        let cell = model.cells.iter_ids().find(|(_, cell)| {
            let icb = scenario.geography.home_areas[cell.home_area].icb;
            scenario.geography.icbs[icb].id == row["residents of"]
                && scenario.providers[cell.provider].id == row["provider"]
                && scenario.services[cell.service].id == row["service"]
                && (row["class"] == "all" || cell.class.to_string() == row["class"])
        });
        let (id, _) = cell.unwrap_or_else(|| panic!("{}: no cell {row:?}", example.title));
        let number = |column: &str| row.get(column).map_or(0, |text| text.parse::<u32>().unwrap());
        activity.cells[id].finishes = number("finishes");
        activity.cells[id].starts = number("starts");
        activity.excess[id] = u64::from(number("excess days")) * DAY;
    }
    activity
}

/// What the ledger says of a figure.
fn found(name: &str, scenario: &Scenario, option: &Arrangements, years: &[Accounts]) -> Pence {
    let (name, year) = name.strip_suffix(" in year 2").map_or((name, 0), |name| (name, 1));
    let accounts = &years[year];
    let (what, whom) = name.rsplit_once(if name.starts_with("borne") { " by " } else { " of " }).unwrap();
    let of = |column: &[Pence]| {
        let bodies = option.commissioners.iter().zip(column);
        bodies.filter(|(body, _)| body.id(&scenario.geography) == whom).map(|(_, pence)| *pence).sum::<Pence>()
    };
    let costs: Vec<Pence> = (0..option.commissioners.len()).map(|i| accounts.cost(i)).collect();
    let mut settlement = Settlement::new(option.icbs);
    settlement.settle(option, &accounts.borne);
    let icb = || -> IcbId { scenario.geography.icbs.iter_ids().find(|(_, icb)| icb.id == whom).unwrap().0 };
    match what {
        "value" => of(&accounts.activity_value),
        "aligned effect" => of(&accounts.aligned_effect),
        "low-volume effect" => of(&accounts.block_effect),
        "cost" => of(&costs),
        "drugs" => of(&accounts.drugs),
        "budget" => of(&accounts.budget),
        "income" => {
            let provider = scenario.providers.iter_ids().find(|(_, provider)| provider.id == whom).unwrap().0;
            accounts.income[provider]
        }
        "net cost" => settlement.net_cost[icb()],
        "own cost" => settlement.own_cost[icb()],
        "borne" if whom == "nhs-england" => settlement.nation,
        other => panic!("{other} is no figure"),
    }
}

/// A sum written out by hand: numbers with commas, `+ - x /`, per cent and brackets.
struct Sum<'a> {
    rest: &'a str,
}

impl Sum<'_> {
    fn value(text: &str) -> f64 {
        let mut sum = Sum { rest: text };
        let value = sum.terms();
        assert!(sum.rest.trim().is_empty(), "{text}: {} is left", sum.rest);
        value
    }

    fn next_is(&mut self, sign: char) -> bool {
        self.rest = self.rest.trim_start();
        self.rest.strip_prefix(sign).map(|rest| self.rest = rest).is_some()
    }

    fn terms(&mut self) -> f64 {
        let mut value = self.factors();
        loop {
            if self.next_is('+') {
                value += self.factors();
            } else if self.next_is('-') {
                value -= self.factors();
            } else {
                return value;
            }
        }
    }

    fn factors(&mut self) -> f64 {
        let mut value = self.number();
        loop {
            if self.next_is('x') {
                value *= self.number();
            } else if self.next_is('/') {
                value /= self.number();
            } else {
                return value;
            }
        }
    }

    fn number(&mut self) -> f64 {
        if self.next_is('(') {
            let value = self.terms();
            assert!(self.next_is(')'), "{}", self.rest);
            return value;
        }
        let end = self.rest.find(|c: char| !(c.is_ascii_digit() || ",.".contains(c))).unwrap_or(self.rest.len());
        let (digits, rest) = self.rest.split_at(end);
        self.rest = rest;
        let value: f64 = digits.replace(',', "").parse().unwrap_or_else(|_| panic!("{digits}{rest}"));
        if self.next_is('%') { value / 100.0 } else { value }
    }
}

#[test]
fn every_example_comes_to_what_is_written() {
    let examples = examples();
    assert!(examples.len() >= 20, "{}", examples.len());
    for example in &examples {
        let scenario = load(example);
        let rules = scenario.options[OptionId(0)].flow_rules;
        let model = model::compile(&scenario, rules).unwrap();
        let tariff = Tariff::compile(&scenario, &model);
        let option = Arrangements::compile(&scenario, &model, &tariff, OptionId(0));
        let first = activity(example, &scenario, &model);
        let none =
            PeriodActivity { cells: vec![Cell::default(); model.cells.len()].into(), ..PeriodActivity::default() };
        let periods = (0..model.calendar.base.len()).map(|base| if base == 0 { &first } else { &none });
        let years: Vec<Accounts> =
            periods.enumerate().map(|(base, activity)| account(&option, base, &tariff.value(activity))).collect();
        for [figure, by_hand, pounds] in &example.figures {
            let name = format!("{}: {figure}", example.title);
            let stated = (Sum::value(pounds.trim_start_matches('-')) * 100.0).round() as i64
                * if pounds.starts_with('-') { -1 } else { 1 };
            let sum = Sum::value(by_hand) * 100.0;
            // Of a shared amount a penny may go to another member.
            let rounding = if figure.starts_with("net cost") { 1.0 } else { 0.5 };
            assert!((sum - stated as f64).abs() <= rounding + 1e-6, "{name}: {by_hand} is {sum} pence");
            assert_eq!(found(figure, &scenario, &option, &years), Pence(stated), "{name}");
        }
    }
}

/// Every payment rule and every share rule has an example.
#[test]
fn every_rule_has_an_example() {
    let page = fs::read_to_string(root().join("docs/money.md")).unwrap();
    let words = [
        "market_forces_factor",
        "top_ups",
        "excess-bed-day",
        "specialised_share",
        "aligned = {}",
        "rate = \"50 %\"",
        "low_volume = \"table\"",
        "threshold =",
        "delegated_inside",
        "\"drugs\"",
        "drugs_holder",
        "\"history\"",
        "\"need\"",
        "\"converging\"",
        "\"stated\"",
        "risk_share = \"none\"",
        "\"by-contribution\"",
        "\"by-use\"",
        "cap_and_collar",
        "top_slice = true",
    ];
    for word in words {
        assert!(page.contains(word), "{word}");
    }
}
