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

# _tvm_find_python(<root> <requirements> <environment>): sets TVM_MODEL_LIBRARY_PYTHON, or stops with the lines that help.
#
# The user's choice, a variable of CMake or else of the environment, is taken or is an error. Without one it is what was
# found before, the Python of the wheel, or the first that has what the exporter needs; with TVM_MODEL_LIBRARY_BOOTSTRAP
# one that has all that the file <requirements> names, or that of a new virtual environment in the folder <environment>.
# Only what was checked is remembered, and what was found is looked for again when it is gone.
function(_tvm_find_python root requirements environment)
  # What the cache says of TVM_MODEL_LIBRARY_PYTHON where the user has not chosen it there: -D says something else.
  set(found_here "The Python that compiles models, as it was found")
  set(needed "")
  if(TVM_MODEL_LIBRARY_BOOTSTRAP)
    set(needed "${requirements}")
    _tvm_environment_state("${environment}" "${requirements}" key made)
  endif()
  set(python "${TVM_MODEL_LIBRARY_PYTHON}")
  set(origin "TVM_MODEL_LIBRARY_PYTHON")
  get_property(description CACHE TVM_MODEL_LIBRARY_PYTHON PROPERTY HELPSTRING)
  if(python STREQUAL "" OR (python STREQUAL "${TVM_MODEL_LIBRARY_PYTHON_FOUND}" AND description STREQUAL found_here))
    if(NOT "$ENV{TVM_MODEL_LIBRARY_PYTHON}" STREQUAL "")
      set(python "$ENV{TVM_MODEL_LIBRARY_PYTHON}")
      set(origin "the environment variable TVM_MODEL_LIBRARY_PYTHON")
    elseif(python STREQUAL "")
      _tvm_python_of_wheel("${root}" python)
      set(origin "the wheel's environment")
    else()
      set(origin found)
      if(python STREQUAL "${environment}/bin/python" AND NOT python STREQUAL "${made}" AND TVM_MODEL_LIBRARY_BOOTSTRAP)
        set(python "") # other requirements, or unfinished
      endif()
    endif()
  endif()

  set(kind NONE)
  if(NOT python STREQUAL "")
    _tvm_check_python("${root}" "${python}" "" kind problem)
    if(kind STREQUAL "GOOD")
      _tvm_remember_python("${python}" "${origin}" "${problem}")
      return()
    elseif(NOT origin STREQUAL "found")
      _tvm_refuse_python("${root}" "${python}" "${origin}" ${kind} "${problem}")
    endif()
    message(STATUS "The Python ${python} cannot be used any more: ${problem}")
  endif()
  _tvm_search_python("${root}" "${needed}" "${environment}")
endfunction()

# _tvm_search_python(<root> <requirements, or nothing> <environment>): looks where nobody has chosen.
function(_tvm_search_python root requirements environment)
  _tvm_python_candidates(candidates)
  set(base "")
  set(tried "")
  foreach(python IN LISTS candidates)
    _tvm_check_python("${root}" "${python}" "${requirements}" kind problem)
    if(kind STREQUAL "GOOD")
      message(STATUS "TVMModelLibrary: models are compiled by ${python}")
      _tvm_remember_python("${python}" found "${problem}")
      return()
    endif()
    string(APPEND tried "  ${python}: ${problem}\n")
    if(base STREQUAL "" AND NOT kind MATCHES "^(OLD|BROKEN)$")
      set(base "${python}")
      set(base_kind "${kind}")
    endif()
  endforeach()
  if(base STREQUAL "")
    message(
      FATAL_ERROR
      "TVMModelLibrary needs Python 3.10 or newer and found none:\n${tried}Install it, or say where it is:\n"
      "  cmake \"-DTVM_MODEL_LIBRARY_PYTHON=<python>\" \"${CMAKE_BINARY_DIR}\""
    )
  elseif(requirements STREQUAL "")
    _tvm_python_advice("${root}" "${base}" "" ${base_kind} advice)
    message(FATAL_ERROR "TVMModelLibrary found no Python that can compile models:\n${tried}${advice}")
  endif()
  message(STATUS "TVMModelLibrary: no Python has all that ${requirements} names:\n${tried}")
  _tvm_make_environment("${base}" "${environment}" "${requirements}" python)
  _tvm_check_python("${root}" "${python}" "${requirements}" kind problem)
  if(NOT kind STREQUAL "GOOD")
    message(
      FATAL_ERROR
      "TVMModelLibrary cannot use the virtual environment that it made, ${environment}: ${problem}. Remove that folder "
      "and configure again"
    )
  endif()
  _tvm_remember_python("${python}" found "${problem}")
endfunction()

# _tvm_python_candidates(<out>): every Python that is there: the active virtual environment's, the one that the project has
# found, and those on the path, plain names first. Not find_package(Python3), which keeps to what it has found once.
function(_tvm_python_candidates out)
  set(candidates "")
  if(NOT "$ENV{VIRTUAL_ENV}" STREQUAL "")
    list(APPEND candidates "$ENV{VIRTUAL_ENV}/bin/python3")
  endif()
  if(Python3_EXECUTABLE)
    list(APPEND candidates "${Python3_EXECUTABLE}")
  endif()
  string(REPLACE ":" ";" folders "$ENV{PATH}")
  foreach(
    file_name
    IN
    ITEMS python3 python python3.14 python3.13 python3.12 python3.11 python3.10
  )
    foreach(folder IN LISTS folders)
      get_filename_component(folder "${folder}" REALPATH) # /bin may be a link to /usr/bin
      list(APPEND candidates "${folder}/${file_name}")
    endforeach()
  endforeach()
  list(REMOVE_DUPLICATES candidates)
  set(found "")
  foreach(python IN LISTS candidates)
    if(EXISTS "${python}" AND NOT IS_DIRECTORY "${python}")
      list(APPEND found "${python}")
    endif()
  endforeach()
  set(${out} "${found}" PARENT_SCOPE)
endfunction()

# _tvm_check_python(<root> <python> <requirements, or nothing> <out-kind> <out-text>)
#
# GOOD, and the path of apache-tvm's METADATA; or what is wrong, and a text for it: LACKS packages, which its pip can
# install; MANAGED by the system; WITHOUT_PIP; OLD; LACKS_THIS package; or BROKEN, it does not run. A Python that was GOOD
# is not started again while it and its apache-tvm are there.
function(
  _tvm_check_python
  root
  python
  requirements
  out_kind
  out_text
)
  if(
    "${TVM_MODEL_LIBRARY_CHECKED}" STREQUAL "${root} ${python} ${requirements}"
    AND EXISTS "${python}"
    AND EXISTS "${TVM_MODEL_LIBRARY_TVM_METADATA}"
  )
    set(${out_kind} GOOD PARENT_SCOPE)
    set(${out_text} "${TVM_MODEL_LIBRARY_TVM_METADATA}" PARENT_SCOPE)
    return()
  endif()
  _tvm_python_path("${root}" path)
  execute_process(
    COMMAND "${python}" "${root}/cmake/check_python.py" "${path}" ${requirements}
    OUTPUT_VARIABLE answer
    ERROR_VARIABLE problem
    RESULT_VARIABLE status
    OUTPUT_STRIP_TRAILING_WHITESPACE
    ERROR_STRIP_TRAILING_WHITESPACE
  )
  set(
    kinds
    LACKS
    MANAGED
    WITHOUT_PIP
    OLD
    LACKS_THIS
  ) # statuses of check_python.py
  if(status STREQUAL "0")
    set(kind GOOD)
  elseif(status MATCHES "^1[0-4]$")
    math(EXPR index "${status} - 10")
    list(GET kinds ${index} kind)
  else()
    set(kind BROKEN)
    set(answer "it cannot be started: ${status}")
    if(IS_SYMLINK "${python}" AND NOT EXISTS "${python}")
      file(READ_SYMLINK "${python}" target)
      set(answer "it is a link to ${target}, which is not there: that Python was removed, or updated")
    elseif(NOT EXISTS "${python}")
      set(answer "it is not there: its environment may have been moved or removed")
    elseif(status MATCHES "^[0-9]+$")
      string(REGEX REPLACE "^.*\n" "" problem "${problem}")
      set(answer "it does not run (status ${status}): ${problem}")
    endif()
  endif()
  set(${out_kind} ${kind} PARENT_SCOPE)
  set(${out_text} "${answer}" PARENT_SCOPE)
endfunction()

# _tvm_remember_python(<python> <origin> <METADATA>): of a Python that was checked; reads found_here of _tvm_find_python.
function(_tvm_remember_python python origin metadata)
  if(origin STREQUAL "TVM_MODEL_LIBRARY_PYTHON")
    unset(TVM_MODEL_LIBRARY_PYTHON_FOUND CACHE)
  else()
    set(TVM_MODEL_LIBRARY_PYTHON "${python}" CACHE FILEPATH "${found_here}" FORCE)
    set(TVM_MODEL_LIBRARY_PYTHON_FOUND "${python}" CACHE INTERNAL "The same, where the user has not chosen it here")
  endif()
  set(TVM_MODEL_LIBRARY_TVM_METADATA "${metadata}" CACHE INTERNAL "Says which apache-tvm it is")
  get_property(root GLOBAL PROPERTY _TVM_MODEL_LIBRARY_ROOT)
  set(TVM_MODEL_LIBRARY_CHECKED "${root} ${python} " CACHE INTERNAL "The Python that was checked")
endfunction()

# _tvm_refuse_python(<root> <python> <origin> <kind> <problem>): stops, and says what helps.
function(
  _tvm_refuse_python
  root
  python
  origin
  kind
  problem
)
  _tvm_python_advice("${root}" "${python}" "${origin}" ${kind} advice)
  message(FATAL_ERROR "TVMModelLibrary cannot use the Python ${python} (from ${origin}): ${problem}.\n${advice}")
endfunction()

# _tvm_python_advice(<root> <python> <origin> <kind> <out>): lines to run, each of which may help.
function(
  _tvm_python_advice
  root
  python
  origin
  kind
  out
)
  set(build "\"${CMAKE_BINARY_DIR}\"")
  set(again "cmake")
  set(advice "Run one of:\n")
  if(origin MATCHES "^the environment variable")
    set(again "unset TVM_MODEL_LIBRARY_PYTHON; cmake")
  elseif(origin STREQUAL "TVM_MODEL_LIBRARY_PYTHON")
    set(again "cmake -U TVM_MODEL_LIBRARY_PYTHON")
  elseif(origin STREQUAL "")
    set(advice "Activate an environment that has it all and configure again, or run one of:\n")
  endif()
  if(kind STREQUAL "LACKS")
    string(APPEND advice "  \"${python}\" -m pip install -r \"${root}/requirements.txt\"\n")
  elseif(kind STREQUAL "MANAGED")
    string(PREPEND advice "The system manages ${python}, so that pip must not install into it (PEP 668). ")
  endif()
  _tvm_python_of_wheel("${root}" wheel)
  if(wheel STREQUAL "")
    if(NOT origin STREQUAL "")
      string(APPEND advice "  ${again} ${build}  # takes the first on the path that has it all\n")
    endif()
    string(
      APPEND advice
      "  ${again} -DTVM_MODEL_LIBRARY_BOOTSTRAP=ON ${build}  # makes an environment in the build folder\n"
    )
  elseif(NOT wheel STREQUAL python)
    string(APPEND advice "  cmake \"-DTVM_MODEL_LIBRARY_PYTHON=${wheel}\" ${build}  # has this package\n")
  endif()
  string(APPEND advice "  cmake \"-DTVM_MODEL_LIBRARY_PYTHON=<another>\" ${build}\n")
  set(${out} "${advice}" PARENT_SCOPE)
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
