//! Quantile functions as tables: one variate for a few nanoseconds, with the error measured.

use super::distribution::{Distribution, Tails};

/// Octaves of probability on each side of the median: 1/4 to 1/2, 1/8 to 1/4, ... down to 2^-25.
const OCTAVES: u32 = 24;
/// The cells of an octave are a power of two; its logarithm starts here ...
const FEWEST_BITS: u32 = 5;
/// ... and goes up to here.
const MOST_BITS: u32 = 9;
/// The relative error that a table is refined for.
const GOAL: f64 = 1e-4;
/// Values below this share of the mean count as this share when an error is put in relation.
const SMALL: f64 = 1e-2;

/// The law whose quantiles a table holds.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Law {
    /// The distribution itself.
    Stay(Distribution),
    /// Its stationary residual law.
    Residual(Distribution),
}

impl Law {
    fn at(&self, tails: Tails) -> f64 {
        match self {
            // Floored by the table, after interpolation, so that the floor is met exactly.
            Self::Stay(Distribution::FlooredNormal { mean, sd, .. }) => {
                Distribution::FlooredNormal { mean: *mean, sd: *sd, floor: f64::NEG_INFINITY }.at(tails)
            }
            Self::Stay(distribution) => distribution.at(tails),
            Self::Residual(distribution) => distribution.residual_at(tails),
        }
    }

    fn floor(&self) -> f64 {
        if let Self::Stay(Distribution::FlooredNormal { floor, .. }) = self { *floor } else { 0.0 }
    }

    /// A typical value, to which small errors are put in relation.
    fn mean(&self) -> f64 {
        match self {
            Self::Stay(distribution) => distribution.mean(),
            Self::Residual(distribution) => {
                let mean = distribution.mean();
                0.5 * (mean + distribution.variance() / mean)
            }
        }
    }
}

/// A quantile function as a non-decreasing, piecewise linear function of a word of 64 bits.
///
/// A word w stands for the probability (w + 1/2) / 2^64. Its half is taken by the top bit: in the lower half the tail is
/// v = w, in the upper half v = !w, so that neither tail loses digits. The number of leading zeros of v is the octave,
/// the next bits are the cell within it, the rest the position within the cell. There are 24 octaves a side, each of 32
/// cells or as many more (up to 512) as bring the relative error under 1e-4; 12 KiB with 32 cells. Words further out
/// (one in 2^24) call the exact quantile.
#[derive(Clone, PartialEq, Debug)]
pub struct QuantileTable {
    /// Quantiles in units of the caller, before flooring: of the lower tail by rising probability up to the median, then
    /// of the upper tail by rising tail up to the median.
    knots: Box<[f64]>,
    /// The logarithm to base 2 of the cells in an octave.
    bits: u32,
    floor: f64,
    scale: f64,
    error: f64,
    law: Law,
}

impl QuantileTable {
    /// The table of a distribution that has passed [`Distribution::check`], its values multiplied by `scale` > 0 (say,
    /// milliseconds in a day).
    pub fn compile(distribution: &Distribution, scale: f64) -> Self {
        Self::of(Law::Stay(distribution.clone()), scale)
    }

    /// The table of the remaining stay at a random moment of a stay, P(R > x) = E\[(X - x)+\] / E\[X\].
    ///
    /// Source: D. R. Cox, *Renewal Theory* (1962), section 5.2.
    pub fn compile_residual(distribution: &Distribution, scale: f64) -> Self {
        Self::of(Law::Residual(distribution.clone()), scale)
    }

    fn of(law: Law, scale: f64) -> Self {
        let floor = scale * law.floor();
        let smallest = SMALL * scale * law.mean();
        let exact = |side: Side, place: f64, bits: u32| scale * law.at(side(tail_at(place, bits)));
        let mut bits = FEWEST_BITS;
        let mut knots: [Vec<f64>; 2] =
            SIDES.map(|side| (0..=OCTAVES << bits).map(|knot| exact(side, f64::from(knot), bits)).collect());
        loop {
            let middles: [Vec<f64>; 2] =
                SIDES.map(|side| (0..OCTAVES << bits).map(|cell| exact(side, f64::from(cell) + 0.5, bits)).collect());
            let pairs = knots.iter().zip(&middles);
            let error = pairs.map(|(knots, middles)| worst_error(knots, middles, floor, smallest)).fold(0.0, f64::max);
            if error <= GOAL || bits == MOST_BITS {
                return Self { knots: knots.concat().into(), bits, floor, scale, error, law };
            }
            // The middles of the cells are the knots that half as wide cells need.
            knots = [0, 1].map(|side| interleave(&knots[side], &middles[side]));
            bits += 1;
        }
    }

    /// The largest relative error of a value, measured at the middle of every cell (that is where it is largest but for
    /// third-order terms); values below a hundredth of the mean are measured against that hundredth.
    ///
    /// Below 1e-4 for every smooth law of the tests; a law with steps (the residual of a sample) may miss that.
    pub fn error(&self) -> f64 {
        self.error
    }

    /// The variate of a word.
    ///
    /// Non-decreasing in the word: the position within a cell has 52 bits, so it is at most 1 - 2^-52, and the rounding
    /// of the interpolation cannot lead past the knot at the cell's end.
    #[inline]
    pub fn draw(&self, word: u64) -> f64 {
        let upper = (word >> 63) as usize;
        let tail = if upper == 1 { !word } else { word };
        let zeros = tail.leading_zeros();
        if zeros > OCTAVES {
            return self.beyond(word);
        }
        let below_leading_one = tail << zeros << 1;
        let side = upper * (self.knots.len() / 2);
        let cell = ((OCTAVES - zeros) as usize) << self.bits | (below_leading_one >> (64 - self.bits)) as usize;
        let Some(&[left, right]) = self.knots.get(side + cell..).and_then(|knots| knots.first_chunk()) else {
            return self.beyond(word);
        };
        // In [1, 2) by its bits, then less 1: exact.
        let position = f64::from_bits(1.0_f64.to_bits() | (below_leading_one << self.bits) >> 12) - 1.0;
        (left + (right - left) * position).max(self.floor)
    }

    /// The exact quantile, for words whose tail is under 2^-25; kept on the outer side of the outermost knot.
    #[cold]
    #[inline(never)]
    fn beyond(&self, word: u64) -> f64 {
        let outermost = |side: usize| self.knots[side * (self.knots.len() / 2)];
        let probability = |tail: u64| (tail as f64 + 0.5) * libm::exp2(-64.0);
        let value = if word >> 63 == 0 {
            (self.scale * self.law.at(Tails::from_lower(probability(word)))).min(outermost(0))
        } else {
            (self.scale * self.law.at(Tails::from_upper(probability(!word)))).max(outermost(1))
        };
        value.max(self.floor)
    }
}

/// How a side of the median reads its tail.
type Side = fn(f64) -> Tails;

/// The lower side, then the upper one.
const SIDES: [Side; 2] = [Tails::from_lower, Tails::from_upper];

/// The largest error of linear interpolation at the middles of the cells, relative to the exact quantiles there, or to
/// `smallest` where these are below it.
fn worst_error(knots: &[f64], middles: &[f64], floor: f64, smallest: f64) -> f64 {
    let error = |(ends, exact): (&[f64], &f64)| {
        let (estimate, exact) = ((0.5 * (ends[0] + ends[1])).max(floor), exact.max(floor));
        (estimate - exact).abs() / exact.max(smallest)
    };
    knots.windows(2).zip(middles).map(error).fold(0.0, f64::max)
}

/// Knots and middles in turn; there is one knot more.
fn interleave(knots: &[f64], middles: &[f64]) -> Vec<f64> {
    let pairs = knots.iter().zip(middles).flat_map(|(&knot, &middle)| [knot, middle]);
    pairs.chain(knots.last().copied()).collect()
}

/// The tail probability of a knot (whole numbers) or of a place between two: knot 0 is 2^-25, the last one 1/2.
fn tail_at(knot: f64, bits: u32) -> f64 {
    let cells = libm::exp2(f64::from(bits));
    let octave = libm::floor(knot / cells);
    let start = libm::exp2(octave - f64::from(OCTAVES) - 1.0);
    start * (1.0 + (knot - octave * cells) / cells)
}

#[cfg(test)]
mod tests;
