// numpy's C interface, one import of it for all files: module.cpp loads it.
#pragma once
#include <Python.h>

#define PY_ARRAY_UNIQUE_SYMBOL minigrad_array_api
#ifndef MG_IMPORT_ARRAY
#define NO_IMPORT_ARRAY
#endif
#include <numpy/arrayobject.h>

namespace mg {

PyObject* memory_handler();  // numpy's view of the memory pool, a capsule; memory.cpp

}  // namespace mg
