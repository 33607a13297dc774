"""Exact JSON for the independent plain reference of differential tests.

Reads RFC 8259 text without recursion and without binary floating point. What is JSON but not
I-JSON (a member twice in one object, a lone surrogate) is read and reported as a flaw, so that the
caller decides. Values: dict, list, str, Number, True, False, None.
"""

import re
import sys
from typing import NamedTuple

sys.set_int_max_str_digits(0)  # an exponent may be as long as the payload

SPACE = re.compile(r"[ \t\r\n]*")
PLAIN = re.compile(r'[^"\\\x00-\x1f]*')
NUMBER = re.compile(r"(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?")
HEX4 = re.compile(r"[0-9A-Fa-f]{4}")
ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
WORDS = {"true": True, "false": False, "null": None}


class NotJson(Exception):
    """The text is not JSON."""


class Number(NamedTuple):
    """sign x digits x 10^exponent; digits begin and end with no 0, so equal values are equal tuples."""

    sign: int  # -1, 0, 1
    digits: str  # "" for zero
    exponent: int

    def decimals(self):
        """How many decimals the value needs."""
        return max(0, -self.exponent)

    def times_1000(self):
        """The value x 1000 as an int (at most 3 decimals); beyond 10^15 cut down to 10^15."""
        assert self.decimals() <= 3
        if len(self.digits) + self.exponent > 12:
            return self.sign * 10**15
        return self.sign * int(self.digits or "0") * 10 ** (self.exponent + 3)


def number(sign, whole, fraction, exponent):
    digits = whole + fraction
    power = int(exponent or "0") - len(fraction)
    kept = digits.rstrip("0")
    power += len(digits) - len(kept)
    kept = kept.lstrip("0")
    return Number(-1 if sign else 1, kept, power) if kept else Number(0, "", 0)


class Reader:
    """Reads values out of `text`; `flaws` collects what I-JSON forbids."""

    def __init__(self, text):
        self.text = text
        self.flaws = []

    def space(self, at):
        return SPACE.match(self.text, at).end()

    def peek(self, at):
        return self.text[at : at + 1]

    def expect(self, at, char):
        if self.peek(at) != char:
            raise NotJson(f"{char!r} expected at character {at}")
        return at + 1

    def value(self, at):
        """One value from `at` (white space skipped) -> (value, where it ends)."""
        open_ones = []  # [container, name of the member being read or None]
        while True:
            at = self.space(at)
            char = self.peek(at)
            if char in ("{", "["):
                inside = self.space(at + 1)
                if self.peek(inside) != {"{": "}", "[": "]"}[char]:
                    if char == "{":
                        name, at = self.name(inside)
                        open_ones.append([{}, name])
                    else:
                        at = inside
                        open_ones.append([[], None])
                    continue
                value, at = ({} if char == "{" else []), inside + 1
            else:
                value, at = self.scalar(at)
            # A value is complete: hand it to its container, and close what closes here.
            while open_ones:
                container, name = open_ones[-1]
                if isinstance(container, dict):
                    if name in container:
                        self.flaws.append(f"member {name!r} twice")
                    container[name] = value
                else:
                    container.append(value)
                at = self.space(at)
                if self.peek(at) == ",":
                    at += 1
                    if isinstance(container, dict):
                        open_ones[-1][1], at = self.name(self.space(at))
                    break
                at = self.expect(at, "}" if isinstance(container, dict) else "]")
                value = container
                open_ones.pop()
            else:
                return value, at

    def name(self, at):
        """A member's name and its colon."""
        name, at = self.string(at)
        return name, self.expect(self.space(at), ":")

    def scalar(self, at):
        if self.peek(at) == '"':
            return self.string(at)
        for word, value in WORDS.items():
            if self.text.startswith(word, at):
                return value, at + len(word)
        found = NUMBER.match(self.text, at)
        if not found:
            raise NotJson(f"no value at character {at}")
        sign, whole, fraction, exponent = found.groups()
        return number(sign, whole, fraction or "", exponent), found.end()

    def string(self, at):
        at = self.expect(at, '"')
        parts = []
        while True:
            plain = PLAIN.match(self.text, at)
            parts.append(plain.group())
            at = plain.end()
            char = self.peek(at)
            if char == '"':
                return "".join(parts), at + 1
            if char != "\\":
                raise NotJson(f"string broken off at character {at}")
            escape = self.peek(at + 1)
            if escape == "u":
                piece, at = self.unicode_escape(at)
            elif escape in ESCAPES:
                piece, at = ESCAPES[escape], at + 2
            else:
                raise NotJson(f"no such escape at character {at}")
            parts.append(piece)

    def unicode_escape(self, at):
        unit = self.hex4(at)
        if unit is None:
            raise NotJson(f"no such escape at character {at}")
        if 0xD800 <= unit < 0xDC00:
            low = self.hex4(at + 6)
            if low is not None and 0xDC00 <= low < 0xE000:
                return chr(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00)), at + 12
        if 0xD800 <= unit < 0xE000:
            self.flaws.append("lone surrogate")
            return "\ufffd", at + 6
        return chr(unit), at + 6

    def hex4(self, at):
        r"""The code unit of a `\uXXXX` at `at`, or None."""
        if not self.text.startswith("\\u", at):
            return None
        found = HEX4.match(self.text, at + 2)
        return int(found.group(), 16) if found else None


def read(text):
    """The whole text as one value -> (value, flaws)."""
    reader = Reader(text)
    value, end = reader.value(0)
    if reader.space(end) != len(text):
        raise NotJson(f"something after the value at character {end}")
    return value, reader.flaws


class Mark(str):
    """Text of the canonical form itself, not a value."""


def canonical(value):
    """A text that two values share exactly when they are equal as JSON values."""
    out, todo = [], [value]
    while todo:
        item = todo.pop()
        if isinstance(item, Mark):
            out.append(item)
        elif isinstance(item, str):
            out.append(f"s{len(item)}:{item}")
        elif isinstance(item, Number):
            out.append(f"n{item.sign}:{item.digits}e{item.exponent};")
        elif isinstance(item, list):
            out.append("[")
            todo.append(Mark("]"))
            todo.extend(reversed(item))
        elif isinstance(item, dict):
            out.append("{")
            todo.append(Mark("}"))
            for name in sorted(item, reverse=True):
                todo.extend((item[name], name))
        else:
            out.append({True: "true;", False: "false;", None: "null;"}[item])
    return "".join(out)
