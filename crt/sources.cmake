# SPDX-License-Identifier: Apache-2.0
#
# The C runtime's sources, relative to this file. Nothing is found by globbing: a new file is listed here.

set(
  TVM_CRT_SOURCES
  src/aot_executor.c
  src/backend_api.c
  src/error_text.c
  src/func_registry.c
  src/functions.c
  src/graph_create.c
  src/graph_executor.c
  src/graph_load.c
  src/graph_node.c
  src/graph_params.c
  src/graph_scan.c
  src/json_reader.c
  src/last_error.c
  src/logging.c
  src/packed_func.c
  src/page_allocator.c
  src/platform_defaults.c
  src/stack_allocator.c
  src/tensor.c
)

set(
  TVM_CRT_PUBLIC_HEADERS
  include/dlpack/dlpack.h
  include/tvm/runtime/c_backend_api.h
  include/tvm/runtime/c_runtime_api.h
  include/tvm/runtime/metadata_types.h
  include/tvm/runtime/crt/aot_executor.h
  include/tvm/runtime/crt/crt.h
  include/tvm/runtime/crt/crt_config.h
  include/tvm/runtime/crt/error_codes.h
  include/tvm/runtime/crt/func_registry.h
  include/tvm/runtime/crt/graph_executor.h
  include/tvm/runtime/crt/internal/common/ndarray.h
  include/tvm/runtime/crt/logging.h
  include/tvm/runtime/crt/module.h
  include/tvm/runtime/crt/packed_func.h
  include/tvm/runtime/crt/page_allocator.h
  include/tvm/runtime/crt/platform.h
  include/tvm/runtime/crt/stack_allocator.h
  include/tvm/runtime/crt/workspace.h
)
