//! Profiles: how a rate changes with time.

use crate::domain::Profile;
use crate::scenario::codes::Code;
use crate::scenario::read::{Context, Row};
use crate::scenario::{leaf, source::Place};
use crate::units::Ticks;
use std::collections::BTreeMap;

/// The most steps of a cycle: each minute of a week.
const STEPS: usize = 10_080;

/// Builds all named profiles.
pub(super) fn build(cx: &mut Context<'_>) -> BTreeMap<String, Profile> {
    let mut profiles = BTreeMap::new();
    for (name, row) in cx.sections("profiles") {
        let profile = if let Some(wave) = row.section("sinusoidal") {
            sinusoidal(wave)
        } else {
            row.section("piecewise").and_then(|steps| piecewise(cx, steps))
        };
        profiles.insert(name.text.to_string(), profile.unwrap_or(Profile::Constant));
    }
    profiles
}

fn sinusoidal(wave: Row<'_>) -> Option<Profile> {
    Some(Profile::Sinusoidal {
        cycle: wave.ticks("cycle")?,
        amplitude: wave.share("amplitude")?,
        peak: wave.ticks("peak").unwrap_or_default(),
    })
}

fn piecewise(cx: &mut Context<'_>, row: Row<'_>) -> Option<Profile> {
    let mut bad = |place: Place, message: String| {
        cx.sink.report_plain(Code::BadProfile, place, || message);
    };
    let cycle = row.ticks("cycle")?;
    let list = row.node("factor")?;
    let factors: Vec<f64> = list.array()?.iter().map(|node| leaf::percentage(node).ok()).collect::<Option<_>>()?;
    if factors.is_empty() || factors.len() > STEPS {
        bad(list.place, format!("a cycle has 1 to {STEPS} factors, not {}", factors.len()));
        return None;
    }
    if factors.iter().all(|&factor| factor <= 0.0) {
        bad(list.place, "all factors are zero, so nobody would ever be referred".to_owned());
        return None;
    }
    let from: Vec<Ticks> = if let Some(node) = row.node("from") {
        let instants = node.array()?.iter();
        instants.map(|item| leaf::duration(item).ok().map(Ticks::from_days)).collect::<Option<_>>()?
    } else {
        let parts = factors.len() as u128;
        (0..parts).map(|part| Ticks((u128::from(cycle.0) * part / parts) as u64)).collect()
    };
    let place = row.at("from");
    if from.len() != factors.len() {
        bad(place, format!("there are {} instants but {} factors", from.len(), factors.len()));
        return None;
    }
    let rising = from.is_sorted_by(|a, b| a < b);
    if !rising || from.first() != Some(&Ticks(0)) || from.last().is_some_and(|&last| last >= cycle) {
        bad(place, "the instants do not rise from zero within the cycle".to_owned());
        return None;
    }
    Some(Profile::Piecewise { cycle, steps: from.into_iter().zip(factors).collect() })
}
