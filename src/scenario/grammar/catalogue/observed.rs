//! The columns of files with observations, which `tierflow calibrate` reads.

use super::{default, required};
use crate::scenario::grammar::{Kind, Section};

/// Who went where.
pub(in super::super::super) static OBSERVED_FLOWS: Section = Section {
    name: "observed flows",
    keys: &[
        required("service", Kind::Text, "what patients were referred for"),
        required("home_area", Kind::Text, "where they live"),
        required("provider", Kind::Text, "who treated them"),
        required("patients", Kind::Number(0.0, 1e9, false), "how many"),
        default("period", Kind::Text, "", "when, in any words; waits differ between periods"),
    ],
    unique: &[],
    provenance: true,
};

/// How long they would have waited.
pub(in super::super::super) static OBSERVED_WAITS: Section = Section {
    name: "observed waits",
    keys: &[
        required("service", Kind::Text, "what patients waited for"),
        required("provider", Kind::Text, "where"),
        required("wait_days", Kind::Number(0.0, 1e5, false), "the wait that patients could expect there, in days"),
        default("period", Kind::Text, "", "when, as in the flows"),
    ],
    unique: &[],
    provenance: true,
};

/// How many places they took.
pub(in super::super::super) static OBSERVED_BEDS: Section = Section {
    name: "observed beds",
    keys: &[
        required("service", Kind::Text, "whose patients"),
        required("provider", Kind::Text, "where"),
        required("occupied", Kind::Number(0.0, 1e6, false), "mean number of occupied places of the first stage's pool"),
    ],
    unique: &[],
    provenance: true,
};
