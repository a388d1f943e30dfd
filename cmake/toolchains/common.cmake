# What the toolchain files share.

include_guard()
set(_tvm_toolchains "${CMAKE_CURRENT_LIST_DIR}")

# _tvm_toolchain_compiler(<program> <Debian packages>): the cross compiler, unless CMAKE_C_COMPILER names one already, or
# an error with the line that installs it.
function(_tvm_toolchain_compiler program packages)
  get_property(is_trial GLOBAL PROPERTY IN_TRY_COMPILE) # a project of CMake's own, which gets the compiler later
  if(CMAKE_C_COMPILER OR is_trial)
    return()
  endif()
  find_program(TVM_CROSS_C_COMPILER "${program}")
  if(NOT TVM_CROSS_C_COMPILER)
    message(FATAL_ERROR "${program} is not installed; this toolchain file needs it: apt-get install ${packages}")
  endif()
  set(CMAKE_C_COMPILER "${TVM_CROSS_C_COMPILER}" CACHE FILEPATH "C compiler")
endfunction()

# _tvm_toolchain_flags(<flag>...): for compiling C, C++ and assembler, and for linking; CMAKE_<LANG>_FLAGS stay the user's.
macro(_tvm_toolchain_flags)
  add_compile_options(${ARGN})
  add_link_options(${ARGN})
endmacro()

# _tvm_toolchain_bare_metal(<flag>...): a system of that kind, and what nobody calls left out of its programs.
macro(_tvm_toolchain_bare_metal)
  set(CMAKE_SYSTEM_NAME Generic)
  set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
  _tvm_toolchain_flags(${ARGN})
  add_compile_options(-ffunction-sections -fdata-sections)
  add_link_options(LINKER:--gc-sections)
endmacro()

# _tvm_toolchain_emulator(<program> <Debian package> <argument>...): sets CMAKE_CROSSCOMPILING_EMULATOR, unless it is
# given. Where the emulator is missing, tests run a script instead that says how to install it and ends with the status
# that ctest shows as skipped.
macro(_tvm_toolchain_emulator program package)
  find_program(TVM_EMULATOR "${program}")
  if(CMAKE_CROSSCOMPILING_EMULATOR)
    # The user's.
  elseif(TVM_EMULATOR)
    set(CMAKE_CROSSCOMPILING_EMULATOR "${TVM_EMULATOR}" ${ARGN})
  else()
    set(CMAKE_CROSSCOMPILING_EMULATOR "/bin/sh;${_tvm_toolchains}/missing_emulator.sh;${program};${package}")
  endif()
endmacro()
