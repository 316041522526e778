"""Makes the goldens one_key/COMPILER-LEVEL.log anew: planted.py LOGS OUT, from the top folder, where LOGS is
native/ in the folder that `harness/bench/one_key.sh -o` kept.

Of each compiler and level the same three races of planted bugs, in this order, the sides swapped from one log to the
next where both orders were met.  The top folder goes off the files' names."""
import os
import pathlib
import re
import sys

logs, out = map(pathlib.Path, sys.argv[1:])
RACES = [("gomap_len", "gomap_add"), ("splitlist_load", "reclaim_epoch_collect"),
         ("syncmap_table_count", "syncmap_table_remove")]
LINE = "==================\n"
ACCESS = re.compile(r"^  .* of size \d+ at 0x\w+ by .*:\n((?:    #.*\n)+)", re.MULTILINE)
TOP = re.compile(r"^    #\d+ (\w+) \S*map/", re.MULTILINE)


def sides_of(report):
    """The innermost function in map/ of each access, the first two of them."""
    tops = [TOP.search(stack) for stack in ACCESS.findall(report)[:2]]
    return tuple(top.group(1) for top in tops if top)


for number, folder in enumerate(sorted(logs.iterdir())):
    met = {}
    for log in sorted(folder.glob("*/*.log")):
        for report in log.read_text(errors="replace").split(LINE):
            if report.startswith("WARNING: ThreadSanitizer"):
                met.setdefault(sides_of(report), report)
    chosen = []
    for index, race in enumerate(RACES):
        orders = [race, race[::-1]] if (number + index) % 2 == 0 else [race[::-1], race]
        chosen += [met[order] for order in orders if order in met][:1]
    text = "".join(LINE + report + LINE for report in chosen)
    (out / f"{folder.name}.log").write_text(text.replace(os.getcwd() + "/", ""))
