# SPDX-License-Identifier: Apache-2.0
#
# The C runtime and the harness, compiled in the project that uses them, with its compiler and its flags. Not as a unity
# build: static functions of different files have the same names.

include_guard(GLOBAL)

# _tvm_add_runtime(<root>): the targets TVMModelLibrary::crt and TVMModelLibrary::harness.
function(_tvm_add_runtime root)
  if(TARGET tvm_model_library_crt)
    return()
  endif()
  include("${root}/crt/sources.cmake")
  list(TRANSFORM TVM_CRT_SOURCES PREPEND "${root}/crt/")
  list(TRANSFORM TVM_CRT_PUBLIC_HEADERS PREPEND "${root}/crt/")
  add_library(tvm_model_library_crt STATIC ${TVM_CRT_SOURCES})
  add_library(TVMModelLibrary::crt ALIAS tvm_model_library_crt)
  set_target_properties(
    tvm_model_library_crt
    PROPERTIES EXPORT_NAME crt EXCLUDE_FROM_ALL TRUE UNITY_BUILD OFF
  )
  target_sources(
    tvm_model_library_crt
    PUBLIC FILE_SET HEADERS BASE_DIRS "${root}/crt/include" FILES ${TVM_CRT_PUBLIC_HEADERS}
  )
  if(TARGET zephyr_interface)
    # It carries the processor's flags, the C standard and the C library: the compiler's own libm may be of another one.
    # Asking for a C standard ends in an error there, as Zephyr keeps CMake from knowing the compiler's features.
    target_link_libraries(tvm_model_library_crt PUBLIC zephyr_interface)
    add_dependencies(tvm_model_library_crt zephyr_generated_headers)
  else()
    target_compile_features(tvm_model_library_crt PUBLIC c_std_99)
    # Generated kernels call the mathematical functions, which these compilers' C libraries keep apart. Not m: that may be
    # a target's name, of a model perhaps.
    if(CMAKE_C_COMPILER_ID MATCHES "^(GNU|Clang|TIClang)$")
      target_link_libraries(tvm_model_library_crt PUBLIC -lm)
    endif()
  endif()
  _tvm_strict_declarations(tvm_model_library_crt)

  include("${root}/crt_host_harness/sources.cmake")
  list(TRANSFORM TVM_HARNESS_SOURCES PREPEND "${root}/crt_host_harness/")
  list(TRANSFORM TVM_HARNESS_PLATFORM_HOST PREPEND "${root}/crt_host_harness/")
  list(TRANSFORM TVM_HARNESS_PLATFORM_BOARD PREPEND "${root}/crt_host_harness/")
  add_library(tvm_model_library_harness STATIC ${TVM_HARNESS_SOURCES})
  add_library(TVMModelLibrary::harness ALIAS tvm_model_library_harness)
  set_target_properties(tvm_model_library_harness PROPERTIES EXCLUDE_FROM_ALL TRUE UNITY_BUILD OFF)
  target_include_directories(tvm_model_library_harness PUBLIC "${root}/crt_host_harness/include")
  target_link_libraries(tvm_model_library_harness PUBLIC tvm_model_library_crt)
  set_property(GLOBAL PROPERTY _TVM_HARNESS_PLATFORM_HOST "${TVM_HARNESS_PLATFORM_HOST}")
  set_property(GLOBAL PROPERTY _TVM_HARNESS_PLATFORM_BOARD "${TVM_HARNESS_PLATFORM_BOARD}")
endfunction()

# _tvm_strict_declarations(<target>): no function without a declaration. A C library that lacks one of mathematics would
# otherwise make it a function of int, and the result another number.
function(_tvm_strict_declarations target)
  if(CMAKE_C_COMPILER_ID MATCHES "^(GNU|Clang|AppleClang|ARMClang|TIClang)$")
    target_compile_options(${target} PRIVATE -Werror=implicit-function-declaration)
  endif()
endfunction()

# _tvm_add_harness(<executable> <library> <source>...): the harness program of one model.
function(_tvm_add_harness executable library)
  add_executable(${executable} ${ARGN})
  target_link_libraries(${executable} PRIVATE tvm_model_library_harness ${library})
  if(TVM_MODEL_LIBRARY_BOARD)
    get_property(root GLOBAL PROPERTY _TVM_MODEL_LIBRARY_ROOT)
    get_property(platform GLOBAL PROPERTY _TVM_HARNESS_PLATFORM_BOARD)
    _tvm_harness_on_board(${executable} "${TVM_MODEL_LIBRARY_BOARD}" "${root}/crt_host_harness/boards")
  else()
    get_property(platform GLOBAL PROPERTY _TVM_HARNESS_PLATFORM_HOST)
  endif()
  target_sources(${executable} PRIVATE ${platform})
  set_property(TARGET ${executable} PROPERTY UNITY_BUILD OFF)
endfunction()
