//! A hash of all that can change a simulation: two models with equal fingerprints and seeds give equal activity, only
//! counted by their own base periods.

use super::{InitialSource, Model, Place};
use crate::ids::Id;
use std::fmt::{self, Write};

pub(super) fn of(model: &Model) -> [u8; 32] {
    let mut hash = blake3::Hasher::new_derive_key("tierflow 2025 model fingerprint v1");
    let mut number = |value: u64| {
        hash.update(&value.to_le_bytes());
    };
    number(model.warm_up);
    number(model.end);
    for stream in &model.streams {
        number(stream.key.value());
        number(u64::from(stream.routes));
    }
    number(model.origin);
    model.thresholds.iter().for_each(|&threshold| number(threshold));
    model.pick_cells.iter().for_each(|cell| number(cell.map_or(u64::MAX, |cell| cell.index() as u64)));
    for cell in &model.cells {
        number(cell.line.index() as u64);
        number(cell.pool.index() as u64);
        number(cell.class.index() as u64);
        number(cell.provider.index() as u64);
        number(cell.stream.index() as u64);
    }
    for pool in &model.pools {
        number(u64::from(pool.capacity));
        number(u64::from(pool.refuses) | u64::from(pool.given_start) << 1);
    }
    for line in &model.lines {
        number(line.standard);
        number(line.trim);
        line.next.iter().for_each(|&(threshold, stage)| {
            number(threshold);
            number(stage.index() as u64);
        });
    }
    for group in &model.initial {
        number(group.key.value());
        match &group.source {
            InitialSource::Stationary { mean, places, .. } => {
                number(mean.to_bits());
                for (route, places) in places.iter().flatten() {
                    number(route.index() as u64);
                    places.iter().flat_map(place_numbers).for_each(&mut number);
                }
            }
            InitialSource::Given { number: given, places } => {
                number(u64::from(*given));
                places.iter().flat_map(place_numbers).for_each(&mut number);
            }
        }
    }
    for group in &model.waiting {
        number(group.key.value());
        [group.cell.index() as u64, u64::from(group.number), group.waited].into_iter().for_each(&mut number);
    }
    // Samplers and intensities are compiled from their parameters by pure functions: their debug form names them fully.
    for stream in &model.streams {
        hash.update(format!("{:?}", stream.intensity).as_bytes());
    }
    for line in &model.lines {
        hash.update(format!("{:?}", line.stay).as_bytes());
    }
    hash.update(format!("{:?}", model.audits).as_bytes());
    if model.antithetic {
        hash.update(b"antithetic pairs");
    }
    if let Some(variation) = &model.variation {
        hash.update(format!("{variation:?}").as_bytes());
    }
    if let Some(rules) = &model.rules {
        // Their debug form is long: it goes to the hash piece by piece.
        let _ = write!(Hashed(&mut hash), "{rules:?}");
    }
    *hash.finalize().as_bytes()
}

fn place_numbers(place: &Place) -> [u64; 3] {
    [place.threshold, place.cell.index() as u64, u64::from(place.beside)]
}

struct Hashed<'a>(&'a mut blake3::Hasher);

impl Write for Hashed<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.update(text.as_bytes());
        Ok(())
    }
}
