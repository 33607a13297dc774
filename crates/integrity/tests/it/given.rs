//! Events as platforms send them, briefly said.

use std::collections::{BTreeMap, BTreeSet};

use keshi_events::{Event, Headers, Millis, Origin, PlatformId, StoredMessage, TraineeId, decode};
use keshi_integrity::{
    Crowd, Examined, Flag, History, Key, Kind, Level, MOST_PEOPLE, Part, Repeats, Rules, Scope, Side, Tally,
    examine, settle,
};
use keshi_record::{Catalogue, Constants, Course};
use num_rational::Ratio;
use serde_json::{Value, json};

/// 2020-04-20T09:00+08:00
pub(crate) const NINE: i64 = 1_587_344_400_000;
pub(crate) const MINUTE: i64 = 60_000;
pub(crate) const HOUR: i64 = 60 * MINUTE;

/// A log in the making.
#[derive(Default)]
pub(crate) struct Log {
    pub(crate) messages: Vec<StoredMessage>,
}

impl Log {
    pub(crate) fn say(&mut self, who: &str, kind: &str, at: i64, received: i64, data: Value) -> &mut Self {
        let seq = self.messages.len() as u64 + 1;
        self.say_as(&format!("e{seq}"), who, "p1", kind, at, received, data)
    }

    #[allow(clippy::too_many_arguments, reason = "an envelope has so many members")]
    pub(crate) fn say_as(
        &mut self,
        id: &str,
        who: &str,
        platform: &str,
        kind: &str,
        at: i64,
        received: i64,
        data: Value,
    ) -> &mut Self {
        let family = match kind {
            "video.watched" => "video-watch",
            "quiz.submitted" => "quiz",
            _ => "sign-in",
        };
        let event = json!({"specversion": "1.0", "id": id, "source": format!("/platforms/{platform}"),
            "type": format!("keshi.{kind}.v1"), "subject": who, "time": time(at), "data": data});
        self.messages.push(StoredMessage {
            seq: self.messages.len() as u64 + 1,
            received_at: Millis(received),
            subject: format!("learn.v1.{platform}.{who}.{family}"),
            headers: Headers::default(),
            payload: event.to_string().into_bytes().into(),
        });
        self
    }

    pub(crate) fn open(&mut self, who: &str, session: &str, at: i64, device: &str, ip: &str) -> &mut Self {
        let data =
            json!({"session": session, "method": "face", "verified": true, "device": device, "ip": ip});
        self.say(who, "session.opened", at, at, data)
    }

    pub(crate) fn watch(
        &mut self,
        who: &str,
        session: &str,
        video: &str,
        wall: (i64, i64),
        content: (i64, i64),
    ) -> &mut Self {
        self.watch_late(who, session, video, wall, content, 0)
    }

    pub(crate) fn watch_late(
        &mut self,
        who: &str,
        session: &str,
        video: &str,
        (start, end): (i64, i64),
        (from, to): (i64, i64),
        late: i64,
    ) -> &mut Self {
        let data = json!({"session": session, "course": "C1", "video": video, "from": from as f64 / 1000.0,
            "to": to as f64 / 1000.0, "started_at": time(start), "ended_at": time(end)});
        self.say(who, "video.watched", end, end + late, data)
    }

    /// Plays on for `count` stretches of 30 s; `jitter` of each in turn.
    pub(crate) fn play(
        &mut self,
        who: &str,
        session: &str,
        video: &str,
        begin: i64,
        count: i64,
    ) -> &mut Self {
        for at in 0..count {
            let wobble = |at: i64| (at * 7919) % 83;
            let (start, end) = (begin + at * 30_000 + wobble(at), begin + (at + 1) * 30_000 + wobble(at + 1));
            self.watch(who, session, video, (start, end), (start - begin, end - begin));
        }
        self
    }

    pub(crate) fn check(&mut self, who: &str, session: &str, at: i64, outcome: &str) -> &mut Self {
        let answered = (outcome != "missed").then(|| time(at + 5_000));
        let data = json!({"session": session, "prompted_at": time(at), "outcome": outcome,
            "answered_at": answered, "method": "click"});
        self.say(who, "presence.checked", at + 5_000, at + 5_000, data)
    }

    /// Answers are (choice, right, ms after the start).
    pub(crate) fn quiz(
        &mut self,
        who: &str,
        session: &str,
        quiz: &str,
        started: i64,
        answers: &[(&str, bool, i64)],
    ) -> &mut Self {
        let list: Vec<Value> = answers
            .iter()
            .enumerate()
            .map(|(item, (choice, right, after))| {
                json!({"item": format!("i{item:02}"), "choice": choice, "correct": right, "answered_at": time(started + after)})
            })
            .collect();
        let end = started + answers.iter().map(|answer| answer.2).max().unwrap_or_default();
        let right = answers.iter().filter(|answer| answer.1).count();
        let data = json!({"session": session, "course": "C1", "quiz": quiz, "attempt": 1, "started_at": time(started),
            "submitted_at": time(end), "score": right.to_string(), "max_score": answers.len().to_string(), "answers": list});
        self.say(who, "quiz.submitted", end, end, data)
    }

    /// All flags: the same whether all is laid side by side, or judged key by key.
    pub(crate) fn flags(&self) -> Vec<Flag> {
        let flags = self.flags_in(|_| {});
        assert_eq!(flags, self.flags_by_parts());
        flags
    }

    /// All flags, each device, address, quiz, course and rhythm judged by itself.
    pub(crate) fn flags_by_parts(&self) -> Vec<Flag> {
        let rules = Rules::default();
        let mut flags = Vec::new();
        let mut groups: BTreeMap<Key, Vec<(TraineeId, Part)>> = BTreeMap::new();
        let mut sides: BTreeMap<PlatformId, Vec<(Tally, bool)>> = BTreeMap::new();
        let (mut papers, mut places) = (BTreeMap::<TraineeId, Vec<Part>>::new(), BTreeMap::new());
        let (mut steady, mut doubtful, mut links) = (Vec::new(), Vec::new(), Vec::new());
        let examined = self.examined();
        for (who, one) in &examined {
            for (key, part) in one.traces.parts(&rules) {
                match key.scope {
                    Scope::Quiz => papers.entry(who.clone()).or_default().push(part.clone()),
                    Scope::Device | Scope::Address => {
                        places.entry(who.clone()).or_insert_with(BTreeSet::new).insert(key);
                    }
                    _ => {}
                }
                groups.entry(key).or_default().push((who.clone(), part));
            }
            for (platform, tally) in &one.traces.platforms {
                let side = sides.entry(platform.clone()).or_default();
                side.push((*tally, one.traces.repeats_on(platform)));
            }
            flags.extend(one.flags.clone());
            steady.extend(one.traces.steady.clone());
        }
        let mut rooms = BTreeSet::new();
        for (key, members) in groups {
            let mut crowd = Crowd::default();
            let with_papers = members.iter().filter(|(who, _)| papers.contains_key(who));
            if matches!(key.scope, Scope::Device | Scope::Address) && with_papers.count() <= MOST_PEOPLE {
                for (who, _) in &members {
                    papers.get(who).into_iter().flatten().for_each(|paper| crowd.join(who, paper.clone()));
                }
            }
            members.into_iter().for_each(|(who, part)| crowd.join(&who, part));
            let judged = crowd.judge(key.scope, examined.len() as u64, &rules);
            flags.extend(judged.flags);
            doubtful.extend(judged.doubtful);
            links.extend(judged.links);
            if judged.is_room {
                rooms.insert(key);
            }
        }
        places.values_mut().for_each(|places: &mut BTreeSet<Key>| places.retain(|key| !rooms.contains(key)));
        flags.extend(doubtful.into_iter().filter(|flag| {
            let both: Vec<_> = flag.people.iter().filter_map(|who| places.get(who)).collect();
            matches!(both.as_slice(), [a, b] if a.intersection(b).next().is_some())
        }));
        let sides: BTreeMap<PlatformId, Side> =
            sides.into_iter().map(|(platform, people)| (platform, people.into_iter().collect())).collect();
        flags.extend(sides.iter().filter_map(|(platform, side)| side.never_asks(platform)));
        let is_own = |platform: &PlatformId, what| sides[platform].is_own(what, &rules);
        flags.extend(steady.into_iter().filter(|s| !is_own(&s.platform, s.what)).map(|s| s.flag));
        let mut repeats = Repeats::default();
        links.into_iter().for_each(|link| repeats.take(link));
        flags.extend(repeats.flags(sides.values().map(|side| side.could_repeat).sum(), &rules));
        settle(flags)
    }

    /// All flags, with the order in which trainees are taken changed.
    pub(crate) fn flags_in(&self, reorder: impl Fn(&mut Vec<(TraineeId, Examined)>)) -> Vec<Flag> {
        let mut examined = self.examined();
        reorder(&mut examined);
        let mut crowd = Crowd::default();
        let mut flags = Vec::new();
        for (who, one) in examined {
            flags.extend(one.flags);
            crowd.take(&who, one.traces);
        }
        flags.extend(crowd.flags(&Rules::default()));
        settle(flags)
    }

    fn examined(&self) -> Vec<(TraineeId, Examined)> {
        let (constants, catalogue, rules) = (Constants::default(), catalogue(), Rules::default());
        let mut ordered: Vec<&StoredMessage> = self.messages.iter().collect();
        ordered.sort_by_key(|message| message.seq);
        let mut trainees: BTreeMap<TraineeId, Vec<Event<'_>>> = Default::default();
        for message in ordered {
            let decoded = decode(message, Origin::File);
            assert!(decoded.is_ok(), "{decoded:?}");
            let Ok(event) = decoded else { continue };
            trainees.entry(event.trainee.as_ref().into()).or_default().push(event);
        }
        let examined = trainees.iter().map(|(who, events)| {
            (who.clone(), examine(who, &History::of(events), &constants, &catalogue, &rules))
        });
        examined.collect()
    }

    /// The highest level of a kind about somebody; `None` is nobody: about a course or platform.
    pub(crate) fn level(&self, who: Option<&str>, kind: Kind) -> Option<Level> {
        let about = |flag: &&Flag| match who {
            Some(who) => flag.people.iter().any(|trainee| trainee.as_str() == who),
            None => flag.people.is_empty(),
        };
        self.flags().iter().filter(|flag| flag.kind == kind).filter(about).map(|flag| flag.level).max()
    }
}

/// Course C1: videos v0 to v9 of 20 minutes, one quiz q1 that 60% pass.
pub(crate) fn catalogue() -> Catalogue {
    let course = Course {
        videos: (0..10).map(|n| (format!("v{n}").into(), 20 * MINUTE)).collect(),
        quizzes: [("q1".into(), Ratio::new(3, 5))].into(),
        questions: 0,
    };
    Catalogue { courses: Some([("C1".into(), course)].into()), ..Catalogue::default() }
}

pub(crate) fn time(at: i64) -> String {
    Millis(at).to_beijing()
}
