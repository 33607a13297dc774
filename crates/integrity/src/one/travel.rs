//! `travel`: two sign-ins farther apart than an aeroplane flies in the time between. Info, unless something holds already.

use crate::flag::{Flag, Kind, Level, window};
use crate::trail::Trail;

const EARTH_KM: f64 = 6_371.0;
const MS_PER_HOUR: f64 = 3_600_000.0;

pub(crate) fn find(trail: &Trail<'_>, flags: &mut Vec<Flag>) {
    let located = trail
        .places
        .iter()
        .filter_map(|(seq, longitude, latitude)| Some((trail.event(*seq)?, (*longitude, *latitude))));
    let mut located: Vec<_> = located.collect();
    located.sort_by(|(a, _), (b, _)| (a.time, &a.id).cmp(&(b.time, &b.id)));
    for ((before, here), (after, there)) in located.iter().zip(located.iter().skip(1)) {
        let km = distance_km(*here, *there);
        let hours = (after.time - before.time) as f64 / MS_PER_HOUR;
        // The fix of a telephone wanders by some kilometres from one sign-in to the next.
        if km < trail.rules.travel_least_km as f64 || km <= trail.rules.travel_kmh as f64 * hours {
            continue;
        }
        let when = window(before.time, after.time);
        flags.push(Flag {
            chinese: format!("{when} 两次签到相距 {km:.0} 公里"),
            english: format!("two sign-ins {km:.0} km apart, {when}"),
            evidence: vec![trail.exhibit(before), trail.exhibit(after)],
            ..trail.flag(Kind::Travel, Level::Info, (before.time, after.time))
        });
    }
}

/// Great-circle distance between (longitude, latitude) in degrees.
fn distance_km((x1, y1): (f64, f64), (x2, y2): (f64, f64)) -> f64 {
    let (x1, y1, x2, y2) = (x1.to_radians(), y1.to_radians(), x2.to_radians(), y2.to_radians());
    let a = ((y2 - y1) / 2.0).sin().powi(2) + y1.cos() * y2.cos() * ((x2 - x1) / 2.0).sin().powi(2);
    2.0 * EARTH_KM * a.sqrt().min(1.0).asin()
}
