"""Nasty logs and registries for the differential fuzzer: everything that the contract and VT-1 draw a line at.

Most messages are good, and their times stand at the rule's constants or a millisecond beside them;
some are repeats, told the same or otherwise; some are spoilt in one way; some lines stand on odd subjects.
"""

from urllib.parse import quote

import spoil
from spelling import Thousandths, time, write
from spoil import Message

SECOND, MINUTE, HOUR = 1000, 60_000, 3_600_000
# Shortly before midnight in Beijing, an ordinary morning, the first and the last days that a time may name.
BASES = [1_587_398_100_000, 1_587_344_400_000, 946_684_800_000 + 4 * HOUR, 4_133_980_800_000 - 90 * HOUR]
PLATFORMS = ["p1", "p2", "P-2_", "p10"]
SESSIONS = ["s1", "s2", "S", "会话", "s\u0001"]
COURSES = ["C1", "C1", "C2", "c", "课程", "\ufffd", "\U0001f600", "C\u00001"]
VIDEOS = ["v1", "v1", "v1", "v2", "v10", "é", "e\u0301"]
BESIDE = [0, 0, 0, -1, 1]
TEXT = ["", "x", "网课", "\U0001f600", "a\"b\\c/\u2028", "\u0000"]


def edge(chance, *constants):
    """One of the constants, or a millisecond beside it."""
    return chance.choice(constants) + chance.choice(BESIDE)


class Maker:
    """Makes the messages and the registry of one case."""

    def __init__(self, chance, platforms=None, wild=None):
        self.chance = chance
        self.wild = chance.choice([0.0, 0.0, 0.1, 0.5]) if wild is None else wild
        self.base = chance.choice(BASES[:2] * 4 + BASES)
        self.platforms = PLATFORMS[: platforms or chance.randint(1, 4)]
        self.sessions = SESSIONS[: chance.randint(1, 5)]
        self.crowded = chance.choice([60, 300, 900])  # seconds over which a trainee's events spread
        self.outages, self.late = [], []
        self.count = 0

    def messages(self, trainees, most):
        made = []
        for number in range(trainees):
            trainee = self.chance.choice(["t", "T_", "-", "0"]) + str(number)
            made += self.life(trainee, self.chance.randint(1, most))
        return made

    def life(self, trainee, events):
        """The events of one trainee; sessions keep one offset, so that edges stay edges after correction."""
        sessions = {}
        for platform in self.platforms:
            for session in self.sessions:
                offset = self.chance.choice([0, 0, 0, 7, 2_220_000]) or edge(self.chance, 0, 120_000, -120_000)
                sessions[platform, session] = {"offset": offset, "known": self.chance.random() < 0.9}
        made = []
        for (platform, session), about in sessions.items():
            if about["known"] and self.chance.random() < 0.7:
                made.append(self.opened(platform, trainee, session, about))
        for _ in range(events):
            platform, session = self.chance.choice(list(sessions))
            about = sessions[platform, session]
            kind = self.chance.choices(
                [self.watched, self.presence, self.opened, self.closed, self.quiz, self.question],
                [12, 4, 2, 1, 1, 1],
            )[0]
            made.append(kind(platform, trainee, session, about))
            if self.chance.random() < 0.12:
                made.append(self.repeat(self.chance.choice(made)))
        return made

    # What platforms say. Corrected times are chosen, and written on the session's device clock.

    def moment(self):
        return self.base + self.chance.randrange(0, self.crowded + 1, 5) * SECOND + self.chance.choice([0, 0, 0, 1, -1])

    def time(self, ms):
        return time(ms, self.chance, self.wild)

    def message(self, platform, trainee, kind, at, received_at, data):
        self.count += 1
        self.some(data, unknown=spoil.unknown(self.chance))
        id = self.chance.choice(["e", "é", "E", "\U0001f600", "%41 "]) + str(self.count)
        event = {
            "specversion": "1.0", "id": id, "source": f"/platforms/{platform}", "type": f"keshi.{kind}.v1",
            "subject": trainee, "time": self.time(at), "data": data,
        }  # fmt: skip
        family = spoil.FAMILIES[event["type"]]
        return Message(f"learn.v1.{platform}.{trainee}.{family}", event, received_at)

    def opened(self, platform, trainee, session, about):
        at = self.base + self.chance.choice([-60, 0, 0, 0, 5, 30, 200]) * SECOND + self.chance.choice(BESIDE)
        data = {
            "session": session, "method": self.chance.choice(["password", "sms", "face", "id-card", "sso"]),
            "verified": self.chance.random() < 0.9, "device": self.chance.choice(TEXT), "ip": "10.0.0.1",
        }  # fmt: skip
        if about["offset"] or self.chance.random() < 0.3:
            data["device_time"] = self.time(at - about["offset"])
        self.some(data, device_time=None, user_agent=self.chance.choice([None, "x"]))
        self.some(data, location=self.chance.choice([None, {"longitude": 117, "latitude": -1, "x": []}]))
        late = self.chance.choice([0, 200, 0, -5000]) or edge(self.chance, 0, 10 * MINUTE, 10 * MINUTE, HOUR)
        return self.message(platform, trainee, "session.opened", at, at + late, data)

    def closed(self, platform, trainee, session, about):
        at = self.moment() + self.chance.choice([0, 0, 120_000])
        data = {"session": session}
        self.some(data, reason=self.chance.choice([None, "timeout"]))
        return self.message(platform, trainee, "session.closed", at, at + self.chance.choice([0, HOUR]), data)

    def presence(self, platform, trainee, session, about):
        prompted = self.moment()
        outcome = self.chance.choice(["passed", "passed", "passed", "failed", "missed"])
        data = {
            "session": session, "prompted_at": self.time(prompted - about["offset"]), "outcome": outcome,
            "method": self.chance.choice(["face", "captcha", "click"]),
        }  # fmt: skip
        answered = prompted + self.chance.choice([0, 5000, edge(self.chance, 60_000), 120_000, 300_000])
        answered = max(answered, prompted)
        if outcome != "missed":
            data["answered_at"] = self.time(answered - about["offset"])
        else:
            self.some(data, answered_at=None)
        return self.message(platform, trainee, "presence.checked", answered, answered + self.lateness(), data)

    def lateness(self):
        """How long after the corrected end the stream received it, ms."""
        if self.chance.random() < 0.5:
            return self.chance.choice([0, 200, 3000])
        return edge(self.chance, -15_000, -14_000, 10 * MINUTE, 10 * MINUTE, 72 * HOUR, 72 * HOUR, -3_600_000, HOUR)

    def watched(self, platform, trainee, session, about):
        start = self.moment()
        wall = self.chance.choice([30_000] * 6 + [0, 1, 3, 7, 1000, 20_000, 29_997, 60_000, 90_000, 90_001, 120_000])
        content = self.chance.choice(
            [wall, wall, wall, 0, wall * 21 // 20, wall * 21 // 20 + 1, wall * 11 // 5, wall * 11 // 5 + 1,
             wall * 2, wall // 2, wall * 3 // 2, wall * 17 // 11, 1, wall // 3]
        )  # fmt: skip
        first = self.chance.choice([0, 0, 15_000, 30_000, 50_000, 29_999, 86_400_000 - content])
        end = start + wall
        late = self.lateness()
        data = {
            "session": session, "course": self.chance.choice(COURSES), "video": self.chance.choice(VIDEOS),
            "from": Thousandths(first), "to": Thousandths(first + content),
            "started_at": self.time(start - about["offset"]), "ended_at": self.time(end - about["offset"]),
        }  # fmt: skip
        self.some(data, rate=self.chance.choice([None, 1, Thousandths(-2500)]))
        self.some(data, foreground=self.chance.choice([None, True, False]))
        if late > 9 * MINUTE:
            self.late.append((platform, trainee, session, start, end))
        return self.message(platform, trainee, "video.watched", end, end + late, data)

    def quiz(self, platform, trainee, session, about):
        at = self.moment()
        data = {
            "session": session, "course": "C1", "quiz": "q1", "attempt": self.chance.choice([1, Thousandths(2000)]),
            "started_at": self.time(at), "submitted_at": self.time(at + self.chance.choice([0, 1000])),
            "score": self.chance.choice(["0", "-0", "59.999999", "60"]), "max_score": self.chance.choice(["60", "060.000000", "999999999999999.999999"]),
        }  # fmt: skip
        self.some(data, answers=self.chance.choice([None, [], [{"item": 1, "choice": None}, {}]]))
        return self.message(platform, trainee, "quiz.submitted", at, at + 200, data)

    def question(self, platform, trainee, session, about):
        at = self.moment()
        data = {"course": "C1", "thread": self.chance.choice(["h", "x" * 128, "网" * 128])}
        if self.chance.random() < 0.5:
            data["session"] = session
            self.some(data, text=self.chance.choice(TEXT))
            return self.message(platform, trainee, "question.asked", at, at + 200, data)
        data["answerer"] = self.chance.choice(["instructor", "platform", "trainee"])
        self.some(data, session=self.chance.choice([None, session]))
        return self.message(platform, trainee, "question.answered", at, at + 200, data)

    def some(self, data, **members):
        """Optional members, now and then."""
        for name, value in members.items():
            if name not in data and self.chance.random() < 0.2:
                data[name] = value

    def repeat(self, message):
        """The same event again, told the same or not."""
        event = dict(message.event)
        event["data"] = dict(event["data"])
        again = Message(message.subject, event, message.received_at + self.chance.choice([0, 1000, -1000, HOUR]))
        if self.chance.random() < 0.4:
            spoil.change(event, self.chance)
        return again

    # How it stands in the file.

    def lines(self, messages):
        """The lines of the log file, text or bytes, in order of seq."""
        self.chance.shuffle(messages) if self.chance.random() < 0.5 else None
        seqs = self.chance.sample(range(1, 5 * len(messages) + 2), len(messages))
        if self.chance.random() < 0.05:
            seqs[0] = self.chance.choice([0, 2**63, 2**64 - 1])
        return [self.line(seq, message) for seq, message in zip(seqs, messages)]

    def line(self, seq, message):
        spoilt = self.chance.random() < 0.12
        if spoilt:
            spoil.event(message, self.chance)
        if self.chance.random() < 0.03:
            message.subject = spoil.subject(message.subject, self.chance)
        headers, payload = self.encoded(message)
        if spoilt and self.chance.random() < 0.3:
            payload = spoil.payload(payload, self.chance)
        if self.chance.random() < 0.01:
            payload = spoil.sized(payload, self.chance)
        members = [("seq", seq), ("received_at", self.time(message.received_at)), ("subject", message.subject)]
        if headers or self.chance.random() < 0.1:
            members.append(("headers", dict(headers)))
        members.append(spoil.carried(payload, self.chance))
        if self.chance.random() < self.wild:
            members.append((self.chance.choice(["note", "Seq", "payload "]), {"a": [1, None]}))
            self.chance.shuffle(members)
        text = write(dict(members), self.chance, 0.0)
        return text.encode("utf-8", "surrogatepass")

    def encoded(self, message):
        """Headers and payload, in one of the content modes."""
        event = message.event
        binary = self.chance.random() < 0.15
        headers = [("Nats-Msg-Id", "x")] if self.chance.random() < 0.3 else []
        if not binary:
            if self.chance.random() < 0.05:
                headers += [("content-type", "Application/CloudEvents+json; charset=UTF-8"), ("ce-specversion", "1.0")]
            elif self.chance.random() < 0.05:
                headers.append((self.chance.choice(["Content-Type", "ce-id"]), "application/json"))
            whole = dict(event)
            if self.chance.random() < 0.1:
                whole["datacontenttype"] = "application/json"
            return headers, write(whole, self.chance, self.wild).encode("utf-8", "surrogatepass")
        if self.chance.random() < 0.3:
            headers.append((self.chance.choice(["Content-Type", "CONTENT-TYPE"]), "application/json"))
        for name, value in event.items():
            if name != "data" and isinstance(value, str):
                text = quote(value, safe="/:+" if self.chance.random() < 0.7 else "/:+ é")
                prefix = self.chance.choice(["ce-", "ce-", "CE-", "Ce-"])
                headers.append((prefix + (name if self.chance.random() < 0.8 else name.upper()), text))
                if self.chance.random() < 0.02:
                    headers.append(("cE-" + name, "other"))
        spoil.binary(headers, self.chance)
        return headers, write(event.get("data"), self.chance, self.wild).encode("utf-8", "surrogatepass")

    # The registry.

    def registry(self):
        """Bytes of a registry file, or None."""
        if self.chance.random() < 0.4:
            return None
        courses = []
        for course in sorted(set(COURSES)):
            if self.chance.random() < 0.7:
                videos = [
                    {"video": video, "duration_ms": self.chance.choice([0, 1, 29_999, 30_000, 45_500, 600_000, 86_400_000])}
                    for video in sorted(set(VIDEOS))
                    if self.chance.random() < 0.8
                ]
                courses.append({"course": course, "videos": videos, "quizzes": 7, "x": None})
        approvals = []
        for platform, trainee, session, start, end in self.late:
            way = self.chance.random()
            if way < 0.2:
                approvals.append({"platform": platform, "trainee": trainee, "session": session})
            elif way < 0.4:
                around = [edge(self.chance, start), edge(self.chance, end)]
                approvals.append({"platform": platform, "from": self.time(around[0]), "to": self.time(around[1])})
        providers = [
            {"provider": platform, "max_stretch_ms": self.chance.choice([0, 29_997, 30_000, 90_000, 120_000, 86_400_000])}
            for platform in self.platforms
            if self.chance.random() < 0.15
        ]
        lists = {"courses": courses, "approvals": approvals, "providers": providers, "trainees": 5}
        kept = {name: rows for name, rows in lists.items() if rows or self.chance.random() < 0.5}
        text = write(kept, self.chance, 0.0).encode("utf-8")
        return b"\xef\xbb\xbf" + text if self.chance.random() < 0.05 else text
