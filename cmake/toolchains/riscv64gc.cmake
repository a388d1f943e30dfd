# RISC-V rv64gc, bare metal: GCC and picolibc; tests run on QEMU's virt machine.
set(TVM_TOOLCHAIN_FLAGS -march=rv64gc -mabi=lp64d)
set(TVM_MODEL_LIBRARY_BOARD riscv64-virt)
include("${CMAKE_CURRENT_LIST_DIR}/riscv-none-elf.cmake")
