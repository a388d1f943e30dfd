# SPDX-License-Identifier: Apache-2.0
#
# The harness's sources, relative to this file. It includes the C runtime's headers, and brings the texts of the error
# codes itself, since a program of AOT models only need not link the runtime.

set(
  TVM_HARNESS_SOURCES
  ../crt/src/error_text.c
  src/checksum.c
  src/compare.c
  src/element.c
  src/main.c
  src/pools.c
  src/raw_file.c
  src/report.c
  src/report_json.c
  src/runner.c
  src/vectors.c
)

# One of them.
set(TVM_HARNESS_PLATFORM_HOST src/platform_host.c)
set(TVM_HARNESS_PLATFORM_BOARD boards/platform_board.c)
