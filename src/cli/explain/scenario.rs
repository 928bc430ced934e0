//! A scenario in words: what is simulated, and who decides and pays in each option.

mod money;
mod pathway;
mod rules;

use crate::cli::check;
use crate::cli::numbers::{self, fixed, percent};
use crate::cli::printer::{Paint, Printer};
use crate::cli::scenario_words as words;
use crate::cli::text::wrap;
use crate::domain::{
    Arrangement, Delegation, FlowRules, IcbKind, PaymentRules, Role, Service, StartingState, TieringOption,
};
use crate::experiment::Simulation;
use crate::ids::ServiceId;
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
        self.part("Rules of pools", &rules::pools(scenario));
        self.part("Who waits at the start", &rules::waiting(scenario));
        self.part("Flow rules: where patients go", &rules::flow(scenario));
        let loads = check::expected_loads(scenario, self.simulations, self.width, self.paint);
        if !loads.is_empty() {
            self.heading("Load to expect on the fullest pools");
            self.text += &loads;
        }
        self.heading("Tiering options, the reference first");
        for option in scenario.shown.iter().map(|&id| &scenario.options[id]) {
            self.option(option);
        }
        self.part("Payment and budgets", &money::rules(scenario));
        self.text
    }

    /// A heading with lines, if there are any.
    fn part(&mut self, heading: &str, lines: &[String]) {
        if !lines.is_empty() {
            self.heading(heading);
        }
        for line in lines {
            self.say(1, line);
        }
    }

    fn places(&mut self) {
        let geography = &self.scenario.geography;
        let population: f64 = geography.home_areas.iter().filter_map(|area| area.population).sum();
        if population > 0.0 {
            self.say(1, &format!("{} registered persons", fixed(population, 0)));
        }
        if let Some(day) = geography.bodies_as_of {
            self.say(1, &format!("results by the ICBs of {day}"));
        }
        let others = geography.icbs.iter().filter(|icb| icb.kind == IcbKind::OtherNation);
        let others: Vec<String> = others.map(|icb| words::labelled(&icb.id, &icb.name)).collect();
        if !others.is_empty() {
            self.say(1, &format!("other nations, which pay for their own residents: {}", others.join("; ")));
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
            let icbs = self.scenario.followed_icbs();
            let icbs = icbs.into_iter().map(|icb| &geography.icbs[icb]);
            let icbs: Vec<String> = icbs.map(|icb| words::labelled(&icb.id, &icb.name)).collect();
            self.say(
                1,
                &format!(
                    "scope: every patient of {}; and every resident of {}, wherever treated",
                    names.join("; "),
                    icbs.join("; ")
                ),
            );
        }
    }

    fn service(&mut self, id: ServiceId, service: &Service) {
        // The same under all options.
        let per_day = self.simulations.first().map_or(0.0, |Simulation { model, .. }| {
            let of_service = model.routes.iter_ids().filter(|(_, plan)| model.streams[plan.stream].service == id);
            of_service.map(|(route, _)| model.expected.in_scope_per_day[route]).sum::<f64>()
        });
        let per_year = per_day * DAYS_PER_YEAR;
        let delegation = match service.delegation {
            Delegation::SuitableNow => "suitable for delegation",
            Delegation::SuitableLater => "suitable for delegation later",
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
        self.say(2, &pathway::referral(&self.scenario.referral[id]));
        for line in pathway::patients(service) {
            self.say(2, &line);
        }
        for (stage_id, stage) in service.stages.iter_ids() {
            let words = pathway::stage(stage, stage_id.0 == 0, &service.stages);
            self.say(2, &format!("{}. {words}", stage_id.0 + 1));
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
        let flow = &self.scenario.flow_rules[option.flow_rules].id;
        if flow != FlowRules::BASE {
            self.say(2, &format!("patients go by the flow rules `{flow}`"));
        }
        let mut groups = option.groups();
        groups.sort_by_key(|group| (group.from, std::cmp::Reverse(group.services.len())));
        let regions = &self.scenario.geography.regions;
        for (i, group) in groups.iter().enumerate() {
            let names: Vec<&str> = group.services.iter().map(|&id| self.scenario.services[id].id.as_str()).collect();
            let mut whom = match names.len() {
                all if all == self.scenario.services.len() => "all services".to_owned(),
                many if i == 0 || many > 4 => numbers::of(many, "service", "services"),
                _ => names.join(", "),
            };
            if group.regions.len() < regions.len() {
                let names: Vec<&str> = group.regions.iter().map(|&id| regions[id].id.as_str()).collect();
                whom = format!("{whom} in {}", names.join(", "));
            }
            if let Some(from) = group.from {
                whom = format!("from {from}, {whom}");
            }
            self.say(2, &format!("{whom}: {}", self.roles(group.arrangement, option)));
        }
        if self.scenario.flow_rules.len() > 1 {
            self.say(2, &format!("patients flow by the rules `{}`", self.scenario.flow_rules[option.flow_rules].id));
        }
        let (payment, budget) = (&self.scenario.payments[option.payment].id, option.budget);
        if payment != PaymentRules::BASE {
            self.say(2, &format!("providers are paid by the rules `{payment}`"));
        }
        if let Some(budget) = budget {
            self.say(2, &format!("budgets: `{}`", self.scenario.budgets[budget].id));
        }
        if let Some(sharing) = money::sharing(option) {
            self.say(2, &sharing);
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
        let Arrangement { state, decides, pays, contracts, bears_variance } = arrangement;
        if [pays, contracts, bears_variance].iter().all(|role| *role == decides) {
            return format!("{state}: {} decides, pays, contracts and bears the variance", body(decides));
        }
        format!(
            "{state}: {} decides, {} pays, {} contracts, {} bears the variance",
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
