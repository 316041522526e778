"""Where in map/ a binary accesses memory, as its own debug information tells it, for one_key.py.

Taken are the calls that -fsanitize=thread puts before loads, stores and atomics, and the calls that touch memory for
their caller (free, memset, ...).  Each is looked up as ThreadSanitizer's runtime does it: the byte before the return
address, inlined functions included; what counts is the innermost."""
import collections
import json
import re
import subprocess

SOURCE = re.compile(r"(?:^|/)(map/[a-z0-9_]+\.[ch])$")
LINE = re.compile(r"\s*([0-9a-f]+):\s+(.*)")
ACCESS = re.compile(r"^call\S*\s.*<__tsan_(?:unaligned_)?(?:read|write|atomic)")
TOUCHES = re.compile(r"^call\S*\s.*<(?:__tsan_|_*interceptor_)?(?:free|[cm]alloc|realloc|mem\w+|pthread_\w+)[@>]")

Place = collections.namedtuple("Place", "function file line")  # line 0: not known


def place_of(function, path, line):
    """None where it is not in map/."""
    source = SOURCE.search(path or "")
    return Place(function, source.group(1), int(line or 0)) if source else None


def calls_in(binary, objdump):
    """Of every call in question: the address to look up, and whether it stands for an access."""
    listing = subprocess.run([objdump, "-d", "--no-show-raw-insn", binary], check=True, capture_output=True, text=True)
    wanted = None
    for line in listing.stdout.split("\n"):
        instruction = LINE.match(line)
        if not instruction:
            continue
        if wanted is not None:
            yield int(instruction.group(1), 16) - 1, wanted
        access = bool(ACCESS.match(instruction.group(2)))
        wanted = access if access or TOUCHES.match(instruction.group(2)) else None


def places_in(binary, objdump, symbolizer):
    """(place, whether it is an access of the code's own) of each."""
    calls = list(calls_in(binary, objdump))
    questions = "".join(f'CODE "{binary}" {address:#x}\n' for address, _ in calls)
    answers = subprocess.run([symbolizer, "--inlines", "--output-style=JSON"], check=True, input=questions,
                             capture_output=True, text=True).stdout.splitlines()
    for (_, access), answer in zip(calls, answers, strict=True):
        top = json.loads(answer)["Symbol"][0]
        place = place_of(top["FunctionName"].split(".")[0], top["FileName"], top["Line"])
        if place:
            yield place, access
