# SPDX-License-Identifier: Apache-2.0

include_guard(GLOBAL)

#[=======================================================================[.md:
## tvm_add_model_library

    tvm_add_model_library(<name> <model>
      [PARAMS <file>] | [SIGNATURE <name>] [INPUT_SHAPE <input>=<sizes>...] [CONTRACT <name>]
      [TARGET <c | llvm [option...]>] [EXECUTOR <graph | aot>] [MODEL_NAME <id>]
      [FORMAT_VERSION <n>] [RAM_BUDGET <bytes>] [FLASH_BUDGET <bytes>]
      [VECTORS <file>] [RANDOM_VECTORS <n>] [ATOL <x>] [RTOL <x>] [INTEGER_TOLERANCE <steps>] | [NO_TEST]
      [ARENA <internal | caller>] [POOLS <name>[=<size>]...] [IO_IN_ARENA] [ALIGNMENT <bytes>]
      [CONSTANT_SECTION <section>] [ARENA_SECTION <section>])

Compiles a model at configure time and makes

- the static library `<name>`: the generated code, the parameters, and (linked publicly) the C runtime. Its headers
  are a file set, so that it can be installed and exported, together with the runtime:
  `install(TARGETS <name> tvm_model_library_crt EXPORT <export> FILE_SET HEADERS)`;
- unless `NO_TEST` is given, the program `<name>_host`, which runs the model on several vectors, and the test
  `<name>.matches_reference`, which fails when an output differs from the reference, when the model writes outside of its
  memory, or when it does not compute the same twice ([what a passing test proves](testing.md)); ctest finds it where
  the project has called `enable_testing()`. When cross-compiling they are made where `CMAKE_CROSSCOMPILING_EMULATOR`
  says how to run a program, and not otherwise.

The model is compiled again, at the next build, when it, its parameters, the options, this package or apache-tvm
change, and only then. A failed compilation leaves what the last good one made. Results are kept in a cache for other
build folders: in `TVM_MODEL_LIBRARY_CACHE` (a CMake variable; `OFF` for none), else in the folder that the environment
variable `TVM_MODEL_LIBRARY_CACHE_DIR` names, else in `tvm-model-library` in the user's cache folder. It may be removed at
any time.

| keyword | meaning | default |
| --- | --- | --- |
| `<model>` | TensorFlow Lite (`.tflite`), ONNX (`.onnx`) or Relay text (`.relay`), relative to the current source folder | |
| `PARAMS` | parameters (`.params`) to bind to `@main`'s parameters of the same names | none |
| `SIGNATURE` | TFLite: the entry point, where the file has several | the first subgraph |
| `INPUT_SHAPE` | TFLite, ONNX: shapes of inputs whose sizes the file leaves open, as in `input=1x49x10x1` | the file's; an open batch is 1 |
| `CONTRACT` | TFLite: whose integers a quantized network computes, bit for bit: `tflite-micro`, `tflite-micro-single` (built with `TFLITE_SINGLE_ROUNDING`) or `litert` | `tflite-micro` |
| `TARGET` | `c`: C for the processor that the C compiler compiles for, as its predefined macros tell (`CMAKE_C_FLAGS`, the folder's compile options); `c -mcpu=<processor>` for another one; or `llvm` with `-mtriple=`, `-mcpu=`, `-mattr=`, `-mabi=`, `-mfloat-abi=`, `-opt-level=`: objects made by LLVM | `c` |
| `EXECUTOR` | `graph` (graph.json, interpreted by the C runtime) or `aot` (one C function) | `graph` |
| `MODEL_NAME` | the C identifier in all symbols (`tvmgen_<id>_...`) | `<name>` |
| `FORMAT_VERSION` | version of the archive's Model Library Format: 1 to 7, for `aot` 5 to 7 | 1 for `graph`, 7 for `aot` |
| `VECTORS` | recorded runs (`.npz`) to test with as well: inputs `in0`, ... and outputs `out0`, ..., each of its tensor's shape, or with a leading axis of runs | none |
| `RANDOM_VECTORS` | how many random inputs to test with; unless it is 0, also all inputs at their lowest, at their highest, and at zero (or the zero point). The outputs to compare with are the reference's. On an emulated board they lie in its flash, like recorded runs; the inputs are made when the test runs | 4; 1 on an emulated board |
| `RTOL`, `ATOL` | tolerances of floating-point outputs: `abs(got - expected) <= ATOL + RTOL * abs(expected)`. Integers are exact whatever they are | 1e-4, 1e-5 |
| `INTEGER_TOLERANCE` | a number of steps by which integer outputs may differ; the test's output says so | 0 |
| `NO_TEST` | no program, no test | |
| `RAM_BUDGET` | the most bytes (or `16K`, `1M`) that the arena may need (tensors and scratch memory; inputs and outputs where they lie in it; without the stack and the graph executor's tables): more is an error with a table of what needs how much | none |
| `FLASH_BUDGET` | the most bytes (or `16K`, `1M`) of flash that the library may need: code and constants (for `graph`: the graph and the parameters) of the objects in it, without the C runtime and what the code calls in the C library. More is an error with a table of what needs how much, while configuring where the constants alone are more, else while building | none |

With `EXECUTOR aot` only:

| keyword | meaning | default |
| --- | --- | --- |
| `ARENA` | `internal`: a static array; `caller`: each run gets its memory from the caller (`struct tvmgen_<id>_workspace_pools`), which makes the code reentrant, and lets several models take the same memory one after the other | `internal` |
| `POOLS` | pieces of memory that the arena is made of, each with its size in bytes (or `16K`, `1M`), the fastest first: the tensors that are read and written most go there | one without a limit, named `arena` |
| `IO_IN_ARENA` | inputs and outputs lie in the arena too; `tvmgen_<id>_map_inputs` and `_map_outputs` say where | the caller's arrays |
| `ALIGNMENT` | of the arena and each tensor in it, in bytes: a power of two, no less than the widest element needs | 16 |
| `CONSTANT_SECTION`, `ARENA_SECTION` | linker sections of the constants and of an internal arena, whose pools, where there are several, are in `<ARENA_SECTION>.<pool>` (also at compile time: the macros `TVMGEN_<ID>_CONSTANT_SECTION` and `TVMGEN_<ID>_<POOL>_SECTION`). Compilers give sections that begin with `.bss` no contents; for an arena under another name the linker script has to say `NOLOAD`, or its zeros go to flash | `.rodata.tvm`, `.bss.tvm` |

Properties of the target `<name>` say what was made: `TVM_MODEL_ARCHIVE` (the Model Library Format archive),
`TVM_MODEL_REPORT` (the memory report, a page, which is there once the library is built; for machines the same as
`.json` beside it), `TVM_MODEL_NAME`, and in bytes `TVM_MODEL_ARENA_SIZE`, `TVM_MODEL_CONSTANTS_SIZE`,
`TVM_MODEL_INPUT_SIZE` and `TVM_MODEL_OUTPUT_SIZE`. Of a graph executor's arena that is the part for tensors: the macro
`TVMGEN_<ID>_ARENA_SIZE` of the header has its tables as well.
#]=======================================================================]
function(tvm_add_model_library)
  set(
    test_keywords
    VECTORS
    RANDOM_VECTORS
    ATOL
    RTOL
    INTEGER_TOLERANCE
  )
  set(aot_keywords ARENA ALIGNMENT CONSTANT_SECTION ARENA_SECTION)
  set(load_keywords SIGNATURE CONTRACT)
  set(budget_keywords RAM_BUDGET FLASH_BUDGET)
  set(
    single
    PARAMS
    ${load_keywords}
    EXECUTOR
    MODEL_NAME
    FORMAT_VERSION
    ${test_keywords}
    ${aot_keywords}
    ${budget_keywords}
  )
  set(
    allowed
    ${single}
    TARGET
    INPUT_SHAPE
    NO_TEST
    POOLS
    IO_IN_ARENA
  )
  list(SORT allowed)
  list(JOIN allowed ", " allowed)
  if(ARGC LESS 2)
    message(FATAL_ERROR "tvm_add_model_library(<name> <model> ...): name and model are needed; keywords: ${allowed}")
  endif()
  set(name "${ARGV0}")
  # cmake_parse_arguments would take a keyword with an empty value for one that is not there.
  math(EXPR last "${ARGC} - 1")
  foreach(index RANGE 1 ${last})
    if("${ARGV${index}}" STREQUAL "")
      math(EXPR before "${index} - 1")
      message(
        FATAL_ERROR
        "tvm_add_model_library(${name}): an empty argument after '${ARGV${before}}'; expected a value"
      )
    endif()
  endforeach()
  cmake_parse_arguments(PARSE_ARGV 2 arg "NO_TEST;IO_IN_ARENA" "${single}" "TARGET;POOLS;INPUT_SHAPE")
  _tvm_check_arguments()
  _tvm_existing_file(model "the model" "${ARGV1}")
  set(options --executor "${arg_EXECUTOR}" --target "${arg_TARGET}")
  if(arg_TARGET STREQUAL "c")
    _tvm_compiler_macros(macros)
    if(macros)
      list(APPEND options --compiler-macros "${macros}")
    endif()
  endif()
  foreach(keyword IN ITEMS PARAMS VECTORS)
    if(DEFINED arg_${keyword})
      _tvm_existing_file(arg_${keyword} ${keyword} "${arg_${keyword}}")
    endif()
  endforeach()
  foreach(
    keyword
    IN
    ITEMS RANDOM_VECTORS ATOL RTOL INTEGER_TOLERANCE FORMAT_VERSION ${load_keywords} ${aot_keywords}
  )
    if(DEFINED arg_${keyword})
      string(TOLOWER "--${keyword}" option)
      string(REPLACE "_" "-" option "${option}")
      list(APPEND options "${option}" "${arg_${keyword}}")
    endif()
  endforeach()

  foreach(shape IN LISTS arg_INPUT_SHAPE)
    list(APPEND options --input-shape "${shape}")
  endforeach()
  foreach(pool IN LISTS arg_POOLS)
    list(APPEND options --pool "${pool}")
  endforeach()
  if(arg_IO_IN_ARENA)
    list(APPEND options --io-in-arena)
  endif()

  set(tree "${CMAKE_CURRENT_BINARY_DIR}/${name}.model")
  # Two configures of one folder at the same time: one makes the tree and reads it, then the other.
  file(LOCK "${CMAKE_CURRENT_BINARY_DIR}/CMakeFiles/${name}.model.lock" GUARD FUNCTION)
  _tvm_export(
    "${name}"
    "${tree}"
    MODEL "${model}"
    MODEL_NAME "${arg_MODEL_NAME}"
    PARAMS "${arg_PARAMS}"
    VECTORS "${arg_VECTORS}"
    OPTIONS ${options}
  )
  include("${tree}/manifest.cmake")
  _tvm_check_budgets("${name}" "${tree}" "${arg_RAM_BUDGET}" "${arg_FLASH_BUDGET}")
  if(arg_TARGET STREQUAL "c")
    message(
      STATUS
      "tvm_add_model_library(${name}): kernels of class ${TVM_MODEL_TARGET_CLASS}, by the C compiler's macros"
    )
  endif()
  _tvm_print_inputs("${name}")
  _tvm_library_of_tree("${name}" "${tree}")
  _tvm_measure_library("${name}" "${tree}" "${arg_FLASH_BUDGET}")
  if(is_tested)
    list(TRANSFORM TVM_MODEL_HARNESS_SOURCES PREPEND "${tree}/")
    _tvm_add_harness(${name}_host ${name} ${TVM_MODEL_HARNESS_SOURCES})
    # Among them the AOT executor's entry point, compiled as in the library but for what the harness wants to see.
    foreach(property IN ITEMS COMPILE_DEFINITIONS COMPILE_OPTIONS)
      set_property(TARGET ${name}_host APPEND PROPERTY ${property} "$<TARGET_PROPERTY:${name},${property}>")
    endforeach()
    target_compile_definitions(${name}_host PRIVATE TVMGEN_HARNESS)
    target_include_directories(${name}_host PRIVATE "${tree}/generated/src")
    add_test(NAME ${name}.matches_reference COMMAND ${name}_host)
    set_tests_properties(${name}.matches_reference PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT 600)
    get_property(hinted GLOBAL PROPERTY _TVM_TESTING_HINT)
    if(NOT hinted)
      # At the end of the configuration: testing may be enabled after this call.
      set_property(GLOBAL PROPERTY _TVM_TESTING_HINT TRUE)
      cmake_language(DEFER DIRECTORY "${CMAKE_SOURCE_DIR}" CALL _tvm_hint_at_testing)
    endif()
  endif()
endfunction()

# Says why ctest will find no test, where that is so and not wanted. It looks into the top folder only.
function(_tvm_hint_at_testing)
  if(NOT CMAKE_TESTING_ENABLED AND (BUILD_TESTING OR NOT DEFINED BUILD_TESTING))
    message(
      STATUS
      "TVMModelLibrary: the tests of the models are not there for ctest, since the top CMakeLists.txt does not call "
      "enable_testing()"
    )
  endif()
endfunction()

# Rejects what can't be and fills in defaults; works on the variables of tvm_add_model_library.
macro(_tvm_check_arguments)
  if(arg_UNPARSED_ARGUMENTS)
    list(JOIN arg_UNPARSED_ARGUMENTS " " arg_UNPARSED_ARGUMENTS)
    message(
      FATAL_ERROR
      "tvm_add_model_library(${name}): unknown argument '${arg_UNPARSED_ARGUMENTS}'; allowed keywords: ${allowed}"
    )
  endif()
  if(arg_KEYWORDS_MISSING_VALUES)
    list(JOIN arg_KEYWORDS_MISSING_VALUES " and " arg_KEYWORDS_MISSING_VALUES)
    message(FATAL_ERROR "tvm_add_model_library(${name}): ${arg_KEYWORDS_MISSING_VALUES} without a value")
  endif()
  foreach(keyword IN LISTS test_keywords)
    if(arg_NO_TEST AND DEFINED arg_${keyword})
      message(
        FATAL_ERROR
        "tvm_add_model_library(${name}): NO_TEST and ${keyword} contradict each other: ${keyword} is for the test"
      )
    endif()
  endforeach()
  foreach(keyword IN ITEMS RANDOM_VECTORS INTEGER_TOLERANCE)
    if(DEFINED arg_${keyword} AND NOT arg_${keyword} MATCHES "^[0-9]+$")
      message(
        FATAL_ERROR
        "tvm_add_model_library(${name}): ${keyword} is '${arg_${keyword}}'; expected a whole number that is not negative"
      )
    endif()
  endforeach()
  foreach(keyword IN ITEMS ATOL RTOL)
    if(DEFINED arg_${keyword} AND NOT arg_${keyword} MATCHES "^([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][-+]?[0-9]+)?$")
      message(
        FATAL_ERROR
        "tvm_add_model_library(${name}): ${keyword} is '${arg_${keyword}}'; expected a number that is not negative"
      )
    endif()
  endforeach()
  foreach(keyword IN LISTS budget_keywords)
    if(DEFINED arg_${keyword} AND NOT arg_${keyword} MATCHES "^[0-9]+[KM]?$")
      message(
        FATAL_ERROR
        "tvm_add_model_library(${name}): ${keyword} is '${arg_${keyword}}'; expected a number of bytes, such as 16384, 16K or 1M"
      )
    endif()
  endforeach()
  if(NOT DEFINED arg_EXECUTOR)
    set(arg_EXECUTOR graph)
  elseif(NOT arg_EXECUTOR MATCHES "^(graph|aot)$")
    message(FATAL_ERROR "tvm_add_model_library(${name}): EXECUTOR is '${arg_EXECUTOR}'; expected graph or aot")
  endif()
  foreach(keyword IN ITEMS POOLS IO_IN_ARENA ${aot_keywords})
    if(arg_EXECUTOR STREQUAL "graph" AND arg_${keyword})
      message(FATAL_ERROR "tvm_add_model_library(${name}): only the AOT executor has ${keyword}: add EXECUTOR aot")
    endif()
  endforeach()
  set(is_tested FALSE)
  if(NOT arg_NO_TEST AND (NOT CMAKE_CROSSCOMPILING OR CMAKE_CROSSCOMPILING_EMULATOR))
    set(is_tested TRUE)
  endif()
  if(NOT is_tested)
    set(arg_RANDOM_VECTORS 0)
  elseif(NOT DEFINED arg_RANDOM_VECTORS AND TVM_MODEL_LIBRARY_BOARD)
    set(arg_RANDOM_VECTORS 1) # the outputs lie in the board's flash
  elseif(arg_RANDOM_VECTORS STREQUAL "0" AND NOT DEFINED arg_VECTORS)
    message(
      FATAL_ERROR
      "tvm_add_model_library(${name}): RANDOM_VECTORS is 0, so that the test has nothing to run the model on: record runs "
      "(VECTORS), or make no test (NO_TEST)"
    )
  endif()
  if(NOT DEFINED arg_TARGET)
    set(arg_TARGET c)
  endif()
  list(JOIN arg_TARGET " " arg_TARGET)
  if(NOT arg_TARGET MATCHES "^(c|llvm)($| )")
    message(
      FATAL_ERROR
      "tvm_add_model_library(${name}): TARGET is '${arg_TARGET}'; expected c or llvm, and options of it"
    )
  endif()
  if(CMAKE_CROSSCOMPILING AND arg_TARGET MATCHES "^llvm" AND NOT arg_TARGET MATCHES "-mtriple=")
    message(
      FATAL_ERROR
      "tvm_add_model_library(${name}): TARGET llvm without -mtriple= makes code for this machine, but the build is for "
      "${CMAKE_SYSTEM_PROCESSOR}; add -mtriple= and -mcpu=, or use TARGET c"
    )
  endif()
  _tvm_check_names()
endmacro()

# The part of _tvm_check_arguments that is about names.
macro(_tvm_check_names)
  _tvm_check_target_names()
  if(NOT DEFINED arg_MODEL_NAME)
    set(arg_MODEL_NAME "${name}")
  endif()
  if(NOT arg_MODEL_NAME MATCHES "^[A-Za-z_][A-Za-z0-9_]*$")
    message(
      FATAL_ERROR
      "tvm_add_model_library(${name}): the model name '${arg_MODEL_NAME}' is not a C identifier; give one with MODEL_NAME"
    )
  endif()
  # Without case: the macros of a model's header have its name in capitals.
  string(TOUPPER "_TVM_MODEL_${arg_MODEL_NAME}" _tvm_property)
  get_property(_tvm_user GLOBAL PROPERTY "${_tvm_property}")
  if(_tvm_user)
    message(
      FATAL_ERROR
      "tvm_add_model_library(${name}): ${_tvm_user} has the model name '${arg_MODEL_NAME}' already (upper and lower case are "
      "the same here), and their symbols would clash; give another with MODEL_NAME"
    )
  endif()
  set_property(GLOBAL PROPERTY "${_tvm_property}" "${name}")
endmacro()

# The part of _tvm_check_names that is about targets.
macro(_tvm_check_target_names)
  if(TARGET "${name}")
    message(FATAL_ERROR "tvm_add_model_library(${name}): there is a target of that name already; choose another")
  endif()
  if(NOT name MATCHES "^[A-Za-z0-9_.+-]+$")
    message(
      FATAL_ERROR
      "tvm_add_model_library(${name}): a target cannot have that name; expected letters, digits and _ . + -"
    )
  endif()
  # Whether CMake makes the last ones or not depends on calls that may come later.
  set(
    _tvm_reserved
    all
    ALL_BUILD
    clean
    edit_cache
    help
    install
    INSTALL
    preinstall
    rebuild_cache
    ZERO_CHECK
    test
    RUN_TESTS
    package
    PACKAGE
    package_source
  )
  if(name IN_LIST _tvm_reserved)
    message(
      FATAL_ERROR
      "tvm_add_model_library(${name}): CMake keeps that name for a target of its own; choose another, such as "
      "${name}_model. The model keeps its name with MODEL_NAME ${name}"
    )
  endif()
  if(NOT arg_NO_TEST AND TARGET "${name}_host")
    message(
      FATAL_ERROR
      "tvm_add_model_library(${name}): there is a target ${name}_host already, which is the name of the program that "
      "tests the model; choose another name for the model's target, or add NO_TEST"
    )
  endif()
endmacro()

# _tvm_existing_file(<out> <what> <path>): the absolute path, or an error that says which one was tried.
function(_tvm_existing_file out what path)
  if(path MATCHES ";")
    message(
      FATAL_ERROR
      "tvm_add_model_library(${name}): ${what} '${path}' has a semicolon in its name, which CMake cannot handle"
    )
  endif()
  get_filename_component(absolute "${path}" ABSOLUTE BASE_DIR "${CMAKE_CURRENT_SOURCE_DIR}")
  if(NOT EXISTS "${absolute}" OR IS_DIRECTORY "${absolute}")
    message(FATAL_ERROR "tvm_add_model_library(${name}): ${what} '${path}' does not exist: tried ${absolute}")
  endif()
  set(${out} "${absolute}" PARENT_SCOPE)
endfunction()

# _tvm_print_inputs(<name>): parameters that nobody has bound show here, as inputs; reads the manifest's variables.
function(_tvm_print_inputs name)
  list(LENGTH TVM_MODEL_INPUTS count)
  list(SUBLIST TVM_MODEL_INPUTS 0 4 first)
  list(JOIN first ", " first)
  if(count GREATER 4)
    string(APPEND first ", ...")
  endif()
  message(
    STATUS
    "tvm_add_model_library(${name}): inputs (${count}): ${first}; constants: ${TVM_MODEL_CONSTANTS_SIZE} bytes"
  )
endfunction()

# _tvm_library_of_tree(<name> <tree>): the static library; reads the manifest's variables.
function(_tvm_library_of_tree name tree)
  foreach(list IN ITEMS SOURCES OBJECTS HEADERS INCLUDE_DIRS)
    list(TRANSFORM TVM_MODEL_${list} PREPEND "${tree}/")
  endforeach()
  add_library(${name} STATIC ${TVM_MODEL_SOURCES} ${TVM_MODEL_OBJECTS})
  if(TVM_MODEL_OBJECTS)
    set_source_files_properties(${TVM_MODEL_OBJECTS} PROPERTIES EXTERNAL_OBJECT TRUE GENERATED TRUE)
  endif()
  target_link_libraries(${name} PUBLIC tvm_model_library_crt)
  set_property(TARGET ${name} PROPERTY UNITY_BUILD OFF) # its objects are measured one by one
  _tvm_strict_declarations(${name})
  if(TVM_MODEL_HEADERS)
    target_sources(${name} PUBLIC FILE_SET HEADERS BASE_DIRS ${TVM_MODEL_INCLUDE_DIRS} FILES ${TVM_MODEL_HEADERS})
  endif()
  set_property(TARGET ${name} PROPERTY TVM_MODEL_ARCHIVE "${tree}/${TVM_MODEL_NAME}.tar")
  foreach(
    fact
    IN
    ITEMS NAME ARENA_SIZE CONSTANTS_SIZE INPUT_SIZE OUTPUT_SIZE
  )
    set_property(TARGET ${name} PROPERTY TVM_MODEL_${fact} "${TVM_MODEL_${fact}}")
  endforeach()
endfunction()

# _tvm_check_budgets(<name> <tree> <RAM budget, or nothing> <flash budget, or nothing>): what is known of the memory before
# the library is built. Budgets are no part of the export: another one compiles nothing. The exporter judges, once for a
# tree and its budgets.
function(_tvm_check_budgets name tree ram flash)
  _tvm_read_key("${tree}" key list_line)
  set(question "${key} ${ram} ${flash}")
  set(answered "TVM_MODEL_LIBRARY_WITHIN_BUDGETS_${name}")
  if("${ram}${flash}" STREQUAL "" OR "${${answered}}" STREQUAL question)
    return()
  endif()
  set(options "")
  if(NOT ram STREQUAL "")
    list(APPEND options --ram-budget "${ram}")
  endif()
  if(NOT flash STREQUAL "")
    list(APPEND options --flash-budget "${flash}")
  endif()
  _tvm_exporter_command(exporter)
  execute_process(
    COMMAND ${exporter} budget "${tree}/report.json" ${options}
    OUTPUT_VARIABLE output
    ERROR_VARIABLE output
    RESULT_VARIABLE status
    OUTPUT_STRIP_TRAILING_WHITESPACE
  )
  if(NOT status STREQUAL "0")
    string(REPLACE "\n" "\n  " output "${output}")
    message(FATAL_ERROR "tvm_add_model_library(${name}): over its budget (status ${status}):\n  ${output}\n")
  endif()
  set(${answered} "${question}" CACHE INTERNAL "The export and the budgets that it keeps to")
endfunction()

# _tvm_measure_library(<name> <tree> <flash budget, or nothing>): reads the size of the compiled code off the objects
# whenever the library is built, completes the memory report, and fails the build where the budget is exceeded.
function(_tvm_measure_library name tree flash_budget)
  set(report "${CMAKE_CURRENT_BINARY_DIR}/${name}.report")
  set_property(TARGET ${name} PROPERTY TVM_MODEL_REPORT "${report}.html")
  _tvm_exporter_command(exporter)
  set(options --json "${report}.json" --html "${report}.html")
  if(NOT flash_budget STREQUAL "")
    list(APPEND options --flash-budget "${flash_budget}")
  endif()
  list(TRANSFORM TVM_MODEL_OBJECTS PREPEND "${tree}/")
  set(byproducts BYPRODUCTS "${report}.json" "${report}.html")
  if(report MATCHES "#") # which CMake 3.25 refuses there
    set(byproducts "")
  endif()
  add_custom_command(
    TARGET ${name}
    POST_BUILD
    ${byproducts}
    COMMAND ${exporter} footprint "${tree}/report.json" $<TARGET_OBJECTS:${name}> ${TVM_MODEL_OBJECTS} ${options}
    COMMAND_EXPAND_LISTS
    VERBATIM
  )
  # Other figures without other code: the first source is compiled again, for the command above to run.
  list(GET TVM_MODEL_SOURCES 0 source)
  set_property(SOURCE "${tree}/${source}" APPEND PROPERTY OBJECT_DEPENDS "${tree}/report.json")
endfunction()
