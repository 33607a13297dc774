"""Honest people, with the oddities that real ones have."""

from world import DAY, HOUR, MINUTE, SECOND, MONDAY, Session


def paper(city, course, skill=None):
    """An honest paper: some items are hard, and each has a wrong choice that lures."""
    rng = city.rng
    skill = skill if skill is not None else rng.uniform(-0.05, 0.15)
    choice = lambda at: "A" if rng.random() < course.hard[at] + skill else course.lures[at] if rng.random() < 0.5 else rng.choice("BCD")
    return [choice(at) for at in range(course.items)]


def evening(rng, day):
    return MONDAY + day * DAY + rng.randint(8 * 60, 19 * 60) * MINUTE + rng.randint(0, 59_999)


class Study:
    """A course studied over some days; what is odd about somebody is in the arguments."""

    def __init__(self, city, trainee, course, *, first=None, rate=1.0, pauses=0.04, drop=0.0, twice=0.0, device=None,
                 address=None, skew=0, upto=1.0, exam=True, start=None, session=None, asks=True, again=0.0, each=(12_000, 45_000)):
        self.city, self.rng, self.trainee, self.course = city, city.rng, trainee, course
        self.device, self.address, self.skew = device or city.device(), address or city.address(), skew
        self.rate, self.pauses, self.drop, self.twice, self.again = rate, pauses, drop, twice, again
        self.day = self.rng.randint(0, city.days) if first is None else first
        self.upto, self.takes_exam, self.start, self.asks, self.each = upto, exam, start, asks, each
        self.session = session or self.sign_in

    def sign_in(self, at):
        return Session(self.city, self.course.platform, self.trainee, at, self.device, self.address, self.skew)

    def run(self):
        todo = [(name, 0, int(length * self.upto)) for name, length in self.course.videos]
        if self.again:
            todo += [(name, 0, end) for name, _, end in todo if self.rng.random() < self.again]
        while todo:
            at = self.start(self.day) if self.start else evening(self.rng, self.day)
            here = self.session(at)
            until, asked = at + self.rng.randint(35, 80) * MINUTE, here.now
            while todo and here.now < until:
                name, begin, end = todo.pop(0)
                for position in here.watch(self.course, name, begin, end, self.rate, self.pauses, self.drop, self.twice):
                    if here.now > until and position < end:
                        todo.insert(0, (name, position, end))
                        break
                    if self.asks and here.platform.asks and here.now - asked > 18 * MINUTE:
                        here.check()
                        asked = here.now
                here.wait(2_000, 40_000)
            if not todo and self.takes_exam:
                for attempt in range(1, 4):
                    here.wait(20_000, 90_000)
                    if here.exam(self.course, paper(self.city, self.course), self.each, attempt):
                        break
            self.last = here.close()
            self.day += self.rng.randint(1, 3)
        return self


def plain(city, trainee):
    Study(city, trainee, city.course()).run()


def offline_cache(city, trainee):
    """Signs in online, rides through a tunnel, and the player sends the spell when it is back."""
    course = city.course()
    study = Study(city, trainee, course)
    spell = 0.15 * course.length()

    def sign_in(at):
        here = study.sign_in(at)
        nonlocal spell
        begin, end = at + 6 * MINUTE, at + 6 * MINUTE + min(int(spell), 12 * MINUTE)
        spell -= end - begin
        back = end + city.rng.randint(20, 300) * MINUTE
        usual = here.delay
        here.delay = lambda when: back + city.rng.randint(0, 9_000) if begin <= when <= end else usual(when)
        return here

    study.session = sign_in
    study.run()


def lost_heartbeats(city, trainee):
    Study(city, trainee, city.course(), drop=city.rng.uniform(0.03, 0.12)).run()


def double_speed(city, trainee):
    Study(city, trainee, city.course(), rate=2.0).run()


def half_speed(city, trainee):
    Study(city, trainee, city.course(), rate=0.5).run()


def watches_again(city, trainee):
    Study(city, trainee, city.course(), again=city.rng.uniform(0.3, 1.0)).run()


def long_pauses(city, trainee):
    Study(city, trainee, city.course(), pauses=0.2).run()


def delivered_twice(city, trainee):
    Study(city, trainee, city.course(), twice=0.25).run()


def skewed_clock(city, trainee):
    course = city.course(lambda platform: platform.clocks or platform.addresses)
    Study(city, trainee, course, skew=city.rng.choice([-1, 1]) * city.rng.randint(3 * MINUTE, 9 * HOUR)).run()


def over_midnight(city, trainee):
    Study(city, trainee, city.course(), start=lambda day: MONDAY + day * DAY + 23 * HOUR + city.rng.randint(20, 50) * MINUTE).run()


def missed_once(city, trainee):
    """Away from the screen at one check, and there again some minutes later."""
    course = city.course(lambda platform: platform.asks)
    study = Study(city, trainee, course)
    usual, left = study.sign_in, [1]

    def sign_in(at):
        here = usual(at)
        ask = here.check

        def check(outcome="passed"):
            if left:
                left.pop()
                ask("missed")
                here.wait(60_000, 240_000)
            ask(outcome)

        here.check = check
        return here

    study.session = sign_in
    study.run()


def two_devices(city, trainee):
    study = Study(city, trainee, city.course())
    devices = [city.device(), city.device()]

    def sign_in(at):
        study.device = city.rng.choice(devices)
        study.address = city.address() if city.rng.random() < 0.5 else study.address
        return study.sign_in(at)

    study.session = sign_in
    study.run()


def changes_address(city, trainee):
    """A VPN: another address, now and then another town."""
    study = Study(city, trainee, city.course())

    def sign_in(at):
        place = city.rng.choice([(117.0, 36.65), (117.02, 36.7), (113.3, 23.1)])
        return Session(city, study.course.platform, trainee, at, study.device, city.address(), place=place)

    study.session = sign_in
    study.run()


def quick_reader(city, trainee):
    """Knows the matter, and answers fast; nobody reads an item in less than four seconds."""
    Study(city, trainee, city.course(), each=(4_500, 9_000)).run()


def household(city, people):
    address = city.address()
    for trainee in people:
        Study(city, trainee, city.course(), address=address, first=city.rng.randint(0, 3)).run()


def hand_over(city, people):
    """One computer, one after the other, some minutes between."""
    device, address, day = city.device(), city.address(), city.rng.randint(0, 10)
    ends = {}

    def start_after(day):
        at = ends.get(day, evening(city.rng, day))
        return at + city.rng.randint(1, 20) * MINUTE

    for trainee in people:
        study = Study(city, trainee, city.course(), device=device, address=address, first=day, start=start_after)
        usual = study.sign_in

        def sign_in(at, study=study, usual=usual):
            here = usual(at)
            leave = here.close

            def close():
                ends[study.day] = leave()
                return ends[study.day]

            here.close = close
            return here

        study.session = sign_in
        study.run()


def training_room(city, people):
    """A room of machines behind one address; the lesson begins, and people come in as they come."""
    address, course = city.address(), city.course()
    for trainee in people:
        start = lambda day: MONDAY + day * DAY + 9 * HOUR + city.rng.randint(0, 25 * 60) * SECOND + city.rng.randint(0, 999)
        Study(city, trainee, course, address=address, first=7, start=start).run()


def carrier(city, people):
    address = city.address()
    for trainee in people:
        Study(city, trainee, city.course(), address=address).run()


def live_lesson(city, people):
    """Everybody at home, the same lesson at the same time: the player follows the teacher."""
    course = city.course()
    for trainee in people:
        start = lambda day: MONDAY + day * DAY + 19 * HOUR + city.rng.randint(0, 90) * SECOND + city.rng.randint(0, 999)
        Study(city, trainee, course, first=2, start=start, pauses=0.005).run()


ALONE = {"plain": plain, "offline-cache": offline_cache, "lost-heartbeats": lost_heartbeats, "double-speed": double_speed,
         "half-speed": half_speed, "watches-again": watches_again, "long-pauses": long_pauses, "delivered-twice": delivered_twice,
         "skewed-clock": skewed_clock, "over-midnight": over_midnight, "missed-once": missed_once, "two-devices": two_devices,
         "changes-address": changes_address, "quick-reader": quick_reader}
TOGETHER = {"household": (household, 3), "hand-over": (hand_over, 2), "training-room": (training_room, 25),
            "carrier": (carrier, 20), "live-lesson": (live_lesson, 12)}
