# Arm Cortex-M, bare metal. Included by the file of a core, which sets TVM_TOOLCHAIN_FLAGS and TVM_MODEL_LIBRARY_BOARD.
include("${CMAKE_CURRENT_LIST_DIR}/common.cmake")

set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR arm)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
_tvm_toolchain_compiler(arm-none-eabi-gcc "gcc-arm-none-eabi libnewlib-arm-none-eabi")
_tvm_toolchain_flags(-mthumb ${TVM_TOOLCHAIN_FLAGS})
add_compile_options(-ffunction-sections -fdata-sections)
add_link_options(LINKER:--gc-sections)
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
