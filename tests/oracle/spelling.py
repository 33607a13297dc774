"""Many spellings of one JSON value or time, for the differential fuzzer.

Values are those of the standard library, `Thousandths` for numbers with decimals, and `Raw` for text
that stands as it is.
"""

from datetime import datetime, timedelta, timezone

SHORT = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


class Raw(str):
    """JSON text that is written as it is."""


class Thousandths(int):
    """A number of so many thousandths."""


def write(value, chance, wild=0.0):
    """JSON text of the value. `wild` is how often a spelling is unusual; 0 gives the plain one."""
    if isinstance(value, Raw):
        return str(value)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return string(value, chance, wild)
    if isinstance(value, Thousandths):
        return thousandths(value, chance, wild)
    if isinstance(value, int):
        return thousandths(value * 1000, chance, wild)
    if isinstance(value, dict):
        pairs = list(value.items())
        if chance.random() < wild:
            chance.shuffle(pairs)
        members = (
            string(name, chance, wild) + gap(chance, wild) + ":" + gap(chance, wild) + write(item, chance, wild)
            for name, item in pairs
        )
        return "{" + gap(chance, wild) + ("," + gap(chance, wild)).join(members) + gap(chance, wild) + "}"
    items = (write(item, chance, wild) for item in value)
    return "[" + gap(chance, wild) + ("," + gap(chance, wild)).join(items) + gap(chance, wild) + "]"


def gap(chance, wild):
    return chance.choice(["", " ", "\t", "  "]) if chance.random() < wild else ""


def string(text, chance, wild):
    out = ['"']
    for char in text:
        if chance.random() < wild / 4 or char < " ":
            if char in SHORT and chance.random() < 0.5:
                out.append(SHORT[char])
                continue
            units = char.encode("utf-16-be")
            form = chance.choice(["{:04x}", "{:04X}"])
            for at in range(0, len(units), 2):
                out.append("\\u" + form.format(int.from_bytes(units[at : at + 2], "big")))
        else:
            out.append(SHORT.get(char, char))
    return "".join(out) + '"'


def thousandths(value, chance, wild=0.0):
    """A number of so many thousandths."""
    sign, digits = ("-" if value < 0 else ""), str(abs(value)).rjust(4, "0")
    whole, decimals = digits[:-3], digits[-3:].rstrip("0")
    plain = sign + whole + ("." + decimals if decimals else "")
    if chance.random() >= wild:
        return plain
    way = chance.randrange(5)
    if way == 0:
        return plain + ("" if decimals else ".") + "0" * chance.randint(1, 4)
    if way == 1:
        return f"{sign}{abs(value)}{chance.choice('eE')}-3"
    if way == 2:
        return f"{sign}{abs(value)}{'0' * 5}e-00008"
    if way == 3 and abs(value) > 0:
        number = str(abs(value))
        return f"{sign}0.{number}e{chance.choice(['', '+']) if len(number) >= 3 else ''}{len(number) - 3}"
    return "-0" if value == 0 else plain


def time(ms, chance, wild=0.0):
    """An RFC 3339 time of so many milliseconds since the epoch, +08:00 where it is plain."""
    minutes, tail = 480, "+08:00"
    odd = chance.random() < wild
    if odd:
        minutes, tail = chance.choice(
            [(0, "Z"), (0, "z"), (0, "-00:00"), (480, "+08:00"), (-210, "-03:30"), (1439, "+23:59"), (-1439, "-23:59")]
        )
    try:
        local = EPOCH + timedelta(milliseconds=ms, minutes=minutes)
    except OverflowError:
        local, tail = EPOCH + timedelta(milliseconds=ms), "Z"
    seconds = f"{local.year:04d}" + local.strftime("-%m-%dT%H:%M:%S")
    decimals = f"{local.microsecond // 1000:03d}"
    if odd and chance.random() < 0.5:
        decimals += chance.choice(["9", "0000", "999999999999"])
    elif decimals == "000" and chance.random() < 0.8:
        decimals = ""
    if odd and chance.random() < 0.3:
        seconds = seconds.replace("T", "t")
    return seconds + ("." + decimals if decimals else "") + tail
