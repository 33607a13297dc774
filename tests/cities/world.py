"""A city as other people might make one: platforms, courses, and what a session of study says.

Nothing here knows how Keshi simulates or judges; it follows the wire contract of `schemas/` alone. All chance comes from one
`random.Random`, so a seed gives the same city to the byte. Times are whole milliseconds, positions too.
"""

import json

SECOND, MINUTE, HOUR, DAY = 1000, 60_000, 3_600_000, 86_400_000
MONDAY = 1_588_521_600_000  # 2020-05-04T00:00+08:00


def stamp(ms):
    """RFC 3339 at +08:00, to the millisecond."""
    days, rest = divmod(ms + 8 * HOUR, DAY)
    era = days + 719468
    cycle, day = divmod(era, 146097)
    year_of = (day - day // 1460 + day // 36524 - day // 146096) // 365
    day -= 365 * year_of + year_of // 4 - year_of // 100
    month = (5 * day + 2) // 153
    date = day - (153 * month + 2) // 5 + 1
    month = month + 3 if month < 10 else month - 9
    year = cycle * 400 + year_of + (month <= 2)
    return "%04d-%02d-%02dT%02d:%02d:%02d.%03d+08:00" % (
        year, month, date, rest // HOUR, rest // MINUTE % 60, rest // SECOND % 60, rest % SECOND)


class Platform:
    """What a platform's player and server do: each in its own way."""

    def __init__(self, name, cadence, *, devices=True, addresses=True, clocks=True, asks=True, closes=True, timed_answers=True):
        self.name, self.cadence = name, cadence
        self.devices, self.addresses, self.clocks = devices, addresses, clocks
        self.asks, self.closes, self.timed_answers = asks, closes, timed_answers

    def beat(self, rng):
        """How long until the player reports next, by a timer that is never exact."""
        low, high = self.cadence
        return rng.randint(low, high)


PLATFORMS = {
    "usual": [
        Platform("north", (29_700, 30_600)),
        Platform("quick", (14_800, 15_400)),
        Platform("slow", (59_000, 62_000), closes=False),
        Platform("loose", (18_000, 75_000), timed_answers=False),
    ],
    "bare": [
        Platform("bare", (29_500, 31_000), devices=False, addresses=False, clocks=False, asks=False),
        Platform("plain", (44_000, 47_000), devices=False, clocks=False, closes=False, timed_answers=False),
    ],
}


class Course:
    def __init__(self, rng, number, platform):
        self.name, self.platform = "course-%d" % number, platform
        self.videos = [("part-%d" % at, rng.randint(6 * 60, 14 * 60) * SECOND) for at in range(1, rng.randint(6, 9))]
        self.quiz, self.items = "exam", rng.randint(15, 25)
        self.hard = [rng.uniform(0.55, 0.95) for _ in range(self.items)]
        self.lures = [rng.choice("BCD") for _ in range(self.items)]

    def length(self):
        return sum(length for _, length in self.videos)

    def row(self):
        return {"course": self.name, "provider": self.platform.name,
                "videos": [{"video": name, "duration_ms": length} for name, length in self.videos],
                "quizzes": [{"quiz": self.quiz, "pass": "0.60"}]}


class City:
    def __init__(self, rng, shape, courses=8, days=16):
        self.rng, self.messages, self.truth, self.serial = rng, [], [], 0
        self.days, self.most_copied = days, 6
        self.platforms = PLATFORMS[shape]
        self.courses = [Course(rng, at, self.platforms[at % len(self.platforms)]) for at in range(courses)]

    def course(self, wanted=lambda platform: True):
        return self.rng.choice([course for course in self.courses if wanted(course.platform)])

    def new(self, prefix):
        self.serial += 1
        return "%s%05d" % (prefix, self.serial)

    def device(self):
        return "%016x" % self.rng.getrandbits(64)

    def address(self):
        return "100.%d.%d.%d" % (self.rng.randint(64, 127), self.rng.randint(0, 255), self.rng.randint(1, 254))

    def say(self, platform, trainee, family, kind, at, received, data, name=None):
        name = name or self.new("m")
        event = {"specversion": "1.0", "type": "keshi.%s.v1" % kind, "source": "/platforms/" + platform, "id": name,
                 "time": stamp(at), "subject": trainee, "data": data}
        message = {"received_at": received, "subject": "learn.v1.%s.%s.%s" % (platform, trainee, family), "payload": event}
        self.messages.append(message)
        return message

    def person(self, persona, honest, flags=()):
        trainee = self.new("u")
        self.truth.append({"trainee": trainee, "persona": persona, "honest": honest,
                           "flags": [{"flag": flag, "level": level} for flag, level in flags]})
        return trainee

    def write(self, folder):
        self.messages.sort(key=lambda message: message["received_at"])
        with open(folder + "/log.jsonl", "w") as log:
            for seq, message in enumerate(self.messages, 1):
                message = {"seq": seq, **message, "received_at": stamp(message["received_at"])}
                log.write(json.dumps(message, ensure_ascii=False) + "\n")
        with open(folder + "/registry.json", "w") as registry:
            json.dump({"providers": [{"provider": p.name, "kind": "platform", "name": p.name} for p in self.platforms],
                       "courses": [course.row() for course in self.courses]}, registry)
        with open(folder + "/truth.jsonl", "w") as truth:
            for line in self.truth:
                truth.write(json.dumps(line) + "\n")


class Session:
    """One session on a platform. `now` is true time; the device's clock may differ by `skew`."""

    def __init__(self, city, platform, trainee, at, device=None, address=None, skew=0, place=None, verified=True):
        self.city, self.rng, self.platform, self.trainee = city, city.rng, platform, trainee
        self.name, self.skew, self.now, self.begun = city.new("s"), skew, at, at
        self.delay = lambda at: at + self.rng.randint(80, 2_500)
        data = {"session": self.name, "method": self.rng.choice(["face", "sms"]), "verified": verified,
                "device": (device or city.device()) if platform.devices else "", "ip": (address or city.address()) if platform.addresses else "0.0.0.0"}
        if platform.clocks or skew:
            data["device_time"] = stamp(at + skew)
        if place:
            data["location"] = {"longitude": place[0], "latitude": place[1]}
        self.say("sign-in", "session.opened", at, data)
        self.now += self.rng.randint(2_000, 9_000)

    def say(self, family, kind, at, data, name=None):
        return self.city.say(self.platform.name, self.trainee, family, kind, at, max(at, self.delay(at)), data, name)

    def wait(self, low, high):
        self.now += self.rng.randint(low, high)

    def stretch(self, course, video, begin, end, length, drop=0.0, twice=0.0):
        """One report: `length` of wall time from `now` on."""
        data = {"session": self.name, "course": course.name, "video": video, "from": begin / 1000, "to": end / 1000,
                "started_at": stamp(self.now + self.skew), "ended_at": stamp(self.now + length + self.skew)}
        self.now += length
        if self.rng.random() >= drop:
            message = self.say("video-watch", "video.watched", self.now, data)
            if self.rng.random() < twice:
                self.city.messages.append({**message, "received_at": message["received_at"] + self.rng.randint(500, 40_000)})

    def watch(self, course, video, begin, end, rate=1.0, pauses=0.03, drop=0.0, twice=0.0):
        """Plays from one position to another, a report at every beat and before each pause."""
        position = begin
        while position < end:
            beat = self.platform.beat(self.rng)
            pause = self.rng.random() < pauses
            if pause:
                beat = max(1_500, int(beat * self.rng.random()))
            to = min(end, position + int(beat * rate))
            wall = beat if to < end else max(1, int((to - position) / rate))
            self.stretch(course, video, position, to, wall, drop, twice)
            position = to
            self.now += self.rng.randint(0, 60)
            if pause:
                self.wait(3_000, 90_000)
            yield position

    def check(self, outcome="passed", answer=None):
        at = self.now + self.skew
        data = {"session": self.name, "prompted_at": stamp(at), "outcome": outcome, "method": "click"}
        if outcome != "missed":
            self.wait(2_000, 20_000)
            data["answered_at"] = stamp(answer or self.now + self.skew)
        self.say("sign-in", "presence.checked", self.now, data)

    def exam(self, course, choices, each=(12_000, 45_000), attempt=1):
        """Hands in a paper: `choices` by item, 'A' is right."""
        begun, answers = self.now, []
        for item, choice in enumerate(choices):
            self.wait(*each)
            answer = {"item": "q%02d" % item, "choice": choice, "correct": choice == "A"}
            if self.platform.timed_answers:
                answer["answered_at"] = stamp(self.now + self.skew)
            answers.append(answer)
        right = sum(choice == "A" for choice in choices)
        data = {"session": self.name, "course": course.name, "quiz": course.quiz, "attempt": attempt, "score": str(right),
                "max_score": str(len(choices)), "started_at": stamp(begun + self.skew), "submitted_at": stamp(self.now + 300 + self.skew), "answers": answers}
        self.now += 300
        self.say("quiz", "quiz.submitted", self.now, data)
        return right >= 0.6 * len(choices)

    def close(self):
        self.wait(1_000, 8_000)
        if self.platform.closes:
            self.say("sign-in", "session.closed", self.now, {"session": self.name})
        return self.now
