# AArch64 Linux: GCC and glibc; tests run under QEMU's user mode.
include("${CMAKE_CURRENT_LIST_DIR}/common.cmake")

set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
_tvm_toolchain_compiler(aarch64-linux-gnu-gcc "gcc-aarch64-linux-gnu libc6-dev-arm64-cross")
_tvm_toolchain_emulator(qemu-aarch64 qemu-user -L /usr/aarch64-linux-gnu)
