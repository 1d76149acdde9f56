"""Labelled texts, Chinese and English, for tests of what a text may hold.

    python3 guard_texts.py --count 500 --seed 7 > gold.jsonl
    python3 guard_texts.py --check

The sentences lie in guard_texts_zh.txt and guard_texts_en.txt. A template begins with a line
`=== name lang grade tags`; inside it
    [[kind]]      a value to find           [[~kind]]     a value that is nothing to find
    [[?kind]]     a value in `ignore`       [[!words]]    these words, in `ignore`
    [[kind#a]]    the same value wherever the same mark stands
"""
import argparse
import base64
import html
import json
import pathlib
import random
import re
import sys
import urllib.parse
from collections import Counter
from typing import NamedTuple

import guard_values as values

HERE = pathlib.Path(__file__).parent
MARK = re.compile(r"\[\[([~?!]?)(.+?)(?:#(\w+))?\]\]")
TYPES = {t for t, _ in values.LABELLED.values()}
HEAD = re.compile(r"=== (\w+) (zh|en) (P[012]) (\S+)$")
NUMBERS = {"CN_MOBILE", "CN_ID_CARD", "BANK_CARD", "US_PHONE", "US_SSN", "CN_LANDLINE"}
ZERO_WIDTH = "\u200b\u200c\u200d\u2060\ufeff\u00ad"
ASCII_MARKS = str.maketrans("，：；？！（）", ",:;?!()")


class Template(NamedTuple):
    name: str
    lang: str
    grade: str
    tags: list
    text: str


class Piece(NamedTuple):
    """A run of text. kind: a span's type, IGNORE, or nothing."""
    text: str
    kind: str = ""
    obf: str = ""
    plain: str = ""


def load_templates():
    found = []
    for path in (HERE / "guard_texts_zh.txt", HERE / "guard_texts_en.txt"):
        for block in path.read_text(encoding="utf-8").split("\n=== ")[1:]:
            head, _, body = block.partition("\n")
            match = HEAD.match("=== " + head)
            if not match:
                raise ValueError("%s: bad head %r" % (path.name, head))
            name, lang, grade, tags = match.groups()
            found.append(Template(name, lang, grade, tags.split(","), body.strip("\n")))
    names = Counter(t.name for t in found)
    if len(names) != len(found):
        raise ValueError("names used twice: %s" % [n for n, c in names.items() if c > 1])
    return found


def fill(template, rng):
    """The template's pieces, every mark replaced by a value."""
    pieces, memo, at = [], {}, 0
    for m in MARK.finditer(template.text):
        pieces.append(Piece(template.text[at:m.start()]))
        at = m.end()
        sign, kind, mark = m.groups()
        if sign == "!":
            pieces.append(Piece(kind, "IGNORE"))
            continue
        if kind in values.FILLERS and sign:
            span, make = "", values.FILLERS[kind]
        else:
            span, make = values.LABELLED[kind]
        key = (kind, mark)
        if mark is None or key not in memo:
            memo[key] = make(rng)
        pieces.append(Piece(memo[key], {"~": "", "?": "IGNORE"}.get(sign, span)))
    pieces.append(Piece(template.text[at:]))
    return [p for p in pieces if p.text]


# Disguises. Each takes (text, rng) and gives the disguised text.

def spaced(text, rng):
    return " ".join(text)


def zerowidth(text, rng):
    mark = rng.choice(ZERO_WIDTH)
    if rng.random() < 0.6:
        return mark.join(text)
    cuts = sorted(rng.sample(range(1, len(text)), min(2, len(text) - 1)))
    return mark.join(text[a:b] for a, b in zip([0] + cuts, cuts + [len(text)]))


def fullwidth(text, rng):
    return "".join(chr(ord(c) + 0xfee0) if "!" <= c <= "~" else c for c in text)


def markdown(text, rng):
    a = rng.randint(2, max(2, len(text) // 3))
    b = rng.randint(a + 2, len(text) - 1)
    mark = rng.choice(["**", "**", "*", "__"])
    return text[:a] + mark + text[a:b] + mark + text[b:]


def to_base64(text, rng):
    return base64.b64encode(text.encode()).decode()


def cn_numeral(text, rng):
    digits = rng.choice(["零一二三四五六七八九", "零一二三四五六七八九", "〇一二三四五六七八九",
                         "零幺二三四五六七八九", "零壹贰叁肆伍陆柒捌玖"])
    return "".join(digits[int(c)] if c.isdigit() else c for c in text)


def at_word(text, rng):
    at, dot = rng.choice([(" at ", " dot "), (" [at] ", " [dot] "), ("(at)", "(dot)"),
                          (" AT ", " DOT ")])
    user, _, host = text.partition("@")
    return user + at + host.replace(".", dot)


def percent(text, rng):
    if rng.random() < 0.5:
        return "".join("%%%02X" % b for b in text.encode())
    return urllib.parse.quote(text, safe="").replace(".", "%2E")


def to_hex(text, rng):
    return text.encode().hex() if rng.random() < 0.5 else "".join(
        "\\x%02x" % b for b in text.encode())


def entities(text, rng):
    form = rng.choice(["&#%d;", "&#x%x;"])
    return "".join(form % ord(c) for c in text)


DISGUISES = {"spaced": spaced, "zerowidth": zerowidth, "fullwidth": fullwidth, "markdown": markdown,
             "base64": to_base64, "cn_numeral": cn_numeral, "at_word": at_word, "percent": percent,
             "hex": to_hex, "html": entities}


def disguises_for(kind):
    """Names of disguises that people use for this type, the common ones more than once."""
    if kind in NUMBERS:
        return (["spaced", "zerowidth", "fullwidth", "markdown", "cn_numeral"] * 3
                + ["base64", "percent", "hex", "html"])
    return {"EMAIL": ["at_word", "at_word", "fullwidth", "zerowidth"] * 3 + ["base64", "percent",
                                                                          "hex", "html"],
            "SECRET": ["zerowidth", "base64"] * 4 + ["fullwidth", "hex", "percent", "html"],
            "PERSON": ["spaced"] * 6 + ["zerowidth"],
            "CN_PLATE": ["spaced", "zerowidth", "fullwidth"],
            "CN_USCC": ["zerowidth", "fullwidth", "markdown"],
            "IBAN": ["zerowidth", "fullwidth", "markdown"],
            "CN_PASSPORT": ["spaced", "zerowidth", "fullwidth"],
            "IP_ADDRESS": ["zerowidth", "fullwidth"]}.get(kind, [])


def disguise(pieces, rng, rate=0.14):
    """With some probability, disguises one identifier, or every one of its type."""
    places = [i for i, p in enumerate(pieces) if disguises_for(p.kind) and "\n" not in p.text
              and (p.kind != "PERSON" or not p.text.isascii())]
    others = [i for i in places if pieces[i].kind != "PERSON"]
    if rng.random() >= rate or not places:
        return pieces
    chosen = rng.choice(others if others and rng.random() < 0.75 else places)
    how = rng.choice(disguises_for(pieces[chosen].kind))
    every = rng.random() < 0.4
    out = list(pieces)
    for i in places:
        p = pieces[i]
        if i == chosen or (every and p.kind == pieces[chosen].kind):
            new = DISGUISES[how](p.text, rng)
            if new != p.text:
                out[i] = Piece(new, p.kind, how, p.text)
    return out


# Surroundings: a greeting, a long document, a JSON string, a quoted mail.

BEFORE = {"zh": ["老师好，", "急！", "请教一下：\n", "下面这段是同事转来的，帮忙看看。\n", "@助手 ", "在吗？"],
          "en": ["Hey, quick one: ", "Context below.\n\n", "FYI - ", "Forwarding this as is:\n",
                 "Could you take a look? "]}
AFTER = {"zh": ["\n多谢！", "\n以上，尽快回复。", "\n用表格输出。", "\n（语气客气一点）", "\n别超过200字。"],
         "en": ["\n\nThanks!", "\nKeep it under 150 words.", "\nReply in Chinese please.",
                "\nBullet points only."]}
PARAGRAPHS = {
    "zh": ["本章介绍如何安装阅读器，并说明常见的显示问题。", "天气转凉，园区的银杏叶黄了一半，不少人停下来拍照。",
           "会议室的投影仪需要提前十分钟开机预热。", "写作建议：先列提纲，再补充例子，最后统一语气。",
           "缓存命中率下降时，先看淘汰策略，再看键的分布。", "周末食堂供应牛肉面、水饺和两种素菜。",
           "单元测试应当覆盖空输入、超长输入和并发调用。", "图书馆三层新增了自习座位，需要先取号。",
           "版本说明：修复了列表翻页时偶尔出现的闪烁。", "跑步前请充分热身，水温不宜过低。",
           "请按照上文的格式继续，不要改变标题层级。", "数据表的索引过多会拖慢写入，应定期清理。"],
    "en": ["The reading group meets after lunch and starts with a short recap.",
           "A queue without a bound only hides the moment at which memory runs out.",
           "Bring a light jacket: the evenings by the lake are colder than they look.",
           "Release notes: fixed a flicker when the list is scrolled quickly.",
           "Prefer small functions, plain names and tests that say what they expect.",
           "The second chapter compares three ways of storing time series.",
           "Parking is free after six, and the side entrance stays open until ten.",
           "Whisk the eggs, fold in the flour and let the batter rest."]}


def long_document(pieces, lang, rng):
    def some(n):
        chosen = [rng.choice(PARAGRAPHS[lang if rng.random() < 0.8 else "en"]) for _ in range(n)]
        joint = rng.choice(["\n", "\n\n", " "])
        return joint.join(chosen)
    before, after = some(rng.randint(4, 40)), some(rng.randint(2, 30))
    return [Piece(before + "\n\n")] + pieces + [Piece("\n\n" + after)]


def json_string(pieces, rng):
    ascii_only = rng.random() < 0.15
    # The words around a value may be escaped; a value stays as it is.
    inner = [p._replace(text=json.dumps(p.text, ensure_ascii=ascii_only and not p.kind)[1:-1])
             for p in pieces]
    head, tail = rng.choice([('{"role": "user", "content": "', '"}'),
                             ('{"ticket":%d,"body":"' % rng.randint(100, 9999), '","open":true}'),
                             ('[{"type":"text","text":"', '"}]')])
    return [Piece(head)] + inner + [Piece(tail)]


def quoted(pieces):
    return [Piece("> ")] + [p._replace(text=p.text.replace("\n", "\n> ")) for p in pieces]


def surround(pieces, template, rng):
    tags, x = [], rng.random()
    if template.lang == "zh" and rng.random() < 0.35:
        pieces = [p if p.kind else p._replace(text=p.text.translate(ASCII_MARKS)) for p in pieces]
    if rng.random() < 0.12:
        pieces = [Piece(rng.choice(BEFORE[template.lang]))] + pieces
    if rng.random() < 0.12:
        pieces = pieces + [Piece(rng.choice(AFTER[template.lang]))]
    if x < 0.08:
        tags, pieces = ["long"], long_document(pieces, template.lang, rng)
    elif x < 0.13:
        tags, pieces = ["in_json"], json_string(pieces, rng)
    elif x < 0.16 and not any("\n" in p.text for p in pieces if p.kind):
        tags, pieces = ["quoted"], quoted(pieces)
    return pieces, tags


def label(pieces, template, number, tags):
    spans, ignore, at, size = [], [], 0, 0
    for p in pieces:
        place = {"start": at, "end": at + len(p.text), "bstart": size,
                 "bend": size + len(p.text.encode())}
        at, size = place["end"], place["bend"]
        if p.kind == "IGNORE":
            ignore.append(place)
        elif p.kind:
            span = {**place, "type": p.kind, "value": p.text}
            spans.append({**span, "obf": p.obf, "plain": p.plain} if p.obf else span)
    tags = template.tags + tags + sorted({"obf:" + p.obf for p in pieces if p.obf})
    return {"id": "own-%05d" % number, "tpl": template.name, "lang": template.lang,
            "grade": template.grade, "tags": tags, "text": "".join(p.text for p in pieces),
            "spans": spans, "ignore": ignore}


def document(template, number, rng):
    pieces, tags = surround(disguise(fill(template, rng), rng), template, rng)
    return label(pieces, template, number, tags)


def documents(count, seed):
    """`count` documents, the same ones for a seed. Every template comes once in each round."""
    templates, order, out = load_templates(), [], []
    shuffle = random.Random("order:%s" % seed)
    for number in range(count):
        if not order:
            order = list(templates)
            shuffle.shuffle(order)
        rng = random.Random("%s:%d" % (seed, number))
        out.append(document(order.pop(), number, rng))
    return out


def check(docs):
    """Asserts that the labels agree with the texts and with each other."""
    for d in docs:
        text, at, where = d["text"], 0, (d["id"], d["tpl"])
        places = sorted(d["spans"] + d["ignore"], key=lambda s: s["start"])
        for s in places:
            assert at <= s["start"] < s["end"] <= len(text), where
            at = s["end"]
            assert len(text[:s["start"]].encode()) == s["bstart"], where
            assert len(text[:s["end"]].encode()) == s["bend"], where
        for s in d["spans"]:
            assert s["type"] in TYPES, where
            assert text[s["start"]:s["end"]] == s["value"], where
            assert s["value"] == s["value"].strip(), where
            if s.get("obf") == "base64":
                assert base64.b64decode(s["value"]).decode() == s["plain"], where
            if s.get("obf") == "html":
                assert html.unescape(s["value"]) == s["plain"], where
        kinds = {s["type"] for s in d["spans"]}
        assert not kinds & {"SECRET", "CONTRACT_NO"} or d["grade"] == "P0", where
        assert not kinds or d["grade"] != "P2", where
        assert kinds or d["grade"] != "P1", where
        assert "[[" not in text, where


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    docs = documents(args.count, args.seed)
    check(docs)
    if not args.check:
        for d in docs:
            sys.stdout.write(json.dumps(d, ensure_ascii=False) + "\n")
        return
    by = Counter((t.lang, t.grade) for t in load_templates())
    print("templates:", sum(by.values()), dict(sorted(by.items())))
    print("documents:", len(docs), dict(Counter(d["grade"] for d in docs)))
    print("spans:", dict(Counter(s["type"] for d in docs for s in d["spans"]).most_common()))
    print("disguised:", dict(Counter(s["obf"] for d in docs for s in d["spans"] if "obf" in s)))


if __name__ == "__main__":
    main()
