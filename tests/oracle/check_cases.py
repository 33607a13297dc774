"""Runs the independent plain reference of the differential tests over worked case files.

    python3 check_cases.py DIR [--shuffles N]

A case file holds `registry` (or null), `log` and `expect`. Every case is computed with its lines as
they stand and in N further orders; differences are printed, member by member. Exit code 3 when
there are any.
"""

import argparse
import json
import pathlib
import random
import sys

from recompute import recompute


def differences(path, expected, found):
    """Lines that say where the two values differ."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for name in expected | found:
            yield from differences(f"{path}/{name}", expected.get(name), found.get(name))
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        for index, pair in enumerate(zip(expected, found)):
            yield from differences(f"{path}/{index}", *pair)
    elif expected != found:
        yield f"{path}: expected {json.dumps(expected)}, found {json.dumps(found)}"


def encode(value):
    return json.dumps(value, ensure_ascii=False).encode()


def check(case, shuffles):
    registry = None if case["registry"] is None else encode(case["registry"])
    lines = [encode(line) for line in case["log"]]
    found = recompute(b"\n".join(lines) + b"\n", registry)
    yield from differences("", case["expect"], found)
    for seed in range(shuffles):
        random.Random(seed).shuffle(lines)
        if encode(recompute(b"\n".join(lines), registry)) != encode(found):
            yield f"another answer with the lines shuffled (seed {seed})"


def main():
    parser = argparse.ArgumentParser(description="Checks the reference against worked cases.")
    parser.add_argument("dir", type=pathlib.Path)
    parser.add_argument("--shuffles", type=int, default=5)
    given = parser.parse_args()
    paths = sorted(given.dir.glob("*.json"))
    wrong = 0
    for path in paths:
        found = list(check(json.loads(path.read_text("utf-8")), given.shuffles))
        wrong += bool(found)
        for line in found:
            print(f"{path.name}{line if line.startswith('/') else ': ' + line}")
    print(f"{len(paths) - wrong} of {len(paths)} cases right")
    sys.exit(3 if wrong or not paths else 0)


if __name__ == "__main__":
    main()
