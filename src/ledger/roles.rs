//! Who holds which role, by service, patient and date, under one option.

use super::Body;
use crate::domain::{Arrangement, DrugsHolder, IcbKind, PaymentRules, Role, TieringOption};
use crate::ids::{IcbId, OptionId, ServiceId};
use crate::scenario::Scenario;
use crate::units::Billionths;
use jiff::civil::Date;

/// The roles of one phase of an option.
#[derive(Clone, Copy)]
pub(super) struct Roles<'a> {
    option: &'a TieringOption,
    phase: usize,
    scenario: &'a Scenario,
}

impl<'a> Roles<'a> {
    pub(super) fn new(scenario: &'a Scenario, option: OptionId, phase: usize) -> Self {
        Self { option: &scenario.options[option], phase, scenario }
    }

    /// The roles of each phase in order.
    pub(super) fn phases(scenario: &'a Scenario, option: OptionId) -> impl Iterator<Item = Self> {
        (0..scenario.options[option].phases.len()).map(move |phase| Self::new(scenario, option, phase))
    }

    pub(super) fn payment(&self) -> &'a PaymentRules {
        &self.scenario.payments[self.option.payment]
    }

    /// What holds for a service and the patients of an ICB. Another nation, which lies in no region, holds all roles itself.
    pub(super) fn arrangement(&self, service: ServiceId, icb: IcbId) -> Arrangement {
        let region = self.scenario.geography.icbs[icb].region;
        region
            .map_or(Arrangement::all(Role::Icb), |region| self.option.phases[self.phase].arrangements[region][service])
    }

    fn holding(&self, role: Role, icb: IcbId, host: Option<IcbId>) -> Body {
        Body::holding(role, icb, host, self.option.scheme, &self.scenario.geography)
    }

    pub(super) fn payer(&self, service: ServiceId, icb: IcbId) -> Body {
        self.holding(self.arrangement(service, icb).pays, icb, None)
    }

    /// Who bears what is spent more or less than planned.
    pub(super) fn bearer(&self, service: ServiceId, icb: IcbId) -> Body {
        self.holding(self.arrangement(service, icb).bears_variance, icb, None)
    }

    /// Who holds the contract behind the payer's share.
    pub(super) fn contractor(&self, service: ServiceId, icb: IcbId, host: Option<IcbId>) -> Body {
        self.holding(self.arrangement(service, icb).contracts, icb, host)
    }

    /// Who decides for the patients of an ICB, and who would if they lived at the host's.
    pub(super) fn deciders(&self, service: ServiceId, icb: IcbId, host: Option<IcbId>) -> (Body, Option<Body>) {
        let body = |icb| self.holding(self.arrangement(service, icb).decides, icb, host);
        (body(icb), host.map(body))
    }

    /// Who pays for drugs and devices that the prices exclude.
    pub(super) fn drugs_holder(&self, service: ServiceId, icb: IcbId) -> Body {
        let other_nation = self.scenario.geography.icbs[icb].kind == IcbKind::OtherNation;
        match self.payment().drugs_holder {
            DrugsHolder::NhsEngland if !other_nation => Body::Nation,
            _ => self.payer(service, icb),
        }
    }

    /// The share of every charge that the option's commissioner pays.
    pub(super) fn share(&self, service: ServiceId) -> Billionths {
        Billionths::from_f64(self.scenario.services[service].specialised_share)
    }
}

/// The position of the phase that holds on a day.
pub(super) fn phase_on(option: &TieringOption, day: Date) -> usize {
    option.phases.iter().rposition(|phase| phase.from.is_none_or(|from| from <= day)).unwrap_or(0)
}
