//! A scenario in words: what is simulated, and who decides and pays in each option.

use crate::cli::check;
use crate::cli::numbers::{self, fixed, percent};
use crate::cli::printer::{Paint, Printer};
use crate::cli::scenario_words as words;
use crate::cli::text::wrap;
use crate::domain::{
    Arrangement, Charge, ChargeUnit, ChoiceRule, Delegation, LocalCosts, Referral, Role, Service, Stage, StartingState,
    TieringOption, TravelMeasure,
};
use crate::experiment::Simulation;
use crate::ids::{IndexVec, ServiceId, StageId};
use crate::random::Distribution;
use crate::scenario::Scenario;
use crate::units::DAYS_PER_YEAR;
use std::fmt::Write as _;

/// The whole scenario.
pub(super) fn in_words(scenario: &Scenario, simulations: &[Simulation], printer: Printer) -> String {
    let teller =
        Teller { scenario, simulations, width: printer.width(), paint: printer.paint_result(), text: String::new() };
    teller.tell()
}

struct Teller<'a> {
    scenario: &'a Scenario,
    simulations: &'a [Simulation],
    width: usize,
    paint: Paint,
    text: String,
}

impl Teller<'_> {
    fn heading(&mut self, text: &str) {
        self.text += "\n";
        self.text += &self.paint.bold(text);
        self.text += "\n";
    }

    /// A paragraph so many steps in.
    fn say(&mut self, depth: usize, text: &str) {
        let indent = "  ".repeat(depth);
        for line in wrap(text, self.width.saturating_sub(indent.len()), "  ").lines() {
            // Writing to a String cannot fail.
            let _ = writeln!(self.text, "{indent}{line}");
        }
    }

    fn tell(mut self) -> String {
        let scenario = self.scenario;
        let title = if scenario.title.is_empty() { &scenario.name } else { &scenario.title };
        self.text = wrap(title, self.width, "").lines().map(|line| self.paint.bold(line) + "\n").collect();
        if !scenario.question.is_empty() {
            self.text.push('\n');
            self.text += &paragraphs(&scenario.question, self.width);
        }
        self.heading("What it holds");
        for line in check::counts(scenario, self.simulations) {
            self.say(1, &line);
        }
        self.places();
        self.heading("Services");
        for (id, service) in scenario.services.iter_ids() {
            self.service(id, service);
        }
        let loads = check::expected_loads(scenario, self.simulations, self.width, self.paint);
        if !loads.is_empty() {
            self.heading("Load to expect on the fullest pools");
            self.text += &loads;
        }
        self.heading("Tiering options, the reference first");
        for option in &scenario.options {
            self.option(option);
        }
        self.say(1, "Who bears the variance is recorded in the manifest; it has an effect once budgets exist.");
        self.text
    }

    fn places(&mut self) {
        let geography = &self.scenario.geography;
        let population: f64 = geography.home_areas.iter().filter_map(|area| area.population).sum();
        if population > 0.0 {
            self.say(1, &format!("{} registered persons", fixed(population, 0)));
        }
        for (id, scheme) in geography.schemes.iter_ids() {
            let footprints = geography.footprints.iter().filter(|footprint| footprint.scheme == id).count();
            self.say(
                1,
                &format!("footprints `{}`: {}", scheme.id, numbers::of(footprints, "group of ICBs", "groups of ICBs")),
            );
        }
        if self.scenario.scoped {
            let names: Vec<String> = self
                .scenario
                .providers
                .iter()
                .filter(|provider| provider.in_scope)
                .map(|provider| words::labelled(&provider.id, &provider.name))
                .collect();
            self.say(
                1,
                &format!(
                    "scope: every patient of {}, and every resident of their host ICBs, wherever treated",
                    names.join("; ")
                ),
            );
        }
    }

    fn service(&mut self, id: ServiceId, service: &Service) {
        // Flow rules may take some out of the scope: those of the first option.
        let per_day = self.simulations.first().map_or(0.0, |Simulation { model, .. }| {
            let in_scope = model.routes.iter_ids().filter(|(route, plan)| {
                model.streams[plan.stream].service == id && model.first_cells[*route].is_some()
            });
            in_scope.map(|(route, _)| model.expected.referrals_per_day[route]).sum::<f64>()
        });
        let per_year = per_day * DAYS_PER_YEAR;
        let delegation = match service.delegation {
            Delegation::Delegated => "delegated",
            Delegation::Retained => "retained nationally",
        };
        self.say(
            1,
            &format!(
                "{} ({}, {delegation}): {} referrals a year to expect",
                service.name,
                service.id,
                fixed(per_year, 0)
            ),
        );
        self.say(2, &referral(&self.scenario.referral[id]));
        for (stage_id, stage) in service.stages.iter_ids() {
            self.say(2, &format!("{}. {}", stage_id.0 + 1, stage_words(stage, &service.stages)));
        }
        if service.specialised_share < 1.0 {
            self.say(
                2,
                &format!(
                    "the option's commissioner pays {} of each charge, the patient's ICB always the rest",
                    percent(service.specialised_share, 0)
                ),
            );
        }
        if service.starting_state == StartingState::Stationary {
            self.say(2, "starts with as many patients as there are in the long run");
        }
    }

    fn option(&mut self, option: &TieringOption) {
        let name = if option.name == option.id { String::new() } else { format!(": {}", option.name) };
        self.say(1, &format!("{}{name}", option.id));
        let mut kinds: Vec<(Arrangement, Vec<&str>)> = Vec::new();
        for (service, arrangement) in option.arrangements.iter_ids() {
            let name = self.scenario.services[service].id.as_str();
            match kinds.iter_mut().find(|(known, _)| known == arrangement) {
                Some((_, names)) => names.push(name),
                None => kinds.push((*arrangement, vec![name])),
            }
        }
        kinds.sort_by_key(|(_, names)| std::cmp::Reverse(names.len()));
        for (i, (arrangement, names)) in kinds.iter().enumerate() {
            let whom = match (i, kinds.len()) {
                (0, 1) => "all services".to_owned(),
                (0, _) => numbers::of(names.len(), "service", "services"),
                _ => names.join(", "),
            };
            self.say(2, &format!("{whom}: {}", self.roles(*arrangement, option)));
        }
        if self.scenario.flow_rules.len() > 1 {
            self.say(2, &format!("patients flow by the rules `{}`", self.scenario.flow_rules[option.flow_rules].id));
        }
        let pays = |role| option.arrangements.iter().any(|arrangement| arrangement.pays == role);
        if pays(Role::Footprint) || pays(Role::Region) {
            self.say(2, &format!("ICBs feed the pools by {}", option.contribution.to_string().replace('-', " ")));
        }
    }

    fn roles(&self, arrangement: Arrangement, option: &TieringOption) -> String {
        let scheme = option.scheme.map(|scheme| self.scenario.geography.schemes[scheme].id.as_str());
        let body = |role: Role| match (role, scheme) {
            (Role::Icb, _) => "the patient's ICB".to_owned(),
            (Role::Footprint, Some(scheme)) => format!("the footprint ({scheme})"),
            (Role::Footprint, None) => "the footprint".to_owned(),
            (Role::Region, _) => "the region".to_owned(),
            (Role::Nation, _) => "NHS England".to_owned(),
            (Role::HostIcb, _) => "the provider's ICB".to_owned(),
        };
        let Arrangement { decides, pays, contracts, bears_variance } = arrangement;
        if [pays, contracts, bears_variance].iter().all(|role| *role == decides) {
            return format!("{} decides, pays, contracts and bears the variance", body(decides));
        }
        format!(
            "{} decides, {} pays, {} contracts, {} bears the variance",
            body(decides),
            body(pays),
            body(contracts),
            body(bears_variance)
        )
    }
}

fn paragraphs(text: &str, width: usize) -> String {
    let joined: Vec<String> =
        text.trim().split("\n\n").map(|paragraph| wrap(&paragraph.replace('\n', " "), width, "")).collect();
    joined.join("\n")
}

fn referral(referral: &Referral) -> String {
    match referral {
        Referral::Observed(areas) => {
            let mut providers: Vec<_> =
                areas.iter().flat_map(|(_, shares)| shares.iter().map(|share| share.0)).collect();
            providers.sort_unstable();
            providers.dedup();
            format!(
                "patients go where they were observed to go: {}",
                numbers::of(providers.len(), "provider", "providers")
            )
        }
        Referral::Choice { rule, on, attractions, .. } => {
            let unit = match on {
                TravelMeasure::Minutes => "minutes",
                TravelMeasure::Km => "kilometres",
            };
            let rule = match rule {
                ChoiceRule::Logit { decay } => format!("logit, utility falls by {decay} for each of the {unit}"),
                ChoiceRule::Huff { exponent, at_least } => {
                    format!("Huff, attraction over {unit} to the power {exponent}, at least {at_least}")
                }
            };
            format!("patients choose among {} ({rule})", numbers::of(attractions.len(), "provider", "providers"))
        }
    }
}

fn stage_words(stage: &Stage, stages: &IndexVec<StageId, Stage>) -> String {
    let mut text = format!("{}: ", stage.name);
    let _ = match stage.pool() {
        Some(pool) => write!(text, "a place in `{pool}` for {}", stay(&stage.stay)),
        None => write!(text, "no place is needed; it takes {}", stay(&stage.stay)),
    };
    let on: f64 = stage.next.iter().map(|next| next.probability).sum();
    for next in &stage.next {
        let _ = write!(text, "; {} go on to {}", percent(next.probability, 1), stages[next.stage].name);
    }
    if on > 0.0 && on < 1.0 - 1e-9 {
        text += ", the rest leave";
    }
    if let Some(standard) = stage.wait_standard {
        let _ = write!(text, "; waiting standard {}", words::span(standard));
    }
    for charge in &stage.charges {
        let _ = write!(text, "; {}", price(charge, stage));
    }
    text
}

fn price(charge: &Charge, stage: &Stage) -> String {
    let unit = match charge.unit {
        ChargeUnit::Start => "a start".to_owned(),
        ChargeUnit::Finish => "a finished stay".to_owned(),
        ChargeUnit::BedDay => "a day".to_owned(),
        ChargeUnit::Reneged => "a patient who leaves the list".to_owned(),
        ChargeUnit::Refused => "a refused request".to_owned(),
        ChargeUnit::Cancelled => "a stay interrupted by an emergency".to_owned(),
        ChargeUnit::TransferIn => "a patient from a full provider".to_owned(),
        ChargeUnit::Session { per_week } => format!("a session, {per_week} a week"),
        ChargeUnit::ExcessBedDay => {
            let trim = stage.trim_point.map_or_else(String::new, |trim| format!(" beyond {}", words::span(trim)));
            format!("a day{trim}")
        }
    };
    let local = match charge.local_costs {
        LocalCosts::Added => "",
        LocalCosts::Included => " (local costs included)",
    };
    format!("{} {unit}{local}", charge.price)
}

fn stay(stay: &Distribution) -> String {
    let (mean, sd) = (stay.mean(), stay.variance().sqrt());
    let kind = match stay {
        Distribution::Deterministic { .. } => return format!("exactly {}", time(mean)),
        Distribution::Exponential { .. } => return format!("{} on average (exponential)", time(mean)),
        Distribution::Lognormal { .. } => "lognormal",
        Distribution::Gamma { .. } => "gamma",
        Distribution::Weibull { .. } => "Weibull",
        Distribution::Uniform { .. } => "uniform",
        Distribution::Triangular { .. } => "triangular",
        Distribution::FlooredNormal { .. } => "normal with a floor",
        Distribution::Erlang { .. } => "Erlang",
        Distribution::Hyperexponential { .. } => "hyperexponential",
        Distribution::Empirical { .. } => "as observed",
    };
    format!("{} on average ({kind}, sd {})", time(mean), time(sd))
}

/// Days as readers say them.
fn time(days: f64) -> String {
    match days {
        d if d >= 730.0 => format!("{} years", fixed(d / DAYS_PER_YEAR, 1)),
        d if d < 1.0 => format!("{} hours", fixed(d * 24.0, 1)),
        d => format!("{} days", fixed(d, 1)),
    }
}
