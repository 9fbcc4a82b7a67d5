# Rooms: a folder is a room, and a room is a target. Its include path is a folder of links to its own
# headers and to those of the rooms that it uses, so that including anything else does not compile
# (tests/rooms). The headers of the rooms inside of a folder are not the folder's own.

# facet_room(TARGET): whoever links the target finds the headers of the current folder, by their names
# from the project's root.
function(facet_room TARGET)
  file(RELATIVE_PATH folder ${CMAKE_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR})
  set(links ${CMAKE_BINARY_DIR}/rooms/${TARGET})
  file(GLOB headers CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.h)
  file(REMOVE_RECURSE ${links})
  file(MAKE_DIRECTORY ${links}/${folder})
  foreach(header ${headers})
    get_filename_component(name ${header} NAME)
    file(CREATE_LINK ${header} ${links}/${folder}/${name} SYMBOLIC)
  endforeach()
  target_include_directories(${TARGET} PUBLIC ${links})
endfunction()
