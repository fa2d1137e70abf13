# gatehouse_layer(<name> [LINKS <layers>...] [PRIVATE_LINKS <libraries>...] [TEST_LINKS ...])
#
# Makes one folder one target, gatehouse::<name>, with an include root of its own. Files are found
# by their names:
#   include/gatehouse/<path>/*.hpp   what others may include
#   *.cpp, *.hpp                     the layer itself
#   *_test.cpp                       its tests, one program with GoogleTest
#   *_bench.cpp                      its micro-benchmarks, one program with Google Benchmark
#   *_fuzz.cpp                       a libFuzzer program each, corpus in tests/corpora/<program>
# LINKS are what the headers of the layer need and what its users then may include too;
# PRIVATE_LINKS stay inside.
# FOLDERS are sub-folders whose sources belong to the layer too.
# A folder that is not listed can't be included: its include root is not on the command line.
function(gatehouse_layer name)
  cmake_parse_arguments(ARG "" "" "LINKS;PRIVATE_LINKS;TEST_LINKS;FOLDERS" ${ARGN})
  set(patterns *.cpp)
  foreach(folder IN LISTS ARG_FOLDERS)
    list(APPEND patterns ${folder}/*.cpp)
  endforeach()
  file(GLOB sources CONFIGURE_DEPENDS ${patterns})
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS include/*.hpp)
  set(tests ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  set(benches ${sources})
  list(FILTER benches INCLUDE REGEX "_bench\\.cpp$")
  set(fuzzers ${sources})
  list(FILTER fuzzers INCLUDE REGEX "_fuzz\\.cpp$")
  list(FILTER sources EXCLUDE REGEX "_(test|bench|fuzz)\\.cpp$")

  set(target gatehouse_${name})
  if(sources)
    add_library(${target} STATIC ${sources})
    target_compile_options(${target} PRIVATE ${GATEHOUSE_LTO})
    set(visibility PUBLIC)
    target_link_libraries(${target} PRIVATE ${ARG_PRIVATE_LINKS})
  else()
    add_library(${target} INTERFACE)
    set(visibility INTERFACE)
  endif()
  add_library(gatehouse::${name} ALIAS ${target})
  target_sources(${target} ${visibility} FILE_SET HEADERS BASE_DIRS include FILES ${headers})
  target_link_libraries(${target} ${visibility} ${ARG_LINKS})

  if(GATEHOUSE_TESTS AND tests)
    add_executable(${target}_test ${tests})
    target_link_libraries(${target}_test PRIVATE ${target} ${ARG_PRIVATE_LINKS} ${ARG_TEST_LINKS}
                          GTest::gmock GTest::gtest_main)
    target_include_directories(${target}_test PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
    gtest_discover_tests(${target}_test TEST_PREFIX ${name}. DISCOVERY_MODE PRE_TEST
                         PROPERTIES TIMEOUT 120 LABELS unit)
  endif()
  if(GATEHOUSE_BENCHES AND benches)
    add_executable(${target}_bench ${benches})
    target_link_libraries(${target}_bench PRIVATE ${target} ${ARG_PRIVATE_LINKS} ${ARG_TEST_LINKS}
                          benchmark::benchmark_main)
    target_include_directories(${target}_bench PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  endif()
  foreach(fuzzer IN LISTS fuzzers)
    gatehouse_fuzzer(${target} ${fuzzer})
  endforeach()
endfunction()

# A fuzz target is built in every preset: without libFuzzer it links a main that replays the corpus
# as a test.
function(gatehouse_fuzzer layer source)
  get_filename_component(program ${source} NAME_WE)
  if(GATEHOUSE_FUZZERS)
    add_executable(${program} ${source})
    target_link_options(${program} PRIVATE -fsanitize=fuzzer)
  elseif(GATEHOUSE_TESTS)
    add_executable(${program} ${source} ${PROJECT_SOURCE_DIR}/tests/support/replay_corpus.cpp)
    add_test(NAME fuzz.${program} COMMAND ${program} ${PROJECT_SOURCE_DIR}/tests/corpora/${program})
    set_tests_properties(fuzz.${program} PROPERTIES LABELS unit TIMEOUT 120)
  else()
    return()
  endif()
  target_link_libraries(${program} PRIVATE ${layer} ${ARG_PRIVATE_LINKS} ${ARG_TEST_LINKS})
  target_include_directories(${program} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
endfunction()
