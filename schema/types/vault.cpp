#include "schema/types/vault.hpp"

#include "schema/types/assert.hpp"

#include <algorithm>
#include <cstring>

namespace weir {
namespace {

/// Writes that no optimiser may leave out.
void overwrite(char* bytes, std::size_t size) {
  volatile char* place = bytes;
  for (std::size_t i = 0; i < size; ++i) place[i] = 0;
}

bool letter(char c) { return c >= 'a' && c <= 'z'; }

}  // namespace

void wipe(std::string& text) {
  overwrite(text.data(), text.size());
  text.clear();
}

Vault::Kept::Kept(std::string_view value, std::pmr::memory_resource* memory)
    : memory_{memory}, size_{value.size()}, bytes_{static_cast<char*>(memory->allocate(size_, 1))} {
  std::memcpy(bytes_, value.data(), size_);
}

Vault::Kept::~Kept() {
  overwrite(bytes_, size_);
  memory_->deallocate(bytes_, size_, 1);
}

Vault::Vault(std::string nonce, std::pmr::memory_resource* memory)
    : nonce_{std::move(nonce)}, memory_{memory} {
  WEIR_ASSERT(!nonce_.empty() && nonce_.size() <= nonce_bytes_max);
  WEIR_ASSERT(std::all_of(nonce_.begin(), nonce_.end(), letter));
}

std::string_view Vault::placeholder_for(Sensitive kind, std::string_view value) {
  return issue(index_of(kind), value);
}

std::string_view Vault::placeholder_for_text(std::string_view value) {
  return issue(text_kind, value);
}

std::string_view Vault::issue(std::size_t kind, std::string_view value) {
  if (const auto at = by_value_.find({kind, value}); at != by_value_.end())
    return at->second->placeholder;
  if (value.empty() || value.size() > value_bytes_max || entries_.size() >= entries_max) return {};
  std::string name{placeholder_open};
  name.append("PII:")
      .append(kind == text_kind ? "TEXT" : name_of(static_cast<Sensitive>(kind)))
      .append(":")
      .append(std::to_string(++counts_[kind]))
      .append(":")
      .append(nonce_)
      .append(placeholder_close);
  const auto& entry = entries_.emplace_back(std::move(name), value, memory_);
  by_value_.emplace(std::pair{kind, entry.kept.view()}, &entry);
  by_placeholder_.emplace(entry.placeholder, &entry);
  bytes_max_ = std::max(bytes_max_, entry.placeholder.size());
  return entry.placeholder;
}

std::optional<std::string_view> Vault::value_of(std::string_view placeholder) const {
  const auto at = by_placeholder_.find(placeholder);
  if (at == by_placeholder_.end()) return std::nullopt;
  return at->second->kept.view();
}

bool Vault::begins_one(std::string_view text) const {
  const auto at = by_placeholder_.upper_bound(text);
  return at != by_placeholder_.end() && at->first.starts_with(text);
}

}  // namespace weir
