"""How well `weir guard scan` finds what is sensitive: on texts of our own, on the labelled ones
that customers gave (beside the checkout), and on samples of public rules for secrets."""

import json
import random
import subprocess

import pytest

import fleet as fleets
import guard_rules
import guard_score
import guard_texts

SHARED = fleets.ROOT.parent / "shared"


def scanned(docs, folder):
    """`weir guard scan --jsonl` over {id, text}."""
    path = folder / "texts.jsonl"
    path.write_text("".join(json.dumps({"id": d["id"], "text": d["text"]}) + "\n" for d in docs),
                    encoding="utf-8")
    done = subprocess.run([fleets.BIN / "weir", "guard", "scan", "--jsonl", path],
                          capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def measured(docs, folder):
    result = guard_score.score(docs, scanned(docs, folder))
    print(json.dumps({k: v for k, v in result.items() if k[0] == "_"}, indent=1))
    return result


def share_of(confusion, wrong):
    strict = sum(n for k, n in confusion.items() if k.startswith(wrong[:2]))
    return confusion.get(wrong, 0) / strict


@pytest.mark.parametrize("seed", ["scan-1", "scan-2"])
def test_own_texts(seed, tmp_path):
    docs = guard_texts.documents(1500, seed)
    guard_texts.check(docs)
    result = measured(docs, tmp_path)
    assert result["_micro_noPERSON"]["F1"] >= 0.95
    assert result["_grade"]["acc"] >= 0.93
    assert result["_leak"]["fp_docs_of_clean"] <= 0.02
    assert share_of(result["_grade"]["confusion"], "P0->P2") <= 0.01


def test_labelled_texts(tmp_path):
    path = SHARED / "guard" / "pii_dev.jsonl"
    if not path.exists():
        pytest.skip("no labelled texts here: %s is absent" % path)
    result = measured(guard_score.load(path), tmp_path)
    assert result["_micro"]["F1"] >= 0.97
    for kind in ("CN_ID_CARD", "BANK_CARD", "CN_USCC", "IBAN"):
        assert result[kind]["F1"] >= 0.99, kind
    assert result["PERSON"]["F1"] >= 0.75
    hit, of = map(int, result["_obf_spans_covered"]["ALL"].split("/"))
    assert hit >= 0.9 * of
    assert result["_grade"]["acc"] >= 0.95
    assert result["_leak"]["fp_docs_of_clean"] <= 0.02
    assert result["_grade"]["confusion"].get("P0->P2", 0) == 0


def test_offsets_are_code_points(tmp_path):
    text = "😀手机13812345678"
    answer = scanned([{"id": 7, "text": text}], tmp_path)[0]
    assert answer["id"] == 7 and answer["grade"] == "P1"
    span = answer["spans"][0]
    assert text[span["start"]:span["end"]] == "13812345678"
    assert span["type"] == "CN_MOBILE" and 0 < span["confidence"] <= 1


def test_public_rules_of_secrets(tmp_path):
    """Of the rules that a literal begins, nine in ten have their samples found."""
    path = SHARED / "public" / "gitleaks" / "config" / "gitleaks.toml"
    if not path.exists():
        pytest.skip("no public rules here: %s is absent" % path)
    rng, docs = random.Random(5), []
    for rule, pattern in guard_rules.with_prefix(path):
        for n in range(5):
            sample = guard_rules.sample(pattern, rng)
            docs.append({"id": "%s#%d" % (rule, n), "sample": sample,
                         "text": "please rotate this one: %s\nand tell me when done" % sample})
    found = {}
    for doc, answer in zip(docs, scanned(docs, tmp_path)):
        rule, at = doc["id"].split("#")[0], doc["text"].index(doc["sample"])
        hit = any(s["type"] == "SECRET" and s["start"] < at + len(doc["sample"])
                  and s["end"] > at for s in answer["spans"])
        found[rule] = found.get(rule, 0) + hit
    missed = sorted(rule for rule, hits in found.items() if hits < 4)
    print("%d of %d rules found; missed: %s" % (len(found) - len(missed), len(found), missed))
    assert len(found) > 80
    assert len(missed) <= 0.1 * len(found)
