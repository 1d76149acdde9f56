"""A cloud that keeps every byte (cloud.py), and can also send a request's own words back, stand in
for a local engine, and be searched for texts in disguise."""

import dataclasses
import json
import re
import unicodedata
import zlib

import cloud

PLACEHOLDER = re.compile(r"\u27e6PII:[A-Z_]+:\d+:[a-z]+\u27e7")


# ---- searching ---------------------------------------------------------------------------------


def inflated(data):
    """What every zlib stream in `data` holds, and what a raw deflate stream at its begin holds."""
    for found in re.finditer(rb"\x78[\x01\x5e\x9c\xda]", data):
        yield from unpacked(data[found.start():], 15)
    yield from unpacked(data, -15)
    body = data.find(b"\r\n\r\n")
    if body >= 0:
        yield from unpacked(data[body + 4:], -15)


def unpacked(data, window):
    try:
        out = zlib.decompressobj(wbits=window).decompress(data, 64 << 20)
    except zlib.error:
        return
    if len(out) > 3:
        yield out


def plain(text):
    """Compatible forms folded; without spaces and characters that nobody sees."""
    folded = unicodedata.normalize("NFKC", text)
    return "".join(c for c in folded if not c.isspace() and unicodedata.category(c)[0] != "C")


def leaks(haystacks, canaries):
    """The forms in which each canary stands in any of the haystacks (texts or bytes), as
    {canary: {form, …}}; empty: in none."""
    found = {}
    for haystack in haystacks:
        data = haystack.encode("utf-8", "replace") if isinstance(haystack, str) else haystack
        views = list(cloud.views(data))
        for packed in inflated(data):
            views += [(f"deflate, {name}", view) for name, view in cloud.views(packed, 1)]
        seen, told = {}, set()
        for name, view in views:
            if view not in told:
                told.add(view)
                seen[name] = (view, view.lower(), plain(view.decode("utf-8", "replace")))
        for canary in canaries:
            forms = set().union(*[forms_in(name, view, canary) for name, view in seen.items()])
            if forms:
                found.setdefault(canary, set()).update(forms)
    return found


def forms_in(name, view, canary):
    exact, lower, folded = view
    found = set()
    for text in {canary, unicodedata.normalize("NFKC", canary), plain(canary)}:
        raw = text.encode()
        patterns = [("plain", raw), *cloud.base64_patterns(raw)]
        found |= {f"{name}: {kind}" for kind, pattern in patterns if pattern and pattern in exact}
        if raw.hex().encode() in lower:
            found.add(f"{name}: hex")
    if plain(canary) in folded:
        found.add(f"{name}: folded")
    return found


# ---- what it answers ---------------------------------------------------------------------------


@dataclasses.dataclass
class Echo:
    """Says what it was asked, all texts of it, in pieces of `size` characters."""

    size: int = 7
    gap: float = 0.0


@dataclasses.dataclass
class Say:
    """Says `pieces`; placeholders without a nonce become those of the request."""

    pieces: tuple = ()


@dataclasses.dataclass
class EchoError:
    """Refuses, and says in its error what it was asked."""

    status: int = 500


def strings(value):
    """All texts of a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for v in value:
            yield from strings(v)
    elif isinstance(value, dict):
        for v in value.values():
            yield from strings(v)


def said_in(asked):
    """The texts that a request's author wrote."""
    keys = ("system", "messages", "tools", "prompt", "input")
    return "\n".join(t for k in keys for t in strings(asked.get(k)) if k in asked)


def with_nonce(pieces, text):
    """Placeholders of `pieces`, cut as they are, as those of the same kind and number in `text`."""
    real = {re.sub(r":[a-z]+\u27e7", "\u27e7", p): p for p in PLACEHOLDER.findall(text)}
    whole, cuts, at = "".join(pieces), [], 0
    for piece in pieces:
        at += len(piece)
        cuts.append(at)
    out, begin = [], 0
    for found in re.finditer("\u27e6PII:[A-Z_]+:\\d+\u27e7", whole):
        mapped = real.get(found.group())
        if mapped is None:
            continue
        grown = len(mapped) - len(found.group())
        out.append((found.end() - 1, mapped[len(found.group()) - 1:-1], grown))
    for cut in cuts:
        piece = whole[begin:cut]
        for at, nonce, _ in sorted(out, reverse=True):
            if begin <= at < cut:
                piece = piece[:at - begin] + nonce + piece[at - begin:]
        yield piece
        begin = cut


class Sink(cloud.Cloud):
    """`models`: makes it a local engine that offers them, of so long a context."""

    def __init__(self, tls=None, otherwise=None, models=(), context=0):
        self.models, self.context = models, context
        super().__init__(tls, otherwise)

    def posts(self):
        return [r for r in self.requests if r.body]

    def local(self, slots=4):
        """A line of a local agent's list of engines."""
        listed = ", ".join(
            f"{{id: {m}, features: [{'embeddings' if 'embed' in m else 'tools, json, vision'}]}}"
            for m in self.models)
        return f"{{kind: openai, url: '{self.url}', slots: {slots}, models: [{listed}]}}"

    def leaks(self, canaries):
        """What this cloud got of them, in any request or in several together."""
        kept = self.received()
        return leaks(kept, canaries) | across_texts(self.posts(), canaries)

    def _answer(self, connection, request, step, more):
        if not request.body:
            return self._page(connection, request)
        if request.path.endswith("/embeddings"):
            return cloud.respond(connection, 200, json.dumps(embeddings(request.json())).encode(),
                                 {"content-type": "application/json"})
        if isinstance(step, (Echo, Say, EchoError)):
            text = said_in(request.json())
            if isinstance(step, EchoError):
                body = json.dumps({"error": {"message": text[:2000], "type": "server_error"}})
                step = cloud.Fail(step.status, body=body)
            elif isinstance(step, Say):
                step = cloud.Answer(words=tuple(with_nonce(step.pieces, text)))
            else:
                words = [text[i:i + step.size] for i in range(0, len(text), step.size)]
                step = cloud.Answer(words=tuple(words) or ("",), gap=step.gap)
        return super()._answer(connection, request, step, more)

    def _page(self, connection, request):
        """What is asked without a body: the list of models; it has no other pages."""
        found = self.models and request.path == "/v1/models"
        data = [{"id": m, "object": "model", "max_model_len": self.context or 1 << 20}
                for m in self.models]
        cloud.respond(connection, 200 if found else 404,
                      json.dumps({"object": "list", "data": data} if found else {}).encode(),
                      {"content-type": "application/json"})


def across_texts(requests, canaries):
    """Numbers of which a request holds the parts, one behind the other, in texts of its own."""
    found = {}
    for request in requests:
        try:
            digits = re.sub(r"\D", "", said_in(request.json()))
        except (ValueError, AttributeError):
            continue
        for canary in canaries:
            if re.fullmatch(r"\d{9,}", canary) and canary in digits:
                found[canary] = {"digits of several texts"}
    return found


def embeddings(asked):
    count = len(asked["input"]) if isinstance(asked["input"], list) else 1
    return {"object": "list", "model": asked["model"],
            "data": [{"object": "embedding", "index": i, "embedding": [0.5, 0.25]}
                     for i in range(count)],
            "usage": {"prompt_tokens": 3, "total_tokens": 3}}
