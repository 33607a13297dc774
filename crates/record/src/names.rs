//! Names that many events share, kept once.

use std::borrow::Borrow;
use std::collections::HashSet;
use std::hash::Hash;

use keshi_events::{CourseId, PlatformId, SessionId, VideoId};

/// More names of a kind than any registry has: they are forgotten then, and learned anew.
const MOST: usize = 10_000;

/// The platforms, courses and videos that were named before: each event names all three, and their texts are few. Whoever reads
/// many events keeps one of these meanwhile; it changes nothing but where the texts lie.
#[derive(Debug, Default)]
pub struct Names {
    platforms: Shared<PlatformId>,
    courses: Shared<CourseId>,
    videos: Shared<VideoId>,
    /// The last one: a trainee's events come session by session.
    session: Option<SessionId>,
}

#[derive(Debug)]
struct Shared<T> {
    known: HashSet<T>,
    /// The last one: the next event often names it too.
    last: Option<T>,
}

impl<T> Default for Shared<T> {
    fn default() -> Self {
        Shared { known: HashSet::new(), last: None }
    }
}

impl Names {
    pub(crate) fn platform(&mut self, text: &str) -> PlatformId {
        self.platforms.name(text)
    }

    pub(crate) fn course(&mut self, text: &str) -> CourseId {
        self.courses.name(text)
    }

    pub(crate) fn video(&mut self, text: &str) -> VideoId {
        self.videos.name(text)
    }

    pub(crate) fn session(&mut self, text: &str) -> SessionId {
        match &self.session {
            Some(last) if last.as_str() == text => last.clone(),
            _ => self.session.insert(SessionId::from(text)).clone(),
        }
    }
}

impl<T> Shared<T>
where
    T: Clone + Eq + Hash + Borrow<str> + for<'a> From<&'a str>,
{
    fn name(&mut self, text: &str) -> T {
        match &self.last {
            Some(last) if Borrow::<str>::borrow(last) == text => last.clone(),
            _ => {
                let name = self.known(text);
                self.last.insert(name).clone()
            }
        }
    }

    fn known(&mut self, text: &str) -> T {
        if let Some(name) = self.known.get(text) {
            return name.clone();
        }
        if self.known.len() >= MOST {
            self.known.clear();
        }
        let name = T::from(text);
        self.known.insert(name.clone());
        name
    }
}
