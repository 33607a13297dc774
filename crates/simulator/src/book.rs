//! What a life really studied, written down while it happens.

use std::collections::BTreeMap;

/// Attended and reported content of one trainee, by video.
#[derive(Debug, Default)]
pub(crate) struct Book {
    videos: BTreeMap<String, Page>,
}

/// One video: content watched at a pace that is paid in full, and time spent at a faster pace.
#[derive(Debug, Default)]
struct Page {
    /// Positions `[from, to)`, ms.
    watched: Vec<(i64, i64)>,
    /// Wall ms of content that was rushed through: it earns its time, not its length.
    rushed: Vec<(i64, i64, i64)>,
}

impl Book {
    /// Content that was watched at a pace paid in full.
    pub(crate) fn watched(&mut self, video: &str, from: i64, to: i64) {
        self.videos.entry(video.to_owned()).or_default().watched.push((from, to));
    }

    /// Content that was rushed through in `wall` ms. A rushing life watches nothing twice.
    pub(crate) fn rushed(&mut self, video: &str, from: i64, to: i64, wall: i64) {
        self.videos.entry(video.to_owned()).or_default().rushed.push((from, to, wall));
    }

    /// What it comes to, whole seconds over all videos.
    pub(crate) fn seconds(&self) -> i64 {
        self.videos.values().map(Page::millis).sum::<i64>() / 1000
    }
}

impl Page {
    fn millis(&self) -> i64 {
        debug_assert!(self.watched.is_empty() || self.rushed.is_empty(), "a life keeps to one pace");
        let rushed: i64 = self.rushed.iter().map(|(from, to, wall)| (*wall).min(to - from)).sum();
        let mut spans = self.watched.clone();
        spans.sort_unstable();
        let (mut sum, mut end) = (0, i64::MIN);
        for (from, to) in spans {
            let from = from.max(end);
            if to > from {
                sum += to - from;
                end = to;
            }
        }
        sum + rushed
    }
}
