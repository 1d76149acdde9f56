#include "schema/dialect/image.hpp"

#include <algorithm>

namespace weir::dialect {

bool base64(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/' || c == '=';
  });
}

std::optional<ImagePart> image_of_url(std::string url) {
  if (url.starts_with("http://") || url.starts_with("https://"))
    return ImagePart{{}, {}, std::move(url)};
  constexpr std::string_view scheme = "data:", coding = ";base64,";
  const auto end = url.find(coding);
  const bool by_value = url.starts_with("data:image/") && end != std::string::npos;
  if (!by_value || !base64(std::string_view{url}.substr(end + coding.size()))) return std::nullopt;
  auto type = url.substr(scheme.size(), end - scheme.size());
  return ImagePart{std::move(type), url.substr(end + coding.size()), {}};
}

/// Three bytes are four letters of base64, so that these beginnings are those of the bytes.
std::string_view sniffed_type(std::string_view base64) {
  if (base64.starts_with("/9j/")) return "image/jpeg";        // FF D8 FF
  if (base64.starts_with("iVBORw0KGgo")) return "image/png";  // 89 P N G CR LF 1A LF
  if (base64.starts_with("R0lGOD")) return "image/gif";       // GIF8
  // RIFF, four bytes of length, WEBP: the letters from the eighth byte on.
  if (base64.starts_with("UklGR") && base64.size() >= 16 && base64.substr(11, 5) == "XRUJQ")
    return "image/webp";
  return "";
}

}  // namespace weir::dialect
