# One folder, one target. The allowed arrows between targets are the `USES` of each; a cycle
# fails configure, and tests/tidy checks the same arrows at every #include.

function(weir_compile_options target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion
                         -Wno-sign-conversion $<$<BOOL:${WEIR_WERROR}>:-Werror>)
endfunction()

# weir_layer(NAME DIR folder [USES public…] [HIDES private…]): the sources of `folder`, not of
# its subfolders. `HIDES` never shows in the layer's headers.
function(weir_layer name)
  cmake_parse_arguments(L "" "DIR" "USES;HIDES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${L_DIR}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
  if(sources)
    add_library(weir_${name} STATIC ${sources})
    weir_compile_options(weir_${name})
    target_include_directories(weir_${name} PUBLIC ${PROJECT_SOURCE_DIR})
    target_link_libraries(weir_${name} PUBLIC ${L_USES} PRIVATE ${L_HIDES})
  else()
    add_library(weir_${name} INTERFACE)
    target_include_directories(weir_${name} INTERFACE ${PROJECT_SOURCE_DIR})
    target_link_libraries(weir_${name} INTERFACE ${L_USES})
  endif()
  add_library(weir::${name} ALIAS weir_${name})
endfunction()

# weir_program(NAME MAIN file USES targets…): a program, installed unless NOT_INSTALLED.
function(weir_program name)
  cmake_parse_arguments(P "NOT_INSTALLED" "MAIN" "USES" ${ARGN})
  add_executable(${name} ${PROJECT_SOURCE_DIR}/${P_MAIN})
  weir_compile_options(${name})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${P_USES})
  if(NOT P_NOT_INSTALLED)
    install(TARGETS ${name} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR}
            COMPONENT programs)
  endif()
endfunction()

# weir_test(NAME DIR folder USES targets…): every *_test.cpp of a folder as one doctest program.
function(weir_test name)
  cmake_parse_arguments(T "" "DIR" "USES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${T_DIR}/*_test.cpp)
  if(NOT sources)
    return()
  endif()
  add_executable(test_${name} ${PROJECT_SOURCE_DIR}/tests/main.cpp ${sources})
  weir_compile_options(test_${name})
  target_include_directories(test_${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_compile_definitions(test_${name} PRIVATE WEIR_ROOT="${PROJECT_SOURCE_DIR}")
  target_link_libraries(test_${name} PRIVATE doctest::doctest ${T_USES})
  add_test(NAME ${name} COMMAND test_${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT 120)
endfunction()

# weir_fuzz(NAME USES targets…): tests/fuzz/NAME_fuzz.cpp. With WEIR_FUZZ a libFuzzer program;
# otherwise it replays its corpus as a test.
function(weir_fuzz name)
  cmake_parse_arguments(F "" "" "USES" ${ARGN})
  set(source ${PROJECT_SOURCE_DIR}/tests/fuzz/${name}_fuzz.cpp)
  if(NOT EXISTS ${source})
    return()
  endif()
  add_executable(fuzz_${name} ${source})
  weir_compile_options(fuzz_${name})
  target_include_directories(fuzz_${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(fuzz_${name} PRIVATE ${F_USES})
  if(WEIR_FUZZ)
    target_compile_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  else()
    target_sources(fuzz_${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests/fuzz/replay_main.cpp)
    add_test(NAME fuzz_${name}
             COMMAND fuzz_${name} ${PROJECT_SOURCE_DIR}/tests/fuzz/corpus/${name})
    set_tests_properties(fuzz_${name} PROPERTIES TIMEOUT 120)
  endif()
endfunction()
