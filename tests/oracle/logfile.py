"""Log files for the independent plain reference of differential tests: JSON lines to messages."""

import base64
import re
from dataclasses import dataclass

from jsontext import NotJson, Reader
from moments import milliseconds

BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
SEQ = re.compile(r"0|[1-9][0-9]{0,19}")
NAMES = ("seq", "received_at", "subject", "headers", "payload", "payload_base64")


class DamagedFile(Exception):
    """The file is no log file; the text names the line."""


@dataclass
class Message:
    seq: int
    received_at: int  # milliseconds
    subject: str
    headers: dict  # names in lower case; of names that differ in case alone, the first
    payload: bytes


def messages(content):
    """All messages of the file's bytes, in order of seq."""
    found = {}
    for line_number, line in enumerate(content.split(b"\n"), start=1):
        if not line.strip(b" \t\r"):
            continue
        try:
            message = read_line(line)
        except (NotJson, UnicodeDecodeError) as error:
            raise DamagedFile(f"line {line_number}: {error}") from None
        if message.seq in found:
            raise DamagedFile(f"line {line_number}: seq {message.seq} was seen before")
        found[message.seq] = message
    return [found[seq] for seq in sorted(found)]


def read_line(line):
    members, texts = line_members(line.decode("utf-8"))
    if ("payload" in members) == ("payload_base64" in members):
        raise NotJson("exactly one of payload and payload_base64 is needed")
    return Message(
        read_seq(texts.get("seq", "")),
        read_received_at(members.get("received_at")),
        read_string(members.get("subject"), "subject"),
        read_headers(members.get("headers", {})),
        texts["payload"].encode() if "payload" in members else read_base64(members["payload_base64"]),
    )


def line_members(text):
    """The members of the line's object that count, as values and as the text that stands in the line."""
    members, texts, started = {}, {}, False
    reader = Reader(text)
    at = reader.space(reader.expect(reader.space(0), "{"))
    while reader.peek(at) != "}" or started:
        started = True
        name, at = reader.name(at)
        start = reader.space(at)
        known_flaws = len(reader.flaws)
        value, end = reader.value(start)
        if name == "payload" or name not in NAMES:
            del reader.flaws[known_flaws:]  # these are the message's, or nobody's
        if name in NAMES:
            if name in members:
                raise NotJson(f"member {name!r} twice")
            members[name], texts[name] = value, text[start:end]
        at = reader.space(end)
        if reader.peek(at) != ",":
            break
        at = reader.space(at + 1)
    at = reader.expect(at, "}")
    if reader.space(at) != len(text):
        raise NotJson("something after the object")
    if reader.flaws:
        raise NotJson(reader.flaws[0])
    return members, texts


def read_seq(text):
    if not SEQ.fullmatch(text) or int(text) >= 2**64:
        raise NotJson("seq is no stream sequence")
    return int(text)


def read_string(value, name):
    if not isinstance(value, str):
        raise NotJson(f"{name} is no string")
    return value


def read_received_at(value):
    moment = milliseconds(read_string(value, "received_at"))
    if moment is None:
        raise NotJson("received_at is no RFC 3339 time")
    return moment


def read_headers(value):
    if not isinstance(value, dict):
        raise NotJson("headers is no object")
    headers = {}
    for name, text in value.items():
        headers.setdefault(name.lower(), read_string(text, f"header {name}"))
    return headers


def read_base64(value):
    if not BASE64.fullmatch(read_string(value, "payload_base64")):
        raise NotJson("payload_base64 is no base64")
    content = base64.b64decode(value)
    if base64.b64encode(content).decode() != value:
        raise NotJson("payload_base64 ends in bits that mean nothing")
    return content
