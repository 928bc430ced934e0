//! Groups of places that keep as much of the flow between them as they can, under limits of size and contiguity.
//!
//! A place is an ICB; the flow from a place to another is that of its residents to the other's providers. Looked for is the
//! partition into so many connected groups that keeps most of all flow inside. Small maps are solved by looking at all
//! partitions; larger ones by a local search from several starts, with a bound on what any partition could keep. Nothing is
//! drawn by chance: a search is repeated with the same answer on every machine.

mod bound;
mod exhaust;
mod search;

use std::collections::VecDeque;
use thiserror::Error;

/// Up to so many places all partitions are looked at.
const FEW: usize = 9;
/// What rounding may do to a sum of flows, as a share of it.
const ROUNDING: f64 = 1e-9;

/// Places, the flows between them and who borders on whom.
#[derive(Clone, PartialEq, Debug)]
pub struct FlowMap {
    /// From a place (row) to a place (column), in patients or any unit of flow.
    flows: Vec<Vec<f64>>,
    /// From each place to where no group can be, such as `elsewhere`.
    lost: Vec<f64>,
    /// Residents.
    population: Vec<f64>,
    /// By place, sorted.
    neighbours: Vec<Vec<usize>>,
}

/// What groups may be like.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct GroupLimits {
    /// How many groups.
    pub groups: usize,
    /// The least places of a group.
    pub least: usize,
    /// The most places of a group.
    pub most: usize,
    /// The most residents of a group.
    pub most_population: f64,
}

/// A partition that was found.
#[derive(Clone, PartialEq, Debug)]
pub struct Grouping {
    /// The group of each place, numbered in the order of their first places.
    pub group_of: Vec<usize>,
    /// The share of all flow that stays inside its group.
    pub kept: f64,
    /// No partition within the limits keeps more than this share.
    pub bound: f64,
}

impl Grouping {
    /// How much more another partition could keep at most, as a share of all flow; zero: this one is known to be the best.
    pub fn gap(&self) -> f64 {
        let gap = (self.bound - self.kept).max(0.0);
        if gap > ROUNDING { gap } else { 0.0 }
    }
}

/// Why there are no groups.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum GroupingError {
    /// So many groups of such sizes do not make up the places.
    #[error("the sizes do not fit the number of places")]
    Sizes,
    /// One place alone has more residents than a group may have.
    #[error("place {0} alone exceeds the population of a group")]
    Crowded(usize),
    /// The map falls into more pieces than there may be groups; the pieces.
    #[error("the map is not connected")]
    Unconnected(Vec<Vec<usize>>),
    /// All partitions were looked at, and none keeps the limits.
    #[error("no partition keeps the limits")]
    Impossible,
    /// None was found that keeps the limits.
    #[error("no partition was found that keeps the limits")]
    NotFound,
}

impl FlowMap {
    /// A map of flows (row: from, column: to), what is lost from each place, residents, and pairs of neighbours.
    ///
    /// Rows and columns have one entry a place; pairs in either direction, or twice, are one.
    pub fn new(flows: Vec<Vec<f64>>, lost: Vec<f64>, population: Vec<f64>, borders: &[(usize, usize)]) -> Self {
        let mut neighbours = vec![Vec::new(); flows.len()];
        for &(a, b) in borders.iter().filter(|(a, b)| a != b) {
            neighbours[a].push(b);
            neighbours[b].push(a);
        }
        for own in &mut neighbours {
            own.sort_unstable();
            own.dedup();
        }
        Self { flows, lost, population, neighbours }
    }

    /// The number of places.
    pub fn places(&self) -> usize {
        self.flows.len()
    }

    /// All flow.
    pub fn total(&self) -> f64 {
        self.flows.iter().flatten().chain(&self.lost).sum()
    }

    /// The share of all flow that a partition keeps inside its groups; nothing flows: not a number.
    pub fn kept(&self, group_of: &[usize]) -> f64 {
        let inside = |from: usize| -> f64 {
            let row = self.flows[from].iter().zip(group_of);
            row.filter(|(_, group)| **group == group_of[from]).map(|(flow, _)| flow).sum()
        };
        (0..self.places()).map(inside).sum::<f64>() / self.total()
    }

    /// Of each group the share of its residents' flow that stays inside, in the order of the groups.
    pub fn kept_by_group(&self, group_of: &[usize]) -> Vec<f64> {
        let groups = group_of.iter().max().map_or(0, |last| last + 1);
        let mut sums = vec![(0.0, 0.0); groups];
        for (from, row) in self.flows.iter().enumerate() {
            let (inside, all) = &mut sums[group_of[from]];
            *all += row.iter().sum::<f64>() + self.lost[from];
            *inside +=
                row.iter().zip(group_of).filter(|(_, group)| **group == group_of[from]).map(|(f, _)| f).sum::<f64>();
        }
        sums.into_iter().map(|(inside, all)| inside / all).collect()
    }

    /// What two places in one group keep beside what each keeps alone.
    fn between(&self, a: usize, b: usize) -> f64 {
        self.flows[a][b] + self.flows[b][a]
    }

    /// The pieces that the map falls into, each sorted, by their first places.
    pub fn pieces(&self) -> Vec<Vec<usize>> {
        let mut seen = vec![false; self.places()];
        let mut pieces = Vec::new();
        for start in 0..self.places() {
            if !seen[start] {
                let mut piece: Vec<usize> = self
                    .distances(start)
                    .iter()
                    .enumerate()
                    .filter(|(_, hops)| hops.is_some())
                    .map(|(i, _)| i)
                    .collect();
                piece.sort_unstable();
                for &place in &piece {
                    seen[place] = true;
                }
                pieces.push(piece);
            }
        }
        pieces
    }

    /// Borders to cross from a place to each other.
    fn distances(&self, start: usize) -> Vec<Option<usize>> {
        let mut hops = vec![None; self.places()];
        hops[start] = Some(0);
        let mut open = VecDeque::from([start]);
        while let Some(place) = open.pop_front() {
            for &next in &self.neighbours[place] {
                if hops[next].is_none() {
                    hops[next] = hops[place].map(|hops| hops + 1);
                    open.push_back(next);
                }
            }
        }
        hops
    }

    /// Whether a partition keeps the limits, each of its groups in one piece.
    pub fn allows(&self, group_of: &[usize], limits: &GroupLimits) -> bool {
        let groups = group_of.iter().max().map_or(0, |last| last + 1);
        let within = |group: usize| {
            let members: Vec<usize> = (0..self.places()).filter(|&place| group_of[place] == group).collect();
            let residents: f64 = members.iter().map(|&place| self.population[place]).sum();
            (limits.least.max(1)..=limits.most).contains(&members.len())
                && residents <= limits.most_population * (1.0 + ROUNDING)
                && self.is_connected(&members)
        };
        groups == limits.groups && (0..groups).all(within)
    }

    /// Whether one can go from any of some places to any other through them alone.
    pub fn is_connected(&self, members: &[usize]) -> bool {
        let Some(&first) = members.first() else { return true };
        let mut inside = vec![false; self.places()];
        for &place in members {
            inside[place] = true;
        }
        inside[first] = false;
        let (mut open, mut reached) = (vec![first], 1);
        while let Some(place) = open.pop() {
            for &next in &self.neighbours[place] {
                if std::mem::take(&mut inside[next]) {
                    reached += 1;
                    open.push(next);
                }
            }
        }
        reached == members.len()
    }
}

/// The partition that keeps most, as far as it can be found; `starts` are partitions to begin with, such as those in use, and
/// what is found keeps at least as much as those of them that are within the limits.
///
/// # Errors
/// [`GroupingError`].
pub fn group(map: &FlowMap, limits: &GroupLimits, starts: &[Vec<usize>]) -> Result<Grouping, GroupingError> {
    let (places, GroupLimits { groups, least, most, most_population }) = (map.places(), *limits);
    if groups == 0
        || groups.saturating_mul(least.max(1)) > places
        || groups.saturating_mul(most) < places
        || most < least
    {
        return Err(GroupingError::Sizes);
    }
    let pieces = map.pieces();
    if pieces.len() > groups {
        return Err(GroupingError::Unconnected(pieces));
    }
    if let Some(crowded) = (0..places).find(|&place| map.population[place] > most_population) {
        return Err(GroupingError::Crowded(crowded));
    }
    if places <= FEW {
        let group_of = exhaust::best(map, limits).ok_or(GroupingError::Impossible)?;
        let kept = map.kept(&group_of);
        return Ok(Grouping { group_of, kept, bound: kept });
    }
    let group_of = search::best(map, limits, starts).ok_or(GroupingError::NotFound)?;
    let kept = map.kept(&group_of);
    Ok(Grouping { bound: bound::most_kept(map, limits).max(kept), group_of, kept })
}

/// Groups numbered in the order of their first places.
fn renumbered(group_of: &[usize]) -> Vec<usize> {
    let mut names: Vec<usize> = Vec::new();
    let mut number = |group: usize| {
        names.iter().position(|known| *known == group).unwrap_or_else(|| {
            names.push(group);
            names.len() - 1
        })
    };
    group_of.iter().map(|&group| number(group)).collect()
}

#[cfg(test)]
mod tests;
