#include "actors/telemetry/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <cstdlib>

namespace weir::telemetry {

void init_logging(const std::string& program, const std::string& level) {
  auto logger = spdlog::stderr_logger_mt(program);
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%e %n %l %v");
  const char* wanted = std::getenv("WEIR_LOG");
  const std::string name = wanted != nullptr ? wanted : level;
  const auto parsed = spdlog::level::from_str(name);
  logger->set_level(parsed == spdlog::level::off && name != "off" ? spdlog::level::info : parsed);
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
}

}  // namespace weir::telemetry
