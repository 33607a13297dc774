"""Runs the independent plain reference of the differential tests over worked case files.

    python3 check_cases.py DIR [--shuffles N] [--keshi BINARY]

A case file holds `registry` (or null), `log` and `expect`. Every case is computed with its lines as
they stand and in N further orders; differences are printed, member by member. Exit code 3 when
there are any. With --keshi the product computes every case too.
"""

import argparse
import json
import pathlib
import random
import sys
import tempfile

from jsontext import Reader
from product import Product
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


def log_lines(text):
    """The elements of the case's `log` as they stand there: how a number is spelt may be the point."""
    reader = Reader(text)
    at, lines = text.index("[", text.index('"log"')), []
    while reader.peek(at) in ("[", ","):
        start = reader.space(at + 1)
        at = reader.value(start)[1]
        lines.append(text[start:at].encode())
        at = reader.space(at)
    return lines


def check(text, shuffles, product):
    case = json.loads(text)
    registry = None if case["registry"] is None else encode(case["registry"])
    lines = log_lines(text)
    assert len(lines) == len(case["log"])
    found = recompute(b"\n".join(lines) + b"\n", registry)
    yield from differences("", case["expect"], found)
    for seed in range(shuffles):
        random.Random(seed).shuffle(lines)
        if encode(recompute(b"\n".join(lines), registry)) != encode(found):
            yield f"another answer with the lines shuffled (seed {seed})"
    if product:
        answer, _ = product.answers(lines, registry)
        if isinstance(answer, bytes):
            yield from differences(" (product)", case["expect"], json.loads(answer))
        else:
            yield f"the product says {answer}"


def main():
    parser = argparse.ArgumentParser(description="Checks the reference against worked cases.")
    parser.add_argument("dir", type=pathlib.Path)
    parser.add_argument("--shuffles", type=int, default=5)
    parser.add_argument("--keshi", type=pathlib.Path)
    given = parser.parse_args()
    paths = sorted(given.dir.glob("*.json"))
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        product = given.keshi and Product(given.keshi.resolve(), pathlib.Path(folder))
        for path in paths:
            found = list(check(path.read_text("utf-8"), given.shuffles, product))
            wrong += bool(found)
            for line in found:
                print(f"{path.name}{line if line.startswith('/') else ': ' + line}")
    print(f"{len(paths) - wrong} of {len(paths)} cases right")
    sys.exit(3 if wrong or not paths else 0)


if __name__ == "__main__":
    main()
