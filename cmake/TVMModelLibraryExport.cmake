# SPDX-License-Identifier: Apache-2.0
#
# Export at configure time, keyed by content: a model whose key is the one of the last export costs nothing; one whose
# key is in the cache costs a copy.

include_guard(GLOBAL)

if(DEFINED ENV{TVM_MODEL_LIBRARY_CACHE_DIR})
  set(_tvm_default_cache "$ENV{TVM_MODEL_LIBRARY_CACHE_DIR}")
elseif(DEFINED ENV{XDG_CACHE_HOME})
  set(_tvm_default_cache "$ENV{XDG_CACHE_HOME}/tvm-model-library")
elseif(DEFINED ENV{HOME})
  set(_tvm_default_cache "$ENV{HOME}/.cache/tvm-model-library")
else()
  set(_tvm_default_cache OFF)
endif()
set(
  TVM_MODEL_LIBRARY_CACHE
  "${_tvm_default_cache}"
  CACHE PATH
  "Folder that keeps exported models for other build folders, or OFF"
)

# _tvm_export(<name> <tree> MODEL <file> MODEL_NAME <id> [PARAMS <file>] [VECTORS <file>] [OPTIONS <option>...])
#
# Makes the build tree <tree> (archive, generated sources, manifest.cmake) what the model and the options say. The key
# holds the contents of the files and not their folders, so that another checkout finds them in the cache. OPTIONS go to
# `tvm-mlf export` as they are.
function(_tvm_export name tree)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "MODEL;MODEL_NAME;PARAMS;VECTORS" "OPTIONS")
  _tvm_exporter(exporter exporter_files fingerprint)
  set(file_options "")
  set(files "${arg_MODEL}")
  foreach(keyword IN ITEMS PARAMS VECTORS)
    if(arg_${keyword})
      string(TOLOWER "--${keyword}" option)
      list(APPEND file_options "${option}" "${arg_${keyword}}")
      list(APPEND files "${arg_${keyword}}")
    endif()
  endforeach()
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${files} ${exporter_files})

  set(content "${fingerprint}\n${arg_MODEL_NAME}\n$ENV{SOURCE_DATE_EPOCH}\n")
  foreach(option IN LISTS arg_OPTIONS)
    string(APPEND content "${option}\n")
  endforeach()
  foreach(file IN LISTS files)
    file(SHA256 "${file}" hash)
    get_filename_component(file_name "${file}" NAME)
    string(APPEND content "${file_name} ${hash}\n")
  endforeach()
  string(SHA256 key "${content}")

  if(EXISTS "${tree}/key" AND EXISTS "${tree}/manifest.cmake")
    file(READ "${tree}/key" last)
    if(last STREQUAL key)
      return()
    endif()
  endif()

  string(RANDOM LENGTH 12 suffix)
  set(fresh "${tree}.${suffix}.tmp")
  if(TVM_MODEL_LIBRARY_CACHE)
    set(entry "${TVM_MODEL_LIBRARY_CACHE}/${key}")
    file(MAKE_DIRECTORY "${TVM_MODEL_LIBRARY_CACHE}")
    # One of several builds exports; the others wait and find the entry.
    file(LOCK "${entry}.lock" GUARD FUNCTION TIMEOUT 1800 RESULT_VARIABLE locked)
    if(NOT locked STREQUAL "0")
      message(FATAL_ERROR "tvm_add_model_library(${name}): cannot lock ${entry}.lock: ${locked}")
    endif()
    if(NOT EXISTS "${entry}/key")
      _tvm_run_exporter("${name}" "${entry}.${suffix}.tmp" "${key}")
      file(REMOVE_RECURSE "${entry}")
      file(RENAME "${entry}.${suffix}.tmp" "${entry}")
    else()
      message(STATUS "tvm_add_model_library(${name}): found in the cache")
    endif()
    _tvm_synchronize("${entry}" "${tree}")
  else()
    _tvm_run_exporter("${name}" "${fresh}" "${key}")
    _tvm_synchronize("${fresh}" "${tree}")
    file(REMOVE_RECURSE "${fresh}")
  endif()
endfunction()

# Exports into the new folder <fresh>, archive unpacked and key written; removes it again when that fails.
macro(_tvm_run_exporter name fresh key)
  file(MAKE_DIRECTORY "${fresh}")
  message(STATUS "tvm_add_model_library(${name}): compiling ${arg_MODEL}")
  string(TIMESTAMP began "%s")
  execute_process(
    COMMAND
      ${exporter} export "${arg_MODEL}" --model-name "${arg_MODEL_NAME}" ${file_options} ${arg_OPTIONS} -o
      "${fresh}/${arg_MODEL_NAME}.tar" --build-tree "${fresh}"
    WORKING_DIRECTORY "${fresh}"
    OUTPUT_VARIABLE output
    ERROR_VARIABLE errors
    RESULT_VARIABLE status
    OUTPUT_STRIP_TRAILING_WHITESPACE
    ERROR_STRIP_TRAILING_WHITESPACE
  )
  if(NOT status STREQUAL "0")
    file(REMOVE_RECURSE "${fresh}")
    message(FATAL_ERROR "tvm_add_model_library(${name}): ${errors}${output} (status ${status})")
  endif()
  file(ARCHIVE_EXTRACT INPUT "${fresh}/${arg_MODEL_NAME}.tar" DESTINATION "${fresh}/archive" TOUCH)
  file(WRITE "${fresh}/key" "${key}")
  string(TIMESTAMP ended "%s")
  math(EXPR seconds "${ended} - ${began}")
  message(STATUS "tvm_add_model_library(${name}): compiled in ${seconds} s")
endmacro()

# _tvm_synchronize(<from> <to>): makes <to> equal to <from>; files that did not change keep their time, so that only what
# changed is compiled again. An interruption leaves <to> without its key: the next configure starts over.
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
