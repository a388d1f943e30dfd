# SPDX-License-Identifier: Apache-2.0
#
# cmake -DSTATUS=<exit status> [-DOUTPUT=<regular expression>] -P expect_run.cmake -- <command>...
#
# Runs a command and fails unless it ends with that status and prints what matches.

set(command)
set(is_command FALSE)
math(EXPR last "${CMAKE_ARGC} - 1")
foreach(i RANGE ${last})
  if(is_command)
    list(APPEND command "${CMAKE_ARGV${i}}")
  elseif(CMAKE_ARGV${i} STREQUAL "--")
    set(is_command TRUE)
  endif()
endforeach()

execute_process(COMMAND ${command} RESULT_VARIABLE status OUTPUT_VARIABLE printed ERROR_VARIABLE printed)
if(NOT status STREQUAL STATUS)
  message(FATAL_ERROR "exit status ${status}, expected ${STATUS}; printed:\n${printed}")
endif()
if(DEFINED OUTPUT AND NOT printed MATCHES "${OUTPUT}")
  message(FATAL_ERROR "'${OUTPUT}' is not in:\n${printed}")
endif()
