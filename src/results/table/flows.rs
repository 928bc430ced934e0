//! Table `flows`.

use super::care::{self, HasStays, HasValue, Stays};
use super::{Column, Table};
use crate::units::Pence;

pub(in crate::results) const FLOWS: Table = Table {
    name: "flows",
    meaning: "From which ICB to which provider, for what.",
    entities: &[
        ("home_icb", "ODS code of the ICB that the patients live in"),
        ("provider", "ODS code, or elsewhere"),
        ("service", "slug of the service"),
    ],
};

/// A flow in one period.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::results) struct Flow {
    pub stays: Stays,
    pub value: Pence,
}

impl HasStays for Flow {
    fn stays(&self) -> &Stays {
        &self.stays
    }
}

impl HasValue for Flow {
    fn value(&self) -> Pence {
        self.value
    }
}

pub(in crate::results) static COLUMNS: [Column<(), Flow>; 3] =
    [care::spells(|()| true), care::bed_days(|()| true), care::value_gbp()];
