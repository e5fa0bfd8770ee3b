//! The nearest of several names, for "did you mean".

/// The candidate that looks most like `name`; `None` if none is similar enough to be meant.
pub(super) fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|candidate| (likeness(name, candidate), candidate))
        .filter(|(likeness, _)| *likeness >= 0.6)
        // The first of equals: sections come in the order of their importance.
        .min_by(|(one, _), (other, _)| other.total_cmp(one))
        .map(|(_, candidate)| candidate)
}

/// From 0 to 1: of the whole names, or a little less of the keys alone, for a key in the wrong section.
fn likeness(name: &str, candidate: &str) -> f64 {
    let key = |name: &str| name.rsplit('.').next().unwrap_or_default().to_owned();
    let keys = strsim::normalized_damerau_levenshtein(&key(name), &key(candidate));
    strsim::normalized_damerau_levenshtein(name, candidate).max(keys * 0.9)
}
