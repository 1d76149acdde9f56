# Everything Weir links against, from Debian 12; found once, here.
find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(CapnProto REQUIRED)
find_package(simdjson REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(CLI11 REQUIRED)
find_package(doctest REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(prometheus-cpp REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(VECTORSCAN REQUIRED IMPORTED_TARGET libhs)
pkg_check_modules(SECCOMP REQUIRED IMPORTED_TARGET libseccomp)
pkg_check_modules(HWLOC REQUIRED IMPORTED_TARGET hwloc)
pkg_check_modules(SDBUS REQUIRED IMPORTED_TARGET sdbus-c++)

# Debian's libcaf-dev has no CMake package: import it once, here.
find_path(CAF_INCLUDE caf/all.hpp REQUIRED)
find_library(CAF_CORE caf_core REQUIRED)
add_library(caf::core UNKNOWN IMPORTED)
set_target_properties(caf::core PROPERTIES
  IMPORTED_LOCATION ${CAF_CORE}
  INTERFACE_INCLUDE_DIRECTORIES ${CAF_INCLUDE}
  INTERFACE_LINK_LIBRARIES Threads::Threads)

# Standalone Asio; its implementation is compiled once (actors/net/asio.cpp).
add_library(weir_asio INTERFACE)
target_compile_definitions(weir_asio INTERFACE ASIO_STANDALONE ASIO_NO_DEPRECATED
                                               ASIO_SEPARATE_COMPILATION)
target_link_libraries(weir_asio INTERFACE Threads::Threads)

# llhttp: three C sources that Debian ships in node-llhttp.
find_path(LLHTTP_SOURCES llhttp.c PATHS /usr/share/llhttp NO_DEFAULT_PATH)
find_path(LLHTTP_INCLUDE llhttp.h PATHS /usr/share/include/llhttp NO_DEFAULT_PATH)
if(NOT LLHTTP_SOURCES OR NOT LLHTTP_INCLUDE)
  message(FATAL_ERROR "llhttp not found: run .ci/setup, or install Debian's node-llhttp")
endif()
add_library(llhttp STATIC ${LLHTTP_SOURCES}/llhttp.c ${LLHTTP_SOURCES}/api.c
                          ${LLHTTP_SOURCES}/http.c)
target_include_directories(llhttp SYSTEM PUBLIC ${LLHTTP_INCLUDE})
