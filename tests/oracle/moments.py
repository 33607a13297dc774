"""Times for the independent plain reference of differential tests: RFC 3339 to whole milliseconds."""

import re

SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

RFC3339 = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]+))?"
    r"(?:[Zz]|([+-])([0-9]{2}):([0-9]{2}))"
)
DAYS_BEFORE_MONTH = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365)


def leap(year):
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def days_before_year(year):
    """Days from 0000-01-01 to the first of January of `year`."""
    return 365 * year + (year + 3) // 4 - (year + 99) // 100 + (year + 399) // 400


def milliseconds(text):
    """Milliseconds since 1970-01-01T00:00Z, finer digits cut off; None when `text` is no such time."""
    found = RFC3339.fullmatch(text)
    if not found:
        return None
    year, month, day, hour, minute, second = (int(part) for part in found.groups()[:6])
    fraction, sign, off_hours, off_minutes = found.groups()[6:]
    if not (1 <= month <= 12 and hour <= 23 and minute <= 59 and second <= 59):
        return None
    length = DAYS_BEFORE_MONTH[month] - DAYS_BEFORE_MONTH[month - 1]
    if month == 2 and leap(year):
        length += 1
    if not 1 <= day <= length:
        return None
    offset = 0
    if sign:
        if int(off_hours) > 23 or int(off_minutes) > 59:
            return None
        offset = int(off_hours) * HOUR + int(off_minutes) * MINUTE
        offset = -offset if sign == "-" else offset
    days = days_before_year(year) - days_before_year(1970)
    days += DAYS_BEFORE_MONTH[month - 1] + (1 if month > 2 and leap(year) else 0) + day - 1
    thousandths = int(((fraction or "") + "000")[:3])
    return days * DAY + hour * HOUR + minute * MINUTE + second * SECOND + thousandths - offset


def beijing_day(moment):
    """The number of the Beijing date (+08:00) that `moment` falls on."""
    return (moment + 8 * HOUR) // DAY


def next_beijing_midnight(moment):
    return (beijing_day(moment) + 1) * DAY - 8 * HOUR
