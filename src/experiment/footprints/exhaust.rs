//! All partitions of a few places.

use super::{FlowMap, GroupLimits};

/// The best partition within the limits, the first of several; nothing if there is none.
pub(super) fn best(map: &FlowMap, limits: &GroupLimits) -> Option<Vec<usize>> {
    let mut best: Option<(f64, Vec<usize>)> = None;
    let mut group_of = vec![0; map.places()];
    each(&mut group_of, 0, 0, limits.groups, &mut |group_of| {
        if map.allows(group_of, limits) {
            let kept = map.kept(group_of);
            if best.as_ref().is_none_or(|(most, _)| kept > *most) {
                best = Some((kept, group_of.to_vec()));
            }
        }
    });
    best.map(|(_, group_of)| group_of)
}

/// Visits every partition into at most so many groups once: a place joins a group that there is, or begins the next.
fn each(group_of: &mut [usize], place: usize, used: usize, groups: usize, visit: &mut dyn FnMut(&[usize])) {
    if place == group_of.len() {
        visit(group_of);
        return;
    }
    for group in 0..(used + 1).min(groups) {
        group_of[place] = group;
        each(group_of, place + 1, used.max(group + 1), groups, visit);
    }
}
