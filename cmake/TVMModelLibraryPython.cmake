# SPDX-License-Identifier: Apache-2.0
#
# The Python that runs the exporter, and what its results depend on besides the model. Nothing here starts Python
# when a former configure has found the answer.

include_guard(GLOBAL)

# _tvm_find_python(<root>): sets TVM_MODEL_LIBRARY_PYTHON and checks it, or stops with the line that mends it.
function(_tvm_find_python root)
  if(NOT TVM_MODEL_LIBRARY_PYTHON)
    _tvm_python_of_wheel("${root}" python)
    if(NOT python)
      find_package(Python3 3.10 COMPONENTS Interpreter QUIET)
      set(python "${Python3_EXECUTABLE}")
    endif()
    if(NOT python)
      message(FATAL_ERROR "TVMModelLibrary needs Python 3.10 or newer: install it, or set TVM_MODEL_LIBRARY_PYTHON")
    endif()
    set(TVM_MODEL_LIBRARY_PYTHON "${python}" CACHE FILEPATH "The Python that compiles models")
  endif()
  if(
    TVM_MODEL_LIBRARY_CHECKED STREQUAL "${TVM_MODEL_LIBRARY_PYTHON}"
    AND EXISTS "${TVM_MODEL_LIBRARY_TVM_METADATA}"
  )
    return()
  endif()
  execute_process(
    COMMAND "${TVM_MODEL_LIBRARY_PYTHON}" -I "${root}/cmake/check_python.py"
    OUTPUT_VARIABLE answer
    ERROR_VARIABLE problem
    RESULT_VARIABLE status
    OUTPUT_STRIP_TRAILING_WHITESPACE
  )
  if(NOT status STREQUAL "0")
    unset(TVM_MODEL_LIBRARY_CHECKED CACHE)
    if(EXISTS "${root}/requirements.txt")
      set(install "-r \"${root}/requirements.txt\"")
    else()
      set(install "--force-reinstall tvm-model-library")
    endif()
    message(
      FATAL_ERROR
      "TVMModelLibrary cannot use the Python ${TVM_MODEL_LIBRARY_PYTHON}: ${answer}${problem}. Run:\n"
      "  \"${TVM_MODEL_LIBRARY_PYTHON}\" -m pip install ${install}\n"
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
    foreach(candidate "${root}/../../../../bin/python" "${root}/../../../Scripts/python.exe")
      if(EXISTS "${candidate}")
        # Not REALPATH: it is by its own path that a virtual environment's Python finds its packages.
        get_filename_component(folder "${candidate}" DIRECTORY)
        get_filename_component(folder "${folder}" ABSOLUTE)
        get_filename_component(program "${candidate}" NAME)
        set(${out} "${folder}/${program}" PARENT_SCOPE)
        return()
      endif()
    endforeach()
  endif()
endfunction()

# _tvm_exporter(<out-command> <out-files> <out-fingerprint>)
#
# command: how to run `tvm-mlf`. files: what a configure depends on. fingerprint: changes with the exporter's sources and
# with the version of apache-tvm.
function(_tvm_exporter out_command out_files out_fingerprint)
  get_property(known GLOBAL PROPERTY _TVM_EXPORTER_FINGERPRINT)
  if(NOT known)
    get_property(root GLOBAL PROPERTY _TVM_MODEL_LIBRARY_ROOT)
    if(EXISTS "${root}/python/tvm_model_library")
      set(package "${root}/python/tvm_model_library")
      set(command "${CMAKE_COMMAND}" -E env "PYTHONPATH=${root}/python")
    else()
      set(package "${root}")
      set(command "${CMAKE_COMMAND}" -E env)
    endif()
    list(APPEND command "${TVM_MODEL_LIBRARY_PYTHON}" -m tvm_model_library)
    # These are read to compute a key, not to find sources: CONFIGURE_DEPENDS on each of them is what watches them.
    file(
      GLOB_RECURSE files
      LIST_DIRECTORIES FALSE
      "${package}/*.py"
      "${package}/*.j2"
      "${package}/*.lark"
      "${package}/*.relay"
    )
    list(APPEND files "${TVM_MODEL_LIBRARY_TVM_METADATA}")
    set(hashes "")
    foreach(file IN LISTS files)
      file(SHA256 "${file}" hash)
      string(APPEND hashes "${hash}\n")
    endforeach()
    string(SHA256 known "${hashes}")
    set_property(GLOBAL PROPERTY _TVM_EXPORTER_FINGERPRINT "${known}")
    set_property(GLOBAL PROPERTY _TVM_EXPORTER_COMMAND "${command}")
    set_property(GLOBAL PROPERTY _TVM_EXPORTER_FILES "${files}")
  endif()
  get_property(command GLOBAL PROPERTY _TVM_EXPORTER_COMMAND)
  get_property(files GLOBAL PROPERTY _TVM_EXPORTER_FILES)
  set(${out_command} "${command}" PARENT_SCOPE)
  set(${out_files} "${files}" PARENT_SCOPE)
  set(${out_fingerprint} "${known}" PARENT_SCOPE)
endfunction()
