# SPDX-License-Identifier: Apache-2.0
#
# Installation in two forms of one layout: a wheel's package folder (component "wheel", made by scikit-build-core), and
# <prefix>/share/TVMModelLibrary (`cmake --install`), which also carries the Python package.

include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

write_basic_package_version_file(
  "${CMAKE_CURRENT_BINARY_DIR}/TVMModelLibraryConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion
  ARCH_INDEPENDENT
)

# _install_sources(<destination> <component>): what the CMake package needs beside the Python package.
function(_install_sources destination component)
  set(options "")
  if(component STREQUAL "wheel")
    set(options EXCLUDE_FROM_ALL)
  endif()
  install(
    FILES
      cmake/TVMModelLibraryConfig.cmake
      cmake/TVMModelLibraryPython.cmake
      cmake/TVMModelLibraryRuntime.cmake
      cmake/TVMModelLibraryBoards.cmake
      cmake/TVMModelLibraryExport.cmake
      cmake/tvm_add_model_library.cmake
      cmake/check_python.py
      "${CMAKE_CURRENT_BINARY_DIR}/TVMModelLibraryConfigVersion.cmake"
    DESTINATION "${destination}/cmake"
    COMPONENT ${component}
    ${options}
  )
  install(
    DIRECTORY cmake/toolchains
    DESTINATION "${destination}/cmake"
    COMPONENT ${component}
    USE_SOURCE_PERMISSIONS
    ${options}
  )
  install(DIRECTORY crt crt_host_harness DESTINATION "${destination}" COMPONENT ${component} ${options})
endfunction()

if(TVM_MODEL_LIBRARY_WHEEL)
  _install_sources(. wheel)
else()
  _install_sources("${CMAKE_INSTALL_DATADIR}/TVMModelLibrary" package)
  install(
    DIRECTORY python
    DESTINATION "${CMAKE_INSTALL_DATADIR}/TVMModelLibrary"
    COMPONENT package
    PATTERN "__pycache__" EXCLUDE
  )
  install(FILES requirements.txt LICENSE DESTINATION "${CMAKE_INSTALL_DATADIR}/TVMModelLibrary" COMPONENT package)
endif()
