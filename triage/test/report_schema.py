"""report_schema.py FOLDER [SARIF-SCHEMA]: judges the reports that test_report wrote to the folder."""

import copy
import json
import re
import sys

import jsonschema

failures = 0


def expect(what, fine):
    global failures
    if not fine:
        failures += 1
        print("FAIL", what)


def validator(schema):
    kind = jsonschema.validators.validator_for(schema)
    kind.check_schema(schema)
    return kind(schema, format_checker=jsonschema.FormatChecker())


def valid(name, judge, document):
    errors = list(judge.iter_errors(document))
    for error in errors:
        print(name, list(error.absolute_path), error.message[:200])
    expect(name + " is valid", not errors)


def load(name):
    with open(name, encoding="ascii") as file:
        return json.load(file)


def judge_json(folder):
    judge = validator(load("triage/report/report.schema.json"))
    document = load(folder + "/report.json")
    valid("report.json", judge, document)
    valid("empty_report.json", judge, load(folder + "/empty_report.json"))
    # The schema is no rubber stamp: every member of these objects is asked for, and no other is let in.
    samples = {
        "report": lambda r: r,
        "bug": lambda r: r["bugs"][0],
        "key": lambda r: r["bugs"][0]["keys"][0],
        "stack": lambda r: r["bugs"][0]["keys"][0]["stacks"][0],
        "frame": lambda r: r["bugs"][0]["keys"][0]["stacks"][0]["frames"][0],
        "step": lambda r: r["bugs"][0]["keys"][0]["steps"][0],
        "moment": lambda r: r["bugs"][0]["keys"][0]["first"],
        "clock": lambda r: r["bugs"][0]["keys"][0]["first"]["clock"],
        "excerpt": lambda r: r["bugs"][0]["keys"][0]["excerpts"][0],
        "campaign": lambda r: r["campaigns"][0],
        "mtbf": lambda r: r["mtbf"][0],
        "mtbf.headline": lambda r: r["mtbf"][0]["headline"],
        "mtbf.of": lambda r: r["mtbf"][0]["of"],
        "mtbf.growth": lambda r: r["mtbf"][0]["growth"]["goel_okumoto"],
    }
    for name, find in samples.items():
        for member in list(find(document)):
            broken = copy.deepcopy(document)
            find(broken)[member] = {"no": "such"}
            expect(f"{name}.{member} of another type is refused", not judge.is_valid(broken))
            del find(broken)[member]
            expect(f"{name} without {member} is refused", not judge.is_valid(broken))
        broken = copy.deepcopy(document)
        find(broken)["else"] = 1
        expect(f"{name} with a member too many is refused", not judge.is_valid(broken))


def locations_of(result):
    yield from result.get("locations", [])
    yield from result.get("relatedLocations", [])
    for stack in result.get("stacks", []):
        for frame in stack["frames"]:
            yield frame["location"]


def judge_location(location, bases):
    physical = location.get("physicalLocation")
    if not physical:
        return
    artifact = physical["artifactLocation"]
    uri = artifact["uri"]
    expect("a URI: " + uri, re.fullmatch(r"(file://)?([A-Za-z0-9._~/-]|%[0-9A-F]{2})+", uri))
    expect("a base where relative: " + uri, uri.startswith("file://") or artifact["uriBaseId"] in bases)
    region = physical.get("region", {"startLine": 1})
    expect("lines from 1", region["startLine"] >= 1 and region.get("startColumn", 1) >= 1)
    context = physical.get("contextRegion")
    if context:
        expect("the context holds the region", context["startLine"] <= region["startLine"] <= context["endLine"])
        lines = context["snippet"]["text"].count("\n")
        expect("the snippet's lines", lines >= context["endLine"] - context["startLine"] + 1)


def judge_sarif(name):
    """What SARIF 2.1.0 asks for of all that we write; sections in brackets."""
    document = load(name)
    expect("version", document["version"] == "2.1.0" and document["$schema"].endswith("sarif-2.1.0.json"))
    (run,) = document["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    expect("rules are unique [3.19.23]", len(set(rules)) == len(rules))
    expect("driver [3.19.8]", run["tool"]["driver"]["name"] == "heddle")
    for result in run["results"]:
        expect("rule [3.27.5]", rules[result["ruleIndex"]] == result["ruleId"])
        expect("message [3.27.11]", result["message"]["text"])
        expect("level [3.27.10]", result["level"] in ("none", "note", "warning", "error"))
        expect("fingerprint [3.27.17]", result["partialFingerprints"]["heddleKey/v1"])
        expect("one location [3.27.12]", len(result["locations"]) == 1)
        ids = [other["id"] for other in result["relatedLocations"]]
        expect("ids [3.28.2]", len(set(ids)) == len(ids) and all(n > 0 for n in ids))
        stacks = [json.dumps(stack, sort_keys=True) for stack in result["stacks"]]
        expect("stacks are unique [3.27.19]", len(set(stacks)) == len(stacks))
        for location in locations_of(result):
            judge_location(location, run["originalUriBaseIds"])
        for flow in result.get("codeFlows", []):
            for thread in flow["threadFlows"]:
                orders = [step["executionOrder"] for step in thread["locations"]]
                expect("order [3.38.11]", orders and orders == sorted(orders))
        for when in result["provenance"].values():
            expect("time [3.9]", re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", when))
    return document


def main():
    folder = sys.argv[1]
    judge_json(folder)
    sample = judge_sarif(folder + "/report.sarif")
    empty = judge_sarif(folder + "/empty_report.sarif")
    expect("estimates", [mtbf["of"]["map"] for mtbf in sample["runs"][0]["properties"]["mtbf"]] == ["rwmap", "striped"])
    expect("no estimates", "properties" not in empty["runs"][0])
    expect("seven results", len(sample["runs"][0]["results"]) == 7)
    if len(sys.argv) > 2:
        judge = validator(load(sys.argv[2]))
        valid("report.sarif", judge, sample)
        valid("empty_report.sarif", judge, empty)
    else:
        print("the published SARIF schema is not at hand: judged by our own rules only")
    print("0 failures" if not failures else f"{failures} failures")
    sys.exit(failures != 0)


main()
