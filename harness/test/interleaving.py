"""Whether the interleavings of a campaign's findings are whole, and about what the findings say.

interleaving.py OUT [SHOWN FOLDER]: SHOWN is what `heddle repro` printed of the finding in FOLDER."""

import json
import pathlib
import sys

STEPS_MAX = 2000
IN_QUESTION = {"access", "previous", "free", "waiting"}


def fail(folder, why):
    sys.exit(f"FAILED: {folder}: {why}")


def site(frame):
    return f"{frame['function']} {frame['file']}:{frame['line']}"


def check_form(folder, run):
    steps = run["steps"]
    if run["version"] != 1 or not 0 < len(steps) <= STEPS_MAX:
        fail(folder, f"version {run['version']}, {len(steps)} steps")
    if run["left_out"] > 0 and len(steps) != STEPS_MAX:
        fail(folder, f"{run['left_out']} steps are left out where there is room for them")
    points = [step["point"] for step in steps]
    if points != sorted(points):
        fail(folder, "the steps are not in the order of the run")
    if not any(step.get("operation") for step in steps):
        fail(folder, "no operation begins")


def is_of(stack, step, operation):
    """The last access of all is known by its memory, where the compiler lost its line; any other by its place."""
    if stack["task"] not in (None, step["task"]) or stack["operation"] not in (None, operation):
        return False
    return stack["role"] == "access" or step.get("place") == site(stack["frames"][0])


def check_racing(folder, finding, run):
    """Each racing step is an access of the finding: its place, its task, its operation.  How many there are."""
    stacks = [stack for stack in finding["stacks"] if stack["role"] in IN_QUESTION and stack["frames"]]
    operations, racing = {}, 0
    for step in run["steps"]:
        task = step["task"]
        operations[task] = step.get("operation", operations.get(task))
        if not step["racing"]:
            continue
        racing += 1
        if not any(is_of(stack, step, operations[task]) for stack in stacks):
            fail(folder, f"{step} in {operations[task]} is no access of the finding")
    return racing


def check_findings(out):
    """A finding of accesses has both in its run; where only synchronisation makes steps, it has neither."""
    seen = {}
    for path in sorted(pathlib.Path(out).glob("findings/*/*/finding.json")):
        folder = path.parent
        finding = json.loads(path.read_text())
        if finding["oracle"] not in ("ThreadSanitizer", "AddressSanitizer"):
            continue
        run = json.loads((folder / "interleaving.json").read_text())
        check_form(folder, run)
        seen.setdefault((finding["flavour"], finding["kind"]), []).append(check_racing(folder, finding, run))
    for (flavour, kind), counts in sorted(seen.items()):
        print(f"{flavour} {kind}: {len(counts)} findings, {counts.count(2)} of them with two racing steps")
    races = seen.get(("tsan", "data-race"), [])
    if len(races) < 5 or races.count(2) * 2 < len(races):
        fail(out, f"racing steps of the data races: {races}")


def check_shown(shown, folder):
    """The text and the file say the same of each step."""
    lines = {}
    for line in pathlib.Path(shown).read_text().splitlines():
        words = line.split(None, 1)
        if len(words) == 2 and words[0].isdigit():
            lines[int(words[0])] = words[1]
    for step in json.loads((pathlib.Path(folder) / "interleaving.json").read_text())["steps"]:
        said = step["text"] + ("  " + step["place"] if "place" in step else "")
        line = lines.get(step["point"], "")
        if not line.startswith(said) or step["racing"] and "<==" not in line:
            fail(folder, f"point {step['point']}: `{said}` is shown as `{line}`")


check_findings(sys.argv[1])
if len(sys.argv) > 2:
    check_shown(sys.argv[2], sys.argv[3])
