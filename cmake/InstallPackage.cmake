# SPDX-License-Identifier: Apache-2.0
#
# Installation in two forms of one layout: a wheel's package folder (made by scikit-build-core), and
# <prefix>/share/TVMModelLibrary (`cmake --install`), which also carries the Python package.

include_guard(GLOBAL)
include(CMakePackageConfigHelpers)

write_basic_package_version_file(
  "${CMAKE_CURRENT_BINARY_DIR}/TVMModelLibraryConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion
  ARCH_INDEPENDENT
)

if(TVM_MODEL_LIBRARY_WHEEL)
  set(package_folder .)
else()
  include(GNUInstallDirs)
  set(package_folder "${CMAKE_INSTALL_DATADIR}/TVMModelLibrary")
  install(
    DIRECTORY python/tvm_model_library
    DESTINATION "${package_folder}/python"
    COMPONENT package
    REGEX "/(__pycache__|\\.[a-z_]+_cache)$" EXCLUDE
  )
  install(FILES LICENSE DESTINATION "${package_folder}" COMPONENT package)
endif()

install(FILES requirements.txt DESTINATION "${package_folder}" COMPONENT package)
install(
  FILES
    cmake/TVMModelLibraryConfig.cmake
    cmake/TVMModelLibraryBootstrap.cmake
    cmake/TVMModelLibraryPython.cmake
    cmake/TVMModelLibraryRuntime.cmake
    cmake/TVMModelLibraryBoards.cmake
    cmake/TVMModelLibraryCompiler.cmake
    cmake/TVMModelLibraryTree.cmake
    cmake/TVMModelLibraryExport.cmake
    cmake/tvm_add_model_library.cmake
    cmake/check_python.py
    "${CMAKE_CURRENT_BINARY_DIR}/TVMModelLibraryConfigVersion.cmake"
  DESTINATION "${package_folder}/cmake"
  COMPONENT package
)
install(DIRECTORY cmake/toolchains DESTINATION "${package_folder}/cmake" COMPONENT package USE_SOURCE_PERMISSIONS)
install(DIRECTORY crt crt_host_harness DESTINATION "${package_folder}" COMPONENT package)
