//! "Did you mean ...?"

/// The name nearest to a wrong one, or all of them.
pub(super) fn nearest(wrong: &str, known: &[&str]) -> String {
    let wrong = wrong.to_lowercase();
    let likeness = |name: &&&str| strsim::jaro_winkler(&wrong, &name.to_lowercase());
    match known.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b))) {
        Some(name) if likeness(&name) >= LIKE => format!("Did you mean `{name}`?"),
        Some(_) => format!("There are: {}.", known.join(", ")),
        None => "There are none.".to_owned(),
    }
}

/// From this Jaro-Winkler similarity on a name may have been meant.
const LIKE: f64 = 0.8;
