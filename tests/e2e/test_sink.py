"""The search for texts in disguise, and what the echoing cloud says: what cannot fail proves
nothing."""

import base64
import gzip
import json
import urllib.parse
import zlib

import pytest

from sink import across_texts, leaks, with_nonce

WORD = "ZX-CANARY-7f21-\u94f6\u884c"
RAW = WORD.encode()


def deflated(data):
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def spread(text, between):
    return between.join(text)


HIDDEN = {
    "raw": RAW,
    "fullwidth": "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in WORD).encode(),
    "mathematical": "".join(
        chr(0x1D7CE + int(c)) if c.isdigit() else c for c in WORD).encode(),
    "zero width spaces": spread(WORD, "\u200b").encode(),
    "soft hyphens and joiners": spread(WORD, "\u00ad\u2060").encode(),
    "spaces": spread(WORD, " ").encode(),
    "tags of planes that nobody sees": spread(WORD, "\U000e0020").encode(),
    "base64, first phase": base64.b64encode(RAW),
    "base64, second phase": base64.b64encode(b"a" + RAW + b"zz"),
    "base64, third phase": base64.b64encode(b"ab" + RAW + b"z"),
    "base64url, second phase": base64.urlsafe_b64encode(b"\xff" + RAW + b"zz"),
    "hex": RAW.hex().encode(),
    "hex, upper case": RAW.hex().upper().encode(),
    "percent": urllib.parse.quote(WORD, safe="").encode(),
    "percent, every byte, lower case": "".join(f"%{b:02x}" for b in RAW).encode(),
    "gzip": b"head" + gzip.compress(RAW) + b"tail",
    "zlib": b"head" + zlib.compress(RAW * 3) + b"tail",
    "deflate, a body of HTTP": b"POST / HTTP/1.1\r\na: b\r\n\r\n" + deflated(RAW * 3),
    "JSON escapes": json.dumps({"x": WORD}).encode(),
    "JSON, each unit escaped": "".join(f"\\u{ord(c):04x}" for c in WORD).encode(),
    "JSON in JSON": json.dumps(json.dumps({"x": WORD})).encode(),
    "JSON in gzip": gzip.compress(json.dumps({"x": WORD}).encode()),
    "fullwidth in JSON escapes": json.dumps("".join(
        chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in WORD)).encode(),
}


@pytest.mark.parametrize("form", HIDDEN)
def test_each_disguise_is_seen_through(form):
    data = b"before " + HIDDEN[form] + b" after"
    if form.startswith("deflate"):
        data = HIDDEN[form]
    assert set(leaks([b"nothing", data], [WORD, "other"])) == {WORD}


def test_the_canary_itself_may_be_in_disguise():
    wide = "".join(chr(ord(c) + 0xFEE0) if c.isdigit() else c for c in "1101-7475-CARD")
    assert leaks(["1101-7475-CARD"], [wide]) and leaks([wide], ["1101-7475-CARD"])


def test_what_is_clean_is_clean():
    others = [RAW[:-1], gzip.compress(RAW[:-2]), base64.b64encode(RAW[1:]), b"x\x9c\x78\xda" * 50,
              json.dumps({"x": "ZX-CANARY-7f22"}).encode(), "ZX CANARY", b"", b"\x1f\x8b\x08"]
    assert leaks(others, [WORD, "13901234567"]) == {}


def test_a_number_in_two_texts_is_one_number():
    class Request:
        def __init__(self, *texts):
            self.texts = texts

        def json(self):
            return {"messages": [{"role": "user", "content": t} for t in self.texts]}

    assert across_texts([Request("mine is 139012", "then 34567")], ["13901234567"])
    assert not across_texts([Request("mine is 139012", "then 3456")], ["13901234567"])


def test_placeholders_get_the_nonce_of_the_request_wherever_they_are_cut():
    sent = "\u27e6PII:PERSON:1:qqzz\u27e7 and \u27e6PII:EMAIL:1:qqzz\u27e7"
    whole = "a \u27e6PII:PERSON:1\u27e7 b \u27e6PII:PERSON:9\u27e7 c \u27e6PII:EMAIL:1\u27e7"
    wanted = "a \u27e6PII:PERSON:1:qqzz\u27e7 b \u27e6PII:PERSON:9\u27e7 c " \
        "\u27e6PII:EMAIL:1:qqzz\u27e7"
    for cut in range(len(whole) + 1):
        pieces = list(with_nonce((whole[:cut], whole[cut:]), sent))
        assert "".join(pieces) == wanted and len(pieces) == 2
