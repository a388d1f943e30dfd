# SPDX-License-Identifier: Apache-2.0

include_guard(GLOBAL)

# add_python_suites(<folder>...): one ctest per folder of tests in Python.
function(add_python_suites)
  foreach(suite IN LISTS ARGN)
    add_test(
      NAME python.${suite}
      COMMAND "${TVM_MODEL_LIBRARY_PYTHON}" -m pytest -q -p no:cacheprovider "tests/${suite}"
      WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}"
    )
    set_tests_properties(
      python.${suite}
      PROPERTIES
        TIMEOUT 1500
        ENVIRONMENT_MODIFICATION
          "PYTHONPATH=path_list_prepend:${PROJECT_SOURCE_DIR}/python;PYTHONDONTWRITEBYTECODE=set:1"
    )
  endforeach()
endfunction()
