#!/usr/bin/env python3
"""Makes a city that is not Keshi's own, with its truth: for `keshi integrity evaluate --log --registry --truth`.

    tests/cities/make.py OUT [--seed 1] [--shape usual|bare] [--plain 100] [--each 6]

Of every persona there are about EACH people (whole groups), beside PLAIN ordinary ones.
"""

import argparse
import os
import random
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import dishonest
import honest
from world import PLATFORMS, City


def can(city, *needs):
    return any(all(getattr(platform, need) for need in needs) for platform in city.platforms)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("out")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--shape", choices=sorted(PLATFORMS), default="usual")
    parser.add_argument("--plain", type=int, default=100)
    parser.add_argument("--each", type=int, default=6)
    parser.add_argument("--courses", type=int, default=8)
    parser.add_argument("--days", type=int, default=16)
    parser.add_argument("--only", help="of the dishonest, this persona alone")
    options = parser.parse_args()
    city = City(random.Random(options.seed), options.shape, options.courses, options.days)
    needs = {"idle-bot": ["asks"], "proxy-farm": ["devices"], "device-of-many": ["devices"], "roster": ["addresses"],
             "harvest": ["addresses", "timed_answers"], "missed-once": ["asks"], "replay": [], "fast-clock": ["clocks"],
             "skewed-clock": ["clocks"]}
    able = lambda name: can(city, *needs.get(name, [])) and (not options.only or name in honest.ALONE or name in honest.TOGETHER or name == options.only)
    for name, live in honest.ALONE.items():
        for _ in range((options.plain if name == "plain" else options.each) if able(name) else 0):
            live(city, city.person(name, True))
    for name, (live, size) in honest.TOGETHER.items():
        for _ in range(max(1, options.each // size)):
            live(city, [city.person(name, True) for _ in range(size)])
    for name, (live, flags) in dishonest.ALONE.items():
        for _ in range(options.each if able(name) else 0):
            live(city, city.person(name, False, flags))
    for name, (live, size, flags) in dishonest.TOGETHER.items():
        for _ in range(max(1, options.each // size if name != "spike" else 1) if able(name) else 0):
            live(city, [city.person(name, False, flags) for _ in range(size)])
    os.makedirs(options.out, exist_ok=True)
    city.write(options.out)


if __name__ == "__main__":
    main()
