# Cortex-M7 with double-precision FPU, bare metal: GCC and newlib; tests run on QEMU's mps2-an500.
set(TVM_TOOLCHAIN_FLAGS -mcpu=cortex-m7 -mfloat-abi=hard -mfpu=fpv5-d16)
set(TVM_MODEL_LIBRARY_BOARD mps2-an500)
include("${CMAKE_CURRENT_LIST_DIR}/arm-none-eabi.cmake")
