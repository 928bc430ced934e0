//! "Did you mean ...?"

/// The name nearest to a wrong one, or all of them.
pub(super) fn nearest(wrong: &str, known: &[&str]) -> String {
    let near = known.iter().map(|name| (strsim::damerau_levenshtein(wrong, name), name)).min();
    match near {
        Some((distance, name)) if distance <= (wrong.chars().count() / 3).max(1) => format!("Did you mean `{name}`?"),
        Some(_) => format!("There are: {}.", known.join(", ")),
        None => "There are none.".to_owned(),
    }
}
