//! What a name means, and "Did you mean ...?"

use super::scenario_words::{labelled, short};

/// How many names are listed.
const LISTED: usize = 12;
/// How many are listed where each is short.
const ALL: usize = 40;
/// How many near names are shown.
const NEAR: usize = 3;
/// From this Jaro-Winkler similarity on a code may have been meant, or something with a code and a name.
const LIKE: f64 = 0.8;
const LIKE_NAME: f64 = 0.75;

/// A code and a name.
pub(super) type Named<'a> = (&'a str, &'a str);

/// The name nearest to a wrong one, or all of them.
pub(super) fn nearest(wrong: &str, known: &[&str]) -> String {
    let wrong = wrong.to_lowercase();
    let likeness = |name: &&&str| strsim::jaro_winkler(&wrong, &name.to_lowercase());
    match known.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b))) {
        Some(name) if likeness(&name) >= LIKE => format!("Did you mean `{name}`?"),
        Some(_) => {
            let more = known.len().saturating_sub(ALL);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!("There are: {}{more}.", known[..known.len().min(ALL)].join(", "))
        }
        None => "There are none.".to_owned(),
    }
}

/// The place of the one that has this code or, alone, this name; upper and lower case are the same.
pub(super) fn exact(text: &str, known: &[Named<'_>]) -> Option<usize> {
    let wanted = text.trim().to_lowercase();
    let same = |known: &str| known.to_lowercase() == wanted;
    let code = known.iter().position(|(id, _)| same(id));
    let mut names = (0..known.len()).filter(|&at| same(known[at].1) || same(short(known[at].1)));
    code.or_else(|| names.next().filter(|_| names.next().is_none()))
}

/// The place of the one that a code, a name or a part of a name means; else why there is none or several. `what` they are, one and
/// many: `ICB`, `ICBs`.
pub(super) fn named(text: &str, known: &[Named<'_>], what: [&str; 2]) -> Result<usize, String> {
    if let Some(at) = exact(text, known) {
        return Ok(at);
    }
    let wanted = text.trim().to_lowercase();
    let has =
        |at: &usize| known[*at].1.to_lowercase().contains(&wanted) || known[*at].0.to_lowercase().contains(&wanted);
    let parts: Vec<usize> = (0..known.len()).filter(has).collect();
    match parts.as_slice() {
        [one] if !wanted.is_empty() => Ok(*one),
        [] => Err(format!("there is no {} `{text}`. {}", what[0], alike(&wanted, known))),
        several => {
            let several = several.iter().map(|&at| label(known[at]));
            Err(format!("`{text}` fits several {}: {}. Give the code, or more of the name.", what[1], listed(several)))
        }
    }
}

/// Those whose code or name is most like a text, the likest first; if nothing is like it, some of all.
fn alike(wanted: &str, known: &[Named<'_>]) -> String {
    let likeness = |text: &str| strsim::jaro_winkler(wanted, &text.to_lowercase());
    let of = |&(id, name): &Named<'_>| likeness(id).max(likeness(name)).max(likeness(short(name)));
    let mut near: Vec<(f64, String)> = known.iter().map(|one| (of(one), label(*one))).collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0));
    let like: Vec<&str> = near.iter().filter(|one| one.0 >= LIKE_NAME).take(NEAR).map(|one| one.1.as_str()).collect();
    match (like.as_slice(), near.is_empty()) {
        (_, true) => "There are none.".to_owned(),
        ([], false) => format!("There are: {}.", listed(near.into_iter().map(|one| one.1))),
        (like, false) => format!("Did you mean {}?", like.join(", or ")),
    }
}

/// The code with the name, unless it is the name.
fn label((id, name): Named<'_>) -> String {
    if name.to_lowercase().replace(' ', "-") == id { id.to_owned() } else { labelled(id, name) }
}

/// A list, a long one cut short.
pub(super) fn listed(names: impl Iterator<Item = String>) -> String {
    let mut names: Vec<String> = names.collect();
    let more = names.len().saturating_sub(LISTED);
    names.truncate(LISTED);
    names.join(", ") + &if more > 0 { format!(" and {more} more") } else { String::new() }
}
