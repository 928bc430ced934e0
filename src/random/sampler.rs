//! Whole ticks from a word of 64 bits.

use super::distribution::Distribution;
use super::table::QuantileTable;

/// A distribution of spans of time, compiled: one word in, one span in whole ticks out, never shorter for a larger word.
#[derive(Clone, PartialEq, Debug)]
pub enum Sampler {
    /// Always the same span.
    Constant(u64),
    /// Uniform: `low` plus a uniform share of `width`, to the nearest tick.
    Uniform {
        /// The shortest span.
        low: u64,
        /// The longest span less the shortest.
        width: u64,
    },
    /// A table of quantiles.
    Table(Box<QuantileTable>),
    /// One of these spans, in ascending order.
    Empirical(Box<[u64]>),
}

impl Sampler {
    /// The longest span that is ever drawn: 2^40 - 1 ticks, 34 years of milliseconds. Longer ones are cut to it.
    pub const LONGEST: u64 = (1 << 40) - 1;

    /// The sampler of a distribution that has passed [`Distribution::check`], with `scale` > 0 ticks to its unit.
    ///
    /// Exact (to the rounding of a tick) for deterministic, uniform and empirical distributions; otherwise a
    /// [`QuantileTable`], with its error.
    pub fn compile(distribution: &Distribution, scale: f64) -> Self {
        match distribution {
            Distribution::Deterministic { value } => Self::Constant(ticks(scale * value)),
            Distribution::Uniform { low, high } => Self::uniform(scale * low, scale * high),
            Distribution::Empirical { values } => {
                Self::Empirical(values.iter().map(|value| ticks(scale * value)).collect())
            }
            _ => Self::Table(Box::new(QuantileTable::compile(distribution, scale))),
        }
    }

    /// The sampler of the stationary residual law: the time that a stay met at a random moment still has to run.
    ///
    /// P(R > x) = E\[(X - x)+\] / E\[X\] (D. R. Cox, *Renewal Theory* (1962), section 5.2). Exponential stays have no
    /// memory and keep their own table; a constant becomes uniform; all others are tables.
    pub fn residual(distribution: &Distribution, scale: f64) -> Self {
        match distribution {
            Distribution::Exponential { .. } => Self::compile(distribution, scale),
            Distribution::Deterministic { value } => Self::uniform(0.0, scale * value),
            _ if distribution.mean() <= 0.0 => Self::Constant(0),
            _ => Self::Table(Box::new(QuantileTable::compile_residual(distribution, scale))),
        }
    }

    fn uniform(low: f64, high: f64) -> Self {
        let low = ticks(low);
        Self::Uniform { low, width: ticks(high) - low }
    }

    /// The span of a word, in ticks: to the nearest one, at most [`Self::LONGEST`].
    #[inline]
    pub fn draw(&self, word: u64) -> u64 {
        match self {
            Self::Constant(span) => *span,
            Self::Uniform { low, width } => low + ((share(word, *width) + (1 << 63)) >> 64) as u64,
            Self::Table(table) => ticks(table.draw(word)),
            Self::Empirical(spans) => {
                let place = (share(word, spans.len() as u64) >> 64) as usize;
                spans.get(place).copied().unwrap_or(Self::LONGEST)
            }
        }
    }

    /// The span of a word, given that it is longer than `least`; `least` itself if no span is.
    ///
    /// The words whose spans are longer are those above some word, because a span never falls as its word rises.
    pub fn draw_beyond(&self, word: u64, least: u64) -> u64 {
        let (mut short, mut long) = (0, u64::MAX);
        if self.draw(long) <= least {
            return least;
        }
        while short < long {
            let middle = short + (long - short) / 2;
            if self.draw(middle) > least {
                long = middle;
            } else {
                short = middle + 1;
            }
        }
        self.draw(long + share(word, u64::MAX - long).wrapping_shr(64) as u64)
    }

    /// The largest relative error of a span before rounding to ticks; zero for exact samplers. See
    /// [`QuantileTable::error`].
    pub fn error(&self) -> f64 {
        if let Self::Table(table) = self { table.error() } else { 0.0 }
    }
}

/// `word / 2^64` of a whole number, in units of 2^-64.
#[inline]
fn share(word: u64, whole: u64) -> u128 {
    u128::from(word) * u128::from(whole)
}

/// The nearest whole tick from 0 to [`Sampler::LONGEST`].
#[inline]
fn ticks(value: f64) -> u64 {
    ((value + 0.5) as u64).min(Sampler::LONGEST)
}

#[cfg(test)]
mod tests;
