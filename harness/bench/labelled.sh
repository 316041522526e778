#!/bin/bash
# labelled.sh [-t SECONDS] [-o DIR] [-s SCORE] [-c COUNT] [ID...] - how well reports are told apart, where it is known
# which bug each is of: fuzzes each planted bug (map/mutants.def), or those named, for SECONDS (10) in both flavours and
# takes every finding as a report of that bug.  For each way of putting reports together
#   keys          heddle's keys
#   groups        the keys joined by all that `heddle group` suggests by default (or from SCORE on), accepted unseen
#   three frames  kind and the three topmost functions of the first stack, ClusterFuzz's rule (`heddle key --compat`)
#   ceiling       each key given to the bug that most of its reports are of: about the best that putting keys together
#                 can do, since many bugs of one map have the same symptom at the same place, and so the same key
# it prints the pairwise precision (of all pairs of reports that are put together, how many are of one bug), the
# pairwise recall (of all pairs of one bug, how many are put together), their harmonic mean F, and the COUNT (5) worst
# confusions of either sort.  The figures come twice: over the reports, of which frequent bugs have most, and with the
# reports of each bug counted as one in all; then the keys' once more by who saw it, and of the pairs of keys that
# are suggested how many are right (most reports of both are of one bug).  Also in $HEDDLE_BUILD_DIR/bench/labelled.json.
# Maps are asked only for what they allow: what goes wrong then is the planted bug.
# DIR keeps the campaigns; those that are there already are not run again.  Status 1 where a bug has no report.
set -euo pipefail
bin=${HEDDLE_BUILD_DIR:=build}/bin
seconds=10
count=5
least=
out=
while getopts t:o:s:c: option; do
  case $option in
  t) seconds=$OPTARG ;;
  o) out=$OPTARG ;;
  s) least=--least=$OPTARG ;;
  c) count=$OPTARG ;;
  *) exit 2 ;;
  esac
done
shift $((OPTIND - 1))
command -v python3 >/dev/null || { echo "labelled: python3 is not installed (ci/install.sh dev)" >&2; exit 2; }
ids=("$@")
[ ${#ids[@]} -gt 0 ] || mapfile -t ids < <(sed -n 's/^MUTANT(\([a-z0-9_]*\),.*/\1/p' map/mutants.def)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
: "${out:=$work/campaigns}"
mkdir -p "$out" "$HEDDLE_BUILD_DIR/bench"

for id in "${ids[@]}"; do
  grep -q "^MUTANT($id," map/mutants.def || { echo "labelled: $id: not in map/mutants.def" >&2; exit 2; }
  if [ ! -f "$out/$id/campaign.json" ]; then
    "$bin/heddle" fuzz --map="$id" --time="$seconds" --use=lawful --keep-all --out="$out/$id" \
      >/dev/null 2>"$work/log" || [ $? = 1 ] || { cat "$work/log" >&2; exit 4; }
  fi
  find "$out/$id/findings" -name finding.json -print0 2>/dev/null >>"$work/reports" || true
  "$bin/heddle" ingest --store="$work/store.db" "$out/$id" >/dev/null || [ $? = 3 ]
done
[ -s "$work/reports" ] || { echo "labelled: no reports: give more time (-t)" >&2; exit 1; }
xargs -0 "$bin/heddle" key --no-symbols --compat=clusterfuzz <"$work/reports" >"$work/keys"
"$bin/heddle" group --store="$work/store.db" --json ${least:+"$least"} >"$work/suggestions.json"
"$bin/heddle" group --store="$work/store.db" --accept-all ${least:+"$least"} >&2
"$bin/heddle" report --store="$work/store.db" --format=json >"$work/report.json"

cat >"$work/judge.py" <<'END'
"""judge.py KEYS REPORT SUGGESTIONS FOLDER COUNT OUT ID...: precision and recall of ways to put reports together."""
import collections
import itertools
import json
import sys

keys_path, report_path, suggestions_path, folder, count, out_path, *ids = sys.argv[1:]
count = int(count)
group_of = {}
with open(report_path) as file:
    for number, bug in enumerate(json.load(file)["bugs"]):
        for key in bug["keys"]:
            group_of[key["key"]] = number
reports = []  # (bug, the lot it is put in by each way)
told = {}  # what a lot is called
with open(keys_path) as file:
    for line in file:
        report = json.loads(line)
        bug = report["file"][len(folder) + 1 :].split("/")[0]
        key, frames = report["key"], report["frames"]
        state = (report["kind"], report.get("clusterfuzz_state"))
        reports.append((bug, report["oracle"], {"keys": key, "groups": group_of[key], "three frames": state}))
        for lot in (key, group_of[key], state):
            told.setdefault(lot, f"{report['kind']} {frames[0] if frames else '?'}")
bugs_of = collections.defaultdict(collections.Counter)
for bug, _, lot_of in reports:
    bugs_of[lot_of["keys"]][bug] += 1
owner_of = {key: bugs.most_common(1)[0][0] for key, bugs in bugs_of.items()}
for _, _, lot_of in reports:
    lot_of["ceiling"] = owner_of[lot_of["keys"]]


def judge(way, weight_of, reports):
    """Counts pairs of two reports by which bug they are of and which lot they are in."""
    totals = {name: collections.defaultdict(lambda: [0, 0]) for name in ("lots", "bugs", "both")}
    for bug, _, lot_of in reports:
        weight, lot = weight_of(bug), lot_of[way]
        for name, place in (("lots", lot), ("bugs", bug), ("both", (bug, lot))):
            totals[name][place][0] += weight
            totals[name][place][1] += weight * weight  # of a report with itself, which is no pair
    pairs = {name: sum(whole * whole - own for whole, own in total.values()) for name, total in totals.items()}
    precision = pairs["both"] / pairs["lots"] if pairs["lots"] else 1
    recall = pairs["both"] / pairs["bugs"] if pairs["bugs"] else 1
    f = 2 * precision * recall / (precision + recall) if precision + recall else 0
    return {"precision": precision, "recall": recall, "f": f, "lots": len(totals["lots"])}


def confusions(way):
    """Bugs that lie in one lot, and bugs whose reports lie in several; the most pairs first."""
    bugs_in, lots_of = collections.defaultdict(collections.Counter), collections.defaultdict(collections.Counter)
    for bug, _, lot_of in reports:
        bugs_in[lot_of[way]][bug] += 1
        lots_of[bug][lot_of[way]] += 1
    merged = collections.Counter()
    where = {}
    for lot, bugs in bugs_in.items():
        for a, b in itertools.combinations(sorted(bugs), 2):
            merged[a, b] += bugs[a] * bugs[b]
            where.setdefault((a, b), told[lot])
    torn = collections.Counter()
    for bug, lots in lots_of.items():
        total = sum(lots.values())
        torn[bug] = (total * total - sum(n * n for n in lots.values())) // 2
    merged = [{"bugs": pair, "pairs": n, "example": where[pair]} for pair, n in merged.most_common(count)]
    torn = [{"bug": bug, "pairs": n, "lots": len(lots_of[bug])} for bug, n in torn.most_common(count) if n]
    return merged, torn


def figures_of(way, reports):
    """Over the reports, and with those of each bug counted as one."""
    seen = collections.Counter(bug for bug, _, _ in reports)
    return judge(way, lambda bug: 1, reports), judge(way, lambda bug: 1 / seen[bug], reports)


def print_row(name, plain, even):
    figures = [plain["precision"], plain["recall"], plain["f"], even["precision"], even["recall"], even["f"]]
    print(f"| {name} | {plain['lots']} | " + " | ".join(f"{figure:.3f}" for figure in figures) + " |")


seen = collections.Counter(bug for bug, _, _ in reports)
missing = [bug for bug in ids if not seen[bug]]
result = {"reports": len(reports), "bugs": len(seen), "missing": missing, "ways": {}}
print(f"{len(reports)} reports of {len(seen)} planted bugs")
print("| put together by | lots | precision | recall | F | each bug as one: precision | recall | F |")
print("|---|---|---|---|---|---|---|---|")
for way in ("keys", "groups", "three frames", "ceiling"):
    plain, even = figures_of(way, reports)
    merged, torn = confusions(way) if way != "ceiling" else ([], [])
    result["ways"][way] = {"reports": plain, "bugs": even, "merged": merged, "torn": torn}
    print_row(way, plain, even)
result["oracles"] = {}
for oracle, number in collections.Counter(oracle for _, oracle, _ in reports).most_common():
    plain, even = figures_of("keys", [report for report in reports if report[1] == oracle])
    result["oracles"][oracle] = {"count": number, "reports": plain, "bugs": even}
    print_row(f"keys of {number} reports by {oracle}", plain, even)
with open(suggestions_path) as file:
    pairs = [(pair["a"], pair["b"]) for pair in json.load(file)]
right = sum(owner_of.get(a) == owner_of.get(b) for a, b in pairs)
result["suggestions"] = {"pairs": len(pairs), "right": right}
print(f"of {len(pairs)} pairs of keys suggested {right} are right")
for way, found in result["ways"].items():
    for entry in found["merged"]:
        print(f"{way}: one lot, two bugs: {' and '.join(entry['bugs'])}: {entry['pairs']} pairs, as {entry['example']}")
    for entry in found["torn"]:
        print(f"{way}: one bug, {entry['lots']} lots: {entry['bug']}: {entry['pairs']} pairs")
for bug in missing:
    print(f"no report: {bug}")
with open(out_path, "w") as file:
    json.dump(result, file, indent=2)
    file.write("\n")
sys.exit(1 if missing else 0)
END
python3 "$work/judge.py" "$work/keys" "$work/report.json" "$work/suggestions.json" "$out" "$count" \
  "$HEDDLE_BUILD_DIR/bench/labelled.json" "${ids[@]}"
