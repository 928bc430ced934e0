//! Grids and Latin hypercubes.

use crate::random::{Generator, MAX_ORDINAL, Purpose, StreamKey, unit};

/// The number of cells of a grid with these numbers of levels; nothing beyond 2^64.
pub fn grid_size(levels: &[usize]) -> Option<u64> {
    levels.iter().try_fold(1_u64, |size, &level| size.checked_mul(level as u64))
}

/// The cells of a grid, each by the level (from 0) of every dimension; the last dimension runs fastest.
pub fn grid(levels: &[usize]) -> impl Iterator<Item = Vec<usize>> + '_ {
    let first = (!levels.contains(&0)).then(|| vec![0; levels.len()]);
    std::iter::successors(first, |cell| {
        let turns = (0..levels.len()).rev().find(|&d| cell[d] + 1 < levels[d])?;
        let mut next = cell.clone();
        next[turns] += 1;
        next[turns + 1..].fill(0);
        Some(next)
    })
}

/// A Latin hypercube: `points` rows of `dimensions` coordinates, such that each coordinate falls once into each of `points`
/// equal slices of (0, 1), at random within it.
///
/// A function of its arguments alone; the first coordinates do not depend on how many follow. Source: M. D. `McKay`,
/// R. J. Beckman and W. J. Conover, Technometrics 21 (1979) 239-245. Nothing without points or beyond 2^24.
pub fn latin_hypercube(points: usize, dimensions: usize, seed: u64) -> Option<Vec<Vec<f64>>> {
    if points == 0 || points >= MAX_ORDINAL as usize {
        return None;
    }
    let generator = Generator::new(seed, 0);
    let mut rows = vec![vec![0.0; dimensions]; points];
    for dimension in 0..dimensions {
        let stream = StreamKey::of(&["design", "latin hypercube", &dimension.to_string()]);
        let words = |i: usize| generator.words(stream, 0, i as u32, Purpose::Count, 0);
        let mut slices: Vec<usize> = (0..points).collect();
        for i in (1..points).rev() {
            slices.swap(i, below(words(i)[0], i + 1));
        }
        for (i, row) in rows.iter_mut().enumerate() {
            row[dimension] = (slices[i] as f64 + unit(words(i)[1])) / points as f64;
        }
    }
    Some(rows)
}

/// A whole number below `limit`, uniform but for 2^-64 `limit`.
pub(super) fn below(word: u64, limit: usize) -> usize {
    ((u128::from(word) * limit as u128) >> 64) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::moments::Moments;

    #[test]
    fn grids_run_through_all_cells() {
        let cells: Vec<Vec<usize>> = grid(&[2, 3]).collect();
        assert_eq!(cells, [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2]]);
        assert_eq!((grid(&[4, 0]).count(), grid(&[]).count()), (0, 1));
        assert_eq!((grid_size(&[2, 3]), grid_size(&[4, 0]), grid_size(&[])), (Some(6), Some(0), Some(1)));
        assert_eq!(grid_size(&[usize::MAX, 3]), None);
    }

    #[test]
    fn every_slice_is_hit_once_and_columns_stay() {
        let design = latin_hypercube(97, 5, 3).unwrap();
        for dimension in 0..5 {
            let mut slices: Vec<usize> = design.iter().map(|row| (row[dimension] * 97.0) as usize).collect();
            slices.sort_unstable();
            assert!(slices.into_iter().eq(0..97));
        }
        let shorter = latin_hypercube(97, 2, 3).unwrap();
        assert!(shorter.iter().zip(&design).all(|(short, long)| short[..] == long[..2]));
        assert_ne!(latin_hypercube(97, 5, 4).unwrap(), design);
        assert_eq!(latin_hypercube(0, 5, 3), None);
        assert_eq!(latin_hypercube(2, 0, 3), Some(vec![vec![]; 2]));
    }

    /// For a sum of d coordinates, slices leave of the variance of the mean, d / (12 n), only 1 / n^2: each coordinate
    /// varies uniformly within a slice. For a product x y of centred coordinates, which is no sum, nothing is taken away.
    #[test]
    fn sums_lose_their_variance_and_columns_are_independent() {
        const POINTS: usize = 10;
        let (mut sums, mut products) = (Moments::default(), Moments::default());
        for seed in 0..2_000 {
            let design = latin_hypercube(POINTS, 2, seed).unwrap();
            let mean = |f: &dyn Fn(&[f64]) -> f64| design.iter().map(|row| f(row)).sum::<f64>() / POINTS as f64;
            sums.push(mean(&|x| x[0] + x[1]));
            products.push(mean(&|x| 12.0 * (x[0] - 0.5) * (x[1] - 0.5)));
        }
        let plain = 2.0 / (12.0 * POINTS as f64);
        let ratio = sums.variance().unwrap() / (plain / (POINTS * POINTS) as f64);
        assert!((ratio - 1.0).abs() < 4.0 * (2.0_f64 / 2_000.0).sqrt(), "{ratio}");
        let z = products.mean().unwrap() / (products.sd().unwrap() / 2_000.0_f64.sqrt());
        assert!(z.abs() < 4.0, "{z}");
    }
}
