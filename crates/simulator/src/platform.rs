//! The platforms: each speaks the contract in its own way.

use rand::Rng;

use crate::config::Config;
use crate::course::Course;

/// A platform and its course.
#[derive(Clone, Debug)]
pub(crate) struct Platform {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) course: Course,
    /// How people prove who they are.
    pub(crate) sign_in: &'static str,
    /// How they show that they are there.
    pub(crate) presence: &'static str,
    /// Of how many of a thousand people the events come with their attributes as headers.
    pub(crate) binary_per_mille: u32,
    /// Whether the device's times come in UTC.
    pub(crate) says_utc: bool,
    /// Its server's clock is ahead of the true time by so much, ms.
    pub(crate) clock_fast_ms: i64,
    /// Whether the video stands still until a presence check is answered.
    pub(crate) pauses_for_checks: bool,
    /// Its player may report so many ms beyond a video's registered end.
    pub(crate) overrun_ms: i64,
}

impl Platform {
    /// All platforms of a simulation.
    pub(crate) fn all(config: &Config, rng: &mut impl Rng) -> Vec<Platform> {
        let first = Course::plan("electrician-junior", "电工（初级）", config.class_hours, rng);
        let second = Course::plan("electrician-basics", "电工基础（初级）", config.class_hours, rng);
        let mut platforms = vec![
            Platform {
                id: "p1",
                name: "模拟学习平台（一）",
                course: first,
                sign_in: "face",
                presence: "click",
                binary_per_mille: 0,
                says_utc: false,
                clock_fast_ms: 0,
                pauses_for_checks: true,
                overrun_ms: 0,
            },
            Platform {
                id: "p2",
                name: "模拟学习平台（二）",
                course: second,
                sign_in: "id-card",
                presence: "captcha",
                binary_per_mille: 600,
                says_utc: true,
                clock_fast_ms: 1_700,
                pauses_for_checks: false,
                overrun_ms: 300,
            },
        ];
        if config.everybody {
            let short = Course::plan("electrician-safety", "电工安全（初级）", 1, rng);
            platforms.push(Platform {
                id: "p3",
                name: "模拟学习平台（三）",
                course: short,
                sign_in: "sms",
                presence: "face",
                binary_per_mille: 200,
                says_utc: false,
                clock_fast_ms: 0,
                pauses_for_checks: true,
                overrun_ms: 0,
            });
        }
        platforms
    }
}
