# A later version of schema/wire/weir.capnp, cut down: fields and a message kind were added.
@0xe1f0a6b7c2d34958;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("weir::newer");

struct Envelope {
  union {
    hello     @0  :AnyPointer;
    inventory @1  :AnyPointer;
    report    @2  :AnyPointer;
    dispatch  @3  :AnyPointer;
    accept    @4  :Accept;
    refuse    @5  :AnyPointer;
    begin     @6  :AnyPointer;
    credit    @7  :AnyPointer;
    cancel    @8  :AnyPointer;
    resume    @9  :AnyPointer;
    finish    @10 :AnyPointer;
    offer     @11 :AnyPointer;
    bid       @12 :AnyPointer;
    grant     @13 :AnyPointer;
    drain     @14 :AnyPointer;
    ping      @15 :AnyPointer;
    surprise  @16 :Surprise;  # a kind that this version does not know
  }
  trace @17 :UInt64;  # a field added to the envelope
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

struct Surprise {
  what @0 :Text;
}
