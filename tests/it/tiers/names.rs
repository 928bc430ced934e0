//! ICBs that are named by another day than that of the results.

use crate::support::{compile, load, parse};

/// A scope may name an ICB of the day, one that gave way, or one that comes later: it holds all residents of those of the day
/// who are concerned.
#[test]
fn a_scope_names_icbs_of_any_day() {
    let followed = |icbs: &str, day: Option<&str>| -> Vec<String> {
        let scope = ["scope.providers=[\"R1H\"]".to_owned(), format!("scope.icbs=[{icbs}]")];
        let overrides: Vec<&str> = scope.iter().map(String::as_str).chain(day).collect();
        let scenario = load("scenarios/england", &overrides);
        let model = compile(&scenario);
        let icbs = scenario.followed_icbs();
        // All of their residents are, and all of no other ICB.
        for (route, plan) in model.routes.iter_ids() {
            let home = scenario.geography.home_areas[model.streams[plan.stream].home_area].icb;
            let (all, held) = (model.expected.referrals_per_day[route], model.expected.in_scope_per_day[route]);
            assert!(!icbs.contains(&home) || all == held);
        }
        icbs.into_iter().map(|icb| scenario.geography.icbs[icb].id.clone()).collect()
    };
    // Barts Health lies in QMF, which stays.
    assert_eq!(followed("\"QMJ\"", None), ["QMF", "QMJ"]);
    assert_eq!(followed("\"essex\", \"QM7\"", None), ["QH8", "QJG", "QM7", "QMF"]);
    let day = Some("bodies_as_of=2026-04-01");
    assert_eq!(followed("\"QMJ\", \"QRV\"", day), ["QMF", "north-west-and-north-central-london"]);
    assert_eq!(
        followed("\"QNQ\", \"surrey-and-sussex\"", day),
        ["QMF", "hampshire-and-the-isle-of-wight", "surrey-and-sussex", "thames-valley"]
    );
    assert_eq!(followed("\"essex\", \"QMF\"", day), ["QMF", "essex"]);
}

/// A successor that is listed, but has nobody before its day, stands for its predecessor until then, and the other way round.
#[test]
fn names_of_another_day_are_those_of_its_residents() {
    let on = |day: &str, named: &str| {
        let scenario = parse(&format!(
            r#"
            assumption_metric = "{named}"
            run.horizon = "1 year"
            bodies_as_of = {day}
            regions = [{{ id = "south" }}]
            icbs = [{{ id = "a", region = "south" }}, {{ id = "b", region = "south" }}, {{ id = "n", region = "south" }}]
            home_areas = [{{ id = "area-a", icb = "a" }}, {{ id = "area-b", icb = "b" }}]
            successors = [{{ icb = "a", successor = "n", from = 2027-04-01 }}]
            demand = [{{ service = "surgery", home_area = "*", rate = "1 per day" }}]
            shares = [{{ service = "surgery", home_area = "*", provider = "teaching", share = 1 }}]
            providers = [{{ id = "teaching", host_icb = "b" }}]
            scope = {{ providers = ["teaching"], icbs = ["{named}"] }}
            services.surgery.stages = [{{ id = "ward", stay = {{ deterministic = {{ value = "5 d" }} }} }}]
            "#
        ));
        let followed = scenario.followed_icbs().into_iter().map(|icb| scenario.geography.icbs[icb].id.clone());
        (followed.collect::<Vec<_>>().join(" "), scenario.assumption_metric.unwrap())
    };
    for named in ["a", "n"] {
        assert_eq!(on("2026-04-01", named), ("a b".to_owned(), "a".to_owned()), "{named}");
        assert_eq!(on("2027-04-01", named), ("b n".to_owned(), "n".to_owned()), "{named}");
    }
}
