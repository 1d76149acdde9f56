# The link's messages: what a coordinator and a node agent say to each other.
#
# This file is the specification. Each frame of type "message" carries one Envelope, flat and
# unpacked, little endian. Body and chunk frames carry raw bytes and are described in
# actors/net/link/hub.hpp. Ordinals are never reused; a reader ignores fields it does not know,
# and ignores a whole message of a kind that it does not know. An enumerator that it does not know
# is read as the one marked "*"; a Dispatch to an unknown endpoint is refused (not_accepted). Other
# out-of-range values are a protocol error: the link is closed.
@0xb8e3c2d0f5a94e17;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("weir::wire");

struct Envelope {
  union {
    hello     @0  :Hello;           # first message of each side
    inventory @1  :Inventory;       # agent: after Hello, and on each change
    report    @2  :CapacityReport;  # agent: on change (at most every 100 ms), heartbeat 500 ms
    dispatch  @3  :Dispatch;        # coordinator: run this
    accept    @4  :Accept;          # agent: send the body
    refuse    @5  :Refuse;          # agent: not here, and why
    begin     @6  :Begin;           # agent: the answer's status and type; its bytes follow
    credit    @7  :Credit;          # either: so many more bytes of a stream may be sent
    cancel    @8  :Cancel;          # coordinator: stop at once
    resume    @9  :Resume;          # coordinator: go on with an attempt on this link
    finish    @10 :Finish;          # agent: how the attempt ended; after its last chunk
    offer     @11 :Offer;           # agent: a free slot, to every coordinator
    bid       @12 :Bid;             # coordinator: a waiting job for an offered slot
    grant     @13 :Grant;           # agent: the slot is yours
    drain     @14 :Drain;           # coordinator: take no new work, or take it again
    ping      @15 :Ping;            # either: are you there
    guardKey  @16 :GuardKey;        # coordinator, to L2 only: what clearances are signed with
  }
}

struct AttemptId {
  # One try to run one request on one agent. On data frames the header's stream field says the
  # same: request * 256 + number.
  incarnation @0 :UInt64;  # of the coordinator; random per start, never 0
  request     @1 :UInt64;  # 1 .. 2^56 - 1
  number      @2 :UInt8;   # 1 .. 255
}

struct Hello {
  versionMin  @0 :UInt16;  # lowest protocol version spoken, >= 1
  versionMax  @1 :UInt16;  # highest, >= versionMin; both sides use the highest common one
  incarnation @2 :UInt64;  # random per process start, never 0
  software    @3 :Text;    # for people, at most 256 bytes
  attempts    @4 :List(AttemptProgress);  # agents: what still runs; at most 4096
}

struct AttemptProgress {
  attempt    @0 :AttemptId;
  nextOffset @1 :UInt64;  # answer bytes produced so far
}

struct ModelInfo {
  id            @0 :Text;    # 1 .. 256 bytes: the engine's own name for it
  family        @1 :Text;    # at most 256 bytes; empty: unknown
  quantization  @2 :Text;    # at most 256 bytes; empty: unknown
  contextTokens @3 :UInt32;  # tokens; 0: unknown
  capability    @4 :UInt8;   # 1 .. 3; 0: unknown
  features      @5 :UInt32;  # bits: 1 tools, 2 json, 4 vision, 8 embeddings, 16 rerank,
                           # 32 goes on from a text, 64 takes /v1/messages, too
  loaded        @6 :Bool;    # false: must be loaded before its first token
  inPerMtok     @7 :UInt64;  # micro-USD for a million prompt tokens; 0: none or unknown
  outPerMtok    @8 :UInt64;  # micro-USD for a million answer tokens
  more          @9 :ModelFacts;  # absent (null): nothing of it is known
}

struct ModelFacts {
  digest  @0 :Text;    # of its weights, at most 256 bytes; empty: unknown
  bytes   @1 :UInt64;  # of its weights; 0: unknown
  loadMs  @2 :UInt32;  # ms that loading it is expected to take; 0: unknown
  evicts  @3 :Bool;    # loading it would push another loaded model out
  parent  @4 :Text;    # base model of an adapter, at most 256 bytes; empty: none
  aliases @5 :List(Text);  # further names, of 1 .. 256 bytes; at most 16
}

struct EngineInventory {
  engine @0 :UInt32;  # the agent's number for it, stable while the agent runs
  kind   @1 :UInt8;   # 0 openai*, 1 llama_cpp, 2 anthropic, 3 vllm, 4 ollama
  cloud  @2 :Bool;    # beyond the organisation's machines
  models @3 :List(ModelInfo);  # at most 1024
  region @4 :Text;  # where it stands, for policies; at most 64 bytes
}

struct AcceptPolicy {
  p0      @0 :Bool;        # the owner agrees to run grade P0
  p1      @1 :Bool;        # … P1
  p2      @2 :Bool;        # … P2
  tenants @3 :List(Text);  # names of at most 256 bytes, or "*"; at most 10000
}

struct HostFacts {
  cpuCores       @0 :UInt32;      # logical processors
  memoryBytes    @1 :UInt64;      # bytes
  gpus           @2 :List(Text);  # product names of at most 256 bytes; at most 64
  gpuMemoryBytes @3 :UInt64;      # bytes, all GPUs together
}

struct Inventory {
  revision @0 :UInt64;  # grows by one with each change
  host     @1 :HostFacts;
  accept   @2 :AcceptPolicy;
  engines  @3 :List(EngineInventory);  # at most 256
}

struct EngineLoad {
  engine             @0 :UInt32;
  state              @1 :UInt8;   # 0 starting, 1 up, 2 down*
  slotsTotal         @2 :UInt32;  # at most 65536
  slotsUsed          @3 :UInt32;  # by Weir's jobs, all coordinators together
  slotsForeign       @4 :UInt32;  # by others who call the engine directly
  engineWaiting      @5 :UInt32;  # the engine's own queue
  kvUsedPermille     @6 :UInt16;  # 0 .. 1000
  prefillTokensPerS  @7 :UInt32;  # measured; 0: not yet
  decodeTokensPerS   @8 :UInt32;  # measured, one sequence; 0: not yet
}

struct CapacityReport {
  number          @0 :UInt64;  # grows by one per report of this agent process
  draining        @1 :Bool;    # takes no new work
  ownerPresent    @2 :Bool;    # L0: the machine's owner is using it
  cpuUsedPermille @3 :UInt16;  # 0 .. 1000
  memoryFreeBytes @4 :UInt64;  # bytes
  gpuUsedPermille @5 :UInt16;  # 0 .. 1000, the busiest GPU
  engines         @6 :List(EngineLoad);  # at most 256
}

struct Dispatch {
  attempt     @0  :AttemptId;
  engine      @1  :UInt32;
  endpoint    @2  :UInt8;   # 0 /v1/chat/completions, 1 /v1/completions, 2 /v1/messages,
                           # 3 /v1/embeddings, 4 /v1/rerank, 6 /v1/messages/count_tokens (of the
                           # chat in the body, in the engine's dialect), 7 /api/chat,
                           # 8 /api/generate, 9 /api/embed
  model       @3  :Text;    # 1 .. 256 bytes: the engine's own name
  stream      @4  :Bool;    # the answer is wanted as server-sent events
  grade       @5  :UInt8;   # 0 P0*, 1 P1, 2 P2
  priority    @6  :UInt8;   # 0 interactive, 1 normal, 2 batch*
  tenant      @7  :Text;    # at most 256 bytes
  bodyBytes   @8  :UInt64;  # 1 .. 32 MiB
  firstByteMs @9  :UInt32;  # ms from receipt; no answer byte by then fails the attempt; >= 1
  stallMs     @10 :UInt32;  # ms; longest silence inside the answer; >= 1
  creditBytes @11 :UInt32;  # answer bytes that may be sent before the first Credit
  clearance   @12 :Clearance;  # to L2 only, and always there
  prefixBytes @13 :UInt64;  # the body's last bytes are the answer's text so far; < bodyBytes
}

struct Clearance {
  # HMAC-SHA-256 by the coordinator's guard over everything but `mac` (actors/domain/clearance).
  attempt      @0  :AttemptId;
  proxy        @1  :UInt64;  # incarnation of the agent that may send the body
  provider     @2  :UInt8;   # as EngineInventory.kind
  model        @3  :Text;    # 1 .. 256 bytes
  digest       @4  :Data;    # SHA-256 of the body, 32 bytes
  bytes        @5  :UInt64;  # of the body, 1 .. 8 MiB
  grade        @6  :UInt8;   # 0 P0*, 1 P1, 2 P2
  desensitised @7  :Bool;    # P1 that was redacted and scanned clean again
  policy       @8  :UInt64;  # version of the rules it was scanned by
  costCap      @9  :UInt64;  # micro-USD
  ttlMs        @10 :UInt32;  # ms from the receipt of the Dispatch; >= 1
  mac          @11 :Data;    # 32 bytes
}

struct GuardKey {
  key @0 :Data;  # 32 bytes; secret
}

struct Accept {
  attempt     @0 :AttemptId;
  creditBytes @1 :UInt32;  # body bytes that may be sent before the first Credit
}

struct Refuse {
  attempt @0 :AttemptId;
  reason  @1 :UInt8;       # 0 no_free_slot*, 1 engine_down, 2 unknown_engine, 3 not_accepted,
                           # 4 draining, 5 owner_present, 6 duplicate, 7 grade_forbidden,
                           # 8 not_cleared
  view    @2 :EngineLoad;  # absent (null) where the engine is unknown
}

struct Begin {
  attempt     @0 :AttemptId;
  status      @1 :UInt16;  # HTTP, 200 .. 599
  contentType @2 :Text;    # at most 256 bytes
}

struct Credit {
  stream @0 :UInt64;  # as in the frame header
  bytes  @1 :UInt32;  # 1 .. 2^31
}

struct Cancel {
  attempt @0 :AttemptId;
  reason  @1 :UInt8;  # 0 client_gone, 1 deadline, 2 superseded*, 3 slow_client,
                      # 4 unknown_attempt, 5 shutdown, 6 owner_back
}

struct Resume {
  attempt @0 :AttemptId;
  offset  @1 :UInt64;  # first answer byte wanted
  creditBytes @2 :UInt32;  # answer bytes that may be sent at once; the rest follows as Credit
}

struct Failure {
  code   @0 :UInt16;  # number of weir::Code
  detail @1 :Text;    # for people, at most 1024 bytes; never prompt or answer text
}

struct Finish {
  attempt          @0 :AttemptId;
  bytes            @1 :UInt64;   # answer bytes sent in all
  promptTokens     @2 :UInt32;   # tokens; 0: the engine did not say
  completionTokens @3 :UInt32;   # tokens
  firstByteMs      @4 :UInt32;   # ms from receipt of the Dispatch
  totalMs          @5 :UInt32;   # ms from receipt of the Dispatch
  failure          @6 :Failure;  # absent (null): the engine's answer is complete
  engineStatus     @7 :UInt16;   # HTTP status of a failing engine, 100 .. 599; 0: none received
}

struct Offer {
  offer  @0 :UInt64;
  engine @1 :UInt32;
  slots  @2 :UInt32;  # 1 .. 65536
}

struct Bid {
  offer    @0 :UInt64;
  priority @1 :UInt8;   # class of the named job: 0 interactive, 1 normal, 2 batch*
  waitedMs @2 :UInt32;  # ms; a duration, never a clock
  request  @3 :UInt64;  # the named waiting job; 0: pass
}

struct Grant {
  offer   @0 :UInt64;
  request @1 :UInt64;  # the bid that won
}

struct Drain {
  on @0 :Bool;  # false: take work again
}

struct Ping {
  nonce @0 :UInt64;
  reply @1 :Bool;  # false: answer with the same nonce
}
