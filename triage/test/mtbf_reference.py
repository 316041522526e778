"""Every reference set, as a CSV file through `heddle mtbf --json`: figures, intervals and statuses as expected.

mtbf_reference.py HEDDLE FOLDER.  What a sample cannot be made of for this command (how often species were seen, plain
arguments of functions, targets of availability) stands in the unit tests and in test_cli_slo.c alone."""

import json
import pathlib
import subprocess
import sys

ESTIMATE, RATIO, CLOSED, FACTOR, TREND = 1e-10, 1e-8, 1e-12, 1e-9, 1e-10  # relative
UNITS = (1.0, 1e-6, 1e9)  # a fit knows nothing of the unit
NOT_SAMPLES = {"sensitivity_weibull_mtbf", "slo_to_mtbf", "species_estimators"}

heddle, folder = sys.argv[1], pathlib.Path(sys.argv[2])
wrong = []
compared = 0


def mtbf(text, *options):
    done = subprocess.run([heddle, "mtbf", "--json", *options, "-"], input=text.encode(), capture_output=True, timeout=60)
    if done.returncode != 0 or done.stderr:
        raise SystemExit(f"status {done.returncode}: {done.stderr.decode()}")

    def no_number(name):
        raise SystemExit(f"{name} is no number of JSON")

    return json.loads(done.stdout, parse_constant=no_number)


def compare(name, have, want, relative, unit=1):
    """What is not defined is null here and there."""
    global compared
    compared += 1
    if (have is None) != (want is None) or (want is not None and abs(have - want * unit) > relative * abs(want * unit)):
        wrong.append(f"{name} is {have}, not {want} * {unit}")


def check_lives(name, data):
    near = 1e-8 if name == "near_equal" else ESTIMATE
    for unit in UNITS:
        rows = "".join(f"{row['t'] * unit!r},{row['event']},{row['count']}\n" for row in data["data"])
        have = mtbf("time,event,count\n" + rows)
        if have["status"] != data["status"]:
            wrong.append(f"{name}: status {have['status']}, not {data['status']}")
        want = data["expected"]
        if not want:  # without a fit every figure of it is null
            wrong.extend(f"{name}: {key}" for key in ("beta", "eta", "loglik", "mtbf") if have[key] is not None)
        else:
            for key, scale in (("beta", 1), ("eta", unit), ("mtbf", unit), ("se_ln_beta", 1), ("se_ln_eta", 1)):
                compare(f"{name} {key}", have[key], want[key], near, scale)
            for key, scale in (("beta", 1), ("eta", unit), ("mtbf", unit)):
                for i in range(2):
                    compare(f"{name} {key}_lr", have[f"{key}_lr"][i], want["lr95"][key][i], RATIO, scale)
            for i in range(2):
                compare(f"{name} mtbf_wald", have["mtbf_wald"][i], want["wald_mtbf"][i], near, unit)
            if unit == 1:
                compare(f"{name} loglik", have["loglik"], want["loglik"], near)
                compare(f"{name} aic", have["aic"], want["aic"], near)
        exponential = data.get("exponential")
        if exponential:
            compare(f"{name} exponential", have["exponential"]["mtbf"], exponential["mtbf"], ESTIMATE, unit)
            ends = exponential["chi2_ci"].get("time_truncated_2sided95")
            for i, key in enumerate(("lower", "upper") if ends else ()):
                compare(f"{name} exponential {key}", have["exponential"][key], ends[i], ESTIMATE, unit)


def check_arrivals(name, data):
    want = data["expected"]
    by_time = want["truncation"] == "time"
    for unit in UNITS:
        options = ["--arrivals"] + ([f"--end={data['T'] * unit!r}"] if by_time else [])
        have = mtbf("time\n" + "".join(f"{time * unit!r}\n" for time in data["times"]), *options)
        law, trend = have["power_law"], have["trend"]
        compare(f"{name} beta", law["beta"], want["beta_mle"], CLOSED)
        compare(f"{name} beta_unbiased", law["beta_unbiased"], want["beta_unbiased"], CLOSED)
        compare(f"{name} mtbf", law["mtbf"], want["mtbf_inst_T"], CLOSED, unit)
        if unit == 1:
            compare(f"{name} lambda", law["lambda"], want["lambda_mle"], CLOSED)
        compare(f"{name} cvm", law["cvm"], want["cvm"], CLOSED)
        for i in range(2):
            compare(f"{name} mtbf_exact", law["mtbf_exact"][i], want["mtbf_ci_crow_exact_0.95"][i], FACTOR, unit)
        compare(f"{name} laplace_u", trend["laplace_u"], want["laplace_U"], TREND)
        compare(f"{name} laplace_p", trend["laplace_p"], want["laplace_p_two_sided"], TREND)
        compare(f"{name} milhdbk_chi2", trend["milhdbk_chi2"], want["milhdbk_chi2"], TREND)


def check_growth(name, data):
    times, last = [], 0
    for gap in data["interfailure"]:
        last += gap
        times.append(last)
    have = mtbf("time\n" + "".join(f"{time!r}\n" for time in times), "--arrivals", f"--end={data['T']!r}")["growth"]
    go, mo = data["expected"]["GO"], data["expected"]["MO"]
    for key, there in (("a", "a"), ("b", "b"), ("remaining", "remaining"), ("mtbf", "mtbf_inst_T"), ("loglik", "loglik")):
        compare(f"{name} Goel-Okumoto {key}", have["goel_okumoto"][key], go[there], ESTIMATE)
    for key, there in (("beta0", "beta0"), ("beta1", "beta1"), ("mtbf", "mtbf_inst_T"), ("loglik", "loglik")):
        compare(f"{name} Musa-Okumoto {key}", have["musa_okumoto"][key], mo[there], ESTIMATE)


def check_bounds(name, data):
    """So many units failed at once, and one ran all the time."""
    for case in data["cases"]:
        failed = f"0,1,{case['failures']}\n" if case["failures"] else ""
        have = mtbf(f"time,event,count\n{failed}{case['T']!r},0,1\n", f"--confidence={case['confidence']}")
        want = case["one_sided_lower_mtbf_time_truncated"]
        compare(f"{name} {case['failures']}", have["exponential"]["lower_one_sided"], want, ESTIMATE)


checked = 0
for path in sorted(folder.glob("*.json")):
    data, name = json.loads(path.read_text()), path.stem
    if name in NOT_SAMPLES:
        continue
    checked += 1
    if name == "exponential_bounds":
        check_bounds(name, data)
    elif "interfailure" in data:
        check_growth(name, data)
    elif "times" in data:
        check_arrivals(name, data)
    else:
        check_lives(name, data)
print("".join(f"{line}\n" for line in wrong), end="")
print(f"{checked} data sets, {compared} figures compared, {len(wrong)} wrong")
sys.exit(1 if wrong or checked < 40 else 0)
