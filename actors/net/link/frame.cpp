#include "actors/net/link/frame.hpp"

namespace weir::net::link {
namespace {

template <class T>
void put(std::string& out, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i)
    out.push_back(static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i) & 0xFFU));
}

template <class T>
T get(const std::byte* from) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i)
    value |= static_cast<std::uint64_t>(from[i]) << (8 * i);
  return static_cast<T>(value);
}

}  // namespace

void put_u64(std::string& out, std::uint64_t value) { put(out, value); }

std::uint64_t get_u64(const std::byte* from) { return get<std::uint64_t>(from); }

void put_header(std::string& out, const FrameHeader& header) {
  put(out, header.payload_bytes);
  put(out, static_cast<std::uint16_t>(header.type));
  put(out, std::uint16_t{0});
  put(out, header.stream);
}

Result<FrameHeader> parse_header(std::span<const std::byte, header_bytes> bytes,
                                 const FrameSizes& sizes) {
  FrameHeader header;
  header.payload_bytes = get<std::uint32_t>(bytes.data());
  const auto type = get<std::uint16_t>(bytes.data() + 4);
  if (get<std::uint16_t>(bytes.data() + 6) != 0) return Error{Code::invalid_frame, "frame flags"};
  header.stream = get<std::uint64_t>(bytes.data() + 8);
  header.type = static_cast<codec::FrameType>(type);
  switch (header.type) {
    case codec::FrameType::message:
      if (header.payload_bytes == 0 || header.payload_bytes > sizes.message_bytes_max)
        return Error{Code::invalid_frame, "message length"};
      return header;
    case codec::FrameType::body:
    case codec::FrameType::chunk:
      if (header.payload_bytes <= offset_bytes || header.payload_bytes > sizes.data_bytes_max)
        return Error{Code::invalid_frame, "data length"};
      return header;
  }
  return Error{Code::invalid_frame, "frame type"};
}

}  // namespace weir::net::link
