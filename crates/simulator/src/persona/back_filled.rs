//! Whole evenings made up afterwards: sign-ins, stretches and quizzes are all sent days later.

use keshi_events::Millis;

use super::Persona;
use crate::class::TruthFlag;
use crate::life::Life;

/// The forger.
pub(crate) struct BackFilled;

const DAYS_LATER_MS: i64 = 5 * 86_400_000;

impl Persona for BackFilled {
    fn name(&self) -> &'static str {
        "back-filled"
    }

    fn honest(&self) -> bool {
        false
    }

    fn flags(&self) -> Vec<TruthFlag> {
        vec![TruthFlag { flag: "back-filled", level: "hold" }]
    }

    fn live(&self, life: &mut Life<'_>, evenings: &[Millis]) {
        let videos = life.course.videos.clone();
        let mut next = videos.iter();
        for evening in evenings {
            life.now = *evening;
            life.held_until = Some(*evening + DAYS_LATER_MS);
            let Some(first) = next.next() else { return };
            life.sign_in();
            let rest: Vec<_> = next.by_ref().take(2).collect();
            for video in std::iter::once(first).chain(rest) {
                let mut position = 0;
                while position < video.duration_ms {
                    let to = (position + 30_000).min(video.duration_ms);
                    life.watch(&video.id, position, to, to - position);
                    position = to;
                }
            }
            life.sign_out();
        }
    }
}
