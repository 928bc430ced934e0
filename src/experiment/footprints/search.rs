//! A local search: places move to a bordering group or change places with one of it, groups staying in one piece.
//!
//! It starts from given partitions, from one that is merged of single places, and from groups grown around seeds; then the
//! best is shaken and searched again, so many times. Partitions outside the limits count by how far they are outside first.

use super::{FlowMap, GroupLimits, ROUNDING, renumbered};

/// Groups grown around so many sets of seeds.
const GROWN: u64 = 40;
/// The best is shaken so many times.
const SHAKES: u64 = 400;

/// How good a partition is: less outside the limits first, then more kept.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Worth {
    outside: f64,
    kept: f64,
}

impl Worth {
    /// Whether it is better, rounding aside.
    fn beats(self, other: Self, scale: f64) -> bool {
        let closer = other.outside - self.outside;
        closer > ROUNDING || (closer > -ROUNDING && self.kept > other.kept + scale * ROUNDING)
    }
}

pub(super) fn best(map: &FlowMap, limits: &GroupLimits, starts: &[Vec<usize>]) -> Option<Vec<usize>> {
    let searcher = Searcher { map, limits, scale: map.total() };
    let fits = |start: &&Vec<usize>| {
        let groups = start.iter().max().map_or(0, |last| last + 1);
        let connected = |group| map.is_connected(&members(start, group));
        start.len() == map.places() && groups == limits.groups && (0..groups).all(connected)
    };
    let given = starts.iter().filter(fits).cloned();
    let grown = (0..GROWN).filter_map(|seed| searcher.grown(&mut Words(seed)));
    let mut best: Option<State> = None;
    for start in given.chain(searcher.merged()).chain(grown) {
        let found = searcher.climbed(searcher.state(start));
        if best.as_ref().is_none_or(|best| found.worth.beats(best.worth, searcher.scale)) {
            best = Some(found);
        }
    }
    let mut best = best?;
    for seed in 0..SHAKES {
        let found = searcher.climbed(searcher.shaken(&best, &mut Words(GROWN + seed)));
        if found.worth.beats(best.worth, searcher.scale) {
            best = found;
        }
    }
    let group_of = renumbered(&best.group_of);
    map.allows(&group_of, limits).then_some(group_of)
}

fn members(group_of: &[usize], group: usize) -> Vec<usize> {
    (0..group_of.len()).filter(|&place| group_of[place] == group).collect()
}

/// Numbers that look random and never change: splitmix64 (Steele, Lea and Flood, OOPSLA 2014). Nothing statistical is made of
/// them.
struct Words(u64);

impl Words {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((word ^ (word >> 31)) % bound.max(1) as u64) as usize
    }
}

/// A partition with what its neighbours are judged by.
#[derive(Clone)]
struct State {
    group_of: Vec<usize>,
    sizes: Vec<usize>,
    residents: Vec<f64>,
    /// What each place would keep with the members of each group.
    links: Vec<Vec<f64>>,
    worth: Worth,
}

/// A step to another partition.
#[derive(Clone, Copy)]
enum Step {
    Move(usize, usize),
    Swap(usize, usize),
}

struct Searcher<'m> {
    map: &'m FlowMap,
    limits: &'m GroupLimits,
    scale: f64,
}

impl Searcher<'_> {
    fn state(&self, group_of: Vec<usize>) -> State {
        let (places, groups) = (self.map.places(), self.limits.groups);
        let mut state = State {
            sizes: vec![0; groups],
            residents: vec![0.0; groups],
            links: vec![vec![0.0; groups]; places],
            worth: Worth { outside: 0.0, kept: 0.0 },
            group_of,
        };
        for place in 0..places {
            let group = state.group_of[place];
            state.sizes[group] += 1;
            state.residents[group] += self.map.population[place];
            for other in (0..places).filter(|&other| other != place) {
                state.links[other][group] += self.map.between(place, other);
            }
        }
        let kept = (0..places).map(|place| state.links[place][state.group_of[place]]).sum::<f64>() / 2.0;
        let outside = (0..groups).map(|group| self.outside(state.sizes[group], state.residents[group])).sum();
        state.worth = Worth { outside, kept };
        state
    }

    /// How far a group is outside the limits: places too few or too many, and residents too many in units of the limit.
    fn outside(&self, size: usize, residents: f64) -> f64 {
        let few = self.limits.least.max(1).saturating_sub(size);
        let many = size.saturating_sub(self.limits.most);
        let most = self.limits.most_population;
        let crowd = if residents > most * (1.0 + ROUNDING) { residents / most } else { 0.0 };
        (few + many) as f64 + crowd
    }

    /// The worth after a step.
    fn after(&self, state: &State, step: Step) -> Worth {
        let Worth { mut outside, mut kept } = state.worth;
        let mut change = |group: usize, size: usize, residents: f64| {
            outside += self.outside(size, residents) - self.outside(state.sizes[group], state.residents[group]);
        };
        let of = |place: usize| (state.group_of[place], self.map.population[place]);
        match step {
            Step::Move(place, to) => {
                let (from, people) = of(place);
                kept += state.links[place][to] - state.links[place][from];
                change(from, state.sizes[from] - 1, state.residents[from] - people);
                change(to, state.sizes[to] + 1, state.residents[to] + people);
            }
            Step::Swap(one, other) => {
                let ((a, people), (b, others)) = (of(one), of(other));
                kept += state.links[one][b] - state.links[one][a] + state.links[other][a] - state.links[other][b];
                kept -= 2.0 * self.map.between(one, other);
                change(a, state.sizes[a], state.residents[a] - people + others);
                change(b, state.sizes[b], state.residents[b] - others + people);
            }
        }
        Worth { outside, kept }
    }

    /// Whether all groups stay in one piece.
    fn stays_whole(&self, state: &State, step: Step) -> bool {
        let mut group_of = state.group_of.clone();
        let touched = match step {
            Step::Move(place, to) => [std::mem::replace(&mut group_of[place], to), to],
            Step::Swap(one, other) => {
                group_of.swap(one, other);
                [group_of[one], group_of[other]]
            }
        };
        touched.iter().all(|&group| self.map.is_connected(&members(&group_of, group)))
    }

    /// All steps to partitions into as many groups.
    fn steps(&self, state: &State) -> Vec<Step> {
        let mut steps = Vec::new();
        for (place, neighbours) in self.map.neighbours.iter().enumerate() {
            let own = state.group_of[place];
            let mut groups: Vec<usize> = neighbours.iter().map(|&next| state.group_of[next]).collect();
            groups.sort_unstable();
            groups.dedup();
            for group in groups.into_iter().filter(|&group| group != own) {
                if state.sizes[own] > 1 {
                    steps.push(Step::Move(place, group));
                }
                let others = (place + 1..self.map.places()).filter(|&other| state.group_of[other] == group);
                steps.extend(others.map(|other| Step::Swap(place, other)));
            }
        }
        steps
    }

    fn take(&self, state: &mut State, step: Step) {
        let worth = self.after(state, step);
        let (here, there) = match step {
            Step::Move(place, to) => (state.group_of[place], to),
            Step::Swap(one, other) => (state.group_of[one], state.group_of[other]),
        };
        let mut put = |place: usize, to: usize| {
            let from = std::mem::replace(&mut state.group_of[place], to);
            let people = self.map.population[place];
            state.sizes[from] -= 1;
            state.sizes[to] += 1;
            state.residents[from] -= people;
            state.residents[to] += people;
            for (other, links) in state.links.iter_mut().enumerate().filter(|(other, _)| *other != place) {
                let between = self.map.between(place, other);
                links[from] -= between;
                links[to] += between;
            }
        };
        match step {
            Step::Move(place, _) => put(place, there),
            Step::Swap(one, other) => {
                put(one, there);
                put(other, here);
            }
        }
        state.worth = worth;
    }

    /// Takes the best step until none is better.
    fn climbed(&self, mut state: State) -> State {
        loop {
            let mut better: Vec<(Worth, Step)> = self
                .steps(&state)
                .into_iter()
                .map(|step| (self.after(&state, step), step))
                .filter(|(worth, _)| worth.beats(state.worth, self.scale))
                .collect();
            better.sort_by(|(a, _), (b, _)| a.outside.total_cmp(&b.outside).then(b.kept.total_cmp(&a.kept)));
            let Some(&(_, step)) = better.iter().find(|(_, step)| self.stays_whole(&state, *step)) else {
                // Sums that were kept up to date are made anew, so that rounding never gathers.
                return self.state(state.group_of);
            };
            self.take(&mut state, step);
        }
    }

    /// The same after some steps that need not be good.
    fn shaken(&self, state: &State, words: &mut Words) -> State {
        let mut state = state.clone();
        for _ in 0..2 + words.below(4) {
            let steps = self.steps(&state);
            // Some draws lead to groups in pieces.
            for _ in 0..20 {
                let Some(&step) = steps.get(words.below(steps.len())) else { break };
                if self.stays_whole(&state, step) {
                    self.take(&mut state, step);
                    break;
                }
            }
        }
        state
    }

    /// Single places merged, the bordering groups first that keep most together, within the limits while that is possible.
    fn merged(&self) -> Option<Vec<usize>> {
        let mut groups: Vec<Vec<usize>> = (0..self.map.places()).map(|place| vec![place]).collect();
        while groups.len() > self.limits.groups {
            let mut best: Option<(Worth, usize, usize)> = None;
            for a in 0..groups.len() {
                for b in a + 1..groups.len() {
                    let pairs = || groups[a].iter().flat_map(|&one| groups[b].iter().map(move |&other| (one, other)));
                    if !pairs().any(|(one, other)| self.map.neighbours[one].binary_search(&other).is_ok()) {
                        continue;
                    }
                    let size = groups[a].len() + groups[b].len();
                    let all = groups[a].iter().chain(&groups[b]);
                    let residents = all.map(|&place| self.map.population[place]).sum();
                    let worth = Worth {
                        outside: self.outside(size.max(self.limits.least), residents),
                        kept: pairs().map(|(one, other)| self.map.between(one, other)).sum(),
                    };
                    if best.is_none_or(|(most, ..)| worth.beats(most, self.scale)) {
                        best = Some((worth, a, b));
                    }
                }
            }
            let (_, a, b) = best?;
            let other = groups.remove(b);
            groups[a].extend(other);
        }
        let mut group_of = vec![0; self.map.places()];
        for (group, members) in groups.iter().enumerate() {
            for &place in members {
                group_of[place] = group;
            }
        }
        Some(group_of)
    }

    /// Groups grown around seeds: the smallest that can grow takes the neighbour that keeps most with it.
    fn grown(&self, words: &mut Words) -> Option<Vec<usize>> {
        let (places, groups) = (self.map.places(), self.limits.groups);
        let mut free: Vec<usize> = (0..places).collect();
        let mut group_of = vec![None; places];
        for group in 0..groups {
            group_of[free.remove(words.below(free.len()))] = Some(group);
        }
        let mut sizes = vec![1; groups];
        while !free.is_empty() {
            let mut best: Option<(usize, f64, usize, usize)> = None;
            for &place in &free {
                for (group, &own_size) in sizes.iter().enumerate() {
                    let touches = self.map.neighbours[place].iter().any(|&next| group_of[next] == Some(group));
                    if !touches {
                        continue;
                    }
                    let own = (0..places).filter(|&other| group_of[other] == Some(group));
                    let kept: f64 = own.map(|other| self.map.between(place, other)).sum();
                    if best.is_none_or(|(size, most, ..)| (own_size, -kept) < (size, -most)) {
                        best = Some((own_size, kept, place, group));
                    }
                }
            }
            let (_, _, place, group) = best?;
            group_of[place] = Some(group);
            sizes[group] += 1;
            free.retain(|&other| other != place);
        }
        group_of.into_iter().collect()
    }
}
