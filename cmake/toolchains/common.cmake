# What the toolchain files share.

include_guard()

# _tvm_toolchain_compiler(<program> <Debian packages>): the cross compiler, or an error with the line that installs it.
function(_tvm_toolchain_compiler program packages)
  find_program(TVM_CROSS_C_COMPILER "${program}")
  if(NOT TVM_CROSS_C_COMPILER)
    message(FATAL_ERROR "${program} is not installed; this toolchain file needs it: apt-get install ${packages}")
  endif()
  set(CMAKE_C_COMPILER "${TVM_CROSS_C_COMPILER}" CACHE FILEPATH "C compiler")
endfunction()

# _tvm_toolchain_emulator(<program> <Debian package> <argument>...): sets CMAKE_CROSSCOMPILING_EMULATOR. Where the
# emulator is missing, tests run a script instead that says how to install it and ends with the status that ctest
# shows as skipped.
macro(_tvm_toolchain_emulator program package)
  find_program(TVM_EMULATOR "${program}")
  if(TVM_EMULATOR)
    set(CMAKE_CROSSCOMPILING_EMULATOR "${TVM_EMULATOR};${ARGN}")
  else()
    set(CMAKE_CROSSCOMPILING_EMULATOR "/bin/sh;${CMAKE_CURRENT_LIST_DIR}/missing_emulator.sh;${program};${package}")
  endif()
endmacro()
