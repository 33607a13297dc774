"""Nasty logs against the product: `keshi recompute` must print, to the byte, what the reference prints.

    python3 fuzz.py KESHI [--seconds 20 | --cases N] [--seed S] [--out DIR]

KESHI is the binary. Each case is a log file and, in half of them, a registry, made from the seed and
the case's number; the product reads the lines in another order than the reference. In some cases a
line is damaged: then both must refuse the file at the same line. On a difference the log is cut down
to the smallest one found that still differs, written to DIR, and the exit code is 3. A run that did
not meet every reason, flag and code of the rule proves too little and fails too (from 100 cases on).
"""

import argparse
import json
import pathlib
import random
import re
import sys
import tempfile
import time
from collections import Counter

import spoil
from logfile import DamagedFile
from nasty import Maker
from product import Product
from recompute import recompute
from registry import DamagedRegistry

MEANT = {
    "reasons": "no-progress impossible-speed gap no-sign-in identity-unverified back-filled signed-out "
    "presence-missed parallel-platform parallel-session overlap".split(),
    "flags": "clock-ahead clock-skew event-changed late-upload parallel-platform parallel-session".split(),
    "codes": [f"E10{number}" for number in range(1, 9)],
    "files": ["good", "damaged log", "damaged registry"],
}
ENOUGH = 100


def case(seed, number):
    """(lines, registry or None, whether a line may be damaged) of a case."""
    chance = random.Random(f"{seed}/{number}")
    maker = Maker(chance)
    trainees, most = chance.choice([(1, 6), (3, 12), (25, 14), (2, 60)])
    lines = maker.lines(maker.messages(trainees, most))
    registry = maker.registry()
    damaged = chance.random() < 0.15
    if damaged:
        at = chance.randrange(len(lines))
        lines[at] = spoil.line(lines[at], chance) if chance.random() < 0.9 else lines[0]
    elif registry is not None and chance.random() < 0.08:
        registry = spoil.registry(registry, chance)
    for _ in range(chance.choice([0, 0, 3])):
        lines.insert(chance.randrange(len(lines) + 1), chance.choice([b"", b" \t", b"\r"]))
    return lines, registry, damaged


def referred(lines, registry):
    """What the reference prints, or (`log`, line) or `registry` for a file that it refuses."""
    try:
        answer = recompute(b"\n".join(lines) + b"\n", registry)
    except DamagedFile as damage:
        return "log", int(re.search(r"line (\d+)", str(damage)).group(1))
    except DamagedRegistry:
        return "registry", None
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode() + b"\n", None


def both(product, lines, registry, order=None):
    """(expected, found): the lines stand in another order for the product when `order` is given."""
    shuffled = list(lines)
    if order:
        order.shuffle(shuffled)
    return referred(lines, registry), product.answers(shuffled, registry)


def differ(product, lines, registry):
    expected, found = both(product, lines, registry)
    return expected != found


def smallest(product, lines, registry):
    """Fewer lines, and less of a registry, that still differ."""
    if registry is not None and differ(product, lines, None):
        registry = None
    chunk = max(1, len(lines) // 2)
    while True:
        at = 0
        while at < len(lines):
            fewer = lines[:at] + lines[at + chunk :]
            if fewer and differ(product, fewer, registry):
                lines = fewer
            else:
                at += chunk
        if chunk == 1:
            return lines, registry
        chunk //= 2


def tally(met, expected):
    answer, _ = expected
    if not isinstance(answer, bytes):
        met["files", f"damaged {answer}"] += 1
        return
    met["files", "good"] += 1
    answer = json.loads(answer)
    for trainee in answer["trainees"]:
        met.update(("reasons", reason) for reason in trainee["excluded_ms"])
        met.update(("flags", flag) for flag in trainee["flags"])
    met.update(("codes", verdict["code"]) for verdict in answer["rejected"])


def report(out, seed, number, lines, registry, answers):
    out.mkdir(parents=True, exist_ok=True)
    log = out / f"{seed}-{number}.jsonl"
    log.write_bytes(b"\n".join(lines) + b"\n")
    if registry is not None:
        (out / f"{seed}-{number}.registry.json").write_bytes(registry)
    print(f"case {seed}/{number} differs; cut down to {len(lines)} lines in {log}")
    for name, (answer, line) in zip(("expected", "found"), answers):
        text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else f"{answer} {line or ''}"
        print(f"  {name}: {text.strip()[:2000]}")


def main():
    parser = argparse.ArgumentParser(description="Nasty logs: the product against the reference.")
    parser.add_argument("keshi", type=pathlib.Path)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--cases", type=int, help="so many cases, however long they take")
    parser.add_argument("--first", type=int, default=0, help="number of the first case")
    parser.add_argument("--seed", default="keshi")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("target/fuzz"))
    given = parser.parse_args()
    met, number, differences = Counter(), given.first, 0
    end = time.monotonic() + given.seconds
    with tempfile.TemporaryDirectory() as folder:
        product = Product(given.keshi.resolve(), pathlib.Path(folder))
        while number - given.first < given.cases if given.cases else time.monotonic() < end:
            lines, registry, damaged = case(given.seed, number)
            answers = both(product, lines, registry, None if damaged else random.Random(number))
            tally(met, answers[0])
            if answers[0] != answers[1]:
                differences += 1
                if differ(product, lines, registry):
                    lines, registry = smallest(product, lines, registry)
                    answers = both(product, lines, registry)
                report(given.out, given.seed, number, lines, registry, answers)
                if differences == 5:
                    break
            number += 1
            if (number - given.first) % 1000 == 0:
                print(f"{number - given.first} so far, {differences} differences", flush=True)
    cases = number - given.first
    missing = [f"{kind}: {name}" for kind, names in MEANT.items() for name in names if not met[kind, name]]
    print(f"{cases} nasty logs, {differences} differences")
    if missing and cases >= ENOUGH:
        print(f"never met, so nothing was shown: {', '.join(missing)}")
    sys.exit(3 if differences or (missing and cases >= ENOUGH) else 0)


if __name__ == "__main__":
    main()
