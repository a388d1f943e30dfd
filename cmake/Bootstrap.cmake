# SPDX-License-Identifier: Apache-2.0
#
# A virtual environment in the build folder, so that a fresh machine needs nothing but Python. For this project as the
# top-level one only: a consumer decides on its own environment.

# bootstrap_python(<requirements>): sets TVM_MODEL_LIBRARY_PYTHON to a Python that has all of <requirements>.
function(bootstrap_python requirements)
  if(TVM_MODEL_LIBRARY_PYTHON AND NOT TVM_MODEL_LIBRARY_PYTHON STREQUAL TVM_MODEL_LIBRARY_BOOTSTRAPPED)
    return() # the user's choice
  endif()
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${requirements}")
  set(environment "${CMAKE_BINARY_DIR}/venv")
  set(python "${environment}/bin/python")
  set(stamp "${environment}/complete")
  get_filename_component(folder "${requirements}" DIRECTORY)
  file(SHA256 "${requirements}" key)
  file(SHA256 "${folder}/requirements.txt" runtime_key)
  string(APPEND key "${runtime_key}")
  set(last "")
  if(EXISTS "${stamp}" AND EXISTS "${python}")
    file(READ "${stamp}" last)
  endif()
  if(NOT last STREQUAL key)
    find_package(Python3 3.10 REQUIRED COMPONENTS Interpreter)
    set(log "${CMAKE_BINARY_DIR}/venv.log")
    file(REMOVE "${stamp}")
    message(STATUS "Making a virtual environment in ${environment}")
    # --clear: an interrupted run may have left anything.
    _bootstrap_run("${log}" "${Python3_EXECUTABLE}" -m venv --clear "${environment}")
    message(STATUS "Installing apache-tvm and what else requirements-dev.txt names, about 200 MB (log: ${log})")
    _bootstrap_run(
      "${log}"
      "${python}"
      -m
      pip
      install
      --disable-pip-version-check
      --progress-bar
      on
      --log
      "${log}"
      -r
      "${requirements}"
    )
    file(WRITE "${stamp}" "${key}")
  endif()
  set(TVM_MODEL_LIBRARY_PYTHON "${python}" CACHE FILEPATH "The Python that compiles models" FORCE)
  set(TVM_MODEL_LIBRARY_BOOTSTRAPPED "${python}" CACHE INTERNAL "The Python that bootstrap_python made")
endfunction()

# Output goes to the terminal, as it comes: this is the long step.
function(_bootstrap_run log)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status)
  if(NOT status STREQUAL "0")
    list(JOIN ARGN " " command)
    message(
      FATAL_ERROR
      "`${command}` failed (${status}); its output is above and in ${log}.\n"
      "Python's venv module may be missing (Debian: apt-get install python3-venv), or the package index out of reach."
    )
  endif()
endfunction()
