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
    platforms: HashSet<PlatformId>,
    courses: HashSet<CourseId>,
    videos: HashSet<VideoId>,
    /// The last one: a trainee's events come session by session.
    session: Option<SessionId>,
}

impl Names {
    pub(crate) fn platform(&mut self, text: &str) -> PlatformId {
        shared(&mut self.platforms, text)
    }

    pub(crate) fn course(&mut self, text: &str) -> CourseId {
        shared(&mut self.courses, text)
    }

    pub(crate) fn video(&mut self, text: &str) -> VideoId {
        shared(&mut self.videos, text)
    }

    pub(crate) fn session(&mut self, text: &str) -> SessionId {
        match &self.session {
            Some(last) if last.as_str() == text => last.clone(),
            _ => self.session.insert(SessionId::from(text)).clone(),
        }
    }
}

fn shared<T>(known: &mut HashSet<T>, text: &str) -> T
where
    T: Clone + Eq + Hash + Borrow<str> + for<'a> From<&'a str>,
{
    if let Some(name) = known.get(text) {
        return name.clone();
    }
    if known.len() >= MOST {
        known.clear();
    }
    let name = T::from(text);
    known.insert(name.clone());
    name
}
