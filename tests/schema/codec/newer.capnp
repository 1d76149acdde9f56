# A later version of schema/wire/weir.capnp, cut down: fields, enumerators and a message kind were
# added.
@0xe1f0a6b7c2d34958;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("weir::newer");

struct Envelope {
  union {
    hello     @0  :AnyPointer;
    inventory @1  :Inventory;
    report    @2  :Report;
    dispatch  @3  :Dispatch;
    accept    @4  :Accept;
    refuse    @5  :Refuse;
    begin     @6  :AnyPointer;
    credit    @7  :AnyPointer;
    cancel    @8  :Cancel;
    resume    @9  :AnyPointer;
    finish    @10 :AnyPointer;
    offer     @11 :AnyPointer;
    bid       @12 :Bid;
    grant     @13 :AnyPointer;
    drain     @14 :AnyPointer;
    ping      @15 :AnyPointer;
    guardKey  @16 :AnyPointer;
    surprise  @17 :Surprise;  # a kind that this version does not know
  }
  trace @18 :UInt64;  # a field added to the envelope
}

struct AttemptId {
  incarnation @0 :UInt64;
  request     @1 :UInt64;
  number      @2 :UInt8;
}

struct Accept {
  attempt     @0 :AttemptId;
  creditBytes @1 :UInt32;
  startsInMs  @2 :UInt32;  # added
  reason      @3 :Text;    # added
}

struct Model {
  id            @0 :Text;
  family        @1 :Text;
  quantization  @2 :Text;
  contextTokens @3 :UInt32;
  capability    @4 :UInt8;
  features      @5 :UInt32;  # bits were added
  loaded        @6 :Bool;
  inPerMtok     @7 :UInt64;
  outPerMtok    @8 :UInt64;
  more          @9 :AnyPointer;
  licence       @10 :Text;   # added
}

struct Engine {
  engine @0 :UInt32;
  kind   @1 :UInt8;  # 10 was added
  cloud  @2 :Bool;
  models @3 :List(Model);
  region @4 :Text;   # added
}

struct Inventory {
  revision @0 :UInt64;
  host     @1 :AnyPointer;
  accept   @2 :AnyPointer;
  engines  @3 :List(Engine);
  licence  @4 :Text;  # added
}

struct Load {
  engine            @0 :UInt32;
  state             @1 :UInt8;  # 10 was added
  slotsTotal        @2 :UInt32;
  slotsUsed         @3 :UInt32;
  slotsForeign      @4 :UInt32;
  engineWaiting     @5 :UInt32;
  kvUsedPermille    @6 :UInt16;
  prefillTokensPerS @7 :UInt32;
  decodeTokensPerS  @8 :UInt32;
  watts             @9 :UInt32;  # added
}

struct Report {
  number          @0 :UInt64;
  draining        @1 :Bool;
  ownerPresent    @2 :Bool;
  cpuUsedPermille @3 :UInt16;
  memoryFreeBytes @4 :UInt64;
  gpuUsedPermille @5 :UInt16;
  engines         @6 :List(Load);
}

struct Dispatch {
  attempt     @0  :AttemptId;
  engine      @1  :UInt32;
  endpoint    @2  :UInt8;  # 10 was added
  model       @3  :Text;
  stream      @4  :Bool;
  grade       @5  :UInt8;  # 10 was added
  priority    @6  :UInt8;  # 10 was added
  tenant      @7  :Text;
  bodyBytes   @8  :UInt64;
  firstByteMs @9  :UInt32;
  stallMs     @10 :UInt32;
  creditBytes @11 :UInt32;
  clearance   @12 :AnyPointer;
  prefixBytes @13 :UInt64;
  project     @14 :Text;   # added
}

struct Refuse {
  attempt @0 :AttemptId;
  reason  @1 :UInt8;  # 9 was added
  view    @2 :Load;
}

struct Cancel {
  attempt @0 :AttemptId;
  reason  @1 :UInt8;  # 7 was added
}

struct Bid {
  offer    @0 :UInt64;
  priority @1 :UInt8;  # 10 was added
  waitedMs @2 :UInt32;
  request  @3 :UInt64;
}

struct Surprise {
  what @0 :Text;
}
