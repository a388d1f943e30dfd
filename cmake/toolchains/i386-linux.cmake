# 32-bit x86 Linux: the host's GCC with -m32; tests run on the host itself.
include("${CMAKE_CURRENT_LIST_DIR}/common.cmake")

set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR i386)
_tvm_toolchain_compiler(gcc "gcc gcc-12-multilib")
_tvm_toolchain_flags(-m32)
_tvm_toolchain_emulator(env coreutils)
