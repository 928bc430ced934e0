use super::*;
use proptest::prelude::*;

fn limits(groups: usize, least: usize, most: usize) -> GroupLimits {
    GroupLimits { groups, least, most, most_population: f64::INFINITY }
}

/// Four places in a row; the flow binds 0 to 1, 2 to 3, and most of all 1 to 2.
fn row() -> FlowMap {
    let flows = vec![
        vec![10.0, 4.0, 0.0, 1.0],
        vec![2.0, 10.0, 5.0, 0.0],
        vec![0.0, 5.0, 10.0, 3.0],
        vec![1.0, 0.0, 3.0, 10.0],
    ];
    FlowMap::new(flows, vec![0.0, 0.0, 0.0, 6.0], vec![1.0, 2.0, 3.0, 4.0], &[(0, 1), (1, 2), (2, 3)])
}

/// Alone: 40 of 70. Pairs: 0-1 keeps 6 more, 1-2 10, 2-3 6.
#[test]
fn a_row_of_four_by_hand() {
    let map = row();
    assert_eq!(map.total(), 70.0);
    assert_eq!(map.kept(&[0, 1, 2, 3]), 40.0 / 70.0);
    let two = group(&map, &limits(2, 2, 2), &[]).unwrap();
    assert_eq!((two.group_of, two.kept, two.bound), (vec![0, 0, 1, 1], 52.0 / 70.0, 52.0 / 70.0));
    // 0-1-2 keeps 16 beside what they keep alone, and so does 1-2-3; the first is taken.
    let free = group(&map, &limits(2, 1, 3), &[]).unwrap();
    assert_eq!((free.group_of.as_slice(), free.kept), ([0, 0, 0, 1].as_slice(), 56.0 / 70.0));
    // Residents of 0, 1 and 2 send 50, of which 1 and 3 leave the group; of the 20 of place 3 ten stay.
    assert_eq!(map.kept_by_group(&free.group_of), [46.0 / 50.0, 10.0 / 20.0]);
    // At most six residents: 1-2-3 has nine.
    let small = group(&map, &GroupLimits { most_population: 6.0, ..limits(2, 1, 3) }, &[]).unwrap();
    assert_eq!(small.group_of, [0, 0, 0, 1]);
}

#[test]
fn limits_that_cannot_be_kept_are_said() {
    let map = row();
    assert_eq!(group(&map, &limits(2, 3, 4), &[]), Err(GroupingError::Sizes));
    assert_eq!(group(&map, &limits(2, 1, 1), &[]), Err(GroupingError::Sizes));
    assert_eq!(group(&map, &limits(0, 1, 1), &[]), Err(GroupingError::Sizes));
    let crowded = GroupLimits { most_population: 3.5, ..limits(2, 1, 3) };
    assert_eq!(group(&map, &crowded, &[]), Err(GroupingError::Crowded(3)));
    let crowded = GroupLimits { most_population: 4.5, ..limits(2, 1, 3) };
    assert_eq!(group(&map, &crowded, &[]), Err(GroupingError::Impossible));
    let parted = FlowMap::new(map.flows.clone(), map.lost.clone(), map.population.clone(), &[(0, 1), (2, 3)]);
    assert_eq!(group(&parted, &limits(1, 1, 4), &[]), Err(GroupingError::Unconnected(vec![vec![0, 1], vec![2, 3]])));
    assert_eq!(group(&parted, &limits(2, 1, 4), &[]).unwrap().group_of, [0, 0, 1, 1]);
}

/// Flows and borders of so many places: a path, and more borders where bits say so.
fn random_map(places: usize, flows: &[f64], bits: &[bool]) -> FlowMap {
    let flows: Vec<Vec<f64>> = (0..places).map(|row| flows[row * places..(row + 1) * places].to_vec()).collect();
    let chain = (1..places).map(|place| (place - 1, place));
    let more = (0..places).flat_map(|a| (a + 2..places).map(move |b| (a, b)));
    let borders: Vec<(usize, usize)> =
        chain.chain(more.zip(bits).filter(|(_, bit)| **bit).map(|(pair, _)| pair)).collect();
    let population = (0..places).map(|place| 1.0 + (place % 3) as f64).collect();
    FlowMap::new(flows, vec![1.0; places], population, &borders)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// The search alone finds the optimum of small maps, and the bound is never below it.
    #[test]
    fn the_search_finds_the_best_of_small_maps(
        places in 5_usize..9,
        flows in prop::collection::vec(0.0_f64..10.0, 81),
        bits in prop::collection::vec(prop::bool::weighted(0.2), 40),
        groups in 2_usize..4,
        spread in 0_usize..3,
    ) {
        let map = random_map(places, &flows, &bits);
        let even = places.div_ceil(groups);
        let limits = GroupLimits { most_population: 2.5 * even as f64, ..limits(groups, 1, even + spread) };
        let found = search::best(&map, &limits, &[]);
        match exhaust::best(&map, &limits) {
            None => prop_assert_eq!(found, None),
            Some(best) => {
                let found = found.expect("one exists");
                prop_assert!(map.allows(&found, &limits));
                prop_assert!((map.kept(&found) - map.kept(&best)).abs() < 1e-9, "{:?} {:?}", found, best);
                prop_assert!(bound::most_kept(&map, &limits) >= map.kept(&best) - 1e-9);
            }
        }
    }
}

/// Two cities with no flow between them: the bound says that the answer is the best.
#[test]
fn a_plain_case_is_proved() {
    let places = 12;
    let flow = |a: usize, b: usize| if (a < 6) == (b < 6) { 1.0 + (a + b) as f64 } else { 0.0 };
    let flows = (0..places).map(|a| (0..places).map(|b| flow(a, b)).collect()).collect();
    let borders: Vec<(usize, usize)> = (1..places).map(|place| (place - 1, place)).collect();
    let map = FlowMap::new(flows, vec![0.0; places], vec![1.0; places], &borders);
    let found = group(&map, &limits(2, 1, 6), &[]).unwrap();
    assert_eq!(found.group_of, [[0; 6], [1; 6]].concat());
    assert_eq!((found.kept, found.gap()), (1.0, 0.0));
}

/// A partition in use is a start: what is found is never worse.
#[test]
fn given_partitions_are_not_undercut() {
    let places = 14;
    let flows = (0..places).map(|a| (0..places).map(|b| ((a * 7 + b * 13) % 11) as f64).collect()).collect();
    let borders: Vec<(usize, usize)> = (1..places).map(|place| (place - 1, place)).collect();
    let map = FlowMap::new(flows, vec![0.0; places], vec![1.0; places], &borders);
    let used: Vec<usize> = (0..places).map(|place| usize::from(place > 4) + usize::from(place > 9)).collect();
    let limits = limits(3, 4, 5);
    let found = group(&map, &limits, std::slice::from_ref(&used)).unwrap();
    assert!(map.allows(&used, &limits) && map.allows(&found.group_of, &limits));
    assert!(found.kept >= map.kept(&used) && found.bound >= found.kept);
}
