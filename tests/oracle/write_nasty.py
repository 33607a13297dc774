"""Writes one nasty log that a stream can carry, in two parts, and a registry that an import takes, in two stages.

    python3 write_nasty.py DIR [--seed S] [--trainees N]

DIR gets log-1.jsonl and log-2.jsonl, registry-1.json (sources, people and half of the courses) and
registry-2.json (all of it: limits of sources and approvals of back-filled time too).
"""

import argparse
import json
import pathlib
import random

from nasty import COURSES, VIDEOS, Maker


def carried(line):
    """Whether NATS can carry the headers, and an import names the line's place."""
    headers = json.loads(line).get("headers", {})
    return all(text.isascii() and text.isprintable() and text == text.strip() for text in headers.values())


def registries(maker, trainees):
    chance = maker.chance
    named = [course for course in sorted(set(COURSES)) if course.isprintable()]
    courses = [
        {"course": course, "videos": [{"video": video, "duration_ms": chance.choice([1, 29_999, 30_000, 600_000])} for video in sorted(set(VIDEOS))]}
        for course in named
    ]  # fmt: skip
    providers = [{"provider": platform} for platform in maker.platforms]
    first = {"providers": providers, "trainees": [{"trainee": trainee} for trainee in trainees], "courses": courses[::2]}
    approvals = []
    for platform, trainee, session, start, end in maker.late:
        if session.isprintable() and chance.random() < 0.5:
            approvals.append({"platform": platform, "trainee": trainee, "session": session})
        elif chance.random() < 0.5:
            approvals.append({"platform": platform, "from": maker.time(start), "to": maker.time(end)})
    once = {json.dumps(approval): approval for approval in approvals}
    limited = [{**providers[0], "max_stretch_ms": 29_997}, *providers[1:]]
    return first, {**first, "providers": limited, "courses": courses, "approvals": list(once.values())}


def main():
    parser = argparse.ArgumentParser(description="One nasty log that a stream can carry.")
    parser.add_argument("dir", type=pathlib.Path)
    parser.add_argument("--seed", default="stream")
    parser.add_argument("--trainees", type=int, default=40)
    given = parser.parse_args()
    maker = Maker(random.Random(given.seed), platforms=4, wild=0.2)
    messages = maker.messages(given.trainees, 25)
    trainees = sorted({message.event["subject"] for message in messages})
    lines = [line for line in maker.lines(messages) if carried(line)]
    first, whole = registries(maker, trainees)
    given.dir.mkdir(parents=True, exist_ok=True)
    for number, part in enumerate((lines[::2], lines[1::2]), start=1):
        (given.dir / f"log-{number}.jsonl").write_bytes(b"\n".join(part) + b"\n")
    for number, registry in enumerate((first, whole), start=1):
        (given.dir / f"registry-{number}.json").write_text(json.dumps(registry, ensure_ascii=False), "utf-8")


if __name__ == "__main__":
    main()
