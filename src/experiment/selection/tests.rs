use super::*;

/// Values by a rule, and what was run.
struct Told<F: Fn(usize, u32) -> f64> {
    simulations: Vec<usize>,
    value: F,
    ran: Vec<(usize, Range<u32>)>,
}

impl<F: Fn(usize, u32) -> f64> Told<F> {
    fn new(simulations: &[usize], value: F) -> Self {
        Self { simulations: simulations.to_vec(), value, ran: Vec::new() }
    }
}

impl<F: Fn(usize, u32) -> f64> Source for Told<F> {
    fn simulations(&self) -> Vec<usize> {
        self.simulations.clone()
    }

    fn run(&mut self, simulation: usize, numbers: Range<u32>) -> Result<Vec<Vec<f64>>, ReplicationError> {
        self.ran.push((simulation, numbers.clone()));
        let of = |option: &usize| self.simulations[*option] == simulation;
        let options: Vec<usize> = (0..self.simulations.len()).filter(of).collect();
        Ok(numbers.map(|number| options.iter().map(|&option| (self.value)(option, number)).collect()).collect())
    }
}

fn kn(probability: f64, most: u32, first: u32, smallest: bool) -> Rules {
    Rules { procedure: Procedure::Kn { probability, most }, zone: Precision::Absolute(1.0), first, smallest }
}

fn sign(number: u32) -> f64 {
    if number.is_multiple_of(2) { -1.0 } else { 1.0 }
}

/// The course of `stats::selection::kn`, by hand: the second is ahead by -1, 1, -1, 1, 1, 0, and selected after six. With it a
/// third, which is far behind, in a simulation of its own, and one of its simulation that comes free.
#[test]
fn kn_by_hand_stops_the_simulation_of_who_is_dropped() {
    let lead = |number| [-1.0, 1.0, -1.0, 1.0, 1.0, 0.0, 5.0, 5.0][number as usize];
    let mut two = Told::new(&[0, 1], |option, number| if option == 1 { lead(number) } else { 0.0 });
    let found = select(&mut two, &kn(0.9, 100, 4, false)).unwrap();
    assert_eq!((found.best, found.ending, found.zone), (1, Ending::Guaranteed, 1.0));
    // A round after the first stage of 4 is 1, then 2: the third of a round is not looked at.
    assert_eq!(two.ran, [(0, 0..4), (1, 0..4), (0, 4..5), (1, 4..5), (0, 5..7), (1, 5..7)]);
    assert_eq!(found.ran, [7, 7]);
    assert_eq!(found.candidates[1].values, [-1.0, 1.0, -1.0, 1.0, 1.0, 0.0]);
    let numbers = vec![Range { start: 0, end: 6 }];
    assert_eq!((&found.candidates[0].numbers, found.candidates[0].fate), (&numbers, Fate::Dropped));

    // The smallest of the mirrored values, with two that are dropped at the first look; their simulation stops.
    let value = |option, number| match option {
        1 => -lead(number),
        2 | 3 => 100.0,
        _ => 0.0,
    };
    let mut four = Told::new(&[0, 1, 2, 2], value);
    let found = select(&mut four, &kn(0.9, 8, 4, true)).unwrap();
    let fates: Vec<Fate> = found.candidates.iter().map(|one| one.fate).collect();
    assert_eq!(fates[2..], [Fate::Dropped; 2]);
    assert_eq!((found.candidates[2].values.len(), found.ran[2]), (4, 4));
    assert!(found.ran[0] > 4 && found.ran[0] == found.ran[1], "{:?}", found.ran);
    assert!(four.ran.iter().filter(|(simulation, _)| *simulation == 2).count() == 1);
}

#[test]
fn kn_says_what_is_left_at_the_cap_and_what_is_the_same() {
    // They swap the lead for ever; nothing is known after 10.
    let mut swap = Told::new(&[0, 1], |option, number| if option == 1 { 9.0 * sign(number) } else { 0.0 });
    let found = select(&mut swap, &kn(0.95, 10, 5, false)).unwrap();
    let Ending::Capped { needed, zone: None } = found.ending else { panic!("{:?}", found.ending) };
    // h^2 S^2 / delta^2 + 1: differences -9 9 -9 9 -9 of variance 97.2, h^2 = 4 (0.1^(-1/2) - 1).
    assert_eq!(needed, (4.0 * (10.0_f64.sqrt() - 1.0) * 97.2) as u64 + 1);
    assert_eq!((found.best, found.ran), (0, vec![10, 10]));
    assert_eq!((found.candidates[0].fate, found.candidates[1].fate), (Fate::Selected, Fate::Left));

    // Two options of one simulation that are the same to the bit end at once, and tie.
    let mut same = Told::new(&[0, 0, 1], |option, number| if option == 2 { -50.0 } else { sign(number) });
    let found = select(&mut same, &kn(0.95, 1_000, 20, false)).unwrap();
    assert_eq!((found.best, found.ending, found.ran), (0, Ending::Guaranteed, vec![20, 20]));
    assert_eq!([1, 2].map(|option: usize| found.candidates[option].fate), [Fate::Tied, Fate::Dropped]);
    // Where nobody is left behind there is nothing to be sure of.
    let mut all = Told::new(&[0, 0], |_, number| sign(number));
    let found = select(&mut all, &kn(0.95, 1_000, 20, false)).unwrap();
    assert_eq!((found.ending, found.candidates[1].fate), (Ending::Same, Fate::Tied));
    // In simulations of their own they may yet differ.
    let mut apart = Told::new(&[0, 1, 2], |option, number| if option == 2 { -50.0 } else { sign(number) });
    let found = select(&mut apart, &kn(0.95, 1_000, 20, false)).unwrap();
    assert_eq!((found.ending, found.candidates[1].fate), (Ending::Alike(0, 1), Fate::Tied));

    // The same in the first stage alone: there is no telling how often they differ.
    let late = |option, number| if option == 1 && number == 20 { 3.0 } else { 0.0 };
    let mut rival =
        Told::new(&[0, 1, 2], |option, number| if option == 2 { 4.0 * sign(number) } else { late(option, number) });
    let found = select(&mut rival, &kn(0.95, 1_000, 20, false)).unwrap();
    assert_eq!(found.ending, Ending::AlikeAtFirst(0, 1));
    // Nor is the best known to be among those left at the cap.
    let found = select(&mut rival, &kn(0.95, 30, 20, false)).unwrap();
    assert_eq!((found.ending, found.ran[2]), (Ending::AlikeAtFirst(0, 1), 30));
    assert_eq!([0, 2].map(|option: usize| found.candidates[option].fate), [Fate::Dropped, Fate::Left]);
}

/// No number is used twice, also not by options of one simulation, and sizes are those of the procedure.
#[test]
fn rinott_gives_each_option_replications_of_its_own() {
    let spread = [1.0, 3.0, 0.01];
    let mut source = Told::new(&[0, 0, 1], |option, number| option as f64 + spread[option] * sign(number));
    let procedure = Procedure::Rinott { probability: 0.95, most: 10_000 };
    let rules = Rules { procedure, zone: Precision::Absolute(0.5), first: 10, smallest: false };
    let found = select(&mut source, &rules).unwrap();
    assert_eq!((found.best, found.ending), (2, Ending::Guaranteed));
    let h = crate::stats::selection::rinott_h(3, 10, 0.95).unwrap();
    // Of -1, 1, ... the variance is 10 / 9.
    let size = |variance: f64| ((h / 0.5).powi(2) * variance).ceil() as usize;
    let sizes: Vec<usize> = found.candidates.iter().map(|one| one.values.len()).collect();
    assert_eq!(sizes, [size(10.0 / 9.0), size(90.0 / 9.0), 10]);
    let mut ranges: Vec<Range<u32>> = source.ran.iter().map(|(_, numbers)| numbers.clone()).collect();
    ranges.sort_by_key(|range| range.start);
    assert!(ranges.windows(2).all(|pair| pair[0].end == pair[1].start), "{ranges:?}");
    assert_eq!(ranges.last().unwrap().end as usize, sizes.iter().sum::<usize>());
    assert_eq!(found.candidates[0].numbers, [0..10, 30..30 + sizes[0] as u32 - 10]);
    assert_eq!((found.ran[0] as usize, found.ran[1]), (sizes[0] + sizes[1], 10));
    for one in &found.candidates {
        assert_eq!(one.numbers.iter().map(ExactSizeIterator::len).sum::<usize>(), one.values.len());
    }

    let capped = Rules { procedure: Procedure::Rinott { probability: 0.95, most: 40 }, ..rules };
    let found = select(&mut source, &capped).unwrap();
    let Ending::Capped { needed, zone: Some(zone) } = found.ending else { panic!("{:?}", found.ending) };
    assert_eq!((needed as usize, found.candidates[1].values.len()), (size(90.0 / 9.0), 40));
    // With that zone the second would need 40 at most.
    assert!((zone - h * 10.0_f64.sqrt() / 40.0_f64.sqrt()).abs() < 1e-12);
}

/// What is 0 in all replications of the first stage may be large in rarer ones.
#[test]
fn where_nothing_varies_no_probability_is_given() {
    let rinott = Procedure::Rinott { probability: 0.95, most: 1_000 };
    for procedure in [rinott, Procedure::Ocba { budget: 100 }] {
        let rules = Rules { procedure, ..kn(0.95, 1_000, 20, true) };
        let mut zero = Told::new(&[0, 1], |_, _| 0.0);
        let found = select(&mut zero, &rules).unwrap();
        assert_eq!((found.best, found.ending), (0, Ending::Unvaried(0)));
        assert_eq!(found.candidates[1].fate, Fate::Behind, "other replications, or another simulation");
        let mut one = Told::new(&[0, 1], |option, number| if option == 1 { 0.0 } else { 5.0 + sign(number) });
        let found = select(&mut one, &rules).unwrap();
        assert_eq!((found.best, found.ending), (1, Ending::Unvaried(1)));
        let mut both = Told::new(&[0, 1], |option, number| f64::from(number % (7 + 4 * option as u32)));
        assert!(!select(&mut both, &rules).unwrap().ending.is_open());
    }
    // Varied, but never apart.
    let rules = Rules { procedure: Procedure::Ocba { budget: 100 }, ..kn(0.95, 1_000, 20, true) };
    let found = select(&mut Told::new(&[0, 1], |_, number| sign(number)), &rules).unwrap();
    assert!(matches!(found.ending, Ending::Alike(0, 1) | Ending::Alike(1, 0)), "{:?}", found.ending);
    let found = select(&mut Told::new(&[0, 0], |_, number| sign(number)), &rules).unwrap();
    assert_eq!((found.ending, found.candidates[1].fate), (Ending::Same, Fate::Tied));
}

#[test]
fn ocba_spends_its_budget_where_it_counts() {
    // The last is far away; the first two, of one simulation, are near each other.
    let value =
        |option: usize, number: u32| [0.0, 0.2, -40.0][option] + f64::from((number * 7 + option as u32 * 3) % 11);
    let mut source = Told::new(&[0, 0, 1], value);
    let rules = Rules {
        procedure: Procedure::Ocba { budget: 200 },
        zone: Precision::Relative(0.1),
        first: 11,
        smallest: false,
    };
    let found = select(&mut source, &rules).unwrap();
    assert_eq!(found.ran.iter().sum::<u32>(), 200);
    assert!(found.ran[0] > 150 && found.ran[1] < 30, "{:?}", found.ran);
    assert_eq!(found.candidates[0].values.len(), found.candidates[1].values.len());
    // A tenth of the mean of the first over the first stage: 5.
    assert!((found.zone - 0.5).abs() < 1e-12);
    let Ending::Approximate { best, good } = found.ending else { panic!("{:?}", found.ending) };
    assert!(0.0 < best && best < good && good <= 1.0, "{best} {good}");
}

#[test]
fn what_cannot_be_selected_is_an_error() {
    let mut undefined =
        Told::new(&[0, 1], |option, number| if option == 1 && number == 7 { f64::NAN } else { sign(number) });
    let found = select(&mut undefined, &kn(0.95, 100, 20, false));
    assert_eq!(found, Err(SelectionError::Undefined { option: 1, replication: 7 }));
    let mut zero = Told::new(&[0, 1], |option, _| option as f64);
    let relative = Rules { zone: Precision::Relative(0.1), ..kn(0.95, 100, 20, false) };
    assert_eq!(select(&mut zero, &relative), Err(SelectionError::NoZone));
    assert_eq!(select(&mut zero, &kn(0.5, 100, 20, false)), Err(SelectionError::Impossible));
    assert_eq!(select(&mut zero, &kn(0.95, 10, 20, false)), Err(SelectionError::Impossible));
    assert_eq!(select(&mut Told::new(&[0], |_, _| 0.0), &kn(0.95, 100, 20, false)), Err(SelectionError::Impossible));
    // Words come again beyond a million numbers.
    let many = Procedure::Rinott { probability: 0.95, most: 600_000 };
    assert_eq!(
        select(&mut zero, &Rules { procedure: many, ..kn(0.95, 1, 20, false) }),
        Err(SelectionError::Impossible)
    );
}
