// Images of chat messages.
#pragma once

#include "schema/dialect/chat.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace weir::dialect {

/// Whether it is some base64, by its letters. O(text).
bool base64(std::string_view text);
/// An image by http(s): or data: URL; absent where `url` is neither. O(url).
std::optional<ImagePart> image_of_url(std::string url);
/// The media type of an image by its first bytes in base64: JPEG, PNG, GIF or WebP; empty for
/// others. O(1).
std::string_view sniffed_type(std::string_view base64);

}  // namespace weir::dialect
