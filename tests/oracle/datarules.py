"""Event data for the independent plain reference of differential tests: kinds (E106), ranges (E107)."""

import re
from decimal import Decimal
from typing import NamedTuple

from jsontext import Number
from moments import milliseconds

EARLIEST = milliseconds("2000-01-01T00:00:00Z")
LATEST = milliseconds("2101-01-01T00:00:00Z")  # the first moment that is too late
LAST_POSITION = 86_400_000
SCORE = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,6})?")


class Rejected(Exception):
    def __init__(self, code, sentence):
        super().__init__(f"{code}: {sentence}")
        self.code = code


class WrongKind(Exception):
    """The value is not of the member's kind."""


def require(condition):
    if not condition:
        raise WrongKind


def text(value):
    require(isinstance(value, str))
    return value


def name(value):
    require(isinstance(value, str) and 1 <= len(value) <= 128)
    return value


def boolean(value):
    require(isinstance(value, bool))
    return value


def anynumber(value):
    require(isinstance(value, Number))
    return value


def position(value):
    require(isinstance(value, Number) and value.decimals() <= 3)
    return value.times_1000()


def integer(value):
    require(isinstance(value, Number) and value.decimals() == 0)
    return value


def time(value):
    moment = milliseconds(text(value))
    require(moment is not None)
    return moment


def score(value):
    require(SCORE.fullmatch(text(value)))
    return Decimal(value)


def place(value):
    require(isinstance(value, dict))
    for coordinate in ("longitude", "latitude"):
        anynumber(value.get(coordinate))
    return value


def answers(value):
    require(isinstance(value, list))
    for answer in value:
        require(isinstance(answer, dict))
    return value


def one_of(*words):
    def word(value):
        require(isinstance(value, str) and value in words)
        return value

    return word


class Rule(NamedTuple):
    family: str
    required: dict
    optional: dict


TYPES = {
    "keshi.session.opened.v1": Rule(
        "sign-in",
        {"session": name, "method": one_of("password", "sms", "face", "id-card", "sso"),
         "verified": boolean, "device": text, "ip": text},
        {"device_time": time, "user_agent": text, "location": place},
    ),
    "keshi.session.closed.v1": Rule("sign-in", {"session": name}, {"reason": text}),
    "keshi.presence.checked.v1": Rule(
        "sign-in",
        {"session": name, "prompted_at": time, "outcome": one_of("passed", "failed", "missed"),
         "method": one_of("face", "captcha", "click")},
        {"answered_at": time},  # read_data asks for more
    ),
    "keshi.video.watched.v1": Rule(
        "video-watch",
        {"session": name, "course": name, "video": name, "from": position, "to": position,
         "started_at": time, "ended_at": time},
        {"rate": anynumber, "foreground": boolean},
    ),
    "keshi.quiz.submitted.v1": Rule(
        "quiz",
        {"session": name, "course": name, "quiz": name, "attempt": integer, "started_at": time,
         "submitted_at": time, "score": score, "max_score": score},
        {"answers": answers},
    ),
    "keshi.question.asked.v1": Rule(
        "qa", {"session": name, "course": name, "thread": name}, {"text": text}
    ),
    "keshi.question.answered.v1": Rule(
        "qa",
        {"course": name, "thread": name, "answerer": one_of("instructor", "platform", "trainee")},
        {"session": name, "text": text},
    ),
}  # fmt: skip

# Pairs of members of which the second must not be smaller than the first.
ORDERED = (
    ("from", "to"),
    ("started_at", "ended_at"),
    ("started_at", "submitted_at"),
    ("prompted_at", "answered_at"),
    ("score", "max_score"),
)


def read_data(event_type, data):
    """The members that the type names, read; optional ones are None when left out or null."""
    if not isinstance(data, dict):
        raise Rejected("E106", "data is missing or no object")
    rule = TYPES[event_type]
    members = {}
    for member, kind in (rule.required | rule.optional).items():
        value = data.get(member)
        if value is None and member in rule.optional:
            members[member] = None
            continue
        try:
            members[member] = kind(value)
        except WrongKind:
            raise Rejected("E106", f"/data/{member}") from None
    if event_type == "keshi.presence.checked.v1":
        if (members["answered_at"] is None) != (members["outcome"] == "missed"):
            raise Rejected("E106", "/data/answered_at")
    return members


def check_ranges(event_type, members):
    rule = TYPES[event_type]
    for member, kind in (rule.required | rule.optional).items():
        value = members[member]
        if kind is time and value is not None:
            in_range(value, member)
        if kind is position and not 0 <= value <= LAST_POSITION:
            raise Rejected("E107", f"/data/{member} is outside 0-86400")
    if "attempt" in members and members["attempt"].sign <= 0:
        raise Rejected("E107", "/data/attempt is less than 1")
    if "score" in members and members["score"] < 0:
        raise Rejected("E107", "/data/score is negative")
    for first, second in ORDERED:
        if members.get(first) is not None and members.get(second) is not None:
            if members[second] < members[first]:
                raise Rejected("E107", f"/data/{second} lies before /data/{first}")


def in_range(moment, member):
    if not EARLIEST <= moment < LATEST:
        raise Rejected("E107", f"{member} is out of range")
