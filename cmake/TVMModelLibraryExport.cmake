# SPDX-License-Identifier: Apache-2.0
#
# Export at configure time, keyed by content: a model whose key is the one of the last export costs nothing; one whose
# key is in the cache costs a copy.

include_guard(GLOBAL)

set(
  TVM_MODEL_LIBRARY_CACHE
  ""
  CACHE STRING
  "Folder that keeps exported models for other build folders, or OFF; empty: the environment variable \
TVM_MODEL_LIBRARY_CACHE_DIR, or tvm-model-library in the user's cache folder. It may be removed at any time"
)

# _tvm_cache_folder(<out>): the folder, which exists, or nothing.
function(_tvm_cache_folder out)
  set(${out} "" PARENT_SCOPE)
  set(folder "${TVM_MODEL_LIBRARY_CACHE}")
  if(folder STREQUAL "")
    if(NOT "$ENV{TVM_MODEL_LIBRARY_CACHE_DIR}" STREQUAL "")
      set(folder "$ENV{TVM_MODEL_LIBRARY_CACHE_DIR}")
    elseif(NOT "$ENV{XDG_CACHE_HOME}" STREQUAL "")
      set(folder "$ENV{XDG_CACHE_HOME}/tvm-model-library")
    elseif(NOT "$ENV{HOME}" STREQUAL "")
      set(folder "$ENV{HOME}/.cache/tvm-model-library")
    endif()
  endif()
  if(NOT folder) # OFF too
    return()
  endif()
  get_filename_component(folder "${folder}" ABSOLUTE BASE_DIR "${CMAKE_BINARY_DIR}")
  foreach(step IN ITEMS "make_directory;${folder}" "touch;${folder}/last_use")
    execute_process(
      COMMAND "${CMAKE_COMMAND}" -E ${step}
      RESULT_VARIABLE status
      ERROR_VARIABLE problem
      ERROR_STRIP_TRAILING_WHITESPACE
    )
    if(NOT status STREQUAL "0")
      message(
        WARNING
        "Models are compiled without a cache: ${folder} cannot be written (${problem}). Set TVM_MODEL_LIBRARY_CACHE "
        "to another folder, or to OFF."
      )
      return()
    endif()
  endforeach()
  set(${out} "${folder}" PARENT_SCOPE)
endfunction()

# _tvm_export(<name> <tree> MODEL <file> MODEL_NAME <id> [PARAMS <file>] [VECTORS <file>] [OPTIONS <option>...])
#
# Makes the build tree <tree> (archive, generated sources, manifest.cmake, key) what the model and the options say. The
# key holds the contents of the files and not their folders, so that another checkout finds them in the cache. OPTIONS
# go to `tvm-mlf export` as they are.
function(_tvm_export name tree)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "MODEL;MODEL_NAME;PARAMS;VECTORS" "OPTIONS")
  set(arguments "${arg_MODEL}" --model-name "${arg_MODEL_NAME}" ${arg_OPTIONS})
  _tvm_exporter_fingerprint(fingerprint)
  set(content "${fingerprint}\n${arg_MODEL_NAME}\n${arg_OPTIONS}\n$ENV{SOURCE_DATE_EPOCH}\n")
  foreach(keyword IN ITEMS MODEL PARAMS VECTORS)
    if(arg_${keyword})
      string(TOLOWER "--${keyword}" option)
      if(NOT keyword STREQUAL "MODEL")
        list(APPEND arguments "${option}" "${arg_${keyword}}")
      endif()
      set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${arg_${keyword}}")
      file(SHA256 "${arg_${keyword}}" hash)
      get_filename_component(file_name "${arg_${keyword}}" NAME)
      string(APPEND content "${option} ${file_name} ${hash}\n")
    endif()
  endforeach()
  string(SHA256 key "${content}")

  # A tree without its key is unfinished: the next build configures again.
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${tree}/key")
  if(EXISTS "${tree}/key" AND EXISTS "${tree}/manifest.cmake")
    file(READ "${tree}/key" last)
    if(last STREQUAL key)
      return()
    endif()
  endif()

  _tvm_cache_folder(cache)
  if(cache)
    set(entry "${cache}/${key}")
    # One of several builds exports; the others wait and find the entry.
    file(LOCK "${entry}.lock" GUARD FUNCTION TIMEOUT 1800 RESULT_VARIABLE locked)
    if(NOT locked STREQUAL "0")
      message(
        FATAL_ERROR
        "tvm_add_model_library(${name}): cannot lock ${entry}.lock: ${locked}. Another build may be stuck; "
        "-DTVM_MODEL_LIBRARY_CACHE=OFF builds without the cache"
      )
    endif()
    if(EXISTS "${entry}/key")
      message(STATUS "tvm_add_model_library(${name}): found in the cache")
      _tvm_synchronize("${entry}" "${tree}")
      return()
    endif()
  else()
    set(entry "${tree}.fresh")
  endif()

  # The name is new every time: an interrupted configure's exporter may still be writing under the old one.
  file(GLOB leftovers "${entry}.*.tmp")
  string(RANDOM LENGTH 12 suffix)
  set(unfinished "${entry}.${suffix}.tmp")
  file(REMOVE_RECURSE ${leftovers} "${entry}")
  _tvm_run_exporter("${name}" "${unfinished}" "${arg_MODEL_NAME}" ${arguments})
  file(WRITE "${unfinished}/key" "${key}")
  file(RENAME "${unfinished}" "${entry}")
  _tvm_synchronize("${entry}" "${tree}")
  if(NOT cache)
    file(REMOVE_RECURSE "${entry}")
  endif()
endfunction()

# _tvm_run_exporter(<name> <folder> <model name> <argument>...): exports into the new folder and unpacks the archive there;
# removes the folder again when that fails.
function(_tvm_run_exporter name folder model_name model)
  _tvm_exporter_command(exporter)
  file(MAKE_DIRECTORY "${folder}")
  message(STATUS "tvm_add_model_library(${name}): compiling ${model}")
  string(TIMESTAMP began "%s")
  execute_process(
    COMMAND ${exporter} export "${model}" ${ARGN} -o "${folder}/${model_name}.tar" --build-tree "${folder}"
    WORKING_DIRECTORY "${folder}"
    OUTPUT_VARIABLE output
    ERROR_VARIABLE output
    RESULT_VARIABLE status
    OUTPUT_STRIP_TRAILING_WHITESPACE
  )
  if(NOT status STREQUAL "0")
    file(REMOVE_RECURSE "${folder}")
    # Indented lines are not wrapped.
    string(REPLACE "\n" "\n  " output "${output}")
    message(
      FATAL_ERROR
      "tvm_add_model_library(${name}): ${model} cannot be compiled (status ${status}):\n  ${output}\n"
    )
  endif()
  file(ARCHIVE_EXTRACT INPUT "${folder}/${model_name}.tar" DESTINATION "${folder}/archive" TOUCH)
  string(TIMESTAMP ended "%s")
  math(EXPR seconds "${ended} - ${began}")
  message(STATUS "tvm_add_model_library(${name}): compiled in ${seconds} s")
endfunction()

# _tvm_synchronize(<from> <to>): makes <to> equal to <from>; files that did not change keep their time, so that only what
# changed is compiled again. The key goes first and comes last.
function(_tvm_synchronize from to)
  file(REMOVE "${to}/key")
  file(GLOB_RECURSE wanted LIST_DIRECTORIES FALSE RELATIVE "${from}" "${from}/*")
  file(GLOB_RECURSE present LIST_DIRECTORIES FALSE RELATIVE "${to}" "${to}/*")
  list(REMOVE_ITEM wanted key)
  foreach(file IN LISTS present)
    if(NOT file IN_LIST wanted)
      file(REMOVE "${to}/${file}")
    endif()
  endforeach()
  foreach(file IN LISTS wanted)
    get_filename_component(folder "${to}/${file}" DIRECTORY)
    file(MAKE_DIRECTORY "${folder}")
    file(COPY_FILE "${from}/${file}" "${to}/${file}" ONLY_IF_DIFFERENT)
  endforeach()
  file(COPY_FILE "${from}/key" "${to}/key")
endfunction()
