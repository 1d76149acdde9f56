"""Samples of regular expressions: of each rule in a TOML file that a literal prefix begins, a text
that it matches."""

import re
import re._constants as kinds
import re._parser as parser
import string
import tomllib

PREFIX_LEAST = 3
ANY = string.ascii_letters + string.digits


def pattern_of(regex):
    """RE2's syntax in Python's: flags in the middle do not matter to what is made."""
    regex = regex.replace("[[:alnum:]]", "[a-zA-Z0-9]").replace(r"\z", r"\Z")
    return re.sub(r"\(\?i\)", "", regex)


def literal_begin(tree):
    """The literal characters that every match begins with, after boundaries; none of a word."""
    out = ""
    for op, value in tree:
        if op is kinds.LITERAL:
            out += chr(value)
        elif op is kinds.SUBPATTERN:
            inner = literal_begin(value[3])
            out += inner
            if len(inner) < len(value[3]):
                break
        elif op is kinds.BRANCH:
            ways = [literal_begin(way) for way in value[1]]
            return out + min(ways, key=len)
        elif op is not kinds.AT:
            break
        elif out:
            return ""
    return out


def with_prefix(path):
    """[(rule, pattern)] of credentials: not of the files and commands that hold some."""
    found = []
    for rule in tomllib.loads(path.read_text(encoding="utf-8"))["rules"]:
        if "regex" not in rule:
            continue
        pattern = pattern_of(rule["regex"])
        try:
            tree = parser.parse(pattern)
        except re.error:
            continue
        literal = literal_begin(tree)
        if len(literal) >= PREFIX_LEAST and literal[0] != "<" and literal[-1] != ":":
            found.append((rule["id"], pattern))
    return found


def members(value):
    chosen = set()
    for op, v in value:
        if op is kinds.LITERAL:
            chosen.add(chr(v))
        elif op is kinds.RANGE:
            chosen |= {chr(c) for c in range(v[0], min(v[1], 126) + 1)}
        elif op is kinds.CATEGORY:
            chosen |= category(v)
        elif op is kinds.NEGATE:
            return set(ANY)
    return chosen


def category(v):
    return {kinds.CATEGORY_DIGIT: set(string.digits), kinds.CATEGORY_WORD: set(ANY + "_"),
            kinds.CATEGORY_SPACE: {" "}}.get(v, set(ANY))


def made(tree, rng):
    out = ""
    for op, value in tree:
        if op is kinds.LITERAL:
            out += chr(value)
        elif op is kinds.IN:
            chosen = members(value)
            out += rng.choice(sorted(chosen & set(ANY) or chosen))
        elif op is kinds.ANY or op is kinds.NOT_LITERAL:
            out += rng.choice(ANY)
        elif op is kinds.SUBPATTERN:
            inner = made(value[3], rng)
            any_case = value[1] & re.IGNORECASE
            out += "".join(rng.choice((c.lower(), c.upper())) for c in inner) if any_case else inner
        elif op is kinds.BRANCH:
            out += made(rng.choice(value[1]), rng)
        elif op in (kinds.MAX_REPEAT, kinds.MIN_REPEAT):
            low, high, what = value
            high = low + 12 if high is kinds.MAXREPEAT else high
            for _ in range(rng.randint(low, min(high, low + 12))):
                out += made(what, rng)
    return out


def sample(pattern, rng):
    """A text that `pattern` matches, without blanks around it."""
    tree = parser.parse(pattern)
    for _ in range(50):
        text = made(tree, rng).strip(" ;'\"`\n")
        if re.search(pattern, text) or re.search(pattern, text + " "):
            return text
    raise ValueError("no sample of " + pattern[:80])
