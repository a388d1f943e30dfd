# RISC-V, bare metal. Included by the file of an architecture, which sets TVM_TOOLCHAIN_FLAGS and
# TVM_MODEL_LIBRARY_BOARD (riscv32-virt or riscv64-virt).
include("${CMAKE_CURRENT_LIST_DIR}/common.cmake")

set(CMAKE_SYSTEM_PROCESSOR riscv)
_tvm_toolchain_compiler(riscv64-unknown-elf-gcc "gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf")
_tvm_toolchain_bare_metal(--specs=picolibc.specs ${TVM_TOOLCHAIN_FLAGS} -mcmodel=medany)
string(REPLACE "-virt" "" _tvm_riscv "${TVM_MODEL_LIBRARY_BOARD}")
_tvm_toolchain_emulator(
  qemu-system-${_tvm_riscv}
  qemu-system-misc
  -M
  virt
  -bios
  none
  -nographic
  -semihosting-config
  enable=on,target=native
  -icount
  shift=0
  -kernel
)
