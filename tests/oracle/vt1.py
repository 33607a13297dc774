"""Rule VT-1 for the independent plain reference of differential tests.

From the distinct events of one trainee to their record: step by step, moment by moment, with whole
milliseconds for wall time and fractions for content. Plain before fast.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from fractions import Fraction

from moments import HOUR, MINUTE, SECOND, beijing_day, next_beijing_midnight

MAX_STRETCH = 90 * SECOND
CLOCK_TOLERANCE = 15 * SECOND
CLOCK_SKEW = 120 * SECOND
LATE_FREE = 10 * MINUTE
LATE_MAX = 72 * HOUR
PRESENCE_GRACE = 60 * SECOND
OVERLAP_TOLERANCE = 5 * SECOND


@dataclass
class Session:
    """Step 2: one session of (platform, session)."""

    openings: list = field(default_factory=list)
    closings: list = field(default_factory=list)
    checks: list = field(default_factory=list)

    def settle(self):
        opening = min(self.openings, key=lambda e: (e.time, e.id), default=None)
        self.opening = opening
        self.close = min((e.time for e in self.closings), default=None)
        self.offset = 0
        self.online = False
        if opening is None:
            return
        self.open = opening.time
        if opening.data["device_time"] is not None:
            self.offset = opening.time - opening.data["device_time"]
        self.online = opening.received_at - opening.time <= LATE_FREE
        self.claim = self.open if self.online else opening.received_at
        self.lost = self.lost_to_checks()

    def lost_to_checks(self):
        """Step 5: the intervals that presence checks take; an end of None never comes."""
        checks = []  # (prompted, answered when passed and believed, else None)
        for event in self.checks:
            prompted = event.data["prompted_at"] + self.offset
            answered = None
            if event.data["outcome"] == "passed":
                answered = event.data["answered_at"] + self.offset
                if event.received_at - answered > (LATE_MAX if self.online else LATE_FREE):
                    answered = None
            checks.append((prompted, answered))
        answers = sorted(answered for _, answered in checks if answered is not None)
        lost = []
        for prompted, answered in checks:
            if answered is None or answered - prompted > PRESENCE_GRACE:
                lost.append((prompted, next((a for a in answers if a >= prompted), None)))
        return lost

    def reason_at(self, moment):
        """Step 5: why this moment does not count, or None."""
        if moment < self.open:
            return "no-sign-in"
        if self.close is not None and moment >= self.close:
            return "signed-out"
        if any(start <= moment and (end is None or moment < end) for start, end in self.lost):
            return "presence-missed"
        return None

    def edges(self):
        """Where the answer of reason_at may change."""
        return [self.open, self.close] + [edge for pair in self.lost for edge in pair]


class Stretch:
    """Step 3: one `video.watched`, on the corrected clock."""

    def __init__(self, event, session):
        self.event = event
        self.session = session
        self.platform = event.platform
        self.session_name = event.data["session"]
        self.video = (event.data["course"], event.data["video"])
        self.start = event.data["started_at"] + session.offset
        self.end = event.data["ended_at"] + session.offset
        self.clock_ahead = self.end - event.received_at > CLOCK_TOLERANCE
        if self.clock_ahead:
            ahead = self.end - event.received_at
            self.start -= ahead
            self.end -= ahead
        self.position = event.data["from"]
        self.dt = self.end - self.start
        self.dp = event.data["to"] - event.data["from"]
        self.late = event.received_at - self.end > LATE_FREE

    def excluded_whole(self, registry):
        """Step 4: the first reason that fits, or None."""
        if self.dp == 0:
            return "no-progress"
        if 10 * self.dp > 22 * self.dt:
            return "impossible-speed"
        if self.dt > self.max_stretch(registry):
            return "gap"
        if self.session.opening is None:
            return "no-sign-in"
        if not self.session.opening.data["verified"]:
            return "identity-unverified"
        too_late = not self.session.online or self.event.received_at - self.end > LATE_MAX
        if self.late and too_late and not self.approved(registry):
            return "back-filled"
        return None

    def max_stretch(self, registry):
        return MAX_STRETCH if registry is None else registry.max_stretch.get(self.platform, MAX_STRETCH)

    def approved(self, registry):
        return registry is not None and registry.approves(
            self.platform, self.event.trainee, self.session_name, self.start, self.end
        )

    def rank(self):
        """Step 6: the smallest owns the moment."""
        session = (self.session.claim, self.platform, self.session_name)
        return session + (self.start, self.event.id)

    def content(self, start, end):
        """Step 7: (first position, last position, density) of the wall time from start to end."""
        density = Fraction(1) if 100 * self.dp <= 105 * self.dt else Fraction(self.dt, self.dp)
        pace = Fraction(self.dp, self.dt)
        first = self.position + (start - self.start) * pace
        last = self.position + (end - self.start) * pace
        return first, last, density


class Ledger:
    """The wall time of one trainee."""

    def __init__(self):
        self.claimed = 0
        self.attested = 0
        self.excluded = Counter()
        self.parallel = Counter()  # (reason, Beijing day) -> milliseconds
        self.flags = set()

    def exclude(self, reason, start, end):
        self.excluded[reason] += end - start
        while reason.startswith("parallel-") and start < end:
            stop = min(end, next_beijing_midnight(start))
            self.parallel[reason, beijing_day(start)] += stop - start
            start = stop


def record(events, registry, flags):
    """The record of one trainee from their distinct events, in the printed form without `trainee`."""
    ledger = Ledger()
    ledger.flags.update(flags)
    stretches = corrected_stretches(events, ledger)
    surviving = one_clock(trimmed(stretches, registry, ledger), ledger)
    for (reason, _), lost in ledger.parallel.items():
        if lost > OVERLAP_TOLERANCE:
            ledger.flags.add(reason)
    assert ledger.claimed == ledger.attested + sum(ledger.excluded.values())
    return {
        "claimed_ms": ledger.claimed,
        "attested_ms": ledger.attested,
        "excluded_ms": {reason: ms for reason, ms in sorted(ledger.excluded.items()) if ms},
        "flags": sorted(ledger.flags),
        "courses": courses(stretches, surviving, registry),
    }


def corrected_stretches(events, ledger):
    """Steps 2 and 3."""
    sessions = defaultdict(Session)
    for event in events:
        session = sessions[event.platform, event.data.get("session")]
        if event.type == "keshi.session.opened.v1":
            session.openings.append(event)
        elif event.type == "keshi.session.closed.v1":
            session.closings.append(event)
        elif event.type == "keshi.presence.checked.v1":
            session.checks.append(event)
    for session in sessions.values():
        session.settle()
        if abs(session.offset) > CLOCK_SKEW:
            ledger.flags.add("clock-skew")
    stretches = []
    for event in events:
        if event.type == "keshi.video.watched.v1":
            stretch = Stretch(event, sessions[event.platform, event.data["session"]])
            ledger.claimed += stretch.dt
            if stretch.clock_ahead:
                ledger.flags.add("clock-ahead")
            stretches.append(stretch)
    return stretches


def trimmed(stretches, registry, ledger):
    """Steps 4 and 5: the pieces (stretch, start, end) that are left."""
    pieces = []
    for stretch in stretches:
        reason = stretch.excluded_whole(registry)
        if reason:
            ledger.exclude(reason, stretch.start, stretch.end)
            continue
        if stretch.late:
            ledger.flags.add("late-upload")
        for start, end in cut(stretch.start, stretch.end, stretch.session.edges()):
            reason = stretch.session.reason_at(start)
            if reason:
                ledger.exclude(reason, start, end)
            else:
                pieces.append((stretch, start, end))
    return pieces


def one_clock(pieces, ledger):
    """Step 6: the pieces that own their moments."""
    edges = sorted({edge for _, start, end in pieces for edge in (start, end)})
    surviving = []
    for start, end in zip(edges, edges[1:]):
        here = [stretch for stretch, first, last in pieces if first <= start and end <= last]
        if not here:
            continue
        winner = min(here, key=Stretch.rank)
        surviving.append((winner, start, end))
        ledger.attested += end - start
        for loser in here:
            if loser is winner:
                continue
            if loser.platform != winner.platform:
                reason = "parallel-platform"
            elif loser.session_name != winner.session_name:
                reason = "parallel-session"
            else:
                reason = "overlap"
            ledger.exclude(reason, start, end)
    return surviving


def cut(start, end, edges):
    """The interval from start to end, cut at those edges that lie inside it."""
    inside = {edge for edge in edges if edge is not None and start < edge < end}
    points = sorted({start, end} | inside)
    return list(zip(points, points[1:]))


def courses(stretches, surviving, registry):
    """Steps 7 and 8, for every course and video that a stretch names."""
    covered = {stretch.video: [] for stretch in stretches}
    for stretch, start, end in surviving:
        covered[stretch.video].append(stretch.content(start, end))
    listed = []
    for course in sorted({course for course, _ in covered}):
        verified = unique = Fraction(0)
        videos = []
        for video in sorted(video for c, video in covered if c == course):
            v, u = content_sums(covered[course, video], known_end(registry, course, video))
            verified += v
            unique += u
            videos.append({"video": video, "verified_ms": int(v), "unique_ms": int(u)})
        seconds = int(verified // 1000)
        listed.append({
            "course": course,
            "verified_seconds": seconds,
            "unique_seconds": int(unique // 1000),
            "class_hours": class_hours(seconds),
            "videos": videos,
        })  # fmt: skip
    return listed


def known_end(registry, course, video):
    """The position from which nothing counts; None when there is no such end."""
    return None if registry is None else registry.durations.get((course, video), 0)


def content_sums(pieces, end):
    """(verified, unique) milliseconds of one video, exact."""
    if end is not None:
        pieces = [(first, min(last, end), d) for first, last, d in pieces if first < end]
    edges = sorted({edge for first, last, _ in pieces for edge in (first, last)})
    verified = unique = Fraction(0)
    for low, high in zip(edges, edges[1:]):
        density = sum(d for first, last, d in pieces if first <= low and high <= last)
        if density:
            verified += (high - low) * min(Fraction(1), density)
            unique += high - low
    return verified, unique


def class_hours(seconds):
    return seconds // 2400 + (1 if seconds % 2400 >= 1200 else 0)
