# Cortex-M55 with MVE, bare metal: GCC and newlib; tests run on QEMU's mps3-an547.
set(TVM_TOOLCHAIN_FLAGS -mcpu=cortex-m55 -mfloat-abi=hard)
set(TVM_MODEL_LIBRARY_BOARD mps3-an547)
include("${CMAKE_CURRENT_LIST_DIR}/arm-none-eabi.cmake")
