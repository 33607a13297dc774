"""An independent plain reference for differential tests: the records of a log file by rule VT-1.

    python3 recompute.py FILE [--registry FILE]

prints the records as JSON. Exit code 1 and a message with the line's number for a damaged file.
Nothing here shares code with the product: clear before fast, exact, standard library only.
"""

import argparse
import json
import sys
from collections import defaultdict

import vt1
from contract import decode
from datarules import Rejected
from logfile import DamagedFile, messages
from registry import DamagedRegistry, Registry


def recompute(log, registry=None):
    """The answer for a log file's bytes and, when there is one, a registry file's bytes."""
    registry = None if registry is None else Registry(registry)
    accepted, rejected = [], []
    for message in messages(log):
        try:
            accepted.append(decode(message))
        except Rejected as verdict:
            rejected.append({"seq": message.seq, "code": verdict.code})
    distinct, flags, duplicates = first_recorded(accepted)
    trainees = [
        {"trainee": trainee} | vt1.record(distinct[trainee], registry, flags[trainee])
        for trainee in sorted(distinct)
    ]
    return {"rule": "VT-1", "trainees": trainees, "rejected": rejected, "duplicates": duplicates}


def first_recorded(events):
    """Step 1. `events` come in order of seq."""
    winners = {}
    distinct, flags = defaultdict(list), defaultdict(set)
    duplicates = 0
    for event in events:
        winner = winners.setdefault((event.platform, event.trainee, event.id), event)
        if winner is event:
            distinct[event.trainee].append(event)
            continue
        duplicates += 1
        if winner.content != event.content:
            flags[event.trainee].add("event-changed")
    return distinct, flags, duplicates


def main():
    parser = argparse.ArgumentParser(description="The records of a log file by rule VT-1, as JSON.")
    parser.add_argument("file")
    parser.add_argument("--registry")
    parser.add_argument("--json", action="store_true", help="changes nothing: JSON is all it prints")
    given = parser.parse_args()
    try:
        with open(given.file, "rb") as file:
            log = file.read()
        registry = None
        if given.registry is not None:
            with open(given.registry, "rb") as file:
                registry = file.read()
        answer = recompute(log, registry)
    except DamagedFile as damage:
        sys.exit(f"{given.file}: {damage}")
    except DamagedRegistry as damage:
        sys.exit(f"{given.registry}: {damage}")
    except OSError as error:
        sys.exit(str(error))
    sys.stdout.buffer.write(json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")


if __name__ == "__main__":
    main()
