"""The wire contract for the independent plain reference of differential tests.

`decode` turns a message into an event, or raises `Rejected` with the first code that fits in the
order E108, E101, E102 ... E107.
"""

import re
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

import jsontext
from datarules import TYPES, Rejected, check_ranges, in_range, read_data
from moments import milliseconds

MAX_PAYLOAD = 65536
ATTRIBUTES = ("specversion", "id", "source", "type", "subject", "time")
TOKEN = re.compile(r"[A-Za-z0-9_-]{1,64}")
PARTITION = re.compile(r"0|[1-9][0-9]{0,4}")  # and below 65536


@dataclass
class Event:
    seq: int
    received_at: int
    platform: str
    trainee: str
    id: str
    type: str
    time: int
    data: dict  # the checked members: times and positions in milliseconds, None where left out
    content: tuple  # what a repeat must equal to be silent


def decode(message):
    if len(message.payload) > MAX_PAYLOAD:
        raise Rejected("E108", f"{len(message.payload)} bytes")
    value = read_payload(message.payload)
    attributes, data = envelope(message.headers, value)
    time = check_attributes(attributes)
    platform, trainee = check_subject(message.subject, attributes)
    members = read_data(attributes["type"], data)
    in_range(time, "time")
    check_ranges(attributes["type"], members)
    content = tuple(attributes[name] for name in ATTRIBUTES) + (jsontext.canonical(data),)
    return Event(
        message.seq, message.received_at, platform, trainee,
        attributes["id"], attributes["type"], time, members, content,
    )  # fmt: skip


def read_payload(payload):
    try:
        value, flaws = jsontext.read(payload.decode("utf-8"))
    except (jsontext.NotJson, UnicodeDecodeError) as error:
        raise Rejected("E101", str(error)) from None
    if flaws:
        raise Rejected("E101", flaws[0])
    return value


def envelope(headers, value):
    """The six attributes as they were sent (left out where missing), and `data`."""
    media_type = headers.get("content-type", "").lower()
    if "ce-specversion" in headers and not media_type.startswith("application/cloudevents"):
        return binary_attributes(headers), value
    if not isinstance(value, dict):
        raise Rejected("E101", "the event is no object")
    attributes = {name: value[name] for name in ATTRIBUTES if name in value}
    return attributes, value.get("data")  # a data of null is no object either


def binary_attributes(headers):
    attributes = {}
    for name in ATTRIBUTES:
        if f"ce-{name}" in headers:
            try:
                attributes[name] = unquote_to_bytes(headers[f"ce-{name}"]).decode("utf-8")
            except UnicodeDecodeError:
                raise Rejected("E102", f"{name} is not UTF-8") from None
    return attributes


def check_attributes(attributes):
    """Missing, empty or malformed attributes; returns the time."""
    for name in ATTRIBUTES:
        if not isinstance(attributes.get(name), str) or not attributes[name]:
            raise Rejected("E102", f"{name} is missing or empty or no string")
    if attributes["specversion"] != "1.0":
        raise Rejected("E102", "specversion is not 1.0")
    if len(attributes["id"]) > 64:
        raise Rejected("E102", "id is longer than 64 characters")
    time = milliseconds(attributes["time"])
    if time is None:
        raise Rejected("E102", "time is no RFC 3339 time")
    return time


def check_subject(subject, attributes):
    """Type, source and trainee against the message's subject; returns (platform, trainee)."""
    platform, family, token = subject_parts(subject)
    rule = TYPES.get(attributes["type"])
    if rule is None or (family is not None and rule.family != family):
        raise Rejected("E103", f"{attributes['type']} on {subject}")
    if platform is not None and attributes["source"] != f"/platforms/{platform}":
        raise Rejected("E104", f"{attributes['source']} on {subject}")
    trainee = attributes["subject"]
    if not TOKEN.fullmatch(trainee) or trainee != token:
        raise Rejected("E105", f"{trainee} on {subject}")
    return platform, trainee


def subject_parts(subject):
    """(platform, family, trainee token); each None where the subject does not say it."""
    parts = subject.split(".")
    if len(parts) == 5 and TOKEN.fullmatch(parts[2]) and parts[:2] == ["learn", "v1"]:
        return parts[2], parts[4], parts[3]
    stored = parts[:2] in (["log", "v1"], ["import", "v1"])
    if len(parts) == 5 and stored and PARTITION.fullmatch(parts[2]) and int(parts[2]) < 65536:
        if TOKEN.fullmatch(parts[3]):
            return parts[3], parts[4], None
    return None, None, None
