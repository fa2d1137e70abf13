set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_VERIFY_INTERFACE_HEADER_SETS ON)

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()
add_link_options(-fuse-ld=lld)

# -g1 keeps line numbers in crash reports at a tenth of the size and link time of -g.
add_compile_options(-g1 -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast
                    -Woverloaded-virtual -Wimplicit-fallthrough
                    -Wno-missing-designated-field-initializers -Werror)
add_compile_definitions(_GLIBCXX_ASSERTIONS)

if(CMAKE_BUILD_TYPE STREQUAL "Release")
  add_compile_options(-fstack-protector-strong -fstack-clash-protection)
  add_compile_definitions(_FORTIFY_SOURCE=2)
  add_link_options(-Wl,-z,relro -Wl,-z,now)
endif()

# What ships is optimized across files. Objects hold both forms, so that the many small programs of
# the tests link at once.
set(GATEHOUSE_LTO "")
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  set(GATEHOUSE_LTO -flto=thin -ffat-lto-objects)
endif()

if(GATEHOUSE_SANITIZER)
  add_compile_options(-fsanitize=${GATEHOUSE_SANITIZER} -fno-omit-frame-pointer
                      -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${GATEHOUSE_SANITIZER})
endif()
if(GATEHOUSE_FUZZERS)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
