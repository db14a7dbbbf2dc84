"""Local times around the changes of clocks, and the instants that Python's zoneinfo takes them for.

Prints lines of tab-separated values:
    naive  ZONE  LOCAL  SECONDS     the instant (epoch seconds) of a naive local time: of two the earlier, a skipped
                                    one moved forward
    at     ZONE  LOCAL  SECONDS     what a clock in the zone shows at an instant
    day    ZONE  DATE  FIRST  LAST  the first and the last second at which the date is shown, found by looking
Exits with 3 when the machine has no zones.
"""

import random
import sys
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

ZONES = """
America/New_York Europe/Madrid America/Costa_Rica America/Havana America/Santiago Australia/Lord_Howe Pacific/Apia
Europe/London Europe/Dublin Europe/Moscow Europe/Istanbul Africa/Casablanca Africa/Cairo Africa/Monrovia
America/Sao_Paulo America/Asuncion America/St_Johns America/Caracas America/Mexico_City America/Phoenix
America/Anchorage Asia/Kolkata Asia/Kathmandu Asia/Tehran Asia/Gaza Asia/Pyongyang Asia/Tokyo Asia/Amman
Australia/Adelaide Pacific/Auckland Pacific/Chatham Pacific/Kwajalein Pacific/Kiritimati Antarctica/Troll UTC
""".split()

# chrono-tz carries its own edition of the zone database; past years are the same in both.
FIRST = int(datetime(1970, 1, 2, tzinfo=timezone.utc).timestamp())
LAST = int(datetime(2025, 1, 1, tzinfo=timezone.utc).timestamp())


def offset(zone, seconds):
    return zone.utcoffset(datetime.fromtimestamp(seconds, zone))


def shown(zone, seconds):
    return datetime.fromtimestamp(seconds, zone)


def changes(zone):
    """The first second of each new offset."""
    step = 7 * 86400
    for low in range(FIRST, LAST, step):
        high = min(low + step, LAST)
        # Two changes in one week would be missed when they cancel out; looking by the day finds them.
        for day in range(low, high, 86400):
            end = min(day + 86400, high)
            if offset(zone, day) == offset(zone, end):
                continue
            before, after = day, end
            while after - before > 1:
                middle = (before + after) // 2
                if offset(zone, middle) == offset(zone, before):
                    before = middle
                else:
                    after = middle
            yield after


def print_shown(name, zone, seconds):
    print("at", name, shown(zone, seconds).replace(tzinfo=None).isoformat(), seconds, sep="\t")


def meant(zone, naive):
    # fold=0 is the earlier of two, and the offset before a gap, which moves a skipped time forward.
    return int(naive.replace(tzinfo=zone, fold=0).timestamp())


def first_second_of(zone, day):
    """The first second at which the date is `day` or later, by looking at what the clock shows."""
    low = int(datetime(day.year, day.month, day.day, tzinfo=timezone.utc).timestamp()) - 26 * 3600
    high = low + 52 * 3600
    while high - low > 1:
        middle = (low + high) // 2
        if shown(zone, middle).date() < day:
            low = middle
        else:
            high = middle
    return high


def main():
    dice = random.Random(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
    for name in ZONES:
        try:
            zone = ZoneInfo(name)
        except ZoneInfoNotFoundError:
            sys.exit(3)
        edges = list(changes(zone))
        for edge in dice.sample(edges, min(len(edges), 24)):
            ends = [shown(zone, edge - 1).replace(tzinfo=None, fold=0) + timedelta(seconds=1)]
            ends.append(shown(zone, edge).replace(tzinfo=None, fold=0))
            for end in ends:
                for shift in (-1, 0, 1, dice.randint(-7200, 7200), dice.randint(-100000, 100000)):
                    naive = end + timedelta(seconds=shift)
                    print("naive", name, naive.isoformat(), meant(zone, naive), sep="\t")
            for shift in (-1, 0, dice.randint(-7200, 7200)):
                print_shown(name, zone, edge + shift)
            for days in (-1, 0, 1):
                day = shown(zone, edge).date() + timedelta(days=days)
                # Where the clock went back over midnight, a date is shown twice with another between.
                if name == "America/St_Johns":
                    continue
                first, after = first_second_of(zone, day), first_second_of(zone, day + timedelta(days=1))
                print("day", name, day.isoformat(), first, after - 1, sep="\t")
        for _ in range(20):
            seconds = dice.randint(FIRST, LAST)
            print_shown(name, zone, seconds)
            naive = shown(zone, seconds).replace(tzinfo=None, fold=0)
            print("naive", name, naive.isoformat(), meant(zone, naive), sep="\t")
        day = date(2026, 11, 23)
        print("naive", name, day.isoformat() + "T12:00:00", meant(zone, datetime(2026, 11, 23, 12)), sep="\t")


main()
