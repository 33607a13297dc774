//! Devices: whose clock they keep, and where on the network they stand.

use std::sync::Arc;

use keshi_events::Millis;
use rand::{Rng, RngExt};

use crate::life::trainee_id;
use crate::platform::Platform;

/// What a person studies with, and from where.
#[derive(Clone, Debug)]
pub(crate) struct Device {
    /// As platforms name it.
    pub(crate) name: Arc<str>,
    /// The clock is ahead of the true time by so much, ms.
    ahead_ms: i64,
    /// Whether it tells its time when a session is opened. Only a right clock can do without.
    tells_time: bool,
    pub(crate) home: Address,
    /// In how many of a thousand sessions it is carried elsewhere.
    pub(crate) roams_per_mille: u32,
    /// Where it says that it is: longitude and latitude in thousandths of a degree.
    pub(crate) place: Option<(i32, i32)>,
}

/// An IPv4 address out of ranges that nobody on the Internet has: 198.18.0.0/15 at home, 100.64.0.0/10 elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Address(u32);

const HOMES: u32 = 0xC612_0000;
const HOMES_COUNT: u32 = 1 << 17;
/// Homes of one person come before these.
const SHARED: u32 = 100_000;
const ELSEWHERE: u32 = 0x6440_0000;
const ELSEWHERE_COUNT: u32 = 1 << 22;
const HOUR_MS: i64 = 3_600_000;

/// One session of a device.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    /// It is named by this moment, so that classes simulated at other times can follow in the same log.
    pub(crate) opened: Millis,
    pub(crate) ahead_ms: i64,
    /// How long before the server's stamp the device read its clock; `None`: it does not tell its time.
    pub(crate) told_before_ms: Option<i64>,
    pub(crate) address: Address,
    pub(crate) device: Arc<str>,
    pub(crate) platform: Arc<Platform>,
    pub(crate) place: Option<(i32, i32)>,
}

impl Address {
    /// Of so many addresses that several people stand behind: households, rooms, gateways.
    pub(crate) fn shared(number: u32) -> Address {
        Address(HOMES + SHARED + number % (HOMES_COUNT - SHARED))
    }
}

impl Device {
    /// Its clock is right, and it does not say so.
    pub(crate) fn keeps_time(&mut self) {
        (self.ahead_ms, self.tells_time) = (0, false);
    }

    /// Anybody's: most clocks are a little off, a few by hours.
    pub(crate) fn of(who: u32, rng: &mut impl Rng) -> Device {
        let roll = rng.random_range(0..100);
        let ahead_ms = match roll {
            0..3 => rng.random_range(-26 * HOUR_MS..26 * HOUR_MS),
            3..13 => 0,
            _ => rng.random_range(-90_000..90_000),
        };
        // One person in twenty-five studies in the same training room.
        let household = if rng.random_range(0..25) == 0 { 0 } else { 1 + who % (HOMES_COUNT - 1) };
        Device {
            name: format!("device-{}", trainee_id(who)).into(),
            place: None,
            ahead_ms,
            tells_time: ahead_ms != 0,
            home: Address(HOMES + household),
            roams_per_mille: if rng.random_range(0..4) == 0 { 300 } else { 40 },
        }
    }

    pub(crate) fn session(&self, opened: Millis, platform: &Arc<Platform>, rng: &mut impl Rng) -> Session {
        let roams = rng.random_range(0..1000) < self.roams_per_mille;
        let elsewhere = Address(ELSEWHERE + rng.random_range(0..ELSEWHERE_COUNT));
        let told_before_ms = rng.random_range(20..400);
        Session {
            opened,
            ahead_ms: self.ahead_ms,
            told_before_ms: self.tells_time.then_some(told_before_ms),
            address: if roams { elsewhere } else { self.home },
            device: Arc::clone(&self.name),
            platform: Arc::clone(platform),
            place: self.place,
        }
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::net::Ipv4Addr::from(self.0).fmt(f)
    }
}
