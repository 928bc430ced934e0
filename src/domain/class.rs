//! Classes of patients: who goes first.

use crate::units::Ticks;
use std::fmt;

/// How pressing a referral is. Earlier classes go first; inside a class it is first come first served.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Class {
    /// Cannot wait.
    Emergency,
    /// Can wait, but not long.
    Urgent,
    /// Can be planned; also every patient of a service that states no classes.
    #[default]
    Elective,
}

impl Class {
    /// All classes, the first to be served first.
    pub const ALL: [Self; 3] = [Self::Emergency, Self::Urgent, Self::Elective];

    /// The position in [`Self::ALL`].
    pub fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Emergency => "emergency",
            Self::Urgent => "urgent",
            Self::Elective => "elective",
        })
    }
}

/// One step of rising to a higher class while waiting.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rise {
    /// The class that is reached, unless the patient's is as high already.
    pub to: Class,
    /// When.
    pub when: RiseWhen,
}

/// When a waiting patient rises.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RiseWhen {
    /// After this long on the list.
    Waited(Ticks),
    /// This long before the breach date: the instant of referral plus the stage's waiting standard.
    BeforeBreach(Ticks),
}
