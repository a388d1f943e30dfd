# Big-endian Linux (IBM z): GCC and glibc; tests run under QEMU's user mode.
include("${CMAKE_CURRENT_LIST_DIR}/common.cmake")

set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR s390x)
_tvm_toolchain_compiler(s390x-linux-gnu-gcc "gcc-s390x-linux-gnu libc6-dev-s390x-cross")
_tvm_toolchain_emulator(qemu-s390x qemu-user -L /usr/s390x-linux-gnu)
