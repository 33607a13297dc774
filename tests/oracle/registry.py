"""Registry files for the independent plain reference of differential tests: durations, approvals."""

import jsontext
from contract import TOKEN
from moments import milliseconds


class DamagedRegistry(Exception):
    """The registry file cannot be read."""


class Registry:
    def __init__(self, content):
        try:
            value, flaws = jsontext.read(content.removeprefix(b"\xef\xbb\xbf").decode("utf-8"))
        except (jsontext.NotJson, UnicodeDecodeError) as error:
            raise DamagedRegistry(str(error)) from None
        need(not flaws and isinstance(value, dict), "no object, or a member twice")
        self.durations = {}  # (course, video) -> milliseconds
        courses = set()
        for course in entries(value, "courses"):
            courses.add(new(text(course, "course"), courses))
            for video in entries(course, "videos"):
                key = text(course, "course"), text(video, "video")
                self.durations[new(key, self.durations)] = whole(video, "duration_ms", 10**12 - 1)
        self.sessions = set()  # (platform, trainee, session) with an approval
        self.outages = []  # (platform, from, to)
        for approval in entries(value, "approvals"):
            platform = text(approval, "platform")
            if isinstance(approval.get("session"), str):
                self.sessions.add((platform, text(approval, "trainee"), approval["session"]))
            else:
                self.outages.append((platform, moment(approval, "from"), moment(approval, "to")))
        self.max_stretch = {}  # platform -> milliseconds, where its entry sets a limit of its own
        providers = value.get("providers")
        for provider in providers if isinstance(providers, list) else []:
            if isinstance(provider, dict) and provider.get("max_stretch_ms") is not None:
                limit = whole(provider, "max_stretch_ms", 86_400_000)
                need(TOKEN.fullmatch(text(provider, "provider")), "provider is no token")
                self.max_stretch[provider["provider"]] = limit

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


def new(key, known):
    need(key not in known, f"{key} stands twice")
    return key


def text(entry, name):
    need(isinstance(entry.get(name), str), f"{name} is no text")
    return entry[name]


def whole(entry, name, most):
    """A whole number from 0 to `most`, which must have at most twelve digits."""
    value = entry.get(name)
    number = isinstance(value, jsontext.Number) and value.decimals() == 0 and value.sign >= 0
    need(number and value.times_1000() // 1000 <= most, f"{name} is no whole number up to {most}")
    return value.times_1000() // 1000


def moment(approval, name):
    found = milliseconds(text(approval, name))
    need(found is not None, f"{name} of an approval is no time")
    return found
