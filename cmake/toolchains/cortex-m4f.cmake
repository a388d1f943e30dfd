# Cortex-M4 with FPU, bare metal: GCC and newlib; tests run on QEMU's mps2-an386.
set(TVM_TOOLCHAIN_FLAGS -mcpu=cortex-m4 -mfloat-abi=hard -mfpu=fpv4-sp-d16)
set(TVM_MODEL_LIBRARY_BOARD mps2-an386)
include("${CMAKE_CURRENT_LIST_DIR}/arm-none-eabi.cmake")
