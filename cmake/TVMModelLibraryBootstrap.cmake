# SPDX-License-Identifier: Apache-2.0
#
# TVM_MODEL_LIBRARY_BOOTSTRAP: a virtual environment in the build folder, so that a fresh machine needs nothing but Python.

include_guard(GLOBAL)

# _tvm_environment_state(<environment> <requirements> <out-key> <out-python>): a hash of the requirements, and the
# environment's Python where it was finished for just them.
function(_tvm_environment_state environment requirements out_key out_python)
  set(${out_python} "" PARENT_SCOPE)
  get_filename_component(folder "${requirements}" DIRECTORY)
  set(hashes "")
  foreach(file IN ITEMS "${requirements}" "${folder}/requirements.txt") # which the other may include
    file(SHA256 "${file}" hash)
    string(APPEND hashes "${hash}")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${file}")
  endforeach()
  set(${out_key} "${hashes}" PARENT_SCOPE)
  set(python "${environment}/bin/python")
  # Written last: without it an environment counts as unfinished.
  if(EXISTS "${environment}/complete" AND EXISTS "${python}")
    file(READ "${environment}/complete" last)
    if(last STREQUAL hashes)
      set(${out_python} "${python}" PARENT_SCOPE)
    endif()
  endif()
endfunction()

# _tvm_make_environment(<base Python> <environment> <requirements> <out-python>)
function(_tvm_make_environment base environment requirements out_python)
  # Two configures of one folder at the same time: the second finds what the first has made.
  file(LOCK "${environment}.lock" GUARD FUNCTION)
  _tvm_environment_state("${environment}" "${requirements}" key python)
  if(python STREQUAL "")
    set(python "${environment}/bin/python")
    set(log "${environment}.log")
    message(STATUS "Making a virtual environment in ${environment}")
    # What an interrupted run or other pins left goes first, the stamp with it.
    file(REMOVE_RECURSE "${environment}")
    _tvm_bootstrap_step("${log}" "${base}" -m venv "${environment}")
    message(STATUS "Installing apache-tvm and the other pinned packages, some 150 MB to download (log: ${log})")
    # --no-deps: the file names all there is to install, with its hashes, and nothing else gets in.
    set(
      options
      --disable-pip-version-check
      --no-deps
      --only-binary
      ":all:"
      --require-hashes
      --log
      "${log}"
    )
    _tvm_bootstrap_step(
      "${log}"
      "${python}"
      -m
      pip
      install
      ${options}
      -r
      "${requirements}"
    )
    file(WRITE "${environment}/complete" "${key}")
  endif()
  set(${out_python} "${python}" PARENT_SCOPE)
endfunction()

# Output goes to the terminal as it comes: this is the long step.
function(_tvm_bootstrap_step log)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status)
  if(NOT status STREQUAL "0")
    list(JOIN ARGN "\" \"" command)
    message(
      FATAL_ERROR
      "This command failed (${status}); its output is above and in ${log}:\n"
      "  \"${command}\"\n"
      "Python's venv module may be missing (Debian: apt-get install python3-venv), or the package index out of reach."
    )
  endif()
endfunction()
