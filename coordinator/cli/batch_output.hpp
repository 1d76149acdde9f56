// The file that a batch's answers go to: appended to, never rewritten, one writer at a time.
#pragma once

#include "coordinator/cli/batch_line.hpp"
#include "coordinator/cli/descriptor.hpp"
#include "schema/types/result.hpp"

#include <cstdint>
#include <functional>
#include <string>

namespace weir::cli {

class BatchOutput {
 public:
  /// Opens or creates `file` and locks it until the end; calls `on_answer` for each answer that
  /// stands in it. A last line that was torn by a killed run is cut off.
  /// errors  invalid_config: not a batch's output (it is then left as it is), not writable, the
  ///         same file as `input`, or another batch writes to it.
  static Result<BatchOutput> open(const std::string& file, const std::string& input,
                                  const std::function<void(const AnsweredLine&)>& on_answer);

  /// Appends a line that ends in a line feed. After a failure the file ends where it did before,
  /// as far as the system allows. errors  internal: the disk is full or gone.
  Result<Done> append(const std::string& line);
  /// Waits until what was written survives a power cut. errors  internal: it may not.
  Result<Done> sync() const;

  /// Differs from that of every other file, one of the same name that was deleted included, as far
  /// as the file system tells when a file was made.
  std::string identity() const;
  std::uint64_t cut_bytes() const { return cut_bytes_; }  ///< of a torn line at the start

 private:
  BatchOutput(Descriptor file, std::string name) : file_{std::move(file)}, name_{std::move(name)} {}
  Result<Done> scan(const std::function<void(const AnsweredLine&)>& on_answer);

  Descriptor file_;
  std::string name_;
  std::uint64_t size_ = 0, cut_bytes_ = 0;
};

}  // namespace weir::cli
