# SPDX-License-Identifier: Apache-2.0
#
# A virtual environment in the build folder, so that a fresh machine needs nothing but Python. For this project as the
# top-level one only: a consumer decides on its own environment.

include_guard(GLOBAL)

# bootstrap_python(<source folder> <requirements>): sets TVM_MODEL_LIBRARY_PYTHON to a Python that has what the file
# <requirements> names: the user's choice, the one that CMake finds, or that of a new virtual environment.
function(bootstrap_python source requirements)
  if(TVM_MODEL_LIBRARY_PYTHON AND NOT TVM_MODEL_LIBRARY_PYTHON STREQUAL TVM_MODEL_LIBRARY_BOOTSTRAPPED)
    return()
  endif()
  set(files "${source}/${requirements}" "${source}/requirements.txt")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${files})
  set(key "")
  foreach(file IN LISTS files)
    file(SHA256 "${file}" hash)
    string(APPEND key "${hash}")
  endforeach()

  set(environment "${CMAKE_BINARY_DIR}/venv")
  set(python "${environment}/bin/python")
  # Written last: without it an environment counts as unfinished.
  set(stamp "${environment}/complete")
  set(last "")
  if(EXISTS "${stamp}" AND EXISTS "${python}")
    file(READ "${stamp}" last)
  endif()
  if(NOT last STREQUAL key)
    find_package(Python3 3.10 REQUIRED COMPONENTS Interpreter)
    execute_process(
      COMMAND "${Python3_EXECUTABLE}" "${source}/cmake/check_python.py" "${source}/python" "${source}/${requirements}"
      OUTPUT_VARIABLE problem
      ERROR_VARIABLE problem
      RESULT_VARIABLE status
      OUTPUT_STRIP_TRAILING_WHITESPACE
    )
    if(status STREQUAL "0")
      message(STATUS "Using ${Python3_EXECUTABLE}, which has what ${requirements} names")
      set(TVM_MODEL_LIBRARY_PYTHON "${Python3_EXECUTABLE}" CACHE FILEPATH "The Python that compiles models" FORCE)
      return()
    endif()
    message(STATUS "Not using ${Python3_EXECUTABLE}: ${problem}")
    _bootstrap_environment("${environment}" "${python}" "${source}/${requirements}")
    file(WRITE "${stamp}" "${key}")
  endif()
  set(TVM_MODEL_LIBRARY_PYTHON "${python}" CACHE FILEPATH "The Python that compiles models" FORCE)
  set(TVM_MODEL_LIBRARY_BOOTSTRAPPED "${python}" CACHE INTERNAL "The Python that bootstrap_python made")
endfunction()

function(_bootstrap_environment environment python requirements)
  set(log "${CMAKE_BINARY_DIR}/venv.log")
  message(STATUS "Making a virtual environment in ${environment}")
  # What an interrupted run or other pins left goes first, the stamp with it.
  file(REMOVE_RECURSE "${environment}")
  _bootstrap_run("${log}" "${Python3_EXECUTABLE}" -m venv "${environment}")
  message(STATUS "Installing apache-tvm and the other pinned packages, some 150 MB to download (log: ${log})")
  # --no-deps: the file names all there is to install, and nothing else gets in.
  _bootstrap_run(
    "${log}"
    "${python}"
    -m
    pip
    install
    --disable-pip-version-check
    --no-deps
    --only-binary
    ":all:"
    --log
    "${log}"
    -r
    "${requirements}"
  )
endfunction()

# Output goes to the terminal as it comes: this is the long step.
function(_bootstrap_run log)
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
