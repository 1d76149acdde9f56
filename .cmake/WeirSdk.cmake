# The C++ client as strangers get it: one archive, one header, `find_package(weir)`.

# What the client consists of; in the tree these are layers of their own.
set(WEIR_SDK_PARTS weir_client weir_net_http weir_net_tls weir_asio_once weir_types llhttp)

# It may become part of somebody's shared library, and shows nothing there.
set_target_properties(${WEIR_SDK_PARTS} PROPERTIES
  POSITION_INDEPENDENT_CODE ON C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden
  VISIBILITY_INLINES_HIDDEN ON)
foreach(part IN LISTS WEIR_SDK_PARTS)
  list(APPEND WEIR_SDK_OBJECTS $<TARGET_OBJECTS:${part}>)
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    target_compile_options(${part} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:-fno-gnu-unique>)
  endif()
endforeach()

# The header by its installed name, for programs in the tree that are written as a stranger's.
configure_file(${PROJECT_SOURCE_DIR}/coordinator/client/weir.hpp
               ${CMAKE_BINARY_DIR}/include/weir/client.hpp COPYONLY)
target_include_directories(weir_client INTERFACE ${CMAKE_BINARY_DIR}/include)

# One object that shows weir::client alone: another Asio or llhttp in the same program is no matter.
set(WEIR_SDK_OBJECT ${CMAKE_BINARY_DIR}/lib/weir_client.o)
add_custom_command(
  OUTPUT ${WEIR_SDK_OBJECT}
  COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/lib
  COMMAND ${CMAKE_LINKER} -r --force-group-allocation -o ${WEIR_SDK_OBJECT} ${WEIR_SDK_OBJECTS}
  COMMAND ${CMAKE_OBJCOPY} --strip-debug --wildcard --keep-global-symbol=_ZN4weir6client*
          --keep-global-symbol=_ZNK4weir6client* ${WEIR_SDK_OBJECT}
  DEPENDS ${WEIR_SDK_OBJECTS}
  COMMAND_EXPAND_LISTS VERBATIM)
set_source_files_properties(${WEIR_SDK_OBJECT} PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)
add_library(weir_sdk STATIC ${WEIR_SDK_OBJECT})
add_dependencies(weir_sdk ${WEIR_SDK_PARTS})
set_target_properties(weir_sdk PROPERTIES
  OUTPUT_NAME weir_client EXPORT_NAME client LINKER_LANGUAGE CXX
  ARCHIVE_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
target_compile_features(weir_sdk INTERFACE cxx_std_17)
target_link_libraries(weir_sdk INTERFACE OpenSSL::SSL OpenSSL::Crypto Threads::Threads)

# `cmake --install build --prefix P` installs the programs too, `--component sdk` this alone.
include(CMakePackageConfigHelpers)
set(WEIR_CONFIG_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/weir)
configure_package_config_file(${PROJECT_SOURCE_DIR}/.cmake/weirConfig.cmake.in
                              ${CMAKE_BINARY_DIR}/weirConfig.cmake
                              INSTALL_DESTINATION ${WEIR_CONFIG_DIR})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/weirConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
install(TARGETS weir_sdk EXPORT weir COMPONENT sdk ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
        INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT weir NAMESPACE weir:: FILE weirTargets.cmake DESTINATION ${WEIR_CONFIG_DIR}
        COMPONENT sdk)
install(FILES ${CMAKE_BINARY_DIR}/weirConfig.cmake ${CMAKE_BINARY_DIR}/weirConfigVersion.cmake
        DESTINATION ${WEIR_CONFIG_DIR} COMPONENT sdk)
install(FILES ${PROJECT_SOURCE_DIR}/coordinator/client/weir.hpp
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/weir RENAME client.hpp COMPONENT sdk)
