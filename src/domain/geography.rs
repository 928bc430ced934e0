//! Where patients live and which bodies cover those places.

use crate::ids::{FootprintId, HomeAreaId, IcbId, IndexVec, RegionId, SchemeId};
use jiff::civil::Date;

/// A point on the earth in degrees.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Position {
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
}

/// The great-circle distance in kilometres by the haversine formula on a sphere of radius 6371.0088 km (the IUGG mean).
pub fn great_circle_km(from: Position, to: Position) -> f64 {
    let radians = |degrees: f64| degrees * (std::f64::consts::PI / 180.0);
    let half_lat = libm::sin(radians(to.latitude - from.latitude) / 2.0);
    let half_lon = libm::sin(radians(to.longitude - from.longitude) / 2.0);
    let h =
        half_lat * half_lat + libm::cos(radians(from.latitude)) * libm::cos(radians(to.latitude)) * half_lon * half_lon;
    2.0 * 6371.0088 * libm::asin(h.sqrt().min(1.0))
}

/// An NHS region.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Region {
    /// ODS code.
    pub id: String,
    /// Name for readers.
    pub name: String,
}

/// What kind of body is responsible for patients.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum IcbKind {
    /// An integrated care board.
    #[default]
    Board,
    /// Another nation of the United Kingdom: it holds every role for its own residents under every option, and belongs to
    /// no footprint, region or pool.
    OtherNation,
}

/// An integrated care board, or another nation of the United Kingdom.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Icb {
    /// Which of the two.
    pub kind: IcbKind,
    /// ODS code.
    pub id: String,
    /// Name for readers.
    pub name: String,
    /// The region that it lies in; other nations lie in none.
    pub region: Option<RegionId>,
}

/// A way of grouping all ICBs into footprints.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Scheme {
    /// Slug.
    pub id: String,
    /// The footprint of each ICB; other nations have none.
    pub footprint_of: IndexVec<IcbId, Option<FootprintId>>,
}

/// A group of ICBs that plan together.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Footprint {
    /// Slug, unique over all schemes.
    pub id: String,
    /// Name for readers.
    pub name: String,
    /// The scheme it belongs to.
    pub scheme: SchemeId,
}

/// The smallest place that patients live in.
#[derive(Clone, PartialEq, Debug)]
pub struct HomeArea {
    /// Code or slug.
    pub id: String,
    /// Name for readers.
    pub name: String,
    /// The ICB responsible for its residents.
    pub icb: IcbId,
    /// Registered persons, where stated.
    pub population: Option<f64>,
    /// Need-weighted registered persons, where stated.
    pub need_weighted_population: Option<f64>,
    /// Population-weighted centre, where stated.
    pub position: Option<Position>,
}

/// Residents who pass from an ICB to its successor.
#[derive(Clone, PartialEq, Debug)]
pub struct Handover {
    /// ODS code of the ICB that gives way.
    pub icb: String,
    /// Its name for readers.
    pub name: String,
    /// ODS code of the one that takes over.
    pub successor: String,
    /// Its name for readers.
    pub successor_name: String,
    /// The share of the residents, as stated.
    pub share: f64,
    /// The first day.
    pub from: Date,
}

/// Home areas and the bodies that cover them.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Geography {
    /// Regions, sorted by id.
    pub regions: IndexVec<RegionId, Region>,
    /// ICBs, sorted by id.
    pub icbs: IndexVec<IcbId, Icb>,
    /// Schemes of footprints, sorted by id.
    pub schemes: IndexVec<SchemeId, Scheme>,
    /// Footprints of all schemes, sorted by id.
    pub footprints: IndexVec<FootprintId, Footprint>,
    /// Home areas, sorted by id.
    pub home_areas: IndexVec<HomeAreaId, HomeArea>,
    /// The day whose bodies these are; none: those that the scenario lists.
    pub bodies_as_of: Option<Date>,
    /// Mergers and splits, before that day and after it.
    pub handovers: Vec<Handover>,
    /// Pairs of ICBs that border on each other, each once and sorted, where the scenario says so.
    pub borders: Option<Vec<(IcbId, IcbId)>>,
}

impl Geography {
    /// Whether two ICBs are one, or of one region.
    pub fn same_region(&self, one: IcbId, other: IcbId) -> bool {
        one == other || (self.icbs[one].region.is_some() && self.icbs[one].region == self.icbs[other].region)
    }

    /// Whether two ICBs are one, or of one footprint of a scheme.
    pub fn same_footprint(&self, scheme: SchemeId, one: IcbId, other: IcbId) -> bool {
        let of = &self.schemes[scheme].footprint_of;
        one == other || (of[one].is_some() && of[one] == of[other])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn london_to_manchester() {
        let london = Position { latitude: 51.5074, longitude: -0.1278 };
        let manchester = Position { latitude: 53.4808, longitude: -2.2426 };
        assert!((great_circle_km(london, manchester) - 262.0).abs() < 1.0);
    }
}
