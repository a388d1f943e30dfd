# Cortex-M0+, bare metal: GCC and newlib; tests run on QEMU's mps2-an385. The machine is a Cortex-M3, which runs Armv6-M code.
set(TVM_TOOLCHAIN_FLAGS -mcpu=cortex-m0plus -mfloat-abi=soft)
set(TVM_MODEL_LIBRARY_BOARD mps2-an385)
include("${CMAKE_CURRENT_LIST_DIR}/arm-none-eabi.cmake")
