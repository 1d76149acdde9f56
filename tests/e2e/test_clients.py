"""Other people's clients, unchanged but for their base URL. `tests/run --clients` installs them
(PyPI and npm); without that they are skipped."""

import json
import os
import shutil
import subprocess

import pytest

import fleet as fleets

VENV = fleets.CACHE / "clients-venv" / "bin"
NODE = fleets.CACHE / "node"


def python(fleet, script, **env):
    if not (VENV / "python").exists():
        pytest.skip("LangChain and llm are not installed: tests/run --clients does it")
    return finish(subprocess.run([VENV / "python", "-c", script], capture_output=True, text=True,
                                 timeout=120, env=os.environ | {"URL": fleet.url} | env))


def node(fleet, script):
    if not (NODE / "node_modules").exists() or not shutil.which("node"):
        pytest.skip("the npm packages are not installed: tests/run --clients does it")
    return finish(subprocess.run(["node", "--input-type=module", "-e", script], cwd=NODE,
                                 capture_output=True, text=True, timeout=120,
                                 env=os.environ | {"URL": fleet.url}))


def finish(done):
    assert done.returncode == 0, (done.stdout, done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


EXPECT = "世界é😀"


def test_langchain_openai(engines_fleet):
    said = python(engines_fleet, """
import json, os
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
url = os.environ["URL"] + "/v1"
chat = ChatOpenAI(model="tiny-chain", base_url=url, api_key="sk-e2e", temperature=0, max_tokens=60)
whole = chat.invoke([("system", "be kind"), ("user", "Say hello")])
streamed = "".join(c.content for c in chat.stream([("system", "be kind"), ("user", "Say hello")]))
from langchain_core.tools import tool
@tool
def get_weather(city: str) -> str:
    "The weather of a city"
    return "sunny"
call = ChatOpenAI(model="tiny-chain", base_url=url, api_key="sk-e2e", temperature=0,
                  max_tokens=300).bind_tools(
    [get_weather], tool_choice="required").invoke("weather?").tool_calls[0]
vectors = OpenAIEmbeddings(model="tiny-embed", base_url=url, api_key="sk-e2e",
                           check_embedding_ctx_length=False).embed_documents(["a", "b"])
print(json.dumps([whole.content, streamed, call["name"], len(vectors),
                  whole.usage_metadata["output_tokens"]]))
""")
    assert EXPECT in said[0] and said[0] == said[1]
    assert said[2:4] == ["get_weather", 2] and said[4] > 0


def test_langchain_anthropic_and_ollama(engines_fleet):
    said = python(engines_fleet, """
import json, os
from langchain_anthropic import ChatAnthropic
from langchain_ollama import ChatOllama, OllamaEmbeddings
url = os.environ["URL"]
a = ChatAnthropic(model="tiny-chain", base_url=url, api_key="sk-e2e", temperature=0, max_tokens=60)
headers = {"headers": {"authorization": "Bearer sk-e2e"}}
o = ChatOllama(model="tiny-chain", base_url=url, temperature=0, num_predict=60,
               client_kwargs=headers)
e = OllamaEmbeddings(model="tiny-embed", base_url=url, client_kwargs=headers)
ask = "Say hello"
print(json.dumps([a.invoke(ask).content, "".join(c.text for c in a.stream(ask)),
                  o.invoke(ask).content, "".join(c.content for c in o.stream(ask)),
                  len(e.embed_documents(["a", "b"]))]))
""")
    assert EXPECT in said[0] and len(set(said[:4])) == 1 and said[4] == 2


def test_the_llm_command(engines_fleet):
    if not (VENV / "llm").exists():
        pytest.skip("llm is not installed: tests/run --clients does it")
    home = engines_fleet.folder / "llm"
    home.mkdir(exist_ok=True)
    (home / "extra-openai-models.yaml").write_text(
        "- model_id: weir\n  model_name: tiny-chain\n"
        f"  api_base: {engines_fleet.url}/v1\n  api_key_name: weir\n")
    env = os.environ | {"LLM_USER_PATH": str(home)}
    for options in (["--no-stream"], []):
        done = subprocess.run(
            [VENV / "llm", "prompt", "-m", "weir", "--key", "sk-e2e", "-o", "temperature", "0",
             "-o", "max_tokens", "60", *options, "Say hello"],
            capture_output=True, text=True, timeout=60, env=env, stdin=subprocess.DEVNULL)
        assert done.returncode == 0 and EXPECT in done.stdout, (done.stdout, done.stderr)


def test_npm_openai(engines_fleet):
    said = node(engines_fleet, """
import OpenAI from "openai";
const c = new OpenAI({ baseURL: process.env.URL + "/v1", apiKey: "sk-e2e", maxRetries: 0 });
const ask = { model: "tiny-chain", temperature: 0, max_tokens: 60,
              messages: [{ role: "user", content: "Say hello" }] };
const whole = await c.chat.completions.create(ask);
let streamed = "";
for await (const k of await c.chat.completions.create({ ...ask, stream: true }))
  streamed += k.choices[0]?.delta?.content ?? "";
const r = await c.responses.create({ model: "tiny-chain", input: "Say hello", temperature: 0,
                                     max_output_tokens: 60 });
const e = await c.embeddings.create({ model: "tiny-embed", input: ["a", "b"] });
let code = "";
try { await c.chat.completions.create({ ...ask, model: "nobody" }); } catch (x) { code = x.code; }
console.log(JSON.stringify([whole.choices[0].message.content, streamed, r.output_text,
                            e.data.length, code]));
""")
    assert EXPECT in said[0] and len(set(said[:3])) == 1
    assert said[3:] == [2, "model_not_found"]


def test_vercel_ai_sdk(engines_fleet):
    said = node(engines_fleet, """
import { generateText, streamText, embedMany, tool } from "ai";
import { createOpenAI } from "@ai-sdk/openai";
import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { z } from "zod";
const baseURL = process.env.URL + "/v1", apiKey = "sk-e2e";
const openai = createOpenAI({ baseURL, apiKey });
const models = [openai.chat("tiny-chain"), openai.responses("tiny-chain"),
                createAnthropic({ baseURL, apiKey })("tiny-chain"),
                createOpenAICompatible({ name: "weir", baseURL, apiKey })("tiny-chain")];
const texts = [];
for (const model of models) {
  const ask = { model, prompt: "Say hello", temperature: 0, maxOutputTokens: 60, maxRetries: 0 };
  texts.push((await generateText(ask)).text);
  let streamed = "";
  for await (const piece of streamText(ask).textStream) streamed += piece;
  texts.push(streamed);
}
const called = await generateText({
  model: models[0], prompt: "weather?", maxOutputTokens: 300, toolChoice: "required",
  tools: { get_weather: tool({ description: "The weather of a city",
                               inputSchema: z.object({ city: z.string() }) }) } });
const many = await embedMany({ model: openai.textEmbeddingModel("tiny-embed"),
                               values: ["a", "b"] });
console.log(JSON.stringify([texts, called.toolCalls[0].toolName, many.embeddings.length]));
""")
    texts, name, vectors = said
    assert len(texts) == 8 and len(set(texts)) == 1 and EXPECT in texts[0]
    assert (name, vectors) == ("get_weather", 2)
