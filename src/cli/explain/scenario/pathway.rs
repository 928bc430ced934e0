//! Services and their stages in words.

use crate::cli::numbers::{self, fixed, percent};
use crate::cli::scenario_words as words;
use crate::domain::{
    AwayStay, Charge, ChargeUnit, ChoiceRule, Class, LocalCosts, Referral, Rise, RiseWhen, Service, Stage, StageSite,
    TravelMeasure, WhenFull,
};
use crate::ids::{IndexVec, StageId};
use crate::random::Distribution;
use crate::units::DAYS_PER_YEAR;
use std::fmt::Write as _;

/// What a service says about its patients beyond their pathway, a line each.
pub(super) fn patients(service: &Service) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(shares) = service.classes {
        let classes: Vec<String> = Class::ALL
            .into_iter()
            .zip(shares)
            .filter(|(_, share)| *share > 0.0)
            .map(|(class, share)| format!("{} {class}", percent(share, 0)))
            .collect();
        lines.push(format!("{}; the first of these go first, inside a class by the list's order", classes.join(", ")));
    }
    if service.batches.len() > 1 {
        lines.push(format!(
            "patients are referred {} at a time on average, up to {}",
            fixed(service.mean_batch(), 2),
            service.batches.len()
        ));
    }
    if let Some(returns) = &service.returns {
        lines.push(format!(
            "{} of the refused come back after {}, at most {}",
            percent(returns.share, 0),
            stay(&returns.after),
            numbers::of(returns.at_most as usize, "time", "times")
        ));
    }
    lines
}

/// How the referrals of a service are distributed.
pub(super) fn referral(referral: &Referral) -> String {
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
        Referral::Choice { rule, on, attractions, wait_decay } => {
            let unit = match on {
                TravelMeasure::Minutes => "minutes",
                TravelMeasure::Km => "kilometres",
            };
            let mut rule = match rule {
                ChoiceRule::Logit { decay } => format!("logit, utility falls by {decay} for each of the {unit}"),
                ChoiceRule::Huff { exponent, at_least } => {
                    format!("Huff, attraction over {unit} to the power {exponent}, at least {at_least}")
                }
            };
            if *wait_decay > 0.0 {
                let _ = write!(rule, "; utility falls by {wait_decay} for each day of the expected wait");
            }
            format!("patients choose among {} ({rule})", numbers::of(attractions.len(), "provider", "providers"))
        }
    }
}

/// A stage: what it needs, how long it takes, what holds while patients wait, where they go on.
pub(super) fn stage(stage: &Stage, first: bool, stages: &IndexVec<StageId, Stage>) -> String {
    let mut text = format!("{}: ", stage.name);
    let near_home = if stage.site == StageSite::NearHome { " at the nearest provider to home that has it" } else { "" };
    // Writing to a String cannot fail.
    let _ = match needs(stage) {
        Some(needs) => write!(text, "{needs}{near_home} for {}", stay(&stage.stay)),
        None => write!(text, "no place is needed; it takes {}", stay(&stage.stay)),
    };
    if let Some(AwayStay { from, stay: away, .. }) = &stage.away {
        let _ = write!(text, "; {} for those treated outside their {from}", stay(away));
    }
    text += &holding(stage, first);
    text += &waiting(stage, first);
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

/// The places that a stage needs, if any.
fn needs(stage: &Stage) -> Option<String> {
    let parts: Vec<String> = stage
        .needs
        .iter()
        .map(|need| match need.places {
            1 => format!("a place in `{}`", need.pool),
            places => format!("{places} places in `{}`", need.pool),
        })
        .collect();
    let at_once = if parts.len() > 1 { " at once" } else { "" };
    (!parts.is_empty()).then(|| parts.join(" and ") + at_once)
}

/// What becomes of the places held before, where it is not the default.
fn holding(stage: &Stage, first: bool) -> String {
    let needed = |pool: &String| stage.needs.iter().any(|need| need.pool == *pool);
    let beyond: Vec<String> = stage.keeps.iter().filter(|pool| !needed(pool)).map(|pool| format!("`{pool}`")).collect();
    if !beyond.is_empty() {
        return format!("; the place in {} is kept meanwhile", beyond.join(" and "));
    }
    if !first && !stage.needs.is_empty() && stage.keeps.is_empty() {
        return "; the places held before are given back first".to_owned();
    }
    String::new()
}

/// What holds for those who find no place.
fn waiting(stage: &Stage, first: bool) -> String {
    let mut text = String::new();
    if let Some(rule) = stage.when_full {
        let rule = match rule {
            WhenFull::Wait => "patients wait",
            WhenFull::Refuse => "patients are refused",
            WhenFull::Block => "patients block the places that they hold",
        };
        let _ = write!(text, "; when it is full, {rule}");
    }
    if stage.transfers != first && !stage.needs.is_empty() {
        text += if first { "; nobody is sent to another provider" } else { "; patients may go to another provider" };
    }
    if stage.patience.iter().all(|patience| *patience == stage.patience[0]) {
        if let Some(patience) = &stage.patience[0] {
            let _ = write!(text, "; patients leave the list after {}", stay(patience));
        }
    } else {
        for (class, patience) in Class::ALL.into_iter().zip(&stage.patience) {
            if let Some(patience) = patience {
                let _ = write!(text, "; {class} patients leave the list after {}", stay(patience));
            }
        }
    }
    for Rise { to, when } in &stage.rises {
        let _ = match when {
            RiseWhen::Waited(time) => write!(text, "; after {} on the list patients rise to {to}", words::span(*time)),
            RiseWhen::BeforeBreach(time) => {
                write!(text, "; {} before the breach date patients rise to {to}", words::span(*time))
            }
        };
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
        ChargeUnit::Drugs => "a stay that starts, for drugs and devices".to_owned(),
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
