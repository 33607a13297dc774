//! A script that runs the player at eight times its pace.

use keshi_events::Millis;

use super::Persona;
use crate::class::TruthFlag;
use crate::life::Life;

/// The script.
pub(crate) struct Speed;

impl Persona for Speed {
    fn name(&self) -> &'static str {
        "speed-8x"
    }

    fn honest(&self) -> bool {
        false
    }

    fn flags(&self) -> Vec<TruthFlag> {
        vec![TruthFlag { flag: "impossible-speed", level: "review" }]
    }

    fn live(&self, life: &mut Life<'_>, evenings: &[Millis]) {
        let videos = life.course.videos.clone();
        let Some(evening) = evenings.first() else { return };
        life.now = *evening;
        life.sign_in();
        let mut since_check = 0;
        for video in &videos {
            let mut position = 0;
            while position < video.duration_ms {
                let to = (position + 240_000).min(video.duration_ms);
                let wall = (to - position) / 8;
                life.watch(&video.id, position, to, wall.max(1));
                position = to;
                since_check += wall;
                if since_check > 20 * 60_000 {
                    life.presence(Some(3_000));
                    since_check = 0;
                }
            }
        }
        for quiz in life.course.quizzes.clone() {
            life.quiz(&quiz, 1, 96, 2);
        }
        let thread = format!("{}-1", life.trainee);
        life.ask(&thread);
        life.sign_out();
    }
}
