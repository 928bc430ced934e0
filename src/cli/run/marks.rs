//! The mark beside options that let bodies decide that are not ready or too small.

use crate::results::Results;

/// Stands behind the id of an option.
const MARK: char = '!';

/// The options that have a mark.
pub(in crate::cli) struct Marks(Vec<String>);

impl Marks {
    pub(super) fn new(results: &Results<'_>) -> Self {
        Self(results.flagged())
    }

    /// Of options that are known to need one.
    pub(in crate::cli) fn of(flagged: &[String]) -> Self {
        Self(flagged.to_vec())
    }

    /// An option for readers.
    pub(in crate::cli) fn label(&self, option: &str) -> String {
        let marked = self.0.iter().any(|id| id == option);
        if marked { format!("{option}{MARK}") } else { option.to_owned() }
    }

    /// What the mark means, below a text that has one.
    pub(in crate::cli) fn explained(&self, text: &str) -> &'static str {
        if !self.0.is_empty() && text.contains(MARK) {
            "! lets bodies decide that are not ready or too small: see the notes (--table notes)."
        } else {
            ""
        }
    }
}
