# Emulated boards for the harness. A toolchain file names one in TVM_MODEL_LIBRARY_BOARD.

include_guard(GLOBAL)

# _tvm_board_properties(<board> <out-kind> <out-systick-hz> <out-memory>)
#
# kind: arm or riscv. systick-hz: the processor clock that SysTick counts. memory: flash origin and size, RAM origin and
# size, as the machine has them in QEMU 7.2.
function(_tvm_board_properties board out_kind out_systick_hz out_memory)
  set(kind arm)
  set(systick_hz 25000000)
  set(memory 0x00000000 4M 0x20000000 4M)
  if(board MATCHES "^mps2-an(385|386|500)$")
    # The values above.
  elseif(board STREQUAL "mps2-an505")
    set(systick_hz 20000000)
    set(memory 0x10000000 4M 0x38000000 4M)
  elseif(board STREQUAL "mps3-an547")
    set(systick_hz 32000000)
    set(memory 0x00000000 512K 0x21000000 2M)
  elseif(board MATCHES "^riscv(32|64)-virt$")
    set(kind riscv)
    set(systick_hz 0)
    set(memory 0x80000000 4M 0x80400000 4M)
  else()
    message(
      FATAL_ERROR
      "TVM_MODEL_LIBRARY_BOARD is '${board}'; expected one of: mps2-an385, mps2-an386, mps2-an500, mps2-an505, "
      "mps3-an547, riscv32-virt, riscv64-virt"
    )
  endif()
  set(${out_kind} ${kind} PARENT_SCOPE)
  set(${out_systick_hz} ${systick_hz} PARENT_SCOPE)
  set(${out_memory} ${memory} PARENT_SCOPE)
endfunction()

# _tvm_harness_on_board(<harness executable> <board> <folder of the board files>): startup, memory map, counters.
function(_tvm_harness_on_board target board folder)
  _tvm_board_properties("${board}" kind systick_hz memory)
  list(GET memory 0 flash)
  list(GET memory 1 flash_size)
  list(GET memory 2 ram)
  list(GET memory 3 ram_size)
  set(stack_size 0x8000)
  target_sources(${target} PRIVATE "${folder}/stack.c")
  target_include_directories(${target} PRIVATE "${folder}" "${folder}/../src")
  if(kind STREQUAL "arm")
    target_sources(${target} PRIVATE "${folder}/startup_arm.c")
    target_compile_definitions(${target} PRIVATE "BOARD_SYSTICK_HZ=${systick_hz}u")
    target_link_options(
      ${target}
      PRIVATE
        --specs=rdimon.specs
        -nostartfiles
        "-T${folder}/arm.ld"
        "LINKER:--defsym=board_flash=${flash}"
        "LINKER:--defsym=board_flash_size=${flash_size}"
        "LINKER:--defsym=board_ram=${ram}"
        "LINKER:--defsym=board_ram_size=${ram_size}"
        "LINKER:--defsym=board_stack_size=${stack_size}"
    )
    set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS "${folder}/arm.ld")
  else()
    target_sources(${target} PRIVATE "${folder}/riscv.c")
    target_link_options(
      ${target}
      PRIVATE
        --oslib=semihost
        --crt0=hosted
        "LINKER:--defsym=__flash=${flash}"
        "LINKER:--defsym=__flash_size=${flash_size}"
        "LINKER:--defsym=__ram=${ram}"
        "LINKER:--defsym=__ram_size=${ram_size}"
        # The stack is at the end of the RAM, and picolibc's linker script takes no size of it from here.
        "LINKER:--defsym=board_stack_bottom=${ram}+${ram_size}-${stack_size}"
        "LINKER:--defsym=__heap_end=board_stack_bottom"
    )
  endif()
endfunction()
