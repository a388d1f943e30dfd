# Arm Cortex-M, bare metal. Included by the file of a core, which sets TVM_TOOLCHAIN_FLAGS and TVM_MODEL_LIBRARY_BOARD.
include("${CMAKE_CURRENT_LIST_DIR}/common.cmake")

set(CMAKE_SYSTEM_PROCESSOR arm)
_tvm_toolchain_compiler(arm-none-eabi-gcc "gcc-arm-none-eabi libnewlib-arm-none-eabi")
_tvm_toolchain_bare_metal(-mthumb ${TVM_TOOLCHAIN_FLAGS})
_tvm_toolchain_emulator(
  qemu-system-arm
  qemu-system-arm
  -M
  ${TVM_MODEL_LIBRARY_BOARD}
  -nographic
  -semihosting-config
  enable=on,target=native
  -icount
  shift=0
  -kernel
)
