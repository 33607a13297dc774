//! A player on a loop: nobody is there to answer when presence is asked for.

use keshi_events::Millis;

use super::Persona;
use crate::class::TruthFlag;
use crate::life::{Delivery, Life};

/// The loop.
pub(crate) struct IdleBot;

/// When the first check comes, ms after the sign-in: on the edge of a stretch.
const FIRST_CHECK_MS: i64 = 20 * 60_000;
const STRETCH_MS: i64 = 30_000;

impl Persona for IdleBot {
    fn name(&self) -> &'static str {
        "idle-bot"
    }

    fn honest(&self) -> bool {
        false
    }

    fn flags(&self) -> Vec<TruthFlag> {
        vec![TruthFlag { flag: "presence-missed", level: "review" }]
    }

    fn live(&self, life: &mut Life<'_>, evenings: &[Millis]) {
        let videos = life.course.videos.clone();
        for (day, evening) in evenings.iter().take(8).enumerate() {
            life.now = *evening;
            life.sign_in();
            let (begun, video) = (life.now, &videos[day % videos.len()]);
            let mut position = 0;
            while life.now - begun < 5 * 3_600_000 {
                let since = life.now - begun;
                if since >= FIRST_CHECK_MS && since % FIRST_CHECK_MS == 0 {
                    life.presence(None);
                }
                let to = position + STRETCH_MS;
                if to > video.duration_ms {
                    position = 0;
                    continue;
                }
                let arrived = life.watch(&video.id, position, to, STRETCH_MS) == Delivery::Arrived;
                if arrived && since < FIRST_CHECK_MS {
                    life.book.watched(&video.id, position, to);
                }
                position = to;
            }
        }
    }
}
