//! Which lists show what people studied, so that asking for one is noted in the audit log. What shows a single person or
//! claim notes it itself, with whom it is about.

/// (path, what the log calls it)
const LISTS: &[(&str, &str)] = &[
    ("/trainees", "trainees.list"),
    ("/courses/{course}", "board.list"),
    ("/flags", "flags.list"),
    ("/claims", "claims.list"),
    ("/registry", "registry.list"),
    ("/api/v1/trainees", "trainees.list"),
    ("/api/v1/courses/{course}/board", "board.list"),
    ("/api/v1/flags", "flags.list"),
    ("/api/v1/cases", "flags.list"),
    ("/api/v1/claims", "claims.list"),
    ("/api/v1/registry/{kind}", "registry.list"),
];

/// What the audit log calls a look at this list; none where nobody's study is shown, or the page notes it itself.
pub(crate) fn noted(path: &str) -> Option<&'static str> {
    LISTS.iter().find(|(list, _)| *list == path).map(|(_, action)| *action)
}

/// So many bytes of an address are kept with a line.
const MOST: usize = 300;

/// Which part of the list it was: path and query, as asked.
pub(crate) fn subject(place: &str) -> &str {
    place.char_indices().nth(MOST).map_or(place, |(end, _)| place.get(..end).unwrap_or(place))
}
