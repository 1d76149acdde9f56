"""The recording cloud itself: a search that could not fail would prove nothing."""

import base64
import gzip
import http.client
import json
import ssl
import urllib.parse

import pytest

import cloud

CANARY = 'Kontö "4711"/é😀 top secret'
PLAIN = CANARY.encode()


def post(sink, body, path="/v1/chat/completions", headers=None):
    """(status, text) through TLS, verified."""
    context = ssl.create_default_context(cafile=sink.ca)
    connection = http.client.HTTPSConnection("127.0.0.1", sink.port, context=context, timeout=10)
    connection.request("POST", path, body, headers or {})
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text


def every_second_escaped(text):
    return "".join(f"\\u{ord(c):04x}" if i % 2 and ord(c) < 0x10000 else json.dumps(c)[1:-1]
                   for i, c in enumerate(text))


PLANTED = {
    "raw": PLAIN,
    "base64, first place": base64.b64encode(PLAIN + b"tail"),
    "base64, second place": base64.b64encode(b"h" + PLAIN + b"tail"),
    "base64, third place": base64.b64encode(b"he" + PLAIN + b"tail"),
    "base64, its end not aligned": base64.b64encode(b"head" + PLAIN),
    "base64 for URLs": base64.urlsafe_b64encode(b"h" + PLAIN + b"?"),
    "base64 in JSON with escaped slashes": base64.b64encode(PLAIN).replace(b"/", b"\\/"),
    "hex": PLAIN.hex().encode(),
    "hex, upper case": PLAIN.hex().upper().encode(),
    "percent": urllib.parse.quote(CANARY, safe="").encode(),
    "percent, every byte": "".join(f"%{b:02X}" for b in PLAIN).encode(),
    "a form's value": urllib.parse.quote_plus(CANARY).encode(),
    "gzip": gzip.compress(b"head" + PLAIN),
    "gzip behind other bytes": b"--part\r\n" + gzip.compress(PLAIN) + b"--",
    "gzip in gzip": gzip.compress(gzip.compress(PLAIN)),
    "gzip, cut off": gzip.compress(PLAIN + bytes(range(256)) * 8)[:-40],
    "JSON, all but ASCII escaped": json.dumps({"x": CANARY}).encode(),
    "JSON, escaped here and there": every_second_escaped(CANARY).encode(),
    "JSON in JSON": json.dumps({"arguments": json.dumps({"x": CANARY})}).encode(),
    "JSON in gzip": gzip.compress(json.dumps(CANARY).encode()),
}


@pytest.mark.parametrize("form", PLANTED)
def test_a_planted_canary_is_found(sink, form):
    sink.script.append(cloud.Fail(200, body="{}"))
    post(sink, b"before " + PLANTED[form] + b" after")
    assert sink.find(CANARY), form


def test_a_canary_in_a_header_or_a_path_is_found(sink):
    sink.script.extend([cloud.Fail(200), cloud.Fail(200)])
    post(sink, b"", headers={"x-note": base64.b64encode(PLAIN).decode()})
    assert sink.find(CANARY)
    assert not sink.find("other secret")
    post(sink, b"", path="/v1/x?q=" + urllib.parse.quote("other secret"))
    assert sink.find("other secret")


def test_what_was_not_sent_is_not_found(sink):
    sink.script.extend([cloud.Fail(200)] * 3)
    post(sink, json.dumps({"x": "Konto 4711 top"}).encode())
    post(sink, gzip.compress(b"top secre"))
    post(sink, base64.b64encode(PLAIN[:-1]))
    assert sink.find(CANARY) == set()


def test_a_request_that_was_cut_off_is_kept_too(sink):
    context = ssl.create_default_context(cafile=sink.ca)
    connection = http.client.HTTPSConnection("127.0.0.1", sink.port, context=context)
    connection.putrequest("POST", "/v1/chat/completions")
    connection.putheader("content-length", "1000")
    connection.endheaders(PLAIN)
    connection.close()
    import fleet
    fleet.wait_for("the bytes", lambda: sink.find(CANARY))
    assert sink.requests == []


def test_it_answers_in_both_dialects_whole_and_in_pieces(sink):
    sink.otherwise = cloud.Answer(words=("a ", "b"), tool=("look", '{"at": 1}'))
    status, text = post(sink, b"{}")
    message = json.loads(text)["choices"][0]["message"]
    assert status == 200 and message["content"] == "a b"
    assert message["tool_calls"][0]["function"]["name"] == "look"
    text = post(sink, b'{"stream": true}')[1]
    assert text.endswith("data: [DONE]\n\n") and '"completion_tokens": 7' in text
    blocks = json.loads(post(sink, b"{}", "/v1/messages")[1])["content"]
    assert [b["type"] for b in blocks] == ["text", "tool_use"]
    text = post(sink, b'{"stream": true}', "/v1/messages")[1]
    assert text.count("event: content_block_delta") == 4 and text.count("message_stop") == 2


def test_it_fails_by_its_script_and_then_answers(sink):
    sink.script.extend([cloud.Fail(429, {"retry-after": "3"}), cloud.Break(0), cloud.Break(2)])
    assert post(sink, b"{}")[0] == 429
    with pytest.raises(http.client.HTTPException):
        post(sink, b"{}")
    with pytest.raises(http.client.IncompleteRead):
        post(sink, b'{"stream": true}')
    assert post(sink, b"{}")[0] == 200
    assert len(sink.requests) == 4


def test_a_client_of_another_ca_tells_it_nothing(sink, tls):
    context = ssl.create_default_context()
    connection = http.client.HTTPSConnection("127.0.0.1", sink.port, context=context)
    with pytest.raises(ssl.SSLCertVerificationError):
        connection.request("POST", "/", PLAIN)
    assert sink.bytes_in() == 0


def test_it_hands_requests_to_a_server_behind_it(sink):
    with cloud.Cloud() as behind:
        sink.otherwise = cloud.Forward(behind.url, "k")
        assert json.loads(post(sink, b"{}")[1])["object"] == "chat.completion"
        assert "message_stop" in post(sink, b'{"stream": true}', "/v1/messages")[1]
        assert behind.requests[0].headers["authorization"] == "Bearer k"
