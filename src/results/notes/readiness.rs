//! Options that let bodies decide that are not ready or too small.

use super::{Note, NoteKind, group, names, thousands};
use crate::results::layout::Outline;
use crate::results::sections::Content;
use crate::scenario::Scenario;

/// For each option the bodies that it lets decide though they are not ready or too small, with the reasons.
fn unready(outline: &Outline) -> Vec<Vec<String>> {
    let mut bodies = vec![Vec::new(); outline.options().len()];
    for section in &outline.sections {
        if let Content::Deciders(facts) = &section.content {
            let flagged = section.entities.iter().zip(facts).filter(|(_, decider)| !decider.unready.is_empty());
            bodies[section.option]
                .extend(flagged.map(|(body, why)| format!("{} ({})", body[0], why.unready.join("; "))));
        }
    }
    bodies
}

/// The options that let bodies decide that are not ready or too small, in order.
pub(in crate::results) fn flagged(outline: &Outline) -> Vec<String> {
    let bodies = unready(outline);
    outline.options().iter().zip(bodies).filter(|(_, bodies)| !bodies.is_empty()).map(|(id, _)| id.clone()).collect()
}

/// One note for each set of options that let the same bodies decide.
pub(super) fn not_ready(scenario: &Scenario, outline: &Outline) -> Vec<Note> {
    let bodies = unready(outline);
    let flagged = (0..bodies.len()).filter(|&option| !bodies[option].is_empty());
    let minimum = scenario.readiness.minimum_population;
    let small = if minimum > 0.0 {
        format!(", or plan for fewer than {} registered persons", thousands(minimum))
    } else {
        String::new()
    };
    let note = |options: Vec<usize>| {
        let (lets, are) = if options.len() == 1 { ("lets", "is") } else { ("let", "are") };
        let lead = format!(
            "{} {lets} bodies decide that do not meet a test of readiness{small}, and {are} marked with !",
            names(outline.options(), &options)
        );
        Note { kind: NoteKind::NotReady, lead, list: bodies[options[0]].clone() }
    };
    group(flagged, |a, b| bodies[a] == bodies[b]).into_iter().map(note).collect()
}
