"""one_key.py KEYS FOLDER REGRESSIONS TOOLS OUT ID...: races by their source lines, and the keys that heddle gave them.

For harness/bench/one_key.sh, which says what is judged.  KEYS is what `heddle key` printed of the logs
FOLDER/native/COMPILER-LEVEL/ID/N.log and the findings FOLDER/fibers/COMPILER/ID/.../finding.json; FOLDER/bin/ has the
programs that made the logs; REGRESSIONS is the keys.txt of the planted bugs; in the folder TOOLS are llvm-objdump and
llvm-symbolizer.  The logs are read once more here, by a few patterns that know nothing of heddle's rules."""
import collections
import json
import os
import re
import sys

from places import place_of, places_in

keys_path, folder, regressions_path, tools, out_path, *ids = sys.argv[1:]
KINDS = {"data-race", "heap-use-after-free"}
ACCESS = re.compile(r"^ +(?:Previous )?((?:atomic )?(?:read|write)) of size \d+ at 0x", re.IGNORECASE)
FRAME = re.compile(r"^ +#\d+ (.*?) (\S+?)(?::(\d+))?(?::\d+)? \(")
FREES = {"free", "realloc"}

Side = collections.namedtuple("Side", "access places")  # of its frames in map/, innermost first


def side_of(access, frames):
    """`frames` are (function, path, line).  An access by freeing is another one than a write."""
    if frames and frames[0][0] in FREES:
        access = "free"
    return Side(access, [place for place in (place_of(*frame) for frame in frames) if place])


# ---- reports


def reports_of_log(path):
    """Where each of ThreadSanitizer's reports begins, counted in lines, and the two accesses."""
    with open(path, errors="replace") as file:
        lines = file.read().split("\n")
    for start, line in enumerate(lines):
        if not line.startswith("WARNING: ThreadSanitizer: "):
            continue
        sides, at = [], start + 1
        while at < len(lines) and len(sides) < 2 and not lines[at].startswith("==="):
            access = ACCESS.match(lines[at])
            at += 1
            if not access:
                continue
            frames = []
            while at < len(lines) and lines[at].strip():
                frame = FRAME.match(lines[at])
                if frame:
                    frames.append(frame.groups())
                at += 1
            sides.append(side_of(access.group(1).lower(), frames))
        yield start + 1, sides


def reports_of_finding(path):
    """The same of a finding.json, which holds one and has no lines."""
    with open(path) as file:
        finding = json.load(file)
    sides = []
    for stack in finding["stacks"]:
        if stack["role"] in ("access", "previous", "free"):
            frames = [(frame["function"], frame["file"], frame["line"]) for frame in stack["frames"]]
            side = side_of(stack["access"], frames)
            sides.append(side._replace(access="free") if stack["role"] == "free" else side)
    yield None, sides


def read_all():
    """Of every report of a race: what made it, the planted bug, the key and the two accesses."""
    key_of = collections.defaultdict(dict)  # by file, by line
    with open(keys_path) as file:
        for text in file:
            report = json.loads(text)
            if report["oracle"] == "ThreadSanitizer" and report["kind"] in KINDS and not report["truncated"]:
                line = None if report["file"].endswith(".json") else report["line"]
                key_of[report["file"]][line] = report["key"]
    for path, keys in sorted(key_of.items()):
        sort, name, planted = os.path.relpath(path, folder).split("/")[:3]
        for line, sides in (reports_of_finding if path.endswith(".json") else reports_of_log)(path):
            if line in keys:
                yield f"fibers {name}" if sort == "fibers" else name, planted, keys[line], sides


# ---- what the programs themselves say of where they access memory

plain_lines = {}  # (file, line) to function, without optimisation: where the source does it
accesses = {}  # places of accesses, a list a program
for program in sorted(os.listdir(f"{folder}/bin")):
    found = list(places_in(f"{folder}/bin/{program}", f"{tools}/llvm-objdump", f"{tools}/llvm-symbolizer"))
    name = program.removeprefix("racer_").replace("_", "-")
    accesses[name] = [place for place, access in found if access]
    if name.endswith("-O0"):
        plain_lines.update((place[1:], place.function) for place, _ in found if place.line)


def is_lost(sides):
    return len(sides) != 2 or any(not side.places or not side.places[0].line for side in sides)


def is_moved(place):
    return bool(place.line) and place[1:] not in plain_lines


def is_misnamed(place):
    return plain_lines.get(place[1:], place.function) != place.function


def row_of_accesses(name):
    lost = sum(not place.line for place in accesses[name])
    return {"name": name, "accesses": len(accesses[name]), "lost": lost, "moved": sum(map(is_moved, accesses[name])),
            "misnamed": sum(map(is_misnamed, accesses[name]))}


# ---- races


class Race:
    """All reports with one pair of lines."""

    def __init__(self):
        self.keys = collections.defaultdict(collections.Counter)  # by what made the report
        self.orders, self.example = set(), {}

    def add(self, name, key, sides):
        self.keys[key][name] += 1
        self.orders.add(tuple((side.places[0], side.access) for side in sides))
        self.example.setdefault(key, (name, sides))


class Row:
    """All reports that came of one configuration."""

    def __init__(self):
        self.reports = self.lost = self.moved = self.misnamed = 0
        self.met, self.by_key = set(), set()
        self.keys_of = collections.defaultdict(set)


regression_keys = collections.defaultdict(set)
with open(regressions_path) as file:
    for line in file:
        planted, flavour, key, _ = line.split()
        if flavour == "tsan":
            regression_keys[planted].add(key)

races = collections.defaultdict(Race)  # by the two (file, line, access), sorted
rows = collections.defaultdict(Row)
placed, unplaced = collections.Counter(), collections.Counter()  # by (planted bug, key)
for name, planted, key, sides in read_all():
    row = rows[name]
    row.reports += 1
    row.met.add(planted)
    if key in regression_keys[planted]:
        row.by_key.add(planted)
    lost = is_lost(sides)
    tops = [side.places[0] for side in sides if side.places]
    moved, misnamed = any(map(is_moved, tops)), any(map(is_misnamed, tops))
    row.lost += lost
    row.moved += moved
    row.misnamed += misnamed
    (unplaced if lost or moved or misnamed else placed)[planted, key] += 1
    if lost:
        continue
    pair = tuple(sorted((*side.places[0][1:], side.access) for side in sides))
    races[pair].add(name, key, sides)
    row.keys_of[pair].add(key)


def row_of_races(name, parts):
    keys_of = collections.defaultdict(set)
    for part in parts:
        for pair, keys in part.keys_of.items():
            keys_of[pair] |= keys
    several = sum(len(keys) > 1 for keys in keys_of.values())
    return {"name": name, "reports": sum(part.reports for part in parts), "lost": sum(part.lost for part in parts),
            "moved": sum(part.moved for part in parts), "misnamed": sum(part.misnamed for part in parts),
            "bugs": len(set().union(*(part.met for part in parts))),
            "bugs_by_key": len(set().union(*(part.by_key for part in parts))), "races": len(keys_of),
            "one_key": len(keys_of) - several, "several_keys": several}


# ---- telling


def print_table(heads, table):
    print("| " + " | ".join(heads) + " |")
    print("|" + "---|" * len(heads))
    for row in table:
        print("| " + " | ".join(str(value) for value in row.values()) + " |")


def told(side):
    return f"{side.access}: " + " < ".join(f"{place.function} {place.file}:{place.line}" for place in side.places[:4])


names = sorted(rows, key=lambda name: (name.startswith("fibers"), name))
race_table = [row_of_races(name, [rows[name]]) for name in names]
for title, wanted in (("all clang", "clang"), ("all gcc", "gcc"), ("all fibers", "fibers"), ("all", "")):
    parts = [rows[name] for name in names if name.startswith(wanted)]
    if parts:
        race_table.append(row_of_races(title, parts))
access_table = [row_of_accesses(name) for name in accesses]
several = {pair: race for pair, race in races.items() if len(race.keys) > 1}
both_orders = sum(len(race.orders) > 1 for race in races.values())
shared = sum(len({name for by_name in race.keys.values() for name in by_name}) > 1 for race in races.values())
other_keys = sum(count for found, count in unplaced.items() if found not in placed)

heads = ["reports", "all", "line lost", "moved", "misnamed", "bugs met", "by their key", "races", "one key", "several"]
print_table(heads, race_table)
print(f"of {len(races)} races {both_orders} were met in both orders, {shared} in more than one of the rows")
print(f"of {unplaced.total()} reports with a place lost, moved or misnamed {other_keys} have keys that no other report "
      "of their bug has")
print_table(["accesses in map/", "all", "line lost", "moved", "misnamed"], access_table)
for planted in ids:
    if not any(planted in rows[name].met for name in names):
        print(f"not met: {planted}")
    elif not any(planted in rows[name].by_key for name in names):
        print(f"not met by its key: {planted}")
for pair, race in sorted(several.items()):
    print("several keys: " + " and ".join(f"{access} {path}:{line}" for path, line, access in pair))
    for key, by_name in race.keys.items():
        name, sides = race.example[key]
        print(f"  {key}: {dict(by_name)}, as by {name}")
        for side in sides:
            print(f"    {told(side)}")
with open(out_path, "w") as file:
    json.dump({"bugs": len(ids), "reports": race_table, "accesses": access_table, "both_orders": both_orders,
               "shared": shared, "unplaced": unplaced.total(), "unplaced_with_keys_of_their_own": other_keys,
               "several_keys": [{"race": pair, "keys": race.keys} for pair, race in sorted(several.items())]}, file,
              indent=2)
    file.write("\n")
sys.exit(1 if several else 0)
