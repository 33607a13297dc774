//! Charts of what came in each minute or hour. A slot in which nobody counted is hatched, not empty.

use keshi_events::Millis;
use maud::{Markup, html};

use crate::lang::Lang;
use crate::pulse::Slot;
use crate::record::time_of_day;

/// A line of small bars for a table, told in words by its label.
pub(crate) fn spark(slots: &[Slot], lang: Lang) -> Markup {
    let most = most(slots);
    let known: Vec<i64> = slots.iter().filter_map(|slot| slot.messages).collect();
    let said = if known.is_empty() {
        lang.of("尚无计数", "not counted yet").to_owned()
    } else {
        format!(
            "{} {} · {} {}",
            lang.of("近一小时合计", "in the last hour"),
            known.iter().sum::<i64>(),
            lang.of("每分钟最多", "at most in a minute"),
            known.iter().max().copied().unwrap_or(0)
        )
    };
    html! {
        svg.spark viewBox={ "0 0 " (slots.len() * 3) " 24" } preserveAspectRatio="none" role="img" aria-label=(said) {
            title { (said) }
            rect.lane width=(slots.len() * 3) height="24" {}
            @for (place, slot) in slots.iter().enumerate() {
                @match slot.messages {
                    Some(messages) => { @let height = (messages * 22 / most).max(i64::from(messages > 0)); rect x=(place * 3) y=(24 - height) width="2" height=(height) fill="#0b4f6c" {} },
                    None => rect x=(place * 3) y="23" width="2" height="1" fill="#75889a" {},
                }
            }
        }
    }
}

/// Bars with an axis; each can be pointed at.
pub(crate) fn bars(slots: &[Slot], lang: Lang) -> Markup {
    let (most, count) = (most(slots), slots.len().max(1) as i64);
    let step = 560 / count;
    let x = |place: usize| 44 + place as i64 * step;
    let whole: i64 = slots.iter().filter_map(|slot| slot.messages).sum();
    let said = format!("{} {whole}", lang.of("合计", "In all"));
    // Some six moments stand under the axis.
    let named = slots.len().div_ceil(6).max(1);
    html! {
        svg.bars viewBox="0 0 612 150" role="img" aria-label=(said) {
            line.grid x1="44" x2="604" y1="16" y2="16" {} line.grid x1="44" x2="604" y1="116" y2="116" {}
            text x="40" y="20" text-anchor="end" { (most) } text x="40" y="120" text-anchor="end" { "0" }
            @for (place, slot) in slots.iter().enumerate() {
                @let told = format!("{}–{}", hour(slot.from), hour(slot.to));
                @match slot.messages {
                    Some(messages) => {
                        @let height = (messages * 100 / most).max(i64::from(messages > 0));
                        rect x=(x(place)) y=(116 - height) width=((step - 1).max(1)) height=(height) fill="#0b4f6c" { title { (told) " · " (messages) } }
                    },
                    None => rect.unknown x=(x(place)) y="110" width=((step - 1).max(1)) height="6" { title { (told) " · " (lang.of("没有计数", "not counted")) } },
                }
                @if place % named == 0 { text x=(x(place)) y="134" { (hour(slot.from)) } }
            }
        }
        p.soft { (said) @if slots.iter().any(|slot| slot.messages.is_none()) { " · " (lang.of("灰色短条：当时没有计数", "short grey bars: nobody counted then")) } }
    }
}

fn most(slots: &[Slot]) -> i64 {
    slots.iter().filter_map(|slot| slot.messages).max().unwrap_or(0).max(1)
}

/// `09:30`
fn hour(at: Millis) -> String {
    time_of_day(at).get(..5).unwrap_or_default().to_owned()
}
