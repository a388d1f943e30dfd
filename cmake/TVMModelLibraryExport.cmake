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
# Makes the build tree <tree> (archive, generated sources, manifest.cmake, key) what the model and the options say, from
# the cache where that has it. OPTIONS go to `tvm-mlf export` as they are.
function(_tvm_export name tree)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "MODEL;MODEL_NAME;PARAMS;VECTORS" "OPTIONS")
  _tvm_watch(${arg_MODEL} ${arg_PARAMS} ${arg_VECTORS})
  _tvm_export_key(key)
  _tvm_read_key("${tree}" last list_line)
  if(last STREQUAL key)
    _tvm_tree_damage("${tree}" "${key}" damage)
    if(damage STREQUAL "")
      _tvm_watch_tree("${tree}")
      return()
    endif()
    message(STATUS "tvm_add_model_library(${name}): putting ${tree} right: ${damage}")
  endif()

  set(entry "${tree}.fresh")
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
    _tvm_take_entry("${name}" "${entry}" "${key}" "${tree}" taken)
    if(taken)
      return()
    endif()
  endif()

  # The name is new every time: an interrupted configure's exporter may still be writing under the old one.
  string(RANDOM LENGTH 12 suffix)
  set(fresh "${entry}.${suffix}.tmp")
  _tvm_remove_leftovers("${entry}")
  _tvm_run_exporter("${name}" "${fresh}" "${key}")
  if(cache)
    file(RENAME "${fresh}" "${entry}" RESULT result)
    if(result STREQUAL "0")
      set(fresh "${entry}")
    else()
      message(WARNING "tvm_add_model_library(${name}): the model cannot be kept as ${entry}: ${result}")
      set(cache "")
    endif()
  endif()
  _tvm_update_tree("${name}" "${fresh}" "${tree}")
  if(NOT cache)
    file(REMOVE_RECURSE "${fresh}")
  endif()
endfunction()

# _tvm_export_key(<out>): a hash of all that decides what the exporter makes; reads the arguments of _tvm_export. It holds
# the contents of files and not their folders, so that another checkout finds them in the cache.
function(_tvm_export_key out)
  _tvm_exporter_fingerprint(fingerprint)
  set(content "${fingerprint}\n${arg_MODEL_NAME}\n${arg_OPTIONS}\n$ENV{SOURCE_DATE_EPOCH}\n")
  foreach(keyword IN ITEMS MODEL PARAMS VECTORS)
    if(arg_${keyword})
      file(SHA256 "${arg_${keyword}}" hash)
      get_filename_component(file_name "${arg_${keyword}}" NAME)
      string(APPEND content "${keyword} ${file_name} ${hash}\n")
    endif()
  endforeach()
  string(SHA256 key "${content}")
  set(${out} "${key}" PARENT_SCOPE)
endfunction()

# _tvm_take_entry(<name> <entry> <key> <tree> <out>): brings the tree to what the cache's entry holds, where there is one
# that is whole; throws a damaged one away. Says in <out> whether it did the former.
function(
  _tvm_take_entry
  name
  entry
  key
  tree
  out
)
  set(${out} FALSE PARENT_SCOPE)
  if(NOT EXISTS "${entry}" AND NOT IS_SYMLINK "${entry}")
    return()
  endif()
  _tvm_tree_damage("${entry}" "${key}" damage)
  if(NOT damage STREQUAL "")
    message(STATUS "tvm_add_model_library(${name}): throwing the cache's entry ${entry} away: ${damage}")
    return()
  endif()
  message(STATUS "tvm_add_model_library(${name}): found in the cache")
  _tvm_update_tree("${name}" "${entry}" "${tree}")
  set(${out} TRUE PARENT_SCOPE)
endfunction()

# _tvm_remove_leftovers(<entry>): what interrupted exports and damage have left.
function(_tvm_remove_leftovers entry)
  _tvm_glob_pattern("${entry}" pattern)
  file(GLOB leftovers "${pattern}.*.tmp")
  _tvm_remove(${leftovers} "${entry}")
endfunction()

# _tvm_run_exporter(<name> <folder> <key>): exports into the new folder and unpacks the archive there, so that it is a
# whole tree with this key; removes the folder again when that fails. Reads the arguments of _tvm_export.
function(_tvm_run_exporter name folder key)
  set(arguments "${arg_MODEL}" --model-name "${arg_MODEL_NAME}" ${arg_OPTIONS})
  foreach(keyword IN ITEMS PARAMS VECTORS)
    if(arg_${keyword})
      string(TOLOWER "--${keyword}" option)
      list(APPEND arguments "${option}" "${arg_${keyword}}")
    endif()
  endforeach()
  set(archive "${folder}/${arg_MODEL_NAME}.tar")
  _tvm_exporter_command(exporter)
  file(MAKE_DIRECTORY "${folder}")
  message(STATUS "tvm_add_model_library(${name}): compiling ${arg_MODEL}")
  string(TIMESTAMP began "%s")
  execute_process(
    COMMAND ${exporter} export ${arguments} -o "${archive}" --build-tree "${folder}"
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
      "tvm_add_model_library(${name}): ${arg_MODEL} cannot be compiled (status ${status}):\n  ${output}\n"
    )
  endif()
  # A full disk makes this a warning; in newer CMake an error, which names the disk.
  file(ARCHIVE_EXTRACT INPUT "${archive}" DESTINATION "${folder}/archive" TOUCH)
  _tvm_write_key("${folder}" "${key}")
  _tvm_tree_damage("${folder}" "${key}" damage)
  _tvm_export_key(now)
  if(NOT damage STREQUAL "" OR NOT now STREQUAL key)
    file(REMOVE_RECURSE "${folder}")
  endif()
  if(NOT damage STREQUAL "")
    _tvm_not_written("${name}" "${folder}" "${damage}")
  elseif(NOT now STREQUAL key)
    message(
      FATAL_ERROR
      "tvm_add_model_library(${name}): ${arg_MODEL}, or another input, changed while it was compiled: configure again"
    )
  endif()
  string(TIMESTAMP ended "%s")
  math(EXPR seconds "${ended} - ${began}")
  message(STATUS "tvm_add_model_library(${name}): compiled in ${seconds} s")
endfunction()

# _tvm_update_tree(<name> <from> <to>): makes the build folder's tree <to> equal to the whole tree <from>.
function(_tvm_update_tree name from to)
  _tvm_synchronize("${from}" "${to}" problem)
  if(NOT problem STREQUAL "")
    file(REMOVE_RECURSE "${to}/key")
    _tvm_not_written("${name}" "${to}" "${problem}")
  endif()
  _tvm_watch_tree("${to}")
endfunction()

# _tvm_not_written(<name> <folder> <problem>): the error about files that a disk did not take.
function(_tvm_not_written name folder problem)
  message(
    FATAL_ERROR
    "tvm_add_model_library(${name}): ${folder} cannot be written whole: ${problem}. Is the disk full? Make room there, or "
    "take another: for the cache with -DTVM_MODEL_LIBRARY_CACHE=<folder> (OFF: none), for the build with another folder"
  )
endfunction()

# _tvm_watch(<file>...): has the next build configure again when one of the files changes. A file whose time is in the
# future is newer than all that a configure makes: with it, builds would configure without an end.
function(_tvm_watch)
  string(TIMESTAMP now "%s" UTC)
  math(EXPR latest "${now} + 2") # so much passes by itself, where the clocks of machines differ a little
  foreach(file IN LISTS ARGN)
    file(TIMESTAMP "${file}" time "%s" UTC)
    if(time AND time GREATER latest)
      file(TIMESTAMP "${file}" time)
      message(
        WARNING
        "${file} has a time in the future, ${time}: builds will not notice when it changes, since they would configure "
        "again and again. Run: ${CMAKE_COMMAND} -E touch \"${file}\""
      )
    else()
      set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${file}")
    endif()
  endforeach()
endfunction()

# _tvm_watch_tree(<tree>): has the next build configure again, which puts the tree right, when one of its files changes or
# is missing. Times in the future, which a clock that was set back leaves, are brought to the present.
function(_tvm_watch_tree tree)
  _tvm_tree_files("${tree}" files)
  string(TIMESTAMP now "%s" UTC)
  foreach(file IN LISTS files)
    file(TIMESTAMP "${file}" time "%s" UTC)
    if(time GREATER now)
      file(TOUCH_NOCREATE "${file}")
    endif()
  endforeach()
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${files})
endfunction()
