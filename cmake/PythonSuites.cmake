# SPDX-License-Identifier: Apache-2.0

include_guard(GLOBAL)

# add_python_suites(<folder>...): one ctest per folder of tests in Python, beside the CMakeLists.txt that calls this. A
# folder with tests that is not named is an error: nothing is left out by oversight.
function(add_python_suites)
  file(GLOB tests RELATIVE "${CMAKE_CURRENT_SOURCE_DIR}" "*/test_*.py")
  foreach(test IN LISTS tests)
    get_filename_component(suite "${test}" DIRECTORY)
    if(NOT suite IN_LIST ARGN)
      message(FATAL_ERROR "${CMAKE_CURRENT_SOURCE_DIR}/${test} is run by no test: name its folder ${suite} as a suite")
    endif()
  endforeach()
  foreach(suite IN LISTS ARGN)
    add_test(
      NAME python.${suite}
      COMMAND "${TVM_MODEL_LIBRARY_PYTHON}" -m pytest -q -p no:cacheprovider "${CMAKE_CURRENT_SOURCE_DIR}/${suite}"
      WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}"
    )
    set_tests_properties(
      python.${suite}
      PROPERTIES
        TIMEOUT 2700
        ENVIRONMENT_MODIFICATION
          "PYTHONPATH=path_list_prepend:${PROJECT_SOURCE_DIR}/python;PYTHONDONTWRITEBYTECODE=set:1"
    )
  endforeach()
endfunction()
