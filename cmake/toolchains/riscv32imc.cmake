# RISC-V rv32imc, bare metal: GCC and picolibc; tests run on QEMU's virt machine.
set(TVM_TOOLCHAIN_FLAGS -march=rv32imc -mabi=ilp32)
set(TVM_MODEL_LIBRARY_BOARD riscv32-virt)
include("${CMAKE_CURRENT_LIST_DIR}/riscv-none-elf.cmake")
