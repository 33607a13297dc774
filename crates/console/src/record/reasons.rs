//! How each fate of a second looks and is called: a colour and a pattern, so that neither eyes nor printers are needed.

use keshi_record::{Reason, Span};
use maud::{Markup, PreEscaped, html};

use crate::lang::Lang;

/// What became of wall time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fate {
    /// It counts.
    Counts,
    /// It does not.
    Excluded(Reason),
}

impl Fate {
    pub(crate) fn of(span: &Span) -> Fate {
        span.excluded.map_or(Fate::Counts, Fate::Excluded)
    }

    /// The stable name, also that of its pattern.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Fate::Counts => "attested",
            Fate::Excluded(reason) => reason.as_str(),
        }
    }

    pub(crate) fn name(self, lang: Lang) -> &'static str {
        match self {
            Fate::Counts => lang.of("有效", "counts"),
            Fate::Excluded(reason) => lang.of(reason.chinese(), reason.as_str()),
        }
    }

    /// VT-1's step that decided.
    pub(crate) fn step(self) -> u8 {
        match self {
            Fate::Counts => 7,
            Fate::Excluded(
                Reason::NoProgress
                | Reason::ImpossibleSpeed
                | Reason::Gap
                | Reason::NoSignIn
                | Reason::IdentityUnverified
                | Reason::BackFilled,
            ) => 4,
            Fate::Excluded(Reason::SignedOut | Reason::PresenceMissed) => 5,
            Fate::Excluded(Reason::ParallelPlatform | Reason::ParallelSession | Reason::Overlap) => 6,
        }
    }

    pub(crate) fn fill(self) -> String {
        format!("url(#f-{})", self.word())
    }

    /// Ground, ink and drawing of its pattern. The grounds are of the palette of Okabe and Ito, which all eyes tell apart.
    fn look(self) -> (&'static str, &'static str, &'static str) {
        const RISING: &str = "M-2,2 l4,-4 M0,8 l8,-8 M6,10 l4,-4";
        const FALLING: &str = "M-2,6 l4,4 M0,0 l8,8 M6,-2 l4,4";
        const UPRIGHT: &str = "M2,0 v8 M6,0 v8";
        const LEVEL: &str = "M0,2 h8 M0,6 h8";
        const CROSS: &str = "M0,4 h8 M4,0 v8";
        const NET: &str = "M0,0 l8,8 M8,0 l-8,8";
        const DOTS: &str = "M2,2 h1 M6,6 h1";
        match self {
            Fate::Counts => ("#009e73", "#009e73", ""),
            Fate::Excluded(reason) => match reason {
                Reason::NoProgress => ("#d9d9d9", "#555", DOTS),
                Reason::ImpossibleSpeed => ("#e69f00", "#5c3d00", RISING),
                Reason::Gap => ("#f0e442", "#6b6400", LEVEL),
                Reason::NoSignIn => ("#bdbdbd", "#222", NET),
                Reason::IdentityUnverified => ("#cc79a7", "#4d1634", CROSS),
                Reason::BackFilled => ("#56b4e9", "#053b5c", FALLING),
                Reason::SignedOut => ("#9a9a9a", "#111", UPRIGHT),
                Reason::PresenceMissed => ("#d55e00", "#fff", RISING),
                Reason::ParallelPlatform => ("#0072b2", "#fff", NET),
                Reason::ParallelSession => ("#0072b2", "#fff", LEVEL),
                Reason::Overlap => ("#56b4e9", "#fff", DOTS),
            },
        }
    }

    pub(crate) fn all() -> impl Iterator<Item = Fate> {
        std::iter::once(Fate::Counts).chain(Reason::ALL.iter().map(|reason| Fate::Excluded(*reason)))
    }
}

/// The patterns, once a page.
pub(crate) fn patterns() -> Markup {
    let mut defs = String::with_capacity(4096);
    for fate in Fate::all() {
        let (ground, ink, drawing) = fate.look();
        defs.push_str(&format!(
            "<pattern id=\"f-{}\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\"><rect width=\"8\" height=\"8\" fill=\"{ground}\"/>\
             <path d=\"{drawing}\" stroke=\"{ink}\" stroke-width=\"1.3\"/></pattern>",
            fate.word()
        ));
    }
    defs.push_str(
        "<pattern id=\"f-part\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\"><rect width=\"8\" height=\"8\" fill=\"#8fd3bd\"/>\
         <path d=\"M0,8 l8,-8\" stroke=\"#00664b\" stroke-width=\"1.3\"/></pattern>",
    );
    // Nothing here is of a request: names and drawings of this file alone.
    html! { svg.defs width="0" height="0" aria-hidden="true" focusable="false" { defs { (PreEscaped(defs)) } } }
}

/// What the fates that occur look like.
pub(crate) fn legend(lang: Lang, fates: impl Iterator<Item = Fate>) -> Markup {
    html! {
        ul.legend {
            @for fate in fates {
                li { svg viewBox="0 0 24 14" aria-hidden="true" { rect width="24" height="14" fill=(fate.fill()) {} } (fate.name(lang)) }
            }
        }
    }
}
