# gatehouse_embed_assets(<target>)
#
# Builds the web files and puts them into <target>, which then defines
# gatehouse::server::embedded_assets(). Three steps, each done again only when its input changed:
#   npm ci             after web/package-lock.json
#   web/build.mjs      after any file of web/
#   embed_assets.py    after web/build.mjs: compresses the files and writes the table
set(GATEHOUSE_WEB_DIR ${PROJECT_SOURCE_DIR}/web CACHE PATH "The sources of the web files")

# What the bundles are made from: all of web/ but its packages.
function(gatehouse_web_sources result)
  file(GLOB entries LIST_DIRECTORIES true CONFIGURE_DEPENDS ${GATEHOUSE_WEB_DIR}/*)
  set(sources)
  foreach(entry IN LISTS entries)
    if(NOT IS_DIRECTORY ${entry})
      list(APPEND sources ${entry})
    elseif(NOT entry MATCHES "/node_modules$")
      file(GLOB_RECURSE files CONFIGURE_DEPENDS ${entry}/*)
      list(APPEND sources ${files})
    endif()
  endforeach()
  set(${result} ${sources} PARENT_SCOPE)
endfunction()

function(gatehouse_embed_assets target)
  find_program(NODE node REQUIRED)
  find_program(NPM npm REQUIRED)
  find_program(BROTLI brotli REQUIRED)
  find_package(Python3 REQUIRED COMPONENTS Interpreter)
  set(output ${CMAKE_CURRENT_BINARY_DIR}/embedded_assets.cpp)
  set(bundles ${CMAKE_CURRENT_BINARY_DIR}/web)
  set(embed ${PROJECT_SOURCE_DIR}/tools/embed_assets.py)
  gatehouse_web_sources(sources)
  # What the server answers from until its operator names a folder: under /documents in the table.
  set(documents ${PROJECT_SOURCE_DIR}/share/documents)
  file(GLOB document_files CONFIGURE_DEPENDS ${documents}/*)
  # The rules of the guard and their automata, under /rules in the table.
  set(rules ${PROJECT_SOURCE_DIR}/rules)
  file(GLOB_RECURSE rule_files CONFIGURE_DEPENDS ${rules}/*.toml)
  set(compiled_rules ${CMAKE_CURRENT_BINARY_DIR}/compiled_rules.bin)
  add_custom_command(
    OUTPUT ${compiled_rules}
    COMMAND gatehouse-scan --compile ${rules} > ${compiled_rules}
    DEPENDS gatehouse-scan ${rule_files}
    COMMENT "Compiling the rules of the guard"
    VERBATIM)
  set(openapi ${PROJECT_SOURCE_DIR}/share/openapi.json)
  # What new passwords may not be: under /passwords in the table.
  set(passwords ${PROJECT_SOURCE_DIR}/tools/common_passwords.mjs)

  # Beside the packages it stands for: they are shared by all presets, and by ./dev.
  set(stamp ${GATEHOUSE_WEB_DIR}/node_modules/.gatehouse-stamp)
  add_custom_command(
    OUTPUT ${stamp}
    COMMAND ${NPM} ci --prefix ${GATEHOUSE_WEB_DIR} --no-audit --no-fund
    COMMAND ${CMAKE_COMMAND} -E make_directory ${GATEHOUSE_WEB_DIR}/node_modules
    COMMAND ${CMAKE_COMMAND} -E touch ${stamp}
    DEPENDS ${GATEHOUSE_WEB_DIR}/package-lock.json
    COMMENT "Installing the npm packages of web/package-lock.json"
    VERBATIM)
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -E rm -rf ${bundles}
    COMMAND ${NODE} ${GATEHOUSE_WEB_DIR}/build.mjs --out ${bundles}
    COMMAND ${CMAKE_COMMAND} -E copy_directory ${documents} ${bundles}/documents
    COMMAND ${CMAKE_COMMAND} -E copy ${openapi} ${bundles}
    COMMAND ${CMAKE_COMMAND} -Drules=${rules} -Dto=${bundles}/rules
            -P ${PROJECT_SOURCE_DIR}/cmake/copy_rules.cmake
    COMMAND ${CMAKE_COMMAND} -E copy ${compiled_rules} ${bundles}/rules/compiled.bin
    COMMAND ${NODE} ${passwords} ${GATEHOUSE_WEB_DIR} ${bundles}/passwords/common.bin
    COMMAND Python3::Interpreter ${embed} ${bundles} ${output}
    DEPENDS ${stamp} ${sources} ${embed} ${document_files} ${openapi} ${compiled_rules}
            ${passwords}
    COMMENT "Building and embedding the web files"
    VERBATIM)
  # The table carries a hash of every file, so a compiler cache that doesn't know #embed can't
  # give back an object with old files in it.
  set_source_files_properties(${output} PROPERTIES COMPILE_OPTIONS -Wno-c23-extensions)
  target_sources(${target} PRIVATE ${output})
endfunction()
