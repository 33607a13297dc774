"""Ways to spoil a message, for the differential fuzzer: one of each line that the contract draws."""

import base64
import json
from dataclasses import dataclass

from spelling import Raw

FAMILIES = {
    "keshi.session.opened.v1": "sign-in",
    "keshi.session.closed.v1": "sign-in",
    "keshi.presence.checked.v1": "sign-in",
    "keshi.video.watched.v1": "video-watch",
    "keshi.quiz.submitted.v1": "quiz",
    "keshi.question.asked.v1": "qa",
    "keshi.question.answered.v1": "qa",
}
TIMES = [
    "2020-04-20T09:00:60Z", "2020-04-20T24:00:00Z", "2020-02-30T00:00:00Z", "2019-02-29T00:00:00Z", "2020-04-20 09:00:00Z",
    "2020-04-20T09:00:00", "2020-04-20T09:00Z", "2020-04-20T09:00:00.Z", "2020-04-20T09:00:00+24:00", "2020-04-20T09:00:00+0800",
    "2020-04-20T09:00:00+08:60", "2020-04-20T09:00:00Z\n", " 2020-04-20T09:00:00Z", "２020-04-20T09:00:00Z", "2020-13-01T00:00:00Z",
    "0000-02-29T00:00:00Z", "0000-01-01T00:00:00+23:59", "9999-12-31T23:59:59.999-23:59", "1999-12-31T23:59:59.9999Z",
    "2000-01-01T00:00:00Z", "2000-01-01T07:59:59.999+08:00", "2100-12-31T23:59:59.999999Z", "2101-01-01T00:00:00Z",
    "2101-01-01T07:59:59+08:00", "2020-04-20t09:00:00z", "2020-04-20T09:00:00-00:00", "1969-12-31T23:59:59.9Z", "2020-00-10T00:00:00Z",
]  # fmt: skip
NUMBERS = [
    "0", "-0", "0.0", "-0.0001", "-0.001", "86400", "86400.000", "86400.001", "8.64e4", "8.64E+0004", "1.5000", "15e-1", "1.0005",
    "0.0000e5", "1e400", "-1e400", "1e-400", "0e99999999999999999999", "1e99999999999999999999", "1e-99999999999999999999",
    "123456789012345678901234567890", "-1", "1", "2.0", "20e-1", "0.5", "0.9999999999999999999999", "1e3", "30", "3e1", "30.0",
]  # fmt: skip
FAR = ["1000e999999999999999999", "1000e0999999999999999999", "1e-400", "10E-401", "-0", "0.0", "1"]
SCORES = [
    "1", "-1", "1.", ".5", "1.0000000", "1234567890123456", "123456789012345.123456", "+1", "1e1", " 1", "", "-", "００",
    "-0.000000", "-0.000001", "000000000000001", "1,5", "١", "1.5", "59.999999",
]  # fmt: skip
VALUES = [
    None, True, False, "", "x", "x" * 128, "x" * 129, "\U0001f600" * 128, "\U0001f600" * 129, [], {}, [1], {"a": 1}, 0, 1, "passed",
    "missed", "failed", "face", "Face", "trainee", [{}, 1], {"longitude": 1}, {"longitude": 1, "latitude": "2"}, {"longitude": None, "latitude": 1},
]  # fmt: skip


@dataclass
class Message:
    subject: str
    event: dict
    received_at: int


def value(chance):
    """Any value that some member cannot be."""
    return chance.choice(
        [lambda: chance.choice(VALUES), lambda: chance.choice(TIMES), lambda: Raw(chance.choice(NUMBERS)),
         lambda: chance.choice(SCORES)]
    )()  # fmt: skip


def event(message, chance):
    """Spoils (most times) the event itself."""
    said = message.event
    way = chance.random()
    if way < 0.3:
        name = chance.choice(["specversion", "id", "source", "type", "subject", "time", "data"])
        attribute(said, name, chance)
    elif isinstance(said.get("data"), dict) and said["data"]:
        data = dict(said["data"])
        for _ in range(chance.choice([1, 1, 2])):
            member(data, chance)
        said["data"] = data


def attribute(said, name, chance):
    if chance.random() < 0.15:
        said.pop(name, None)
        return
    own = {
        "specversion": ["1.0", "1", "0.3", "1.0 ", Raw("1.0")],
        "id": ["x" * 64, "x" * 65, "网" * 64, "网" * 65, "\U0001f600" * 64],
        "source": ["/platforms/p1", "/platforms/p2", "/platforms/", "/platforms/p1/", "p1", "/Platforms/p1"],
        "type": ["keshi.video.watched.v2", *FAMILIES, "Keshi.video.watched.v1"],
        "subject": ["t0", "t1", "t" * 64, "t" * 65, "t.1", "t 1", "学员", "t1\n"],
        "time": TIMES,
        "data": VALUES,
    }[name]
    said[name] = chance.choice(own) if chance.random() < 0.7 else value(chance)


def member(data, chance):
    name = chance.choice(list(data))
    way = chance.random()
    if way < 0.15:
        del data[name]
        if not data:
            data["x"] = 1
    elif way < 0.2:
        data[name] = None
    elif way < 0.3:
        data[chance.choice(["rate", "foreground", "reason", "text", "answers", "location", "device_time", "user_agent", "answered_at", "session"])] = value(chance)
    elif name.endswith("_at"):
        data[name] = chance.choice(TIMES) if chance.random() < 0.8 else value(chance)
    elif name in ("from", "to", "attempt", "rate"):
        data[name] = Raw(chance.choice(NUMBERS)) if chance.random() < 0.9 else value(chance)
    elif name in ("score", "max_score"):
        data[name] = chance.choice(SCORES)
    else:
        data[name] = value(chance)


def unknown(chance):
    """A member that the contract does not name: some of these are equal."""
    return chance.choice([None, [], {"a": Raw(chance.choice(FAR)), "b": {}}, {"b": {}, "a": Raw(chance.choice(FAR))}])


def change(said, chance):
    """Makes a repeat say something else, or the same in an unusual way."""
    data = said["data"]
    way = chance.randrange(7)
    if way == 0:
        data["unknown"] = unknown(chance)
    elif way == 1:
        said["extension"] = "x"
    elif way == 2 and "from" in data:
        data["from"] = Raw(chance.choice(["0.000", "0e5", "-0", "30", "3e1"]))
    elif way == 3 and said["time"].endswith("+08:00"):
        said["time"] = said["time"].replace("+08:00", ".0000+08:00") if "." not in said["time"] else said["time"]
    elif way == 4 and "video" in data:
        data["video"] = "v2"
    elif way == 5:
        said["data"] = dict(reversed(list(data.items())))
    else:
        data.pop("foreground", None)


def subject(text, chance):
    """Another subject than the event's own."""
    parts = text.split(".")
    platform, trainee, family = parts[2], parts[3], parts[4]
    return chance.choice(
        [
            f"log.v1.{chance.randrange(16)}.{platform}.{family}", f"import.v1.{chance.randrange(16)}.{platform}.{family}",
            f"log.v1.3.{platform}.other", f"import.v1.3.p9.{family}", f"log.v1.x.{platform}.{family}", f"log.v1..{platform}.{family}",
            f"log.v1.007.{platform}.{family}", f"log.v1.70000.{platform}.{family}", f"log.v1.-1.{platform}.{family}",
            f"learn.v1.p9.{trainee}.{family}", f"learn.v1.{platform}.other.{family}", f"learn.v1.{platform}.{trainee}.other",
            f"learn.v1.{platform}.{trainee}.{family}.x", f"learn.v1.{platform}.{trainee}", f"learn.v2.{platform}.{trainee}.{family}",
            f"learn.v1..{trainee}.{family}", f"learn.v1.{platform}..{family}", f"learn.v1.{platform}.{trainee}.",
            f"learn.v1.{'p' * 65}.{trainee}.{family}", f"learn.v1.{'p' * 64}.{trainee}.{family}", f"learn.v1.p 1.{trainee}.{family}",
            f"log.v1.3.p 1.{family}", f"facts.v1.{platform}.x", "", ".", "import.v1.3.other", text + " ", text.upper(),
        ]
    )  # fmt: skip


def payload(text, chance):
    """The payload's bytes, spoilt as JSON (or only made odd)."""
    return chance.choice(
        [
            lambda: text[: chance.randrange(len(text) + 1)],
            lambda: b"\xef\xbb\xbf" + text,
            lambda: text + chance.choice([b" ", b"\n", b"\x00", b"{}", b","]),
            lambda: text.replace(b'"session"', b'"\\u0073ession":"s","session"', 1),
            lambda: text.replace(b"{", b'{"x":{"a":1,"b":[{"c":1,"\\u0063":2}]},', 1),
            lambda: text.replace(b"{", b'{"x":"' + chance.choice([b"\\ud800", b"\\udc00x", b"\\ud800\\ud800", b"\\uD83D\\uDE00", b"\\u00e9"]) + b'",', 1),
            lambda: text.replace(b"{", b'{"x":' + chance.choice([b"1e400", b"-0", b"01", b"1.", b"NaN", b"+1", b"1e", b".5", b"tru", b"1E+2"]) + b",", 1),
            lambda: text.replace(b"{", b'{"x":' + b"[" * 3000 + b"]" * 3000 + b",", 1),
            lambda: text.replace(b"{", b'{"x":"' + chance.choice([b"\t", b"\x7f", b"\xff", b"\xed\xa0\x80", b"\\x", b"\\u12"]) + b'",', 1),
            lambda: b"[" + text + b"]",
            lambda: chance.choice([b"", b"null", b"1", b'"x"', b"true", b" "]),
        ]
    )()  # fmt: skip


def sized(text, chance):
    """The payload with white space up to the largest size, or one byte beyond."""
    size = 65_536 + chance.choice([0, 1])
    return text + b" " * (size - len(text))


def carried(payload, chance):
    """(member, value) that carries the payload in a line."""
    try:
        text = payload.decode("utf-8")
    except UnicodeDecodeError:
        text = None
    if text is not None and "\n" not in text and "\r" not in text and is_json(text) and chance.random() < 0.9:
        return "payload", Raw(text)
    return "payload_base64", base64.b64encode(payload).decode()


def is_json(text):
    """Whether a line can hold it, read by the standard library; stricter than needed is no harm."""
    try:
        json.loads(text, parse_constant=lambda _: 1 / 0)
    except (ValueError, RecursionError, ZeroDivisionError):
        return False
    return text == text.strip(" \t")


def binary(headers, chance):
    """Now and then a header that cannot be an attribute."""
    if chance.random() < 0.1:
        at = chance.randrange(len(headers)) if headers else None
        if at is not None:
            name, text = headers[at]
            headers[at] = (name, chance.choice(["%ff", "%zz", "", "%E7%BD%91", text + "%", "%2541", text + "\u00e9"]))


def line(text, chance):
    """A damaged line (most times): bytes."""
    return chance.choice(
        [
            lambda: text[:-1],
            lambda: text + b" x",
            lambda: b"\xef\xbb\xbf" + text,
            lambda: text.replace(b'"seq":', b'"seq":1,"seq":', 1),
            lambda: text.replace(b'"seq":', b'"\\u0073eq":', 1),
            lambda: text.replace(b'"seq":', b'"seq":-', 1),
            lambda: text.replace(b'"seq":', b'"sek":', 1),
            lambda: text.replace(b'"seq":', chance.choice([b'"seq":1.0,"x":', b'"seq":"1","x":', b'"seq":1e1,"x":', b'"seq":18446744073709551616,"x":']), 1),
            lambda: text.replace(b'"received_at":', b'"received_at":null,"x":', 1),
            lambda: text.replace(b'"received_at":"', b'"received_at":"x', 1),
            lambda: text.replace(b'"subject":', b'"subject":7,"x":', 1),
            lambda: text.replace(b'"seq":', b'"headers":' + chance.choice([b"null", b"[]", b'{"a":1}', b'{"a":["1","2"]}', b'{"a":"1","a":"2"}', b'{"a":"1","A":"2"}', b"{}"]) + b',"seq":', 1),
            lambda: text.replace(b'"payload', b'"payload":{},"payload', 1),
            lambda: text.replace(b'"payload', b'"pay', 1),
            lambda: text.replace(b'"payload":', b'"payload_base64":"QR==","x":', 1),
            lambda: text.replace(b'"payload":', b'"payload_base64":"Q Q=","x":', 1),
            lambda: text.replace(b'"seq":', b'"x":{"a":1,"a":2},"seq":', 1),
            lambda: text.replace(b'"seq":', b'"x":1,"x":2,"seq":', 1),
            lambda: text.replace(b'"seq":', b'"x":"\\ud800","seq":', 1),
            lambda: text.replace(b'"seq":', b'"\\ud800":1,"seq":', 1),
            lambda: text.replace(b'"seq":', b'"x":"\xff","seq":', 1),
            lambda: text.replace(b'"seq":', b'"x":1e999,"seq":', 1),
            lambda: text.replace(b'"seq":', b'"x":' + b"[" * 500 + b"]" * 500 + b',"seq":', 1),
            lambda: b"[" + text + b"]",
            lambda: b"\x0c",
            lambda: b" \t\r",
            lambda: b"\x00",
            lambda: text + b"\r",
        ]
    )()  # fmt: skip


def registry(text, chance):
    """A registry file that cannot be read (most times)."""
    return chance.choice(
        [
            lambda: text[:-2],
            lambda: b"[]",
            lambda: b"",
            lambda: text.replace(b'"duration_ms":', b'"length":', 1),
            lambda: text.replace(b'"duration_ms":', b'"duration_ms":-7,"x":', 1),
            lambda: text.replace(b'"duration_ms":', b'"duration_ms":"1","x":', 1),
            lambda: text.replace(b'"duration_ms":', b'"duration_ms":0.5,"x":', 1),
            lambda: text.replace(b'"videos":[', b'"videos":[7,', 1),
            lambda: text.replace(b'"courses":[', b'"courses":[7,', 1),
            lambda: text.replace(b'"courses":[', b'"courses":{},"x":[', 1),
            lambda: text.replace(b'"courses":[', b'"courses":null,"x":[', 1),
            lambda: text.replace(b'"courses":[', b'"courses":[{"course":"Z"},{"course":"Z"},', 1),
            lambda: text.replace(b'"courses":[', b'"courses":[{"course":7},', 1),
            lambda: text.replace(b'"courses":[', b'"courses":[],"courses":[', 1),
            lambda: text.replace(b'"approvals":[', b'"approvals":[{"platform":"p1","from":"2020"},', 1),
            lambda: text.replace(b'"approvals":[', b'"approvals":[{"platform":"p1"},', 1),
            lambda: text.replace(b'"approvals":[', b'"approvals":[{"platform":"p1","session":"s1"},', 1),
            lambda: text.replace(b'"providers":[', b'"providers":[5,{"provider":"?"},', 1),
            lambda: text.replace(b'"max_stretch_ms":', b'"max_stretch_ms":86400001,"x":', 1),
            lambda: text.replace(b'"max_stretch_ms":', b'"max_stretch_ms":null,"x":', 1),
        ]
    )()  # fmt: skip
