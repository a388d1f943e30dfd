# SPDX-License-Identifier: Apache-2.0
#
# The Python that runs the exporter, and what its results depend on besides the model. Nothing here starts Python
# when a former configure has found the answer.

include_guard(GLOBAL)

# _tvm_python_path(<root> <out>): what has to be on Python's path to find the package. In the source tree and under an
# install prefix it lies in python/; a wheel's Python finds it by itself.
function(_tvm_python_path root out)
  set(${out} "" PARENT_SCOPE)
  if(EXISTS "${root}/python/tvm_model_library")
    set(${out} "${root}/python" PARENT_SCOPE)
  endif()
endfunction()

# _tvm_find_python(<root>): sets TVM_MODEL_LIBRARY_PYTHON and checks it, or stops with the line that mends it.
function(_tvm_find_python root)
  if(NOT TVM_MODEL_LIBRARY_PYTHON)
    set(python "$ENV{TVM_MODEL_LIBRARY_PYTHON}")
    if(NOT python)
      _tvm_python_of_wheel("${root}" python)
    endif()
    if(NOT python)
      find_package(Python3 3.10 COMPONENTS Interpreter QUIET)
      set(python "${Python3_EXECUTABLE}")
    endif()
    if(NOT python)
      message(FATAL_ERROR "TVMModelLibrary needs Python 3.10 or newer: install it, or set TVM_MODEL_LIBRARY_PYTHON")
    endif()
    set(TVM_MODEL_LIBRARY_PYTHON "${python}" CACHE FILEPATH "The Python that compiles models" FORCE)
  endif()
  if(TVM_MODEL_LIBRARY_CHECKED STREQUAL "${TVM_MODEL_LIBRARY_PYTHON}" AND EXISTS "${TVM_MODEL_LIBRARY_TVM_METADATA}")
    return()
  endif()

  unset(TVM_MODEL_LIBRARY_CHECKED CACHE)
  _tvm_python_path("${root}" path)
  execute_process(
    COMMAND "${TVM_MODEL_LIBRARY_PYTHON}" "${root}/cmake/check_python.py" "${path}"
    OUTPUT_VARIABLE answer
    ERROR_VARIABLE problem
    RESULT_VARIABLE status
    OUTPUT_STRIP_TRAILING_WHITESPACE
    ERROR_STRIP_TRAILING_WHITESPACE
  )
  if(NOT status MATCHES "^[0-9]+$")
    message(
      FATAL_ERROR
      "TVMModelLibrary cannot start the Python ${TVM_MODEL_LIBRARY_PYTHON}: ${status}. Set TVM_MODEL_LIBRARY_PYTHON to "
      "another, or let CMake find one: cmake -U TVM_MODEL_LIBRARY_PYTHON \"${CMAKE_BINARY_DIR}\""
    )
  elseif(NOT status STREQUAL "0" AND path STREQUAL "" AND answer MATCHES "lacks tvm-model-library")
    _tvm_python_of_wheel("${root}" python)
    message(
      FATAL_ERROR
      "TVMModelLibrary cannot use the Python ${TVM_MODEL_LIBRARY_PYTHON}: ${answer}. Set TVM_MODEL_LIBRARY_PYTHON to the "
      "one that this package is installed for: \"${python}\""
    )
  elseif(NOT status STREQUAL "0")
    message(
      FATAL_ERROR
      "TVMModelLibrary cannot use the Python ${TVM_MODEL_LIBRARY_PYTHON}: ${answer}${problem}. Run:\n"
      "  \"${TVM_MODEL_LIBRARY_PYTHON}\" -m pip install -r \"${root}/requirements.txt\"\n"
      "or set TVM_MODEL_LIBRARY_PYTHON to a Python that has them."
    )
  endif()
  set(TVM_MODEL_LIBRARY_TVM_METADATA "${answer}" CACHE INTERNAL "Says which apache-tvm it is")
  set(TVM_MODEL_LIBRARY_CHECKED "${TVM_MODEL_LIBRARY_PYTHON}" CACHE INTERNAL "The Python that was checked")
endfunction()

# _tvm_python_of_wheel(<root> <out>): the Python of the environment whose site-packages holds <root>, or nothing.
function(_tvm_python_of_wheel root out)
  set(${out} "" PARENT_SCOPE)
  if(EXISTS "${root}/__init__.py")
    foreach(candidate IN ITEMS "${root}/../../../../bin/python3" "${root}/../../../Scripts/python.exe")
      # Not REALPATH: it is by its own path that a virtual environment's Python finds its packages.
      get_filename_component(python "${candidate}" ABSOLUTE)
      if(EXISTS "${python}")
        set(${out} "${python}" PARENT_SCOPE)
        return()
      endif()
    endforeach()
  endif()
endfunction()

# _tvm_exporter_command(<out>): how to run `tvm-mlf`. By its path: -m would import what lies in the folder where it runs.
function(_tvm_exporter_command out)
  _tvm_python_package(package)
  set(${out} "${TVM_MODEL_LIBRARY_PYTHON}" "${package}/__main__.py" PARENT_SCOPE)
endfunction()

# _tvm_python_package(<out>): the folder of the exporter's sources.
function(_tvm_python_package out)
  get_property(root GLOBAL PROPERTY _TVM_MODEL_LIBRARY_ROOT)
  _tvm_python_path("${root}" path)
  set(${out} "${root}" PARENT_SCOPE)
  if(path)
    set(${out} "${path}/tvm_model_library" PARENT_SCOPE)
  endif()
endfunction()

# _tvm_exporter_fingerprint(<out>): changes with the exporter's sources and with the version of apache-tvm. Has CMake
# configure again when one of the files behind it changes.
function(_tvm_exporter_fingerprint out)
  get_property(fingerprint GLOBAL PROPERTY _TVM_EXPORTER_FINGERPRINT)
  if(NOT fingerprint)
    get_property(root GLOBAL PROPERTY _TVM_MODEL_LIBRARY_ROOT)
    _tvm_python_package(package)
    # These are read to compute a key, not to find sources: _tvm_watch is what notices a change. Archives of the AOT
    # executor carry the runtime's sources.
    _tvm_glob_pattern("${package}" package)
    _tvm_glob_pattern("${root}/crt" runtime)
    file(
      GLOB_RECURSE files
      LIST_DIRECTORIES FALSE
      "${package}/*.py"
      "${package}/*.j2"
      "${package}/*.relay"
      "${runtime}/*.[ch]"
    )
    list(APPEND files "${TVM_MODEL_LIBRARY_TVM_METADATA}")
    _tvm_watch(${files})
    set(hashes "")
    foreach(file IN LISTS files)
      file(SHA256 "${file}" hash)
      string(APPEND hashes "${hash}\n")
    endforeach()
    string(SHA256 fingerprint "${hashes}")
    set_property(GLOBAL PROPERTY _TVM_EXPORTER_FINGERPRINT "${fingerprint}")
  endif()
  set(${out} "${fingerprint}" PARENT_SCOPE)
endfunction()
