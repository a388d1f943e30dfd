# Cortex-M33 with FPU, bare metal: GCC and newlib; tests run on QEMU's mps2-an505.
set(TVM_TOOLCHAIN_FLAGS -mcpu=cortex-m33 -mfloat-abi=hard -mfpu=fpv5-sp-d16)
set(TVM_MODEL_LIBRARY_BOARD mps2-an505)
include("${CMAKE_CURRENT_LIST_DIR}/arm-none-eabi.cmake")
