//! Typed indices into the tables of a scenario and of a model, so that a provider can never be taken for a pool.

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Index, IndexMut};

/// A typed index: a `u32` that knows which table it points into.
pub trait Id: Copy + Eq + Ord + fmt::Debug {
    /// Wraps a position. Panics above `u32::MAX`, which the size limits of a scenario exclude.
    fn new(position: usize) -> Self;
    /// The position in its table.
    fn index(self) -> usize;
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub struct $name(pub u32);
        impl Id for $name {
            #[inline]
            fn new(position: usize) -> Self {
                Self(u32::try_from(position).expect("fewer than 2^32 rows in a table"))
            }
            #[inline]
            fn index(self) -> usize {
                self.0 as usize
            }
        }
    )*};
}

ids! {
    /// An NHS region.
    RegionId,
    /// An integrated care board.
    IcbId,
    /// A way of grouping ICBs into footprints, such as the nine joint committees of 2023.
    SchemeId,
    /// A footprint: a group of ICBs that plan together, within one scheme.
    FootprintId,
    /// A home area: the smallest place that patients live in.
    HomeAreaId,
    /// A provider of care (an NHS trust), or the pseudo-provider `elsewhere`.
    ProviderId,
    /// A service line.
    ServiceId,
    /// A stage within a service's pathway, counted from its first stage.
    StageId,
    /// A resource pool of a provider.
    PoolId,
    /// A tiering option.
    OptionId,
    /// A set of flow rules.
    FlowId,
    /// A set of payment rules.
    PaymentId,
    /// A set of budget rules.
    BudgetId,
    /// A referral stream: the patients of one home area for one service.
    StreamId,
    /// A route: one candidate provider of one referral stream.
    RouteId,
    /// One step of a stream's choice of a first provider.
    PickId,
    /// An activity cell: one stage and class of one route.
    CellId,
    /// One class of the patients of a pool that has several.
    ClassRowId,
    /// One class of the patients of a service.
    PathwayId,
    /// A queue: patients who wait for the same places under the same rules, in order.
    RingId,
    /// A line: one stage of one service, the finest thing that has a price.
    LineId,
}

/// A vector that is indexed by one kind of id only.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IndexVec<I, T> {
    rows: Vec<T>,
    id: PhantomData<fn(I)>,
}

impl<I: Id, T> IndexVec<I, T> {
    /// An empty table.
    pub fn new() -> Self {
        Self { rows: Vec::new(), id: PhantomData }
    }
    /// Adds a row and returns its id.
    pub fn push(&mut self, row: T) -> I {
        self.rows.push(row);
        I::new(self.rows.len() - 1)
    }
    /// The number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }
    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
    /// The row, or nothing if the id is past the end.
    pub fn get(&self, id: I) -> Option<&T> {
        self.rows.get(id.index())
    }
    /// All rows in order.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.rows.iter()
    }
    /// All rows in order, to be changed.
    pub fn iter_mut(&mut self) -> std::slice::IterMut<'_, T> {
        self.rows.iter_mut()
    }
    /// Sets every row to a value.
    pub fn fill(&mut self, value: T)
    where
        T: Clone,
    {
        self.rows.fill(value);
    }
    /// All ids in order.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = I> + ExactSizeIterator + use<I, T> {
        (0..self.rows.len()).map(I::new)
    }
    /// All ids with their rows, in order.
    pub fn iter_ids(&self) -> impl DoubleEndedIterator<Item = (I, &T)> + ExactSizeIterator {
        self.rows.iter().enumerate().map(|(i, row)| (I::new(i), row))
    }
    /// The rows as a plain slice.
    pub fn as_slice(&self) -> &[T] {
        &self.rows
    }
}

impl<I: Id, T> Default for IndexVec<I, T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<I: Id, T> From<Vec<T>> for IndexVec<I, T> {
    fn from(rows: Vec<T>) -> Self {
        Self { rows, id: PhantomData }
    }
}

impl<I: Id, T> FromIterator<T> for IndexVec<I, T> {
    fn from_iter<It: IntoIterator<Item = T>>(rows: It) -> Self {
        Self { rows: rows.into_iter().collect(), id: PhantomData }
    }
}

impl<'a, I: Id, T> IntoIterator for &'a IndexVec<I, T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;
    fn into_iter(self) -> Self::IntoIter {
        self.rows.iter()
    }
}

impl<'a, I: Id, T> IntoIterator for &'a mut IndexVec<I, T> {
    type Item = &'a mut T;
    type IntoIter = std::slice::IterMut<'a, T>;
    fn into_iter(self) -> Self::IntoIter {
        self.rows.iter_mut()
    }
}

impl<I: Id, T> Index<I> for IndexVec<I, T> {
    type Output = T;
    #[inline]
    fn index(&self, id: I) -> &T {
        &self.rows[id.index()]
    }
}

impl<I: Id, T> IndexMut<I> for IndexVec<I, T> {
    #[inline]
    fn index_mut(&mut self, id: I) -> &mut T {
        &mut self.rows[id.index()]
    }
}
