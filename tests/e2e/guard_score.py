"""Scores predictions of sensitive spans and grades against labels.

    python3 guard_score.py GOLD.jsonl PREDICTIONS.jsonl

A prediction is {id, grade?, spans: [{start, end, type}]}, offsets in code points (or bstart and
bend in bytes). It hits a labelled span of the same type if they share at least half of their
union. One that lies by half or more in an `ignore` span is left out. Leaked characters are those
of labelled spans that no prediction of any type covers.
"""
import json
import sys
from collections import Counter, defaultdict


def overlap(a, b):
    return max(0, min(a[1], b[1]) - max(a[0], b[0]))


def likeness(a, b):
    shared = overlap(a, b)
    return shared / (a[1] - a[0] + b[1] - b[0] - shared) if shared else 0.0


def in_code_points(span, text):
    if "start" in span:
        return span["start"], span["end"], span["type"]
    raw = text.encode()
    start, end = (len(raw[:span[k]].decode(errors="ignore")) for k in ("bstart", "bend"))
    return start, end, span["type"]


def kept_predictions(doc, prediction):
    kept = []
    for span in prediction.get("spans", []):
        p = in_code_points(span, doc["text"])
        size = p[1] - p[0]
        if not any(overlap(p, (i["start"], i["end"])) >= 0.5 * size for i in doc["ignore"]):
            kept.append(p)
    return kept


def match(gold, predicted, counts):
    """Pairs each labelled span with its best free prediction; counts hits and misses by type."""
    used = set()
    for g in gold:
        fitting = [j for j, p in enumerate(predicted)
                   if j not in used and p[2] == g[2] and likeness(g, p) >= 0.5]
        best = max(fitting, key=lambda j: likeness(g, predicted[j]), default=None)
        if best is None:
            counts[g[2]]["missed"] += 1
            continue
        used.add(best)
        counts[g[2]]["hit"] += 1
        counts[g[2]]["exact"] += predicted[best][:2] == g[:2]
    for j, p in enumerate(predicted):
        if j not in used:
            counts[p[2]]["false"] += 1


def covered(span, predicted):
    return sum(any(p[0] <= k < p[1] for p in predicted) for k in range(span[0], span[1]))


def rates(c):
    hit, false, missed = c["hit"], c["false"], c["missed"]
    precision = hit / (hit + false) if hit + false else 0.0
    recall = hit / (hit + missed) if hit + missed else 0.0
    both = precision + recall
    return {"n": hit + missed, "P": round(precision, 3), "R": round(recall, 3),
            "F1": round(2 * precision * recall / both, 3) if both else 0.0, "exact": c["exact"]}


def share(part, whole):
    return round(part / whole, 4) if whole else 0.0


def score(gold, predictions):
    """Measures by type, and _micro, _micro_noPERSON, _leak, _obf_spans_covered, _grade."""
    by_id = {p["id"]: p for p in predictions}
    counts, tally, confusion = defaultdict(Counter), Counter(), Counter()
    disguised = defaultdict(lambda: [0, 0])
    for doc in gold:
        prediction = by_id.get(doc["id"], {})
        predicted = kept_predictions(doc, prediction)
        match([(s["start"], s["end"], s["type"]) for s in doc["spans"]], predicted, counts)
        leaks = False
        for s in doc["spans"]:
            size, seen = s["end"] - s["start"], covered((s["start"], s["end"]), predicted)
            safe = seen >= 0.8 * size
            leaks = leaks or not safe
            tally["chars"] += size
            tally["seen"] += seen
            for name in (s["obf"], "ALL") if "obf" in s else ():
                disguised[name][0] += 1
                disguised[name][1] += safe
        tally["with"] += bool(doc["spans"])
        tally["leaking"] += leaks
        tally["clean"] += not doc["spans"]
        tally["alarmed"] += not doc["spans"] and bool(predicted)
        if "grade" in prediction:
            confusion[doc["grade"] + "->" + prediction["grade"]] += 1
    return summary(counts, tally, disguised, confusion)


def summary(counts, tally, disguised, confusion):
    result = {kind: rates(c) for kind, c in sorted(counts.items())}
    result["_micro"] = rates(sum(counts.values(), Counter()))
    result["_micro_noPERSON"] = rates(
        sum((c for kind, c in counts.items() if kind != "PERSON"), Counter()))
    result["_leak"] = {"chars": share(tally["chars"] - tally["seen"], tally["chars"]),
                       "docs": share(tally["leaking"], tally["with"]), "n_docs": tally["with"],
                       "fp_docs_of_clean": share(tally["alarmed"], tally["clean"])}
    result["_obf_spans_covered"] = {k: "%d/%d" % (v[1], v[0]) for k, v in sorted(disguised.items())}
    if confusion:
        right = sum(n for k, n in confusion.items() if k[:2] == k[-2:])
        result["_grade"] = {"acc": share(right, sum(confusion.values())),
                            "confusion": dict(sorted(confusion.items()))}
    return result


def load(path):
    with open(path, encoding="utf-8") as f:
        return [json.loads(line) for line in f]


if __name__ == "__main__":
    for key, value in score(load(sys.argv[1]), load(sys.argv[2])).items():
        print("%-18s %s" % (key, value))
