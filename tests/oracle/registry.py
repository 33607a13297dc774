"""Registry files for the independent plain reference of differential tests: durations, approvals."""

import jsontext
from moments import milliseconds


class DamagedRegistry(Exception):
    """The registry file cannot be read."""


class Registry:
    def __init__(self, content):
        try:
            value, flaws = jsontext.read(content.decode("utf-8"))
        except (jsontext.NotJson, UnicodeDecodeError) as error:
            raise DamagedRegistry(str(error)) from None
        need(not flaws and isinstance(value, dict), "no object, or a member twice")
        self.durations = {}  # (course, video) -> milliseconds
        for course in entries(value, "courses"):
            for video in entries(course, "videos"):
                duration = video.get("duration_ms")
                need(isinstance(duration, jsontext.Number), "duration_ms is missing")
                need(duration.sign >= 0 and duration.decimals() == 0, "duration_ms is no length")
                self.durations[course.get("course"), video.get("video")] = duration.times_1000() // 1000
        self.sessions = set()  # (platform, trainee, session) with an approval
        self.outages = []  # (platform, from, to)
        for approval in entries(value, "approvals"):
            platform = approval.get("platform")
            if approval.get("session") is not None:
                self.sessions.add((platform, approval.get("trainee"), approval["session"]))
            else:
                self.outages.append((platform, moment(approval, "from"), moment(approval, "to")))

    def approves(self, platform, trainee, session, start, end):
        """Does an approval stand for back-filled time from start to end?"""
        if (platform, trainee, session) in self.sessions:
            return True
        return any(p == platform and a <= start and end <= b for p, a, b in self.outages)


def need(condition, message):
    if not condition:
        raise DamagedRegistry(message)


def entries(value, name):
    listed = value.get(name)
    listed = [] if listed is None else listed
    need(isinstance(listed, list) and all(isinstance(e, dict) for e in listed), f"{name} is no list")
    return listed


def moment(approval, name):
    value = approval.get(name)
    found = milliseconds(value) if isinstance(value, str) else None
    need(found is not None, f"{name} of an approval is no time")
    return found
