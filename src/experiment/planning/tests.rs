use super::*;
use crate::stats::special::normal_quantile;
use crate::theory::erlang::{erlang_b, servers_for_loss};

/// Values by a rule of places and replication.
struct Told<F>(F);

impl<F: Fn(&[u32], u32) -> Vec<f64>> Trial for Told<F> {
    fn run(&mut self, places: &[u32], numbers: Range<u32>) -> Result<Vec<Vec<f64>>, TrialError> {
        Ok(numbers.map(|number| (self.0)(places, number)).collect())
    }
}

const SEARCH: Search = Search { meet: Meet::Mean, first: 10, most: 2_000, coupled: false };

fn knob(load: f64, start: u32) -> Knob {
    Knob { least: 0, most: 1_000, step: 1, start, load, cost: 1.0 }
}

fn at_most(knob: Option<usize>, bound: f64) -> Goal {
    Goal { knob, at_most: true, bound, eased: true, known: false }
}

/// A standard normal number for each replication and stream, the same whatever the places.
fn noise(number: u32, stream: u32) -> f64 {
    let scrambled = (u64::from(number) << 32 | u64::from(stream)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (scrambled ^ scrambled >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    normal_quantile(((mixed >> 12) as f64 + 0.5) / (1_u64 << 52) as f64)
}

/// Each pool by itself, from too few places and from too many.
#[test]
fn pools_of_their_own_get_the_fewest_places() {
    let loads = [0.3, 4.0, 8.0, 16.0, 77.0];
    let mut trial =
        Told(|places: &[u32], _| loads.iter().zip(places).map(|(&load, &places)| erlang_b(load, places)).collect());
    for start in [0, 40, 900] {
        let knobs: Vec<Knob> = loads.iter().map(|&load| knob(load, start)).collect();
        let goals: Vec<Goal> = (0..loads.len()).map(|at| at_most(Some(at), 0.05)).collect();
        let found = plan(&mut trial, &knobs, &goals, SEARCH, None).unwrap();
        let closed: Vec<u32> = loads.iter().map(|&load| servers_for_loss(load, 0.05, 1_000).unwrap()).collect();
        assert_eq!((found.places, found.confirmed, found.tries), (closed, true, 1));
        for (at, lower) in found.lower.iter().enumerate() {
            assert!(!lower.as_ref().unwrap().seen[at].holds);
        }
    }
}

/// Noise of 30 % in every replication, shared by all capacities: where the answer and one place less are both 2 % from the
/// bound it is the closed form's, else one of the two.
#[test]
fn chance_does_not_move_an_answer_that_is_clear() {
    for case in 0..200_u32 {
        let load = 1.0 + 99.0 * f64::from(case * 37 % 200) / 200.0;
        let bound = 0.001 * libm::exp(libm::log(200.0) * f64::from(case) / 199.0);
        let mut trial =
            Told(|places: &[u32], number| vec![erlang_b(load, places[0]) * (1.0 + 0.3 * noise(number, case))]);
        let found = plan(&mut trial, &[knob(load, load as u32)], &[at_most(Some(0), bound)], SEARCH, None).unwrap();
        let closed = servers_for_loss(load, bound, 1_000).unwrap();
        let far = |places| (erlang_b(load, places) / bound - 1.0).abs() >= 0.02;
        if far(closed) && far(closed - 1) {
            assert_eq!(found.places, [closed], "load {load}, bound {bound}");
        } else {
            assert!(found.places[0].abs_diff(closed) <= 1, "load {load}, bound {bound}");
        }
    }
}

/// One goal of two pools that cost differently: no cheaper plan holds, by trying all.
#[test]
fn a_goal_of_all_pools_is_met_at_the_least_cost_or_a_place_from_it() {
    for (one, other) in [(3.0, 9.0), (10.0, 2.5), (6.0, 6.0)] {
        let value =
            |places: &[u32]| (one * erlang_b(one, places[0]) + other * erlang_b(other, places[1])) / (one + other);
        let mut trial = Told(|places: &[u32], _| vec![value(places)]);
        let knobs = [Knob { cost: 1.0, ..knob(one, 0) }, Knob { cost: 3.0, ..knob(other, 0) }];
        let goals = [at_most(None, 0.1)];
        let found = plan(&mut trial, &knobs, &goals, Search { coupled: true, ..SEARCH }, None).unwrap();
        let cost = |a: u32, b: u32| a + 3 * b;
        let all = (0..60).flat_map(|a| (0..60).map(move |b| (a, b)));
        let best = all.filter(|&(a, b)| value(&[a, b]) <= 0.1).map(|(a, b)| cost(a, b)).min().unwrap();
        let [a, b] = found.places[..] else { panic!() };
        assert!(value(&[a, b]) <= 0.1 && found.confirmed);
        assert!(cost(a, b) <= best + 3, "{a} and {b} cost {}, the best {best}", cost(a, b));
        // Nothing can be taken away.
        assert!(value(&[a - 1, b]) > 0.1 && value(&[a, b - 1]) > 0.1);
    }
}

#[test]
fn steps_and_limits_are_kept_and_what_stops_a_plan_is_named() {
    let mut trial = Told(|places: &[u32], _| vec![erlang_b(8.0, places[0]), erlang_b(8.0, places[1])]);
    let stepped = Knob { least: 2, step: 4, most: 30, ..knob(8.0, 9) };
    let short = Knob { most: 10, ..knob(8.0, 3) };
    let goals = [at_most(Some(0), 0.05), at_most(Some(1), 0.05)];
    let found = plan(&mut trial, &[stepped, short], &goals, SEARCH, None).unwrap();
    assert_eq!((found.places, found.out_of_reach, found.confirmed), (vec![14, 10], vec![1], false));
    // Busy at least so much is not to be had with so many refused at most.
    let mut trial = Told(|places: &[u32], _| {
        let lost = erlang_b(8.0, places[0]);
        vec![lost, 8.0 * (1.0 - lost) / f64::from(places[0])]
    });
    let busy = Goal { knob: Some(0), at_most: false, bound: 0.9, eased: false, known: false };
    let found = plan(&mut trial, &[knob(8.0, 8)], &[goals[0], busy], SEARCH, None).unwrap();
    assert_eq!((found.places, found.out_of_reach), (vec![13], vec![1]));
}

/// Fresh replications are worse than those of the search by 30 %: the plan is raised until it holds on a block of its own.
#[test]
fn a_plan_that_fails_on_fresh_replications_is_raised() {
    let value = |places: u32, number: u32| erlang_b(8.0, places) * if number < 10 { 1.0 } else { 1.3 };
    let mut trial = Told(|places: &[u32], number| vec![value(places[0], number)]);
    let bound = 0.035;
    let found = plan(&mut trial, &[knob(8.0, 8)], &[at_most(Some(0), bound)], SEARCH, None).unwrap();
    let searched = servers_for_loss(8.0, bound, 99).unwrap();
    let fresh = servers_for_loss(8.0, bound / 1.3, 99).unwrap();
    assert_eq!((fresh, found.places.as_slice(), found.confirmed), (searched + 1, &[fresh][..], true));
    assert_eq!((found.tries, found.raises, found.block), (2, 1, 20..30));
}

/// A mean that holds is not enough for a limit that has to.
#[test]
fn confidence_asks_for_more_than_the_mean() {
    let mut trial = Told(|places: &[u32], number| vec![erlang_b(8.0, places[0]) * (1.0 + 0.5 * noise(number, 7))]);
    let search = |meet| Search { meet, first: 10, most: 10, coupled: false };
    let bound = erlang_b(8.0, 13) * 1.1;
    let found = |trial: &mut dyn Trial, meet| {
        plan(trial, &[knob(8.0, 8)], &[at_most(Some(0), bound)], search(meet), None).unwrap().places[0]
    };
    let (mean, sure) = (found(&mut trial, Meet::Mean), found(&mut trial, Meet::Confidence));
    assert!(mean < sure, "{mean} and {sure}");
}

/// A plan that is known to do is gone on from where it costs less than what the search finds; one that does not hold is not.
#[test]
fn a_cheaper_plan_that_is_known_is_taken() {
    // Two pools of one list, each as good as the other: the search divides by load, the known plan is a place cheaper.
    let mut trial = Told(|places: &[u32], _| vec![erlang_b(10.0, places[0] + places[1] / 2)]);
    let knobs = [knob(5.0, 5), knob(5.0, 5)];
    let goals = [at_most(None, 0.05)];
    let search = Search { coupled: true, ..SEARCH };
    let alone = plan(&mut trial, &knobs, &goals, search, None).unwrap().places;
    let best = servers_for_loss(10.0, 0.05, 99).unwrap();
    let told = plan(&mut trial, &knobs, &goals, search, Some(&[best, 0])).unwrap().places;
    assert_eq!(told, [best, 0]);
    assert!(alone.iter().sum::<u32>() >= best);
    let wrong = plan(&mut trial, &knobs, &goals, search, Some(&[best - 1, 0])).unwrap().places;
    assert_eq!(wrong, alone);
}

/// Places known to be too few: the first on the way down whose interval lies beyond the bound.
#[test]
fn places_that_are_too_few_are_known() {
    let mut trial =
        Told(|places: &[u32], number| vec![erlang_b(20.0, places[0] + places[1]) * (1.0 + 0.5 * noise(number, 3))]);
    let knobs = [knob(5.0, 5), knob(15.0, 15)];
    let goals = [at_most(None, 0.05)];
    let search = Search { coupled: true, first: 50, most: 50, ..SEARCH };
    let found = plan(&mut trial, &knobs, &goals, search, None).unwrap();
    let margin = margin(&mut trial, &knobs, &goals, &found).unwrap();
    let (all, few) = (found.places.iter().sum::<u32>(), margin.too_few.unwrap());
    assert!(few < all && margin.binding == Some(0), "{margin:?} of {found:?}");
    // The mean over the same replications is erlang_b times this, so the interval is known.
    let factors: Vec<f64> = found.block.clone().map(|number| 1.0 + 0.5 * noise(number, 3)).collect();
    let ends = crate::stats::student::mean_interval(&factors).unwrap();
    assert!(erlang_b(20.0, few) * ends.low > 0.05 && erlang_b(20.0, few + 1) * ends.low <= 0.05);
    // Nothing fails where nothing may be taken away.
    let held: Vec<Knob> = knobs.iter().zip(&found.places).map(|(knob, &least)| Knob { least, ..*knob }).collect();
    assert_eq!(super::margin(&mut trial, &held, &goals, &found).unwrap().too_few, None);
}

/// All pools are at their most but for what was trimmed: that comes back before the goal is called out of reach. Where places never
/// changed nothing is said of what they do.
#[test]
fn what_was_trimmed_comes_back() {
    let bound = 1.05 * erlang_b(9.0, 13);
    let worse = |number: u32| if number < 10 { 1.0 } else { 1.3 };
    let value = move |places: &[u32], number: u32| erlang_b(9.0, places[0] + places[1]) * worse(number);
    let mut trial = Told(move |places: &[u32], number| vec![value(places, number)]);
    let knobs = [Knob { most: 10, step: 2, ..knob(8.0, 8) }, Knob { most: 4, cost: 3.0, ..knob(3.0, 3) }];
    let goals = [at_most(None, bound)];
    let search = Search { coupled: true, ..SEARCH };
    let found = plan(&mut trial, &knobs, &goals, search, None).unwrap();
    assert_eq!((found.places, found.confirmed, found.out_of_reach.len()), (vec![10, 4], true, 0));
    // Thirteen places would have done on the replications of the search.
    assert!(erlang_b(9.0, 13) <= bound && erlang_b(9.0, 13) * 1.3 > bound && erlang_b(9.0, 12) > bound);
    assert!(found.spread[0].unwrap().low < found.spread[0].unwrap().high);

    let mut trial = Told(|places: &[u32], _| vec![erlang_b(8.0, places[0])]);
    let short = Knob { most: 3, ..knob(8.0, 8) };
    let found = plan(&mut trial, &[short], &[at_most(Some(0), 0.01)], SEARCH, None).unwrap();
    assert_eq!((found.places, found.out_of_reach, found.spread), (vec![3], vec![0], vec![None]));
}
