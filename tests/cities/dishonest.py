"""People whose study is not real: each as cautious as the table of the checks lets anybody be, or bolder."""

from honest import Study, evening, paper
from world import DAY, HOUR, MINUTE, MONDAY, SECOND, Session


def knows(course):
    return ["A"] * course.items


def settled(city, trainee, course, day, **how):
    """Signs in on an evening."""
    return Session(city, course.platform, trainee, evening(city.rng, day), **how)


def idle_bot(city, trainee):
    """Runs by itself; where it is asked nobody answers: in all three times, or every time."""
    course = city.course(lambda platform: platform.asks)
    study, left = Study(city, trainee, course), [3 if city.rng.random() < 0.5 else 1000]
    usual, skipped = study.sign_in, [0]

    def sign_in(at):
        here = usual(at)
        ask, here.asked = here.check, here.begun

        def check(outcome="passed"):
            skipped[0] += 1
            ask("missed" if skipped[0] <= left[0] else outcome)

        here.check = check
        return here

    study.session = sign_in
    study.run()
    here = settled(city, trainee, course, study.day + 1)
    for _ in range(3 - min(3, skipped[0])):
        here.wait(9 * MINUTE, 12 * MINUTE)
        here.check("missed")
    here.close()


def seeks_to_end(city, trainee):
    course = city.course()
    here = settled(city, trainee, course, city.rng.randint(0, 12))
    videos = 3 if city.rng.random() < 0.5 else len(course.videos)
    for at, (name, length) in enumerate(course.videos):
        if at < videos:
            for _ in here.watch(course, name, 0, city.rng.randint(5_000, 25_000), pauses=0):
                pass
            here.wait(800, 4_000)
            for _ in here.watch(course, name, int(length * city.rng.uniform(0.95, 0.97)) + 1, length, pauses=0):
                pass
        else:
            for _ in here.watch(course, name, 0, length):
                pass
        here.wait(2_000, 9_000)
    here.exam(course, knows(course))
    here.close()


def forged_completion(city, trainee):
    """Passes the exam with half of the course unseen, or next to all of it."""
    course = city.course()
    Study(city, trainee, course, upto=city.rng.choice([0.49, 0.3, 0.05]), exam=False, drop=0, first=3).run()
    here = settled(city, trainee, course, 15)
    here.exam(course, knows(course))
    here.close()


def speed_script(city, trainee):
    course = city.course()
    here = settled(city, trainee, course, city.rng.randint(0, 12))
    rate, left = city.rng.choice([4, 6, 8, 16]), city.rng.choice([3, 1000])
    for name, length in course.videos:
        position = 0
        while position < length:
            fast = left > 0
            left -= fast
            to = min(length, position + (max(101_000, 30_000 * rate // 2) if fast else 30_000))
            here.stretch(course, name, position, to, (to - position) // rate if fast else to - position)
            position = to
            here.now += city.rng.randint(0, 900)
    here.close()


def back_filled(city, trainee):
    """A session made up days later, whole: more than a fifth of the course."""
    course = city.course()
    Study(city, trainee, course, upto=0.6, exam=False, first=8).run()
    at = evening(city.rng, 2)
    later = at + city.rng.randint(75, 200) * HOUR
    here = Session(city, course.platform, trainee, at)
    here.delay = lambda when: later + city.rng.randint(0, 20_000)
    for name, length in course.videos:
        for _ in here.watch(course, name, int(length * 0.6), length):
            pass
    here.exam(course, paper(city, course))
    here.close()


def two_tabs(city, trainee):
    """A second session beside the first: for six seconds, or for all of it."""
    course = city.course()
    one = settled(city, trainee, course, city.rng.randint(0, 12))
    two = Session(city, course.platform, trainee, one.begun + 20_000, device=city.device())
    two.now = one.now = two.now + 5_000
    (first, length), (second, other) = course.videos[0], course.videos[1]
    for _ in one.watch(course, first, 0, length, pauses=0):
        pass
    brief = 6_500 if city.rng.random() < 0.5 else other
    for _ in two.watch(course, second, 0, brief, pauses=0):
        pass
    one.close()
    two.close()


def several_platforms(city, trainee):
    here = city.course()
    other = next(course for course in city.courses if course.platform is not here.platform)
    one = settled(city, trainee, here, city.rng.randint(0, 12))
    two = Session(city, other.platform, trainee, one.begun + 15_000)
    one.now = two.now = two.now + 5_000
    for _ in one.watch(here, *here.videos[0][:1], 0, here.videos[0][1], pauses=0):
        pass
    brief = 6_500 if city.rng.random() < 0.5 else other.videos[0][1]
    for _ in two.watch(other, other.videos[0][0], 0, brief, pauses=0):
        pass
    one.close()
    two.close()


def loops(city, trainee):
    """The same three short pieces, six times and more."""
    course = city.course()
    day = city.rng.randint(0, 8)
    times = city.rng.randint(6, 9)
    for name, length in course.videos[:3]:
        here = settled(city, trainee, course, day)
        piece = min(length, 180_000)
        for _ in range(times):
            for _ in here.watch(course, name, 0, piece, pauses=0.01):
                pass
            here.wait(500, 2_000)
        if course.platform.asks:
            here.check()
        here.close()
        day += 1


def fast_clock(city, trainee):
    """The device's clock runs fast: its stretches end long before they could."""
    course = city.course()
    here = settled(city, trainee, course, city.rng.randint(0, 12))
    real, drift = here.now, city.rng.uniform(1.5, 2.0)
    for name, length in course.videos[:4]:
        for _ in here.watch(course, name, 0, length, pauses=0):
            pass
    for message in city.messages[-400:]:
        data = message["payload"]["data"]
        if data.get("session") == here.name and "video" in data:
            message["received_at"] = real + int((message["received_at"] - real) / drift)


def replays(city, trainee):
    """A recorded half hour, sent again on later days; with or without a few milliseconds of jitter."""
    course = city.course(lambda platform: platform.cadence[1] < 35_000)
    jitter = city.rng.choice([0, 0, 4, 8])
    beats = [(city.rng.randint(24_000, 31_000), city.rng.randint(0, 4_000)) for _ in range(30)]
    day = city.rng.randint(0, 6)
    for round in range(3):
        here = settled(city, trainee, course, day + 2 * round)
        plays(city, here, course, round, beats, jitter)
        here.close()


def plays(city, here, course, first, beats, jitter):
    """Reports as recorded, from some video on; one that does not fit into what is left of a video goes to the next."""
    at, position = first, 0
    for beat, gap in beats:
        beat += city.rng.randint(-jitter, jitter)
        if position + beat > course.videos[at % len(course.videos)][1]:
            at, position = at + 1, 0
        here.stretch(course, course.videos[at % len(course.videos)][0], position, position + beat, beat)
        here.now += gap + city.rng.randint(0, jitter)
        position += beat


def replay_of_another(city, people):
    """One person's real evening, sent for others too on other days, to the millisecond."""
    course = city.course(lambda platform: platform.cadence[1] < 35_000)
    beats = [(city.rng.randint(26_000, 31_000), city.rng.randint(0, 2_500)) for _ in range(24)]
    jitter = city.rng.choice([0, 0, 6])
    for at, trainee in enumerate(people):
        here = settled(city, trainee, course, 1 + at * 2)
        plays(city, here, course, 0, beats, jitter)
        here.close()


def metronome(city, trainee):
    course = city.course()
    here = settled(city, trainee, course, city.rng.randint(0, 12))
    beat = city.rng.choice([10_000, 15_000, 20_000, 30_000, 60_000])
    count, spread = city.rng.choice([61, 90]), city.rng.choice([0, 9, 18])
    for name, length in course.videos * 9:
        position = 0
        while position + beat <= length and count:
            here.stretch(course, name, position, position + beat, beat + city.rng.randint(0, spread))
            here.now += city.rng.randint(0, spread) + 100
            position += beat
            count -= 1
        if position < length and count:
            here.stretch(course, name, position, length, length - position)
            here.now += city.rng.randint(0, spread) + 100
            count -= 1
    here.close()


def marathon(city, trainee):
    """Four hours on end, or thirteen in a day."""
    course = city.course()
    here = settled(city, trainee, course, city.rng.randint(0, 10))
    hours = city.rng.choice([4.1, 13])
    until, asked = here.now + int(hours * HOUR), here.now
    while here.now < until:
        for name, length in course.videos:
            for _ in here.watch(course, name, 0, length, pauses=0.01):
                pass
            if hours > 5 and here.now - asked > 3 * HOUR:
                here.wait(11 * MINUTE, 14 * MINUTE)
                until += 12 * MINUTE
                asked = here.now
    here.close()


def mutated(city, trainee):
    Study(city, trainee, city.course()).run()
    own = [message for message in city.messages if message["payload"]["subject"] == trainee and "video" in message["payload"]["data"]]
    message = city.rng.choice(own)
    payload = {**message["payload"], "data": {**message["payload"]["data"], "to": round(message["payload"]["data"]["to"] + 30, 3)}}
    city.messages.append({**message, "payload": payload, "received_at": message["received_at"] + DAY})


def signs_in_only(city, trainee):
    course = city.course()
    for day in range(1, 9, 2):
        settled(city, trainee, course, day).close()
    here = settled(city, trainee, course, 11)
    here.exam(course, knows(course))
    here.close()


def frozen(city, trainee):
    """The player says that it runs; the position stays."""
    course = city.course()
    here = settled(city, trainee, course, city.rng.randint(0, 12))
    name, length = course.videos[0]
    still, until = city.rng.choice([0, 30_000]), here.now + 11 * MINUTE
    while here.now < until:
        here.stretch(course, name, 60_000, 60_000 + still, course.platform.beat(city.rng))
        here.wait(0, 50)
    here.close()


def silent_skips(city, trainee):
    course = city.course()
    here = settled(city, trainee, course, city.rng.randint(0, 12))
    for name, length in course.videos:
        position = 0
        while position < length:
            beat = min(here.platform.beat(city.rng), length - position)
            here.stretch(course, name, position, position + beat, beat)
            position += int(beat * city.rng.uniform(2.2, 3.0))
    here.exam(course, knows(course))
    here.close()


def too_fast(city, trainee):
    course = city.course()
    each = city.rng.choice([(300, 900), (1_500, 2_600), (2_000, 2_900)])
    Study(city, trainee, course, exam=False).run()
    here = settled(city, trainee, course, 24)
    here.exam(course, knows(course), each)
    here.close()


def travels(city, trainee):
    """Jinan, and an hour later eleven hundred kilometres away."""
    course = city.course()
    at = evening(city.rng, city.rng.randint(0, 12))
    device = city.device()
    for place, when in (((117.0, 36.65), at), (city.rng.choice([(113.26, 23.13), (87.6, 43.8), (104.06, 30.57)]), at + HOUR)):
        here = Session(city, course.platform, trainee, when, device, place=place)
        for _ in here.watch(course, course.videos[0][0], 0, 120_000, pauses=0):
            pass
        here.close()


def proxy_farm(city, people):
    """One machine works through accounts, one after the other, each by an address of its own."""
    course = city.course(lambda platform: platform.devices)
    device, at = city.device(), evening(city.rng, city.rng.randint(0, 12))
    for trainee in people:
        here = Session(city, course.platform, trainee, at, device, city.address())
        for name, length in course.videos[:2]:
            for _ in here.watch(course, name, 0, min(length, 200_000)):
                pass
        at = here.close() + city.rng.randint(1, 60) * MINUTE


def device_of_many(city, people):
    course = city.course(lambda platform: platform.devices)
    device, address, at = city.device(), city.address(), evening(city.rng, city.rng.randint(0, 12))
    brief = city.rng.random() < 0.3
    for trainee in people:
        here = Session(city, course.platform, trainee, at, device, address)
        here.now = at + 20_000
        for _ in here.watch(course, course.videos[0][0], 0, 40_000, pauses=0):
            pass
        here.close()
        at += 33_000 if brief else city.rng.randint(1_000, 9_000)


def copies(city, people):
    """A sheet goes round: the same four mistakes or more, within half an hour, each at home on a device of one's own."""
    course = city.course()
    sheet = knows(course)
    for item in city.rng.sample(range(course.items), city.rng.randint(4, city.most_copied)):
        sheet[item] = course.lures[item] if city.rng.random() < 0.5 else city.rng.choice("BCD")
    at = evening(city.rng, city.rng.randint(6, 6 + city.days))
    for trainee in people:
        Study(city, trainee, course, exam=False, first=2).run()
        here = Session(city, course.platform, trainee, at + city.rng.randint(0, 9) * MINUTE)
        own = list(sheet)
        if city.rng.random() < 0.4:
            right = [item for item, choice in enumerate(own) if choice == "A"]
            own[city.rng.choice(right)] = city.rng.choice("BCD")
        here.exam(course, own, (20_000, 40_000))
        here.close()


def harvests(city, people):
    """A second account finds the answers out; the first gives them minutes later."""
    finder, user = people
    course = city.course(lambda platform: platform.addresses and platform.timed_answers)
    Study(city, user, course, exam=False, first=2).run()
    shared = {"device": city.device()} if city.rng.random() < 0.5 else {"address": city.address()}
    here = settled(city, finder, course, 18, **shared)
    guesses = ["A" if city.rng.random() < 0.25 else city.rng.choice("BCD") for _ in range(course.items)]
    wrong = [at for at, choice in enumerate(guesses) if choice != "A"]
    for at in city.rng.sample([at for at in range(course.items) if guesses[at] == "A"], max(0, 10 - len(wrong))):
        guesses[at] = "C"
    here.exam(course, guesses, (4_000, 6_000))
    there = Session(city, course.platform, user, here.now - 20_000, **shared)
    there.now = here.now + 5_000
    there.exam(course, knows(course), (4_000, 6_500))
    here.close()
    there.close()


def roster(city, people):
    """Bought accounts, signed in down the list."""
    course, at = city.course(lambda platform: platform.addresses or platform.devices), evening(city.rng, city.rng.randint(0, 12))
    shared = {"address": city.address()} if course.platform.addresses else {"device": city.device()}
    gap = city.rng.choice([20, 60, 240, 900]) * SECOND
    for trainee in people:
        here = Session(city, course.platform, trainee, at + city.rng.randint(-gap // 20, gap // 20), **shared)
        for _ in here.watch(course, course.videos[0][0], 0, 90_000):
            pass
        here.close()
        at += gap


def spike(city, people):
    """A course that hardly anybody took is finished by twenty and more on one day."""
    course = city.courses[-1]
    for trainee in people:
        Study(city, trainee, course, exam=False, first=20).run()
        at = MONDAY + 30 * DAY + city.rng.randint(9 * 60, 20 * 60) * MINUTE
        here = Session(city, course.platform, trainee, at)
        here.exam(course, knows(course))
        here.close()


REVIEW, HOLD, INFO = "review", "hold", "info"
ALONE = {
    "idle-bot": (idle_bot, [("presence-missed", REVIEW)]), "seek-to-end": (seeks_to_end, [("seek-to-end", REVIEW)]),
    "forged-completion": (forged_completion, [("completion-mismatch", REVIEW)]), "speed-script": (speed_script, [("impossible-speed", REVIEW)]),
    "back-filled": (back_filled, [("back-filled", HOLD)]), "two-tabs": (two_tabs, [("parallel-session", REVIEW)]),
    "several-platforms": (several_platforms, [("parallel-platform", REVIEW)]), "loop": (loops, [("rewatch-loop", REVIEW)]),
    "fast-clock": (fast_clock, [("clock-ahead", INFO)]), "replay": (replays, [("metronome", REVIEW)]),
    "metronome": (metronome, [("metronome", REVIEW)]), "marathon": (marathon, [("marathon", REVIEW)]),
    "mutated": (mutated, [("event-changed", INFO)]), "sign-ins-only": (signs_in_only, [("completion-mismatch", REVIEW)]),
    "frozen": (frozen, [("stalled", INFO)]), "silent-skips": (silent_skips, [("completion-mismatch", REVIEW)]),
    "quiz-too-fast": (too_fast, [("quiz-too-fast", REVIEW)]), "travel": (travels, [("travel", INFO)]),
}
TOGETHER = {
    "replay-of-another": (replay_of_another, 3, [("metronome", REVIEW)]), "proxy-farm": (proxy_farm, 6, [("device-shared", HOLD)]),
    "device-of-many": (device_of_many, 4, [("device-concurrent", HOLD)]), "copies": (copies, 4, [("quiz-copied", HOLD)]),
    "harvest": (harvests, 2, [("answer-harvest", HOLD)]), "roster": (roster, 6, [("roster-lockstep", REVIEW)]),
    "spike": (spike, 24, [("course-spike", REVIEW)]),
}
