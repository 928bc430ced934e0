//! Choice models.

use super::super::services::Draft;
use super::{Streams, Tables};
use crate::domain::{ChoiceRule, Referral, TravelMeasure, great_circle_km};
use crate::ids::{HomeAreaId, ProviderId, ServiceId};
use crate::scenario::codes::Code;
use crate::scenario::grammar::Target;
use crate::scenario::node::Node;
use crate::scenario::read::{Context, Row};
use std::collections::BTreeMap;

/// Who can treat a service, with attractions, sorted: its rows of `provides`, or everybody without that table.
pub(super) fn candidates(cx: &Context<'_>, tables: &Tables<'_, '_>, id: ServiceId) -> Vec<(ProviderId, f64)> {
    if cx.root.get("provides").is_none() {
        return tables.providers.ids().map(|provider| (provider, 1.0)).collect();
    }
    let rows = tables.provides.get(&id).map_or(&[][..], Vec::as_slice);
    let candidates: BTreeMap<ProviderId, f64> = rows
        .iter()
        .filter_map(|row| {
            let provider = row.text("provider").and_then(|name| cx.names.id(Target::Provider, name))?;
            Some((provider, row.number("attraction").unwrap_or(1.0)))
        })
        .collect();
    candidates.into_iter().collect()
}

/// The choice model of a service.
pub(super) fn model(
    cx: &mut Context<'_>,
    tables: &Tables<'_, '_>,
    id: ServiceId,
    draft: &Draft<'_>,
    streams: &Streams,
    node: &Node,
) -> Referral {
    let attractions = candidates(cx, tables, id);
    // Rows with unknown providers were reported.
    let unsaid = attractions.is_empty() && !tables.provides.contains_key(&id);
    if unsaid && cx.whole("provides") && cx.whole("providers") {
        cx.sink.report(Code::NoRule, Some(node.place), || {
            let service = &draft.service.id;
            let message = format!("nobody provides {service}, so its choice model has nothing to choose from");
            (message, format!("Add rows such as {service},PROVIDER to provides."))
        });
    }
    let Some((rule, on, wait_decay)) = rule(node) else {
        return Referral::Observed(Vec::new());
    };
    let readable = ["travel", "home_areas", "providers"].iter().all(|table| cx.whole(table));
    if readable {
        for area in streams.keys() {
            for (provider, _) in &attractions {
                travel(cx, tables, on, *area, *provider, node);
            }
        }
    }
    Referral::Choice { rule, on, attractions, wait_decay }
}

/// The model, what it measures travel by, and what a day of waiting costs.
fn rule(node: &Node) -> Option<(ChoiceRule, TravelMeasure, f64)> {
    let row = Row::of(node)?;
    let (row, rule) = match (row.section("logit"), row.section("huff")) {
        (Some(logit), None) => (logit, ChoiceRule::Logit { decay: logit.number("decay")? }),
        (None, Some(huff)) => {
            let at_least = huff.number("at_least").unwrap_or(0.0);
            (huff, ChoiceRule::Huff { exponent: huff.number("exponent")?, at_least })
        }
        _ => return None,
    };
    let on = match row.text("on")? {
        "minutes" => TravelMeasure::Minutes,
        _ => TravelMeasure::Km,
    };
    Some((rule, on, row.number("wait_decay").unwrap_or(0.0)))
}

/// Reports a pair whose travel is not known.
fn travel(
    cx: &mut Context<'_>,
    tables: &Tables<'_, '_>,
    on: TravelMeasure,
    area: HomeAreaId,
    provider: ProviderId,
    node: &Node,
) {
    let (Some(home), Some(to)) = (tables.geography.home_areas.get(area), tables.providers.get(provider)) else {
        return;
    };
    let (minutes, km) = tables.travel.get(&(area, provider)).copied().unwrap_or_default();
    let known = match on {
        TravelMeasure::Minutes => minutes,
        TravelMeasure::Km => km.or_else(|| Some(great_circle_km(home.position?, to.position?))),
    };
    if known.is_none() {
        let what = match on {
            TravelMeasure::Minutes => "minutes",
            TravelMeasure::Km => "kilometres",
        };
        cx.sink.report_plain(Code::NoTravel, Some(node.place), || {
            format!("the {what} from {} to {} are not known", home.id, to.id)
        });
    }
}
