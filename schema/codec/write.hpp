// Types to wire. What an engine or a machine may report out of its range is brought into it here:
// a value that the reader refuses would cost the link, and every job on it.
#pragma once

#include "schema/types/messages.hpp"
#include "schema/wire/weir.capnp.h"

namespace weir::codec {

void write(const Hello& m, wire::Envelope::Builder out);
void write(const Inventory& m, wire::Envelope::Builder out);
void write(const CapacityReport& m, wire::Envelope::Builder out);
void write(const Dispatch& m, wire::Envelope::Builder out);
void write(const Accept& m, wire::Envelope::Builder out);
void write(const Refuse& m, wire::Envelope::Builder out);
void write(const Begin& m, wire::Envelope::Builder out);
void write(const Credit& m, wire::Envelope::Builder out);
void write(const Cancel& m, wire::Envelope::Builder out);
void write(const Resume& m, wire::Envelope::Builder out);
void write(const Finish& m, wire::Envelope::Builder out);
void write(const Offer& m, wire::Envelope::Builder out);
void write(const Bid& m, wire::Envelope::Builder out);
void write(const Grant& m, wire::Envelope::Builder out);
void write(const Drain& m, wire::Envelope::Builder out);
void write(const Ping& m, wire::Envelope::Builder out);
void write(const GuardKey& m, wire::Envelope::Builder out);

}  // namespace weir::codec
