# SPDX-License-Identifier: Apache-2.0
#
# What the C compiler says of the processor that it compiles for, with the flags in effect where a model is added.

include_guard(GLOBAL)

# _tvm_compiler_macros(<out>): the macros about the processor that the C compiler predefines, as NAME=VALUE between
# spaces, sorted; nothing where the compiler does not take the options of GCC and Clang.
function(_tvm_compiler_macros out)
  _tvm_compiler_command(command)
  string(SHA256 key "${command}")
  get_property(known GLOBAL PROPERTY "_TVM_MACROS_${key}" SET)
  if(NOT known)
    set(empty "${CMAKE_BINARY_DIR}/CMakeFiles/tvm_model_library_empty.c")
    file(TOUCH "${empty}")
    execute_process(COMMAND ${command} -dM -E "${empty}" OUTPUT_VARIABLE output ERROR_QUIET RESULT_VARIABLE status)
    set(macros "")
    if(status STREQUAL "0")
      set(
        about_processors
        "__arm__|__aarch64__|__ARM_[A-Z0-9_]+|__riscv[a-z0-9_]*|__x86_64__|__i386__|__SSS?E[0-9_]*__|__AVX[0-9A-Z]*__|__FMA__|__F16C__"
      )
      string(REGEX MATCHALL "#define (${about_processors}) [^\n ;]+" macros "${output}")
      list(TRANSFORM macros REPLACE "#define ([^ ]+) (.+)" "\\1=\\2")
      list(SORT macros)
      list(JOIN macros " " macros)
    endif()
    set_property(GLOBAL PROPERTY "_TVM_MACROS_${key}" "${macros}")
  endif()
  get_property(macros GLOBAL PROPERTY "_TVM_MACROS_${key}")
  set(${out} "${macros}" PARENT_SCOPE)
endfunction()

# _tvm_compiler_command(<out>): the C compiler with the flags that files of this folder get. Those of the library itself
# come later, and what generator expressions stand for is not known yet.
function(_tvm_compiler_command out)
  separate_arguments(first NATIVE_COMMAND "${CMAKE_C_COMPILER_ARG1}")
  set(command "${CMAKE_C_COMPILER}" ${first})
  if(CMAKE_C_COMPILER_TARGET)
    list(APPEND command "${CMAKE_C_COMPILE_OPTIONS_TARGET}${CMAKE_C_COMPILER_TARGET}")
  endif()
  string(TOUPPER "${CMAKE_BUILD_TYPE}" configuration)
  separate_arguments(flags NATIVE_COMMAND "${CMAKE_C_FLAGS} ${CMAKE_C_FLAGS_${configuration}}")
  get_property(options DIRECTORY PROPERTY COMPILE_OPTIONS)
  list(FILTER options EXCLUDE REGEX "\\$<")
  foreach(option IN LISTS options)
    if(option MATCHES "^SHELL:(.*)")
      separate_arguments(option NATIVE_COMMAND "${CMAKE_MATCH_1}")
    endif()
    list(APPEND flags ${option})
  endforeach()
  set(${out} ${command} ${flags} PARENT_SCOPE)
endfunction()
