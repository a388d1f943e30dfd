# SPDX-License-Identifier: Apache-2.0
#
# find_package(TVMModelLibrary): machine-learning models as static libraries. Offers
#   tvm_add_model_library(...)       see tvm_add_model_library.cmake
#   TVMModelLibrary::crt             the C runtime, compiled with the project's own compiler and flags (an alias of
#                                    tvm_model_library_crt, which is the name to give to install(TARGETS))
# Variables that may be set before:
#   TVM_MODEL_LIBRARY_PYTHON         a Python (3.10+) that has apache-tvm and the other dependencies; also an environment
#                                    variable
#   TVM_MODEL_LIBRARY_BOOTSTRAP      ON: where there is none, make it in the build folder
#   TVM_MODEL_LIBRARY_CACHE          folder of the export cache, or OFF

if(CMAKE_VERSION VERSION_LESS 3.25)
  message(FATAL_ERROR "TVMModelLibrary needs CMake 3.25 or newer; this is ${CMAKE_VERSION}: pip install cmake")
endif()
# This package's policies are its own, and not those of the project that uses it. find_package() and include() keep them
# to themselves, functions remember them.
cmake_policy(VERSION 3.25...4.4)
get_property(_tvm_languages GLOBAL PROPERTY ENABLED_LANGUAGES)
if(NOT "C" IN_LIST _tvm_languages)
  message(FATAL_ERROR "TVMModelLibrary compiles C: enable it first, as in project(${PROJECT_NAME} LANGUAGES C)")
endif()

# The folder beside which crt/ and crt_host_harness/ lie: in the source tree, under an install prefix, in a wheel.
get_filename_component(_tvm_root "${CMAKE_CURRENT_LIST_DIR}/.." ABSOLUTE)
get_property(_tvm_other_root GLOBAL PROPERTY _TVM_MODEL_LIBRARY_ROOT)
if(_tvm_other_root AND NOT _tvm_other_root STREQUAL _tvm_root)
  message(
    FATAL_ERROR
    "This build uses TVMModelLibrary from ${_tvm_other_root} already, and now from ${_tvm_root}: use one of them"
  )
endif()
set_property(GLOBAL PROPERTY _TVM_MODEL_LIBRARY_ROOT "${_tvm_root}")

option(
  TVM_MODEL_LIBRARY_BOOTSTRAP
  "Where no Python has what compiling models needs, make a virtual environment in the build folder (a download of 150 MB)"
  OFF
)
if(NOT DEFINED _tvm_requirements) # this project on its own has others
  set(_tvm_requirements "${_tvm_root}/requirements.txt")
  set(_tvm_environment "${CMAKE_BINARY_DIR}/tvm-model-library-venv")
endif()

include("${CMAKE_CURRENT_LIST_DIR}/TVMModelLibraryBootstrap.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/TVMModelLibraryPython.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/TVMModelLibraryRuntime.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/TVMModelLibraryBoards.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/TVMModelLibraryCompiler.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/TVMModelLibraryTree.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/TVMModelLibraryExport.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/tvm_add_model_library.cmake")

_tvm_find_python("${_tvm_root}" "${_tvm_requirements}" "${_tvm_environment}")
_tvm_add_runtime("${_tvm_root}")
